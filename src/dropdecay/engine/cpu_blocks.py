"""The CPU engine on tables in blocks: a block is read once for all networks of a fold and seed.

They share the order of their rows, so they step through each part of an epoch together, on as many
threads as there are, while the next part is read. Their numbers are those of networks that are
trained alone.
"""

import math
import time
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from dropdecay.arrays import Int64
from dropdecay.engine.bundle import bundles_of
from dropdecay.engine.by_checkpoints import ToTrain, by_checkpoints
from dropdecay.engine.memory import memory_of_network
from dropdecay.engine.mixed_blocks import parts_in_order
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.engine.protocol import Dataset, Fit, OnCheckpoint, Problem, Run
from dropdecay.engine.run_training import RunTraining
from dropdecay.engine.trainer import Evaluation
from dropdecay.engine.training import CpuTrainer, Epoch, Measuring
from dropdecay.kernels.compiled import announce_compiling

Part = TypeVar("Part")

NETWORK_BYTES = 2**30
"""Networks that take no more than this together are under way at once."""

MEASURED_BYTES = 2**28
"""So much is measured of rows at a time, whatever the number of networks."""


def train_in_blocks(
    problem: Problem,
    runs: Sequence[Run],
    *,
    n_jobs: int = 1,
    earlier: Mapping[Run, Fit] | None = None,
    keep_states: bool = False,
    on_checkpoint: OnCheckpoint | None = None,
    pause: int | None = None,
) -> Iterator[Fit]:
    """Train as ``engine.cpu.train`` does, to the same numbers."""
    announce_compiling()
    bundles = bundles_of(problem, runs, CpuTrainer, earlier, pause)
    with one_blas_thread(), ThreadPoolExecutor(n_jobs) as pool:
        threads = _Threads(pool, n_jobs)

        def train(to_train: Sequence[ToTrain]) -> None:
            groups: dict[Hashable, list[RunTraining]] = {}
            for each, end in to_train:
                groups.setdefault((_shared_by(each), end), []).append(each)
            for (_, end), members in cast(Any, groups.items()):
                _train_together(members, end, threads)

        try:
            yield from by_checkpoints(
                bundles, train, _networks_at_once(problem, runs[0], n_jobs), on_checkpoint,
                keep_states=keep_states,
            )  # fmt: skip
        finally:
            pool.shutdown(cancel_futures=True)


def _networks_at_once(problem: Problem, run: Run, n_jobs: int) -> int:
    n_inputs = problem.dataset_of(run.fold).X.shape[1]
    network = run.setting.layers.of_inputs(n_inputs)
    return max(n_jobs, NETWORK_BYTES // memory_of_network(network, run.setting.schedule))


def _shared_by(each: RunTraining) -> Hashable:
    """Return what networks have in common that take the same batches up to a checkpoint."""
    run = each.run
    return (
        run.fold, run.seed, run.key.tobytes(), run.setting.schedule.batch_size,
        run.setting.schedule.shuffle, each.trainer().epoch, each.evaluated_up_to(run.epochs),
        each.needs_outputs,
    )  # fmt: skip


class _Threads:
    """Does the same for many networks, on all threads."""

    def __init__(self, pool: ThreadPoolExecutor, n_threads: int) -> None:
        self._pool, self.number = pool, n_threads

    def each(self, works: Sequence[Callable[[int, Any, Int64], None]], part: Any) -> None:
        """Do all of these with a part of the rows."""
        for under_way in [self._pool.submit(work, *part) for work in works]:
            under_way.result()


def _train_together(members: Sequence[RunTraining], end: int, threads: _Threads) -> None:
    """Train networks of one fold and seed up to an epoch.

    Raises
    ------
    Stopped
        If their problem is stopped.
    """
    began, first = time.perf_counter(), members[0]
    evaluated = frozenset(first.evaluated_up_to(end))
    live = list(members)
    while live and (epoch := _trainer(live[0]).epoch) < end:
        epochs = [_trainer(each).begin_epoch() for each in live]
        _take_all(epochs, first, threads)
        losses = [each.end() for each in epochs]
        if epoch + 1 in evaluated:
            _record(live, epoch + 1, losses, threads)
        else:
            for each, loss in zip(live, losses, strict=True):
                each.diverged |= not math.isfinite(loss)
        live = [each for each in live if not each.diverged]
    seconds = (time.perf_counter() - began) * min(threads.number, len(members)) / len(members)
    for each in members:
        each.wall_s += seconds


def _take_all(epochs: Sequence[Epoch], first: RunTraining, threads: _Threads) -> None:
    for part in _read_ahead(epochs[0].parts()):
        first.check_stopped()
        if not (going_on := [each.take for each in epochs if each.goes_on]):
            return
        threads.each(going_on, part)


def _record(
    live: Sequence[RunTraining], epoch: int, losses: Sequence[float], threads: _Threads
) -> None:
    first = live[0]
    trainers = [_trainer(each) for each in live]
    training = _measured(trainers, first.dataset, first.measured_rows, threads)
    validation = _measured(
        trainers, first.dataset, first.rows.validation, threads, keep_outputs=first.needs_outputs
    )
    for each, trainer, loss in zip(live, trainers, losses, strict=True):
        each.record(epoch, loss, next(training), next(validation), trainer.weigh())


def _measured(
    trainers: Sequence[CpuTrainer],
    dataset: Dataset,
    rows: Int64,
    threads: _Threads,
    *,
    keep_outputs: bool = False,
) -> Iterator[Evaluation]:
    """Evaluate rows by one network after another; as many read them at once as fit into memory."""
    n_values = 2 + keep_outputs * dataset.y.shape[1]
    most = max(threads.number, MEASURED_BYTES // max(8 * n_values * rows.size, 1))
    for start in range(0, len(trainers), most):
        here: list[Measuring] = [
            each.begin_measuring(rows.size, keep_outputs=keep_outputs)
            for each in trainers[start : start + most]
        ]
        for part in _read_ahead(parts_in_order(dataset, rows, trainers[0].rows_at_once)):
            threads.each([each.take for each in here], part)
        for each in here:
            yield Evaluation(*each.end())


def _read_ahead(parts: Iterator[Part]) -> Iterator[Part]:
    """Yield parts; while one is worked on, the next is read in a thread of its own."""
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(next, parts, None)
        while (part := coming.result()) is not None:
            coming = reader.submit(next, parts, None)
            yield part


def _trainer(each: RunTraining) -> CpuTrainer:
    return cast(CpuTrainer, each.trainer())
