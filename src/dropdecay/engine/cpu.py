"""The CPU engine: a pool of threads, with one kernel call without the GIL per network and epoch.

BLAS is limited to one thread, so that networks, not matrix products, share the cores and results
do not depend on the number of threads.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from threading import Event

import numpy as np
from threadpoolctl import threadpool_limits

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.engine.protocol import (
    CURVES,
    Dataset,
    EpochEnd,
    Fit,
    OnEpoch,
    Problem,
    Recorded,
    Run,
    Score,
)
from dropdecay.engine.state import NetworkState, initial_state
from dropdecay.engine.training import TrainingSetup, evaluate, set_up, train_one_epoch
from dropdecay.errors import BadSetting
from dropdecay.kernels.compiled import announce_compiling
from dropdecay.kernels.weight_summary import weigh

NAME = "numba"
"""The name of this engine in stores."""


def train(
    problem: Problem,
    runs: Sequence[Run],
    *,
    n_jobs: int = 1,
    on_epoch: OnEpoch | None = None,
    states: Mapping[Run, NetworkState] | None = None,
    keep_states: bool = False,
) -> Iterator[Fit]:
    """Train ``runs`` on ``n_jobs`` threads; yield each fit when it is done, in any order.

    The result of a run depends on the run alone: not on the number of threads, on the other runs
    and their order, or on pauses. Closing the iterator stops the work within an epoch.

    Parameters
    ----------
    problem : Problem
    runs : sequence of Run
    n_jobs : int
        Number of threads.
    on_epoch : callable, optional
        Called after every epoch; may stop the run.
    states : mapping of Run to NetworkState, optional
        States to continue from, for runs with the same key and more epochs than before; runs
        without one start from scratch.
    keep_states : bool
        Whether each fit includes its final state.

    Raises
    ------
    BadSetting
        If this engine cannot follow the schedule of a run, or its state is past its last epoch.
    """
    announce_compiling()  # once here, not in every thread
    waiting_states, stopped = states or {}, Event()

    def work(run: Run, dataset: Dataset, state: NetworkState | None) -> Fit | None:
        return _train_run(problem, dataset, run, state, on_epoch, keep_states, stopped)

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(n_jobs) as pool:
        # Data are requested in this thread, so that a fold is encoded while the runs of the
        # previous fold are trained; so are states, which may be read from a file.
        waiting = ((run, problem.dataset_of(run.fold), waiting_states.get(run)) for run in runs)
        # Two runs per thread keep it busy; the rest are not submitted yet, so that memory and
        # the delay after an interruption do not grow with the number of runs.
        pending = {pool.submit(work, *each) for each in islice(waiting, 2 * n_jobs)}
        try:
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    pending |= {pool.submit(work, *each) for each in islice(waiting, 1)}
                    fit = future.result()
                    if fit is not None:
                        yield fit
        finally:
            stopped.set()


def _check(run: Run, state: NetworkState | None) -> None:
    """Refuse a run that cannot be trained as requested."""
    if run.setting.schedule.learning_rate_schedule == "adaptive":
        raise BadSetting(
            "learning_rate='adaptive' depends on early stopping, which networks of a surface do "
            "not use. Choose another learning_rate."
        )
    if state is not None and state.epoch > run.epochs:
        raise BadSetting(
            f"A network trained for {state.epoch} epochs cannot be continued to epoch "
            f"{run.epochs}. Request more epochs, or train it from scratch."
        )


def _train_run(
    problem: Problem,
    dataset: Dataset,
    run: Run,
    state: NetworkState | None,
    on_epoch: OnEpoch | None,
    keep_state: bool,
    stopped: Event,
) -> Fit | None:
    """Train one run to its end, from a copy of its state if it has one; None if stopped."""
    _check(run, state)
    began = time.perf_counter()
    rows = problem.rows[run.fold]
    setup = set_up(run.setting, dataset, rows.training)
    state = state.copy() if state else initial_state(setup.setting, run.key, dataset.X.dtype)
    n_epochs = run.epochs - state.epoch
    curves = np.full((len(CURVES), n_epochs), np.nan)
    # Where all folds share their blocks, a block may contain no row of this fold.
    rows_of_blocks = np.maximum(np.bincount(rows.blocks), 1)
    n_blocks = rows_of_blocks.size if rows.blocks.size and not run.record else 0
    recording = _Recording(run, rows.validation.size)
    out_of_fold = np.full((n_epochs, n_blocks), np.nan, np.float32)
    diverged = False
    for i in range(n_epochs):
        if stopped.is_set():
            return None
        descent_loss = train_one_epoch(setup, state)
        if run.record and state.epoch not in run.record:
            if not np.isfinite(descent_loss):
                diverged = True
                break
            continue
        training = _measure(setup, state.params, rows.measured, None).loss
        # A run that records is read row by row: it has no need of the user's score, which further
        # cuts, unlike the surface's folds, may leave undefined.
        measured = _measure(
            setup, state.params, rows.validation, None if run.record else problem.score,
            keep_outputs=bool(run.record),
        )  # fmt: skip
        validation, losses = measured.loss, measured.losses
        diverged = not (np.isfinite([descent_loss, training]).all() and np.isfinite(losses).all())
        if diverged:
            break
        summary = weigh(state.params[: setup.n_weights])
        scored = measured.score
        curves[:, i] = descent_loss, training, validation, scored, measured.accuracy, *summary
        recording.keep(state.epoch, losses, measured.outputs)
        if n_blocks:
            out_of_fold[i] = np.bincount(rows.blocks, losses) / rows_of_blocks
        if on_epoch and on_epoch(
            run, EpochEnd(state.epoch, descent_loss, training, validation, scored, state.params)
        ):
            break
    return Fit(
        run=run,
        **dict(zip(CURVES, curves, strict=True)),
        out_of_fold_loss=out_of_fold,
        diverged=diverged,
        wall_s=time.perf_counter() - began,
        recorded=None if diverged else recording.recorded,
        state=state if keep_state and not diverged else None,
    )


class _Recording:
    """Gathers what a run records, epoch by epoch."""

    def __init__(self, run: Run, n_rows: int) -> None:
        self._epochs = run.record
        self._losses = np.full((len(run.record), n_rows), np.nan)
        size = (len(run.record), n_rows, run.setting.network.n_outputs)
        self._outputs = np.full(size, np.nan, np.float32)

    def keep(self, epoch: int, losses: Float64, outputs: Floating) -> None:
        """Take in one epoch, if it is recorded."""
        if epoch in self._epochs:
            at = self._epochs.index(epoch)
            self._losses[at], self._outputs[at] = losses, outputs

    @property
    def recorded(self) -> Recorded | None:
        """All of it; None where nothing is recorded."""
        return Recorded(self._losses, self._outputs) if self._epochs else None


@dataclass(frozen=True)
class _Measured:
    """Figures of some rows in evaluation mode; outputs are empty where nobody wants them."""

    loss: float
    score: float
    accuracy: float
    losses: Float64
    outputs: Floating


def _measure(
    setup: TrainingSetup,
    params: Floating,
    rows: Int64,
    score: Score | None,
    *,
    keep_outputs: bool = False,
) -> _Measured:
    """Measure rows in evaluation mode."""
    if rows.size == 0:
        return _Measured(np.nan, np.nan, np.nan, np.empty(0), np.empty((0, 0)))
    keep_outputs = keep_outputs or score is not None
    losses, hits, outputs = evaluate(setup, params, rows, keep_outputs=keep_outputs)
    weights = None if setup.dataset.sample_weight is None else setup.dataset.sample_weight[rows]
    accuracy, mean = _average(hits, weights), _average(losses, weights)
    scored = score(rows, outputs) if score else accuracy
    return _Measured(mean, scored, accuracy, losses, outputs)


def _average(values: Float64, weights: Floating | None) -> float:
    """Average figures of rows; NaN where no row has any weight."""
    if weights is None:
        # np.average takes ten times as long, a tenth of a small epoch.
        return float(values.mean())
    return float(np.average(values, weights=weights)) if weights.any() else np.nan
