"""Ctrl-C ends the work within two seconds, whatever the threads are doing."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

GRACE_S = 1.0


@contextmanager
def prompt_interruption(message: str) -> Iterator[None]:
    """Let Ctrl-C end the work cleanly if that is quick, and otherwise end the process.

    A thread inside a kernel cannot be interrupted, and an epoch on a large table can take longer
    than anybody would wait. Finished runs are already in the store, so nothing is lost.

    Parameters
    ----------
    message : str
        Printed on standard error when the process is ended.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return
    timers: list[threading.Timer] = []

    def end() -> None:
        sys.stderr.write(f"dropdecay: {message}\n")
        sys.stderr.flush()
        os._exit(130)

    def interrupted(number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(GRACE_S, end)
        timer.daemon = True
        timers.append(timer)
        timer.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        for timer in timers:
            timer.cancel()
