"""The bootstrap of out-of-fold losses: how optimistic the lowest of many means is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dropdecay.arrays import Float64, Floating, Int64

REPETITIONS = 1000
_NUMBERS_AT_ONCE = 4_000_000
"""Limits the memory for the draws to 32 MB per copy."""

Pick = Callable[[Float64], Int64]
"""Mean losses, (n_draws, n_points), -> the point picked in each draw, (n_draws,)."""


class ByPoint(Protocol):
    """What points have, asked for one by one: an array, or what makes it only then."""

    def __len__(self) -> int:
        """Return the number of points."""
        ...

    def __getitem__(self, point: int, /) -> Floating:
        """Return what a point has."""
        ...


@dataclass(frozen=True)
class Resampled:
    """Mean loss of the picked point on rows that were not used to pick it.

    Parameters
    ----------
    mean, lower, upper : float
        ``lower`` and ``upper`` are percentiles over the draws.
    """

    mean: float
    lower: float
    upper: float


def lowest(means: Float64) -> Int64:
    """Pick the lowest mean."""
    return np.asarray(means.argmin(axis=1))


def bootstrap_choice(
    losses: ByPoint,
    weights: Float64,
    rng: np.random.Generator,
    *,
    pick: Pick = lowest,
    picking: ByPoint | None = None,
    level: float = 0.95,
    repetitions: int = REPETITIONS,
) -> Resampled:
    """Choose on bootstrapped units, evaluate on those left out, and average (BBC-CV).

    Tsamardinos, Greasidou & Borboudakis 2018, algorithm 4: the out-of-fold losses are resampled,
    so no network is trained again. Each draw takes n_units units with replacement, stops every
    point at the epoch with the lowest mean loss over the drawn units and picks one point by its
    mean there. The draw's estimate is the mean loss of that point over the units not drawn.

    Parameters
    ----------
    losses : shape (n_points, n_stops, n_units)
        Mean out-of-fold loss of every point, if stopped after each number of epochs, on every
        unit: a row or a block of rows. A single stop means that the epoch is fixed. No NaN before
        the last stop of a point.
    weights : shape (n_units,)
        Number of rows in each unit, > 0.
    rng : numpy.random.Generator
    pick : callable, default the lowest mean
    picking : shape (n_points, n_stops, n_units), optional
        The losses on which stops are picked, such as smoothed ones; NaN where a point was not
        trained so far, which must be so on all units. Default: ``losses``.
    level : float, default 0.95
        Coverage of the percentile interval.
    repetitions : int, default 1000

    Raises
    ------
    ValueError
        If there are fewer than two units or no points.
    """
    n_points = len(losses)
    n_stops, n_units = losses[0].shape if n_points else (0, 0)
    if n_units < 2 or n_points < 1:
        raise ValueError(
            f"Resampling needs at least 1 point and 2 units. Got {n_points} and {n_units}."
        )
    at_once = max(1, _NUMBERS_AT_ONCE // max(n_units, n_points * 2, n_stops))
    estimates: list[float] = []
    while len(estimates) < repetitions:
        n_draws = min(at_once, repetitions - len(estimates))
        counts = rng.multinomial(n_units, np.full(n_units, 1.0 / n_units), size=n_draws)
        # With few units a draw may contain all of them, leaving none to evaluate: draw again.
        counts = counts[(counts == 0).any(axis=1)]
        drawn, left = counts * weights, (counts == 0) * weights
        estimates.extend(_left_out(losses, picking, drawn, left, pick))
    tail = 50.0 * (1.0 - level)
    lower, upper = np.percentile(estimates, [tail, 100.0 - tail])
    return Resampled(float(np.mean(estimates)), float(lower), float(upper))


def _left_out(
    losses: ByPoint,
    picking: ByPoint | None,
    drawn: Float64,
    left: Float64,
    pick: Pick,
) -> list[float]:
    """Return the estimate of each draw; ``drawn``, ``left`` count rows, (n_draws, n_units)."""
    n_draws, n_points = drawn.shape[0], len(losses)
    drawn, left = drawn / drawn.sum(axis=1, keepdims=True), left / left.sum(axis=1, keepdims=True)
    means, stops = np.empty((n_draws, n_points)), np.empty((n_draws, n_points), np.intp)
    for point in range(n_points):
        curves = drawn @ losses[point].T.astype(np.float64)
        picked_from = curves
        if picking is not None:
            own = picking[point]
            n_stops = int(np.count_nonzero(~np.isnan(own[:, 0])))
            picked_from = drawn @ own[:n_stops].T.astype(np.float64)
        stops[:, point] = picked_from.argmin(axis=1)
        means[:, point] = curves[np.arange(n_draws), stops[:, point]]
    picked = pick(means)
    estimates = np.empty(n_draws)
    for point in np.unique(picked):
        here = np.flatnonzero(picked == point)
        stopped = losses[point][stops[here, point]].astype(np.float64)
        estimates[here] = (left[here] * stopped).sum(axis=1)
    return estimates.tolist()
