"""The state of a network that training carries from one epoch to the next."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from dropdecay.arrays import AnyArray, Floating, UInt32
from dropdecay.engine.buffers import aligned_copy, aligned_zeros, initial_params
from dropdecay.settings import Setting


@dataclass
class NetworkState:
    """A network between two epochs, updated in place by each epoch.

    With the same setting and rows, training continues from a copy or an unpickled state bit for
    bit as if it had never paused.

    Parameters
    ----------
    params : shape (n_params,)
        Weights, then biases.
    first, second : shape (n_params,)
        Moments of the optimizer.
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
    key: UInt32
    learning_rate: float
    steps: int = 0
    epoch: int = 0
    rows_seen: int = 0

    def copy(self) -> "NetworkState":
        """Return a copy that shares no memory with this state."""
        params, first, second = map(aligned_copy, (self.params, self.first, self.second))
        return replace(self, params=params, first=first, second=second, key=self.key.copy())


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


def initial_state(setting: Setting, key: UInt32, dtype: DTypeLike = np.float32) -> NetworkState:
    """Draw initial weights and biases; everything else starts at zero."""
    return state_from(initial_params(setting.layers, key, dtype), key, setting)


def state_from(params: Floating, key: UInt32, setting: Setting) -> NetworkState:
    """Start from these parameters, which training will update in place."""
    first, second = (aligned_zeros(params.size, params.dtype) for _ in range(2))
    return NetworkState(params, first, second, key, setting.schedule.learning_rate)
