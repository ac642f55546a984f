"""The one way this package compiles a kernel.

Numba keeps machine code on disk but notices only edits to a kernel's own file, not to the files of
the kernels it calls. So the cache folder is named after the text of this whole folder.
"""

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np
from platformdirs import user_cache_path

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_SOURCES = sorted(Path(__file__).parent.glob("*.py"))
KERNELS = hashlib.sha256(b"".join(path.read_bytes() for path in _SOURCES)).hexdigest()[:16]
CACHE = Path(numba.config.CACHE_DIR or user_cache_path("dropdecay")) / f"kernels-{KERNELS}"  # type: ignore[attr-defined]

_SAY = logging.getLogger("dropdecay")


@cache
def announce_compiling() -> None:
    """Say, once a process, that the kernels have to be compiled first, if so.

    A log record of level WARNING: it goes to the error stream where nobody has set up logging.
    """
    if not any(CACHE.rglob("epoch.train_epoch*.nbi")):
        _SAY.warning("Compiling the kernels for this machine: about 20 seconds, only this once.")


def no_literal(number: int) -> int:
    """Return a whole number for constants of kernels.

    For a Python int, which is a type of its own there, numba would compile what is called with it
    once more.
    """
    return cast(int, np.int64(number))


def kernel(function: Kernel) -> Kernel:
    """Compile ``function``: no GIL, NumPy's division rules, machine code kept on disk.

    Python's division rules put a branch into every loop that divides and stop vectorisation (Adam
    ran 8 times slower). Contraction lets the processor use fused multiply-add; nothing is
    reassociated, so results stay the same from run to run.
    """
    return _compiled(function)


def inner_kernel(function: Kernel) -> Kernel:
    """Compile a function that kernels alone call: without an entry from Python, a tenth sooner."""
    return _compiled(function, no_cpython_wrapper=True)


def _compiled(function: Kernel, **options: Any) -> Kernel:
    elsewhere = numba.config.CACHE_DIR  # type: ignore[attr-defined]  # numba's setting: put back
    numba.config.CACHE_DIR = str(CACHE)  # type: ignore[attr-defined]
    try:
        options |= {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
        return cast(Kernel, numba.njit(cache=True, **options)(function))
    finally:
        numba.config.CACHE_DIR = elsewhere  # type: ignore[attr-defined]
