"""Who trains the networks of a search: this process, or workers that stay for all of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dropdecay.cluster.own_processes import OwnProcesses
from dropdecay.estimators.fit_surface import SurfaceTask
from dropdecay.search import OnNotice


@contextmanager
def with_workers(task: SurfaceTask, on_notice: OnNotice) -> Iterator[SurfaceTask]:
    """Give the task with an engine that has others train, where that may save time.

    Parameters
    ----------
    task : SurfaceTask
    on_notice : callable
        Hears why there are no workers though they would save time.
    """
    if not task.engine.is_serial or task.n_jobs < 2:
        yield task
        return
    folder = None if task.store is None else task.store.parent
    with OwnProcesses(task.engine.train, task.n_jobs, folder, on_notice) as train:
        yield replace(task, engine=replace(task.engine, train=train))
