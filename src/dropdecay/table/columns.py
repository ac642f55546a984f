"""Typed columns -> near zero in float64, or categories: what the training rows of a fold teach."""

from collections.abc import Iterator
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from dropdecay.arrays import Float64
from dropdecay.errors import BadTable
from dropdecay.table.scaling import moved, near_zero

MOST_CELLS = 2**22
"""Of numbers that are scaled at once: 32 MiB."""


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
        self.kinds_: dict[str, str] = {
            str(name): "number" if dtype == np.float64 else _kind(X[name])
            for name, dtype in X.dtypes.items()
        }
        self.centers_: dict[str, float] = {}
        self.exponents_: dict[str, int] = {}
        for names, values in self._numbers_of(X):
            is_empty = np.isnan(values).all(axis=0)
            self.kinds_.update((names[place], "nothing") for place in np.flatnonzero(is_empty))
            known = [name for name in names if self.kinds_[name] == "number"]
            centers, exponents = near_zero(values[:, ~is_empty])
            self.centers_.update(zip(known, centers.tolist(), strict=True))
            self.exponents_.update(zip(known, exponents.tolist(), strict=True))
        if all(kind == "nothing" for kind in self.kinds_.values()):
            raise BadTable(
                "No column of the table holds any values in the training rows of a fold. Check the "
                "columns and rows, or use fewer folds."
            )
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Return the columns that held any values: float64, datetime64 or categorical."""
        columns = {
            name: X[name] if kind in ("category", "date") else _as_category(X[name])
            for name, kind in self.kinds_.items()
            if kind not in ("nothing", "number")
        }
        for names, values in self._numbers_of(X):
            centers = np.array([self.centers_[name] for name in names])
            exponents = np.array([self.exponents_[name] for name in names])
            columns.update(zip(names, moved(values, centers, exponents).T, strict=True))
        kept = (name for name, kind in self.kinds_.items() if kind != "nothing")
        return pd.DataFrame({name: columns[name] for name in kept}, index=X.index)

    def _numbers_of(self, X: pd.DataFrame) -> Iterator[tuple[list[str], Float64]]:
        """Yield names and values of the columns of numbers, many of a short table at once."""
        names = [name for name, kind in self.kinds_.items() if kind == "number"]
        at_once = max(MOST_CELLS // max(len(X), 1), 1)
        for start in range(0, len(names), at_once):
            some = names[start : start + at_once]
            yield some, X[some].to_numpy(np.float64)


def _as_category(booleans: pd.Series) -> pd.Series:
    words = booleans.map({True: "true", False: "false"}).astype(object)
    return words.where(booleans.notna(), None).astype("category")


def _kind(column: pd.Series) -> str:
    """Return what a typed column holds."""
    if column.isna().all():
        return "nothing"
    if isinstance(column.dtype, pd.CategoricalDtype):
        return "category"
    if pd.api.types.is_bool_dtype(column):
        return "boolean"
    return "date" if pd.api.types.is_datetime64_any_dtype(column) else "number"
