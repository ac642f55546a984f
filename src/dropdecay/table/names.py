"""How messages list column names and suggest similar ones."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from dropdecay.near_names import near_matches, near_paths, suggestion
from dropdecay.safe_text import quoted

MAX_LISTED = 8

AS_THEY_STAND = "row-order"
"""What is named instead of a column of times where rows stand in the order of time."""


def listed(names: Iterable[object]) -> str:
    """Return the first eight names in quotes, and how many more there are."""
    every = list(names)
    shown = ", ".join(quoted(name) for name in every[:MAX_LISTED])
    left = len(every) - MAX_LISTED
    return shown if left <= 0 else f"{shown} and {left} more"


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return " Did you mean ...?", or an empty string if no name is similar."""
    return suggestion(near_matches(name, names), quoted)


def did_you_mean_path(path: Path) -> str:
    """Return " Did you mean ...?", or an empty string if nothing beside a path is similar."""
    return suggestion(near_paths(path), quoted)
