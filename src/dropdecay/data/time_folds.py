"""Folds of rows that come in time: each trains on the rows before a block and judges by the block.

The later half of the rows is cut into blocks of about equal length, and every fold trains on as
many rows as lie before the first block, the latest there are. So all folds take equally many steps
an epoch, and a weight decay forgets over equally many epochs in all of them.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.fold_rows import Fold
from dropdecay.errors import BadInput, BadSetting, Parameter
from dropdecay.safe_text import visible
from dropdecay.settings import check_count
from dropdecay.table.times import name_of, printed_time, read_times

TIMES = Parameter("time", in_python="times")

SHUFFLED = 0x73687566
"""Stands in the seed of shuffled folds, so that nothing else draws the same numbers."""


def check_goes_with_times(groups: AnyArray | None, nested: object) -> None:
    """Refuse what cannot be combined with times.

    Raises
    ------
    BadSetting
        Naming it and what to leave out.
    """
    if groups is not None:
        raise BadSetting(
            TIMES, " and ", Parameter("group", in_python="groups"), " cannot be combined: rows of "
            "a group would stand before a block of time and in it. Leave one of them out.",
        )  # fmt: skip
    if nested:
        raise BadSetting(
            Parameter("nested", True), " holds out rows of all times alike, which rows in time "
            "rule out. Leave out it or ", TIMES, ".",
        )  # fmt: skip


def folds_in_time(times: ArrayLike | pd.Series, cv: object, n_rows: int) -> list[Fold]:
    """Cut rows into blocks of time; rows of one time are never on both sides of a fold.

    Parameters
    ----------
    times : shape (n_rows,)
        Dates or numbers.
    cv : int
        Number of blocks.
    n_rows : int

    Raises
    ------
    BadSetting
        If ``cv`` is no number.
    BadInput
        If there is not one time per row, or there are too few different ones.
    """
    if isinstance(cv, bool) or not isinstance(cv, (int, np.integer)):
        raise BadSetting(
            Parameter("cv"), " must be a number of blocks where times are given. Got "
            f"{visible(repr(cv), 40)}. Leave out ", TIMES, " to use folds of your own.",
        )  # fmt: skip
    n_blocks = check_count("cv", int(cv), minimum=2)
    if np.size(times) != n_rows:
        raise BadInput(
            f"times must give one time per row: {n_rows}. It has shape {np.shape(times)}."
        )
    column, _ = read_times(times)
    order = np.argsort(column.to_numpy(), kind="stable")
    starts = _starts(column.iloc[order], n_blocks)
    n_training, ends = starts[0], [*starts[1:], n_rows]
    return [
        (np.sort(order[start - n_training : start]), np.sort(order[start:end]))
        for start, end in zip(starts, ends, strict=True)
    ]


def moments_of(times: ArrayLike | pd.Series) -> Int64:
    """Return the order of rows in time, (n_rows,); rows of one time have the same number."""
    column, _ = read_times(times)
    _, moments = np.unique(column.to_numpy(), return_inverse=True)
    return moments.astype(np.int64)


def _starts(ordered: pd.Series, n_blocks: int) -> list[int]:
    """Return where each block begins among the ordered rows, always where a new time does."""
    values, n_rows, name = ordered.to_numpy(), len(ordered), name_of(ordered)
    borders = 1 + np.flatnonzero(values[1:] != values[:-1])
    if not borders.size:
        raise BadInput(
            f"{name}: all rows have the same time, {printed_time(ordered.iloc[0])}, so none are "
            "later than others. Choose another column, or leave out ", TIMES, ".",
        )  # fmt: skip
    first = int(np.abs(borders - n_rows / 2).argmin())
    later = borders[first:]  # as many as there are times from the first block on
    if later.size < n_blocks:
        fewer = (Parameter("cv", int(later.size)), " or ") if later.size > 1 else ()
        raise BadInput(
            f"{name}: {n_blocks} blocks of time need as many different times in the later half of "
            f"the rows, which has {later.size}. Use ", *fewer, "a finer time.",
        )  # fmt: skip
    starts, at = [int(later[0])], 0
    for block in range(1, n_blocks):
        wanted = later[0] + (n_rows - later[0]) * block / n_blocks
        among = later[at + 1 : later.size - (n_blocks - 1 - block)]  # one is left for each other
        at += 1 + int(np.abs(among - wanted).argmin())
        starts.append(int(later[at]))
    return starts


def shuffled_folds(folds: Sequence[Fold], n_rows: int, random_state: int) -> list[Fold]:
    """Return folds of the same sizes that hold out the same rows in all, whatever their times.

    They train on any other rows, so that what differs from ``folds`` is the order alone.

    Parameters
    ----------
    folds : sequence of (training rows, validation rows)
        Of :func:`folds_in_time`.
    n_rows : int
    random_state : int
    """
    rng = np.random.default_rng((random_state, SHUFFLED))
    held = rng.permutation(np.concatenate([validation for _, validation in folds]))
    ends = np.cumsum([validation.size for _, validation in folds])
    shuffled: list[Fold] = []
    for (training, _), validation in zip(folds, np.split(held, ends[:-1]), strict=True):
        others: Int64 = np.setdiff1d(np.arange(n_rows), validation)
        drawn = rng.permutation(others)[: training.size]
        shuffled.append((np.sort(drawn), np.sort(validation)))
    return shuffled
