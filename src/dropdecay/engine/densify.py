"""Sparse rows made dense, some at a time, for kernels that know dense tables alone.

A part holds ``PART_BYTES``, a batch at least, and ends where a batch ends: the numbers are those of
the dense table. A dense table is one part, and is not copied.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from dropdecay.arrays import Floating, Int64
from dropdecay.engine.protocol import Dataset
from dropdecay.kernels.network import DenseData

PART_BYTES = 64 * 2**20
"""Sparse rows are made dense this many bytes at a time."""


def dataset_parts(
    dataset: Dataset, rows: Int64, multiple: int
) -> Iterator[tuple[int, DenseData, Int64]]:
    """Yield where a part begins in ``rows``, its data, and the rows of the part in these."""
    X, y = dataset.X, dataset.y
    weights = np.empty(0, X.dtype) if dataset.weights is None else dataset.weights
    for start, part, taken in dense_parts(X, rows, multiple):
        if part is X:
            yield start, DenseData(X, y, weights), taken
        else:
            here = rows[start : start + taken.size]
            kept = weights[here] if weights.size else weights
            yield start, DenseData(part, y[here], kept), taken


def dense_parts(X: Any, rows: Int64, multiple: int) -> Iterator[tuple[int, Floating, Int64]]:
    """Yield where a part begins in ``rows``, a dense table, and the rows of the part in it."""
    if isinstance(X, np.ndarray):
        yield 0, X, rows
        return
    size = max(PART_BYTES // (X.shape[1] * X.dtype.itemsize) // multiple, 1) * multiple
    for start in range(0, rows.size, size):
        here = rows[start : start + size]
        yield start, np.ascontiguousarray(X[here].toarray()), np.arange(here.size)


def mean_of_parts(losses: list[float], weights: list[float]) -> float:
    """Return the mean loss of all parts; that of a single one without a change in its last bit."""
    if len(losses) == 1:
        return losses[0]
    total = sum(weights)
    return sum(map(float.__mul__, losses, weights)) / total if total > 0.0 else 0.0
