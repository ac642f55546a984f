"""The pilot of a large table: random rows that every fold trains on and none holds out.

Points are picked on them before the surface is trained on all rows. No fold judges by these rows,
so that what was picked there leaks into no validation loss.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Floating, Int64
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
        Positions within ``rows``.
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
        rows = _whole_groups(groups, wanted, rng)
    elif labels is not None:
        rows = _of_every_class(labels, wanted, n_folds, rng)
    else:
        rows = np.sort(rng.permutation(n_rows)[:wanted])
    if 2 * rows.size < wanted:
        return None  # classes too rare, or groups too large, to give a part of the table
    try:
        folds = folds_beside(rows, n_rows, labels, n_folds, groups, random_state)
        check_weights(folds, sample_weight)
        own = make_folds(rows.size, _of(rows, labels), FOLDS, _of(rows, groups), random_state)
        check_weights(own, _of(rows, sample_weight))
    except BadInput:
        return None  # what the whole table allows, its parts need not
    return folds, PilotRows(rows, tuple(own))


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


def _whole_groups(groups: AnyArray, wanted: int, rng: np.random.Generator) -> Int64:
    """Draw groups for as long as they fit in."""
    group_of_row = pd.factorize(groups)[0]
    sizes = np.bincount(group_of_row)
    drawn, n_drawn = np.zeros(sizes.size, bool), 0
    for group in rng.permutation(sizes.size).tolist():
        if n_drawn + sizes[group] <= wanted:
            drawn[group], n_drawn = True, n_drawn + int(sizes[group])
    return np.flatnonzero(drawn[group_of_row])


def _of(rows: Int64, values: AnyArray | None) -> AnyArray | None:
    return None if values is None else values[rows]
