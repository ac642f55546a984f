"""The state of a network that training carries from one epoch to the next."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from dropdecay.arrays import AnyArray, Floating, UInt32
from dropdecay.engine.buffers import aligned_copy, aligned_zeros, initial_params
from dropdecay.engine.embeddings import Embedded
from dropdecay.settings import Setting

ARRAYS = ("params", "first", "second", "average")
"""The arrays of a network's state; of the last there may be none."""


@dataclass
class NetworkState:
    """A network between two epochs, updated in place by each epoch.

    With the same setting and rows, training continues from a copy or an unpickled state bit for
    bit as if it had never paused.

    Parameters
    ----------
    params : shape (n_params,)
        Weights, then biases, then the values of embeddings.
    first, second : shape (n_params,)
        Moments of the optimizer.
    average : shape (n_params,), or (0,)
        Of the parameters over the steps so far; empty where there is none.
    key : shape (2,), uint32
        Philox key for shuffling and masks.
    learning_rate : float
        For schedules that change it between epochs, the rate of the next step; for others, that of
        the last step.
    steps, epoch, rows_seen : int
        Steps taken, epochs finished and rows trained on so far.
    """

    params: Floating
    first: Floating
    second: Floating
    average: Floating
    key: UInt32
    learning_rate: float
    steps: int = 0
    epoch: int = 0
    rows_seen: int = 0

    def copy(self) -> "NetworkState":
        """Return a copy that shares no memory with this state."""
        named: dict[str, Any] = {name: aligned_copy(getattr(self, name)) for name in ARRAYS}
        return replace(self, **named, key=self.key.copy())

    @property
    def outcome(self) -> Floating:
        """The parameters that are evaluated and kept: the average, if there is one."""
        return self.average if self.average.size else self.params

    def average_if(self, wanted: bool) -> None:
        """Begin an average here, or end it, where a setting has changed."""
        if wanted != bool(self.average.size):
            self.average = aligned_copy(self.params if wanted else self.params[:0])

    def go_on_from(self, params: Floating) -> None:
        """Go on from a copy of ``outcome``, or from other parameters that take its place."""
        if not self.average.size:
            self.params = params
            return
        if not np.array_equal(params, self.average):
            self.params = aligned_copy(params)
        self.average = params


@dataclass
class ModuleState:
    """Any other network between two epochs.

    Parameters
    ----------
    arrays : dict of str to array
        Parameters, buffers and moments of the optimizer, by name.
    key : shape (2,), uint32
        Philox key for shuffling and masks.
    learning_rate : float
        Of the last step.
    steps, epoch, rows_seen : int
        Steps taken, epochs finished and rows trained on so far.
    """

    arrays: dict[str, AnyArray]
    key: UInt32
    learning_rate: float
    steps: int = 0
    epoch: int = 0
    rows_seen: int = 0

    def copy(self) -> "ModuleState":
        """Return a copy that shares no memory with this state."""
        arrays = {name: array.copy() for name, array in self.arrays.items()}
        return replace(self, arrays=arrays, key=self.key.copy())


State = NetworkState | ModuleState
"""What training continues from."""


def initial_state(
    setting: Setting, key: UInt32, dtype: DTypeLike = np.float32, embedded: Embedded | None = None
) -> NetworkState:
    """Draw initial weights and biases, and embeddings; everything else starts at zero."""
    if embedded is not None:
        return state_from(embedded.initial_params(key, dtype), key, setting)
    return state_from(initial_params(setting.layers, key, dtype), key, setting)


def state_from(params: Floating, key: UInt32, setting: Setting) -> NetworkState:
    """Start from these parameters, which training will update in place."""
    first, second = (aligned_zeros(params.size, params.dtype) for _ in range(2))
    state = NetworkState(params, first, second, params[:0], key, setting.schedule.learning_rate)
    state.average_if(setting.regularization.weight_average > 0.0)
    return state
