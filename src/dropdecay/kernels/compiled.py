"""How this package compiles its kernels.

Numba keeps machine code on disk but notices only edits to a kernel's own file, not to the files of
the kernels it calls. So the cache folder is named after a hash of this whole folder. Of several
processes that need a kernel at the same time one compiles it, and the others wait for it.
"""

import hashlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import TypeVar, cast

import numba
import numpy as np
from numba.core.compiler_lock import global_compiler_lock
from platformdirs import user_cache_path

Kernel = TypeVar("Kernel", bound=Callable[..., object])

_SOURCES = sorted(Path(__file__).parent.glob("*.py"))
KERNELS = hashlib.sha256(b"".join(path.read_bytes() for path in _SOURCES)).hexdigest()[:16]
CACHE = Path(numba.config.CACHE_DIR or user_cache_path("dropdecay")) / f"kernels-{KERNELS}"  # type: ignore[attr-defined]

_LOGGER = logging.getLogger("dropdecay")

PATIENCE_S = 300.0
"""A process that compiles for longer than this is not waited for."""

ASKED_S = 0.05


def are_compiled() -> bool:
    """Whether the kernels are in the cache, as far as one that trains is."""
    return any(CACHE.rglob("epoch.train_epoch*.nbi"))


@cache
def can_be_kept() -> bool:
    """Whether the cache can be written; numba refuses to compile for one that cannot."""
    if not CACHE.is_absolute():
        return False  # a user without a home directory would get a folder that is called "~"
    with suppress(OSError):
        CACHE.mkdir(parents=True, exist_ok=True)
        return os.access(CACHE, os.W_OK | os.X_OK)
    return False


@cache
def announce_compiling() -> None:
    """Announce, once per process, that the kernels must be compiled first, if they must.

    Logged at level WARNING, which reaches stderr even where logging is not configured.
    """
    if not can_be_kept():
        _LOGGER.warning(
            "Compiling the kernels for this machine: about 20 seconds, in every process, since "
            "%s cannot be written. Set NUMBA_CACHE_DIR to a folder that can.", CACHE,
        )  # fmt: skip
    elif not are_compiled():
        _LOGGER.warning("Compiling the kernels for this machine: about 20 seconds, only this once.")


@cache
def announce_waiting() -> None:
    """Announce, once per process, that another one compiles the kernels."""
    _LOGGER.warning("Another process compiles the kernels for this machine; waiting for it.")


def no_literal(number: int) -> int:
    """Return an integer to use as a constant in kernels.

    numba types a Python int as a literal and would compile every function called with it again.
    """
    return cast(int, np.int64(number))


def variant(function: Kernel, name: str) -> Kernel:
    """Name one of several functions that are made of the same lines.

    Machine code on disk is told apart by this name and a number of the process that compiled it.
    Two processes that compile at the same time number alike, so that functions of one name would be
    mixed up, silently (numba/numba#10486).
    """
    function.__qualname__ = function.__name__ = f"{function.__name__}_{name}"
    return function


def kernel(function: Kernel) -> Kernel:
    """Compile ``function``: without the GIL, with NumPy's division rules, cached on disk.

    Python's division rules put a branch into every loop that divides, which prevents vectorization
    (Adam ran 8 times slower). Contraction allows fused multiply-add; nothing is reassociated, so
    results are reproducible from run to run.
    """
    return _compiled(function)


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a function that only kernels call: with no Python wrapper, 10 % faster to compile."""
    return _compiled(function, no_cpython_wrapper=True)


def _compiled(function: Kernel, no_cpython_wrapper: bool = False) -> Kernel:
    user_setting = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # restored below
    numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]
    try:
        compiler = numba.njit(  # type: ignore[call-overload]  # its types lack the last option
            cache=can_be_kept(), nogil=True, error_model="numpy", fastmath={"contract"},
            no_cpython_wrapper=no_cpython_wrapper,
        )  # fmt: skip
        compiled = compiler(function)
    finally:
        numba.config.CACHE_DIR = user_setting  # type: ignore[attr-defined]
    if can_be_kept() and hasattr(compiled, "compile"):  # not under NUMBA_DISABLE_JIT
        compiled.compile = partial(_compile_once, compiled.compile)
    return cast(Kernel, compiled)


def _compile_once(compile_: Callable[[object], object], signature: object) -> object:
    """Compile a kernel, or read what another process has compiled in the meantime."""
    # In numba's own order: its lock is held by whoever compiles anything in this process.
    with global_compiler_lock, _alone_of_processes():
        return compile_(signature)


_depth = 0


@contextmanager
def _alone_of_processes() -> Iterator[None]:
    """Wait until no other process is in this block; kernels that a kernel calls are inside."""
    global _depth  # of the one thread that has numba's lock
    if _depth:
        yield
        return
    descriptor = None
    # Some file systems know no locks; then every process compiles.
    with suppress(OSError):
        descriptor = os.open(CACHE / "compiling", os.O_RDWR | os.O_CREAT, 0o600)
        _wait_for(descriptor)
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
        if descriptor is not None:
            os.close(descriptor)  # the lock goes with it, as it does when a process is killed


def _wait_for(descriptor: int) -> None:
    """Lock a file as soon as no other process has it locked, or after ``PATIENCE_S``."""
    began = time.monotonic()
    while not _locked(descriptor) and time.monotonic() - began < PATIENCE_S:
        if time.monotonic() - began > 1.0:  # reading a kernel from disk takes less
            announce_waiting()
        time.sleep(ASKED_S)


def _locked(descriptor: int) -> bool:
    """Lock a file, unless another process has; the lock goes when the file is closed.

    Raises
    ------
    OSError
        If that is not possible here.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):  # the latter on Windows
        return False
    return True
