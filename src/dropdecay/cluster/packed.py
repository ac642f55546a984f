"""Values as bytes and plain arrays, which other machines are sent once and need not copy."""

import io
import pickle
from pathlib import Path
from typing import Any, TypeAlias

import cloudpickle
import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.cluster.mapped import Place, opened_at, place_of

Packed: TypeAlias = tuple[bytes, list[AnyArray]]
"""A pickle, and the content of the arrays in it as arrays of uint8."""

ALIGNMENT = 64
"""Kernels were compiled for arrays that begin at multiples of their numbers; processors like 64."""


def pack(value: object, maps: Path | None = None, *, again: bool = False) -> Packed:
    """Return a value as bytes and arrays; arrays of the value are not copied.

    Functions and classes of ``__main__`` and of notebooks are packed by value, as workers cannot
    import them.

    Parameters
    ----------
    value : object
    maps : path or None
        A folder that other machines have too: of arrays in its files only the place is packed.
    again : bool
        Whether the value was unpacked here.
    """
    buffers: list[pickle.PickleBuffer] = []
    head = io.BytesIO()
    _Packer(head, buffers, maps, again=again).dump(value)
    return head.getvalue(), [np.frombuffer(each.raw(), np.uint8) for each in buffers]


def unpack(packed: Packed) -> Any:
    """Return the value; its arrays are those that were packed, or copies of what lies crooked.

    Nobody may write to its arrays, though that is not forbidden: read-only arrays would be of
    another type, for which kernels are compiled anew.

    Raises
    ------
    NotShared
        If an array lies in a file that this machine does not have.
    """
    head, arrays = packed
    buffers = [_writable(_aligned(each)) for each in arrays]
    return _Unpacker(io.BytesIO(head), buffers=buffers).load()


def n_bytes(packed: Packed) -> int:
    """Return how much memory a packed value takes, but for a little."""
    head, arrays = packed
    return len(head) + sum(each.nbytes for each in arrays)


class _Packer(cloudpickle.Pickler):  # type: ignore[misc]  # it ships no types
    def __init__(
        self,
        file: io.BytesIO,
        buffers: list[pickle.PickleBuffer],
        maps: Path | None,
        *,
        again: bool,
    ) -> None:
        super().__init__(file, protocol=5, buffer_callback=buffers.append)
        self._maps, self._again = maps, again

    def persistent_id(self, value: object) -> Place | None:
        """Return where an array lies that others can read there; None: the value is packed."""
        if self._maps is None or (place := place_of(value, private=self._again)) is None:
            return None
        return place if Path(place[0]).is_relative_to(self._maps) else None


class _Unpacker(pickle.Unpickler):
    def persistent_load(self, place: Place) -> AnyArray:
        """Map an array where it lies."""
        return opened_at(place)


def _aligned(array: AnyArray) -> AnyArray:
    """Return the array, or a copy if it begins anywhere: as a part of a message does."""
    if array.ctypes.data % ALIGNMENT == 0 or not array.size:
        return array
    room = np.empty(array.size + ALIGNMENT, np.uint8)
    start = -room.ctypes.data % ALIGNMENT
    room[start : start + array.size] = array
    return room[start : start + array.size]


def _writable(array: AnyArray) -> AnyArray:
    return array if array.flags.writeable else np.asarray(_Writable(array))


class _Writable:
    """The memory of a read-only array, as if it could be written to; the array is kept alive."""

    def __init__(self, array: AnyArray) -> None:
        self._array = array
        self.__array_interface__ = {
            **array.__array_interface__, "data": (array.ctypes.data, False)
        }  # fmt: skip
