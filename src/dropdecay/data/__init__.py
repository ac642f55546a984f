"""From rows and a target to what an engine needs."""
