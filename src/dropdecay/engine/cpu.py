"""The CPU engine: a pool of threads, one nogil kernel call a network and epoch.

BLAS is held to one thread inside, so that networks, not products, share the cores and every
number is the same for any number of threads.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from threading import Event

import numpy as np
from threadpoolctl import threadpool_limits

from dropdecay.arrays import Float64, Floating, Int64, UInt32
from dropdecay.engine.buffers import initial_params, make_buffers, make_workspace, shape_of
from dropdecay.engine.densify import dataset_parts, dense_parts, mean_of_parts
from dropdecay.engine.protocol import (
    CURVES,
    Dataset,
    EpochEnd,
    Fit,
    OnEpoch,
    Problem,
    Rows,
    Run,
    Score,
)
from dropdecay.kernels.compiled import announce_compiling
from dropdecay.kernels.epoch import (
    Buffers,
    Shape,
    UpdateRule,
    Workspace,
    evaluate_losses,
    evaluate_rows,
    shuffle,
    train_epoch,
)
from dropdecay.kernels.losses import outputs_from_logits
from dropdecay.kernels.masks import threshold_of
from dropdecay.kernels.optimizers import Constants
from dropdecay.kernels.products import find_blas
from dropdecay.kernels.weight_summary import weigh
from dropdecay.parts import OPTIMIZERS
from dropdecay.settings import Network, Regularization, Schedule

NAME = "numba"
"""What stores call this engine."""

EVALUATION_ROWS = 128
"""Rows evaluated at a time, at least: enough for BLAS to run at full speed."""


def train(
    problem: Problem,
    runs: Sequence[Run],
    *,
    n_jobs: int = 1,
    on_epoch: OnEpoch | None = None,
    keep_params: bool = False,
) -> Iterator[Fit]:
    """Train ``runs`` on ``n_jobs`` threads; yield each fit as it is done, in any order.

    A run's numbers depend on nothing but the run: not on the number of threads, the other runs or
    their order. Closing the iterator ends the work within an epoch.
    """
    announce_compiling()
    stopped = Event()

    def work(run: Run, dataset: Dataset) -> Fit | None:
        return _train_run(problem, dataset, run, on_epoch, keep_params, stopped)

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(n_jobs) as pool:
        # Data are asked for here, in one thread, so that a fold is encoded while the runs of
        # the fold before are trained.
        waiting = ((run, problem.dataset_of(run.fold)) for run in runs)
        # Two runs a thread are enough to keep it busy; the rest stays unsubmitted, so that
        # memory and the wait after an interruption do not grow with the number of runs.
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


@dataclass(frozen=True)
class _RunInTraining:
    """One network on its way: what stays fixed while its epochs pass."""

    shape: Shape
    buffers: Buffers
    workspace: Workspace
    descent: UpdateRule
    thresholds: Int64
    dataset: Dataset
    weights: Floating
    rows: Rows
    run: Run


def _train_run(
    problem: Problem,
    dataset: Dataset,
    run: Run,
    on_epoch: OnEpoch | None,
    keep_params: bool,
    stopped: Event,
) -> Fit | None:
    """Train one run from its initial weights; None where the work was stopped."""
    began = time.perf_counter()
    rows = problem.rows[run.fold]
    trainee = _prepare(dataset, run, rows)
    curves = np.full((len(CURVES), run.epochs), np.nan)
    # A block may hold none of the fold's rows, where all folds share their blocks.
    rows_of_blocks = np.maximum(np.bincount(rows.blocks), 1)
    n_blocks = rows_of_blocks.size if rows.blocks.size else 0
    out_of_fold = np.full((run.epochs, n_blocks), np.nan, np.float32)
    diverged = False
    for epoch in range(1, run.epochs + 1):
        if stopped.is_set():
            return None
        descended = _train_one_epoch(trainee, epoch)
        training, _, _, _ = _measure(trainee, rows.measured, None)
        validation, scored, accuracy, losses = _measure(trainee, rows.validation, problem.score)
        diverged = not np.isfinite([descended, training]).all() or (
            losses.size > 0 and not np.isfinite(validation)
        )
        if diverged:
            break
        weighed = weigh(trainee.buffers.params[: trainee.shape.bias_starts[0]])
        curves[:, epoch - 1] = descended, training, validation, scored, accuracy, *weighed
        if losses.size:
            out_of_fold[epoch - 1] = np.bincount(rows.blocks, losses) / rows_of_blocks
        params = trainee.buffers.params
        if on_epoch and on_epoch(
            run, EpochEnd(epoch, descended, training, validation, scored, params)
        ):
            break
    return Fit(
        run=run,
        **dict(zip(CURVES, curves, strict=True)),
        out_of_fold_loss=out_of_fold,
        diverged=diverged,
        wall_s=time.perf_counter() - began,
        params=trainee.buffers.params if keep_params else None,
    )


def _prepare(dataset: Dataset, run: Run, rows: Rows) -> _RunInTraining:
    """Give a run its memory and its initial weights."""
    network = replace(run.setting.network, n_inputs=dataset.X.shape[1])
    regularization, schedule = run.setting.regularization, run.setting.schedule
    dtype = dataset.X.dtype
    room = max(EVALUATION_ROWS, min(schedule.batch_size, rows.training.size))
    params = initial_params(network, run.key, dtype)
    return _RunInTraining(
        shape=shape_of(network),
        buffers=make_buffers(params),
        workspace=make_workspace(network, room, dataset.y.shape[1], dtype),
        descent=update_rule_of(regularization, schedule),
        thresholds=thresholds_of(network, regularization),
        dataset=dataset,
        weights=np.empty(0, dtype) if dataset.weights is None else dataset.weights,
        rows=rows,
        run=run,
    )


def update_rule_of(regularization: Regularization, schedule: Schedule) -> UpdateRule:
    """Put optimizer and decay into the form of the kernels."""
    coupled = regularization.decay == "l2"
    return UpdateRule(
        optimizer=OPTIMIZERS[schedule.optimizer].code,
        constants=Constants(schedule.momentum, schedule.beta_1, schedule.beta_2, schedule.epsilon),
        l2=regularization.weight_decay if coupled else 0.0,
        weight_decay=0.0 if coupled else regularization.weight_decay,
        alpha=regularization.alpha,
        max_grad_norm=schedule.max_grad_norm or 0.0,
        max_norm=regularization.max_norm or 0.0,
    )


def thresholds_of(network: Network, regularization: Regularization) -> Int64:
    """Return the drop thresholds of the input and of each hidden layer."""
    hidden = regularization.hidden_rates(len(network.hidden_layer_sizes))
    rates = (regularization.input_dropout, *hidden)
    return np.array([threshold_of(rate) for rate in rates], np.int64)


def _train_one_epoch(trainee: _RunInTraining, epoch: int) -> float:
    """Take all steps of one epoch; return the mean loss in training mode."""
    run, rows, schedule = trainee.run, trainee.rows, trainee.run.setting.schedule
    n_steps = -(-rows.training.size // schedule.batch_size)
    return descend(
        trainee.dataset, trainee.shape, trainee.buffers, trainee.workspace, rows.training,
        schedule, trainee.thresholds, trainee.descent,
        np.full(n_steps, schedule.learning_rate), epoch, (epoch - 1) * n_steps + 1, run.key,
    )  # fmt: skip


def descend(
    dataset: Dataset,
    shape: Shape,
    buffers: Buffers,
    workspace: Workspace,
    rows: Int64,
    schedule: Schedule,
    thresholds: Int64,
    descent: UpdateRule,
    learning_rates: Float64,
    epoch: int,
    first_step: int,
    key: UInt32,
) -> float:
    """Take the steps of one epoch over ``rows``, shuffled; return the mean loss in training mode.

    ``learning_rates`` has one entry a step; ``epoch`` and ``first_step`` count from 1 over the
    whole training. Not a finite number: training diverged, and the epoch was not finished.
    """
    if schedule.shuffle:
        rows = rows.copy()
        shuffle(rows, epoch, key)
    size = schedule.batch_size
    losses: list[float] = []
    shares: list[float] = []
    for start, X, y, weights, taken in dataset_parts(dataset, rows, size):
        first = start // size
        loss = train_epoch(
            find_blas()[0], shape, buffers, workspace, X, y, weights, taken, size, thresholds,
            descent, learning_rates[first : first + -(-taken.size // size)], first_step + first,
            key,
        )  # fmt: skip
        losses.append(loss)
        shares.append(float(weights[taken].sum()) if weights.size else float(taken.size))
        if not np.isfinite(loss):
            break
    return mean_of_parts(losses, shares)


def judge(
    dataset: Dataset,
    shape: Shape,
    params: Floating,
    workspace: Workspace,
    rows: Int64,
    *,
    keep_outputs: bool,
) -> tuple[Float64, Float64, Floating]:
    """Return loss and hit of every row, and what the network says, in evaluation mode.

    Without ``keep_outputs`` the last is empty.
    """
    losses, hits = np.empty((2, rows.size))
    outputs = np.empty((rows.size, shape.sizes[-1]) if keep_outputs else (0, 0), dataset.X.dtype)
    for start, X, taken in dense_parts(dataset.X, rows, workspace.shares.size):
        part = slice(start, start + taken.size)
        evaluate_losses(
            find_blas()[0], shape, params, workspace, X, taken, dataset.y, rows[part],
            losses[part], hits[part], outputs[part],
        )  # fmt: skip
    return losses, hits, outputs


def _measure(
    trainee: _RunInTraining, rows: Int64, score: Score | None
) -> tuple[float, float, float, Float64]:
    """Return mean loss, score, accuracy and the loss of every row, in evaluation mode."""
    if rows.size == 0:
        return np.nan, np.nan, np.nan, np.empty(0)
    losses, hits, outputs = judge(
        trainee.dataset, trainee.shape, trainee.buffers.params, trainee.workspace, rows,
        keep_outputs=score is not None,
    )  # fmt: skip
    weights = trainee.weights[rows] if trainee.weights.size else None
    # np.average takes ten times as long where there are no weights: a tenth of a small epoch.
    accuracy = hits.mean() if weights is None else np.average(hits, weights=weights)
    mean = losses.mean() if weights is None else np.average(losses, weights=weights)
    scored = score(rows, outputs) if score else float(accuracy)
    return float(mean), scored, float(accuracy), losses


def predict(network: Network, params: Floating, X: Floating) -> Floating:
    """Compute what a network says about rows: probabilities or values, (n_rows, n_outputs)."""
    shape = shape_of(network)
    outputs = np.empty((X.shape[0], network.n_outputs), X.dtype)
    workspace = make_workspace(network, EVALUATION_ROWS, 1, X.dtype)
    rows = np.arange(X.shape[0])
    with threadpool_limits(1, "blas"):
        evaluate_rows(find_blas()[0], shape, params, workspace, X, rows, outputs)
    outputs_from_logits(shape.loss, outputs)
    return outputs
