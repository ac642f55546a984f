"""Losses in a power of ten: the mean squared error of prices can have twelve digits."""

import math

import numpy as np
import xarray as xr

from dropdecay.arrays import Float64
from dropdecay.selection.epochs import figures_at_epochs
from dropdecay.selection.plain_curves import PLAIN_NAME, WEIGHTED_BLOCKS

LOSSES = ("training_loss", "validation_loss", "out_of_fold_loss", WEIGHTED_BLOCKS)


def power_of(loss: Float64) -> int:
    """Return the power of ten, a multiple of 3, by which large or tiny losses are divided."""
    largest = float(np.nanmax(loss)) if np.isfinite(loss).any() else 0.0
    if largest <= 0.0 or 1e-4 <= largest < 1e6:
        return 0
    return 3 * math.floor(math.log10(largest) / 3)


def in_power(name: str, power: int) -> str:
    """Name a loss that is divided by a power of ten."""
    return f"{name} / 1e{power}" if power else name


def in_powers(results: xr.Dataset) -> tuple[xr.Dataset, int]:
    """Return results with large or tiny losses divided by a power of ten, and the power."""
    power = power_of(figures_at_epochs(results).loss.mean(axis=1))
    if not power:
        return results, power
    scale = 10.0**-power
    attrs = {
        name: in_power(str(results.attrs[name]), power)
        for name in ("loss_name", PLAIN_NAME)
        if name in results.attrs
    }
    losses = {name: results[name] for name in LOSSES if name in results}
    divided = {name: each.copy(data=scale * each.values) for name, each in losses.items()}
    return results.assign(divided).assign_attrs(attrs), power
