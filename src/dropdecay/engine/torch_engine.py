"""The torch engine for multilayer perceptrons: stacks of networks, on a GPU or a processor."""

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch

from dropdecay.arrays import Int64
from dropdecay.engine.protocol import Dataset, Engine, Fit, Problem, Run
from dropdecay.engine.stacked import StackedEngine
from dropdecay.engine.state import NetworkState, State, initial_state
from dropdecay.engine.torch_batches import DeviceData, move
from dropdecay.engine.torch_dense import DenseStack, stack_key
from dropdecay.settings import Setting

MOST = 512
"""Networks in a stack: more hardly pay, and take memory."""


def dense_engine(device: torch.device, n_threads: int) -> Engine:
    """Return the engine of a device, which uses so many threads of the processor."""

    def train(problem: Problem, runs: Sequence[Run], **options: Any) -> Iterator[Fit]:
        engine = StackedEngine(_Stacks(device), _kind_of, MOST)
        with torch_threads(n_threads):
            yield from engine(problem, runs, **options)

    return train


class _Stacks:
    """Makes stacks, and keeps the latest data set on the device."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._latest: DeviceData | None = None

    def __call__(
        self, runs: Sequence[Run], dataset: Dataset, rows: Int64, states: Sequence[State | None]
    ) -> DenseStack:
        if self._latest is None or self._latest.dataset is not dataset:
            self._latest = None  # its memory is given back first
            self._latest = move(dataset, self._device)
        settings = [_of_data(run.setting, dataset) for run in runs]
        own = [
            _own_state(setting, run, dataset, state)
            for setting, run, state in zip(settings, runs, states, strict=True)
        ]
        return DenseStack(settings, self._latest, rows, own)


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
        return initial_state(setting, run.key, dataset.X.dtype)
    assert isinstance(state, NetworkState)  # only such runs reach this engine
    return state
