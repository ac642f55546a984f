"""Workers of Dask: whatever threads the workers of its scheduler have.

Shared values are results of tasks: they are computed again elsewhere when who held them is gone.
What is given to ``scatter`` would be lost with its only holder.
"""

import sys
import threading
import time
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from dropdecay.cluster.by_value import by_value
from dropdecay.cluster.labour import Answer, Work
from dropdecay.cluster.messages import answer_in, answer_to, message_for, unreadable, unsendable
from dropdecay.cluster.packed import Packed, n_bytes, pack, unpack
from dropdecay.cluster.workers import Shared, Ticket, WorkerLost
from dropdecay.errors import BadSetting, NoWorkers, Parameter

HOW_TO_INSTALL = 'pip install "dropdecay[dask]"'

CONNECTING_S = 8
"""How long a scheduler may take to answer."""

COUNTED_S = 1.0
"""Workers are counted no more often, to leave the scheduler in peace."""


def connect_to_dask(address: str, gpus: int = 0, maps: Path | None = None) -> "DaskWorkers":
    """Return the workers of a scheduler.

    Parameters
    ----------
    address : str
        Such as ``tcp://10.0.0.5:8786``.
    gpus, maps
        See ``DaskWorkers``.

    Raises
    ------
    BadSetting
        If Dask is not installed.
    NoWorkers
        If no scheduler answers there.
    """
    try:
        from distributed import Client
    except ImportError:
        raise BadSetting(
            Parameter("cluster", address), f" needs Dask, which is not installed. Install it: "
            f"{HOW_TO_INSTALL}.",
        ) from None  # fmt: skip
    try:
        client = Client(address, timeout=CONNECTING_S, set_as_default=False)
    except (OSError, ValueError) as error:  # the latter for addresses that are none
        raise NoWorkers(
            f"No Dask scheduler answers at {address}. Start one there with: dask scheduler; and "
            f"on every machine that is to train: dask worker {address} --nworkers 1 --nthreads "
            "CORES"
        ) from error
    return DaskWorkers(client, gpus, maps, closes_client=True)


def check_that_dask_answers(address: str) -> None:
    """Raise what :func:`connect_to_dask` raises."""
    connect_to_dask(address).close()


class DaskWorkers:
    """The workers of a client's scheduler.

    Parameters
    ----------
    client : distributed.Client
    gpus : int
        How many GPUs each piece of work takes: workers are to be started with
        ``--resources GPU=1``.
    maps : path or None
        A folder whose files all machines read; None: what is mapped is sent like all else.
    closes_client : bool
        Whether closing the workers closes the client.
    """

    def __init__(
        self,
        client: Any,
        gpus: int = 0,
        maps: Path | None = None,
        *,
        closes_client: bool = False,
    ) -> None:
        self._client, self._gpus, self._closes_client = client, gpus, closes_client
        self._maps = maps
        self._address = client.scheduler.address
        # Names of our own: those that Dask makes of contents have met each other before.
        self._name, self._n_named = f"dropdecay-{uuid.uuid4().hex}", 0
        self._hold = by_value(__name__, "hold")
        self._answer = by_value(__name__, "answer_on_worker")
        self._n_slots, self._counted = 0, -COUNTED_S
        self._of_same_python: set[str] = set()
        self._left_out: set[str] = set()
        self._others: frozenset[str] = frozenset()
        self._changed = threading.Condition()
        # What follows is changed under the condition alone, by a thread of Dask's, too.
        self._waited_for: set[_Task] = set()
        self._ended: set[_Task] = set()

    def slots(self) -> int:
        """Return the number of threads of all workers, or how many have the GPUs they need."""
        if time.monotonic() - self._counted >= COUNTED_S:
            self._n_slots, self._counted = self._count(), time.monotonic()
        return self._n_slots

    def share(self, value: object) -> Shared:
        """Give a value to the scheduler, which gives it to workers as they need it.

        Raises
        ------
        NotShared
            If it cannot be pickled.
        """
        import dask

        try:
            head, arrays = pack(value, self._maps)
        except Exception as error:
            # Whatever keeps an object of the user's from being pickled.
            raise unsendable(error) from error
        # It warns of large values, which are to be given once, as this one is.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 PB"}):
            return self._submit(self._hold, self._maps, head, arrays)

    def forget(self, shared: Shared) -> None:
        """Let the scheduler and the workers free a value."""
        if self._is_connected:
            cast(Any, shared).release()

    def submit(self, shared: Sequence[Shared], work: Work) -> Ticket:
        """Submit work as a task."""
        resources = {"GPU": self._gpus} if self._gpus else None
        # Without a need they are left to Dask: what is tied to workers is lost with the last.
        only = self._others if self._left_out else None
        future = self._submit(
            self._answer, message_for(work), *shared, resources=resources,
            workers=None if only is None else list(only),
        )  # fmt: skip
        task = _Task(future, only)
        with self._changed:
            self._waited_for.add(task)
        future.add_done_callback(lambda _: self._note(task))
        return task

    def finished(self, tickets: Collection[Ticket], timeout_s: float) -> Collection[Ticket]:
        """Return the tickets of work that has ended."""
        with self._changed:
            self._changed.wait_for(lambda: not self._ended.isdisjoint(tickets), timeout_s)
            return [each for each in tickets if each in self._ended]

    def answer(self, ticket: Ticket) -> Answer:
        """Return the answer of a worker, or raise its error."""
        from distributed import KilledWorker
        from distributed.client import FutureCancelledError

        task = cast(_Task, ticket)
        self._drop([task])
        if task.is_stranded:
            self._client.cancel([task.future])
            raise WorkerLost("all that it could go to are gone")
        try:
            found = task.future.result()
        except KilledWorker as killed:
            # It has sent the work to one worker after another.
            raise WorkerLost("reasons that its log may tell", killed.allowed_failures + 1) from None
        except FutureCancelledError as cancelled:
            if not self._is_connected:
                raise self._gone() from None
            raise WorkerLost(str(cancelled)) from None
        if isinstance(found, str):
            raise NoWorkers(found)
        message, worker = found
        return replace(answer_in(message), worker=worker)

    def leave_out(self, worker: str) -> bool:
        """Give no more work to the worker with this address."""
        self._left_out.add(worker)
        self._counted = -COUNTED_S
        return self.slots() > 0

    def cancel(self, tickets: Collection[Ticket]) -> None:
        """Drop work; what is under way ends with the epoch."""
        tasks = [cast(_Task, each) for each in tickets]
        self._drop(tasks)
        if tasks and self._is_connected:
            self._client.cancel([each.future for each in tasks])

    def close(self) -> None:
        """Drop all work; workers and scheduler go on without it."""
        self.cancel(list(self._waited_for))
        if self._closes_client:
            self._client.close()

    @property
    def _is_connected(self) -> bool:
        return bool(self._client.status == "running")

    def _submit(self, function: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        self._n_named += 1
        name = f"{self._name}-{self._n_named}"
        # First come, first served; Dask does what comes within a moment in any order.
        order = -self._n_named
        return self._client.submit(
            function, *arguments, key=name, pure=False, priority=order, **options
        )

    def _note(self, task: "_Task") -> None:
        with self._changed:
            if task in self._waited_for:
                self._ended.add(task)
                self._changed.notify_all()

    def _drop(self, tasks: "Sequence[_Task]") -> None:
        with self._changed:
            self._waited_for.difference_update(tasks)
            self._ended.difference_update(tasks)

    def _count(self) -> int:
        try:
            threads: dict[str, int] = self._client.nthreads()
            if set(threads) - self._of_same_python:
                self._check_python()
                self._of_same_python.update(threads)
            if self._left_out:
                self._find_others(threads)
            if not self._gpus:
                return sum(n for each, n in threads.items() if each not in self._left_out)
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        except (OSError, RuntimeError, AttributeError):  # the ways of a client without scheduler
            raise self._gone() from None
        return sum(
            int(about["resources"].get("GPU", 0) // self._gpus)
            for each, about in workers.items() if each not in self._left_out
        )  # fmt: skip

    def _find_others(self, workers: Collection[str]) -> None:
        """Note who is not left out; work that could go to none of them any more has ended."""
        others = frozenset(workers) - self._left_out
        if not others:
            return  # new work waits for those that were there: Dask would give it to anybody
        self._others = others
        with self._changed:
            for task in self._waited_for:
                if task.only is not None and task.only.isdisjoint(others):
                    task.is_stranded = True
                    self._ended.add(task)

    def _check_python(self) -> None:
        """Refuse workers that could not run what they are sent."""
        own = "{}.{}".format(*sys.version_info)
        for where, found in self._client.get_versions()["workers"].items():
            version = found["packages"]["python"] if found else own
            if not version.startswith(f"{own}."):
                raise BadSetting(
                    f"The Dask worker {where} has Python {version}, this machine {own}. Use the "
                    "same on both."
                )

    def _gone(self) -> NoWorkers:
        return NoWorkers(f"The Dask scheduler at {self._address} is gone.")


class _Task:
    """Work on its way."""

    def __init__(self, future: Any, only: frozenset[str] | None) -> None:
        self.future, self.only, self.is_stranded = future, only, False


class Held:
    """A value on a worker: unpacked once, whether it comes from the driver or another worker."""

    def __init__(self, packed: Packed, maps: Path | None) -> None:
        self.value, self._n_bytes, self._maps = unpack(packed), n_bytes(packed), maps

    def __sizeof__(self) -> int:  # Dask asks, and moves small values rather than large ones
        return self._n_bytes

    def __reduce__(self) -> tuple[Any, ...]:
        return Held, (pack(self.value, self._maps, again=True), self._maps)


def hold(maps: Path | None, *packed: Any) -> Held | Exception:
    """Return a value as workers hold it, or why it cannot be read."""
    try:
        return Held(cast(Packed, packed), maps)
    except Exception as error:  # noqa: BLE001  # whatever the user's modules raise
        return unreadable(error)


def answer_on_worker(message: bytes, *held: Held | Exception | str) -> tuple[bytes, str] | str:
    """Do what a message asks for, in a worker of Dask; return its address too."""
    from distributed import get_worker

    for each in held:
        if isinstance(each, str):  # why another worker could not hold it
            return each
    answer = answer_to(message, lambda _: list(map(_value_of, held)), _asks_whether_cancelled())
    return answer, str(get_worker().address)


def _value_of(held: Held | Exception | str) -> Any:
    if isinstance(held, Exception):
        raise held
    return cast(Held, held).value


def _asks_whether_cancelled() -> Callable[[], bool]:
    """Return a function that says whether nobody waits any more for the task of this thread.

    Dask cannot interrupt a task, but its worker learns of that, also when the driver was killed.
    """
    from distributed import get_worker

    worker: Any = get_worker()
    tasks, name = worker.state.tasks, worker.get_current_task()

    def is_cancelled() -> bool:
        task = tasks.get(name)
        return task is None or task.state == "cancelled"

    return is_cancelled
