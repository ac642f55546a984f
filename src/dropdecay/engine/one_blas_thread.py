"""BLAS limited to one thread while networks are trained, in however many threads that happens.

The limit is that of the whole process. If each training set it and put it back, the first to end
would give BLAS its threads back while others are trained, and the last would leave the process at
one thread for good.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import OpenBLASController, threadpool_limits

_LOCK = threading.Lock()
_LIMITS: list[threadpool_limits] = []
"""One for each training under way; all hold what was before the first."""


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Limit BLAS to one thread; the last of the blocks that overlap puts its threads back."""
    with _LOCK:
        _LIMITS.append(_LIMITS[-1] if _LIMITS else threadpool_limits(1, "blas"))
        _let_go()
    try:
        yield
    finally:
        with _LOCK:
            limits = _LIMITS.pop()
            if not _LIMITS:
                limits.restore_original_limits()
                _let_go()


def _let_go() -> None:
    """Let other threads change the limit: from threadpoolctl 3.8 on they silently could not."""
    if hasattr(OpenBLASController, "clear_controlling_thread"):
        OpenBLASController.clear_controlling_thread()
