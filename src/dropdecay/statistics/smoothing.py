"""Smoothed loss curves: the epochs at which they are evaluated, and their moving mean.

The lowest value of a raw curve is mostly the luckiest one. On 18 tables the epoch picked from raw
curves of 400 epochs led to another point than the smoothed one on a third of them.
"""

from functools import lru_cache

import numpy as np

from dropdecay.arrays import Float64, Int64

DENSE, RATIO = 10, 1.1
"""The first epochs are all evaluated; from then on each is 1.1 times the one before."""

HALF_WIDTH = 0.08
"""A smoothed value is the mean over epochs within this share of its own."""

FEWEST = 3
"""Of two values each would be the mean of both, and neither the lower one."""

MOST_CHANGE = 100.0
"""Where a curve changes by more than this many times its lowest value, as after a first loss of
1e8, a running sum loses digits of the low values."""


@lru_cache
def evaluated_epochs(last: int) -> tuple[int, ...]:
    """Return the epochs at which a run of at most ``last`` epochs is evaluated, the last included.

    What has been learnt from one epoch to the next is a share of what came before, so that a
    geometric grid of 36 epochs says as much about a curve of 100.
    """
    epochs = list(range(1, min(DENSE, last) + 1))
    while epochs[-1] < last:
        epochs.append(min(last, max(round(epochs[-1] * RATIO), epochs[-1] + 1)))
    return tuple(epochs)


def smooth(curves: Float64, epochs: Int64) -> Float64:
    """Return the moving mean of curves, over at least both neighbours; two values stay as they are.

    Parameters
    ----------
    curves : shape (..., n_epochs)
    epochs : shape (n_epochs,)
        At which they were evaluated, ascending.

    Returns
    -------
    shape (..., n_epochs)
    """
    if epochs.size < FEWEST:
        return curves
    places = np.arange(epochs.size)
    first = np.searchsorted(epochs, epochs * (1.0 - HALF_WIDTH), "left")
    after = np.searchsorted(epochs, epochs * (1.0 + HALF_WIDTH), "right")
    first = np.minimum(first, np.maximum(places - 1, 0))
    after = np.maximum(after, np.minimum(places + 2, epochs.size))
    smoothed = _by_running_sums(curves, first, after)
    lowest = np.fmin.reduce(np.abs(curves), axis=-1)  # a curve is NaN once it has diverged
    change = np.fmax.reduce(np.abs(curves - curves[..., :1]), axis=-1)
    steep = change / MOST_CHANGE > lowest
    if steep.any():
        smoothed[steep] = _window_by_window(curves[steep], first, after)
    return smoothed


def _by_running_sums(curves: Float64, first: Int64, after: Int64) -> Float64:
    # A curve that does not change must stay exactly as it is: sums are taken of what changes.
    start = curves[..., :1]
    sums = np.cumsum(curves - start, axis=-1)
    sums = np.concatenate([np.zeros_like(start, np.float64), sums], axis=-1)
    return np.asarray(start + (sums[..., after] - sums[..., first]) / (after - first))


def _window_by_window(curves: Float64, first: Int64, after: Int64) -> Float64:
    padded = np.concatenate([curves, np.zeros_like(curves[..., :1])], axis=-1)
    # It sums from each place to the next: every other sum is that of a window.
    sums = np.add.reduceat(padded, np.stack([first, after], axis=1).ravel(), axis=-1)[..., ::2]
    return np.asarray(sums / (after - first))
