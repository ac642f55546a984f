"""Held-out rows of a fold, of which single columns are changed as the user named them.

The encoders of this package, and scikit-learn's scalers, encode each column by itself. So a column
that is shuffled and then encoded is its encoded block, shuffled: nothing is encoded again. Of any
other encoder the rows are changed as they were given, and encoded each time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.pipeline import Pipeline

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.data.encoding import NUMERIC_STEP, Table, Transformer
from dropdecay.engine.protocol import Matrix
from dropdecay.explain.fold_networks import FoldNetwork
from dropdecay.table.encode import Vectorizer
from dropdecay.table.numeric_encoding import Periodic, PiecewiseLinear

COLUMN_BY_COLUMN = (
    "MaxAbsScaler", "MinMaxScaler", "RobustScaler", "SquashingScaler", "StandardScaler",
)  # fmt: skip
"""Encoders that make one number of each: those that ``storage`` knows."""


@dataclass(frozen=True)
class HeldOut:
    """Some of the rows that a fold holds out.

    Parameters
    ----------
    fold : FoldNetwork
    columns : tuple of str
        What the columns are called.
    rows : table, shape (n_rows, n_columns), or None
        Before they are encoded; None: they are not there.
    encoded : shape (n_rows, n_features), float32
    blocks : mapping of str to array of int, or None
        The encoded columns that each column has become; None: only the encoder knows.
    targets : shape (n_rows, n_targets)
    weights : shape (n_rows,) or None
    """

    fold: FoldNetwork
    columns: tuple[str, ...]
    rows: Table | None = field(repr=False)
    encoded: Floating = field(repr=False)
    blocks: Mapping[str, Int64] | None
    targets: Floating = field(repr=False)
    weights: Floating | None = field(repr=False)

    def first(self, n_rows: int) -> "HeldOut":
        """Return the first of its rows alone."""
        return replace(
            self,
            rows=None if self.rows is None else self.rows[:n_rows],
            encoded=self.encoded[:n_rows],
            targets=self.targets[:n_rows],
            weights=None if self.weights is None else self.weights[:n_rows],
        )

    def shuffled(self, column: str, orders: Sequence[Int64]) -> Floating:
        """Return the rows encoded, once an order, with a column in that order.

        Parameters
        ----------
        column : str
        orders : sequence of shape (n_rows,)
            Permutations of the rows.

        Returns
        -------
        shape (n_orders * n_rows, n_features)
        """
        if self.blocks is None:
            given, every = self.values_of(column), np.arange(len(self.encoded))
            values = [given.take(order) for order in orders]
            return np.concatenate([self._encoded_with(column, every, each) for each in values])
        block = self.blocks[column]
        changed = np.tile(self.encoded, (len(orders), 1))
        changed[:, block] = self.encoded[np.concatenate(orders)][:, block]
        return changed

    def with_values(self, column: str, values: AnyArray) -> Floating:
        """Return all rows encoded, once a value, with a column that has this value in all of them.

        Returns
        -------
        shape (n_values * n_rows, n_features)
        """
        n_rows, n_values = len(self.encoded), len(values)
        if self.blocks is None:
            every = np.tile(np.arange(n_rows), n_values)
            return self._encoded_with(column, every, np.repeat(values, n_rows))
        block = self.blocks[column]
        one_each = self._encoded_with(column, np.zeros(n_values, np.int64), values)
        changed = np.tile(self.encoded, (n_values, 1))
        changed[:, block] = np.repeat(one_each[:, block], n_rows, axis=0)
        return changed

    def values_of(self, column: str) -> AnyArray | pd.Series:
        """Return what a column holds in these rows, as it was given."""
        assert self.rows is not None  # who asks has looked
        if isinstance(self.rows, pd.DataFrame):
            return self.rows[column]
        return dense(self.rows[:, [self.columns.index(column)]])[:, 0]

    def _encoded_with(self, column: str, places: Int64, values: AnyArray | pd.Series) -> Floating:
        """Return copies of some of the rows, encoded with other values in a column."""
        assert self.rows is not None
        rows: Table
        if isinstance(self.rows, pd.DataFrame):
            rows = self.rows.iloc[places].reset_index(drop=True)
            rows[column] = pd.Series(np.asarray(values)).astype(rows[column].dtype)
        else:
            rows = dense(self.rows[places])
            rows[:, self.columns.index(column)] = values
        encoder = self.fold.encoder
        return dense(rows if encoder is None else encoder.transform(rows))


def names_of(rows: Table, names: Sequence[str] | None) -> list[str]:
    """Return what the columns are called; those of an array x0, x1, ... as in scikit-learn."""
    if isinstance(rows, pd.DataFrame):
        return [str(name) for name in rows]
    return list(names) if names is not None else [f"x{i}" for i in range(rows.shape[1])]


def blocks_of(
    encoder: Transformer | None, columns: Sequence[str], n_features: int
) -> dict[str, Int64] | None:
    """Return the encoded columns that each column becomes; None: only the encoder knows."""
    vectorizer = encoder.named_steps.get("vectorize") if isinstance(encoder, Pipeline) else None
    if isinstance(vectorizer, Vectorizer):
        return _places_of(vectorizer.sources(), columns)
    numeric = encoder.named_steps.get(NUMERIC_STEP) if isinstance(encoder, Pipeline) else None
    if isinstance(numeric, PiecewiseLinear | Periodic):
        places = _places_of(numeric.source_.tolist(), range(len(columns)))
        return {name: places[i] for i, name in enumerate(columns)}
    one_each = encoder is None or type(encoder).__name__ in COLUMN_BY_COLUMN
    if one_each and n_features == len(columns):
        return {name: np.array([i]) for i, name in enumerate(columns)}
    return None


def _places_of(sources: Iterable[object], columns: Iterable[object]) -> dict[Any, Int64]:
    """Return where each column stands among the sources, of all columns in one go."""
    places: dict[object, list[int]] = {column: [] for column in columns}
    for place, source in enumerate(sources):
        if source in places:
            places[source].append(place)
    return {column: np.array(found, np.int64) for column, found in places.items()}


def dense(matrix: Matrix | AnyArray | pd.DataFrame) -> Floating:
    """Return encoded rows as float32, in C order."""
    given: Any = matrix.toarray() if issparse(matrix) else matrix  # type: ignore[union-attr, operator]  # scipy has no types
    return np.ascontiguousarray(given, np.float32)
