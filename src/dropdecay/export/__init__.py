"""A fitted network in the formats of other tools."""
