"""Torch modules as users write them, listed in specimens.py."""
