"""How messages list column names and suggest similar ones."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from dropdecay.safe_text import quoted

MAX_LISTED = 8


def listed(names: Iterable[object]) -> str:
    """Return the first eight names in quotes, and how many more there are."""
    every = list(names)
    shown = ", ".join(quoted(name) for name in every[:MAX_LISTED])
    left = len(every) - MAX_LISTED
    return shown if left <= 0 else f"{shown} and {left} more"


def near_matches(name: str, names: Sequence[str]) -> list[str]:
    """Return up to three of ``names`` similar to ``name``, ignoring case, nearest first."""
    spelled: dict[str, list[str]] = {}
    for each in names:
        spelled.setdefault(each.casefold().strip(), []).append(each)
    near = get_close_matches(name.casefold().strip(), spelled, n=3, cutoff=0.6)
    return [each for key in near for each in spelled[key]][:3]


def did_you_mean(name: str, names: Sequence[str]) -> str:
    """Return " Did you mean ...?", or an empty string if no name is similar."""
    near = near_matches(name, names)
    return f" Did you mean {' or '.join(quoted(each) for each in near)}?" if near else ""
