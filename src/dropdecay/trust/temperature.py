"""Temperature scaling: one number that makes probabilities as sure as they are right.

Logits are divided by a temperature T, which leaves the order of classes alone (Guo et al. 2017). T
has the lowest log loss on rows that were held out; of T's inverse the log loss is convex, so that
its minimum is the only root of its slope.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, softmax

from dropdecay.arrays import Float64, Int64
from dropdecay.data.output_losses import LARGEST, SMALLEST

MOST = 100.0
"""Temperatures lie between one divided by this and this."""


NEAR = 0.2
"""How far, in logarithms, the temperature of all rows but a fold is first looked for."""


def fit_temperature(
    probabilities: Float64, true: Int64, weight: Float64, near: float | None = None
) -> float:
    """Return the temperature with the lowest log loss.

    Parameters
    ----------
    probabilities : shape (n_rows, n_classes) or (n_rows, n_labels)
    true : shape (n_rows,) or (n_rows, n_labels)
        Numbers of classes; or 0 and 1, and all labels share the temperature.
    weight : shape (n_rows,)
    near : float, optional
        A temperature that is likely to be close; it saves time alone.

    Returns
    -------
    float
        1 where no row is wrong: the loss would fall with the temperature for ever. ``MOST`` where
        even odds are better than any of these probabilities.
    """
    slope = _Slope(_behind(probabilities, true), weight, alone=true.ndim == 2)
    if near is not None:
        middle = -np.log(near)
        if slope(middle - NEAR) < 0.0 < slope(middle + NEAR):
            return float(np.exp(-brentq(slope, middle - NEAR, middle + NEAR, xtol=1e-7)))
    lowest, highest = -np.log(MOST), np.log(MOST)
    if slope(highest) <= 0.0:
        return 1.0
    if slope(lowest) >= 0.0:
        return MOST
    return float(np.exp(-brentq(slope, lowest, highest, xtol=1e-7)))


class _Slope:
    """The slope of the log loss along the inverse of the temperature, which only rises.

    Parameters
    ----------
    behind : shape (n_others, n_rows)
        How far the logits of other classes are above that of the true one; or of labels, each
        against its opposite.
    weight : shape (n_rows,)
    alone : bool
        Whether the rows of ``behind`` are labels, and no classes that exclude each other.
    """

    def __init__(self, behind: Float64, weight: Float64, *, alone: bool) -> None:
        self._behind, self._weight = behind, weight
        self._alone = alone or len(behind) == 1
        self._top = np.maximum(behind.max(axis=0), 0.0)
        self._below = behind - self._top

    def __call__(self, log_inverse: float) -> float:
        inverse = np.exp(log_inverse)
        if self._alone:
            by_row = (expit(inverse * self._behind) * self._behind).sum(axis=0)
        else:
            # A softmax by hand: the true class is ``top`` below the likeliest one.
            share = np.exp(inverse * self._below)
            total = share.sum(axis=0) + np.exp(-inverse * self._top)
            by_row = np.einsum("ij,ij->j", share, self._behind) / total
        return float(self._weight @ by_row)


def _behind(probabilities: Float64, true: Int64) -> Float64:
    """Return how far the logits of others are above that of what is true, (n_others, n_rows)."""
    if true.ndim == 2:
        return np.ascontiguousarray((_logit(probabilities) * (1 - 2 * true)).T)
    n_rows, n_classes = probabilities.shape
    logits = np.log(np.maximum(probabilities, SMALLEST))
    others = np.ones(logits.shape, bool)
    others[np.arange(n_rows), true] = False
    behind = logits[others].reshape(n_rows, n_classes - 1) - logits[~others][:, None]
    return np.ascontiguousarray(behind.T)


def at_temperature(probabilities: Float64, temperature: float, *, of_labels: bool) -> Float64:
    """Return probabilities whose logits are divided by the temperature, of the same shape.

    Parameters
    ----------
    probabilities : shape (n_rows, n_classes) or (n_rows, n_labels)
    temperature : float
        > 1: less sure; < 1: surer.
    of_labels : bool
        Whether the columns are labels, each by itself, and not classes that sum to 1.
    """
    if of_labels:
        return np.asarray(expit(_logit(probabilities) / temperature))
    logits = np.log(np.maximum(probabilities, SMALLEST))
    return np.asarray(softmax(logits / temperature, axis=1))


def _logit(probabilities: Float64) -> Float64:
    p = np.clip(probabilities, SMALLEST, LARGEST)
    return np.asarray(np.log(p) - np.log1p(-p))


def without_each_fold(
    probabilities: Float64, true: Int64, weight: Float64, fold: Int64, of_all: float
) -> dict[int, float]:
    """Return the temperature of the rows of all other folds, by fold; of one fold ``of_all``."""
    found = {}
    for each in np.unique(fold).tolist():
        others = fold != each
        found[each] = of_all
        if others.any():
            rest = probabilities[others], true[others], weight[others]
            found[each] = fit_temperature(*rest, near=of_all)
    return found
