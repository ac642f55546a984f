"""Groups -> folds with equal shares of every class, shuffled.

scikit-learn's StratifiedGroupKFold places one group after another, 40 seconds for 50,000 groups.
Where most groups are a single row, only groups of several rows are placed so here; single rows then
fill the folds up, all at once.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from dropdecay.arrays import AnyArray, Int64

MOST_PER_GROUP = 2
"""Rows in a group on average, up to which this is used."""


class DealtGroups:
    """Cuts rows into folds, like scikit-learn's splitters.

    Parameters
    ----------
    n_folds, random_state : int
    """

    def __init__(self, n_folds: int, random_state: int) -> None:
        self.n_folds, self.random_state = n_folds, random_state

    def split(
        self, X: AnyArray, y: AnyArray | None = None, groups: AnyArray | None = None
    ) -> Iterator[tuple[AnyArray, AnyArray]]:
        """Yield the training and validation rows of each fold."""
        labels, together = pd.factorize(np.asarray(y))[0], pd.factorize(np.asarray(groups))[0]
        fold_of_row = _dealt(labels, together, self.n_folds, self.random_state)
        for fold in range(self.n_folds):
            yield np.flatnonzero(fold_of_row != fold), np.flatnonzero(fold_of_row == fold)


class ShuffledGroups:
    """Cuts as ``StratifiedGroupKFold(shuffle=True)`` of scikit-learn 1.9 does.

    Version 1.6 shuffles the classes of the groups and not the groups themselves: another random
    state need not give other folds, and classes are dealt unevenly. So it is done here.

    Parameters
    ----------
    n_folds, random_state : int
    """

    def __init__(self, n_folds: int, random_state: int) -> None:
        self.n_folds, self.random_state = n_folds, random_state

    def split(
        self, X: AnyArray, y: AnyArray | None = None, groups: AnyArray | None = None
    ) -> Iterator[tuple[AnyArray, AnyArray]]:
        """Yield the training and validation rows of each fold."""
        names, numbers = np.unique(np.asarray(groups), return_inverse=True)
        order = np.arange(names.size)
        np.random.RandomState(self.random_state).shuffle(order)
        place = np.empty_like(order)
        place[order] = np.arange(order.size)
        yield from StratifiedGroupKFold(self.n_folds).split(X, y, place[numbers])


def _dealt(classes: Int64, groups: Int64, n_folds: int, random_state: int) -> Int64:
    rng = np.random.default_rng(random_state)
    sizes = np.bincount(groups)
    fold_of_group = np.full(sizes.size, -1)
    counts = np.zeros((n_folds, classes.max() + 1))
    several = np.flatnonzero(sizes > 1)
    if several.size:
        several = rng.permutation(several)
        several = several[np.argsort(-sizes[several], kind="stable")]
        fold_of_group[several] = _placed(classes, groups, several, counts, rng)
    fold_of_row = fold_of_group[groups]
    for each in range(counts.shape[1]):
        rows = rng.permutation(np.flatnonzero((fold_of_row < 0) & (classes == each)))
        fold_of_row[rows] = _filling(counts, each, rows.size)
        counts[:, each] = np.bincount(fold_of_row[classes == each], minlength=n_folds)
    return fold_of_row


def _placed(
    classes: Int64, groups: Int64, several: Int64, counts: AnyArray, rng: np.random.Generator
) -> Int64:
    """Return the fold of each group of several rows, and add them to ``counts``."""
    place = np.full(groups.max() + 1, -1)
    place[several] = np.arange(several.size)
    rows = place[groups] >= 0
    members = np.zeros((several.size, counts.shape[1]))
    np.add.at(members, (place[groups[rows]], classes[rows]), 1)
    share = 1.0 / np.bincount(classes) ** 2
    folds = np.empty(several.size, np.int64)
    for number, group in enumerate(members):
        rise = counts @ (group * share)  # by which the sum of squared shares grows
        lowest = np.flatnonzero(rise == rise.min())
        folds[number] = rng.choice(lowest)
        counts[folds[number]] += group
    return folds


def _filling(counts: AnyArray, each: int, n_rows: int) -> Int64:
    """Return folds for single rows of a class, so that all folds end with as many of it."""
    # Of folds with as many of the class, the one with the fewest rows comes first.
    order = np.argsort(counts.sum(axis=1), kind="stable")
    level = counts[order, each][:, None] + np.arange(n_rows)
    lowest = np.argsort(level.T.ravel(), kind="stable")[:n_rows]
    return order[lowest % len(order)]
