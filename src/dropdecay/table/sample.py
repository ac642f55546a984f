"""A sample of rows to look at closely: as trees take them, and cut into folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

from dropdecay.arrays import AnyArray, Bool, Float64, Int64
from dropdecay.table.codes_of import codes_of

MAX_CELLS = 400_000
MAX_ROWS, MIN_ROWS = 5_000, 1_000
N_FOLDS = 3
MAX_FOLDS = 10
"""Of the user, that are all looked at; more hold out too few sampled rows each."""

MAX_CELLS_ALONE = 64
MAX_CELLS_COPIED = 16
MIN_ROWS_OF_CELL = 10
MOST_NEGATIVE = -3.0
"""In standard errors: so much rarer errors are far from where classes meet by chance."""

SHARP = 0.05
"""Nearly exact, in ranks from 0 to 1."""


Cuts = tuple[tuple[Bool, Bool], ...]
Folds = Sequence[tuple[Int64, Int64]]


@dataclass(frozen=True)
class Sample:
    """Rows of a table that are looked at closely.

    Parameters
    ----------
    table : DataFrame, shape (n_sampled, n_columns)
        Typed.
    rows : shape (n_sampled,), int64
        Where they stand in the whole table, in its order.
    n_rows : int
        Of the whole table.
    target : shape (n_sampled,), float64
        Numbers of classes; for quantities ranks from 0 to 1, so that no single value decides.
    is_classes : bool
    fold : shape (n_sampled,), int64
        The fold of ours that holds each row out. Rows that belong together share one.
    given : sequence of (training rows, held-out rows), each shape (n_sampled,), bool
        Folds of the user, in place of ours.
    """

    table: pd.DataFrame
    rows: Int64
    n_rows: int
    target: Float64
    is_classes: bool
    fold: Int64
    given: Cuts = ()

    @cached_property
    def cuts(self) -> Cuts:
        """Of each fold, which sampled rows it trains on and which it holds out."""
        ours = ((self.fold != each, self.fold == each) for each in range(N_FOLDS))
        return self.given or tuple(ours)

    @cached_property
    def judged(self) -> Bool:
        """Which sampled rows are held out by any fold, shape (n_sampled,)."""
        return np.asarray(np.any([outside for _, outside in self.cuts], axis=0), bool)

    @property
    def is_part(self) -> bool:
        """Whether there are more rows than these."""
        return len(self.rows) < self.n_rows

    @property
    def where(self) -> str:
        """What a sentence adds where not all rows were looked at."""
        return f" (on a sample of {len(self.rows):,} rows)" if self.is_part else ""

    @cached_property
    def n_classes(self) -> int:
        """How many classes the sampled rows have."""
        return np.unique(self.target).size if self.is_classes else 0

    @cached_property
    def numbers(self) -> Float64:
        """The columns as trees take them, shape (n_sampled, n_columns): NaN where missing."""
        is_float = np.array([dtype == np.float64 for dtype in self.table.dtypes], bool)
        numbers = np.empty(self.table.shape)
        # All at once: a wide table has tens of thousands.
        numbers[:, is_float] = self.table.loc[:, is_float].rank()
        for place in np.flatnonzero(~is_float).tolist():
            numbers[:, place] = numbers_of(self.table.iloc[:, place])
        return numbers

    def skill_alone(self, place: int) -> float:
        """Return how well one column alone predicts the target of held-out rows.

        Each value, or each of at most 64 ranges of values, predicts what it holds in the training
        rows. 0 is as well as a constant prediction, 1 is perfectly: the balanced accuracy so
        scaled, or the R2 of ranks.
        """
        return self.skill(self._said_alone(_cells(self.numbers[:, place])))

    def is_copied_by(self, place: int) -> bool:
        """Return whether what one column gets wrong looks like errors in a copy of the target.

        A copy is wrong in any row, whatever its value; a feature is wrong where classes meet. Of
        quantities a copy is right in most rows, a feature is nearly right in all.
        """
        if not self.is_classes:
            cell = _cells(self.numbers[:, place])
            middle = pd.Series(self.target).groupby(cell).transform("median")
            return bool(np.median(np.abs(self.target - middle)) <= SHARP)
        cell = _cells(self.numbers[:, place], MAX_CELLS_COPIED)
        said = self._by_cell(cell, np.ones(len(cell), bool))
        counts = np.bincount(cell, minlength=said.size)
        right = np.bincount(cell[said[cell] == self.target], minlength=said.size)
        excess, freedom = [], 0
        for each in np.unique(said[counts > 0]):
            alike = (said == each) & (counts > 0)
            share = right[alike].sum() / counts[alike].sum()
            spread = max(share * (1 - share), 1e-3)
            excess += (
                (right[alike] / counts[alike] - share) ** 2 * counts[alike] / spread
            ).tolist()
            freedom += int(alike.sum()) - 1
        # One range may hold the place where classes meet.
        is_even = sum(excess) - max(excess) <= freedom + 3 * np.sqrt(2 * freedom)
        return bool(is_even and not self._is_wrong_where_classes_meet(cell, said))

    def _is_wrong_where_classes_meet(self, cell: Int64, said: Float64) -> bool:
        """Whether errors grow rarer with the distance from ranges that another class is said of.

        In few rows this tells a feature from a copy, where ranges one by one do not.
        """
        borders = np.flatnonzero(np.diff(said)) + 0.5
        if not borders.size:
            return False
        away = np.abs(cell[:, None] - borders).min(axis=1)
        frame = pd.DataFrame({"away": away, "wrong": said[cell] != self.target}, dtype=float)
        left = (frame - frame.groupby(said[cell]).transform("mean")).to_numpy(np.float64)
        size = np.linalg.norm(left[:, 0]) * np.linalg.norm(left[:, 1])
        z = left[:, 0] @ left[:, 1] * np.sqrt(len(cell))
        return bool(z < MOST_NEGATIVE * size)

    def _said_alone(self, cell: Int64) -> Float64:
        """Return what the cells of a column predict of every row while its fold is held out."""
        said = np.zeros(len(self.target))
        for inside, outside in self.cuts:
            if inside.any():
                said[outside] = self._by_cell(cell, inside)[cell[outside]]
        return said

    def _by_cell(self, cell: Int64, inside: Bool) -> Float64:
        """Return what each cell predicts from the rows inside."""
        n_cells, cell, target = int(cell.max()) + 1, cell[inside], self.target[inside]
        if not self.is_classes:
            counts, sums = np.bincount(cell, None, n_cells), np.bincount(cell, target, n_cells)
            means: Float64 = (sums + target.mean()) / (counts + 1)
            return means
        codes, n_classes = target.astype(np.int64), int(self.target.max()) + 1
        counts = np.bincount(cell * n_classes + codes, minlength=n_cells * n_classes)
        of_class = np.maximum(np.bincount(codes, minlength=n_classes), 1)
        shares = counts.reshape(n_cells, n_classes) / of_class
        return np.asarray(shares.argmax(axis=1), np.float64)

    def skill_of(self, places: Sequence[int]) -> float:
        """Return how well a forest on several columns predicts the target of held-out rows."""
        return self.skill(self.held_out(self.numbers[:, places], self._forest()))

    def held_out(self, values: AnyArray, model: BaseEstimator) -> Float64:
        """Return what a model says of every row while its fold is held out, shape (n_sampled,)."""
        said = np.zeros(len(self.target))
        for inside, outside in self.cuts:
            if not inside.any() or not outside.any():
                continue  # equal rows, which one fold holds, may be all there are
            model.fit(values[inside], self.target[inside])
            said[outside] = model.predict(values[outside])
        return said

    def held_out_by_forest(self, outputs: Float64) -> Float64:
        """Return what a forest says of several outputs while a row's fold is held out.

        Parameters
        ----------
        outputs : shape (n_sampled, n_outputs)
        """
        said = np.zeros(outputs.shape)
        forest = ExtraTreesRegressor(15, min_samples_leaf=2, max_features=0.4, random_state=0)
        asked = outputs[:, 0] if outputs.shape[1] == 1 else outputs
        for each in range(N_FOLDS):
            inside = self.fold != each
            if not inside.any() or inside.all():
                continue
            forest.fit(self.numbers[inside], asked[inside])
            said[~inside] = forest.predict(self.numbers[~inside]).reshape(-1, outputs.shape[1])
        return said

    def skill(self, said: Float64) -> float:
        """Return how good predictions of held-out rows are: 0 as a constant one, 1 perfect."""
        target, said = self.target[self.judged], said[self.judged]
        if self.is_classes:
            codes = target.astype(np.int64)
            counts = np.bincount(codes)
            found = np.bincount(codes[said == target], minlength=counts.size)
            reached = (found[counts > 0] / counts[counts > 0]).mean()
            return float((reached - 1 / self.n_classes) / (1 - 1 / self.n_classes))
        spread = max(float(target.var()), 1e-12)
        return float(1 - np.mean((target - said) ** 2) / spread)

    def _forest(self) -> BaseEstimator:
        form = {"n_estimators": 15, "min_samples_leaf": 2, "max_features": 0.4, "random_state": 0}
        if self.is_classes:
            return ExtraTreesClassifier(class_weight="balanced", **form)
        return ExtraTreesRegressor(**form)


def _cells(values: Float64, most: int = MAX_CELLS_ALONE) -> Int64:
    """Return a number for each value, or for each range of values where there are many."""
    codes, known = pd.factorize(values, sort=True)
    n_ranges = min(most, max(len(values) // MIN_ROWS_OF_CELL, 2))
    if known.size <= n_ranges:
        return np.asarray(codes + 1, np.int64)
    ranks = np.cumsum(np.bincount(codes[codes >= 0], minlength=known.size))
    place = (n_ranges * (ranks - 1) // max(int(ranks[-1]), 1)).astype(np.int64) + 1
    return np.append(place, 0)[codes]


def numbers_of(column: pd.Series) -> Float64:
    """Return a typed column as float64, NaN where missing: categories numbered, others as ranks.

    Trees only ask which is larger, and take float32, which cannot hold every number.
    """
    if isinstance(column.dtype, pd.CategoricalDtype) or pd.api.types.is_bool_dtype(column):
        codes = codes_of(column)
        return np.where(codes < 0, np.nan, codes)
    return np.asarray(column.rank(), np.float64)


def sample_of(
    typed: pd.DataFrame,
    target: AnyArray,
    *,
    is_classes: bool,
    together: Int64 | None,
    folds: Folds | None = None,
) -> Sample:
    """Draw rows to look at, always the same ones.

    Parameters
    ----------
    typed : DataFrame, shape (n_rows, n_columns)
    target : shape (n_rows,)
        Classes or numbers, none missing.
    is_classes : bool
    together : shape (n_rows,) or None
        A number for what belongs together; None: every row stands alone.
    folds : sequence of (training rows, held-out rows), optional
        Those of the user; None, and where there are many: ours.
    """
    n_rows = len(typed)
    size = int(np.clip(MAX_CELLS // typed.shape[1], MIN_ROWS, MAX_ROWS))
    rng = np.random.default_rng(0)
    rows = np.arange(n_rows)
    if size < n_rows:
        rows = np.sort(rng.choice(n_rows, size, replace=False))
    own = rows if together is None else together[rows]
    _, unit = np.unique(own, return_inverse=True)
    fold = rng.permutation(unit.max() + 1)[unit] % N_FOLDS
    chosen = np.asarray(target)[rows]
    if is_classes:
        numbers = np.asarray(pd.factorize(chosen)[0], np.float64)
    else:
        numbers = np.asarray(pd.Series(chosen, dtype=np.float64).rank(pct=True), np.float64)
    given = (
        ()
        if folds is None or len(folds) > MAX_FOLDS
        else tuple(
            (np.isin(rows, training), np.isin(rows, held_out)) for training, held_out in folds
        )
    )
    return Sample(typed.iloc[rows], rows, n_rows, numbers, is_classes, fold, given)
