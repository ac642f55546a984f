"""Values as bytes and plain arrays, which other machines are sent once and need not copy."""

import pickle
from typing import Any, TypeAlias

import cloudpickle
import numpy as np

from dropdecay.arrays import AnyArray

Packed: TypeAlias = tuple[bytes, list[AnyArray]]
"""A pickle, and the content of the arrays in it as arrays of uint8."""

ALIGNMENT = 64
"""Kernels were compiled for arrays that begin at multiples of their numbers; processors like 64."""


def pack(value: object) -> Packed:
    """Return a value as bytes and arrays; arrays of the value are not copied.

    Functions and classes of ``__main__`` and of notebooks are packed by value, as workers cannot
    import them.
    """
    buffers: list[pickle.PickleBuffer] = []
    head = cloudpickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return head, [np.frombuffer(each.raw(), np.uint8) for each in buffers]


def unpack(packed: Packed) -> Any:
    """Return the value; its arrays are those that were packed, or copies of what lies crooked.

    Nobody may write to its arrays, though that is not forbidden: read-only arrays would be of
    another type, for which kernels are compiled anew.
    """
    head, arrays = packed
    return pickle.loads(head, buffers=[_writable(_aligned(each)) for each in arrays])


def n_bytes(packed: Packed) -> int:
    """Return how much memory a packed value takes, but for a little."""
    head, arrays = packed
    return len(head) + sum(each.nbytes for each in arrays)


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
