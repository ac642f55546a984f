"""Names that are similar to one that does not exist."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path


def near_matches(name: str, names: Iterable[str]) -> list[str]:
    """Return up to three of ``names`` similar to ``name``, ignoring case, nearest first."""
    from difflib import get_close_matches  # only errors need it

    spelled: dict[str, list[str]] = {}
    for each in names:
        spelled.setdefault(each.casefold().strip(), []).append(each)
    near = get_close_matches(name.casefold().strip(), spelled, n=3, cutoff=0.6)
    return [each for key in near for each in spelled[key]][:3]


def suggestion(near: Sequence[str], written: Callable[[str], str] = repr) -> str:
    """Return " Did you mean 'one' or 'another'?", or an empty string if nothing is near."""
    return f" Did you mean {' or '.join(map(written, near))}?" if near else ""


def near_paths(path: Path) -> list[str]:
    """Return up to three paths beside one that does not exist, with similar names."""
    try:
        # A link in a circle has the name itself and still does not exist.
        names = sorted(each.name for each in path.parent.iterdir() if each.name != path.name)
    except OSError:
        return []
    return [str(path.parent / each) for each in near_matches(path.name, names)]
