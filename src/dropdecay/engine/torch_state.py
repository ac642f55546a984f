"""A module and its optimizer as named arrays, and back."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from dropdecay.arrays import AnyArray

MODULE, MOMENTS = "module/", "optimizer/"


def arrays_of(module: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, AnyArray]:
    """Return copies of parameters, buffers and whatever the optimizer keeps of each parameter.

    bfloat16, which NumPy does not have, becomes float32; it is exact.
    """
    found = {f"{MODULE}{name}": each for name, each in tensors_in(module).items()}
    for number, kept in optimizer.state_dict()["state"].items():
        found |= {
            f"{MOMENTS}{number}/{name}": each for name, each in kept.items() if each is not None
        }
    return {name: array_of(each) for name, each in found.items()}


def load_arrays(
    arrays: Mapping[str, AnyArray], module: nn.Module, optimizer: torch.optim.Optimizer
) -> None:
    """Put arrays back where they came from."""
    load_module(arrays, module)
    state: dict[int, dict[str, Any]] = {}
    for name, array in arrays.items():
        if name.startswith(MOMENTS):
            number, _, key = name.removeprefix(MOMENTS).partition("/")
            state.setdefault(int(number), {})[key] = torch.from_numpy(array.copy())
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def load_module(arrays: Mapping[str, AnyArray], module: nn.Module) -> None:
    """Put parameters and buffers back."""
    with torch.no_grad():
        for name, tensor in tensors_in(module).items():
            tensor.copy_(torch.from_numpy(arrays[f"{MODULE}{name}"]))


def tensors_in(module: nn.Module) -> dict[str, torch.Tensor]:
    """Return every parameter and buffer once, those that are no part of a state_dict included."""
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def array_of(value: Any) -> AnyArray:
    """Return a copy of a number or tensor as an array."""
    if not isinstance(value, torch.Tensor):
        return np.asarray(value)
    return numpy_of(value).copy()


def numpy_of(tensor: torch.Tensor) -> AnyArray:
    """Return a tensor as an array, which shares its memory on a CPU."""
    tensor = tensor.detach().cpu()
    array: AnyArray = (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()
    return array
