"""The tensors of a stack of modules as named arrays of each network, and back.

The arrays are those of ``engine.torch_state``, so a network may go on alone or in another stack.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from dropdecay.arrays import AnyArray
from dropdecay.engine.torch_state import MODULE, MOMENTS, array_of, tensors_in


@dataclass(frozen=True)
class StackedTensors:
    """What several networks are trained by, as one.

    Parameters
    ----------
    n_networks : int
    module : nn.Module
        Of one of them. What is not stacked, such as frozen parameters, all of them share.
    params, buffers : dict of str to Tensor, (n_networks, ...)
        By their names in the module.
    optimizer : torch.optim.Optimizer
        Of ``params``, in their order.
    by_number : frozenset of str
        What the optimizer keeps of every number; see ``kept_by_number``.
    """

    n_networks: int
    module: nn.Module
    params: dict[str, nn.Parameter]
    buffers: dict[str, torch.Tensor]
    optimizer: torch.optim.Optimizer
    by_number: frozenset[str]

    def arrays(self) -> list[dict[str, AnyArray]]:
        """Return copies of everything that training continues from, for each network."""
        stacked = {**self.params, **self.buffers}
        found: list[dict[str, AnyArray]] = [{} for _ in range(self.n_networks)]

        def give(name: str, value: Any, *, is_stacked: bool) -> None:
            array = array_of(value)
            for number, own in enumerate(found):
                own[name] = np.array(array[number] if is_stacked else array)

        for name, shared in tensors_in(self.module).items():
            give(f"{MODULE}{name}", stacked.get(name, shared), is_stacked=name in stacked)
        for number, kept in self.optimizer.state_dict()["state"].items():
            for name, value in kept.items():
                if value is not None:
                    give(f"{MOMENTS}{number}/{name}", value, is_stacked=name in self.by_number)
        return found

    def load(self, arrays: Sequence[Mapping[str, AnyArray]]) -> None:
        """Put arrays of each network back where they came from."""
        first, stacked = arrays[0], {**self.params, **self.buffers}

        def gathered(name: str) -> torch.Tensor:
            return torch.from_numpy(np.stack([each[name] for each in arrays]))

        with torch.no_grad():
            for name, shared in tensors_in(self.module).items():
                if name in stacked:
                    stacked[name].copy_(gathered(f"{MODULE}{name}"))
                else:
                    shared.copy_(torch.from_numpy(first[f"{MODULE}{name}"]))
        state: dict[int, dict[str, Any]] = {}
        for name in first:
            if name.startswith(MOMENTS):
                number, _, key = name.removeprefix(MOMENTS).partition("/")
                is_stacked = key in self.by_number
                value = gathered(name) if is_stacked else torch.from_numpy(first[name].copy())
                state.setdefault(int(number), {})[key] = value
        self.optimizer.load_state_dict({**self.optimizer.state_dict(), "state": state})


def kept_by_number(
    make_optimizer: Callable[..., torch.optim.Optimizer], like: torch.Tensor
) -> frozenset[str]:
    """Return the names of what an optimizer keeps of every number, not of a parameter as a whole.

    ``like`` tells type and device.
    """
    trial = nn.Parameter(torch.zeros(2, dtype=like.dtype, device=like.device))
    trial.grad = torch.zeros_like(trial)
    optimizer = make_optimizer([trial], lr=1.0)
    optimizer.step()
    return frozenset(
        name for name, value in optimizer.state[trial].items()
        if isinstance(value, torch.Tensor) and value.shape == trial.shape
    )  # fmt: skip
