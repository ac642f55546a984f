"""X -> numbers: validated as in scikit-learn, encoded by what the training rows alone teach."""

import warnings
from dataclasses import dataclass
from typing import Protocol, Self, TypeAlias, TypeGuard

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, issparse
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import DataConversionWarning
from sklearn.preprocessing import MaxAbsScaler
from sklearn.utils import get_tags
from sklearn.utils.validation import _check_feature_names, validate_data

from dropdecay.arrays import AnyArray, Int64
from dropdecay.data.target_values import target_values
from dropdecay.errors import BadInput, BadSetting
from dropdecay.table.check import check_features
from dropdecay.table.columns import as_frame
from dropdecay.table.encode import check_columns, make_encoder

NumericRows: TypeAlias = AnyArray | csr_array
"""Rows as numbers, dense or sparse."""

Table: TypeAlias = pd.DataFrame | NumericRows
"""Checked rows: a table with columns of any kind, or numbers."""

RowsLike: TypeAlias = ArrayLike | pd.DataFrame | csr_array
"""What a user may give as rows; a polars DataFrame works too."""


class Transformer(Protocol):
    """Learns from rows how to turn rows into numbers, like scikit-learn's transformers."""

    def fit(self, X: Table, y: None = None) -> Self:
        """Learn from the training rows."""
        ...

    def transform(self, X: Table) -> pd.DataFrame | NumericRows:
        """Return numbers for any rows."""
        ...


_FORM = {"dtype": np.float32, "order": "C", "accept_sparse": "csr"}
_SINGLE_FORM = {**_FORM, "dtype": (np.float64, np.float32)}


def single_rows(estimator: BaseEstimator, X: RowsLike) -> NumericRows:
    """Return the rows for a single network: floats in C order or CSR, as many columns as at fit."""
    rows: NumericRows = validate_data(estimator, X, reset=False, **_SINGLE_FORM)
    return rows


def single_pairs(
    estimator: BaseEstimator,
    X: RowsLike,
    y: ArrayLike | None,
    *,
    numeric: bool = False,
    reset: bool = True,
) -> tuple[NumericRows, AnyArray]:
    """Return the rows and targets for a single network, and record the columns.

    float32 and float64 are kept, anything else becomes float64, as in scikit-learn.
    """
    _require_target(estimator, y)
    target = target_values(y, numeric=numeric)
    X, target = validate_data(
        estimator, X, target, multi_output=True, y_numeric=numeric, reset=reset, **_SINGLE_FORM
    )
    return X, single_target(target)


def checked_rows(estimator: BaseEstimator, X: RowsLike) -> NumericRows:
    """Return finite float32 rows in C order or CSR, with as many columns as at fit."""
    rows: NumericRows = validate_data(estimator, X, reset=False, **_FORM)
    return rows


def single_target(y: AnyArray) -> AnyArray:
    """Turn a target with one column into a vector, with scikit-learn's warning."""
    if y.ndim != 2 or y.shape[1] != 1:
        return y
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        f"to ({len(y)},), for example using ravel().",
        DataConversionWarning,
        stacklevel=5,
    )
    return y[:, 0]


def _require_target(estimator: BaseEstimator, y: ArrayLike | None) -> None:
    if y is None:
        name = type(estimator).__name__
        raise BadInput(f"{name} requires y to be passed, but the target y is None.")


@dataclass(frozen=True)
class RowEncoding:
    """How rows become numbers: as a table or as an array, and which encoder is fitted in each fold.

    Parameters
    ----------
    is_table : bool
        Whether rows are a DataFrame that goes through the table encoder; otherwise they are an
        array of numbers.
    transformer : transformer or None
        Unfitted; None: numbers are used as they are.
    """

    is_table: bool
    transformer: Transformer | None

    def check(
        self, estimator: BaseEstimator, X: RowsLike, y: ArrayLike | None, *, numeric: bool
    ) -> tuple[Table, AnyArray]:
        """Check the rows and targets given to ``fit``, and record the columns."""
        _require_target(estimator, y)
        target = target_values(y, numeric=numeric)
        if not self.is_table:
            X, target = validate_data(
                estimator, X, target, multi_output=True, ensure_min_samples=2, **_FORM
            )
            return X, target
        frame = check_features(X)
        if len(frame) != len(target):
            raise BadInput(
                f"X has {len(frame)} rows but y has {len(target)}. Give one target for each row."
            )
        # A later table may still contain the target column; it is then ignored silently.
        estimator.ignored_columns_ = [
            name for name in (getattr(y, "name", None),) if name is not None
        ]
        _check_feature_names(estimator, frame, reset=True)
        estimator.n_features_in_ = frame.shape[1]
        return frame, target

    def apply(
        self, estimator: BaseEstimator, X: RowsLike, fitted: Transformer | None
    ) -> NumericRows:
        """Turn new rows into numbers with the fitted encoder."""
        if not self.is_table:
            rows = checked_rows(estimator, X)
            if _is_sparse(rows) and fitted is not None and not get_tags(fitted).input_tags.sparse:
                rows = rows.toarray()  # it was fitted on dense rows
            return _numbers(fitted, rows)
        if isinstance(X, np.ndarray):
            raise BadInput(
                f"{type(estimator).__name__} was fitted on a DataFrame. Pass a DataFrame with the "
                "same columns."
            )
        frame = as_frame(X)
        known = set(estimator.feature_names_in_)
        spare = [name for name in estimator.ignored_columns_ if name in frame and name not in known]
        return _numbers(fitted, check_columns(fitted, frame.drop(columns=spare)))


def encoding_of(X: RowsLike, encoder: Transformer | str | None) -> RowEncoding:
    """Choose how the rows of ``X`` become numbers."""
    is_frame = hasattr(X, "columns") and not issparse(X)
    if isinstance(encoder, str):
        if encoder != "auto":
            raise BadSetting(f"encoder must be 'auto', a transformer or None. Got {encoder!r}.")
        if is_frame:
            return RowEncoding(True, make_encoder())
        if issparse(X):
            return RowEncoding(False, MaxAbsScaler())  # centring would fill in the zeros
        from skrub import SquashingScaler

        return RowEncoding(False, SquashingScaler())
    return RowEncoding(False, encoder)


def encode_rows(
    encoding: RowEncoding, rows: Table, training: Int64
) -> tuple[NumericRows, Transformer | None]:
    """Fit the encoder on the training rows; return all rows as numbers, and the fitted encoder."""
    if encoding.transformer is None:
        return rows, None
    fitted: Transformer = clone(encoding.transformer)
    fitted.fit(rows.iloc[training] if isinstance(rows, pd.DataFrame) else rows[training])
    return _numbers(fitted, rows), fitted


def _numbers(fitted: Transformer | None, rows: Table) -> NumericRows:
    """Encode rows; the result is float32 in C order, or CSR."""
    numbers = rows if fitted is None else fitted.transform(rows)
    if _is_sparse(numbers):
        return numbers.tocsr().astype(np.float32, copy=False)
    return np.ascontiguousarray(numbers, np.float32)


def _is_sparse(rows: Table) -> TypeGuard[csr_array]:
    return bool(issparse(rows))
