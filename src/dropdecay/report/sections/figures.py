"""Numbers as the page writes them: no more digits than their standard error allows."""

import math
from collections.abc import Iterable

import numpy as np

MINUS, SPACE, PLUS_MINUS = "\N{MINUS SIGN}", "\N{NO-BREAK SPACE}", "±\N{NO-BREAK SPACE}"
NOTHING = "\N{EN DASH}"
"""Stands where there is no figure."""

MOST_DECIMALS = 8
WITHOUT_ERROR = 3
LARGE = 1e7
"""From here on figures have an exponent."""


def decimals_of(errors: Iterable[float | None]) -> int:
    """Return the decimals of a table: the smallest error decides, cut at its first digit.

    If that digit is a 1, the second counts, too. Without any error: 3. Below 0 digits before the
    point are not known either: -2 is for whole hundreds.
    """
    known = [each for each in errors if each is not None and math.isfinite(each) and each > 0.0]
    if not known:
        return WITHOUT_ERROR
    smallest = min(known)
    power = math.floor(math.log10(smallest))
    first = round(smallest / 10.0**power, 6)
    return min(MOST_DECIMALS, -power + (1 if first < 2.0 else 0))


def figure(value: float | None, decimals: int, *, sign: bool = False) -> str:
    """Write a figure; what is smaller than its last decimal becomes "< 0.001"."""
    if value is None or not math.isfinite(value):
        return NOTHING
    size = abs(value)
    if size >= LARGE:
        text = f"{size:.3e}"
    elif value != 0.0 and round(size, decimals) == 0.0:
        return f"<{SPACE}{_fixed(10.0**-decimals, decimals)}"
    else:
        text = _fixed(size, decimals)
    before = MINUS if value < 0.0 else "+" if sign and value > 0.0 else ""
    return f"{before}{text}"


def spread(error: float | None, decimals: int) -> str:
    """Write "± 0.006"; "" without an error."""
    if error is None or not math.isfinite(error):
        return ""
    return f"{PLUS_MINUS}{_fixed(error, decimals)}"


def range_text(lower: float | None, upper: float | None, decimals: int) -> str:
    """Write an interval: "0.010 to 0.004"; "" if it has no ends."""
    if lower is None or upper is None or not math.isfinite(lower + upper):
        return ""
    ends = (f"{MINUS if round(end, decimals) < 0 else ''}{_fixed(abs(end), decimals)}"
            for end in (lower, upper))  # fmt: skip
    return " to ".join(ends)


def interval_decimals(lower: float | None, upper: float | None) -> int:
    """Return the decimals of an interval by itself: two digits of its wider end."""
    ends = [abs(end) for end in (lower, upper) if end is not None and math.isfinite(end) and end]
    if not ends:
        return WITHOUT_ERROR
    return min(MOST_DECIMALS, 1 - math.floor(math.log10(max(ends))))


def _fixed(size: float, decimals: int) -> str:
    """Write a size with so many decimals; below 0 it is rounded to tens, hundreds and so on."""
    return f"{round(size, decimals):,.{max(decimals, 0)}f}"


def share(value: float, decimals: int = 0) -> str:
    """Write a share in percent."""
    return f"{figure(100.0 * value, decimals)}{SPACE}%"


def gain_share(value: float) -> str:
    """Write a gain in percent: whole, below 5 % with one decimal."""
    return share(value, 1 if abs(value) < 0.05 else 0)


def chance_text(chance: float) -> str:
    """Write a chance in whole percent, never as certain."""
    if chance > 0.99:
        return f">{SPACE}99{SPACE}%"
    return f"<{SPACE}1{SPACE}%" if chance < 0.01 else f"{100 * chance:.0f}{SPACE}%"


def tick(value: float) -> str:
    """Write the value of a tick."""
    text = np.format_float_positional(abs(value), precision=6, trim="-", fractional=False)
    if abs(value) >= 1000:
        text = f"{abs(value):,.0f}"
    return f"{MINUS if value < 0 else ''}{text}"


def count(n: int, what: str) -> str:
    """Write "1 row", "2,501 rows"."""
    return f"{n:,}{SPACE}{what}" + ("" if n == 1 else "s")
