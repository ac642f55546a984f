"""Engines: a list of runs in, fits out."""
