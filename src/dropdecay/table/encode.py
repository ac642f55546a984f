"""Columns -> numbers that a network can learn from, always the same for the same rows."""

from itertools import pairwise
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from dropdecay.arrays import AnyArray, Float32, Floating, Int64
from dropdecay.table.columns import Columns
from dropdecay.table.numeric_encoding import make_numeric_encoding
from dropdecay.table.scaling import Scaler

MAX_CATEGORIES = 40


def make_encoder(*, random_state: int = 0, numeric_encoding: str | None = None) -> Pipeline:
    """Return an unfitted pipeline: a typed DataFrame in, (n_rows, n_features) float32 out.

    The table is what :meth:`dropdecay.table.reading.Reading.typed` returns.

    Numbers are centred, scaled by their quartiles and squashed smoothly into [-3, 3], as for
    RealMLP (Holzmueller et al. 2024); missing ones become the median, and an indicator column
    marks them. Categories and booleans are one-hot encoded, with missing as a category of its own;
    unknown categories become zeros. Columns with 40 or more categories are treated as text: 30
    numbers from character n-grams of length 3 and 4. Dates become year, month, day, hour, weekday
    and total seconds, which are treated as numbers. Each scaled number may become several by a
    numeric encoding; bins leave missing ones out.

    The result is finite, C-contiguous, and the same for the same rows.

    Parameters
    ----------
    random_state : int
        For the random projection of text.
    numeric_encoding : str or None
        A name of ``numeric_encoding.NUMERIC_ENCODINGS``; None: numbers are scaled, no more.
    """
    vectorize = Vectorizer(random_state=random_state, numeric_encoding=numeric_encoding)
    return Pipeline([("columns", Columns()), ("vectorize", vectorize), ("matrix", Matrix())])


class Vectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Turns what ``Columns`` returns into numbers, many columns at once where possible.

    Parameters
    ----------
    random_state : int
        For the random projection of text.
    numeric_encoding : str or None
        What each scaled number becomes.

    Attributes
    ----------
    numbers_, dates_, few_, texts_ : lists of column names
        The columns encoded as numbers, as dates, as categories (fewer than 40), and as text.
    scaler_, numeric_, one_hot_ : transformers or None
    parts_, letters_ : dicts
        The encoder of each date column, and of each text column.
    order_ : int64 array
        Sorts the encoded columns by the column that they come from, in the order of the table.
    names_ : list
        Names of the encoded columns, in the order of the matrix.
    """

    def __init__(self, random_state: int = 0, numeric_encoding: str | None = None):
        self.random_state = random_state
        self.numeric_encoding = numeric_encoding

    def __setstate__(self, state: dict[str, object]) -> None:
        # One that was saved before there were numeric encodings has none.
        if "scaler_" in state:
            state = {"numeric_encoding": None, "numeric_": None, **state}
        super().__setstate__(state)

    def fit(self, X: pd.DataFrame, y: Floating | None = None) -> Self:
        """Fit the encoder of every column; ``y`` is for a numeric encoding by the target."""
        kinds = {
            str(name): "number" if dtype == np.float64 else _way(X[name])
            for name, dtype in X.dtypes.items()
        }
        self.numbers_, self.dates_, self.few_, self.texts_ = (
            [name for name, kind in kinds.items() if kind == way] for way in WAYS
        )
        self.parts_ = {}
        self.letters_ = {}
        if self.dates_ or self.texts_:
            from dropdecay.table.text import date_encoder, text_encoder

            self.parts_ = {name: date_encoder().fit(X[name]) for name in self.dates_}
            self.letters_ = {
                name: text_encoder(self.random_state).fit(X[name]) for name in self.texts_
            }
        self.scaler_ = self.numeric_ = None
        if self.numbers_ or self.dates_:
            measures = self._measures(X)
            self.scaler_ = Scaler().fit(measures)
            self.numeric_ = make_numeric_encoding(self.numeric_encoding)
            if self.numeric_ is not None:
                scaled = self.scaler_.transform(measures)[:, : measures.shape[1]]
                self.numeric_.fit(np.where(np.isnan(measures), np.nan, scaled), y)
        self.one_hot_ = (
            OneHotEncoder(sparse_output=False, dtype="float32", handle_unknown="ignore")
            .fit(X[self.few_]) if self.few_ else None
        )  # fmt: skip
        self._put_in_order(list(kinds))
        return self

    def transform(self, X: pd.DataFrame) -> Float32:
        """Return (n_rows, n_features), the features from one column side by side."""
        parts = []
        if self.scaler_ is not None:
            scaled = self.scaler_.transform(self._measures(X))
            if self.numeric_ is not None:
                n_numbers = self.scaler_.has_missing_.size
                parts.append(self.numeric_.transform(scaled[:, :n_numbers]))
                scaled = scaled[:, n_numbers:]
            parts.append(scaled)
        if self.one_hot_ is not None:
            parts.append(self.one_hot_.transform(X[self.few_]))
        parts += [self.letters_[name].transform(X[name]).to_numpy() for name in self.texts_]
        return np.hstack(parts, dtype=np.float32, casting="same_kind")[:, self.order_]

    def get_feature_names_out(self, input_features: object = None) -> AnyArray:
        """Return the names of the encoded columns."""
        return np.asarray(self.names_, dtype=object)

    def one_hot_columns(self) -> tuple[Int64, ...]:
        """Return, for each column of categories, the encoded columns that are one category each."""
        if self.one_hot_ is None:
            return ()
        place = np.argsort(self.order_)  # of each encoded column, in the matrix
        starts = self._n_measured() + np.cumsum([0, *map(len, self.one_hot_.categories_)])
        return tuple(np.sort(place[a:b]) for a, b in pairwise(starts))

    def _n_measured(self) -> int:
        """Return how many encoded columns come before those of categories."""
        if self.scaler_ is None:
            return 0
        missing = self.scaler_.has_missing_
        n_numbers = missing.size if self.numeric_ is None else self.numeric_.source_.size
        return int(n_numbers + missing.sum())

    def _measures(self, X: pd.DataFrame) -> Float32:
        """Return the numbers and then the parts of dates, NaN where missing."""
        blocks = [X[self.numbers_].to_numpy(np.float32)]
        blocks += [
            self.parts_[name].transform(X[name]).to_numpy(np.float32) for name in self.dates_
        ]
        return np.hstack(blocks)

    def sources(self) -> list[str]:
        """Return the column that each encoded column comes from, in the order of the matrix."""
        made = self._made()
        return [made[i][0] for i in self.order_]

    def _put_in_order(self, columns: list[str]) -> None:
        """Name the encoded columns, and sort them by the column that they come from."""
        made = self._made()
        place = {name: i for i, name in enumerate(columns)}
        self.order_ = np.argsort([place[source] for source, _ in made], kind="stable")
        self.names_ = [made[i][1] for i in self.order_]

    def _made(self) -> list[tuple[str, str]]:
        """Return source and name of the encoded columns, in the order in which they are made."""
        made: list[tuple[str, str]] = [(name, name) for name in self.numbers_]
        made += [(name, each) for name in self.dates_ for each in self.parts_[name].all_outputs_]
        if self.scaler_ is not None:
            measures = made
            if self.numeric_ is not None:
                names = self.numeric_.get_feature_names_out([name for _, name in measures])
                places = self.numeric_.source_
                made = [(measures[i][0], name) for i, name in zip(places, names, strict=True)]
            indicators = np.flatnonzero(self.scaler_.has_missing_)
            made += [(measures[i][0], f"missingindicator_{measures[i][1]}") for i in indicators]
        if self.one_hot_ is not None:
            for name, found in zip(self.few_, self.one_hot_.categories_, strict=True):
                made += [(name, f"{name}_{category}") for category in found]
        made += [(name, each) for name in self.texts_ for each in self.letters_[name].all_outputs_]
        return made


WAYS = ("number", "date", "few", "text")


def _way(column: pd.Series) -> str:
    """Return how a column from ``Columns`` is encoded: one of ``WAYS``."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "few" if column.nunique() < MAX_CATEGORIES else "text"
    return "date" if pd.api.types.is_datetime64_any_dtype(column) else "number"


class Matrix(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Makes the encoded columns a float32 matrix in C order."""

    def fit(self, X: Float32, y: object = None) -> Self:
        """Record only the number of columns."""
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Float32) -> Float32:
        """Return (n_rows, n_features)."""
        return np.ascontiguousarray(X, np.float32)
