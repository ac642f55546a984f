"""Who trains the networks of a search: this process, or workers that stay for all of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from dropdecay.cluster.find import Wish, workers_of
from dropdecay.cluster.own_processes import OwnProcesses
from dropdecay.cluster.spread import spread
from dropdecay.estimators.surface_task import SurfaceTask
from dropdecay.search import OnNotice

OnWorkers = Callable[[Callable[[], int]], None]
"""Called with a function that returns how many workers there are; 0: this process trains."""


@contextmanager
def with_workers(
    task: SurfaceTask, on_notice: OnNotice, on_workers: OnWorkers | None = None
) -> Iterator[SurfaceTask]:
    """Give the task with what has others train, where that is asked for or saves time.

    Parameters
    ----------
    task : SurfaceTask
    on_notice : callable
        Hears which workers are left out, or why there are none though they would save time.
    on_workers : callable, optional
    """
    folder = None if task.store is None else task.store.parent

    def tell(count: Callable[[], int]) -> None:
        if on_workers is not None:
            on_workers(count)

    if task.cluster is not None:
        maps = None if task.encoded is None else task.encoded.folder
        wish = Wish(task.n_jobs, folder, task.engine.gpus, maps)
        with workers_of(task.cluster, wish) as workers:
            tell(workers.slots)
            # One network leaves a GPU idle, many of them together do not; and rows on disk are
            # read once for all networks of a piece of work.
            deals = bool(task.engine.gpus) or task.encoded is not None
            train = spread(workers, task.train, on_notice, deals=deals)
            yield replace(task, train=train, n_jobs=max(1, workers.slots()))
    elif task.engine.is_serial and task.n_jobs > 1:
        with OwnProcesses(task.train, task.n_jobs, folder, on_notice) as own:
            tell(lambda: own.n_started)
            yield replace(task, train=own)
    else:
        yield task
