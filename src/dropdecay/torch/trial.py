"""One batch through a user's network before anything is trained: what does not fit is said here."""

from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import torch

from dropdecay.arrays import Float64
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset, run_key
from dropdecay.engine.torch_decay import decayed, described_decay
from dropdecay.engine.torch_recipe import Recipe, outputs_of, own_generator
from dropdecay.engine.torch_rows import DeviceRows
from dropdecay.engine.torch_sites import MaskedModule, described
from dropdecay.errors import BadInput, BadSetting, DropdecayError

ROWS = 8
"""Of the batch: enough for batch norm, and for rows that sum to 1 not to do so by chance."""

BASELINE_ROWS, BASELINE_STEPS = 5000, 50


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
    """

    shape: tuple[int, ...]
    masked: MaskedModule
    decayed: tuple[str, ...]
    lines: tuple[str, ...]

    @property
    def n_outputs(self) -> int:
        """Number of outputs for a row."""
        return int(np.prod(self.shape))


def outputs_on_trial(recipe: Recipe, inputs: Inputs) -> tuple[MaskedModule, torch.Tensor]:
    """Return a network and its outputs for a few rows, in training mode without dropout.

    Raises
    ------
    BadInput
        If the network cannot take these rows; the message is that of torch.
    """
    few = inputs[:ROWS]
    try:
        masked = recipe.masked(run_key(0, 0, 0), few)
        data = DeviceRows(Dataset(cast(Any, few), np.zeros((len(few), 1), np.float32)), recipe)
        with own_generator(recipe.device), torch.no_grad():
            batch, _, _ = data.batch(torch.arange(len(few), device=recipe.device))
            outputs = outputs_of(masked.module.eval(), batch)
    except DropdecayError:
        raise
    except Exception as error:
        shapes = ", ".join(f"{each.shape[1:]} of {each.dtype}" for each in inputs.arrays)
        first = str(error).strip().split("\n")[0].rstrip(".")
        raise BadInput(
            f"{recipe.name} cannot take these rows ({type(error).__name__}: {first}). A row of X "
            f"is {shapes}; give what its forward expects."
        ) from error
    if outputs.ndim == 0 or len(outputs) != len(few):
        raise BadInput(
            f"{recipe.name} gives outputs of shape {tuple(outputs.shape)} for {len(few)} rows. The "
            "first axis must be the rows."
        )
    return masked, outputs


def try_out(recipe: Recipe, inputs: Inputs) -> Trial:
    """Return what one batch shows.

    Raises
    ------
    BadInput, BadSetting
        If the network cannot take the rows.
    """
    masked, outputs = outputs_on_trial(recipe, inputs)
    names = decayed(masked.module, recipe.decays)
    lines = (*described(masked), *described_decay(masked.module, names))
    return Trial(tuple(outputs.shape[1:]), masked, names, lines)


def check_logits(recipe: Recipe, inputs: Inputs) -> None:
    """Refuse a network that gives probabilities to a loss that takes logits.

    Raises
    ------
    BadSetting
        Naming the layer to leave out.
    """
    if not recipe.loss.takes_logits:
        return
    _, outputs = outputs_on_trial(replace(recipe, precision="float64"), inputs)
    if outputs.ndim == 1 or outputs.shape[1] == 1:
        # One output between 0 and 1 for a few rows may be chance; a sigmoid is told by its end.
        return
    sums = outputs.sum(1)
    if bool((outputs >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), atol=1e-9):
        raise BadSetting(
            f"{recipe.name} ends in a softmax: its outputs sum to 1. {recipe.loss.name} takes the "
            "values before it; leave the softmax out, or use torch.nn.NLLLoss with a log-softmax."
        )


def check_loss(recipe: Recipe, inputs: Inputs, y: Any) -> None:
    """Compute the loss of a few rows once.

    Raises
    ------
    BadSetting, BadInput
        If loss, outputs and targets do not fit together.
    """
    few, rows = inputs[:ROWS], np.arange(min(ROWS, len(inputs)))
    masked = recipe.masked(run_key(0, 0, 0), few)
    data = DeviceRows(Dataset(cast(Any, few), np.ascontiguousarray(y[rows])), recipe)
    with own_generator(recipe.device), torch.no_grad():
        batch, targets, _ = data.batch(torch.arange(len(rows), device=recipe.device))
        outputs = outputs_of(masked.module.eval(), batch).to(recipe.dtype)
        try:
            losses = recipe.loss.evaluation(outputs, targets)
        except DropdecayError:
            raise
        except Exception as error:
            first = str(error).strip().split("\n")[0].rstrip(".")
            raise BadInput(
                f"{recipe.loss.name} cannot compare outputs of shape {tuple(outputs.shape)} with "
                f"targets of shape {tuple(targets.shape)} ({first})."
            ) from error
    if not bool(torch.isfinite(losses).all()):
        row = int(torch.nonzero(~torch.isfinite(losses))[0])
        raise BadInput(
            f"The loss of {recipe.name} is NaN or infinite before training (row {row}). Look at "
            "that row of X and y, and at what the network does with it."
        )


def best_constant_loss(recipe: Recipe, shape: tuple[int, ...], y: Any, weights: Any) -> float:
    """Return the mean loss of the best outputs that are the same for every row.

    They are found by descent: a loss of the user's own has no formula.
    """
    n_rows = min(len(y), BASELINE_ROWS)
    rows = np.random.default_rng(0).permutation(len(y))[:n_rows]
    dummy = Inputs((np.zeros((n_rows, 1), np.float32),))
    own = replace(recipe, precision="float64", device="cpu")
    data = DeviceRows(Dataset(cast(Any, dummy), np.ascontiguousarray(y[rows])), own)
    _, targets, _ = data.batch(torch.arange(n_rows))
    mass: Float64 = np.ones(n_rows) if weights is None else np.asarray(weights, np.float64)[rows]
    share = torch.from_numpy(mass / mass.sum())
    constant = torch.zeros(shape, dtype=torch.float64)
    if targets.is_floating_point() and targets.shape[1:].numel() == constant.numel():
        constant = targets.double().mean(0).reshape(shape).clone()
    if recipe.targets in ("classes", "labels"):
        constant.zero_()
    constant.requires_grad_()
    optimizer = torch.optim.LBFGS(
        [constant], max_iter=BASELINE_STEPS, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        outputs = constant.unsqueeze(0).expand(n_rows, *shape)
        value = (recipe.loss.evaluation(outputs, targets) * share).sum()
        value.backward()
        return value

    optimizer.step(loss)
    with torch.no_grad():
        outputs = constant.unsqueeze(0).expand(n_rows, *shape)
        return float((recipe.loss.evaluation(outputs, targets) * share).sum())
