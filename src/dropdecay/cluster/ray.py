"""Workers of Ray: whatever processors the nodes of its cluster have.

Shared values lie in the object store of the driver's node, and outlive every worker. Processes of a
node read them there, without a copy.
"""

import os
import socket
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any, cast
from urllib.parse import urlsplit

from dropdecay.cluster.by_value import by_value
from dropdecay.cluster.labour import Answer, Work
from dropdecay.cluster.messages import answer_in, answer_to, message_for, unsendable
from dropdecay.cluster.packed import Packed, pack, unpack
from dropdecay.cluster.workers import Shared, Ticket, WorkerLost
from dropdecay.errors import BadSetting, NoWorkers, Parameter
from dropdecay.safe_text import first_line_of

HOW_TO_INSTALL = 'pip install "dropdecay[ray]"'

HERE = "ray"
"""The address of the cluster that this machine is part of, or that ``RAY_ADDRESS`` names."""

CONNECTING_S = 8.0
"""How long a cluster may take to answer."""

INTERRUPTED_S = 0.5
"""How long a worker may take to notice that it is interrupted."""


def connect_to_ray(address: str, gpus: int = 0, maps: Path | None = None) -> "RayWorkers":
    """Return the workers of a cluster; of that which this process is connected to, if it is.

    Parameters
    ----------
    address : str
        ``ray``, or such as ``ray://10.0.0.5:10001``.
    gpus, maps
        See ``RayWorkers``.

    Raises
    ------
    BadSetting
        If Ray is not installed.
    NoWorkers
        If no cluster answers there.
    """
    ray = _ray_for(address)
    if ray.is_initialized():
        return RayWorkers(gpus, maps)
    with _told_of(address):
        _check_that_somebody_listens(address)
        ray.init("auto" if address == HERE else address, log_to_driver=False, logging_level="ERROR")
    return RayWorkers(gpus, maps, disconnects=True)


def check_that_ray_answers(address: str) -> None:
    """Raise what :func:`connect_to_ray` raises, as far as that is quickly found out."""
    if not _ray_for(address).is_initialized():
        with _told_of(address):
            _check_that_somebody_listens(address)


class RayWorkers:
    """The processors of the cluster that this process is connected to.

    Parameters
    ----------
    gpus : int
        How many GPUs each piece of work takes.
    maps : path or None
        A folder whose files all machines read; None: what is mapped is sent like all else.
    disconnects : bool
        Whether closing the workers ends the connection.
    """

    def __init__(
        self, gpus: int = 0, maps: Path | None = None, *, disconnects: bool = False
    ) -> None:
        import ray

        self._ray: Any = ray
        self._gpus, self._maps, self._disconnects = gpus, maps, disconnects
        # A lost worker is counted here, so that nobody else may send its work again.
        once = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=0)
        self._answer = once(by_value(__name__, "answer_on_worker"))
        self._values: dict[int, Any] = {}
        self._n_shared = 0
        self._left_out: set[str] = set()
        self._given: dict[str, int] = {}

    def slots(self) -> int:
        """Return the number of processors, or how many have the GPUs they need."""
        return sum(self._slots_by_node().values())

    def share(self, value: object) -> Shared:
        """Put a value into the object store.

        Raises
        ------
        NotShared
            If it cannot be pickled.
        """
        try:
            packed = pack(value, self._maps)
        except Exception as error:
            # Whatever keeps an object of the user's from being pickled.
            raise unsendable(error) from error
        self._n_shared += 1
        self._values[self._n_shared] = self._ray.put(packed)
        return self._n_shared

    def forget(self, shared: Shared) -> None:
        """Let the object store free a value."""
        self._values.pop(cast(int, shared), None)

    def submit(self, shared: Sequence[Shared], work: Work) -> Ticket:
        """Submit work as a task."""
        values = [self._values[cast(int, each)] for each in shared]
        answer = self._answer if not self._left_out else self._answer_elsewhere()
        return cast(Ticket, answer.remote(message_for(work), *values))

    def finished(self, tickets: Collection[Ticket], timeout_s: float) -> Collection[Ticket]:
        """Return the tickets of work that has ended."""
        under_way = list(tickets)
        if not under_way:
            return []
        first, _ = self._ray.wait(under_way, timeout=timeout_s)
        if not first:
            return []
        ended, _ = self._ray.wait(under_way, num_returns=len(under_way), timeout=0)
        return cast(Collection[Ticket], ended)

    def answer(self, ticket: Ticket) -> Answer:
        """Return the answer of a worker, or raise its error."""
        from ray.exceptions import RayError, RayTaskError

        try:
            found = self._ray.get(ticket)
        except RayTaskError:
            raise
        except RayError as error:
            raise WorkerLost(type(error).__name__) from None
        if isinstance(found, str):
            raise NoWorkers(found)
        message, worker = found
        return replace(answer_in(message), worker=worker)

    def leave_out(self, worker: str) -> bool:
        """Give no more work to a node: processes of one machine are alike."""
        self._left_out.add(_node_of(worker))
        return any(self._slots_by_node().values())

    def cancel(self, tickets: Collection[Ticket]) -> None:
        """Drop work; what is under way is interrupted."""
        if self._ray.is_initialized():
            for each in tickets:
                self._ray.cancel(each)

    def close(self) -> None:
        """Forget all values; the cluster goes on."""
        self._values.clear()
        if self._disconnects:
            self._ray.shutdown()

    def _slots_by_node(self) -> dict[str, int]:
        """Return how much work each node can do at once, but for those that are left out."""
        try:
            nodes = self._ray.nodes()
        except (OSError, RuntimeError):
            raise NoWorkers("The Ray cluster is gone.") from None
        found = {}
        for each in nodes:
            resources, node = each["Resources"], each["NodeID"]
            if each["Alive"] and node not in self._left_out:
                n_slots = int(resources.get("CPU", 0))
                if self._gpus:
                    n_slots = min(n_slots, int(resources.get("GPU", 0)) // self._gpus)
                found[node] = n_slots
        return found

    def _answer_elsewhere(self) -> Any:
        """Return the task for a node that is not left out, in turns by what they can do at once.

        Ray cannot be told which nodes to spare, and else balances better.
        """
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        slots = {node: number for node, number in self._slots_by_node().items() if number}
        if not slots:
            raise NoWorkers("All workers that would give the numbers of this machine are gone.")
        node = min(slots, key=lambda each: self._given.get(each, 0) / slots[each])
        self._given[node] = self._given.get(node, 0) + 1
        return self._answer.options(
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)
        )


def _node_of(worker: str) -> str:
    """Return the number of a node in the name that its answers give it."""
    return worker.rpartition(" ")[2]


def answer_on_worker(message: bytes, *packed: Packed) -> tuple[bytes, str]:
    """Do what a message asks for, in a worker of Ray; return the name of its node too."""
    import ray

    stopped = Event()
    # Ray interrupts the main thread, which would not notice while it waits for those that train.
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(
            answer_to, message, lambda _: list(map(unpack, packed)), stopped.is_set
        )
        try:
            while not wait([answer], INTERRUPTED_S).done:
                pass
        finally:
            stopped.set()
    node = ray.get_runtime_context().get_node_id()
    return answer.result(), f"{socket.gethostname()} {node}"


def _ray_for(address: str) -> Any:
    """Return the library."""
    try:
        import ray
    except ImportError:
        raise BadSetting(
            Parameter("cluster", address), " needs Ray, which is not installed. Install it: "
            f"{HOW_TO_INSTALL}.",
        ) from None  # fmt: skip
    return ray


@contextmanager
def _told_of(address: str) -> Iterator[None]:
    """Tell of a cluster that is not found, in which of its ways soever Ray says so."""
    try:
        yield
    except (OSError, RuntimeError, ValueError) as error:  # or that it is of another version
        raise NoWorkers(
            f"No Ray cluster answers at {address} ({first_line_of(error)}). Start one with: ray "
            "start --head; and on every other machine that is to train: ray start "
            "--address=HEAD:6379"
        ) from error


def _check_that_somebody_listens(address: str) -> None:
    """Ask quickly: Ray takes minutes to find out that nobody does."""
    known = os.environ.get("RAY_ADDRESS", "") if address == HERE else address
    where = urlsplit(known if "://" in known else f"//{known}")
    if where.hostname and where.port:  # otherwise Ray soon complains of it
        socket.create_connection((where.hostname, where.port), CONNECTING_S).close()
