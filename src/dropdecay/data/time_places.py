"""Where rows that come in time lie on disk: together if the same folds train on them.

Folds in time overlap. Rows that every fold uses alike, to train on, to hold out or not at all, have
one place, so that each fold is a few places, and nothing is kept of a row but the number of its
place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.fold_rows import Fold
from dropdecay.data.time_folds import folds_in_time, moments_of
from dropdecay.errors import BadSetting, Parameter

MOST_FOLDS = 31
"""Two bits a fold in a number of 64."""


@dataclass(frozen=True)
class TimePlaces:
    """Places of all rows of a table.

    Parameters
    ----------
    of_row : shape (n_rows,), int64
    moments : shape (n_rows,), int64
        The order of the rows in time.
    folds : tuple of (training places, places that are held out)
    """

    of_row: Int64
    moments: Int64
    folds: tuple[tuple[Int64, Int64], ...]

    @property
    def sizes(self) -> Int64:
        """Rows at each place."""
        return np.bincount(self.of_row)

    def rows_of(self, sizes: Int64) -> list[Fold]:
        """Return training and validation rows of each fold, where rows lie place by place."""
        ends = np.cumsum(sizes)
        starts = ends - sizes

        def rows(places: Int64) -> Int64:
            return np.concatenate([np.arange(starts[each], ends[each]) for each in places])

        return [(rows(training), rows(held)) for training, held in self.folds]

    def trained_on_by_all(self) -> Int64:
        """Return the numbers of the rows that every fold trains on, ascending."""
        common = self.folds[0][0]
        for training, _ in self.folds[1:]:
            common = np.intersect1d(common, training)
        return np.flatnonzero(np.isin(self.of_row, common))


def time_places(times: pd.Series, n_folds: int) -> TimePlaces:
    """Return the places of rows by their times.

    Parameters
    ----------
    times : shape (n_rows,)
        Dates or numbers.
    n_folds : int

    Raises
    ------
    BadInput
        As :func:`dropdecay.data.time_folds.folds_in_time` does.
    """
    if n_folds > MOST_FOLDS:
        raise BadSetting(
            Parameter("cv", n_folds), f" must be {MOST_FOLDS} or less where rows come in time and "
            "lie on disk.",
        )  # fmt: skip
    use = np.zeros(len(times), np.int64)
    for number, fold in enumerate(folds_in_time(times, n_folds, len(times))):
        for bit, rows in enumerate(fold):
            use[rows] |= 1 << (2 * number + bit)
    uses, of_row = np.unique(use, return_inverse=True)
    folds = tuple(
        (_with_bit(uses, 2 * number), _with_bit(uses, 2 * number + 1)) for number in range(n_folds)
    )
    return TimePlaces(of_row.astype(np.int64), moments_of(times), folds)


def _with_bit(uses: Int64, bit: int) -> Int64:
    return np.flatnonzero(uses >> bit & 1)


class TimeDealer:
    """Deals rows to the places of their times."""

    def __init__(self, places: TimePlaces) -> None:
        self._of_row = places.of_row

    def deal(self, first: int, classes: Sequence[int] | Int64, groups: AnyArray | None) -> Int64:
        """Return the place of each row."""
        return self._of_row[first : first + len(classes)]
