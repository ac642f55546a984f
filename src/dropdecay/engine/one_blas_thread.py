"""BLAS at one thread while anything here trains or predicts, in whichever threads.

Most libraries have one number for the whole process: whoever puts it back while others still train
changes it under them, and the last puts back what the first has set. So those inside are counted.
A process that is forked has but one of the threads, and may find the lock of another taken.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import RLock, get_ident
from typing import Any

from threadpoolctl import ThreadpoolController

# Reentrant, since an iterator that is thrown away may leave its block at any allocation.
_lock = RLock()
_inside: list[int] = []  # the threads inside, once for each block
_shared: "_Limits | None" = None  # that of the first inside; the last puts it back
_own: "dict[int, _Limits]" = {}  # of the libraries in which every thread has a number of its own
_known: tuple[int, list[Any]] = 0, []  # how many modules there were, and the libraries then


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread; the last to leave puts back what the first found."""
    global _shared
    thread = get_ident()
    with _lock:
        if thread not in _inside:
            libraries = _libraries()
            _own[thread] = _Limits(each for each in libraries if _is_by_thread(each))
            if _shared is None:
                _shared = _Limits(each for each in libraries if not _is_by_thread(each))
        _inside.append(thread)
    try:
        yield
    finally:
        with _lock:
            if thread in _inside:  # it is not where a forked process ends a block of another
                _inside.remove(thread)
            if not _inside and _shared is not None:
                _shared.put_back()
                _shared = None
            if thread not in _inside and thread in _own:
                _own.pop(thread).put_back()


def _libraries() -> list[Any]:
    """Return the BLAS libraries of the process.

    Looking for them takes milliseconds, as long as a small prediction: they come with modules, so
    it is done again where more of those have been imported.
    """
    global _known
    n_modules = len(sys.modules)
    if n_modules != _known[0]:
        _known = n_modules, ThreadpoolController().select(user_api="blas").lib_controllers
    return _known[1]


def _keep_own_thread() -> None:
    """Forget, in a forked process, the threads that it does not have."""
    global _lock
    _lock = RLock()
    # What the first of them has found is put back by the next to leave.
    _inside[:] = [thread for thread in _inside if thread == get_ident()]
    for thread in _own.keys() - set(_inside):
        del _own[thread]


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_keep_own_thread)


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
