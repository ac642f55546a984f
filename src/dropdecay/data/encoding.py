"""X -> numbers: checked as scikit-learn checks, encoded by what the training rows alone taught."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csr_array, issparse
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning
from sklearn.preprocessing import MaxAbsScaler
from sklearn.utils import get_tags
from sklearn.utils.validation import _check_feature_names, validate_data

from dropdecay.arrays import AnyArray, Int64
from dropdecay.errors import BadInput, BadSetting
from dropdecay.table.check import check_features
from dropdecay.table.columns import as_frame
from dropdecay.table.encode import check_columns, make_encoder

Table = pd.DataFrame | AnyArray | csr_array
"""Rows that were checked: a table of any columns, or numbers, dense or sparse."""

RowsLike = ArrayLike | pd.DataFrame | csr_array
"""What a user may give as rows; polars' frames too."""

_FORM = {"dtype": np.float32, "order": "C", "accept_sparse": "csr"}
_SINGLE_FORM = {**_FORM, "dtype": (np.float64, np.float32)}


def single_rows(estimator: Any, X: Any) -> Any:
    """Return the rows of a single network: floats in C order or CSR, as wide as at the fit."""
    return validate_data(estimator, X, reset=False, **_SINGLE_FORM)


def single_pairs(
    estimator: Any, X: Any, y: Any, *, numeric: bool = False, reset: bool = True
) -> Any:
    """Return the rows of a single network and their targets; remember their columns.

    float32 and float64 stay what they are, anything else becomes float64, as scikit-learn's do.
    """
    _require_target(estimator, y)
    X, y = validate_data(
        estimator, X, y, multi_output=True, y_numeric=numeric, reset=reset, **_SINGLE_FORM
    )
    return X, single_target(np.asarray(y))


def checked_rows(estimator: Any, X: Any) -> Any:
    """Return rows as float32 in C order or CSR, finite and as wide as at the fit."""
    return validate_data(estimator, X, reset=False, **_FORM)


def single_target(y: AnyArray) -> AnyArray:
    """Turn a target of one column into a vector, and say so in scikit-learn's words."""
    if y.ndim != 2 or y.shape[1] != 1:
        return y
    warnings.warn(
        "A column-vector y was passed when a 1d array was expected. Please change the shape of y "
        f"to ({len(y)},), for example using ravel().",
        DataConversionWarning,
        stacklevel=5,
    )
    return y[:, 0]


def _require_target(estimator: Any, y: Any) -> None:
    if y is None:
        name = type(estimator).__name__
        raise BadInput(f"{name} requires y to be passed, but the target y is None.")


@dataclass(frozen=True)
class RowEncoding:
    """How rows become numbers: which door they came in by, and what is fitted inside each fold.

    Parameters
    ----------
    is_table : bool
        A DataFrame that goes through the table encoder; else an array of numbers.
    transformer : transformer or None
        Unfitted; None: numbers are taken as they are.
    """

    is_table: bool
    transformer: Any

    def check(self, estimator: Any, X: Any, y: Any) -> tuple[Any, AnyArray]:
        """Check rows and targets at the door of ``fit``; remember the columns."""
        _require_target(estimator, y)
        if not self.is_table:
            X, y = validate_data(estimator, X, y, multi_output=True, ensure_min_samples=2, **_FORM)
            return X, np.asarray(y)
        frame, target = check_features(X), np.asarray(y)
        if len(frame) != len(target):
            raise BadInput(f"X has {len(frame)} rows, y has {len(target)}. They must be the same.")
        # A later table may still hold the target: it is left out in silence.
        estimator.ignored_columns_ = [
            name for name in (getattr(y, "name", None),) if name is not None
        ]
        _check_feature_names(estimator, frame, reset=True)
        estimator.n_features_in_ = frame.shape[1]
        return frame, target

    def apply(self, estimator: Any, X: Any, fitted: Any) -> Any:
        """Turn new rows into numbers by the fitted encoder."""
        if not self.is_table:
            rows = checked_rows(estimator, X)
            if issparse(rows) and fitted is not None and not get_tags(fitted).input_tags.sparse:
                rows = rows.toarray()  # the fit had dense rows
            return _numbers(fitted, rows)
        if isinstance(X, np.ndarray):
            raise BadInput(
                f"{type(estimator).__name__} was fitted on a DataFrame. Give one with the same "
                "columns."
            )
        frame = as_frame(X)
        known = set(estimator.feature_names_in_)
        spare = [name for name in estimator.ignored_columns_ if name in frame and name not in known]
        return np.asarray(fitted.transform(check_columns(fitted, frame.drop(columns=spare))))


def encoding_of(X: Any, encoder: Any) -> RowEncoding:
    """Choose how the rows of ``X`` become numbers."""
    is_frame = hasattr(X, "columns") and not issparse(X)
    if isinstance(encoder, str):
        if encoder != "auto":
            raise BadSetting(f"encoder must be 'auto', a transformer or None. Got {encoder!r}.")
        if is_frame:
            return RowEncoding(True, make_encoder())
        if issparse(X):
            return RowEncoding(False, MaxAbsScaler())  # whatever centres would fill the zeros
        from skrub import SquashingScaler

        return RowEncoding(False, SquashingScaler())
    return RowEncoding(False, encoder)


def encode_rows(encoding: RowEncoding, rows: Any, training: Int64) -> tuple[Any, Any]:
    """Fit the encoder on the training rows; return all rows as numbers, and the fitted encoder."""
    if encoding.transformer is None:
        return rows, None
    fitted = clone(encoding.transformer)
    if encoding.is_table:
        fitted.fit(rows.iloc[training])
        return np.asarray(fitted.transform(rows)), fitted
    fitted.fit(rows[training])
    return _numbers(fitted, rows), fitted


def _numbers(fitted: Any, rows: Any) -> Any:
    """Transform an array of numbers; the result is float32 in C order, or CSR."""
    numbers = rows if fitted is None else fitted.transform(rows)
    if issparse(numbers):
        return numbers.tocsr().astype(np.float32, copy=False)
    return np.ascontiguousarray(numbers, np.float32)
