"""Temperature scaling: one number that makes probabilities as sure as they are right.

Logits are divided by a temperature T, which leaves the order of classes alone (Guo et al. 2017). T
has the lowest log loss on rows that were held out; of T's inverse the log loss is convex, so that
its minimum is the only root of its slope.
"""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, softmax

from dropdecay.arrays import Float64, Int64

SMALLEST = float(np.finfo(np.float32).tiny)
LARGEST = 1.0 - 2.0**-25
"""The probabilities next to 0 and 1 that float32 outputs can tell from them."""

MOST = 100.0
"""Temperatures lie between one divided by this and this."""


def fit_temperature(probabilities: Float64, true: Int64, weight: Float64) -> float:
    """Return the temperature with the lowest log loss.

    Parameters
    ----------
    probabilities : shape (n_rows, n_classes) or (n_rows, n_labels)
    true : shape (n_rows,) or (n_rows, n_labels)
        Numbers of classes; or 0 and 1, and all labels share the temperature.
    weight : shape (n_rows,)

    Returns
    -------
    float
        1 where no row is wrong: the loss would fall with the temperature for ever. ``MOST`` where
        even odds are better than any of these probabilities.
    """
    behind = _behind(probabilities, true)
    is_single = true.ndim == 2 or behind.shape[1] == 1

    def slope(log_inverse: float) -> float:
        scaled = np.exp(log_inverse) * behind
        share = expit(scaled) if is_single else softmax(scaled, axis=1)
        return float(weight @ (share * behind).sum(axis=1))

    lowest, highest = -np.log(MOST), np.log(MOST)
    if slope(highest) <= 0.0:
        return 1.0
    if slope(lowest) >= 0.0:
        return MOST
    return float(np.exp(-brentq(slope, lowest, highest, xtol=1e-9)))


def _behind(probabilities: Float64, true: Int64) -> Float64:
    """Return how far the logits of others are above the true one's, of two classes (n_rows, 1)."""
    if true.ndim == 2:
        return np.asarray(_logit(probabilities) * (1 - 2 * true))
    logits = np.log(np.maximum(probabilities, SMALLEST))
    own = logits[np.arange(true.size), true]
    if logits.shape[1] == 2:
        return np.asarray((logits.sum(axis=1) - 2 * own)[:, None])
    return np.asarray(logits - own[:, None])


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
    probabilities: Float64, true: Int64, weight: Float64, fold: Int64
) -> dict[int, float]:
    """Return the temperature of the rows of all other folds, by fold; a single one has its own."""
    found = {}
    for each in np.unique(fold).tolist():
        others = fold != each if (fold != each).any() else fold == each
        found[each] = fit_temperature(probabilities[others], true[others], weight[others])
    return found
