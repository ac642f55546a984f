"""Train networks of one shape as a stack on any device of torch, one epoch at a time.

The networks of a stack share rows, batches and dropout decisions, as all points of a fold and seed
do. A step is a few operations on tensors whose first axis is the networks.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from dropdecay.arrays import Float64, Floating, Int64
from dropdecay.engine.buffers import aligned_copy
from dropdecay.engine.densify import dense_parts
from dropdecay.engine.embeddings import embedded_of
from dropdecay.engine.mixed_blocks import order_of_epoch
from dropdecay.engine.state import ARRAYS, NetworkState
from dropdecay.engine.torch_batches import Batches, DeviceData, Table, tables_of_epoch
from dropdecay.engine.torch_embeddings import Product, multiplied_out
from dropdecay.engine.torch_graphs import Repeated
from dropdecay.engine.torch_mixing import PairMixing
from dropdecay.engine.torch_optimizers import Optimizer
from dropdecay.engine.torch_passes import (
    Company,
    Passes,
    Stack,
    connections_of,
    lined_up,
    logits_of,
    noise_of,
    rates_of,
    smoothing_of,
)
from dropdecay.engine.training import EVALUATION_ROWS
from dropdecay.kernels.epoch import shuffle
from dropdecay.kernels.weight_summary import NEAR_ZERO
from dropdecay.schedules import rate_after_epoch, rates_of_epoch
from dropdecay.settings import BLOCKS, Setting

GPU_EVALUATION_ROWS = 4096
"""Rows to evaluate at a time on a GPU, which small batches leave idle."""


def stack_key(setting: Setting) -> Hashable:
    """Return what networks must have in common to be trained as one stack.

    They may differ in regularization and label smoothing, and in nothing else.
    """
    return replace(setting.layers, n_inputs=None, label_smoothing=0.0), setting.schedule


@dataclass(frozen=True)
class DensePart:
    """Networks of one fold and seed.

    Parameters
    ----------
    settings : sequence of Setting
    dataset : int
        The place of their data set.
    rows : shape (n_rows,), int64
        The training rows, in the order used without shuffling; in every part as many.
    states : sequence of NetworkState
        One for each setting, with equal keys. They are copied.
    """

    settings: Sequence[Setting]
    dataset: int
    rows: Int64
    states: Sequence[NetworkState]


class DenseStack:
    """Networks that train together.

    One that diverges fills with NaN and leaves the others as they are.

    Parameters
    ----------
    data : DeviceData
    parts : sequence of DensePart
        Their settings have equal ``stack_key``, their states equal epochs.
    """

    def __init__(self, data: DeviceData, parts: Sequence[DensePart]) -> None:
        settings = [setting for part in parts for setting in part.settings]
        states = [state for part in parts for state in part.states]
        self._data, self._parts, self._schedule = data, parts, settings[0].schedule
        self._states = [replace(state) for state in states]  # their parameters are on the device
        stops = np.cumsum([0, *(len(part.settings) for part in parts)])
        self._places = [slice(start, stop) for start, stop in pairwise(stops.tolist())]
        dataset = data.datasets[parts[0].dataset]
        network = settings[0].layers.of_inputs(dataset.X.shape[1])
        self._embedded = embedded_of(settings[0].layers, dataset)
        self._params, self._first, self._second = (
            _table([getattr(state, name) for state in states], data.device)
            for name in ("params", "first", "second")
        )
        averages = any(each.regularization.weight_average for each in settings)
        self._average = (
            _table([state.outcome for state in states], data.device) if averages else None
        )
        part_of = np.repeat(np.arange(len(parts)), np.diff(stops))
        self._company = Company(
            [part.states[0].key for part in parts], torch.from_numpy(part_of).to(data.device)
        )
        self._product, used, grads = None, self._params, torch.zeros_like(self._params)
        if self._embedded is not None:
            self._product = Product(self._embedded, self._params)
            used = self._product.params
        self._stack = Stack(
            network, used, grads if self._product is None else torch.zeros_like(used),
            rates_of(settings, used), smoothing_of(settings, used), self._company,
            noise_of(settings, used), connections_of(settings, self._company, network, used),
        )  # fmt: skip
        self._grads = grads
        self._batches = Batches(
            data, [part.dataset for part in parts], parts[0].rows.size, self._schedule.batch_size
        )
        mixes = any(each.regularization.mixes for each in settings)
        self._mixing = None if not mixes else PairMixing(
            [part.settings for part in parts], self._company.keys, self._batches.n_rows,
            self._batches.size, dataset.X.shape[1], self._params,
        )  # fmt: skip
        self._optimizer = Optimizer(
            settings, network if self._embedded is None else self._embedded.inner, self._params,
            grads, self._first, self._second, self._average, self._batches.n_batches,
        )  # fmt: skip
        self._losses = torch.zeros(len(states), dtype=torch.float64, device=data.device)
        self._batch = torch.zeros(1, dtype=torch.int64, device=data.device)
        self._first_step = torch.zeros_like(self._batch)
        self._step_of: dict[int, tuple[Repeated, Passes]] = {}

    def train_one_epoch(self) -> Float64:
        """Take all steps of an epoch; return the mean loss of each network in training mode.

        It is NaN for networks that diverged.
        """
        now, schedule, batches = self._states[0], self._schedule, self._batches
        rates = rates_of_epoch(schedule, now.learning_rate, now.epoch, batches.n_batches)
        rows_by_part, tables = self._order_of_epoch(now.epoch + 1)
        batches.send(rows_by_part)
        self._optimizer.send(rates, batches.weights, now.steps + 1)
        if self._mixing is not None:
            self._mixing.send(now.epoch + 1)
        self._first_step.fill_(now.steps + 1)
        self._losses.zero_()
        for number, size in batches.in_turn(tables):
            self._batch.fill_(number)
            if size not in self._step_of:
                self._step_of[size] = Repeated(self._data.device), Passes(self._stack, size)
            repeated, passes = self._step_of[size]
            repeated(partial(self._step, passes, size))
        for state in self._states:
            state.steps += batches.n_batches
            state.epoch += 1
            state.rows_seen += batches.n_rows
            state.learning_rate = rate_after_epoch(schedule, float(rates[-1]), state.rows_seen)
        total = float(batches.weights.sum())
        losses: Float64 = self._losses.cpu().numpy() / (total or 1.0)
        return np.where(np.isfinite(losses), losses, np.nan)

    def _order_of_epoch(self, epoch: int) -> tuple[list[Int64], Iterator[Table]]:
        """Return the rows of each part in their order, and the tables of the first one's."""
        size, shuffled = self._schedule.batch_size, self._schedule.shuffle
        keys, dataset = self._company.keys, self._data.datasets[self._batches.dataset_of[0]]
        if shuffled == BLOCKS:
            (part,), (key,) = self._parts, keys
            order = order_of_epoch(dataset, part.rows, size, epoch, key)
            return [order], tables_of_epoch(dataset, part.rows, size, epoch, key)
        rows_by_part = [part.rows.copy() for part in self._parts]
        if shuffled:
            for rows, key in zip(rows_by_part, keys, strict=True):
                shuffle(rows, epoch, key)
        return rows_by_part, dense_parts(dataset.X, rows_by_part[0], self._batches.size)

    def _step(self, passes: Passes, size: int) -> None:
        """Take a step with the batch of this size whose number is in ``_batch``."""
        batch = self._batches.read(self._batch, size)
        pairs = None if self._mixing is None else self._mixing.read(self._batch, size)
        step = self._first_step + self._batch
        if self._product is not None:
            self._product.multiply_out()
        losses = passes.gradient(batch.x, batch.y, batch.shares, step, pairs)
        if self._product is not None:
            self._product.pull_back(self._stack.grads, self._grads)
        self._losses.add_(losses * self._company.spread(batch.weight))
        self._optimizer.step(self._batch)

    def evaluate(
        self, rows: Int64, *, keep_outputs: bool, part: int = 0
    ) -> tuple[Float64, Float64, Floating]:
        """Return the loss of every row, 1 where it is classified correctly, and outputs.

        All are in evaluation mode, with the networks of a part as first axis. Without
        ``keep_outputs`` the last array is (K, 0, 0).
        """
        loss, network, device = self._stack.loss, self._stack.network, self._data.device
        params = self._outcome[self._places[part]]
        if self._embedded is not None:
            params = multiplied_out(self._embedded, params)
        lost, hit = torch.empty((2, len(params), rows.size), dtype=torch.float64, device=device)
        kept = (rows.size, network.n_outputs) if keep_outputs else (0, 0)
        outputs = params.new_empty(len(params), *kept)
        room = GPU_EVALUATION_ROWS if device.type == "cuda" else EVALUATION_ROWS
        dataset = self._parts[part].dataset
        for start, X, taken, y in self._data.parts(rows, room, dataset):
            for first in range(0, len(taken), room):
                here = slice(start + first, start + first + room)
                targets = y[first : first + room]
                taken_here = X.index_select(0, taken[first : first + room])
                logits = logits_of(network, params, taken_here)
                hit[:, here] = loss.hits(logits, targets)
                lost[:, here], said = loss.measure(
                    logits, loss.targets(targets, network.n_outputs, None)
                )
                if keep_outputs:
                    outputs[:, here] = said
        return lost.cpu().numpy(), hit.cpu().numpy(), outputs.cpu().numpy()

    def weigh(self) -> Float64:
        """Return the L2 norm of each network's weights and the share of them near zero, (K, 2).

        See ``kernels.weight_summary``.
        """
        weights = self._outcome[:, : self._optimizer.weights.shape[1]]
        norms = torch.linalg.vector_norm(weights, dim=1, dtype=torch.float64)
        near = (weights.abs() < NEAR_ZERO).to(torch.float64).mean(1)
        summary: Float64 = torch.stack((norms, near), dim=1).cpu().numpy()
        return summary

    def states(self) -> list[NetworkState]:
        """Return copies of the states of all networks.

        Training continues from them bit for bit on the same device and in the same company.
        """
        size = self._states[0].params.size
        tables = (self._params, self._first, self._second, self._outcome)
        flat = [each[:, :size].cpu().numpy() for each in tables]
        states = []
        for state, *arrays in zip(self._states, *flat, strict=True):
            arrays[-1] = arrays[-1][: state.average.size]  # which may be none
            named: dict[str, Any] = dict(zip(ARRAYS, map(aligned_copy, arrays), strict=True))
            states.append(replace(state, **named, key=state.key.copy()))
        return states

    @property
    def _outcome(self) -> torch.Tensor:
        """The parameters that are evaluated; those of networks without an average are their own."""
        return self._params if self._average is None else self._average


def _table(vectors: Sequence[Floating], device: torch.device) -> torch.Tensor:
    """Copy vectors into the rows of a table, each of them lined up."""
    size = vectors[0].size
    padded = np.pad(np.stack(vectors), ((0, 0), (0, lined_up(size) - size)))
    return torch.from_numpy(padded).to(device, copy=True)  # torch aligns its own memory
