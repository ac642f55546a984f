"""Engines: they take a list of runs and yield a fit for each."""
