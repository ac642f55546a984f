"""Points the race ended: which they are, and their figures on the folds they were trained on."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Int64
from dropdecay.selection.epochs import SURFACE


def is_eliminated(results: xr.Dataset) -> Bool:
    """Return which points the race ended, (n_dropout, n_weight_decay)."""
    if "eliminated" not in results:
        return np.zeros((results.sizes["dropout"], results.sizes["weight_decay"]), bool)
    return np.asarray(results["eliminated"].transpose(*SURFACE).values, bool)


def folds_until_out(results: xr.Dataset) -> Int64:
    """Return after how many folds the race ended each point; 0: it did not."""
    curve = results["validation_loss"].mean("seed", skipna=False)
    trained = curve.notnull().all("epoch").sum("fold").transpose(*SURFACE)
    return np.where(is_eliminated(results), trained.values, 0).astype(np.int64)


def on_own_folds(
    results: xr.Dataset, reduce: Callable[[xr.Dataset], Mapping[str, Any]]
) -> dict[str, Any]:
    """Reduce results to arrays by point, an eliminated point on the folds it was trained on.

    Parameters
    ----------
    results : xarray.Dataset
    reduce : callable
        Makes arrays of shape (n_dropout, n_weight_decay, ...) of results.
    """
    arrays, out_after = dict(reduce(results)), folds_until_out(results)
    for n_folds in np.unique(out_after[out_after > 0]):
        # The race goes fold by fold, so those that were trained are the first.
        part, at = reduce(results.isel(fold=slice(n_folds))), out_after == n_folds
        for name, values in part.items():
            here = at.reshape(*at.shape, *(1,) * (values.ndim - at.ndim))
            arrays[name] = np.where(here, values, arrays[name])
    return arrays
