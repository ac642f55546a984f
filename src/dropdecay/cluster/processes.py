"""Workers that are processes of this machine, each with one thread.

A pool of ``concurrent.futures`` or loky would not do: where one worker dies, it fails all work and
does not say whose fault it was; its processes stay where theirs is killed.
"""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import LifoQueue
from types import TracebackType
from typing import IO, Self, cast

from dropdecay.cluster.labour import Answer, Work
from dropdecay.cluster.messages import answer_in, message_for
from dropdecay.cluster.shared_files import remove_shared
from dropdecay.cluster.shared_folder import SharedFolder
from dropdecay.cluster.worker_process import receive, send
from dropdecay.cluster.workers import Shared, Ticket, WorkerLost
from dropdecay.errors import NoWorkers

ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS",
    ), "1",
)  # fmt: skip
"""Networks share the cores, not the threads of their products."""

START = (
    # Ctrl-C reaches all processes of a terminal; the driver decides what becomes of its workers.
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); "
    "import json, sys; folder, sys.path[:], sys.argv[:] = json.loads(sys.argv[1]); "
    "from dropdecay.cluster.worker_process import serve; serve(folder)"
)


DYING_S = 1.0
"""How long a process may take to end by itself once its pipe is closed."""


class Processes:
    """A fixed number of worker processes; use it in a ``with`` block.

    They are started when there is work, and again when they have died.

    Parameters
    ----------
    n_workers : int
    folder : path, optional
        Where what they share is written. Default: the system's place for temporary files.
    own : sequence of mapping, optional
        Of each worker, what is special in its environment. Default: nothing.

    Raises
    ------
    Unfinished
        If nothing can be written there.
    """

    def __init__(
        self,
        n_workers: int,
        folder: Path | None = None,
        own: Sequence[Mapping[str, str]] | None = None,
    ) -> None:
        self._n_workers = n_workers
        self._folder = SharedFolder(folder)
        self._threads = ThreadPoolExecutor(n_workers, thread_name_prefix="dropdecay-worker")
        # The latest to be free is the first to get work: others may never have to be started.
        self._free: LifoQueue[_Process] = LifoQueue()
        environments = own or [{}] * n_workers
        self._all = [_Process(self._folder.name, each) for each in environments]
        for each in self._all:
            self._free.put(each)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def slots(self) -> int:
        """Return the number of processes."""
        return self._n_workers

    @property
    def n_started(self) -> int:
        """How many of them there are now."""
        return sum(each.is_started for each in self._all)

    def share(self, value: object) -> Shared:
        """Write a value into files that all processes read or map.

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
        """Queue work for the first process that is free."""
        errand = _Errand(message_for(work, cast(Sequence[Path], shared)))
        errand.future = self._threads.submit(self._run, errand)
        return errand

    def finished(self, tickets: Collection[Ticket], timeout_s: float) -> Collection[Ticket]:
        """Return the tickets of work that has ended."""
        by_future = {cast(_Errand, each).future: each for each in tickets}
        done = wait(by_future, timeout_s, FIRST_COMPLETED).done
        return [by_future[each] for each in done]

    def answer(self, ticket: Ticket) -> Answer:
        """Return the answer of a process, or raise its error."""
        return answer_in(cast(_Errand, ticket).future.result())

    def leave_out(self, worker: str) -> bool:
        """Return False: where one process of this machine is unlike this one, all are."""
        return False

    def cancel(self, tickets: Collection[Ticket]) -> None:
        """Drop queued work, and kill the processes that have begun: nothing else is as prompt."""
        errands = [cast(_Errand, each) for each in tickets]
        for each in errands:
            each.is_cancelled = True
        begun = [each for each in errands if not each.future.cancel()]
        for errand in begun:
            for process in self._all:
                process.kill(errand)
        wait([each.future for each in begun])

    def close(self) -> None:
        """Kill all processes, and remove what they shared."""
        for each in self._all:
            each.close()
        self._threads.shutdown(cancel_futures=True)
        for each in self._all:
            each.bury()
        self._folder.close()

    def _run(self, errand: "_Errand") -> bytes:
        """Have a process do the work, in a thread that waits for it."""
        process = self._free.get()
        try:
            return process.ask(errand)
        finally:
            self._free.put(process)


@dataclass(eq=False)
class _Errand:
    """Work on its way."""

    message: bytes
    future: "Future[bytes]" = field(init=False)
    is_cancelled: bool = False


class _Process:
    """A worker process; asked by one thread at a time, killed by any."""

    def __init__(self, folder: str, own: Mapping[str, str]) -> None:
        self._folder, self._own = folder, own
        self._lock = threading.Lock()
        # What follows is changed under the lock alone.
        self._process: subprocess.Popen[bytes] | None = None
        self._errand: _Errand | None = None
        self._is_closed = False

    @property
    def is_started(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def ask(self, errand: _Errand) -> bytes:
        """Send a message and wait for the answer; the process is started if there is none.

        Raises
        ------
        WorkerLost
            If it died.
        NoWorkers
            If it could not even start.
        """
        try:
            with self._lock:
                if self._is_closed or errand.is_cancelled:
                    raise WorkerLost("stopped")
                self._errand = errand
                is_new = self._process is None
                process = self._process = self._process or self._start()
            incoming, outgoing = cast(IO[bytes], process.stdout), cast(IO[bytes], process.stdin)
            if is_new:
                self._wait_until_ready(process, incoming)
            try:
                send(outgoing, errand.message)
                return receive(incoming)
            except (EOFError, OSError):
                raise WorkerLost(self._how_it_died(process)) from None
        finally:
            with self._lock:
                self._errand = None

    def kill(self, errand: _Errand) -> None:
        """End the process if it is at work on this errand."""
        with self._lock:
            if self._errand is errand and self._process is not None:
                self._process.kill()

    def close(self) -> None:
        """End the process for good; whoever waits for it finds it lost."""
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()

    def bury(self) -> None:
        """Free what a process takes that nobody waits for any more."""
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # a message that was not sent is tried again
                cast(IO[bytes], pipe).close()

    def _start(self) -> "subprocess.Popen[bytes]":
        try:
            return subprocess.Popen(
                [sys.executable, "-c", START, json.dumps([self._folder, sys.path, sys.argv])],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                env={**os.environ, **ONE_THREAD, **self._own},
            )  # fmt: skip
        except OSError as error:
            raise NoWorkers(f"No worker process could be started: {error.strerror}.") from None

    def _wait_until_ready(self, process: "subprocess.Popen[bytes]", incoming: IO[bytes]) -> None:
        try:
            receive(incoming)
        except (EOFError, OSError):
            how = self._how_it_died(process)
            if process.returncode < 0:
                raise WorkerLost(how) from None
            raise NoWorkers(
                f"Worker processes do not start ({how}); what they printed says why."
            ) from None

    def _how_it_died(self, process: "subprocess.Popen[bytes]") -> str:
        with suppress(subprocess.TimeoutExpired):
            process.wait(DYING_S)
        self.bury()
        code = process.returncode
        return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
