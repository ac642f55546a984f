"""The bootstrap of out-of-fold losses: how much the lowest of many means flatters itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dropdecay.arrays import Float64, Int64

REPETITIONS = 1000
_NUMBERS_AT_ONCE = 4_000_000
"""Bounds the memory of the draws, 32 MB a copy."""

Pick = Callable[[Float64], Int64]
"""From means, (n_draws, n_points), to the point picked in each draw, (n_draws,)."""


@dataclass(frozen=True)
class Resampled:
    """Mean loss of the picked point on rows that took no part in picking it.

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
    losses: NDArray[np.floating[Any]],
    weights: Float64,
    rng: np.random.Generator,
    *,
    pick: Pick = lowest,
    level: float = 0.95,
    repetitions: int = REPETITIONS,
) -> Resampled:
    """Choose on bootstrapped units, score on those left out, and average (BBC-CV).

    Tsamardinos, Greasidou & Borboudakis 2018, algorithm 4: no network is trained again; the
    out-of-fold losses are resampled. A draw takes n_units units with replacement; every point is
    stopped where its mean over the drawn units is lowest, one point is picked by these means, and
    the mean of its losses over the units not drawn is the draw's estimate.

    Parameters
    ----------
    losses : shape (n_points, n_stops, n_units)
        Mean out-of-fold loss of every point, stopped after each number of epochs, on every unit: a
        row, or a block of rows. One stop where there is nothing to choose. No NaN.
    weights : shape (n_units,)
        Rows of each unit, > 0.
    rng : numpy.random.Generator
    pick : callable, default the lowest mean
    level : float, default 0.95
        Of the percentile interval.
    repetitions : int, default 1000

    Raises
    ------
    ValueError
        If there are fewer than two units or no points.
    """
    n_points, n_stops, n_units = losses.shape
    if n_units < 2 or n_points < 1:
        raise ValueError(
            f"Resampling needs at least 1 point and 2 units. Got {n_points} and {n_units}."
        )
    at_once = max(1, _NUMBERS_AT_ONCE // max(n_units, n_points * 2, n_stops))
    estimates: list[float] = []
    while len(estimates) < repetitions:
        n_draws = min(at_once, repetitions - len(estimates))
        counts = rng.multinomial(n_units, np.full(n_units, 1.0 / n_units), size=n_draws)
        # A draw of every unit leaves none to score on; with few units it happens, and is repeated.
        counts = counts[(counts == 0).any(axis=1)]
        estimates.extend(_left_out(losses, counts * weights, (counts == 0) * weights, pick))
    tail = 50.0 * (1.0 - level)
    lower, upper = np.percentile(estimates, [tail, 100.0 - tail])
    return Resampled(float(np.mean(estimates)), float(lower), float(upper))


def _left_out(
    losses: NDArray[np.floating[Any]], drawn: Float64, left: Float64, pick: Pick
) -> list[float]:
    """Return the estimate of each draw; ``drawn`` and ``left`` are rows, (n_draws, n_units)."""
    n_draws, n_points = drawn.shape[0], losses.shape[0]
    drawn, left = drawn / drawn.sum(axis=1, keepdims=True), left / left.sum(axis=1, keepdims=True)
    means, stops = np.empty((n_draws, n_points)), np.empty((n_draws, n_points), np.intp)
    for point in range(n_points):
        curves = drawn @ losses[point].T.astype(np.float64)
        stops[:, point] = curves.argmin(axis=1)
        means[:, point] = curves.min(axis=1)
    picked = pick(means)
    estimates = np.empty(n_draws)
    for point in np.unique(picked):
        here = np.flatnonzero(picked == point)
        stopped = losses[point, stops[here, point]].astype(np.float64)
        estimates[here] = (left[here] * stopped).sum(axis=1)
    return estimates.tolist()
