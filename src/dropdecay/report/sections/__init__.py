"""The sections of the page, a file each: from a run's findings to what a template shows."""
