"""The gain of one way of choosing over another, from repeated cuts of the same rows.

Every repeat cuts the rows anew and trains new networks, and judges every row once. Two kinds of
luck make the mean uncertain: which rows there are, the same in every repeat, and which cuts and
networks were drawn, new in every repeat. The first is measured between rows, the second between
repeats:

    d_i = mean over repeats of d_i(r)        G_r = mean over rows of d_i(r)        G = mean of d_i
    half = sqrt((1 + c) z^2 S_rows^2 / n + t_{R-1}^2 S_repeats^2 / R)

Rows that share training rows are not independent, which ``c`` allows for: it is calibrated by
simulation (docs/statistics.md), not derived. Confidence intervals from the rows of one
cross-validation alone hold for its own networks only (Bayle, Bayle, Janson & Mackey 2020), and for
two similar learners fail (Bayle, Janson & Mackey 2025).
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from dropdecay.arrays import AnyArray, Float64, Floating

C = 0.25
"""Inflation of the variance between rows; see docs/statistics.md for its calibration."""

LEVEL = 0.95


@dataclass(frozen=True)
class RepeatedGain:
    """A mean gain over rows and repeats, with what is uncertain about it.

    Parameters
    ----------
    mean, lower, upper : float
        In the unit of the differences, at ``level``.
    standard_error : float
        Half the interval over the normal quantile, so that chances and interval agree.
    row_variance, repeat_variance : float
        The two parts of the variance of the mean: (1 + c) S_rows^2 / n and S_repeats^2 / R.
    level : float
    n_repeats, n_rows : int
        Rows that weigh anything.
    by_repeat : tuple of float
        G_r.
    """

    mean: float
    lower: float
    upper: float
    standard_error: float
    row_variance: float
    repeat_variance: float
    level: float
    n_repeats: int
    n_rows: int
    by_repeat: tuple[float, ...]

    @property
    def is_exhausted(self) -> bool:
        """Whether more repeats, however many, would narrow the interval by less than 10 %."""
        return bool(np.sqrt(self.row_variance) > 0.9 * self.standard_error)


def chance_above(mean: float, standard_error: float, value: float) -> float:
    """Return the confidence that a quantity exceeds a value, from its interval read normally.

    Without spread it is 0, 1 or, at equality, one half.
    """
    if standard_error > 0.0:
        return float(stats.norm.cdf((mean - value) / standard_error))
    return float(np.heaviside(mean - value, 0.5))


def repeated_gain(
    differences: Float64,
    weights: Floating | None = None,
    groups: AnyArray | None = None,
    *,
    few_groups: bool = False,
    inflation: float = C,
    level: float = LEVEL,
) -> RepeatedGain:
    """Estimate a mean gain and its interval from differences by repeat and row.

    Parameters
    ----------
    differences : shape (n_repeats, n_rows), at least two of each
    weights : shape (n_rows,), optional
        Weights of the rows; the variance is then the sandwich's.
    groups : shape (n_rows,), optional
        Rows of one group vary together: sums by group take the place of rows.
    few_groups : bool
        Whether their number is so small that Student's t takes the place of the normal quantile.
    inflation : float
        c.
    level : float
        Of the interval.

    Raises
    ------
    ValueError
        If there are fewer than two repeats, or fewer than two rows or groups with any weight.
    """
    n_repeats, n_rows = differences.shape
    if n_repeats < 2:
        raise ValueError(f"The spread between repeats needs at least 2 of them. Got {n_repeats}.")
    weights = np.ones(n_rows) if weights is None else np.asarray(weights, np.float64)
    total = weights.sum()
    by_repeat = differences @ weights / total
    mean = float(by_repeat.mean())
    residuals, counts = weights * (differences.mean(axis=0) - mean), weights > 0
    if groups is not None:
        _, of_row = np.unique(groups, return_inverse=True)
        residuals = np.bincount(of_row.ravel(), residuals)
        counts = np.bincount(of_row.ravel(), weights) > 0
    residuals = residuals[counts]  # what weighs nothing is no further unit
    if residuals.size < 2:
        raise ValueError("The spread between rows needs at least 2 rows, or groups of rows.")
    correction = residuals.size / (residuals.size - 1)
    rows = (1.0 + inflation) * correction * float(residuals @ residuals) / total**2
    repeats = float(by_repeat.var(ddof=1)) / n_repeats
    z = float(stats.norm.ppf(0.5 + level / 2))
    if few_groups:
        rows *= (float(stats.t.ppf(0.5 + level / 2, residuals.size - 1)) / z) ** 2
    t = float(stats.t.ppf(0.5 + level / 2, n_repeats - 1))
    half = float(np.sqrt(z**2 * rows + t**2 * repeats))
    return RepeatedGain(
        mean=mean,
        lower=mean - half,
        upper=mean + half,
        standard_error=half / z,
        row_variance=rows,
        repeat_variance=repeats,
        level=level,
        n_repeats=n_repeats,
        n_rows=int(np.count_nonzero(weights > 0)),
        by_repeat=tuple(by_repeat.tolist()),
    )


def rows_needed(
    mean: float,
    standard_error: float,
    margin: float,
    n_rows: int,
    level: float = LEVEL,
    power: float = 0.8,
) -> float:
    """Return how many rows would settle the question, with a given power.

    The question is settled where the interval leaves out 0, or a gain of ``margin``, whichever the
    estimate is farther from; its variance falls with their number. Infinite where the estimate is
    at neither: none would settle it.

    Parameters
    ----------
    mean, standard_error : float
        From ``n_rows`` rows.
    margin : float
        The gain that is worth the name.
    n_rows : int
    level, power : float
    """
    z = stats.norm.ppf(0.5 + level / 2) + stats.norm.ppf(power)
    distance = max(abs(mean), margin - mean)
    if distance == 0.0:
        return math.inf
    return float(np.ceil(n_rows * (z * standard_error / distance) ** 2))
