"""What is judged, as it is shown: a loss, the root of a squared error, or a score."""

import math
from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64
from dropdecay.report.powers import in_power
from dropdecay.selection.formatting import R2

SQUARED = "mean squared error"
ROOT = "RMSE"

SHARES = ("accuracy", "balanced accuracy", "balanced_accuracy")
"""Scores that are shares of rows, written in percent."""


@dataclass(frozen=True)
class Measure:
    """A loss or score in the unit that is shown.

    Parameters
    ----------
    name : str
    lower_is_better : bool
    is_root : bool
        Whether the root of the stored loss is shown, which is in the unit of the target.
    scale : float
        What stored figures are multiplied by.
    is_share : bool
        Whether figures are shares, shown in percent.
    """

    name: str
    lower_is_better: bool = True
    is_root: bool = False
    scale: float = 1.0
    is_share: bool = False

    def value(self, stored: float) -> float:
        """Return a stored figure as shown."""
        return math.sqrt(max(stored, 0.0)) if self.is_root else self.scale * stored

    def values(self, stored: Float64) -> Float64:
        """Return stored figures as shown."""
        return np.sqrt(np.maximum(stored, 0.0)) if self.is_root else self.scale * stored

    def error(self, stored: float, error: float | None) -> float:
        """Return a standard error as shown; of a root by its slope there."""
        if error is None:
            return math.nan
        if not self.is_root:
            return self.scale * error
        return error / (2.0 * math.sqrt(stored)) if stored > 0.0 else math.nan

    def errors(self, stored: Float64, errors: Float64) -> Float64:
        """Return standard errors as shown."""
        pairs = zip(stored.tolist(), errors.tolist(), strict=True)
        return np.array([self.error(value, error) for value, error in pairs])

    def gain(self, stored: float | None, baseline: float) -> float | None:
        """Return by how much the figure is better than that of ``baseline``, as shown."""
        if stored is None:
            return None
        if not self.is_root:
            return self.scale * stored
        return math.sqrt(max(baseline, 0.0)) - math.sqrt(max(baseline - stored, 0.0))

    @property
    def better_by(self) -> str:
        """What the axis of gains is called."""
        return f"{self.name} {'lower' if self.lower_is_better else 'higher'} by"


def loss_measure(name: str, task: str, power: int) -> Measure:
    """Return the loss of a run as shown; ``power`` of ten divides large and tiny ones."""
    if task == "regression" and name == SQUARED:
        return Measure(ROOT, is_root=True)
    return Measure(in_power(name, power), scale=10.0**-power)


def score_measure(name: str) -> Measure:
    """Return the score of a run as shown: shares of rows in percent."""
    is_share = name in SHARES
    if name == "r2":
        return Measure(R2, lower_is_better=False)
    return Measure(name, lower_is_better=False, scale=100.0 if is_share else 1.0, is_share=is_share)
