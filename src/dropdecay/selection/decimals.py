"""How many decimals of a figure mean anything, by its error or its interval."""

import math
from collections.abc import Iterable

MOST_DECIMALS = 8
WITHOUT_ERROR = 4
"""Decimals of a figure whose error is not known."""


def decimals_of(errors: float | Iterable[float]) -> int:
    """Return how many decimals show a standard error to its first digit, to the second after a 1.

    Of several errors, as of a column of a table, the smallest decides.

    Parameters
    ----------
    errors : float or iterable of float
        Those that are not finite or 0 have no say; without any other, four decimals are shown.

    Returns
    -------
    int
        Below 0: so many digits before the point say nothing either.
    """
    given = [errors] if isinstance(errors, (int, float)) else errors
    known = [each for each in given if math.isfinite(each) and each > 0.0]
    if not known:
        return WITHOUT_ERROR
    smallest = min(known)
    # Of the error as it is printed: 0.0097 with one digit is 0.01.
    first = int(f"{smallest:.0e}"[0])
    exponent = int(f"{smallest:.0e}".split("e")[1])
    return min(MOST_DECIMALS, (first == 1) - exponent)


def decimals_beside(errors: Iterable[float], leading: Iterable[float]) -> int:
    """Return the decimals of a column: of its smallest error, but hardly more than leaders need.

    A row with a tiny error does not lengthen all others: at most one decimal is shown beyond those
    of the largest error among ``leading``, the rows that a reader looks for.
    """
    largest = max((each for each in leading if math.isfinite(each)), default=math.nan)
    decimals = decimals_of(errors)
    return min(decimals, decimals_of(largest) + 1) if largest > 0.0 else decimals


def decimals_of_interval(lower: float, upper: float) -> int:
    """Return how many decimals show the wider end of an interval with two digits."""
    ends = [abs(end) for end in (lower, upper) if math.isfinite(end) and end != 0.0]
    if not ends:
        return WITHOUT_ERROR
    exponent = int(f"{max(ends):.1e}".split("e")[1])
    return min(MOST_DECIMALS, 1 - exponent)


def error_within(lower: float, upper: float) -> float:
    """Return the standard error that a 95 % interval tells: it is some four of them wide."""
    return (upper - lower) / 4.0
