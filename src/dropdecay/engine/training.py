"""Train and evaluate one network on the CPU, one epoch at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.engine.buffers import aligned_zeros, make_workspace, n_params, shape_of
from dropdecay.engine.densify import dataset_parts, mean_of_parts
from dropdecay.engine.embeddings import Embedded, embedded_of, no_embedding
from dropdecay.engine.machine import check_compiler
from dropdecay.engine.mixed_blocks import mixed_parts
from dropdecay.engine.mixing import mixing_of
from dropdecay.engine.protocol import Dataset, Run
from dropdecay.engine.state import NetworkState, State, initial_state
from dropdecay.engine.trainer import Evaluation
from dropdecay.errors import BadStore
from dropdecay.kernels.compiled import announce_compiling
from dropdecay.kernels.embeddings import Embedding
from dropdecay.kernels.epoch import batch_gradient, shuffle, train_epoch
from dropdecay.kernels.evaluation import evaluate_losses
from dropdecay.kernels.masks import threshold_of
from dropdecay.kernels.network import (
    Buffers,
    DenseData,
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
    embedded : Embedded or None
        Where categories are embedded; ``shape`` is then that of the network that is evaluated.
    embedding : Embedding
        The same for kernels.
    """

    setting: Setting
    dataset: Dataset
    rows: Int64
    shape: Shape
    update_rule: UpdateRule
    thresholds: Int64
    workspace: Workspace
    grads: Floating
    embedded: Embedded | None
    embedding: Embedding

    @property
    def n_weights(self) -> int:
        """Number of weights, which come before the biases."""
        return int(self.embedding.shape.bias_starts[0])

    @property
    def rows_at_once(self) -> int:
        """How many rows are evaluated at a time."""
        return int(self.workspace.shares.size)

    def evaluated(self, params: Floating) -> Floating:
        """Return the parameters of the network that is evaluated."""
        return params if self.embedded is None else self.embedded.multiplied_out(params)


def set_up(setting: Setting, dataset: Dataset, rows: Int64) -> TrainingSetup:
    """Prepare to train a network with this setting on these rows, and allocate its memory."""
    check_compiler()
    announce_compiling()
    network = replace(setting.layers, n_inputs=dataset.X.shape[1])
    schedule, dtype = setting.schedule, dataset.X.dtype
    room = max(EVALUATION_ROWS, min(schedule.batch_size, rows.size))
    shape, found = shape_of(network), embedded_of(network, dataset)
    n_trained = n_params(network) if found is None else found.n_params
    return TrainingSetup(
        setting=replace(setting, network=network),
        dataset=dataset,
        rows=rows,
        shape=shape,
        update_rule=update_rule_of(setting.regularization, schedule),
        thresholds=thresholds_of(network, setting.regularization),
        workspace=make_workspace(
            network,
            room,
            dataset.y.shape[1],
            dtype,
            connections=setting.regularization.dropconnect > 0.0,
        ),
        grads=aligned_zeros(n_trained, dtype),
        embedded=found,
        embedding=no_embedding(shape, dtype) if found is None else found.for_kernels(dtype),
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


class Epoch:
    """An epoch of a network under way; its rows come in parts."""

    def __init__(self, setup: TrainingSetup, state: NetworkState) -> None:
        self._setup, self._state = setup, state
        setting, n_rows = setup.setting, setup.rows.size
        self._size = size = setting.schedule.batch_size
        self._n_steps = -(-n_rows // size)
        self._rates = rates_of_epoch(
            setting.schedule, state.learning_rate, state.epoch, self._n_steps
        )
        state.average_if(setup.update_rule.weight_average > 0.0)
        self._buffers = Buffers(state.params, setup.grads, state.first, state.second, state.average)
        knobs = setting.regularization
        self._dropout = Dropout(
            setup.thresholds, state.key, float(knobs.input_noise), threshold_of(knobs.dropconnect)
        )
        self._mixing = mixing_of(
            knobs, state.key, state.epoch + 1, n_rows, size, setup.dataset.X.shape[1]
        )
        self._losses: list[float] = []
        self._weights: list[float] = []

    def parts(self) -> Iterator[tuple[int, DenseData, Int64]]:
        """Yield where each part of the rows starts, its data, and its rows in their order."""
        setup, state, rows, size = self._setup, self._state, self._setup.rows, self._size
        shuffled = setup.setting.schedule.shuffle
        if shuffled == BLOCKS:
            return mixed_parts(setup.dataset, rows, size, state.epoch + 1, state.key)
        if shuffled:
            rows = rows.copy()
            shuffle(rows, state.epoch + 1, state.key)
        return dataset_parts(setup.dataset, rows, size)

    @property
    def goes_on(self) -> bool:
        """Whether training has not diverged in it."""
        return not self._losses or bool(np.isfinite(self._losses[-1]))

    def take(self, start: int, data: DenseData, taken: Int64) -> None:
        """Take the steps of a part, updating the state."""
        size, mixing, weights = self._size, self._mixing, data.sample_weight
        first = start // size
        here = slice(first, first + -(-taken.size // size))
        loss = train_epoch(
            find_blas()[0], self._setup.shape, self._buffers, self._setup.workspace, data, taken,
            size, self._dropout, self._setup.update_rule, self._rates[here],
            self._state.steps + 1 + first,
            Mixing(mixing.kept[here], mixing.shares[here], mixing.offsets[here]),
            self._setup.embedding,
        )  # fmt: skip
        self._losses.append(loss)
        self._weights.append(float(weights[taken].sum()) if weights.size else float(taken.size))

    def end(self) -> float:
        """Return the mean loss in training mode, not finite if training diverged."""
        setup, state = self._setup, self._state
        state.steps += self._n_steps
        state.epoch += 1
        state.rows_seen += setup.rows.size
        last = float(self._rates[-1])
        state.learning_rate = rate_after_epoch(setup.setting.schedule, last, state.rows_seen)
        return mean_of_parts(self._losses, self._weights)


def train_one_epoch(setup: TrainingSetup, state: NetworkState) -> float:
    """Take all steps of an epoch, updating ``state``; return the mean loss in training mode.

    If the loss is not finite, training diverged and the epoch was not finished.
    """
    epoch = Epoch(setup, state)
    for part in epoch.parts():
        epoch.take(*part)
        if not epoch.goes_on:
            break
    return epoch.end()


class Measuring:
    """An evaluation of rows under way; they come in parts.

    Parameters
    ----------
    setup : TrainingSetup
    params : shape (n_params,)
    n_rows : int
    keep_outputs : bool
    """

    def __init__(
        self, setup: TrainingSetup, params: Floating, n_rows: int, *, keep_outputs: bool
    ) -> None:
        self._setup, self._params = setup, setup.evaluated(params)
        self._losses, self._hits = np.empty((2, n_rows))
        kept = (n_rows, setup.shape.sizes[-1]) if keep_outputs else (0, 0)
        self._outputs: Floating = np.empty(kept, setup.dataset.X.dtype)

    def take(self, start: int, data: DenseData, taken: Int64) -> None:
        """Evaluate a part."""
        part = slice(start, start + taken.size)
        evaluate_losses(
            find_blas()[0], self._setup.shape, self._params, self._setup.workspace, data, taken,
            self._losses[part], self._hits[part], self._outputs[part],
        )  # fmt: skip

    def end(self) -> tuple[Float64, Float64, Floating]:
        """Return the loss of every row, 1 where it is classified correctly, and outputs."""
        return self._losses, self._hits, self._outputs


def evaluate(
    setup: TrainingSetup, params: Floating, rows: Int64, *, keep_outputs: bool
) -> tuple[Float64, Float64, Floating]:
    """Return the loss of every row, 1 where it is classified correctly, and outputs.

    All are in evaluation mode. Without ``keep_outputs`` the last array is empty.
    """
    measuring = Measuring(setup, params, rows.size, keep_outputs=keep_outputs)
    for part in dataset_parts(setup.dataset, rows, setup.rows_at_once):
        measuring.take(*part)
    return measuring.end()


class CpuTrainer:
    """Trains a multilayer perceptron; see ``engine.trainer.Trainer``."""

    def __init__(self, run: Run, dataset: Dataset, rows: Int64, state: State | None = None) -> None:
        self._setup = set_up(run.setting, dataset, rows)
        if state is None:
            # A run from another process may have a read-only key: numba would compile all again.
            state = initial_state(
                self._setup.setting, run.key.copy(), dataset.X.dtype, self._setup.embedded
            )
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

    def begin_epoch(self) -> Epoch:
        """Return the next epoch, whose steps are up to the caller."""
        return Epoch(self._setup, self._state)

    def evaluate(self, rows: Int64, *, keep_outputs: bool) -> Evaluation:
        """Evaluate rows of the data set."""
        found = evaluate(self._setup, self._state.outcome, rows, keep_outputs=keep_outputs)
        return Evaluation(*found)

    @property
    def rows_at_once(self) -> int:
        """How many rows are evaluated at a time."""
        return self._setup.rows_at_once

    def begin_measuring(self, n_rows: int, *, keep_outputs: bool) -> Measuring:
        """Return an evaluation, whose rows are up to the caller."""
        return Measuring(self._setup, self._state.outcome, n_rows, keep_outputs=keep_outputs)

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
