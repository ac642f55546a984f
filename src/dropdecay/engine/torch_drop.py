"""Drop units of a tensor by a mask that was drawn elsewhere, in each of torch's three ways."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from dropdecay.kernels.masks import ONE

_SATURATION = 1.7580993408473766
"""Minus the value at which SELU saturates; where alpha dropout drops, it puts this instead of 0."""


@dataclass(frozen=True)
class Kept:
    """Which units survive.

    Parameters
    ----------
    kept : Tensor of bool
    threshold : int or tensor of no axes
        The rate times 65536. A tensor where networks with rates of their own share the decisions.
    """

    kept: torch.Tensor
    threshold: int | torch.Tensor

    def factors(self, dtype: torch.dtype) -> torch.Tensor:
        """Return what units are multiplied by: 0, or the reciprocal of the share that survives."""
        return self.kept.to(dtype) * _cast(ONE / (ONE - self.threshold), dtype)


Draw = Callable[[Sequence[int], torch.device], Kept | None]
"""Draws the mask of a shape, or returns None where the rate is 0 and nothing is to be done."""


def drop(draw: Draw, x: torch.Tensor, shape: Sequence[int], inplace: bool) -> torch.Tensor:
    """Set units to 0 and scale the others up. A mask of smaller ``shape`` is broadcast."""
    kept = draw(shape, x.device)
    if kept is None:
        return x
    factors = kept.factors(x.dtype)
    return x.mul_(factors) if inplace else x * factors


def drop_to_saturation(
    draw: Draw, x: torch.Tensor, shape: Sequence[int], inplace: bool
) -> torch.Tensor:
    """Set units to where SELU saturates, and keep mean and variance (Klambauer et al. 2017)."""
    kept = draw(shape, x.device)
    if kept is None:
        return x
    rate = kept.threshold / ONE
    a = _cast(((1 - rate) * (1 + rate * _SATURATION**2)) ** -0.5, x.dtype)
    survivors = kept.kept.to(x.dtype)
    shift = (survivors - 1 + _cast(rate, x.dtype)) * (_SATURATION * a)
    return x.mul_(survivors * a).add_(shift) if inplace else x * (survivors * a) + shift


def channels(x: torch.Tensor, *, batched: bool = True) -> tuple[int, ...]:
    """Return the shape of a mask that drops whole channels."""
    axes = 2 if batched else 1
    return (*x.shape[:axes], *(1 for _ in x.shape[axes:]))


def _cast(number: float | torch.Tensor, dtype: torch.dtype) -> float | torch.Tensor:
    return number.to(dtype) if isinstance(number, torch.Tensor) else number
