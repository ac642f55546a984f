"""The cuts of the rows: the folds of the surface, and further cuts of the same rows after them.

Cut 0 are the folds of the surface, numbered 0 to k - 1. Cut r has the folds r * k to r * k + k - 1.
Where the rows can be cut anew, it holds other rows in each; elsewhere the same rows, and new
networks are all that differs.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property

import numpy as np
from sklearn.model_selection import BaseCrossValidator, BaseShuffleSplit

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.fold_rows import MIN_MEASURED, Fold, fold_rows, repeats_of, rows_of_folds
from dropdecay.data.folds import make_folds
from dropdecay.data.pilot_rows import PilotRows, folds_beside
from dropdecay.engine.protocol import Rows

RECUT = 0x637574
"""Stands in the seed of every further cut, so that nothing else draws the same numbers."""

Recut = Callable[[int], Sequence[Fold]]
"""Seed -> folds of another cut of the same rows."""


class Cuts(Mapping[int, Rows]):
    """Rows by the number of the fold. Iterating gives the folds of the surface alone.

    Parameters
    ----------
    folds : sequence of (training rows, validation rows)
        Those of the surface.
    random_state : int
    recut : callable, optional
        None: the rows cannot be cut anew, and every further cut is the first one again.
    n_rows : int, optional
        Of the table. Default: as many as the folds name.
    min_measured : int
        See :func:`dropdecay.data.fold_rows.fold_rows`.
    groups : shape (n_rows,), optional
        Numbers of the groups that rows belong to, from 0.
    """

    def __init__(
        self,
        folds: Sequence[Fold],
        random_state: int,
        recut: Recut | None = None,
        n_rows: int | None = None,
        min_measured: int = MIN_MEASURED,
        groups: Int64 | None = None,
    ) -> None:
        self._folds, self._random_state, self._recut = tuple(folds), random_state, recut
        self.n_rows = n_rows or 1 + max(int(rows.max()) for fold in folds for rows in fold)
        self._first = rows_of_folds(folds, random_state, min_measured, groups)
        self._min_measured, self._groups = min_measured, groups
        self._latest: tuple[int, Sequence[Fold]] = (0, self._folds)
        self._n_given = _whole_repeats([validation for _, validation in folds])

    @property
    def n_folds(self) -> int:
        """Folds of one cut."""
        return len(self._folds)

    @property
    def cuts_anew(self) -> bool:
        """Whether further cuts hold out other rows together."""
        return self._recut is not None

    @property
    def n_given(self) -> int:
        """Whole cross-validations of the same rows that the folds of the surface make up."""
        return self._n_given

    @cached_property
    def first_fold_of_row(self) -> Int64:
        """The fold of the first cut that holds out each row, shape (n_rows,); -1: none does."""
        fold_of_row = np.full(self.n_rows, -1)
        for fold, rows in self.items():
            fold_of_row[rows.validation] = fold
        return fold_of_row

    def training(self, fold: int) -> Int64:
        """Return the training rows of a fold, of whichever cut."""
        return self[fold].training

    def __getitem__(self, fold: int) -> Rows:
        cut, place = divmod(fold, self.n_folds)
        if cut == 0:
            return self._first[fold]
        training, validation = self._cut(cut)[place]
        return fold_rows(
            training, validation, self._random_state, fold, min_measured=self._min_measured,
            groups=self._groups,
        )  # fmt: skip

    def __iter__(self) -> Iterator[int]:
        return iter(self._first)

    def __len__(self) -> int:
        return self.n_folds

    def _cut(self, number: int) -> Sequence[Fold]:
        if self._recut is None:
            return self._folds
        latest = self._latest  # workers of an engine ask too, at the same time
        if latest[0] != number:
            drawn = np.random.SeedSequence((self._random_state, RECUT, number)).generate_state(1)
            self._latest = latest = number, self._recut(int(drawn[0] >> 1))
        return latest[1]


def _whole_repeats(validation: Sequence[Int64]) -> int:
    """Return how often the folds hold out all that they hold out; 1 where they do it unevenly."""
    repeat = repeats_of(validation)
    held = [
        np.sort(
            np.concatenate([validation[fold] for fold in np.flatnonzero(repeat == each).tolist()])
        )
        for each in range(int(repeat.max()) + 1)
    ]
    return len(held) if all(np.array_equal(each, held[0]) for each in held) else 1


def recut_of(
    cv: object,
    n_rows: int,
    labels: AnyArray | None,
    groups: AnyArray | None,
    folds: Sequence[Fold],
    pilot: PilotRows | None = None,
) -> Recut | None:
    """Return how rows are cut anew; None where they cannot be.

    They can where ``cv`` is a number, or a splitter that takes a random_state and shuffles, and
    holds every row out once. Where there is a pilot no cut holds out its rows.
    """
    if pilot is not None and isinstance(cv, (int, np.integer)):
        return lambda seed: folds_beside(pilot.rows, n_rows, labels, int(cv), groups, seed)
    held = np.concatenate([validation for _, validation in folds])
    if held.size != n_rows or np.unique(held).size != n_rows:
        return None
    if isinstance(cv, (int, np.integer)):
        return lambda seed: make_folds(n_rows, labels, cv, groups, seed)
    if not isinstance(cv, (BaseCrossValidator, BaseShuffleSplit)):
        return None
    if not getattr(cv, "shuffle", False) or not hasattr(cv, "random_state"):
        return None

    def recut(seed: int) -> Sequence[Fold]:
        other = copy(cv)
        other.random_state = seed
        return make_folds(n_rows, labels, other, groups, seed)

    return recut
