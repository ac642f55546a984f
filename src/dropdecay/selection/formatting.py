"""Numbers and kinds of points as the sentences of a verdict write them."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dropdecay.axes import NONE, TOGETHER, Point
from dropdecay.knobs import knob_of
from dropdecay.selection.decimals import decimals_of, error_within
from dropdecay.selection.points import regularizing
from dropdecay.statistics.corrected import PairedDifference


def number(value: float, decimals: int | None = None) -> str:
    """Write three significant digits, or so many decimals, without an exponent if possible.

    From 1,000 on it has commas.
    """
    if decimals is None:
        if value != 0.0 and not 1e-5 <= abs(value) < 1e7:
            return f"{value:.3g}"
        written = np.format_float_positional(value, precision=3, fractional=False, trim="-")
        return f"{int(written):,}" if abs(value) >= 1000.0 else written
    rounded = round(value, decimals)
    if rounded == 0.0:
        return "0"
    if 1e-5 <= abs(rounded) < 1e7:
        return f"{rounded:,.{max(decimals, 0)}f}"
    return f"{rounded:.{max(decimals + math.floor(math.log10(abs(rounded))), 0)}e}"


def amount(size: float, decimals: int | None) -> str:
    """Write a size that is not negative; "less than 0.001" for what would be printed as zero."""
    written = number(size, decimals)
    if written != "0" or size == 0.0 or decimals is None:
        return written
    return f"less than {number(10.0**-decimals, decimals)}"


def decimals_within(lower: float, upper: float) -> int | None:
    """Return the decimals that a 95 % interval allows to its middle and ends; None: it has none."""
    error = error_within(lower, upper)
    return decimals_of(error) if math.isfinite(error) and error > 0.0 else None


def percent(share: float) -> str:
    """Write a share in percent, with at least two digits."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{100 * share:.2g} %"


def interval(gain: PairedDifference) -> str:
    """Write the interval, or why there is none."""
    if math.isnan(gain.lower):
        return "no interval with a single fold"
    decimals = decimals_within(gain.lower, gain.upper)
    lower, upper = (number(each, decimals) for each in (gain.lower, gain.upper))
    return f"{percent(gain.level)} interval {lower} to {upper}"


def change(gain: PairedDifference, measure: str, *, lower_is_better: bool) -> str:
    """Write how much lower or higher the measure is, and the interval in the same direction."""
    size = gain
    if gain.mean < 0.0:
        size = replace(gain, mean=-gain.mean, lower=0.0 - gain.upper, upper=0.0 - gain.lower)
    lower = (gain.mean >= 0.0) == lower_is_better
    words = "lower" if lower else "higher"
    by = amount(size.mean, decimals_within(gain.lower, gain.upper))
    return f"{measure} {words} by {by} ({interval(size)})"


def kind_in_words(kind: str, axes: Sequence[str]) -> str:
    """Name a kind of points: "no regularization", "dropout alone", "dropout with weight decay".

    Parameters
    ----------
    kind : str
        ``NONE``, the name of an axis, or ``TOGETHER``.
    axes : sequence of str
        Names of all axes of the surface that regularize. A single axis is not called "alone", and
        combinations of more than two are not listed.
    """
    if kind == NONE:
        return "no regularization"
    if kind == TOGETHER:
        two = len(axes) == 2
        return " with ".join(knob_of(name).printed for name in axes) if two else "a combination"
    return f"{knob_of(kind).printed} alone" if len(axes) > 1 else knob_of(kind).printed


R2 = "R²"
"""What sentences and pages call scikit-learn's "r2"."""


def listed(names: Sequence[str]) -> str:
    """Write "a", "a and b", "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def regularization(point: Point) -> str:
    """Name the regularization of a point, without its tuned axes."""
    return str(Point(tuple((name, point[name]) for name in regularizing(point))))


def capitalized(words: str) -> str:
    """Capitalize the first letter and leave the others as they are."""
    return words[:1].upper() + words[1:]
