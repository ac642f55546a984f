"""What a group of workers can do, wherever they are: on this machine or on a cluster."""

from collections.abc import Collection, Hashable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from dropdecay.cluster.labour import Answer, Work

Shared: TypeAlias = object
"""Stands for a value that workers have, or get when they need it."""

Ticket: TypeAlias = Hashable
"""Stands for work that was submitted."""


class WorkerLost(Exception):
    """The worker that had the work is gone, and nothing came back.

    Parameters
    ----------
    how : str
        In a few words.
    n_workers : int
        How many have died at the work in turn, where the cluster itself sends it again.
    """

    def __init__(self, how: str, n_workers: int = 1) -> None:
        super().__init__(how)
        self.n_workers = n_workers


@runtime_checkable
class Workers(Protocol):
    """Run ``cluster.labour.labour`` on workers that may come and go."""

    def slots(self) -> int:
        """Return how many pieces of work can be done at once; asked again and again."""
        ...

    def share(self, value: object) -> Shared:
        """Give a value to all workers, once. It survives the death of any of them."""
        ...

    def forget(self, shared: Shared) -> None:
        """Free what a shared value takes; no work under way needs it. May come after ``close``."""
        ...

    def submit(self, shared: Sequence[Shared], work: Work) -> Ticket:
        """Queue work; the worker calls ``labour(work, *values)`` with the shared values."""
        ...

    def finished(self, tickets: Collection[Ticket], timeout_s: float) -> Collection[Ticket]:
        """Return those that have ended, as soon as there are any; none after a timeout."""
        ...

    def answer(self, ticket: Ticket) -> Answer:
        """Return what came of finished work, or raise the error that the work ended in.

        Raises
        ------
        WorkerLost
            If its worker died.
        """
        ...

    def leave_out(self, worker: str) -> bool:
        """Give no more work to a worker, named as in its answer; return whether there are others.

        Where workers cannot be told from each other, there are none.
        """
        ...

    def cancel(self, tickets: Collection[Ticket]) -> None:
        """Drop work: queued work at once, work under way as soon as the workers can stop it."""
        ...

    def close(self) -> None:
        """Forget all that was shared, and end the workers that were started here."""
        ...
