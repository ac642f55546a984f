"""Numbers and kinds of points as the sentences of a verdict write them."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dropdecay.axes import NONE, TOGETHER, Point
from dropdecay.knobs import knob_of
from dropdecay.selection.points import regularizing
from dropdecay.statistics.corrected import PairedDifference


def number(value: float) -> str:
    """Write three significant digits, without an exponent if possible."""
    if value != 0.0 and not 1e-5 <= abs(value) < 1e7:
        return f"{value:.3g}"
    return np.format_float_positional(value, precision=3, fractional=False, trim="-")


def percent(share: float) -> str:
    """Write a share in percent, with at least two digits."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{100 * share:.2g} %"


def interval(gain: PairedDifference) -> str:
    """Write the interval, or why there is none."""
    if math.isnan(gain.lower):
        return "no interval with a single fold"
    return f"{percent(gain.level)} interval {number(gain.lower)} to {number(gain.upper)}"


def change(gain: PairedDifference, measure: str, *, lower_is_better: bool) -> str:
    """Write how much lower or higher the measure is, and the interval in the same direction."""
    size = gain
    if gain.mean < 0.0:
        size = replace(gain, mean=-gain.mean, lower=0.0 - gain.upper, upper=0.0 - gain.lower)
    lower = (gain.mean >= 0.0) == lower_is_better
    words = "lower" if lower else "higher"
    return f"{measure} {words} by {number(size.mean)} ({interval(size)})"


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


def regularization(point: Point) -> str:
    """Name the regularization of a point, without its tuned axes."""
    return str(Point(tuple((name, point[name]) for name in regularizing(point))))


def capitalized(words: str) -> str:
    """Capitalize the first letter and leave the others as they are."""
    return words[:1].upper() + words[1:]
