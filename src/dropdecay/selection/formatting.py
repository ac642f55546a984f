"""Numbers and kinds of points as words, the same in every sentence of a verdict."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dropdecay.axes import NONE, TOGETHER, Point
from dropdecay.knobs import knob_of
from dropdecay.selection.points import regularizing
from dropdecay.statistics.corrected import PairedDifference


def number(value: float) -> str:
    """Write three significant digits, without an exponent where it can be helped."""
    if value != 0.0 and not 1e-5 <= abs(value) < 1e7:
        return f"{value:.3g}"
    return np.format_float_positional(value, precision=3, fractional=False, trim="-")


def percent(share: float) -> str:
    """Write a share in percent, with two digits at least."""
    return f"{100 * share:.0f} %" if abs(share) >= 0.1 else f"{100 * share:.2g} %"


def interval(gain: PairedDifference) -> str:
    """Write the interval, or why there is none."""
    if math.isnan(gain.lower):
        return "one fold gives no interval"
    return f"{percent(gain.level)} interval {number(gain.lower)} to {number(gain.upper)}"


def change(gain: PairedDifference, measure: str, *, lower_is_better: bool) -> str:
    """Write how much lower or higher the measure is, and the interval in the same direction."""
    said = gain
    if gain.mean < 0.0:
        said = replace(gain, mean=-gain.mean, lower=0.0 - gain.upper, upper=0.0 - gain.lower)
    lower = (gain.mean >= 0.0) == lower_is_better
    words = "lower" if lower else "higher"
    return f"{measure} {words} by {number(said.mean)} ({interval(said)})"


def kind_in_words(kind: str, axes: Sequence[str]) -> str:
    """Name a kind of points: "no regularization", "dropout alone", "dropout with weight decay".

    Parameters
    ----------
    kind : str
        ``NONE``, the name of an axis, or ``TOGETHER``.
    axes : sequence of str
        Names of all axes of the surface that regularize. An axis without company is not called
        alone, and more than two together are not listed.
    """
    if kind == NONE:
        return "no regularization"
    if kind == TOGETHER:
        two = len(axes) == 2
        return " with ".join(knob_of(name).printed for name in axes) if two else "several together"
    return f"{knob_of(kind).printed} alone" if len(axes) > 1 else knob_of(kind).printed


def regularization(point: Point) -> str:
    """Name what regularizes at a point; tuned axes are left out."""
    return str(Point(tuple((name, point[name]) for name in regularizing(point))))


def capitalized(words: str) -> str:
    """Write the first letter large and leave the others as they are."""
    return words[:1].upper() + words[1:]
