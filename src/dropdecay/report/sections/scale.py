"""Intervals on one horizontal scale, as the forest plot and the facts draw them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dropdecay.report.sections.picture import Label, labels


@dataclass(frozen=True)
class Track:
    """A dot and its interval, in percent from the left.

    ``off`` is "left" or "right" where all of it lies beyond the scale, else "".
    """

    at: float
    left: float
    width: float
    off: str = ""


@dataclass(frozen=True)
class Scale:
    """A horizontal scale from the first to the last of its steps."""

    low: float
    high: float
    ticks: tuple[Label, ...]
    zero: float | None

    def place(self, value: float) -> float:
        """Return percent from the left, held inside."""
        share = (value - self.low) / (self.high - self.low)
        return round(100.0 * min(max(share, 0.0), 1.0), 2)

    def track(self, mean: float, lower: float | None, upper: float | None) -> Track:
        """Return where a figure and its interval lie; without ends there is a dot alone."""
        low = mean if lower is None or not math.isfinite(lower) else lower
        high = mean if upper is None or not math.isfinite(upper) else upper
        off = "left" if high < self.low else "right" if low > self.high else ""
        left, right = self.place(low), self.place(high)
        # A dot beyond the end is not drawn at the end: the line alone says that it goes on.
        at = self.place(mean) if self.low <= mean <= self.high else -1.0
        return Track(at, left, round(right - left, 2), off)


def scale_of(steps: Sequence[float], write: Callable[[float], str], unit: str = "") -> Scale:
    """Return the scale with labels at these steps."""
    low, high = steps[0], steps[-1]
    ticks = labels(steps, lambda value: round(100 * (value - low) / (high - low), 2), write, unit)
    return Scale(
        low, high, ticks, round(100 * -low / (high - low), 2) if low <= 0 <= high else None
    )
