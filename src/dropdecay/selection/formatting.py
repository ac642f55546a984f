"""Numbers and settings as words, the same in every sentence of a verdict."""

import math
from dataclasses import replace

import numpy as np

from dropdecay.selection.choice import Point
from dropdecay.statistics.corrected import PairedDifference

NAMES = {
    "none": "no regularization",
    "dropout": "dropout alone",
    "decay": "weight decay alone",
    "both": "dropout with weight decay",
}


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


def setting(point: Point) -> str:
    """Name a point by what it switches on."""
    parts = [
        f"{name} {value:g}"
        for name, value in (("dropout", point.dropout), ("weight decay", point.weight_decay))
        if value > 0.0
    ]
    return " with ".join(parts) or NAMES["none"]
