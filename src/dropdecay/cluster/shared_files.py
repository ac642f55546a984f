"""Values in files that processes of one machine share: large arrays are mapped, not copied."""

import io
import pickle
from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np

from dropdecay.arrays import AnyArray

MAPPED_BYTES = 2**16
"""Smaller arrays are quicker read than mapped."""

PICKLE = ".pickle"


def write_shared(value: object, path: Path) -> None:
    """Write a value, its large arrays into files of their own beside it.

    Functions and classes of ``__main__`` and of notebooks are written by value, as workers cannot
    import them.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with path.with_suffix(PICKLE).open("wb") as file:
        _Writer(file, path).dump(value)


def read_shared(path: Path) -> Any:
    """Read a value; its large arrays are mapped, and what is written to them stays here."""
    with path.with_suffix(PICKLE).open("rb") as file:
        return _Reader(file).load()


def remove_shared(path: Path) -> None:
    """Remove the files of a value, if they are there."""
    for each in (path.with_suffix(PICKLE), *path.parent.glob(f"{path.name}-*.npy")):
        each.unlink(missing_ok=True)


class _Writer(cloudpickle.Pickler):  # type: ignore[misc]  # it ships no types
    def __init__(self, file: io.BufferedWriter, path: Path) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._path = path
        self._written: dict[int, tuple[Path, AnyArray]] = {}

    def persistent_id(self, value: object) -> tuple[object, ...] | None:
        """Return where a large array lies; None: the value is pickled."""
        if type(value) is not np.ndarray or value.nbytes < MAPPED_BYTES or value.dtype.hasobject:
            return None
        if isinstance(value.base, np.memmap) and (place := _place_in(value.base, value)):
            return place
        if id(value) not in self._written:
            file = self._path.with_name(f"{self._path.name}-{len(self._written)}.npy")
            np.save(file, value, allow_pickle=False)
            # Held, so that no other array gets its identity meanwhile.
            self._written[id(value)] = file, value
        return (self._written[id(value)][0],)


def _place_in(mapped: "np.memmap[Any, Any]", value: AnyArray) -> tuple[object, ...] | None:
    """Return the place of an array in a mapped file, unless it differs from what is there."""
    while isinstance(mapped.base, np.memmap):
        mapped = mapped.base  # a part keeps the offset of the whole
    if mapped.mode == "c" or not value.flags.c_contiguous:
        return None
    if mapped.filename is None or not Path(mapped.filename).exists():
        return None
    offset = mapped.offset + value.ctypes.data - mapped.ctypes.data
    return mapped.filename, value.dtype, value.shape, offset


class _Reader(pickle.Unpickler):
    def persistent_load(self, place: tuple[Any, ...]) -> AnyArray:
        """Map a large array."""
        # Not read-only: for kernels that would be another type, compiled anew.
        if len(place) == 1:
            return np.asarray(np.load(place[0], mmap_mode="c"))
        file, dtype, shape, offset = place
        return np.asarray(np.memmap(file, dtype, "c", offset, shape))
