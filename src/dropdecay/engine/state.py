"""One network, an epoch at a time, for whoever watches each of them; rows dense or sparse.

Beside ``cpu.train``, which trains many runs to their end, this can begin from any parameters, stop
and go on later.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dropdecay.arrays import AnyArray, Float64, Floating, Int64, UInt32
from dropdecay.engine.buffers import make_workspace, shape_of
from dropdecay.engine.cpu import EVALUATION_ROWS, descend, judge, thresholds_of, update_rule_of
from dropdecay.engine.densify import dataset_parts, dense_parts
from dropdecay.engine.protocol import Dataset
from dropdecay.kernels.compiled import announce_compiling
from dropdecay.kernels.epoch import (
    Buffers,
    Shape,
    Workspace,
    batch_gradient,
    evaluate_rows,
    gather,
    layer_units,
    sample_rows,
)
from dropdecay.kernels.losses import outputs_from_logits
from dropdecay.kernels.products import find_blas
from dropdecay.settings import Network, Regularization, Schedule


@dataclass
class OptimizerState:
    """What training carries from one epoch to the next, besides the parameters.

    Parameters
    ----------
    key : shape (2,), uint32
        Philox key of shuffling and masks.
    first, second : shape (n_params,)
        Moments of the optimizer.
    learning_rate : float
        That of the last step.
    steps, epochs : int
        Taken so far.
    """

    key: UInt32
    first: Floating
    second: Floating
    learning_rate: float
    steps: int = 0
    epochs: int = 0


@dataclass(frozen=True)
class NetworkState:
    """One network in training, and what stays fixed while its epochs pass."""

    network: Network
    shape: Shape
    buffers: Buffers
    workspace: Workspace
    dataset: Dataset
    regularization: Regularization
    schedule: Schedule
    progress: OptimizerState


def begin(
    network: Network,
    params: Floating,
    dataset: Dataset,
    regularization: Regularization,
    schedule: Schedule,
    progress: OptimizerState,
) -> NetworkState:
    """Give a network its memory; ``params`` and ``progress`` are updated in place from now on."""
    announce_compiling()
    room = max(EVALUATION_ROWS, schedule.batch_size)
    workspace = make_workspace(network, room, dataset.y.shape[1], params.dtype)
    buffers = Buffers(params, np.zeros_like(params), progress.first, progress.second)
    return NetworkState(
        network, shape_of(network), buffers, workspace, dataset, regularization, schedule, progress
    )


def train_one_epoch(training: NetworkState, rows: Int64, learning_rates: Float64) -> float:
    """Take all steps of one epoch; return the mean loss in training mode.

    Not a finite number: training diverged, and the epoch was not finished.
    """
    progress = training.progress
    loss = descend(
        training.dataset, training.shape, training.buffers, training.workspace, rows,
        training.schedule, thresholds_of(training.network, training.regularization),
        update_rule_of(training.regularization, training.schedule), learning_rates,
        progress.epochs + 1, progress.steps + 1, progress.key,
    )  # fmt: skip
    progress.steps += learning_rates.size
    progress.epochs += 1
    progress.learning_rate = float(learning_rates[-1])
    return loss


def measure_rows_of(training: NetworkState, rows: Int64) -> tuple[Float64, Float64, Floating]:
    """Return loss and hit of every row, and what the network says, in evaluation mode."""
    params, workspace = training.buffers.params, training.workspace
    return judge(training.dataset, training.shape, params, workspace, rows, keep_outputs=True)


def logits_of(network: Network, params: Floating, X: Any, rows: Int64) -> Floating:
    """Compute the logits of rows in evaluation mode, (n_rows, n_outputs)."""
    logits = np.empty((rows.size, network.n_outputs), X.dtype)
    workspace = make_workspace(network, EVALUATION_ROWS, 1, X.dtype)
    for start, part, taken in dense_parts(X, rows, EVALUATION_ROWS):
        into = logits[start : start + taken.size]
        evaluate_rows(find_blas()[0], shape_of(network), params, workspace, part, taken, into)
    return logits


def sampled_outputs(
    network: Network,
    params: Floating,
    X: Any,
    regularization: Regularization,
    key: UInt32,
    n_samples: int,
) -> Iterator[Floating]:
    """Yield what the network says about rows under ``n_samples`` draws of its masks."""
    thresholds, rows = thresholds_of(network, regularization), np.arange(X.shape[0])
    workspace = make_workspace(network, EVALUATION_ROWS, 1, X.dtype)
    n_batches = -(-rows.size // EVALUATION_ROWS)
    for sample in range(n_samples):
        logits = np.empty((rows.size, network.n_outputs), X.dtype)
        for start, part, taken in dense_parts(X, rows, EVALUATION_ROWS):
            sample_rows(
                find_blas()[0], shape_of(network), params, workspace, part, taken, thresholds,
                1 + sample * n_batches + start // EVALUATION_ROWS, key,
                logits[start : start + taken.size],
            )  # fmt: skip
        outputs_from_logits(shape_of(network).loss, logits)
        yield logits


def mean_loss_and_gradient(
    training: NetworkState, rows: Int64, params: Floating
) -> tuple[float, AnyArray]:
    """Return the weighted mean of the measured loss over ``rows``, and the descended gradient."""
    dataset, workspace = training.dataset, training.workspace
    total = rows.size if dataset.weights is None else float(dataset.weights[rows].sum())
    buffers = training.buffers._replace(params=np.ascontiguousarray(params))
    thresholds = np.zeros(len(training.network.sizes) - 1, np.int64)
    loss, gradient, room = 0.0, np.zeros_like(buffers.params), workspace.shares.size
    for _, X, y, weights, part in dataset_parts(dataset, rows, room):
        for start in range(0, part.size, room):
            taken = part[start : start + room]
            gather(X, taken, layer_units(training.shape, workspace.activations, 0, taken.size))
            gather(y, taken, workspace.targets)
            workspace.shares[: taken.size] = (weights[taken] if weights.size else 1.0) / total
            loss += batch_gradient(
                find_blas()[0], training.shape, buffers, workspace, taken.size, thresholds, 1,
                training.progress.key,
            )  # fmt: skip
            gradient += buffers.grads
    return loss, gradient
