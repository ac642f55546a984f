"""Typed columns -> near zero in float64, or categories: what the training rows of a fold teach."""

from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from dropdecay.arrays import Float64
from dropdecay.errors import BadTable
from dropdecay.table.scaling import moved, near_zero


class Columns(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Center and scale numbers in float64; make booleans categories; leave out what is empty.

    Numbers are shifted and scaled to a median of zero and a spread of about 1 (by a power of two,
    in float64) because skrub rounds to float32 before it scales: seconds since 1970 would lose two
    minutes, and 1e300 would become infinite.

    Attributes
    ----------
    kinds_ : dict
        Kind of every column, in the order of the fit; "nothing" where all rows were missing.
    centers_, exponents_ : dict
        For columns of numbers: x becomes (x - center) / 2 ** exponent.
    """

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:
        """Learn from a table as ``Reading.typed`` returns it; ``y`` is ignored."""
        self.kinds_: dict[str, str] = {str(name): _kind(X[name]) for name in X}
        self.centers_: dict[str, float] = {}
        self.exponents_: dict[str, int] = {}
        for name, kind in self.kinds_.items():
            if kind == "number":
                self.centers_[name], self.exponents_[name] = near_zero(X[name].to_numpy())
        if all(kind == "nothing" for kind in self.kinds_.values()):
            raise BadTable(
                "No column of the table holds any values in the training rows of a fold. Check the "
                "columns and rows, or use fewer folds."
            )
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that held any values: float64, datetime64 or categorical."""
        columns = {
            name: self._column(X[name], kind)
            for name, kind in self.kinds_.items()
            if kind != "nothing"
        }
        return pd.DataFrame(columns, index=X.index)

    def _column(self, column: pd.Series, kind: str) -> Float64 | pd.Series:
        if kind == "number":
            name = str(column.name)
            return moved(column.to_numpy(np.float64), self.centers_[name], self.exponents_[name])
        if kind == "boolean":
            words = column.map({True: "true", False: "false"}).astype(object)
            return words.where(column.notna(), None).astype("category")
        return column


def _kind(column: pd.Series) -> str:
    """Return what a typed column holds."""
    if column.isna().all():
        return "nothing"
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    return "date" if pd.api.types.is_datetime64_any_dtype(column) else "number"
