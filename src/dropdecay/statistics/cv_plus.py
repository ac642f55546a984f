"""Intervals and sets that cover new targets as often as asked, from networks of k folds: CV+.

Each row that was held out has a misfit: how far its true target is from what the network of its own
fold says. A new row is compared with all of them, each time by that fold's network. For values this
is CV+ (Barber, Candes, Ramdas & Tibshirani 2021, "Predictive inference with the jackknife+",
section 3), for classes CV+ of Romano, Sesia & Candes (2020, section 2.3) with the misfit 1 - the
probability of the class (Sadinle, Lei & Wasserman 2019), whose sets are the smallest.

Whatever the networks are, at level 1 - a new targets are covered with probability at least about
1 - 2 a, and in practice about 1 - a, as long as new rows and old ones come alike.
"""

import math
from collections.abc import Sequence

import numpy as np

from dropdecay.arrays import Bool, Float64

BISECTIONS = 100
"""More than enough to come to neighbouring float64 numbers within the range of the misfits."""


def plus_intervals(said: Float64, misfits: Sequence[Float64], level: float) -> Float64:
    """Return lower and upper end for each new row.

    Parameters
    ----------
    said : shape (n_folds, n_new)
        What the network of each fold says of the new rows.
    misfits : sequence of shape (n_held_out,), one a fold
        |true - said| of the rows that the fold held out; a row is held out once.
    level : float
        In (0, 1).

    Returns
    -------
    shape (n_new, 2)
        Infinite where there are too few rows for the level: fewer than level / (1 - level).

    Examples
    --------
    >>> import numpy as np
    >>> plus_intervals(np.zeros((1, 1)), [np.arange(1.0, 20.0)], 0.9)
    array([[-18.,  18.]])
    """
    rank = _rank(sum(each.size for each in misfits), level)
    ends = [-_smallest_of_sums(-said, misfits, rank), _smallest_of_sums(said, misfits, rank)]
    return np.stack(ends, axis=1)


def plus_sets(misfits_new: Float64, misfits: Sequence[Float64], level: float) -> Bool:
    """Return which classes are in the set of each new row.

    Parameters
    ----------
    misfits_new : shape (n_folds, n_new, n_classes)
        That each class would have, by the network of each fold.
    misfits : sequence of shape (n_held_out,), one a fold
        Of the true classes of the rows that the fold held out.
    level : float

    Returns
    -------
    shape (n_new, n_classes)
    """
    rank = _rank(sum(each.size for each in misfits), level)
    n_smaller = sum(
        np.searchsorted(np.sort(own), new.ravel(), "left").reshape(new.shape)
        for own, new in zip(misfits, misfits_new, strict=True)
    )
    return np.asarray(n_smaller < rank)


def largest_covered(misfits: Float64, level: float) -> float:
    """Return the misfit that a new row exceeds with probability 1 - level at most.

    Infinite where there are too few.
    """
    rank = _rank(misfits.size, level)
    return float(np.partition(misfits, rank - 1)[rank - 1]) if rank <= misfits.size else math.inf


def _rank(n_rows: int, level: float) -> int:
    """Return ceil(level (n + 1)), of the number that was meant: 0.55 * 100 is above 55."""
    return math.ceil(round(level * (n_rows + 1), 9))


def _smallest_of_sums(said: Float64, misfits: Sequence[Float64], rank: int) -> Float64:
    """Return the value of a rank among said[k] + misfits[k] of all folds k, for each new row.

    All sums would be as many as the new rows times the old ones. Between two numbers the sums below
    are counted by fold instead.
    """
    ordered = [np.sort(each) for each in misfits]
    pairs = [pair for pair in zip(said, ordered, strict=True) if pair[1].size]
    if rank > sum(own.size for _, own in pairs):
        return np.full(said.shape[1], np.inf)
    low = np.min([new + own[0] for new, own in pairs], axis=0)
    high = np.max([new + own[-1] for new, own in pairs], axis=0)
    # From the next number down on: `low` itself may be the one that is sought.
    low = np.nextafter(low, -np.inf)
    for _ in range(BISECTIONS):
        middle = low + (high - low) / 2
        if not ((low < middle) & (middle < high)).any():
            break
        enough = sum(np.searchsorted(own, middle - new, "right") for new, own in pairs) >= rank
        low, high = np.where(enough, low, middle), np.where(enough, middle, high)
    return np.asarray(high)
