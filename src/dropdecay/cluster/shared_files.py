"""Values in files that processes of one machine share: large arrays are mapped, not copied."""

import io
import pickle
from pathlib import Path
from typing import Any, cast

import cloudpickle
import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.cluster.mapped import Place, opened_at, place_of

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
        if (place := place_of(value)) is not None:
            return place
        if id(value) not in self._written:
            file = self._path.with_name(f"{self._path.name}-{len(self._written)}.npy")
            np.save(file, value, allow_pickle=False)
            # Held, so that no other array gets its identity meanwhile.
            self._written[id(value)] = file, value
        return (self._written[id(value)][0],)


class _Reader(pickle.Unpickler):
    def persistent_load(self, place: tuple[Any, ...]) -> AnyArray:
        """Map a large array."""
        if len(place) == 1:
            # Not read-only: for kernels that would be another type, compiled anew.
            return np.asarray(np.load(place[0], mmap_mode="c"))
        return opened_at(cast(Place, place))
