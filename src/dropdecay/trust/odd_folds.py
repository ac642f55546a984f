"""Folds whose rows are predicted worse than those of the others.

The loss of a row counts at most as the 99th percentile of all rows, so that a few rows do not make
a fold odd. A fold is odd if its mean is ``RATIO`` times the median of the other folds' or more, and
farther above the rows of the others than rows dealt at random are in one of 100 tables (a normal
test, with Bonferroni's correction for the number of folds).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from dropdecay.arrays import Float64, Int64
from dropdecay.selection.formatting import number

CAP, RATIO, CHANCE = 0.99, 1.5, 0.01

FEWEST = 10.0
"""A fold of fewer rows, by Kish's effective number, is not judged."""


@dataclass(frozen=True)
class OddFold:
    """A fold that stands out.

    Parameters
    ----------
    fold : int
    loss : float
        Mean over its rows, uncapped.
    others : float
        Median of the means of the other folds.
    n_rows : int
    """

    fold: int
    loss: float
    others: float
    n_rows: int

    @property
    def sentence(self) -> str:
        """What is odd about it."""
        return (
            f"Fold {self.fold + 1} is harder than the others: a mean loss of {number(self.loss)} "
            f"over {self.n_rows:,} rows, against {number(self.others)} elsewhere."
        )


def odd_folds(loss: Float64, weight: Float64, fold: Int64) -> tuple[OddFold, ...]:
    """Return the folds that are predicted worse than the others, in order.

    Parameters
    ----------
    loss : shape (n_rows,)
    weight : shape (n_rows,)
    fold : shape (n_rows,)
    """
    numbers, at = np.unique(fold, return_inverse=True)
    rows, mass = np.bincount(at), np.bincount(at, weight)
    if numbers.size < 3:  # of two, nobody can say which is the odd one
        return ()
    capped = np.minimum(loss, np.quantile(loss, CAP))
    means, uncapped = (np.bincount(at, weight * each) / mass for each in (capped, loss))
    spread = capped.std()
    effective = mass**2 / np.bincount(at, weight**2)
    found = []
    for i, own in enumerate(numbers.tolist()):
        rest = np.arange(numbers.size) != i
        elsewhere = np.average(means[rest], weights=mass[rest])
        error = spread * np.sqrt(1 / effective[i] + 1 / effective[rest].sum())
        far = means[i] - elsewhere > norm.isf(CHANCE / numbers.size) * error
        enough = effective[i] >= FEWEST
        if enough and far and means[i] >= RATIO * np.median(means[rest]):
            others = float(np.median(uncapped[rest]))
            found.append(OddFold(own, float(uncapped[i]), others, int(rows[i])))
    return tuple(found)
