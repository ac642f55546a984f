"""Typed columns as whole numbers: equal values share one."""

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Int64


def codes_of(column: pd.Series) -> Int64:
    """Return a number for each value of a typed column, shape (n_rows,); -1 where it is missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, np.int64)
    return np.asarray(pd.factorize(column)[0], np.int64)


def row_numbers(typed: pd.DataFrame) -> Int64:
    """Return a number for each row, shape (n_rows,); rows that are equal throughout share it."""
    columns = {name: _hashed_soon(column) for name, column in typed.items()}
    hashes = pd.util.hash_pandas_object(pd.DataFrame(columns), index=False)
    return np.asarray(pd.factorize(hashes.to_numpy())[0], np.int64)


def _hashed_soon(column: pd.Series) -> AnyArray | pd.Series:
    """Return what is as equal as the values of a column, and is hashed faster than words are."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return codes_of(column)
    # Zero has two signs, which are one value.
    return column + 0.0 if column.dtype == np.float64 else column
