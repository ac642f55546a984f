"""Points that the race or a pilot eliminated, and their figures on the folds that they have."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.selection.points import POINT, by_point

ON_PILOT = -1
"""In place of a number of folds: the pilot of a large table dropped the point before the first."""


def is_eliminated(results: xr.Dataset) -> Bool:
    """Return which points the race or the pilot eliminated, (n_points,)."""
    results = by_point(results)
    if "eliminated" not in results:
        return np.zeros(results.sizes[POINT], bool)
    return np.asarray(results["eliminated"].values, bool)


def folds_until_out(results: xr.Dataset) -> Int64:
    """Return after how many folds each point was eliminated, (n_points,).

    0: it was not; ``ON_PILOT``: before the first.
    """
    results = by_point(results)
    curve = results["validation_loss"].mean("seed", skipna=False)
    trained = curve.notnull().any("epoch").sum("fold")
    out_after = np.where(trained.values > 0, trained.values, ON_PILOT)
    return np.where(is_eliminated(results), out_after, 0).astype(np.int64)


def on_own_folds(
    results: xr.Dataset, reduce: Callable[[xr.Dataset], Mapping[str, Float64]]
) -> dict[str, Float64]:
    """Reduce results to arrays by point, eliminated points over the folds they were trained on.

    Parameters
    ----------
    results : xarray.Dataset
    reduce : callable
        Returns arrays of shape (n_points, ...) for results by point.
    """
    results = by_point(results)
    arrays, out_after = dict(reduce(results)), folds_until_out(results)
    for n_folds in np.unique(out_after[out_after > 0]):
        # The race goes fold by fold, so the trained folds are the first ones.
        part, at = reduce(results.isel(fold=slice(n_folds))), out_after == n_folds
        for name, values in part.items():
            here = at.reshape(-1, *(1,) * (values.ndim - 1))
            arrays[name] = np.where(here, values, arrays[name])
    return arrays
