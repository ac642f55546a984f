"""Typed columns as whole numbers: equal values share one."""

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Int64, UInt64

CELLS_AT_ONCE = 4_000_000
"""Values that are hashed at once: 32 MB, a few times over."""


def codes_of(column: pd.Series) -> Int64:
    """Return a number for each value of a typed column, shape (n_rows,); -1 where it is missing."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return np.asarray(column.cat.codes, np.int64)
    return np.asarray(pd.factorize(column)[0], np.int64)


def row_numbers(typed: pd.DataFrame) -> Int64:
    """Return a number for each row, shape (n_rows,); rows that are equal throughout share it."""
    is_float = np.array([dtype == np.float64 for dtype in typed.dtypes], bool)
    hashes = _hashes_of_floats(typed.loc[:, is_float])
    others = typed.loc[:, ~is_float]
    if others.shape[1]:
        columns = {name: _hashed_soon(column) for name, column in others.items()}
        hashes ^= pd.util.hash_pandas_object(pd.DataFrame(columns), index=False).to_numpy()
    return np.asarray(pd.factorize(hashes)[0], np.int64)


def _hashes_of_floats(columns: pd.DataFrame) -> UInt64:
    """Return a hash for each row, shape (n_rows,): of many columns at once, for wide tables.

    The bits of each value are mixed with its place, as in SplitMix64 (Steele et al. 2014), and
    added.
    """
    hashes = np.zeros(len(columns), np.uint64)
    step = max(1, CELLS_AT_ONCE // max(1, len(columns)))
    for start in range(0, columns.shape[1], step):
        # Zero has two signs, which are one value; so have missing ones many bits.
        values = columns.iloc[:, start : start + step].to_numpy(np.float64) + 0.0
        values[np.isnan(values)] = np.nan
        places: UInt64 = np.arange(start + 1, start + values.shape[1] + 1, dtype=np.uint64)
        bits: UInt64 = np.ascontiguousarray(values).view(np.uint64)
        bits += np.multiply(places, np.uint64(0x9E3779B97F4A7C15), dtype=np.uint64)
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashes += (bits ^ (bits >> np.uint64(31))).sum(axis=1, dtype=np.uint64)
    return hashes


def _hashed_soon(column: pd.Series) -> AnyArray | pd.Series:
    """Return what is as equal as the values of a column, and is hashed faster than words are."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return codes_of(column)
    return column
