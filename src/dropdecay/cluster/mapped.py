"""Arrays that lie in files: where that is, and how another process opens them there."""

import socket
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.errors import NotShared
from dropdecay.safe_text import visible

Place: TypeAlias = tuple[str, "np.dtype[Any]", tuple[int, ...], int]
"""A file, and type, shape and first byte of an array in it."""


def place_of(array: object, *, private: bool = False) -> Place | None:
    """Return where an array lies; None: in no file, or it may differ from what is there.

    Parameters
    ----------
    array : object
        Anything; what is no plain array lies in no file.
    private : bool
        Whether maps count whose changes stay in this process: then nobody has changed them.
    """
    if type(array) is not np.ndarray or not array.flags.c_contiguous:
        return None
    mapped: Any = array.base
    while isinstance(mapped, np.ndarray) and not isinstance(mapped, np.memmap):
        mapped = mapped.base
    if not isinstance(mapped, np.memmap):
        return None
    while isinstance(mapped.base, np.memmap):
        mapped = mapped.base  # a part keeps the offset of the whole
    if (mapped.mode == "c" and not private) or mapped.filename is None:
        return None
    if not Path(mapped.filename).exists():
        return None
    offset = mapped.offset + array.ctypes.data - mapped.ctypes.data
    return str(mapped.filename), array.dtype, array.shape, offset


def opened_at(place: Place) -> AnyArray:
    """Map the array at a place; what is written to it stays in this process.

    Raises
    ------
    NotShared
        If this machine does not have the file.
    """
    file, dtype, shape, offset = place
    try:
        # Not read-only: for kernels that would be another type, compiled anew.
        return np.asarray(np.memmap(file, dtype, "c", offset, shape))
    except (OSError, ValueError) as error:  # the latter for a file that is too short
        raise NotShared(
            f"A worker on {socket.gethostname()} cannot read {visible(file)} ({error}). Write the "
            "run to a folder that all machines share under the same path (--out; in Python, store)."
        ) from None
