"""The least loss that outputs can have which are the same for every row."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch

from dropdecay.arrays import Float64
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.torch_outputs import first_of, tensors_in, with_tensors
from dropdecay.engine.torch_recipe import Recipe
from dropdecay.engine.torch_rows import DeviceRows

ROWS, STEPS = 5000, 50


def best_constant_loss(recipe: Recipe, like: Any, y: Any, weights: Any) -> float:
    """Return the mean loss of the best outputs that are the same for every row.

    They are found by descent: a loss of the user's own has no formula. What such a loss holds is on
    the recipe's device, so that is where they are found.

    Parameters
    ----------
    recipe : Recipe
    like : Tensor, tuple, list or dict
        What a network gives for a few rows.
    y : shape (n_rows, ...)
    weights : shape (n_rows,), or None
    """
    like = like if recipe.loss.takes_all else first_of(like)
    n_rows = min(len(y), ROWS)
    rows = np.random.default_rng(0).permutation(len(y))[:n_rows]
    dummy = Inputs((np.zeros((n_rows, 1), np.float32),))
    own = replace(recipe, precision="float64")
    data = DeviceRows([Dataset(cast(Any, dummy), np.ascontiguousarray(y[rows]))], own)
    _, targets, _ = data.batch(torch.arange(n_rows, device=own.device))
    mass: Float64 = np.ones(n_rows) if weights is None else np.asarray(weights, np.float64)[rows]
    share = torch.from_numpy(mass / mass.sum()).to(own.device)
    constants = _constants(own, like, targets)
    free = [each.requires_grad_() for each in constants if each is not None]
    optimizer = torch.optim.LBFGS(free, max_iter=STEPS, line_search_fn="strong_wolfe")

    best = np.inf

    def loss() -> torch.Tensor:
        nonlocal best
        optimizer.zero_grad()
        left = iter(constants)

        def constant(each: torch.Tensor) -> torch.Tensor:
            found = next(left)
            return each if found is None else found.unsqueeze(0).expand(n_rows, *found.shape)

        value = (recipe.loss.evaluation(with_tensors(like, constant), targets) * share).sum()
        value.backward()
        best = min(best, float(value.detach())) if torch.isfinite(value) else best
        return value

    # What the search says where a loss is NaN on its way; and of parts that are no tensors.
    expected = (IndexError, ValueError) if isinstance(like, torch.Tensor) else (Exception,)
    with suppress(*expected):
        optimizer.step(loss)
    return best if np.isfinite(best) else float("nan")


def _constants(recipe: Recipe, like: Any, targets: torch.Tensor) -> list[torch.Tensor | None]:
    """Return where descent starts for every tensor; None: it has no rows, or no floating numbers.

    The prediction starts at the mean of the targets.
    """
    first, found = first_of(like), list[torch.Tensor | None]()
    for each in tensors_in(like):
        if not each.is_floating_point() or each.ndim == 0 or len(each) != len(first):
            found.append(None)
            continue
        start = torch.zeros(each.shape[1:], dtype=torch.float64, device=recipe.device)
        is_alike = targets.is_floating_point() and targets.shape[1:].numel() == start.numel()
        if each is first and is_alike and recipe.targets not in ("classes", "labels"):
            start = targets.double().nanmean(0).nan_to_num().reshape(start.shape).clone()
        found.append(start)
    return found
