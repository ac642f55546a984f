"""Rows and target, turned into what an engine needs."""
