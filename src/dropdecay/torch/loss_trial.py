"""A loss on a few rows before anything is trained: whether it can be computed and learnt from."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.torch_find_sites import lacks_gradients
from dropdecay.engine.torch_module import EVALUATION_ROWS
from dropdecay.engine.torch_outputs import (
    first_of,
    in_precision,
    number_of_parts,
    outputs_by_row,
    outputs_of,
    with_tensors,
)
from dropdecay.engine.torch_recipe import Recipe, own_generator
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.errors import BadInput, BadSetting, DropdecayError, Parameter
from dropdecay.torch.trial import ROWS, first_line, outputs_on_trial

COMPARED = 7
"""Rows whose loss is compared with that of one less; few other tensors have this length."""

CLOSE = {"rtol": 1e-4, "atol": 1e-6}
"""How far apart losses of the same rows may lie."""


def as_the_loss_needs(recipe: Recipe, inputs: Inputs, y: Any) -> Recipe:
    """Return the recipe that evaluates with gradients where the loss takes some."""
    few = inputs[:ROWS]
    module, _ = outputs_on_trial(recipe, few)
    rows = DeviceRows([Dataset(cast(Any, few), np.ascontiguousarray(y[: len(few)]))], recipe)
    try:
        _losses(recipe, module, rows, torch.arange(len(few)))
    except Exception as error:  # noqa: BLE001  # the others are told by ``check_loss``
        if lacks_gradients(error):
            return replace(recipe, takes_gradients=True)
    return recipe


def check_loss(recipe: Recipe, inputs: Inputs, y: Any) -> str:
    """Compute the loss of these rows once, as it will be computed after every epoch, and learn.

    Returns a sentence on what may not be expected; "": there is nothing.

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
    few = torch.arange(min(ROWS, len(inputs)))
    said = _said_of_company(recipe, module, rows, few[:COMPARED])
    _check_learning(recipe, module, rows, few)
    return said


def _losses(
    recipe: Recipe, module: nn.Module, rows: DeviceRows, taken: torch.Tensor
) -> torch.Tensor:
    with own_generator(recipe.device), recipe.evaluating():
        batch, targets, _ = rows.batch(taken.to(recipe.device))
        outputs = in_precision(outputs_by_row(module, batch), recipe.dtype)
        return recipe.loss.evaluation(outputs, targets).detach()


def _check_learning(
    recipe: Recipe, module: nn.Module, rows: DeviceRows, taken: torch.Tensor
) -> None:
    """Refuse a loss that fails on outputs in training mode, or has no gradient."""
    batch, targets, _ = rows.batch(taken.to(recipe.device))
    module.train()
    with own_generator(recipe.device), torch.enable_grad():
        outputs = in_precision(outputs_of(module, batch), recipe.dtype)
        try:
            losses, _ = recipe.loss.training.unreduced(outputs, targets)
        except DropdecayError:
            raise
        except Exception as error:
            raise _incomparable(recipe, outputs, targets, error, " in training mode") from error
    if not losses.requires_grad:
        raise BadSetting(
            Parameter("loss"), f" {recipe.loss.name} has no gradient. Compute it by operations of "
            "torch, without detach(), argmax() or .item().",
        )  # fmt: skip


def _said_of_company(
    recipe: Recipe, module: nn.Module, rows: DeviceRows, taken: torch.Tensor
) -> str:
    """Say where the loss of a row depends on the other rows; refuse one for every pair of rows."""
    if not recipe.loss.takes_all or len(taken) < 2:
        return ""

    def all_but_one(each: torch.Tensor) -> torch.Tensor:
        return each[:-1] if each.ndim and len(each) == len(taken) else each

    with own_generator(recipe.device), recipe.evaluating():
        batch, targets, _ = rows.batch(taken.to(recipe.device))
        outputs = in_precision(outputs_by_row(module, batch), recipe.dtype)
        try:
            whole, again = (recipe.loss.evaluation.unreduced(outputs, targets)[0] for _ in range(2))
            some, _ = recipe.loss.evaluation.unreduced(
                with_tensors(outputs, all_but_one), targets[:-1]
            )
        except Exception:  # noqa: BLE001  # parts that are no tensors have all rows still
            return ""
    if whole.shape[1:] != some.shape[1:]:
        raise BadSetting(
            Parameter("loss"), f" {recipe.loss.name} compares every row with every other: it gave "
            f"{tuple(whole.shape)} for {len(taken)} rows, as (n,) beside (n, 1) does. Give "
            "outputs and targets one shape in it.",
        )  # fmt: skip
    draws = not torch.allclose(whole, again, **CLOSE)
    if draws or torch.allclose(whole[:-1], some, **CLOSE):
        return ""
    return (
        f"The loss of a row by {recipe.loss.name} depends on the other rows of its batch. Networks "
        f"are judged by batches of {EVALUATION_ROWS} rows, or the rest, in the order of X."
    )


def _failure(
    recipe: Recipe, module: nn.Module, rows: DeviceRows, taken: torch.Tensor, error: Exception
) -> BadInput:
    """Return the error for a batch: of its first row that fails alone, or of the loss."""
    for row in taken:
        batch, targets, _ = rows.batch(row.view(1).to(recipe.device))
        try:
            with own_generator(recipe.device), recipe.evaluating():
                outputs = outputs_by_row(module, batch)
        except Exception as own:  # noqa: BLE001  # whatever the user's forward raises
            return BadInput(
                f"{recipe.name} cannot take row {int(row) + 1} of X ({first_line(own)}; rows "
                "count from 1). Look at its values, such as indices beyond an embedding."
            )
    return _incomparable(recipe, outputs, targets, error)


def _incomparable(
    recipe: Recipe, outputs: Any, targets: torch.Tensor, error: Exception, when: str = ""
) -> BadInput:
    given, asked = _described(outputs), tuple(targets.shape[1:])
    remedy = "Give y in the shape that it takes."
    if "missing" in str(error):
        remedy = (
            "It is called with outputs and targets alone: wrap it into a function of these two."
        )
        if number_of_parts(outputs) > 1:
            remedy = (
                "It is called with outputs and targets alone: wrap it into a function (outputs, "
                "targets) that takes the parts of the former apart."
            )
    elif not isinstance(outputs, torch.Tensor) and recipe.loss.takes_all:
        first = next(iter(outputs)) if isinstance(outputs, Mapping) else 0
        remedy = (
            f"It gets all that forward returns, as it is: outputs[{first!r}] is the first part."
        )
    elif number_of_parts(outputs) > 1:
        given = _described(first_of(outputs))
        remedy = (
            "It gets the first of what forward returns; a function (outputs, targets) of your own "
            "gets all."
        )
    return BadInput(
        f"{recipe.loss.name} cannot compare outputs of shape {given} a row with targets of shape "
        f"{asked}{when} ({first_line(error)}). {remedy}"
    )


def _described(outputs: Any) -> str:
    if isinstance(outputs, torch.Tensor):
        return str(tuple(outputs.shape[1:]))
    if isinstance(outputs, Mapping):
        parts = ", ".join(f"{name!r}: {_described(each)}" for name, each in outputs.items())
        return f"{{{parts}}}"
    if isinstance(outputs, tuple | list):
        parts = ", ".join(map(_described, outputs))
        return f"[{parts}]" if isinstance(outputs, list) else f"({parts})"
    return f"a {type(outputs).__name__}"
