"""Calibration: whether what is said to happen with 80 % happens in 80 % of the rows."""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import AnyArray, Float64, Int64

BIN_ROWS = 20
"""Fewest rows of a bin."""

MOST_BINS = 10
Z = 1.959963984540054
"""Standard errors of a 95 % interval."""


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """Probabilities of one class or label against how often it is true, by bins of equal size.

    Parameters
    ----------
    name : str
        The class or label.
    said : shape (n_bins,)
        Mean probability.
    happened : shape (n_bins,)
        Share of rows of which it is true.
    lower, upper : shape (n_bins,)
        Wilson's 95 % interval of that share; weights count as Kish's effective number of rows.
    rows : shape (n_bins,)
    error : float
        Expected calibration error: mean distance of said and happened, weighted by bins.
    by_chance : float
        What the error would be if every probability were right, for the number of rows alone.
    """

    name: str
    said: Float64
    happened: Float64
    lower: Float64
    upper: Float64
    rows: Int64
    error: float
    by_chance: float


@dataclass(frozen=True)
class Calibration:
    """How well probabilities are calibrated.

    Parameters
    ----------
    curves : tuple of CalibrationCurve
        One for each class or label; of two classes, the second.
    error, by_chance : float
        Means over the curves.
    temperature : float or None
        What logits were divided by, or would have to be; None: not fitted.
    loss, loss_after_temperature : float or None
        Log loss as it is, and with temperatures that were fitted without each fold.
    is_applied : bool
        Whether the probabilities are those after scaling.
    """

    curves: tuple[CalibrationCurve, ...]
    error: float
    by_chance: float
    temperature: float | None
    loss: float | None
    loss_after_temperature: float | None
    is_applied: bool

    @property
    def sentence(self) -> str:
        """What to know, in one or two sentences."""
        found = f"Probabilities are off by {_points(self.error)} on average"
        if self.error > 2 * self.by_chance:
            by_chance = _points(self.by_chance)
            found += f", where chance alone would show {by_chance} on as many rows."
        else:
            found += ", no more than chance shows on as many rows."
        return f"{found}{self._of_temperature()}"

    def _of_temperature(self) -> str:
        if self.temperature is None or self.loss is None or self.loss_after_temperature is None:
            return ""
        if self.is_applied:
            return f" They are scaled by a temperature of {self.temperature:.2f}."
        if self.loss_after_temperature >= self.loss:
            return " A temperature would not improve them."
        return (
            f" A temperature of {self.temperature:.2f} would lower the log loss from "
            f"{self.loss:.3g} to {self.loss_after_temperature:.3g}."
        )


def _points(share: float) -> str:
    """Write a difference of probabilities in percentage points."""
    return f"{100 * share:.1f} points"


def calibration_curve(
    name: str, said: Float64, happened: AnyArray, weight: Float64
) -> CalibrationCurve:
    """Return the curve of one class or label.

    Bins hold equally many rows, ``BIN_ROWS`` at least; equal probabilities stay together.

    Parameters
    ----------
    name : str
    said : shape (n_rows,)
        Probabilities.
    happened : shape (n_rows,)
        0 or 1.
    weight : shape (n_rows,)
        > 0.
    """
    n_bins = min(MOST_BINS, max(1, said.size // BIN_ROWS))
    edges = np.quantile(said, np.linspace(0.0, 1.0, n_bins + 1)[1:-1])
    bins = np.searchsorted(edges, said)
    rows, mass = np.bincount(bins), np.bincount(bins, weight)
    kept = rows > 0
    rows, mass = rows[kept], mass[kept]
    mean = np.bincount(bins, weight * said)[kept] / mass
    share = np.bincount(bins, weight * happened)[kept] / mass
    effective = mass**2 / np.bincount(bins, weight**2)[kept]
    lower, upper = wilson(share, effective)
    of_all = mass / mass.sum()
    by_chance = np.sqrt(2 / math.pi * mean * (1 - mean) / effective)
    return CalibrationCurve(
        name, mean, share, lower, upper, rows,
        float(of_all @ np.abs(mean - share)), float(of_all @ by_chance),
    )  # fmt: skip


def wilson(share: Float64, n: Float64) -> tuple[Float64, Float64]:
    """Return Wilson's 95 % interval of shares (Wilson 1927).

    Parameters
    ----------
    share : shape (...)
        [0, 1].
    n : shape (...)
        Number of trials of each, > 0, whole or effective.
    """
    middle = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    half = Z / (1 + Z**2 / n) * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return np.maximum(middle - half, 0.0), np.minimum(middle + half, 1.0)
