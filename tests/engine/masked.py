"""Modules run with our masks, and the same masks made by the reference."""

from collections import OrderedDict

import numpy as np
import torch
from torch import nn

from dropdecay.engine.torch_sites import MaskedModule
from tests.reference.philox import mask

KEY = np.array([20261126, 4055], np.uint32)


def by_hand(shape, rate, layer, *, step=1, call=0):
    """The factor of every unit of a layer."""
    return torch.from_numpy(mask(shape, rate, step, layer, KEY, call))


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, dtype=torch.float64, generator=generator)


def made(make):
    """A module in float64 with weights that are the same each time."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return make().double()


def forward(masked, value, *args, step=1, **kwargs):
    """The module's output in one step."""
    masked.at(value, KEY)
    with masked.step(step):
        return masked.module(*args, **kwargs)


def run(module, value, *args, step=1, **options):
    """The output of a module with our masks."""
    return forward(MaskedModule(module, args, **options), value, *args, step=step)


def close(got, want):
    torch.testing.assert_close(got, want, rtol=1e-12, atol=1e-12)


def sequential(**parts):
    return nn.Sequential(OrderedDict(parts))
