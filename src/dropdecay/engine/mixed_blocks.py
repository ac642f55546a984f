"""Batches out of blocks of neighbouring rows, for tables that lie on disk.

Rows at random are read from a disk hundreds of times more slowly than rows side by side. So an
epoch takes blocks of rows in random order, some of them at a time, and mixes their rows in memory.
Where the table itself is in random order, that is a shuffle. The order depends on the run and the
width of the table alone, not on where it lies.
"""

import hashlib
from collections.abc import Iterator

import numpy as np

from dropdecay.arrays import Int64, UInt32
from dropdecay.engine.densify import read_only
from dropdecay.engine.protocol import Dataset
from dropdecay.kernels.epoch import shuffle
from dropdecay.kernels.network import DenseData

BLOCK_BYTES, FEWEST_ROWS = 2**20, 256
"""Size of a block: about so much, but at least so many rows. A cold disk gives blocks of a megabyte
nearly as fast as a file in order."""

BLOCKS_MIXED = 64
"""Blocks whose rows are mixed at a time, in memory."""


def mixed_parts(
    dataset: Dataset, rows: Int64, multiple: int, epoch: int, key: UInt32
) -> Iterator[tuple[int, DenseData, Int64]]:
    """Yield the parts of an epoch: where each starts, its data, and its rows in their new order.

    Parameters
    ----------
    dataset : Dataset
    rows : shape (n_rows,), int64
        Training rows, as they lie in the table.
    multiple : int
        All parts but the last are multiples of so many rows: the batch size.
    epoch : int
        From 1.
    key : shape (2,), uint32
        That of the run.
    """
    X = dataset.X
    size = rows_in_block(X.shape[1] * X.dtype.itemsize)
    for start, here, order in mixed_rows(rows, size, multiple, epoch, key):
        yield start, read_rows(dataset, here), read_only(order)


def order_of_epoch(dataset: Dataset, rows: Int64, multiple: int, epoch: int, key: UInt32) -> Int64:
    """Return the rows in the order in which :func:`mixed_parts` has them."""
    size = rows_in_block(dataset.X.shape[1] * dataset.X.dtype.itemsize)
    parts = mixed_rows(rows, size, multiple, epoch, key)
    return np.concatenate([here[order] for _, here, order in parts])


def most_rows_in_part(dataset: Dataset, multiple: int) -> int:
    """Return how many rows a part of an epoch has at most."""
    size = rows_in_block(dataset.X.shape[1] * dataset.X.dtype.itemsize)
    return BLOCKS_MIXED * size + multiple - 1


def parts_in_order(
    dataset: Dataset, rows: Int64, multiple: int
) -> Iterator[tuple[int, DenseData, Int64]]:
    """Yield rows in their order, in parts as large as those of an epoch; as above otherwise."""
    X = dataset.X
    size = BLOCKS_MIXED * rows_in_block(X.shape[1] * X.dtype.itemsize)
    size = max(size // multiple, 1) * multiple
    for start in range(0, rows.size, size):
        here = rows[start : start + size]
        yield start, read_rows(dataset, here), read_only(np.arange(here.size))


def read_rows(dataset: Dataset, rows: Int64) -> DenseData:
    """Read rows into memory."""
    X, y, weights = dataset.X, dataset.y, dataset.sample_weight
    part = X[rows] if isinstance(X, np.ndarray) else X[rows].toarray()
    kept = np.empty(0, X.dtype) if weights is None else weights[rows]
    return DenseData(read_only(np.ascontiguousarray(part)), read_only(y[rows]), read_only(kept))


def rows_in_block(bytes_per_row: int) -> int:
    """Return how many rows a block has, a power of two."""
    return 1 << max(BLOCK_BYTES // bytes_per_row, FEWEST_ROWS).bit_length() - 1


def mixed_rows(
    rows: Int64, size: int, multiple: int, epoch: int, key: UInt32
) -> Iterator[tuple[int, Int64, Int64]]:
    """Yield where a part of the epoch starts, the rows to read for it, and the order among them.

    A few rows that fill no batch are read again with the next part.
    """
    blocks = np.arange(-(-rows.size // size))
    shuffle(blocks, epoch, key)
    start, left = 0, rows[:0]
    for first in range(0, blocks.size, BLOCKS_MIXED):
        taken = np.sort(blocks[first : first + BLOCKS_MIXED])
        fresh = np.concatenate([rows[each * size : (each + 1) * size] for each in taken.tolist()])
        mixed = np.arange(fresh.size)
        shuffle(mixed, epoch, _key_of_part(key, first // BLOCKS_MIXED))
        here = np.concatenate((left, fresh))
        order = np.concatenate((np.arange(left.size), left.size + mixed))
        is_last = first + BLOCKS_MIXED >= blocks.size
        n_full = order.size if is_last else order.size - order.size % multiple
        if n_full:
            yield start, here, order[:n_full]
        left = here[order[n_full:]]
        start += n_full


def _key_of_part(key: UInt32, part: int) -> UInt32:
    """Return a key for each part, so that no two are mixed alike."""
    digest = hashlib.blake2b(
        key.tobytes() + part.to_bytes(8, "little"), digest_size=8, person=b"dropdecay part"
    ).digest()
    return np.frombuffer(digest, "<u4").astype(np.uint32)
