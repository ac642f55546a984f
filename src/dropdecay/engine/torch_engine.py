"""The torch engine for multilayer perceptrons: stacks of networks, on a GPU or a processor."""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from dropdecay.arrays import Int64
from dropdecay.engine.embeddings import embedded_of
from dropdecay.engine.protocol import Dataset, Engine, Fit, Problem, Run
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.state import NetworkState, State, initial_state
from dropdecay.engine.torch_batches import move
from dropdecay.engine.torch_datasets import Latest, datasets_of, place_of
from dropdecay.engine.torch_dense import DensePart, DenseStack, stack_key
from dropdecay.engine.trainer import Part
from dropdecay.settings import BLOCKS, Setting

MOST = 512
"""Networks in a stack: more hardly pay, and take memory."""

MEASURED_BYTES = 2**30
"""So much is measured of rows at a time, where they lie on disk."""


def dense_engine(
    device: torch.device, n_threads: int, *, several_folds: bool | None = None
) -> Engine:
    """Return the engine of a device, which uses so many threads of the processor.

    Parameters
    ----------
    device : torch.device
    n_threads : int
    several_folds : bool, optional
        Whether folds and seeds are trained in one stack. Default: on a GPU, which few networks
        leave idle; on a processor it would only make the stack overflow its caches.
    """
    mixes = device.type != "cpu" if several_folds is None else several_folds

    def train(problem: Problem, runs: Sequence[Run], **options: Any) -> Iterator[Fit]:
        most = _most_measured(problem, runs) if runs and _in_blocks(runs[0]) else MOST
        engine = StackedEngine(
            _Stacks(device), _kind_of, most, _together if mixes else None,
            out_of_memory=(torch.OutOfMemoryError,),
        )  # fmt: skip
        with torch_threads(n_threads):
            yield from engine(problem, runs, **options)

    return train


class _Stacks:
    """Makes stacks, and keeps the latest data sets on the device."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._latest = device, Latest(move)

    def __call__(self, parts: Sequence[Part]) -> DenseStack:
        datasets = datasets_of(parts)
        own = [_part(each, place_of(each.dataset, datasets)) for each in parts]
        in_blocks = _in_blocks(parts[0].runs[0])
        return DenseStack(self._latest.of(datasets, self._device, in_blocks), own)


def _in_blocks(run: Run) -> bool:
    """Return whether the rows of a run lie on disk."""
    return run.setting.schedule.shuffle == BLOCKS


def _most_measured(problem: Problem, runs: Sequence[Run]) -> int:
    """Return how many networks a stack has, so that what is measured of all rows fits into memory.

    Losses and hits of each row are kept for all networks.
    """
    of_folds = [problem.rows[fold] for fold in {run.fold for run in runs}]
    n_rows = max(max(each.validation.size, each.measured.size) for each in of_folds)
    return min(MOST, max(1, MEASURED_BYTES // (16 * n_rows)))


def _part(part: Part, place: int) -> DensePart:
    settings = [_of_data(run.setting, part.dataset) for run in part.runs]
    states = [
        _own_state(setting, run, part.dataset, state)
        for setting, run, state in zip(settings, part.runs, part.states, strict=True)
    ]
    return DensePart(settings, place, part.rows, states)


def _together(run: Run, dataset: Dataset, rows: Int64) -> Hashable:
    """Return what folds and seeds have in common whose steps can be taken as one."""
    alone = dataset.sample_weight is not None or not isinstance(dataset.X, np.ndarray)
    if alone or _in_blocks(run):
        return run.fold, run.seed, run.key.tobytes()  # not every batch is there for every network
    categories = dataset.categories if run.setting.layers.category_embeddings else ()
    return dataset.X.shape[1], rows.size, categories


@contextmanager
def torch_threads(number: int) -> Iterator[None]:
    """Let torch use so many threads of the processor for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _kind_of(run: Run) -> Hashable:
    key: Hashable = stack_key(run.setting)
    return key


def _of_data(setting: Setting, dataset: Dataset) -> Setting:
    """Return a setting with the number of inputs filled in."""
    return replace(setting, network=replace(setting.layers, n_inputs=dataset.X.shape[1]))


def _own_state(setting: Setting, run: Run, dataset: Dataset, state: State | None) -> NetworkState:
    if state is None:
        embedded = embedded_of(setting.layers, dataset)
        return initial_state(setting, run.key, dataset.X.dtype, embedded)
    assert isinstance(state, NetworkState)  # only such runs reach this engine
    return state
