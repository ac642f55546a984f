"""Columns -> numbers a network can learn from, the same numbers for the same rows."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from dropdecay.arrays import AnyArray, Float32
from dropdecay.errors import BadTable
from dropdecay.table.columns import Columns, aligned, as_frame
from dropdecay.table.scaling import Scaler

MAX_CATEGORIES = 40


def make_encoder(*, random_state: int = 0) -> Pipeline:
    """Return an unfitted pipeline: a DataFrame in, (n_rows, n_features) float32 out.

    Numbers are centred, scaled by their quartiles and squashed smoothly into [-3, 3], as for
    RealMLP (Holzmueller et al. 2024), then missing ones become the median, with a column that
    says so. Categories, and true and false, become one column each, missing one of them; unknown
    ones are zeros. Categories from 40 on are taken for text: 30 numbers from their groups of 3 and
    4 letters. Dates become year, month, day, hour, weekday and time passed, treated as numbers.

    The result is finite, C-contiguous, and the same for the same rows. Whatever cannot be encoded
    is a ``BadTable``.

    Parameters
    ----------
    random_state : int
        For the random projection of text.
    """
    vectorize = Vectorizer(random_state=random_state)
    return Pipeline([("columns", Columns()), ("vectorize", vectorize), ("matrix", Matrix())])


def check_columns(encoder: Pipeline, table: Any, target: str | None = None) -> pd.DataFrame:
    """Return a later table's columns as the encoder knows them, in the order of the fit.

    Parameters
    ----------
    encoder : Pipeline
        Fitted.
    table : DataFrame
    target : str, optional
        Name of the target column: left out where the table has it.

    Raises
    ------
    BadTable
        If columns are missing or not known (both are listed, with near matches), or one no longer
        holds what it held: text where there were numbers.
    """
    columns: Columns = encoder.named_steps["columns"]
    frame = as_frame(table)
    if target is not None and target in frame and target not in columns.kinds_:
        frame = frame.drop(columns=target)
    if frame.shape[0] == 0:
        raise BadTable("The table has no rows. Give at least one row.")
    frame = aligned(frame, list(columns.kinds_))
    columns.transform(frame)
    return frame


class Vectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Columns of ``Columns`` -> numbers: what can be done for many columns is done at once.

    Parameters
    ----------
    random_state : int
        For the random projection of text.

    Attributes
    ----------
    numbers_, dates_, few_, texts_ : lists of names of columns
        How each is encoded: numbers; dates; few categories; text.
    scaler_, one_hot_ : transformers or None
    parts_, letters_ : dicts
        The encoder of every column of dates, of text.
    order_ : int64 array
        Puts what is made of one column side by side, in the order of the columns.
    names_ : list
        What every encoded column is, in the order of the matrix.
    """

    def __init__(self, random_state: int = 0):
        self.random_state = random_state

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn from every column what its kind asks for."""
        kinds = {str(name): _way(X[name]) for name in X}
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
        self.scaler_ = Scaler().fit(self._measures(X)) if self.numbers_ or self.dates_ else None
        self.one_hot_ = (
            OneHotEncoder(sparse_output=False, dtype="float32", handle_unknown="ignore")
            .fit(X[self.few_]) if self.few_ else None
        )  # fmt: skip
        self._put_in_order(list(kinds))
        return self

    def transform(self, X: pd.DataFrame) -> Float32:
        """Return (n_rows, n_features), what is made of one column side by side."""
        parts = []
        if self.scaler_ is not None:
            parts.append(self.scaler_.transform(self._measures(X)))
        if self.one_hot_ is not None:
            parts.append(self.one_hot_.transform(X[self.few_]))
        parts += [self.letters_[name].transform(X[name]).to_numpy() for name in self.texts_]
        return np.hstack(parts, dtype=np.float32, casting="same_kind")[:, self.order_]

    def get_feature_names_out(self, input_features: Any = None) -> AnyArray:
        """Return what every encoded column is."""
        return np.asarray(self.names_, dtype=object)

    def _measures(self, X: pd.DataFrame) -> Float32:
        """Return numbers, and after them the parts of dates, NaN where missing."""
        blocks = [X[self.numbers_].to_numpy(np.float32)]
        blocks += [
            self.parts_[name].transform(X[name]).to_numpy(np.float32) for name in self.dates_
        ]
        return np.hstack(blocks)

    def _put_in_order(self, columns: list[str]) -> None:
        """Name what ``transform`` makes, and remember which column it comes from."""
        made: list[tuple[str, str]] = [(name, name) for name in self.numbers_]
        made += [(name, each) for name in self.dates_ for each in self.parts_[name].all_outputs_]
        if self.scaler_ is not None:
            gappy = np.flatnonzero(self.scaler_.has_missing_)
            made += [(made[i][0], f"missingindicator_{made[i][1]}") for i in gappy]
        if self.one_hot_ is not None:
            for name, found in zip(self.few_, self.one_hot_.categories_, strict=True):
                made += [(name, f"{name}_{category}") for category in found]
        made += [(name, each) for name in self.texts_ for each in self.letters_[name].all_outputs_]
        place = {name: i for i, name in enumerate(columns)}
        self.order_ = np.argsort([place[source] for source, _ in made], kind="stable")
        self.names_ = [made[i][1] for i in self.order_]


WAYS = ("number", "date", "few", "text")


def _way(column: pd.Series) -> str:
    """Say how a column of ``Columns`` is encoded: one of ``WAYS``."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "few" if column.nunique() < MAX_CATEGORIES else "text"
    return "date" if pd.api.types.is_datetime64_any_dtype(column) else "number"


class Matrix(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Encoded columns -> a float32 matrix in C order."""

    def fit(self, X: Float32, y: Any = None) -> Self:
        """Remember nothing but the number of columns."""
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Float32) -> Float32:
        """Return (n_rows, n_features)."""
        return np.ascontiguousarray(X, np.float32)
