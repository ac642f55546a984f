"""Rows in any order, part by part -> arrays on disk that hold them place by place in random order.

Rows first go into buckets, of a random one at their place each. A bucket fits into memory, where it
is shuffled and appended to the arrays. Nothing is written through a map: a process that does so on
a full disk is killed.
"""

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dropdecay.arrays import AnyArray, Bool, Float32, Float64, Int64
from dropdecay.errors import BadInput, Unfinished
from dropdecay.files import why_not_written
from dropdecay.safe_text import visible

BUCKET_BYTES = 2**27

SHUFFLING = 0x73687566
"""Stands in the seeds of what is drawn here, so that nothing else draws the same numbers."""

X_FILE, Y_FILE, WEIGHTS_FILE = "X.float32", "y.float32", "weights.float32"
GROUPS_FILE, ROWS_FILE = "groups.float64", "rows.int64"
NUMBERS_FILE, SIZES_FILE = "numbers.int64", "sizes.int64"


FILES = {
    "X": X_FILE,
    "y": Y_FILE,
    "sample_weight": WEIGHTS_FILE,
    "groups": GROUPS_FILE,
    "rows": ROWS_FILE,
}
"""By the field of a part."""


@dataclass(frozen=True)
class Part:
    """Some encoded rows.

    Parameters
    ----------
    places : shape (n_rows,), int64
        Where each row belongs.
    rows : shape (n_rows,), int64
        Their numbers in the table.
    X : shape (n_rows, n_features)
    y : shape (n_rows,)
    sample_weight : shape (n_rows,) or None
    groups : shape (n_rows,) or None
        A number for each.
    """

    places: Int64
    rows: Int64
    X: Float32
    y: Float32
    sample_weight: Float32 | None = None
    groups: Float64 | None = None


@dataclass(frozen=True)
class RowMaps:
    """Arrays on disk that look like others; what is read of them may leave memory again.

    Parameters
    ----------
    X : shape (n_rows, n_features)
        The rows of place 0 first, then those of place 1, and so on; at random within a place.
    y : shape (n_rows, 1)
    sample_weight : shape (n_rows,) or None
    groups : shape (n_rows,) or None
    rows : shape (n_rows,), int64
        Their numbers in the table.
    numbers : shape (n_rows,), int64
        0, 1, 2, ...: rows to train on that take no memory.
    sizes : shape (n_places,), int64
        Rows at each place.
    """

    X: Float32
    y: Float32
    sample_weight: Float32 | None
    groups: Float64 | None
    rows: Int64
    numbers: Int64
    sizes: Int64


def write_row_maps(
    folder: Path,
    parts: Iterable[Part],
    sizes: Int64,
    n_features: int,
    random_state: int,
    *,
    weighted: bool,
    grouped: bool,
) -> None:
    """Write the arrays that :func:`open_row_maps` opens.

    Parameters
    ----------
    folder : path
        An empty folder.
    parts : iterable of Part
    sizes : shape (n_places,)
        About how many rows each place will have.
    n_features, random_state : int
    weighted, grouped : bool
        Whether rows have weights, and groups.

    Raises
    ------
    BadInput
        If there is not enough room on the disk.
    Unfinished
        If it fills up on the way, or the folder cannot be written.
    """
    fields: list[tuple[Any, ...]] = [("X", np.float32, (n_features,)), ("y", np.float32)]
    fields += [("rows", np.int64)]
    fields += [("sample_weight", np.float32)] * weighted + [("groups", np.float64)] * grouped
    row = np.dtype(fields)
    _check_room(folder, int(sizes.sum()) * (row.itemsize + np.dtype(np.int64).itemsize))
    n_buckets = np.maximum(-(-sizes * row.itemsize // BUCKET_BYTES), 1)
    try:
        _fill_buckets(folder, parts, row, n_buckets, random_state)
        _write_arrays(folder, row, n_buckets, random_state)
    except OSError as error:
        raise Unfinished(why_not_written(folder, error, "Make the folder writable.")) from None


def open_row_maps(folder: Path, n_features: int) -> RowMaps:
    """Open what :func:`write_row_maps` wrote."""

    def opened(name: str, dtype: type, *shape: int) -> AnyArray:
        # Nothing writes to it, but a read-only array would be a new type to compile kernels for.
        return np.asarray(np.memmap(folder / name, dtype, "r+").reshape(-1, *shape))

    def if_there(name: str, dtype: type) -> AnyArray | None:
        return opened(name, dtype) if (folder / name).exists() else None

    return RowMaps(
        opened(X_FILE, np.float32, n_features), opened(Y_FILE, np.float32, 1),
        if_there(WEIGHTS_FILE, np.float32), if_there(GROUPS_FILE, np.float64),
        opened(ROWS_FILE, np.int64),
        opened(NUMBERS_FILE, np.int64), np.fromfile(folder / SIZES_FILE, np.int64),
    )  # fmt: skip


def _check_room(folder: Path, needed: int) -> None:
    """Refuse a disk on which there is no room for the arrays and one bucket."""
    free = shutil.disk_usage(folder).free
    needed += BUCKET_BYTES
    if free < needed:
        raise BadInput(
            f"The encoded table needs {needed / 1e9:.1f} GB in {visible(folder.parent)}, where "
            f"{free / 1e9:.1f} GB are free. Make room, or choose a folder on another disk."
        )


def _fill_buckets(
    folder: Path,
    parts: Iterable[Part],
    row: np.dtype[np.void],
    n_buckets: Int64,
    random_state: int,
) -> None:
    rng = np.random.default_rng((random_state, SHUFFLING))
    for part in parts:
        rows = np.empty(part.places.size, row)
        for field in row.names or ():
            rows[field] = getattr(part, field)
        buckets = rng.integers(n_buckets[part.places])
        order = np.lexsort((buckets, part.places))
        rows, places, buckets = rows[order], part.places[order], buckets[order]
        starts = np.flatnonzero(_changes(places) | _changes(buckets))
        for start, stop in zip(starts, [*starts[1:], rows.size], strict=True):
            with _bucket(folder, places[start], buckets[start]).open("ab") as file:
                file.write(rows[start:stop].data)


def _changes(values: Int64) -> Bool:
    return np.append(True, values[1:] != values[:-1])[: values.size]


def _bucket(folder: Path, place: int, bucket: int) -> Path:
    return folder / f"place-{place}-bucket-{bucket}"


def _write_arrays(
    folder: Path, row: np.dtype[np.void], n_buckets: Int64, random_state: int
) -> None:
    """Append one bucket after another, shuffled, to the arrays."""
    files = {field: (folder / FILES[field]).open("wb") for field in row.names or ()}
    sizes = np.zeros(n_buckets.size, np.int64)
    try:
        for place, bucket in _every(n_buckets):
            path = _bucket(folder, place, bucket)
            if not path.exists():
                continue
            rows = np.fromfile(path, row)
            path.unlink()
            rng = np.random.default_rng((random_state, SHUFFLING, place, bucket))
            order = rng.permutation(rows.size)
            for field, file in files.items():
                file.write(np.ascontiguousarray(rows[field][order]).data)
            sizes[place] += rows.size
    finally:
        for file in files.values():
            file.close()
    with (folder / NUMBERS_FILE).open("wb") as file:
        n_rows = int(sizes.sum())
        for start in range(0, n_rows, 2**20):
            file.write(np.arange(start, min(start + 2**20, n_rows), dtype=np.int64).data)
    (folder / SIZES_FILE).write_bytes(sizes.data)


def _every(n_buckets: Int64) -> Iterator[tuple[int, int]]:
    for place, count in enumerate(n_buckets.tolist()):
        for bucket in range(count):
            yield place, bucket
