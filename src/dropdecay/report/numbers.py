"""Numbers as a reader needs them: no more digits than their errors justify, and no minus zero."""

import math
import re

from dropdecay.selection.decimals import WITHOUT_ERROR, decimals_of, decimals_of_interval

UNBROKEN = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"

UNKNOWN = "\N{EN DASH}"
"""Stands for what is no number."""

ROUNDING = 1e-9
"""Where folds agree up to this share of their mean, what is left is rounding and no error."""

LARGE = 1e9
"""From here on a figure has four digits and an exponent."""


def has_error(value: float | None, error: float | None) -> bool:
    """Return whether folds differ, so that a standard error says something.

    Of folds that all say the same it is 0, as if the figure were certain.
    """
    if value is None or error is None or not math.isfinite(error):
        return False
    return error > ROUNDING * abs(value)


def figure(value: float | None, decimals: int) -> str:
    """Write a figure: "0.061", "12,345", "< 0.001" for what would be printed as zero.

    With decimals below 0 it is rounded to tens, hundreds, ...: "2,600,000".
    """
    if value is None or not math.isfinite(value):
        return UNKNOWN
    if abs(value) >= LARGE:
        return f"{value:.3e}".replace("-", MINUS)
    shown = max(0, decimals)
    printed = f"{round(abs(value), decimals):,.{shown}f}"
    if value != 0.0 and not printed.strip("0.,"):
        return f"<{UNBROKEN}{10.0**-decimals:,.{shown}f}"
    return f"{MINUS}{printed}" if value < 0.0 else printed


def difference(value: float | None, decimals: int) -> str:
    """Write a difference, whose sign carries meaning: "+0.012"."""
    printed = figure(value, decimals)
    return f"+{printed}" if value is not None and value > 0.0 and printed[0].isdigit() else printed


def with_error(value: float | None, error: float | None, decimals: int | None = None) -> str:
    """Write a figure and its standard error: "0.061 ± 0.006"; without one the figure alone."""
    if error is None or not has_error(value, error):
        return figure(value, WITHOUT_ERROR if decimals is None else decimals)
    decimals = decimals_of(error) if decimals is None else decimals
    return f"{figure(value, decimals)} ±{UNBROKEN}{figure(error, decimals)}"


def interval(lower: float | None, upper: float | None, decimals: int | None = None) -> str:
    """Write the ends of an interval: "0.03 to 0.14"."""
    if lower is None or upper is None:
        return UNKNOWN
    decimals = decimals_of_interval(lower, upper) if decimals is None else decimals
    return f"{_end(lower, decimals)} to {_end(upper, decimals)}"


def _end(value: float, decimals: int) -> str:
    """Write an end of an interval; one that would be printed as zero is 0."""
    printed = figure(value, decimals)
    return printed if printed.strip("0.") and not printed.startswith("<") else "0"


def chance(probability: float) -> str:
    """Write a chance in whole percent, never as certain: "99 %", "> 99 %", "< 1 %"."""
    if math.isnan(probability):
        return UNKNOWN
    if probability > 0.99:
        return f">{UNBROKEN}99{UNBROKEN}%"
    if probability < 0.01:
        return f"<{UNBROKEN}1{UNBROKEN}%"
    return f"{100 * probability:.0f}{UNBROKEN}%"


def chance_in_words(probability: float) -> str:
    """Write the same for a sentence: "99 %", "more than 99 %", "less than 1 %"."""
    printed = chance(probability)
    words = {">": "more than", "<": "less than"}
    return f"{words[printed[0]]} {printed[2:]}" if printed[0] in words else printed


def share(part: float) -> str:
    """Write a share in whole percent, below 5 % with a decimal: "14 %", "1.2 %"."""
    if not math.isfinite(part):
        return UNKNOWN
    return f"{_percents([part])[0]}{UNBROKEN}%"


def share_within(part: float, lower: float, upper: float) -> str:
    """Write a share that has an interval, with the decimals of the wider end: "4 %"."""
    return f"{_percents([part, lower, upper])[0]}{UNBROKEN}%"


def share_interval(lower: float, upper: float) -> str:
    """Write an interval of shares: "1 to 28 %"; both ends have the decimals of the wider one.

    An end that would be 0 then has a decimal, for it may matter on which side of zero it lies.
    """
    low, high = _percents([lower, upper])
    return f"{low} to {high}{UNBROKEN}%"


def _percents(parts: list[float]) -> list[str]:
    decimals = 1 if max(map(abs, parts)) < 0.0495 else 0
    printed = [_end(100 * part, decimals) for part in parts]
    return [
        _end(100 * part, 1) if each == "0" else each
        for part, each in zip(parts, printed, strict=True)
    ]


def percent_with_error(part: float | None, error: float | None) -> str:
    """Write a share and its error in percent: "98.1 % ± 0.7"; without one the share alone."""
    if part is None or not math.isfinite(part):
        return UNKNOWN
    if error is None or not has_error(part, error):
        return f"{100 * part:.1f}{UNBROKEN}%"
    decimals = min(decimals_of(100 * error), 2)
    printed = figure(100 * error, decimals)
    return f"{figure(100 * part, decimals)}{UNBROKEN}% ±{UNBROKEN}{printed}"


def level(of_interval: float) -> str:
    """Write the level of an interval: "95 %"."""
    return f"{100 * of_interval:.0f}{UNBROKEN}%"


def count(number: int) -> str:
    """Write a whole number with commas: "2,501"."""
    return f"{number:,}"


def with_true_minus(sentence: str) -> str:
    """Return a sentence whose negative numbers have the minus of the page, no hyphen."""
    return re.sub(r"(?<=[ (])-(?=\d)", MINUS, sentence)


def duration(seconds: float) -> str:
    """Write a time: "0.4 s", "46 s", "5:33", "1 h 20"."""
    if seconds < 9.95:
        return f"{seconds:.1f}{UNBROKEN}s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{UNBROKEN}s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d}"
    minutes = round(seconds / 60)
    return f"{minutes // 60}{UNBROKEN}h{UNBROKEN}{minutes % 60:02d}"
