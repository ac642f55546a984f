"""What is wrong with a network whatever its loss is, as one batch shows before it is trained."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import run_key
from dropdecay.engine.torch_find_sites import Example, drops_in_evaluation, lacks_gradients
from dropdecay.engine.torch_outputs import first_of, outputs_by_row, outputs_of
from dropdecay.engine.torch_recipe import (
    Recipe,
    forward_inputs,
    own_generator,
    seed_of,
    seed_torch,
    tensors_of,
)
from dropdecay.engine.torch_sites import MaskedModule
from dropdecay.errors import BadInput
from dropdecay.safe_text import first_line_of


def check_trainable(name: str, module: nn.Module, outputs: Sequence[torch.Tensor]) -> None:
    """Refuse a network that cannot learn, or not with all of its weights.

    Parameters
    ----------
    name : str
        What the user calls it.
    module : nn.Module
    outputs : sequence of Tensor
        What the loss gets for a few rows, with their graph; first of all the prediction.

    Raises
    ------
    BadInput
    """
    if not outputs[0].is_floating_point():
        raise BadInput(
            f"{name} gives outputs of {outputs[0].dtype}. Its forward must return floating "
            "numbers, not the classes themselves."
        )
    if not any(each.requires_grad for each in module.parameters()):
        raise BadInput(
            f"{name} has no parameter to train: all are frozen. Set requires_grad where it shall "
            "learn."
        )
    if not any(each.requires_grad for each in outputs):
        raise BadInput(
            f"The outputs of {name} have no gradient, so it cannot learn. Take detach() and "
            "torch.no_grad() out of its forward."
        )
    for part_name, part in module.named_modules():
        if getattr(part, "sparse", False):
            raise BadInput(
                f"{part_name} of {name} has sparse gradients, which weight decay and most "
                f"optimizers do not take. Make it with sparse=False."
            )
    own = {id(each) for each in module.parameters()}
    for weights in _weights_behind(outputs):
        if id(weights) not in own:
            raise BadInput(
                f"{name} computes with a weight of shape {tuple(weights.shape)} that is none of "
                "its parameters, so it would not be trained. Keep layers as attributes or in an "
                "nn.ModuleList or nn.ModuleDict, not in a list or dict of Python."
            )


def _weights_behind(outputs: Sequence[torch.Tensor]) -> Iterator[nn.Parameter]:
    """Return every parameter that outputs were computed from."""
    seen: set[Any] = set()
    left: list[Any] = [each.grad_fn for each in outputs]
    while left:
        step = left.pop()
        if step is None or step in seen:
            continue
        seen.add(step)
        weights = getattr(step, "variable", None)  # of the step that adds to its gradient
        if isinstance(weights, nn.Parameter):
            yield weights
        left += [each for each, _ in step.next_functions]


def check_apart(recipe: Recipe, inputs: Inputs, module: nn.Module) -> None:
    """Refuse networks that train each other's parameters.

    Parameters
    ----------
    recipe : Recipe
    inputs : Inputs
    module : nn.Module
        One of them.

    Raises
    ------
    BadInput
    """
    with own_generator("cpu"):
        other = recipe.make(inputs)
    own = {id(each): name for name, each in module.named_parameters() if each.requires_grad}
    for each in other.parameters():
        if name := own.get(id(each)):
            raise BadInput(
                f"Two networks that {recipe.name} makes share {name}, so they would train each "
                "other. Make every layer inside of it, or give an instance as module."
            )


def evaluated_as_needed(recipe: Recipe, module: nn.Module, few: Inputs) -> Recipe:
    """Return the recipe that evaluates with gradients where ``forward`` takes some."""
    try:
        _evaluated(recipe, module, few)
    except Exception as error:  # noqa: BLE001  # the others are told by ``check_memory``
        if lacks_gradients(error):
            return replace(recipe, takes_gradients=True)
    return recipe


def check_evaluation(name: str, module: nn.Module, example: Example) -> None:
    """Refuse a network that drops units in evaluation mode, where nothing may be left to chance.

    Raises
    ------
    BadInput
    """
    found = drops_in_evaluation(module, example)
    if found is None:
        return
    function, place = found
    if place.code.co_filename == nn.Dropout.forward.__code__.co_filename:
        raise BadInput(
            f"{name} drops units in evaluation mode as well, by a dropout layer that is none of "
            "its parts. Make it in __init__, as an attribute or in an nn.ModuleList."
        )
    remedy = "Give it training=self.training."
    if "attention" in function:
        remedy = "Give it dropout_p=self.p if self.training else 0.0, or the like."
    raise BadInput(
        f"{name} drops units in evaluation mode as well ({function} at {place}). {remedy}"
    )


def check_memory(recipe: Recipe, module: nn.Module, few: Inputs) -> None:
    """Refuse a network whose outputs depend on the batch before, or whose batches have one size.

    Parameters
    ----------
    recipe : Recipe
    module : nn.Module
        In evaluation mode.
    few : Inputs
        Rows that it takes.

    Raises
    ------
    BadInput
    """
    fewer = few[: max(len(few) - 3, 2)]
    once = _evaluated(recipe, module, few)
    try:
        _evaluated(recipe, module, fewer)
    except Exception as error:  # whatever the user's forward raises
        raise BadInput(
            f"{recipe.name} takes {len(few)} rows, and fails on {len(fewer)} afterwards "
            f"({first_line_of(error)}). Its forward must keep nothing of the batch before, such as "
            "a hidden state, and take any number of rows."
        ) from error
    if not _nearly_equal(once, _evaluated(recipe, module, few)):
        raise BadInput(
            f"{recipe.name} gives other outputs for the same rows when it is called again. Its "
            "forward must keep nothing of the batch before, and draw by torch alone, as "
            "torch.randn does."
        )


def _evaluated(recipe: Recipe, module: nn.Module, rows: Inputs) -> torch.Tensor:
    with own_generator(recipe.device), recipe.evaluating():
        seed_torch(seed_of(run_key(0, 0, 0), 0), recipe.device)
        given = forward_inputs(tensors_of(rows, recipe.dtype, recipe.device))
        return first_of(outputs_by_row(module, given)).detach().clone()


def _nearly_equal(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Return whether two tensors are equal but for the order of sums on a GPU."""
    size = float(one.abs().nan_to_num().max()) if one.numel() else 0.0
    return bool(torch.allclose(one, other, rtol=0.0, atol=1e-4 * size, equal_nan=True))


def foreign_numbers(recipe: Recipe, few: Inputs) -> str:
    """Return a sentence if what a network draws in training is not torch's; "" if it is.

    Parameters
    ----------
    recipe : Recipe
    few : Inputs
        Rows that it takes, in training mode too.
    """
    found = []
    for _ in range(2):
        masked = recipe.masked(run_key(0, 0, 0), few)
        masked.module.train()
        given = forward_inputs(tensors_of(few, recipe.dtype, recipe.device))
        with own_generator(recipe.device), recipe.evaluating(), masked.step(1):
            seed_torch(seed_of(run_key(0, 0, 0), 1), recipe.device)
            found.append(first_of(outputs_of(masked.module, given)).detach().clone())
    if _nearly_equal(*found):
        return ""
    return (
        f"{recipe.name} draws weights or noise by another generator than torch's, such as NumPy's, "
        "so a second search gives other numbers, and points are compared by different luck. Draw "
        "by torch, as torch.rand does."
    )


def check_step(recipe: Recipe, masked: MaskedModule, inputs: Inputs) -> None:
    """Refuse a network that fails in training mode, or has gradients that cannot be taken.

    Raises
    ------
    BadInput
    """
    few = forward_inputs(tensors_of(inputs, recipe.dtype, recipe.device))
    masked.module.train()
    try:
        with own_generator(recipe.device), torch.enable_grad(), masked.step(1):
            seed_torch(seed_of(run_key(0, 0, 0), 1), recipe.device)
            given = recipe.loss.learnt_from(outputs_of(masked.module, few))
            torch.stack([each.sum() for each in given]).sum().backward()
    except RuntimeError as error:
        said = first_line_of(error)
        remedy = "Call backward() on its outputs for a batch to see where."
        if "inplace" in said:
            said = said.partition(":")[0]
            remedy = "Leave out inplace=True and the like behind what gradients need, such as ReLU."
        raise BadInput(f"{recipe.name} cannot be trained ({said}). {remedy}") from error
    masked.module.zero_grad(set_to_none=True)
