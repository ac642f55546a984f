"""One batch through a user's network before anything is trained: what does not fit is said here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import torch
from torch import nn

from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import run_key
from dropdecay.engine.torch_decay import decayed, described_decay
from dropdecay.engine.torch_outputs import (
    LOGITS,
    first_of,
    number_of_parts,
    outputs_by_row,
    outputs_of,
    with_tensors,
)
from dropdecay.engine.torch_recipe import (
    Recipe,
    forward_inputs,
    in_type,
    own_generator,
    seed_of,
    seed_torch,
    tensors_of,
)
from dropdecay.engine.torch_sites import MaskedModule, described
from dropdecay.errors import BadInput, BadSetting, DropdecayError
from dropdecay.safe_text import first_line_of
from dropdecay.torch.network_flaws import (
    check_apart,
    check_evaluation,
    check_memory,
    check_step,
    check_trainable,
    evaluated_as_needed,
    foreign_numbers,
)

ROWS = 8
"""Of the batch: enough for batch norm, and for rows that sum to 1 not to do so by chance."""

CHANNELS = (1, 3, 4)
"""Of images: grey, colours, and colours with transparency."""

MOST_NAMES = 8
"""Names of parameters in a message."""

RESHAPES = {
    "View", "UnsafeView", "Reshape", "Squeeze", "Unsqueeze", "Select", "Slice", "Transpose",
    "Permute", "T", "Clone", "Alias", "ToCopy", "Expand",
}  # fmt: skip
"""Operations that leave the values of outputs alone, by the names of their gradients."""


@dataclass(frozen=True)
class End:
    """An end of a network that a loss does not go with.

    Parameters
    ----------
    name : str
    operation : str
        As its gradient calls it.
    instead : str
        The loss that goes with it.
    sums_to_1 : bool
        Whether it is told by its outputs as well.
    """

    name: str
    operation: str
    instead: str
    sums_to_1: bool = False


ENDS = {
    "CrossEntropyLoss": End(
        "softmax", "Softmax", "torch.nn.NLLLoss after a log_softmax", sums_to_1=True
    ),
    "BCEWithLogitsLoss": End("sigmoid", "Sigmoid", "torch.nn.BCELoss"),
}
"""By the loss that takes what comes before it."""


@dataclass(frozen=True)
class Trial:
    """What one batch shows.

    Parameters
    ----------
    recipe : Recipe
        How the network is evaluated is known now.
    outputs : Tensor, tuple, list or dict
        What the network gives for a few rows.
    masked : MaskedModule
        With the sites that were found.
    decayed : tuple of str
        Names of the parameters that decay.
    lines : tuple of str
        What will be done to sites and parameters, for printing.
    notices : tuple of str
        What the user may not expect, though it is no error.
    """

    recipe: Recipe
    outputs: Any
    masked: MaskedModule
    decayed: tuple[str, ...]
    lines: tuple[str, ...]
    notices: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the prediction for a row."""
        return tuple(first_of(self.outputs).shape[1:])

    @property
    def n_outputs(self) -> int:
        """Number of numbers in the prediction for a row."""
        return int(np.prod(self.shape))


def outputs_on_trial(recipe: Recipe, inputs: Inputs) -> tuple[nn.Module, Any]:
    """Return a network in evaluation mode and what it gives for a few rows.

    Raises
    ------
    BadInput
        If the network cannot take these rows; the message is that of torch.
    """
    few = inputs[:ROWS]
    try:
        with own_generator(recipe.device), torch.enable_grad():
            seed_torch(seed_of(run_key(0, 0, 0), 0), "cpu")
            module = in_type(recipe.make(few), recipe.dtype).to(recipe.device).eval()
            outputs = outputs_by_row(
                module, forward_inputs(tensors_of(few, recipe.dtype, recipe.device))
            )
    except DropdecayError:
        raise
    except Exception as error:
        said = first_line(error)
        remedy = _remedy(said, recipe, inputs)
        raise BadInput(f"{recipe.name} cannot take these rows ({said}). {remedy}") from error
    first = first_of(outputs)
    if first.ndim == 0 or len(first) != len(few):
        raise BadInput(
            f"{recipe.name} gives outputs of shape {tuple(first.shape)} for {len(few)} rows. The "
            f"first axis must be the rows."
            f"{' Return the prediction as the first.' if number_of_parts(outputs) > 1 else ''}"
        )
    check_trainable(recipe.name, module, recipe.loss.learnt_from(outputs))
    return module, outputs


def _remedy(said: str, recipe: Recipe, inputs: Inputs) -> str:
    """Return what to do where a network raises this."""
    if "device" in said or "CUDA" in said:
        return (
            "Let its forward make and move tensors to the device of its inputs, x.device, and "
            "keep others as parameters or by register_buffer."
        )
    if "Double" in said:
        return (
            f"Its parameters and inputs are {recipe.precision} here: let its forward keep that "
            "type, or give precision='float64'."
        )
    if inputs.names and "dict" in said:
        return (
            f"X is a dict with {', '.join(inputs.names)}, none of which forward knows, so it was "
            "handed over whole."
        )
    if said.startswith("NotImplementedError"):
        return "Write a forward that returns the outputs; training_step and the like are not run."
    shapes = ", ".join(f"{each.shape[1:]} of {each.dtype}" for each in inputs.arrays)
    expected = "give what its forward expects."
    if "type" in said and any(each.dtype.kind != "f" for each in inputs.arrays):
        expected = (
            "whole numbers stay whole, as an embedding wants them, so give X.astype('float32') "
            "where forward computes with them."
        )
    elif any(_has_channels_last(each.shape[1:]) for each in inputs.arrays):
        expected = "torch wants the channels of an image first: np.moveaxis(X, -1, 1)."
    return f"A row of X is {shapes}; {expected}"


def _has_channels_last(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[-1] in CHANNELS and shape[0] not in CHANNELS


def try_out(recipe: Recipe, inputs: Inputs) -> Trial:
    """Return what one batch shows.

    Raises
    ------
    BadInput, BadSetting
        If the network cannot take the rows.
    """
    few = inputs[:ROWS]
    module, outputs = outputs_on_trial(recipe, inputs)
    example = forward_inputs(tensors_of(few, recipe.dtype, recipe.device))
    recipe = evaluated_as_needed(recipe, module, few)
    check_evaluation(recipe.name, module, example)
    check_memory(recipe, module, few)
    check_apart(replace(recipe, device="cpu"), inputs, module)
    masked = recipe.masked(run_key(0, 0, 0), few)
    _check_patterns(recipe, masked.module)
    names = decayed(masked.module, recipe.decays)
    lines = (*described(masked), *described_decay(masked.module, names))
    check_step(recipe, masked, few)
    notices = (_of_several(recipe, outputs), foreign_numbers(recipe, few))
    return Trial(
        recipe, with_tensors(outputs, torch.detach), masked, names, lines,
        tuple(each for each in notices if each),
    )  # fmt: skip


def _check_patterns(recipe: Recipe, module: nn.Module) -> None:
    """Refuse a pattern of names that no parameter fits."""
    names = [name for name, each in module.named_parameters() if each.requires_grad]
    for pattern, _ in recipe.lr_factors:
        if not any(fnmatchcase(name, pattern) for name in names):
            raise BadSetting(
                f"No trained parameter of {recipe.name} fits {pattern!r} of "
                "optimizer__param_groups. "
                f"They are called {', '.join(names[:MOST_NAMES])}"
                f"{' and so on' if len(names) > MOST_NAMES else ''}."
            )


def _of_several(recipe: Recipe, outputs: Any) -> str:
    """Say what becomes of several outputs."""
    if (n_parts := number_of_parts(outputs)) < 2:
        return ""
    which = "the first"
    if isinstance(outputs, Mapping):
        which = "logits" if LOGITS in outputs else str(next(iter(outputs)))
    if recipe.loss.takes_all:
        return (
            f"{recipe.name} returns {n_parts} outputs: the loss gets all of them, and predict "
            f"gives {which}."
        )
    return f"{recipe.name} returns {n_parts} outputs: the loss, the score and predict get {which}."


def check_logits(recipe: Recipe, inputs: Inputs) -> None:
    """Refuse a network whose outputs are not of the kind that the loss takes.

    Raises
    ------
    BadSetting
        Naming the layer to leave out, or to add.
    """
    end = ENDS.get(recipe.loss.name)
    if end is None and recipe.loss.name != "NLLLoss":
        return
    outputs = first_of(outputs_on_trial(recipe, inputs)[1])
    if end is None:
        if not _sums_to_1(outputs.exp(), 0.01):
            raise BadSetting(
                f"NLLLoss takes the logarithms of probabilities, and {recipe.name} gives other "
                "values. Let it end in nn.LogSoftmax(1), or use nn.CrossEntropyLoss without one."
            )
        return
    if _last_operation(outputs) == end.operation or (end.sums_to_1 and _sums_to_1(outputs)):
        raise BadSetting(
            f"{recipe.name} ends in a {end.name}, but {recipe.loss.name} takes the values before "
            f"it. Leave the {end.name} out, or use {end.instead}."
        )


def _last_operation(outputs: torch.Tensor) -> str:
    """Return the last operation that does more than to give the outputs another shape."""
    step: Any = outputs.grad_fn
    while step is not None and _operation(step) in RESHAPES:
        step = step.next_functions[0][0]
    return "" if step is None else _operation(step)


def _operation(step: Any) -> str:
    return str(step.name().partition("Backward")[0])


def _sums_to_1(outputs: torch.Tensor, tolerance: float = 1e-5) -> bool:
    if outputs.ndim == 1 or outputs.shape[1] == 1:
        return False
    sums = outputs.sum(1)
    return bool((outputs >= 0).all()) and torch.allclose(
        sums, torch.ones_like(sums), atol=tolerance
    )


def check_augmentation(recipe: Recipe, inputs: Inputs) -> None:
    """Augment a few rows once.

    Raises
    ------
    BadInput
        If that fails, or does not give as many rows that the network takes.
    """
    if recipe.augment is None:
        return
    module, given = outputs_on_trial(recipe, inputs)
    outputs = first_of(given)
    few = forward_inputs(tensors_of(inputs[:ROWS], recipe.dtype, recipe.device))
    try:
        with own_generator(recipe.device), recipe.evaluating():
            augmented = first_of(
                outputs_of(module, recipe.augment(few, torch.Generator(recipe.device)))
            )
    except Exception as error:
        raise BadInput(
            f"augment fails on a batch, or gives what {recipe.name} does not take "
            f"({first_line(error)}). It gets the inputs of a batch and a torch.Generator, and "
            "returns inputs."
        ) from error
    if augmented.shape != outputs.shape:
        raise BadInput(
            f"augment gives {len(augmented)} rows for {len(outputs)}. It must return as many as it "
            "got."
        )


def first_line(error: Exception) -> str:
    """Return the kind of an error and the first line of what it says."""
    return f"{type(error).__name__}: {first_line_of(error)}"
