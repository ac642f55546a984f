"""Which rows and columns of a large table the terminal shows: the marked ones, and some between."""

from collections.abc import Iterable


def spread_over(n: int, most: int, must: Iterable[int]) -> list[int]:
    """Return ``most`` of ``n`` places in order: both ends, those that must be, others between.

    Each further place is the one farthest from all that are there, the lowest of several.
    """
    if n <= most:
        return list(range(n))
    found = {0, n - 1, *must}
    while len(found) < most:
        found.add(max(range(n), key=lambda place: min(abs(place - each) for each in found)))
    return sorted(found)
