"""The CPU engine: a pool of threads, with one kernel call without the GIL per network and epoch.

BLAS is limited to one thread, so that networks, not matrix products, share the cores and results
do not depend on the number of threads.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from queue import SimpleQueue
from threading import Event

from dropdecay.engine.bundle import Bundle, bundles_of
from dropdecay.engine.cpu_blocks import train_in_blocks
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.engine.protocol import Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.run_training import RunTraining
from dropdecay.engine.training import CpuTrainer
from dropdecay.kernels.compiled import announce_compiling
from dropdecay.settings import BLOCKS


def train(
    problem: Problem,
    runs: Sequence[Run],
    *,
    n_jobs: int = 1,
    earlier: Mapping[Run, Fit] | None = None,
    keep_states: bool = False,
    on_checkpoint: OnCheckpoint | None = None,
    pause: int | None = None,
) -> Iterator[Fit]:
    """Train ``runs`` on ``n_jobs`` threads; yield each fit when it is done, in any order.

    The result of a run depends on the run alone, that of one that ends with its point on all such
    runs of the point: not on the number of threads, on other runs and their order, or on pauses.
    Closing the iterator stops the work within an epoch.

    Parameters
    ----------
    problem : Problem
    runs : sequence of Run
    n_jobs : int
        Number of threads.
    earlier : mapping of Run to Fit, optional
        What runs have become before. They go on from there; others start from scratch. The fits
        are those of an uninterrupted training.
    keep_states : bool
        Whether each fit includes its final state.
    on_checkpoint : callable, optional
        Called in this thread, now and then, with what the runs of a point have become so far.
    pause : int, optional
        Runs that end with their point stop at the first checkpoint from this epoch on, unless it
        has ended.

    Raises
    ------
    BadSetting
        If this engine cannot follow the schedule of a run.
    """
    in_blocks = runs and all(run.setting.schedule.shuffle == BLOCKS for run in runs)
    train_all = train_in_blocks if in_blocks else _train_apart
    return train_all(
        problem, runs, n_jobs=n_jobs, earlier=earlier, keep_states=keep_states,
        on_checkpoint=on_checkpoint, pause=pause,
    )  # fmt: skip


def _train_apart(
    problem: Problem,
    runs: Sequence[Run],
    *,
    n_jobs: int,
    earlier: Mapping[Run, Fit] | None,
    keep_states: bool,
    on_checkpoint: OnCheckpoint | None,
    pause: int | None,
) -> Iterator[Fit]:
    """Train each network by itself."""
    announce_compiling()  # once here, not in every thread
    stopped = Event()
    with one_blas_thread(), ThreadPoolExecutor(n_jobs) as pool:
        # Data are requested in this thread, so that a fold is encoded while the runs of the
        # previous fold are trained; so are states, which may be read from a file.
        waiting = bundles_of(problem, runs, CpuTrainer, earlier, pause)
        pending: dict[Future[None], tuple[Bundle, int]] = {}
        # To wait for many futures again and again takes ten times as long as to be told of each.
        done: SimpleQueue[Future[None]] = SimpleQueue()
        over: deque[Bundle] = deque()

        def go_on(bundle: Bundle) -> None:
            trainings = bundle.next_trainings()
            # No more shares than threads: to hand one over costs a small network a tenth of an
            # epoch.
            for share in (trainings[first::n_jobs] for first in range(n_jobs)):
                if share:
                    future = pool.submit(_train_each, share, bundle.at, stopped)
                    pending[future] = bundle, len(share)
                    future.add_done_callback(done.put)
            if not trainings:
                over.append(bundle)

        try:
            # Two bundles per thread keep it busy; the rest are not begun yet, so that memory and
            # the delay after an interruption do not grow with the number of runs.
            for bundle in islice(waiting, 2 * n_jobs):
                go_on(bundle)
            while pending or over:
                if over:
                    ended = over.popleft()
                    for following in islice(waiting, 1):
                        go_on(following)
                    yield from ended.fits(keep_states=keep_states)
                    continue
                future = done.get()
                future.result()
                bundle, n_trained = pending.pop(future)
                if bundle.end_trainings(n_trained):
                    bundle.tell(on_checkpoint)
                    go_on(bundle)
        finally:
            stopped.set()


def _train_each(trainings: Sequence[RunTraining], end: int, stopped: Event) -> None:
    """Train networks up to an epoch, one after the other."""
    for each in trainings:
        each.train_to(end, stopped)
