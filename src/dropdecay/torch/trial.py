"""One batch through a user's network before anything is trained: what does not fit is said here."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from dropdecay.arrays import Float64
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.engine.torch_decay import decayed, described_decay
from dropdecay.engine.torch_find_sites import Example, run
from dropdecay.engine.torch_module import EVALUATION_ROWS
from dropdecay.engine.torch_recipe import (
    JOINED,
    Recipe,
    forward_inputs,
    in_type,
    outputs_by_row,
    outputs_of,
    own_generator,
    seed_of,
    seed_torch,
    tensors_of,
)
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.engine.torch_sites import MaskedModule, described
from dropdecay.errors import BadInput, BadSetting, DropdecayError
from dropdecay.safe_text import first_line_of
from dropdecay.torch.network_flaws import (
    check_apart,
    check_evaluation,
    check_memory,
    check_step,
    check_trainable,
    foreign_numbers,
)

ROWS = 8
"""Of the batch: enough for batch norm, and for rows that sum to 1 not to do so by chance."""

CHANNELS = (1, 3, 4)
"""Of images: grey, colours, and colours with transparency."""

BASELINE_ROWS, BASELINE_STEPS = 5000, 50

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
    shape : tuple of int
        Of the outputs for a row.
    masked : MaskedModule
        With the sites that were found.
    decayed : tuple of str
        Names of the parameters that decay.
    lines : tuple of str
        What will be done to sites and parameters, for printing.
    notices : tuple of str
        What the user may not expect, though it is no error.
    """

    shape: tuple[int, ...]
    masked: MaskedModule
    decayed: tuple[str, ...]
    lines: tuple[str, ...]
    notices: tuple[str, ...]

    @property
    def n_outputs(self) -> int:
        """Number of outputs for a row."""
        return int(np.prod(self.shape))


def outputs_on_trial(recipe: Recipe, inputs: Inputs) -> tuple[nn.Module, torch.Tensor]:
    """Return a network in evaluation mode and its outputs for a few rows.

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
        said = _first_line(error)
        remedy = _remedy(said, recipe, inputs)
        raise BadInput(f"{recipe.name} cannot take these rows ({said}). {remedy}") from error
    if outputs.ndim == 0 or len(outputs) != len(few):
        raise BadInput(
            f"{recipe.name} gives outputs of shape {tuple(outputs.shape)} for {len(few)} rows. The "
            "first axis must be the rows."
        )
    check_trainable(recipe.name, module, outputs)
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
    check_evaluation(recipe.name, module, example)
    check_memory(recipe, module, few)
    check_apart(replace(recipe, device="cpu"), inputs, module)
    masked = recipe.masked(run_key(0, 0, 0), few)
    names = decayed(masked.module, recipe.decays)
    lines = (*described(masked), *described_decay(masked.module, names))
    check_step(recipe, masked, few)
    notices = (_of_first(recipe.name, module, example), foreign_numbers(recipe, few))
    return Trial(
        tuple(outputs.shape[1:]), masked, names, lines, tuple(each for each in notices if each)
    )


def _of_first(name: str, module: nn.Module, example: Example) -> str:
    """Say that one tensor counts where forward returns several."""
    with own_generator("cpu"), torch.no_grad():
        found = run(module, example)
    if type(found) is not tuple:  # one with names may have logits
        return ""
    n_returned = sum(isinstance(each, torch.Tensor) for each in found)
    if n_returned < 2:
        return ""
    return f"{name} returns {n_returned} tensors: the loss, the score and predict get the first."


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
    _, outputs = outputs_on_trial(recipe, inputs)
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
    module, outputs = outputs_on_trial(recipe, inputs)
    few = forward_inputs(tensors_of(inputs[:ROWS], recipe.dtype, recipe.device))
    try:
        with own_generator(recipe.device), torch.no_grad():
            augmented = outputs_of(module, recipe.augment(few, torch.Generator(recipe.device)))
    except Exception as error:
        raise BadInput(
            f"augment fails on a batch, or gives what {recipe.name} does not take "
            f"({_first_line(error)}). It gets the inputs of a batch and a torch.Generator, and "
            "returns inputs."
        ) from error
    if augmented.shape != outputs.shape:
        raise BadInput(
            f"augment gives {len(augmented)} rows for {len(outputs)}. It must return as many as it "
            "got."
        )


def check_loss(recipe: Recipe, inputs: Inputs, y: Any) -> None:
    """Compute the loss of these rows once, as it will be computed after every epoch.

    Raises
    ------
    BadSetting, BadInput
        If loss, outputs and targets do not fit together, or a row has no loss.
    """
    module, _ = outputs_on_trial(recipe, inputs)
    rows = DeviceRows([Dataset(cast(Any, inputs), np.ascontiguousarray(y[: len(inputs)]))], recipe)
    for start in range(0, len(inputs), EVALUATION_ROWS):
        taken = torch.arange(start, min(start + EVALUATION_ROWS, len(inputs)))
        try:
            losses = _losses(recipe, module, rows, taken)
        except DropdecayError:
            raise
        except Exception as error:
            raise _failure(recipe, module, rows, taken, error) from error
        if not bool(torch.isfinite(losses).all()):
            row = start + int(torch.nonzero(~torch.isfinite(losses))[0])
            raise BadInput(
                f"The loss of {recipe.name} is NaN or infinite before training (row {row + 1}; "
                "rows count from 1). Look at that row of X and y, and at what the network does "
                "with it."
            )


def _losses(
    recipe: Recipe, module: nn.Module, rows: DeviceRows, taken: torch.Tensor
) -> torch.Tensor:
    with own_generator(recipe.device), torch.no_grad():
        batch, targets, _ = rows.batch(taken.to(recipe.device))
        return recipe.loss.evaluation(outputs_by_row(module, batch).to(recipe.dtype), targets)


def _failure(
    recipe: Recipe, module: nn.Module, rows: DeviceRows, taken: torch.Tensor, error: Exception
) -> BadInput:
    """Return the error for a batch: of its first row that fails alone, or of the loss."""
    for row in taken:
        batch, targets, _ = rows.batch(row.view(1).to(recipe.device))
        try:
            with own_generator(recipe.device), torch.no_grad():
                outputs = outputs_by_row(module, batch)
        except Exception as own:  # noqa: BLE001  # whatever the user's forward raises
            return BadInput(
                f"{recipe.name} cannot take row {int(row) + 1} of X ({_first_line(own)}; rows "
                "count from 1). Look at its values, such as indices beyond an embedding."
            )
    given, asked = tuple(outputs.shape[1:]), tuple(targets.shape[1:])
    remedy = "Give y in the shape that it takes."
    if "missing" in str(error):
        remedy = (
            "It is called with outputs and targets alone: wrap it into a function of these two."
        )
    if _of_first(recipe.name, module, batch):
        remedy = f"It gets the first tensor of those that forward returns. For all: {JOINED}."
    return BadInput(
        f"{recipe.loss.name} cannot compare outputs of shape {given} a row with targets of shape "
        f"{asked} ({_first_line(error)}). {remedy}"
    )


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line_of(error)}"


def best_constant_loss(recipe: Recipe, shape: tuple[int, ...], y: Any, weights: Any) -> float:
    """Return the mean loss of the best outputs that are the same for every row.

    They are found by descent: a loss of the user's own has no formula. What such a loss holds is on
    the recipe's device, so that is where they are found.
    """
    n_rows = min(len(y), BASELINE_ROWS)
    rows = np.random.default_rng(0).permutation(len(y))[:n_rows]
    dummy = Inputs((np.zeros((n_rows, 1), np.float32),))
    own = replace(recipe, precision="float64")
    data = DeviceRows([Dataset(cast(Any, dummy), np.ascontiguousarray(y[rows]))], own)
    _, targets, _ = data.batch(torch.arange(n_rows, device=own.device))
    mass: Float64 = np.ones(n_rows) if weights is None else np.asarray(weights, np.float64)[rows]
    share = torch.from_numpy(mass / mass.sum()).to(own.device)
    constant = torch.zeros(shape, dtype=torch.float64, device=own.device)
    if targets.is_floating_point() and targets.shape[1:].numel() == constant.numel():
        constant = targets.double().nanmean(0).nan_to_num().reshape(shape).clone()
    if recipe.targets in ("classes", "labels"):
        constant.zero_()
    constant.requires_grad_()
    optimizer = torch.optim.LBFGS(
        [constant], max_iter=BASELINE_STEPS, line_search_fn="strong_wolfe"
    )

    best = np.inf

    def loss() -> torch.Tensor:
        nonlocal best
        optimizer.zero_grad()
        outputs = constant.unsqueeze(0).expand(n_rows, *shape)
        value = (recipe.loss.evaluation(outputs, targets) * share).sum()
        value.backward()
        best = min(best, float(value.detach())) if torch.isfinite(value) else best
        return value

    with suppress(IndexError, ValueError):  # what the search says where a loss is NaN on its way
        optimizer.step(loss)
    return best if np.isfinite(best) else float("nan")
