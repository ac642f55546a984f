"""Train and evaluate one network on the CPU, one epoch at a time."""

from dataclasses import dataclass, replace

import numpy as np

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.engine.buffers import aligned_zeros, make_workspace, n_params, shape_of
from dropdecay.engine.densify import dataset_parts, mean_of_parts
from dropdecay.engine.machine import check_compiler
from dropdecay.engine.mixed_blocks import mixed_parts
from dropdecay.engine.mixing import mixing_of
from dropdecay.engine.protocol import Dataset, Run
from dropdecay.engine.state import NetworkState, State, initial_state
from dropdecay.engine.trainer import Evaluation
from dropdecay.errors import BadStore
from dropdecay.kernels.compiled import announce_compiling
from dropdecay.kernels.epoch import batch_gradient, shuffle, train_epoch
from dropdecay.kernels.evaluation import evaluate_losses
from dropdecay.kernels.masks import threshold_of
from dropdecay.kernels.network import (
    Buffers,
    Dropout,
    Mixing,
    Shape,
    UpdateRule,
    Workspace,
    gather,
    layer_units,
)
from dropdecay.kernels.optimizers import Constants
from dropdecay.kernels.products import find_blas
from dropdecay.kernels.weight_summary import weigh
from dropdecay.parts import OPTIMIZERS
from dropdecay.schedules import rate_after_epoch, rates_of_epoch
from dropdecay.settings import BLOCKS, Network, Regularization, Schedule, Setting

EVALUATION_ROWS = 128
"""Minimum number of rows to evaluate at a time: enough for BLAS to run at full speed."""


@dataclass(frozen=True)
class TrainingSetup:
    """What all epochs of a network share; for one thread at a time.

    Parameters
    ----------
    setting : Setting
        With the number of inputs filled in.
    dataset : Dataset
    rows : shape (n_rows,), int64
        The training rows, in the order used without shuffling.
    thresholds : shape (n_layers,), int64
        Dropout thresholds of the input and of each hidden layer.
    grads : shape (n_params,)
        Scratch memory, like ``workspace``.
    """

    setting: Setting
    dataset: Dataset
    rows: Int64
    shape: Shape
    update_rule: UpdateRule
    thresholds: Int64
    workspace: Workspace
    grads: Floating

    @property
    def n_weights(self) -> int:
        """Number of weights, which come before the biases."""
        return int(self.shape.bias_starts[0])


def set_up(setting: Setting, dataset: Dataset, rows: Int64) -> TrainingSetup:
    """Prepare to train a network with this setting on these rows, and allocate its memory."""
    check_compiler()
    announce_compiling()
    network = replace(setting.layers, n_inputs=dataset.X.shape[1])
    schedule, dtype = setting.schedule, dataset.X.dtype
    room = max(EVALUATION_ROWS, min(schedule.batch_size, rows.size))
    return TrainingSetup(
        setting=replace(setting, network=network),
        dataset=dataset,
        rows=rows,
        shape=shape_of(network),
        update_rule=update_rule_of(setting.regularization, schedule),
        thresholds=thresholds_of(network, setting.regularization),
        workspace=make_workspace(
            network,
            room,
            dataset.y.shape[1],
            dtype,
            connections=setting.regularization.dropconnect > 0.0,
        ),
        grads=aligned_zeros(n_params(network), dtype),
    )


def update_rule_of(regularization: Regularization, schedule: Schedule) -> UpdateRule:
    """Return optimizer, decay and norm limits in the form that kernels take."""
    coupled = regularization.decay == "l2"
    return UpdateRule(
        optimizer=OPTIMIZERS[schedule.optimizer].code,
        constants=Constants(schedule.momentum, schedule.beta_1, schedule.beta_2, schedule.epsilon),
        l2=regularization.weight_decay if coupled else 0.0,
        weight_decay=0.0 if coupled else regularization.weight_decay,
        alpha=regularization.alpha,
        max_grad_norm=schedule.max_grad_norm or 0.0,
        max_norm=regularization.max_norm or 0.0,
        cautious=regularization.decay == "cautious",
        weight_average=float(regularization.weight_average),
        l1=float(regularization.l1),  # of an int, numba would compile all again
    )


def thresholds_of(network: Network, regularization: Regularization) -> Int64:
    """Return the dropout thresholds of the input and of each hidden layer."""
    hidden = regularization.hidden_rates(network.n_hidden)
    rates = (regularization.input_dropout, *hidden)
    return np.array([threshold_of(rate) for rate in rates], np.int64)


def train_one_epoch(setup: TrainingSetup, state: NetworkState) -> float:
    """Take all steps of an epoch, updating ``state``; return the mean loss in training mode.

    If the loss is not finite, training diverged and the epoch was not finished.
    """
    schedule, rows, size = setup.setting.schedule, setup.rows, setup.setting.schedule.batch_size
    n_steps = -(-rows.size // size)
    rates = rates_of_epoch(schedule, state.learning_rate, state.epoch, n_steps)
    if schedule.shuffle == BLOCKS:
        parts = mixed_parts(setup.dataset, rows, size, state.epoch + 1, state.key)
    else:
        if schedule.shuffle:
            rows = rows.copy()
            shuffle(rows, state.epoch + 1, state.key)
        parts = dataset_parts(setup.dataset, rows, size)
    state.average_if(setup.update_rule.weight_average > 0.0)
    buffers = Buffers(state.params, setup.grads, state.first, state.second, state.average)
    knobs = setup.setting.regularization
    dropout = Dropout(
        setup.thresholds, state.key, float(knobs.input_noise), threshold_of(knobs.dropconnect)
    )
    mixing = mixing_of(knobs, state.key, state.epoch + 1, rows.size, size, setup.dataset.X.shape[1])
    losses: list[float] = []
    total_weights: list[float] = []
    for start, data, taken in parts:
        first, weights = start // size, data.sample_weight
        here = slice(first, first + -(-taken.size // size))
        loss = train_epoch(
            find_blas()[0], setup.shape, buffers, setup.workspace, data, taken, size, dropout,
            setup.update_rule, rates[here], state.steps + 1 + first,
            Mixing(mixing.kept[here], mixing.shares[here], mixing.offsets[here]),
        )  # fmt: skip
        losses.append(loss)
        total_weights.append(float(weights[taken].sum()) if weights.size else float(taken.size))
        if not np.isfinite(loss):
            break
    state.steps += n_steps
    state.epoch += 1
    state.rows_seen += rows.size
    state.learning_rate = rate_after_epoch(schedule, float(rates[-1]), state.rows_seen)
    return mean_of_parts(losses, total_weights)


def evaluate(
    setup: TrainingSetup, params: Floating, rows: Int64, *, keep_outputs: bool
) -> tuple[Float64, Float64, Floating]:
    """Return the loss of every row, 1 where it is classified correctly, and outputs.

    All are in evaluation mode. Without ``keep_outputs`` the last array is empty.
    """
    losses, hits = np.empty((2, rows.size))
    shape, workspace, dtype = setup.shape, setup.workspace, setup.dataset.X.dtype
    outputs = np.empty((rows.size, shape.sizes[-1]) if keep_outputs else (0, 0), dtype)
    for start, data, taken in dataset_parts(setup.dataset, rows, workspace.shares.size):
        part = slice(start, start + taken.size)
        evaluate_losses(
            find_blas()[0], shape, params, workspace, data, taken,
            losses[part], hits[part], outputs[part],
        )  # fmt: skip
    return losses, hits, outputs


class CpuTrainer:
    """Trains a multilayer perceptron; see ``engine.trainer.Trainer``."""

    def __init__(self, run: Run, dataset: Dataset, rows: Int64, state: State | None = None) -> None:
        self._setup = set_up(run.setting, dataset, rows)
        if state is None:
            # A run from another process may have a read-only key: numba would compile all again.
            state = initial_state(self._setup.setting, run.key.copy(), dataset.X.dtype)
        assert isinstance(state, NetworkState)  # only such runs reach this engine
        arrays = [state.params, state.first, state.second]
        arrays += [state.average] if state.average.size else []
        grads = self._setup.grads
        if any(each.shape != grads.shape or each.dtype != grads.dtype for each in arrays):
            # Kernels check no bounds.
            raise BadStore(
                "The state of a network in the store is not of its size. Remove the store and "
                "start again."
            )
        self._state = state

    @property
    def epoch(self) -> int:
        """Epochs finished."""
        return self._state.epoch

    def state(self) -> NetworkState:
        """Return what training continues from, not a copy."""
        return self._state

    def train_one_epoch(self) -> float:
        """Take all steps of an epoch."""
        return train_one_epoch(self._setup, self._state)

    def evaluate(self, rows: Int64, *, keep_outputs: bool) -> Evaluation:
        """Evaluate rows of the data set."""
        found = evaluate(self._setup, self._state.outcome, rows, keep_outputs=keep_outputs)
        return Evaluation(*found)

    def weigh(self) -> tuple[float, float]:
        """Return the norm of all weights, and the share of them that is nearly zero."""
        norm, share = weigh(self._state.outcome[: self._setup.n_weights])
        return norm, share


def mean_loss_and_gradient(setup: TrainingSetup, params: Floating) -> tuple[float, AnyArray]:
    """Return the weighted mean evaluation loss over all training rows, and a gradient.

    The gradient is that of the training loss, without dropout and penalty.
    """
    dataset, workspace, shape = setup.dataset, setup.workspace, setup.shape
    weights = dataset.sample_weight
    total = setup.rows.size if weights is None else float(weights[setup.rows].sum())
    params = np.ascontiguousarray(params)
    # Neither moments nor an average are needed, since no step is taken.
    buffers = Buffers(params, setup.grads, *(setup.grads[:0],) * 3)
    nothing = Dropout(np.zeros_like(setup.thresholds), np.zeros(2, np.uint32))
    loss, gradient, room = 0.0, np.zeros_like(params), workspace.shares.size
    for _, data, part in dataset_parts(dataset, setup.rows, room):
        sample_weight = data.sample_weight
        for start in range(0, part.size, room):
            taken = part[start : start + room]
            gather(data.inputs, taken, layer_units(shape, workspace.activations, 0, taken.size))
            gather(data.targets, taken, workspace.targets)
            each = sample_weight[taken] if sample_weight.size else 1.0
            workspace.shares[: taken.size] = each / total
            loss += batch_gradient(
                find_blas()[0], shape, buffers, workspace, taken.size, nothing, 1, 1.0
            )
            gradient += setup.grads
    return loss, gradient
