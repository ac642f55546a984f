"""What the page writes besides :mod:`dropdecay.report.numbers`: ticks, counts, bare errors."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from dropdecay.report import numbers
from dropdecay.selection.decimals import decimals_of as decimals_of_errors

PERCENT = f"{numbers.UNBROKEN}%"


def decimals_of(errors: Iterable[float | None]) -> int:
    """Return the decimals of a table, by the smallest of its errors; None has no say."""
    return decimals_of_errors([each for each in errors if each is not None])


def spread(error: float | None, decimals: int) -> str:
    """Write "± 0.006", with a no-break space; "" without an error."""
    if not error or not math.isfinite(error):
        return ""
    return f"±{numbers.UNBROKEN}{numbers.figure(error, decimals)}"


def range_text(lower: float | None, upper: float | None, decimals: int) -> str:
    """Write an interval, such as "0.010 to 0.044"; "" if it has no ends."""
    if lower is None or upper is None or not math.isfinite(lower + upper):
        return ""
    return numbers.interval(lower, upper, decimals)


def even_figures(values: Sequence[float]) -> list[str]:
    """Write numbers of one column: as many decimals each, three digits of the largest."""
    largest = max((abs(each) for each in values), default=0.0)
    decimals = 2 - math.floor(math.log10(largest)) if largest > 0.0 else 0
    written = [f"{abs(each):,.{max(decimals, 0)}f}" for each in values]
    while written and all("." in each and each.endswith("0") for each in written):
        written = [each[:-1].removesuffix(".") for each in written]
    return [
        f"{numbers.MINUS}{text}" if each < 0.0 and text.strip("0.,") else text
        for each, text in zip(values, written, strict=True)
    ]


def share(part: float, decimals: int = 0) -> str:
    """Write a share in percent with so many decimals."""
    return f"{numbers.figure(100.0 * part, decimals)}{PERCENT}"


def tick(value: float) -> str:
    """Write the value of a tick."""
    text = np.format_float_positional(abs(value), precision=6, trim="-", fractional=False)
    if abs(value) >= 1000:
        text = f"{abs(value):,.0f}"
    return f"{numbers.MINUS if value < 0 else ''}{text}"


def count(n: int, what: str) -> str:
    """Write "1 row", "2,501 rows", with a no-break space."""
    return f"{n:,}{numbers.UNBROKEN}{what}" + ("" if n == 1 else "s")
