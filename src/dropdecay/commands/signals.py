"""Ctrl-C, the end of a terminal and a request to end stop the work, whatever threads are doing."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from dropdecay.errors import EndedBySignal

GRACE_S = 1.0
STANDARD_ERROR = 2

NOTHING = "Stopped. Nothing was written."

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""What ends the work. Windows has no SIGHUP."""


class Interrupted(KeyboardInterrupt):
    """A signal says that the work is to end.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def exit_code_of(interruption: KeyboardInterrupt) -> int:
    """Return with what a process ends that was interrupted: 128 and the number of the signal."""
    return 128 + getattr(interruption, "number", signal.SIGINT)


def _interrupted(number: int, frame: FrameType | None) -> None:
    raise Interrupted(number)


def listen() -> None:
    """Let Ctrl-C raise until the process ends, or is being ended: then it is ignored."""
    signal.signal(signal.SIGINT, _interrupted)


@contextmanager
def interrupted_by_signals() -> Iterator[None]:
    """Let every signal that asks for the end of the work raise, as Ctrl-C does."""
    with _handled(_interrupted):
        yield


@contextmanager
def prompt_interruption(last_words: Callable[[], str]) -> Iterator[None]:
    """Let a signal end the work cleanly if that is quick, and otherwise end the process.

    A thread inside a kernel cannot be interrupted, and an epoch on a large table can take longer
    than anybody would wait. Finished runs are already in the store, so nothing is lost. A second
    signal ends the process at once.

    Parameters
    ----------
    last_words : callable
        Called when the process is ended; returns what is printed on standard error.
    """
    timers: list[threading.Timer] = []

    def end(number: int) -> None:
        with suppress(OSError):  # the terminal may be gone
            # Not to sys.stderr, which may be in the middle of a line.
            os.write(STANDARD_ERROR, f"dropdecay: {last_words()}\n".encode(errors="replace"))
        os._exit(128 + number)

    def interrupted(number: int, frame: FrameType | None) -> None:
        if timers:
            end(number)
        timer = threading.Timer(GRACE_S, end, [number])
        timer.daemon = True
        timers.append(timer)
        timer.start()
        raise Interrupted(number)

    try:
        with _handled(interrupted):
            yield
    finally:
        for timer in timers:
            timer.cancel()


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Let a function hear the signals, but for those that the user told the process to ignore."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread receives signals
        return
    # nohup lets a process ignore SIGHUP. A shell lets its background ignore Ctrl-C alone.
    heard = [each for each in SIGNALS
             if each == signal.SIGINT or signal.getsignal(each) != signal.SIG_IGN]  # fmt: skip
    before = {each: signal.signal(each, handler) for each in heard}
    try:
        yield
    finally:
        is_ending = isinstance(sys.exception(), (KeyboardInterrupt, EndedBySignal))
        for each, earlier in before.items():
            # Whoever presses Ctrl-C again and again must still read how to resume.
            deaf = is_ending and getattr(earlier, "__module__", None) == __name__
            signal.signal(each, signal.SIG_IGN if deaf else earlier or signal.SIG_DFL)
