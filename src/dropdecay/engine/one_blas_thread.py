"""BLAS at one thread while anything here trains or predicts, in whichever threads.

Most libraries have one number for the whole process: whoever puts it back while others still train
changes it under them, and the last puts back what the first has set. So those inside are counted.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from threadpoolctl import ThreadpoolController

# Reentrant, since an iterator that is thrown away may leave its block at any allocation.
_lock = RLock()
_shared: list["_Limits"] = []  # that of the first inside, once for each that is inside


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread; the last to leave puts back what the first found."""
    libraries = ThreadpoolController().select(user_api="blas").lib_controllers
    own = _Limits(each for each in libraries if _is_by_thread(each))
    with _lock:
        of_process = (each for each in libraries if not _is_by_thread(each))
        _shared.append(_shared[0] if _shared else _Limits(of_process))
    try:
        yield
    finally:
        with _lock:
            found = _shared.pop()
            if not _shared:
                found.put_back()
        own.put_back()


class _Limits:
    """Libraries at one thread, and the numbers that they had before."""

    def __init__(self, libraries: Iterable[Any]) -> None:
        self._before = [(each, each.get_num_threads()) for each in libraries]
        for library, _ in self._before:
            _set(library, 1)

    def put_back(self) -> None:
        for library, number in self._before:
            _set(library, number)


def _is_by_thread(library: Any) -> bool:
    """Return whether every thread has a number of its own, as in OpenMP."""
    kind = library.internal_api, getattr(library, "threading_layer", "")
    return kind == ("openblas", "openmp")


def _set(library: Any, number: int) -> None:
    # From threadpoolctl 3.8 on only the first thread to set OpenBLAS's number may set it again,
    # others do nothing. But here it is the last one's to put back.
    claim = getattr(library, "clear_controlling_thread", None)
    if claim is not None:
        claim(force=True)
    library.set_num_threads(number)
    if claim is not None:
        claim(force=True)
