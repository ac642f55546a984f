"""Which rows each fold trains on, measures its training loss on, and holds out, in blocks."""

from collections.abc import Sequence

import numpy as np

from dropdecay.arrays import Int64
from dropdecay.engine.protocol import N_BLOCKS, REFIT_FOLD, Rows

MIN_MEASURED = 1024
"""Where every epoch is evaluated, the training loss is measured on at least this many rows."""

Fold = tuple[Int64, Int64]
"""Training rows, validation rows."""


def rows_of_folds(
    folds: Sequence[Fold],
    random_state: int,
    min_measured: int = MIN_MEASURED,
    groups: Int64 | None = None,
) -> dict[int, Rows]:
    """Apply :func:`fold_rows` to every fold, with the same blocks in all repeats.

    Parameters
    ----------
    folds : sequence of (training rows, validation rows)
    random_state : int
    min_measured : int
    groups : shape (n_rows,), optional
        Numbers of the groups that rows belong to, from 0; a block holds whole ones.
    """
    blocks = None
    if repeats_of([validation for _, validation in folds]).any():
        # Rows are held out several times: a block must hold the same rows in every repeat.
        n_rows = 1 + max(int(validation.max()) for _, validation in folds)
        drawn = np.random.default_rng((random_state, 0, 1))
        units = np.arange(n_rows) if groups is None else groups[:n_rows]
        blocks = _blocks_of(units, drawn)
    return {
        number: fold_rows(training, validation, random_state, number, blocks, min_measured, groups)
        for number, (training, validation) in enumerate(folds)
    }


def refit_rows(n_rows: int, random_state: int) -> dict[int, Rows]:
    """Return the rows of a fit on all rows: nothing is held out."""
    return {REFIT_FOLD: fold_rows(np.arange(n_rows), np.arange(0), random_state, REFIT_FOLD)}


def repeats_of(validation: Sequence[Int64]) -> Int64:
    """Return which repeat of the cross-validation each fold belongs to, from 0.

    A repeat holds out every row once. If folds hold out rows again without forming complete
    repeats, as with ``ShuffleSplit``, each fold is its own repeat.

    Parameters
    ----------
    validation : sequence of arrays of int
        Validation rows of each fold.
    """
    n_rows = 1 + max(int(rows.max(initial=-1)) for rows in validation)
    held = [np.zeros(n_rows, bool)]
    repeats = np.zeros(len(validation), np.int64)
    for fold, rows in enumerate(validation):
        if held[-1][rows].any():
            held.append(np.zeros(n_rows, bool))
        held[-1][rows] = True
        repeats[fold] = len(held) - 1
    is_whole = all(np.array_equal(each, held[0]) for each in held)
    return repeats if is_whole else np.arange(len(validation))


def fold_rows(
    training: Int64,
    validation: Int64,
    random_state: int,
    fold: int,
    block_of_row: Int64 | None = None,
    min_measured: int = MIN_MEASURED,
    groups: Int64 | None = None,
) -> Rows:
    """Choose where the training loss is measured and how validation rows fall into blocks.

    A block is what is drawn or left out when the loss to expect is estimated. Rows of one group are
    alike, so that a block holds whole groups.

    The training loss is measured on a random sample of the training rows, as many as there are
    validation rows but at least ``min_measured``. More rows would cost time without making the
    generalization gap more precise, because the validation loss limits its precision.
    """
    rng = np.random.default_rng((random_state, fold - REFIT_FOLD))
    n_measured = min(training.size, max(validation.size, min_measured))
    n_blocks = min(N_BLOCKS, validation.size)
    blocks = rng.permutation(validation.size) % max(n_blocks, 1)
    if block_of_row is not None:
        blocks = block_of_row[validation]
    elif groups is not None:
        drawn = np.random.default_rng((random_state, fold - REFIT_FOLD, 1))
        blocks = _blocks_of(groups[validation], drawn)
    return Rows(
        training=np.ascontiguousarray(training, np.int64),
        measured=np.sort(rng.permutation(training)[:n_measured]).astype(np.int64),
        validation=np.ascontiguousarray(validation, np.int64),
        blocks=blocks.astype(np.int64),
    )


def _blocks_of(units: Int64, rng: np.random.Generator) -> Int64:
    """Deal units, such as groups, to blocks; shape (n_rows,), from 0, none of them empty."""
    unit_of_row = np.unique(units, return_inverse=True)[1]
    n_units = 1 + int(unit_of_row.max(initial=-1))
    block_of_unit = rng.permutation(n_units) % min(N_BLOCKS, max(n_units, 1))
    return np.asarray(block_of_unit[unit_of_row])
