"""Choosing from a surface and judging the choice: pure functions of results."""
