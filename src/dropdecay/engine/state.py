"""What training carries from one epoch to the next."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike

from dropdecay.arrays import Floating, UInt32
from dropdecay.engine.buffers import aligned_copy, aligned_zeros, initial_params
from dropdecay.settings import Setting


@dataclass
class NetworkState:
    """A network between two epochs; epochs update it in place.

    With the same setting and the same rows, training goes on from a copy or an unpickled state as
    if it had never paused, bit for bit.

    Parameters
    ----------
    params : shape (n_params,)
        Weights, then biases.
    first, second : shape (n_params,)
        Moments of the optimizer.
    key : shape (2,), uint32
        Philox key of shuffling and masks.
    learning_rate : float
        That of the next step, for schedules that change it between epochs; that of the last step
        for the others.
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
        """Return a state that shares no memory with this one."""
        params, first, second = map(aligned_copy, (self.params, self.first, self.second))
        return replace(self, params=params, first=first, second=second, key=self.key.copy())


def initial_state(setting: Setting, key: UInt32, dtype: DTypeLike = np.float32) -> NetworkState:
    """Draw initial weights and biases; everything else begins at zero."""
    return state_from(initial_params(setting.network, key, dtype), key, setting)


def state_from(params: Floating, key: UInt32, setting: Setting) -> NetworkState:
    """Begin from these parameters, which are updated in place from now on."""
    first, second = (aligned_zeros(params.size, params.dtype) for _ in range(2))
    return NetworkState(params, first, second, key, setting.schedule.learning_rate)
