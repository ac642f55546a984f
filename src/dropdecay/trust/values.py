"""Values: predicted against true, by a straight line, residuals and errors in the target's unit."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from dropdecay.arrays import Float64
from dropdecay.selection.decimals import decimals_of
from dropdecay.selection.formatting import decimals_within, number

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """A number with its 95 % interval."""

    value: float
    lower: float
    upper: float

    def __str__(self) -> str:
        decimals = decimals_within(self.lower, self.upper)
        value, lower, upper = (
            number(each, decimals) for each in (self.value, self.lower, self.upper)
        )
        return f"{value} ({lower} to {upper})"


@dataclass(frozen=True, eq=False)
class Values:
    """Predictions of one output.

    The line is fitted to true values by predicted ones (Mincer & Zarnowitz 1969): of predictions
    that can be taken at their word the slope is 1 and the intercept 0. A slope below 1 says that
    they spread too far.

    Parameters
    ----------
    name : str
    true, predicted : shape (n_rows,)
        In the target's unit.
    slope, intercept : Estimate or None
        Intervals hold for rows of unequal spread (HC3, MacKinnon & White 1985). None:
        predictions do not vary.
    r2, rmse : float
    """

    name: str
    true: Float64
    predicted: Float64
    slope: Estimate | None
    intercept: Estimate | None
    r2: float
    rmse: float

    @property
    def residuals(self) -> Float64:
        """True minus predicted values, (n_rows,)."""
        return np.asarray(self.true - self.predicted)

    @property
    def _decimals(self) -> int | None:
        """Those that the standard error of the RMSE allows, by the delta method."""
        squares = self.residuals**2
        if squares.size < 2 or self.rmse == 0.0:
            return None
        error = float(squares.std(ddof=1)) / math.sqrt(squares.size) / (2.0 * self.rmse)
        return decimals_of(error) if error > 0.0 else None

    @property
    def sentence(self) -> str:
        """How far off predictions are, and whether they can be taken at their word."""
        found = (
            f"Predictions are off by {number(self.rmse, self._decimals)} (RMSE; R² {self.r2:.2f})"
        )
        if self.slope is None:
            return f"{found} and are the same for all rows."
        if self.slope.lower <= 1.0 <= self.slope.upper:
            return f"{found}; where they differ by 1, true values differ by {self.slope}."
        far = "too far" if self.slope.value < 1.0 else "too little"
        return (
            f"{found} and spread {far}: where they differ by 1, true values differ by {self.slope}."
        )


def values_of(name: str, true: Float64, predicted: Float64, weight: Float64) -> Values:
    """Return what the predictions of one output are worth.

    Parameters
    ----------
    name : str
    true, predicted, weight : shape (n_rows,)
    """
    total = float(np.average((true - np.average(true, weights=weight)) ** 2, weights=weight))
    error = float(np.average((true - predicted) ** 2, weights=weight))
    slope, intercept = _line(predicted, true, weight)
    r2 = 1.0 - error / total if total > 0.0 else 0.0
    return Values(name, true, predicted, slope, intercept, r2, float(np.sqrt(error)))


def _line(x: Float64, y: Float64, weight: Float64) -> tuple[Estimate | None, Estimate | None]:
    """Return slope and intercept of the weighted least squares line, in units of x and y."""
    centre = float(np.average(x, weights=weight))
    spread = float(np.sqrt(np.average((x - centre) ** 2, weights=weight)))
    n_rows = x.size
    if n_rows < 3 or spread <= 1e-9 * max(abs(centre), 1e-300):
        return None, None
    z = (x - centre) / spread
    mass = weight / weight.sum()
    mean = float(mass @ y)
    slope = float(mass @ (z * (y - mean)))
    # z has mean 0 and variance 1, so that the bread of the sandwich is the identity.
    leverage = mass * (1.0 + z**2)
    residual = (y - mean - slope * z) / np.maximum(1.0 - leverage, 1e-9)
    score = mass[:, None] * np.column_stack([np.ones(n_rows), z]) * residual[:, None]
    covariance = score.T @ score
    to_units = np.array([[1.0, -centre / spread], [0.0, 1 / spread]])
    values = to_units @ np.array([mean, slope])
    errors = np.sqrt(np.diag(to_units @ covariance @ to_units.T))
    half = t.ppf(0.5 + LEVEL / 2, n_rows - 2) * errors
    intercept, found = (
        Estimate(float(value), float(value - part), float(value + part))
        for value, part in zip(values, half, strict=True)
    )
    return found, intercept
