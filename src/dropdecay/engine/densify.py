"""Sparse rows converted to dense ones in parts, because the kernels only take dense tables.

A part has about ``PART_BYTES``, but at least one batch, and ends where a batch ends, so results are
those of the dense table. A dense table is a single part and is not copied.

Kernels get everything read-only. Numba compiles them again, for 15 seconds, for arrays that are
read-only where others were not, and a user's may be either: mapped files and shared memory are.
"""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.engine.protocol import Dataset, Matrix
from dropdecay.kernels.network import DenseData

Array = TypeVar("Array", bound=AnyArray)

PART_BYTES = 64 * 2**20
"""Size of a dense part."""


def dataset_parts(
    dataset: Dataset, rows: Int64, multiple: int
) -> Iterator[tuple[int, DenseData, Int64]]:
    """Yield where a part starts in ``rows``, its data, and the indices of its rows in them."""
    X, y = dataset.X, dataset.y
    weights = np.empty(0, X.dtype) if dataset.sample_weight is None else dataset.sample_weight
    for start, part, taken in dense_parts(X, rows, multiple):
        targets, kept = y, weights
        if part is not X:
            here = rows[start : start + taken.size]
            targets, kept = y[here], weights[here] if weights.size else weights
        data = DenseData(read_only(part), read_only(targets), read_only(kept))
        yield start, data, read_only(taken)


def dense_parts(X: Matrix, rows: Int64, multiple: int) -> Iterator[tuple[int, Floating, Int64]]:
    """Yield where a part starts in ``rows``, a dense table, and the indices of its rows in it."""
    if isinstance(X, np.ndarray):
        yield 0, X, rows
        return
    size = max(PART_BYTES // (X.shape[1] * X.dtype.itemsize) // multiple, 1) * multiple
    for start in range(0, rows.size, size):
        here = rows[start : start + size]
        yield start, np.ascontiguousarray(X[here].toarray()), np.arange(here.size)


def read_only(array: Array) -> Array:
    """Return an array as kernels get it: a view that cannot be written to."""
    view = array.view()
    view.flags.writeable = False
    return view


def mean_of_parts(losses: list[float], weights: list[float]) -> float:
    """Return the mean loss over all parts; that of a single part is returned unchanged."""
    if len(losses) == 1:
        return losses[0]
    total = sum(weights)
    return sum(map(float.__mul__, losses, weights)) / total if total > 0.0 else 0.0
