"""Choosing: pure functions of results."""
