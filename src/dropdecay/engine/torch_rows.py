"""The rows of a data set as tensors on a device, batch by batch."""

from typing import Any

import numpy as np
import torch

from dropdecay.arrays import Floating
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.torch_recipe import Recipe, forward_inputs, tensors_of

EXAMPLE_ROWS = 4
"""Rows with which the sites of a module are found."""


def inputs_in(dataset: Dataset) -> Inputs:
    """Return what a network takes, whatever form the data have."""
    return as_inputs(dataset.X)


def as_inputs(X: Any) -> Inputs:
    """Return rows of any form as inputs."""
    return X if isinstance(X, Inputs) else Inputs((X,))


class DeviceRows:
    """All rows of a data set on a device."""

    def __init__(self, dataset: Dataset, recipe: Recipe) -> None:
        inputs = inputs_in(dataset)
        self.example = inputs[:EXAMPLE_ROWS]
        self._tensors, self._names = tensors_of(inputs, recipe.dtype, recipe.device)
        self._targets = _targets(dataset.y, recipe)
        weights: Floating | None = dataset.sample_weight
        ones = torch.ones(len(dataset.y), dtype=recipe.dtype)
        given_weights = ones if weights is None else torch.from_numpy(np.asarray(weights))
        self._weights = given_weights.to(recipe.device, recipe.dtype)

    def batch(self, taken: torch.Tensor) -> tuple[Any, torch.Tensor, torch.Tensor]:
        """Return what ``forward`` takes, the targets and the weights of some rows."""
        tensors = tuple(each[taken] for each in self._tensors)
        return forward_inputs((tensors, self._names)), self._targets[taken], self._weights[taken]


def _targets(y: Any, recipe: Recipe) -> torch.Tensor:
    """Return targets in the type that losses of torch take."""
    targets = torch.from_numpy(np.ascontiguousarray(y))
    if recipe.targets == "classes" and not recipe.is_single:
        return targets[:, 0].to(recipe.device, torch.int64)
    if targets.is_floating_point() or recipe.targets != "any":
        return targets.to(recipe.device, recipe.dtype)
    return targets.to(recipe.device)
