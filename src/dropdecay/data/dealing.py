"""Rows of a table that is read part by part -> the places that they are dealt to, part by part.

The places are the teaching rows, which every fold trains on and none holds out; then one place for
each fold; and where not all rows are searched, the others, and last those of them that say how long
to train on all. Rows are dealt at random, each class in proportion,
or whole groups are. Nothing is kept of a row once it is dealt.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float64, Int64, UInt64
from dropdecay.errors import BadInput

TEACHING = 0
"""The place of the teaching rows; fold k has place 1 + k."""

DEALING, TAUGHT = 0x6465616C, 0x7465616368
"""Stand in the seeds of what is drawn here, so that nothing else draws the same numbers."""

MOST_KNOWN = 100_000
"""So many groups are counted exactly; of more, every place gets its share but for little."""


class Dealer(Protocol):
    """Deals the rows of one part after another."""

    def deal(self, first: int, classes: Int64, groups: AnyArray | None) -> Int64:
        """Return the place of each row.

        Parameters
        ----------
        first : int
            Number of the first row.
        classes : shape (n_rows,)
            0 throughout, where there are none.
        groups : shape (n_rows,) or None
        """
        ...


def teaching_rows(n_rows: int, wanted: int, random_state: int) -> Int64:
    """Draw the rows that teach the encoder, ascending."""
    rng = np.random.default_rng((random_state, TAUGHT))
    return np.sort(rng.choice(n_rows, min(wanted, n_rows), replace=False, shuffle=False))


@dataclass(frozen=True)
class Shares:
    """How many rows each place is to have.

    Parameters
    ----------
    teaching : int
    searched : int
        Teaching rows, and those of all folds.
    last : int
        Rows at the last place, of those that are not searched.
    n_rows : int
        Of the table.
    n_folds : int
    """

    teaching: int
    searched: int
    last: int
    n_rows: int
    n_folds: int

    def of_class(self, n_rows: int, turn: int) -> Int64:
        """Return how many rows of a class each place beyond the teaching rows gets.

        Parameters
        ----------
        n_rows : int
            Rows of the class that teach nothing.
        turn : int
            Which folds get a row more, where the folds do not divide them.
        """
        share = (self.searched - self.teaching) / (self.n_rows - self.teaching)
        n_held = min(n_rows, max(round(share * n_rows), self.n_folds))
        folds = np.full(self.n_folds, n_held // self.n_folds)
        folds[(turn + np.arange(n_held % self.n_folds)) % self.n_folds] += 1
        n_others = n_rows - n_held
        share = self.last / max(self.n_rows - self.searched, 1)
        n_last = min(round(share * n_others), n_others)
        return np.array([*folds, n_others - n_last, n_last])

    def of_all(self) -> Int64:
        """Return about how many rows each place gets, that of the teaching rows first."""
        of_one_class = self.of_class(self.n_rows - self.teaching, 0)
        return np.array([self.teaching, *of_one_class])


class RowDealer:
    """Deals single rows: every place gets exactly its number of rows of each class.

    Parameters
    ----------
    shares : Shares
    teaching : shape (n_teaching,)
        Ascending.
    counts : shape (n_classes,)
        Rows of each class that teach nothing.
    random_state : int
    """

    def __init__(self, shares: Shares, teaching: Int64, counts: Int64, random_state: int) -> None:
        self._teaching = teaching
        self._rng = np.random.default_rng((random_state, DEALING))
        turns = np.cumsum(counts) - counts
        self._left = np.array(
            [shares.of_class(*each) for each in zip(counts.tolist(), turns.tolist(), strict=True)]
        )

    def deal(self, first: int, classes: Int64, groups: AnyArray | None = None) -> Int64:
        """Return the place of each row; the places of a part are a sample of those left."""
        places = np.full(classes.size, TEACHING)
        start, stop = np.searchsorted(self._teaching, (first, first + classes.size))
        others = np.ones(classes.size, bool)
        others[self._teaching[start:stop] - first] = False
        for each in np.unique(classes[others]).tolist():
            rows = np.flatnonzero(others & (classes == each))
            drawn = self._rng.multivariate_hypergeometric(
                self._left[each], rows.size, method="marginals"
            )
            self._left[each] -= drawn
            dealt = np.repeat(np.arange(1, drawn.size + 1), drawn)
            places[rows] = self._rng.permutation(dealt)
        return places


class GroupDealer:
    """Deals whole groups, by a random number that is a function of the group and the seed.

    Parameters
    ----------
    shares : Shares
    seen : shape (n_groups,) or None
        The random numbers of all groups, ascending; None: there are too many to count.
    random_state : int

    Raises
    ------
    BadInput
        If there are fewer groups than places.
    """

    def __init__(self, shares: Shares, seen: Float64 | None, random_state: int) -> None:
        self._random_state = random_state
        n_folds, n_rows = shares.n_folds, shares.n_rows
        held = (shares.searched - shares.teaching) / n_rows / n_folds
        edges: Float64 = shares.teaching / n_rows + held * np.arange(n_folds + 1.0)
        if shares.searched == n_rows:
            edges[-1] = 1.0  # whatever rounding says: no group is left over
        else:
            edges = np.append(edges, 1.0 - shares.last / n_rows)
        self._edges = edges if seen is None else _between(edges, seen)

    def deal(self, first: int, classes: Int64, groups: AnyArray | None) -> Int64:
        """Return the place of each row."""
        assert groups is not None  # or rows are dealt one by one
        return self.places_of(groups)

    def places_of(self, groups: AnyArray) -> Int64:
        """Return the place of each row by its group alone."""
        drawn = numbers_of_groups(groups, self._random_state)
        return np.searchsorted(self._edges, drawn, side="right")


def _between(edges: Float64, seen: Float64) -> Float64:
    """Return edges that give each place its share of the groups, and at least one of them."""
    n_places = edges.size + (edges[-1] < 1.0)
    if seen.size < n_places:
        raise BadInput(
            f"There are {seen.size} groups, fewer than {n_places}: at least one each for every "
            "fold, to teach the encoder"
            + (", not to be searched, and to say how long to train" if edges[-1] < 1.0 else "")
            + ". Use fewer folds or other groups."
        )  # fmt: skip
    ends = np.ceil(edges * seen.size).astype(int)
    n_left = seen.size - (n_places - edges.size)
    for place in range(ends.size):  # at least one group each, and enough for those that follow
        lowest = 1 if place == 0 else ends[place - 1] + 1
        ends[place] = min(max(ends[place], lowest), n_left - (ends.size - 1 - place))
    halfway: Float64 = np.append((seen[:-1] + seen[1:]) / 2, 1.0)[ends - 1]
    return halfway


def numbers_of_groups(groups: AnyArray, random_state: int) -> Float64:
    """Return a number in [0, 1) for each row: equal within a group, else as good as random."""
    hashed: UInt64 = np.asarray(pd.util.hash_pandas_object(pd.Series(groups), index=False))
    seed = np.random.SeedSequence((random_state, DEALING)).generate_state(1, np.uint64)
    mixed = hashed ^ seed
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # SplitMix64
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    mixed ^= mixed >> np.uint64(31)
    return (mixed >> np.uint64(11)).astype(np.float64) * 2.0**-53
