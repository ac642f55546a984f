"""The rows of a data set as tensors on a device, batch by batch."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from dropdecay.arrays import Floating, Int64
from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.torch_datasets import joined, starts_of
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
    """All rows of data sets of one form on a device, one data set after another."""

    def __init__(self, datasets: Sequence[Dataset], recipe: Recipe) -> None:
        given = [inputs_in(each) for each in datasets]
        self.datasets, self.example = datasets, given[0][:EXAMPLE_ROWS]
        self._starts = starts_of(datasets)
        moved = [tensors_of(each, recipe.dtype, recipe.device) for each in given]
        self._names = moved[0][1]
        self._tensors = [joined(each) for each in zip(*(own for own, _ in moved), strict=True)]
        self._targets = joined([_targets(each.y, recipe) for each in datasets])
        self._weights = joined([_weights(each, recipe) for each in datasets])

    def batch(self, taken: torch.Tensor, at: int = 0) -> tuple[Any, torch.Tensor, torch.Tensor]:
        """Return what ``forward`` takes, the targets and the weights of rows of a data set."""
        taken = taken + self._starts[at] if self._starts[at] else taken
        tensors = tuple(each[taken] for each in self._tensors)
        return forward_inputs((tensors, self._names)), self._targets[taken], self._weights[taken]

    def shifted(self, rows: Int64, at: int) -> Int64:
        """Return rows of a data set as those that ``batch`` takes from the first one."""
        shifted: Int64 = rows + self._starts[at]
        return shifted


def _weights(dataset: Dataset, recipe: Recipe) -> torch.Tensor:
    weights: Floating | None = dataset.sample_weight
    if weights is None:
        return torch.ones(len(dataset.y), dtype=recipe.dtype, device=recipe.device)
    return torch.from_numpy(np.asarray(weights)).to(recipe.device, recipe.dtype)


def _targets(y: Any, recipe: Recipe) -> torch.Tensor:
    """Return targets in the type that losses of torch take."""
    targets = torch.from_numpy(np.ascontiguousarray(y))
    if recipe.targets == "classes" and not recipe.is_single:
        return targets[:, 0].to(recipe.device, torch.int64)
    if targets.is_floating_point() or recipe.targets != "any":
        return targets.to(recipe.device, recipe.dtype)
    return targets.to(recipe.device)
