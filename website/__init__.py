"""Builds the documentation site out of docs/, the table of options and the schemas."""
