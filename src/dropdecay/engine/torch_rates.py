"""Learning rates of their own for some parameters: each is a share of the network's.

Schedules know the network's rate alone. Shares act where a step is taken and where weights decay.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import nn

Factors = tuple[tuple[str, float], ...]
"""Patterns of names, and the factor of each."""

_FACTOR = "dropdecay_factor"
"""Where a group of an optimizer keeps its own."""


def factors_of(names: Iterable[str], given: Factors) -> dict[str, float]:
    """Return the factor of every parameter: that of the first pattern that its name fits, or 1."""
    return {
        name: next((factor for pattern, factor in given if fnmatchcase(name, pattern)), 1.0)
        for name in names
    }


def grouped(params: Mapping[str, nn.Parameter], given: Factors) -> list[Any]:
    """Return what an optimizer is made of: parameters, in groups where they have factors."""
    if not given:
        return [*params.values()]
    groups: dict[float, list[nn.Parameter]] = {}
    for name, factor in factors_of(params, given).items():
        groups.setdefault(factor, []).append(params[name])
    return [{"params": each, _FACTOR: factor} for factor, each in groups.items()]


def take_step(optimizer: torch.optim.Optimizer) -> None:
    """Let an optimizer move its parameters, each group at its share of the learning rate."""
    rates = [group["lr"] for group in optimizer.param_groups]
    for group in optimizer.param_groups:
        if _FACTOR in group:
            group["lr"] = group["lr"] * group[_FACTOR]
    optimizer.step()
    for group, rate in zip(optimizer.param_groups, rates, strict=True):
        group["lr"] = rate
