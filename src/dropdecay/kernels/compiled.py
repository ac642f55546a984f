"""How this package compiles its kernels.

Numba keeps machine code on disk but notices only edits to a kernel's own file, not to the files of
the kernels it calls. So the cache folder is named after a hash of this whole folder.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

import numba
import numpy as np
from platformdirs import user_cache_path

Kernel = TypeVar("Kernel", bound=Callable[..., object])

_SOURCES = sorted(Path(__file__).parent.glob("*.py"))
KERNELS = hashlib.sha256(b"".join(path.read_bytes() for path in _SOURCES)).hexdigest()[:16]
CACHE = Path(numba.config.CACHE_DIR or user_cache_path("dropdecay")) / f"kernels-{KERNELS}"  # type: ignore[attr-defined]

_LOGGER = logging.getLogger("dropdecay")


def are_compiled() -> bool:
    """Whether the kernels are in the cache, as far as one that trains is."""
    return any(CACHE.rglob("epoch.train_epoch*.nbi"))


@cache
def announce_compiling() -> None:
    """Announce, once per process, that the kernels must be compiled first, if they must.

    Logged at level WARNING, which reaches stderr even where logging is not configured.
    """
    if not are_compiled():
        _LOGGER.warning("Compiling the kernels for this machine: about 20 seconds, only this once.")


def no_literal(number: int) -> int:
    """Return an integer to use as a constant in kernels.

    numba types a Python int as a literal and would compile every function called with it again.
    """
    return cast(int, np.int64(number))


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
            cache=True, nogil=True, error_model="numpy", fastmath={"contract"},
            no_cpython_wrapper=no_cpython_wrapper,
        )  # fmt: skip
        return cast(Kernel, compiler(function))
    finally:
        numba.config.CACHE_DIR = user_setting  # type: ignore[attr-defined]
