"""Columns -> numbers a network can learn from: skrub's TableVectorizer and SquashingScaler."""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder
from skrub import DatetimeEncoder, SquashingScaler, StringEncoder, TableVectorizer

from dropdecay.arrays import Float32
from dropdecay.errors import BadTable
from dropdecay.table.columns import Columns, aligned, as_frame

MOST_CATEGORIES = 40
TEXT_NUMBERS = 30


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
    number = Pipeline(
        [
            ("squash", SquashingScaler()),
            ("impute", SimpleImputer(strategy="constant", fill_value=0.0, add_indicator=True)),
        ]
    )
    date = Pipeline([("parts", DatetimeEncoder(add_weekday=True)), *clone(number).steps])
    vectorizer = Vectorizer(
        cardinality_threshold=MOST_CATEGORIES,
        numeric=number,
        datetime=date,
        low_cardinality=OneHotEncoder(
            sparse_output=False, dtype="float32", handle_unknown="ignore"
        ),
        high_cardinality=TextEncoder(n_components=TEXT_NUMBERS, random_state=random_state),
        n_jobs=1,
    )
    return Pipeline([("columns", Columns()), ("vectorize", vectorizer), ("matrix", Matrix())])


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


class TextEncoder(StringEncoder):  # type: ignore[misc]  # skrub has no types
    """skrub's StringEncoder that makes fewer numbers of a column with few letter groups.

    It would warn, and cut, where there are fewer groups than numbers asked for.
    """

    n_components: int

    def fit_transform(self, X: pd.Series, y: Any = None) -> Any:
        """Encode a column of text."""
        asked = self.n_components
        self.n_components = self._as_many_as_groups(X, asked)
        try:
            return super().fit_transform(X, y)
        finally:
            self.n_components = asked

    def _as_many_as_groups(self, X: pd.Series, most: int) -> int:
        shape = {"ngram_range": self.ngram_range, "analyzer": self.analyzer}
        groups_of = TfidfVectorizer(**shape).build_analyzer()
        groups: set[str] = set()
        for value in X.dropna().astype(str).unique():
            groups.update(groups_of(value))
            if len(groups) > most:
                return most
        return len(groups)


class Vectorizer(TableVectorizer):  # type: ignore[misc]  # skrub has no types
    """skrub's TableVectorizer that keeps, once fitted, each fitted part once.

    Its selectors point back at fitted encoders, and its lists repeat them: stored, a vocabulary
    would be there some twenty times. Only what ``transform`` needs is kept.
    """

    def fit_transform(self, X: pd.DataFrame, y: Any = None) -> pd.DataFrame:
        """Fit every column's encoder and encode."""
        encoded: pd.DataFrame = super().fit_transform(X, y)
        for _, step in self._pipeline.steps[1:]:
            step.cols = list(step.used_inputs_)
        for name in REPEATED:
            delattr(self, name)
        self.transformers_: dict[str, Any] = {}
        return encoded


REPEATED = (
    "_preprocessors",
    "_encoders",
    "_named_encoders",
    "_specific_transformers",
    "_postprocessors",
    "all_processing_steps_",
)


class Matrix(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A DataFrame of numbers -> a float32 matrix in C order."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> "Matrix":
        """Remember nothing but the number of columns."""
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> Float32:
        """Return (n_rows, n_features)."""
        return np.ascontiguousarray(X.to_numpy(np.float32))
