"""The bootstrap of out-of-fold losses: how much the lowest of many means flatters itself."""

from dataclasses import dataclass

import numpy as np

from dropdecay.arrays import Float64

REPETITIONS = 1000
_AT_ONCE = 200


@dataclass(frozen=True)
class CorrectedMinimum:
    """Mean loss of the chosen point on rows that did not choose it, with a percentile interval."""

    mean: float
    lower: float
    upper: float


def bootstrap_minimum(
    losses: Float64, weights: Float64, rng: np.random.Generator, level: float = 0.95
) -> CorrectedMinimum:
    """Choose on bootstrapped units, score on those left out (BBC-CV).

    Tsamardinos, Greasidou & Borboudakis 2018, algorithm 4: no network is trained again; the
    out-of-fold losses are resampled.

    Parameters
    ----------
    losses : shape (n_points, n_units)
        Mean out-of-fold loss of every point on every unit: a row, or a block of rows.
    weights : shape (n_units,)
        Rows of each unit.
    rng : numpy.random.Generator
    level : float, default 0.95

    Raises
    ------
    ValueError
        If there are fewer than two units or no points.
    """
    n_points, n_units = losses.shape
    if n_units < 2 or n_points < 1:
        raise ValueError(f"At least 2 units and 1 point are needed. Got {n_units}, {n_points}.")
    estimates: list[float] = []
    while len(estimates) < REPETITIONS:
        wanted = min(_AT_ONCE, REPETITIONS - len(estimates))
        counts = rng.multinomial(n_units, np.full(n_units, 1.0 / n_units), size=wanted)
        drawn, left = counts * weights, (counts == 0) * weights
        usable = left.sum(axis=1) > 0
        drawn, left = drawn[usable], left[usable]
        chosen = ((drawn @ losses.T) / drawn.sum(axis=1, keepdims=True)).argmin(axis=1)
        outside = (left * losses[chosen]).sum(axis=1) / left.sum(axis=1)
        estimates.extend(outside.tolist())
    tail = 50 * (1 - level)
    lower, upper = np.percentile(estimates, [tail, 100 - tail])
    return CorrectedMinimum(float(np.mean(estimates)), float(lower), float(upper))
