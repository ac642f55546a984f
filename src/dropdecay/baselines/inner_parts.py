"""The training rows of a fold, cut again for what models tune by themselves.

Groups stay whole and later rows judge earlier ones, as in the folds of the surface: rows that share
what the folds keep apart would make a penalty too weak and trees too many.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from dropdecay.arrays import AnyArray, Int64
from dropdecay.baselines.rows import FoldRows

INNER_FOLDS = 3

SHARE = 0.1
"""Of the training rows, those that stop boosting; scikit-learn's default."""


def inner_folds(y: AnyArray, rows: FoldRows) -> Iterator[tuple[Int64, Int64]]:
    """Cut training rows into folds: groups stay whole, and classes are dealt out evenly.

    The only row of a class is held out by none. Of rows in time, the latter three quarters are
    held out one by one, each from the rows before it.
    """
    if rows.moments is not None:
        yield from _blocks_in_time(rows.moments)
        return
    rng = np.random.default_rng(rows.seed)
    order = rng.permutation(len(y))
    fold_of_row = np.full(len(y), -1)
    if rows.groups is not None:
        _, group = np.unique(rows.groups, return_inverse=True)
        fold_of_group = rng.permutation(group.max() + 1) % INNER_FOLDS
        fold_of_row = fold_of_group[group]
    else:
        labels = np.zeros(len(y)) if rows.kind == "values" else y
        for label in np.unique(labels):
            own = order[labels[order] == label]
            if own.size > 1:
                fold_of_row[own] = np.arange(own.size) % INNER_FOLDS
    for fold in range(INNER_FOLDS):
        held_out = np.flatnonzero(fold_of_row == fold)
        training = np.flatnonzero(fold_of_row != fold)
        if held_out.size and training.size:
            yield training, held_out


def _blocks_in_time(moments: Int64) -> Iterator[tuple[Int64, Int64]]:
    borders = np.quantile(moments, np.arange(1, INNER_FOLDS + 2) / (INNER_FOLDS + 1))
    for start, end in pairwise(borders):
        training = np.flatnonzero(moments <= start)
        held_out = np.flatnonzero((moments > start) & (moments <= end))
        if held_out.size and training.size:
            yield training, held_out


def stopping_part(rows: FoldRows) -> tuple[Int64, Int64] | None:
    """Return which training rows boosting grows on and which stop it; None: any tenth may.

    Whole groups, or the last tenth in time. Where there is but one group or time, none stop it:
    the latter part is empty.
    """
    n_rows, groups = rows.n_training, rows.groups
    if rows.moments is not None:
        stops = rows.moments > np.quantile(rows.moments, 1.0 - SHARE, method="lower")
        if not stops.any():
            stops = rows.moments == rows.moments.max()
    elif groups is not None:
        _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        order = np.random.default_rng(rows.seed).permutation(sizes.size)
        n_groups = 1 + int(np.searchsorted(np.cumsum(sizes[order]), SHARE * n_rows))
        stops = np.isin(group, order[:n_groups])
    else:
        return None
    if stops.all():
        stops = np.zeros(n_rows, bool)
    return np.flatnonzero(~stops), np.flatnonzero(stops)
