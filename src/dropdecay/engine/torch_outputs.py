"""What a module of the user's own returns: all of it, and the tensor that is the prediction.

A loss of the user's own gets all of it, as in a loop of theirs; all else needs one tensor.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch
from torch import nn

from dropdecay.engine.torch_find_sites import run
from dropdecay.errors import BadSetting

LOGITS = "logits"
"""What models of transformers call what a loss takes."""


def outputs_of(module: nn.Module, inputs: Any) -> Any:
    """Call a module; return what it gives: a tensor, or several in tuples, lists and dicts.

    Of a model of transformers these are its logits.

    Raises
    ------
    BadSetting
        If what it gives does not begin with a tensor.
    """
    found = run(module, inputs)
    if not isinstance(found, tuple) and hasattr(found, LOGITS):
        found = getattr(found, LOGITS)
    if not isinstance(_first(found), torch.Tensor):
        is_distribution = isinstance(found, torch.distributions.Distribution)
        raise BadSetting(
            f"{type(module).__name__} gives a {type(found).__name__}. Its forward must return a "
            "tensor; a tuple, list or dict that begins with one, which is the prediction; or "
            f"something with .logits.{' Return (found.mean, found).' if is_distribution else ''}"
        )
    return found


def first_of(outputs: Any) -> torch.Tensor:
    """Return the prediction in what ``outputs_of`` gave: what is named logits, or the first."""
    first: torch.Tensor = _first(outputs)
    return first


def _first(found: Any) -> Any:
    if isinstance(found, Mapping) and found:
        return _first(found[LOGITS] if LOGITS in found else next(iter(found.values())))
    if isinstance(found, tuple | list) and found:
        return _first(getattr(found, LOGITS, found[0]))
    return found


def number_of_parts(outputs: Any) -> int:
    """Return how many things a module gave."""
    return len(outputs) if isinstance(outputs, Mapping | tuple | list) else 1


def tensors_in(outputs: Any) -> Iterator[torch.Tensor]:
    """Return all tensors in what a module gave."""
    if isinstance(outputs, torch.Tensor):
        yield outputs
    elif isinstance(outputs, Mapping | tuple | list):
        for each in outputs.values() if isinstance(outputs, Mapping) else outputs:
            yield from tensors_in(each)


def with_tensors(outputs: Any, change: Callable[[torch.Tensor], torch.Tensor]) -> Any:
    """Return what a module gave with its tensors changed, and everything else as it is."""
    if isinstance(outputs, torch.Tensor):
        return change(outputs)
    if isinstance(outputs, Mapping):
        changed: Any = copy.copy(outputs)
        for name, each in outputs.items():
            changed[name] = with_tensors(each, change)
        return changed
    if isinstance(outputs, tuple | list):
        parts = [with_tensors(each, change) for each in outputs]
        make: Callable[[list[Any]], Any] = getattr(outputs, "_make", type(outputs))  # with names
        return make(parts)
    return outputs


def in_precision(outputs: Any, dtype: torch.dtype) -> Any:
    """Return what a module gave with its floating numbers in a type."""
    return with_tensors(outputs, lambda each: each.to(dtype) if each.is_floating_point() else each)


def outputs_by_row(module: nn.Module, inputs: Any) -> Any:
    """Call a module in evaluation mode; the first axis of its prediction is the rows.

    A forward that ends in ``squeeze()`` loses that axis where there is a single row, which is shown
    twice then.
    """
    outputs = outputs_of(module, inputs)
    tensors = inputs if isinstance(inputs, tuple) else (inputs,)
    first = next(iter(inputs.values())) if isinstance(inputs, Mapping) else tensors[0]
    predicted = first_of(outputs)
    if len(first) > 1 or (predicted.ndim > 0 and len(predicted) == len(first)):
        return outputs
    if isinstance(inputs, Mapping):
        twice: Any = {name: torch.cat((one, one)) for name, one in inputs.items()}
    else:
        both = tuple(torch.cat((one, one)) for one in tensors)
        twice = both if isinstance(inputs, tuple) else both[0]
    once = tensors_in(outputs)

    def first_of_two(each: torch.Tensor) -> torch.Tensor:
        return each if each.shape == next(once).shape else each[:1]

    return with_tensors(outputs_of(module, twice), first_of_two)
