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
    beside : Resampled or None
        The same picks on the same rows, by the loss that stands beside.
    """

    mean: float
    lower: float
    upper: float
    beside: "Resampled | None" = None


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
    beside: tuple[ByPoint, Float64] | None = None,
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
        Number of rows in each unit, or the sum of their weights; two units or more have some.
    rng : numpy.random.Generator
    pick : callable, default the lowest mean
    picking : shape (n_points, n_stops, n_units), optional
        The losses on which stops are picked, such as smoothed ones; NaN where a point was not
        trained so far, which must be so on all units. Default: ``losses``.
    beside : (losses, weights), optional
        Another loss of the same shape, with weights of its own, all > 0: evaluated where the picks
        are, without a say in them.
    level : float, default 0.95
        Coverage of the percentile interval.
    repetitions : int, default 1000

    Raises
    ------
    ValueError
        If there are fewer than two units with any weight, or no points.
    """
    n_points = len(losses)
    n_stops, n_units = losses[0].shape if n_points else (0, 0)
    n_weighing = int(np.count_nonzero(weights > 0))
    if n_weighing < 2 or n_points < 1:
        raise ValueError(
            f"Resampling needs at least 1 point and 2 units. Got {n_points} and {n_weighing}."
        )
    at_once = max(1, _NUMBERS_AT_ONCE // max(n_units, n_points * 2, n_stops))
    measures = [(losses, weights), *([] if beside is None else [beside])]
    estimates = np.empty((len(measures), 0))
    while estimates.shape[1] < repetitions:
        n_draws = min(at_once, repetitions - estimates.shape[1])
        counts = rng.multinomial(n_units, np.full(n_units, 1.0 / n_units), size=n_draws)
        # With few units a draw may contain all of them, leaving none to evaluate: draw again.
        weighs = weights > 0
        usable = ((counts == 0) & weighs).any(axis=1) & ((counts > 0) & weighs).any(axis=1)
        counts = counts[usable]
        picked, stops = _picked(losses, picking, counts * weights, pick)
        found = [_left_out(each, (counts == 0) * by, picked, stops) for each, by in measures]
        estimates = np.concatenate([estimates, found], axis=1)
    tail = 50.0 * (1.0 - level)
    resampled = None
    for each in estimates[::-1]:
        lower, upper = np.percentile(each, [tail, 100.0 - tail])
        resampled = Resampled(float(np.mean(each)), float(lower), float(upper), resampled)
    assert resampled is not None  # there is always the loss that picks
    return resampled


def _picked(
    losses: ByPoint, picking: ByPoint | None, drawn: Float64, pick: Pick
) -> tuple[Int64, Int64]:
    """Return point and stop of each draw; ``drawn`` counts rows, (n_draws, n_units)."""
    n_draws, n_points = drawn.shape[0], len(losses)
    drawn = drawn / drawn.sum(axis=1, keepdims=True)
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
    return picked, stops[np.arange(n_draws), picked]


def _left_out(losses: ByPoint, left: Float64, picked: Int64, stops: Int64) -> Float64:
    """Return the estimate of each draw; ``left`` counts rows not drawn, (n_draws, n_units)."""
    left = left / left.sum(axis=1, keepdims=True)
    estimates = np.empty(picked.size)
    for point in np.unique(picked):
        here = np.flatnonzero(picked == point)
        stopped = losses[point][stops[here]].astype(np.float64)
        estimates[here] = (left[here] * stopped).sum(axis=1)
    return estimates
