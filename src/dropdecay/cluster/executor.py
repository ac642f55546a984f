"""Workers of an executor of ``concurrent.futures``: threads or processes of this machine."""

import os
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    wait,
)
from pathlib import Path
from typing import cast

from dropdecay.cluster.labour import Answer, Work
from dropdecay.cluster.messages import answer_in, answer_to, message_for
from dropdecay.cluster.shared_files import read_shared, remove_shared
from dropdecay.cluster.shared_folder import SharedFolder
from dropdecay.cluster.workers import Shared, Ticket
from dropdecay.errors import Unfinished

ASKED_S = 1.0
"""Work under way asks no more often whether anybody waits for it."""


class ExecutorWorkers:
    """The threads or processes of an executor, which stays open.

    Where one of its processes dies, an executor is broken for good, and so is the search.

    Parameters
    ----------
    executor : concurrent.futures.Executor
        Its workers read the files of this process.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor, self._folder = executor, SharedFolder()

    def slots(self) -> int:
        """Return the number of its threads or processes."""
        # No executor says so in public; those of the standard library and of loky say it so.
        return int(getattr(self._executor, "_max_workers", None) or os.cpu_count() or 1)

    def share(self, value: object) -> Shared:
        """Write a value into files that all workers read or map.

        Raises
        ------
        Unfinished
            If it cannot be written, for instance because the disk is full.
        NotShared
            If it cannot be pickled.
        """
        return self._folder.share(value)

    def forget(self, shared: Shared) -> None:
        """Remove the files of a value."""
        remove_shared(cast(Path, shared))

    def submit(self, shared: Sequence[Shared], work: Work) -> Ticket:
        """Submit work, which is wanted as long as a file is there.

        Raises
        ------
        Unfinished
            If the executor takes no work any more.
        """
        wanted = self._folder.new_path()
        wanted.touch()
        message = message_for(work, cast(Sequence[Path], shared))
        try:
            return _Errand(self._executor.submit(answer_from_files, message, wanted), wanted)
        except RuntimeError as error:
            raise _broken(error) from error

    def finished(self, tickets: Collection[Ticket], timeout_s: float) -> Collection[Ticket]:
        """Return the tickets of work that has ended."""
        by_future = {cast(_Errand, each).future: each for each in tickets}
        done = wait(by_future, timeout_s, FIRST_COMPLETED).done
        return [by_future[each] for each in done]

    def answer(self, ticket: Ticket) -> Answer:
        """Return the answer of a worker, or raise its error."""
        errand = cast(_Errand, ticket)
        errand.wanted.unlink(missing_ok=True)
        try:
            return answer_in(errand.future.result())
        except (BrokenExecutor, CancelledError) as error:
            raise _broken(error) from error

    def leave_out(self, worker: str) -> bool:
        """Return False: where one worker of an executor is unlike this one, all are."""
        return False

    def cancel(self, tickets: Collection[Ticket]) -> None:
        """Drop work; what is under way ends within an epoch and a second."""
        for each in tickets:
            errand = cast(_Errand, each)
            errand.future.cancel()
            errand.wanted.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove all files; without them nothing goes on."""
        self._folder.close()


class _Errand:
    """Work on its way."""

    def __init__(self, future: "Future[bytes]", wanted: Path) -> None:
        self.future, self.wanted = future, wanted


def answer_from_files(message: bytes, wanted: Path) -> bytes:
    """Do what a message asks for, in a worker of an executor."""
    is_stopped = _asks_now_and_then(lambda: not wanted.exists())
    return answer_to(message, lambda paths: list(map(read_shared, paths)), is_stopped)


def _asks_now_and_then(ask: Callable[[], bool]) -> Callable[[], bool]:
    """Return a function that asks once a second, and otherwise says no."""
    asked = time.monotonic()

    def answer() -> bool:
        nonlocal asked
        if time.monotonic() - asked < ASKED_S:
            return False
        asked = time.monotonic()
        return ask()

    return answer


def _broken(error: BaseException) -> Unfinished:
    return Unfinished(
        f"The executor takes no more work ({error or type(error).__name__}). If one of its "
        'processes ran out of memory, use fewer; those of cluster="processes" are replaced.'
    )
