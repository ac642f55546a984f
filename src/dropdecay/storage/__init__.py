"""Fitted models on disk: how they are written and read back."""
