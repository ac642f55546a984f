"""The pilot of a large table: random rows that every fold trains on and none holds out.

Points are picked on them before the surface is trained on all rows. No fold judges by these rows,
so that what was picked there leaks into no validation loss.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Bool, Floating, Int64
from dropdecay.data.fold_rows import Fold
from dropdecay.data.folds import check_weights, make_folds
from dropdecay.errors import BadInput

FROM_ROWS = 20_000
"""Tables of at least so many rows may have a pilot; smaller ones have little time to save, and no
rows to spare."""

SHARE, MOST_ROWS = 1 / 8, 10_000
"""How many rows a pilot has: this share of the table, but no more than these."""

FOLDS = 3
"""Folds of the pilot itself. Each of its rows judges once, however many there are; more folds would
train more networks for the same rows."""

ENOUGH = 4
"""A class of fewer rows than this many a fold spares none, where rows are drawn in whole groups."""

PILOT = 0x70696C
"""Stands in the seed of its draw, so that nothing else draws the same numbers."""


@dataclass(frozen=True)
class PilotRows:
    """Which rows are the pilot, and how it is cut into folds of its own.

    Parameters
    ----------
    rows : shape (n_pilot,)
        Rows of the table, ascending.
    folds : tuple of (training rows, validation rows)
        Positions within ``rows``; those of classes that are too rare there are in none.
    """

    rows: Int64
    folds: tuple[Fold, ...]


def folds_with_pilot(
    n_rows: int,
    labels: AnyArray | None,
    n_folds: int,
    groups: AnyArray | None,
    sample_weight: Floating | None,
    random_state: int,
) -> tuple[list[Fold], PilotRows] | None:
    """Set a pilot aside and cut the other rows into folds, which all train on the pilot as well.

    Parameters
    ----------
    n_rows : int
    labels : shape (n_rows,) or None
        Class of every row: each is in the pilot in the proportion that it has in the table, unless
        it is too rare to be there and in every fold.
    n_folds : int
    groups : shape (n_rows,) or None
        Rows of one group are all in the pilot, or none is.
    sample_weight : shape (n_rows,) or None
    random_state : int

    Returns
    -------
    folds, pilot
        None: the table is too small, or its classes, groups or weights do not allow it.
    """
    if n_rows < FROM_ROWS:
        return None
    wanted = min(int(SHARE * n_rows), MOST_ROWS)
    rng = np.random.default_rng((random_state, PILOT))
    if groups is not None:
        rows = whole_groups(groups, _is_rare(labels, n_rows, n_folds), wanted, rng)
    elif labels is not None:
        rows = _of_every_class(labels, wanted, n_folds, rng)
    else:
        rows = np.sort(rng.permutation(n_rows)[:wanted])
    if 2 * rows.size < wanted:
        return None  # classes too rare, or groups too large, to give a part of the table
    try:
        folds = folds_beside(rows, n_rows, labels, n_folds, groups, random_state)
        check_weights(folds, sample_weight)
        own = _own_folds(_of(rows, labels), _of(rows, groups), rows.size, random_state)
        check_weights(own, _of(rows, sample_weight))
    except BadInput:
        return None  # what the whole table allows, its parts need not
    return folds, PilotRows(rows, tuple(own))


def pilot_among(
    n_set_aside: int,
    n_rows: int,
    labels: AnyArray | None,
    groups: AnyArray | None,
    sample_weight: Floating | None,
    random_state: int,
) -> PilotRows | None:
    """Return a pilot of the first rows of a table, which no fold holds out.

    Parameters
    ----------
    n_set_aside : int
        How many rows that are; they are in random order.
    n_rows : int
        Of the table.
    labels, groups, sample_weight : shape (n_rows,) or None
    random_state : int

    Returns
    -------
    pilot
        None: the table is too small, or its classes, groups or weights do not allow it.
    """
    if n_rows < FROM_ROWS:
        return None
    rows = np.arange(min(int(SHARE * n_rows), MOST_ROWS, n_set_aside))
    try:
        own = _own_folds(_of(rows, labels), _of(rows, groups), rows.size, random_state)
        check_weights(own, _of(rows, sample_weight))
    except BadInput:
        return None
    return PilotRows(rows, tuple(own))


def _own_folds(
    labels: AnyArray | None, groups: AnyArray | None, n_rows: int, random_state: int
) -> list[Fold]:
    """Cut the pilot into folds, without the rows of classes that would not be in every fold."""
    kept = np.arange(n_rows)
    if labels is not None:
        class_of_row = pd.factorize(labels)[0]
        kept = np.flatnonzero(np.bincount(class_of_row)[class_of_row] >= FOLDS)
    folds = make_folds(kept.size, _of(kept, labels), FOLDS, _of(kept, groups), random_state)
    return [(kept[training], kept[validation]) for training, validation in folds]


def folds_beside(
    pilot: Int64,
    n_rows: int,
    labels: AnyArray | None,
    n_folds: int,
    groups: AnyArray | None,
    random_state: int,
) -> list[Fold]:
    """Cut all rows but the pilot's into folds; the pilot is added to the training rows of each.

    Raises
    ------
    BadInput
        As :func:`dropdecay.data.folds.make_folds` does.
    """
    others = np.setdiff1d(np.arange(n_rows), pilot, assume_unique=True)
    folds = make_folds(
        others.size, _of(others, labels), n_folds, _of(others, groups), random_state
    )  # fmt: skip
    return [
        (np.union1d(pilot, others[training]), others[validation]) for training, validation in folds
    ]


def _of_every_class(labels: AnyArray, wanted: int, n_folds: int, rng: np.random.Generator) -> Int64:
    """Draw rows class by class, and none of a class that is too rare for all folds."""
    share, drawn = wanted / labels.size, []
    class_of_row = pd.factorize(labels)[0]
    for each in range(int(class_of_row.max()) + 1):
        own = np.flatnonzero(class_of_row == each)
        n_drawn = min(round(share * own.size), own.size - n_folds)
        if n_drawn >= FOLDS:
            drawn.append(rng.permutation(own)[:n_drawn])
    return np.sort(np.concatenate(drawn)) if drawn else np.arange(0)


def _is_rare(labels: AnyArray | None, n_rows: int, n_folds: int) -> Bool:
    """Return which rows belong to a class of which the folds need every row."""
    if labels is None:
        return np.zeros(n_rows, bool)
    class_of_row = pd.factorize(labels)[0]
    return np.asarray(np.bincount(class_of_row)[class_of_row] < ENOUGH * n_folds)


def whole_groups(groups: AnyArray, is_rare: Bool, wanted: int, rng: np.random.Generator) -> Int64:
    """Draw groups without rows of rare classes, for as long as they fit in."""
    group_of_row = pd.factorize(groups)[0]
    sizes = np.bincount(group_of_row)
    free = np.bincount(group_of_row, is_rare) == 0
    drawn, n_drawn = np.zeros(sizes.size, bool), 0
    for group in rng.permutation(np.flatnonzero(free)).tolist():
        if n_drawn + sizes[group] <= wanted:
            drawn[group], n_drawn = True, n_drawn + int(sizes[group])
    return np.flatnonzero(drawn[group_of_row])


def _of(rows: Int64, values: AnyArray | None) -> AnyArray | None:
    return None if values is None else values[rows]
