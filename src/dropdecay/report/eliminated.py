"""Points that were eliminated, given up or dropped on a pilot, and their figures so far."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from dropdecay.arrays import Bool, Float64, Int64
from dropdecay.selection.epochs import ends_of, is_given_up
from dropdecay.selection.points import POINT, by_point

ON_PILOT = -1
"""In place of a number of folds: the pilot of a large table dropped the point before the first, or
a cocktail left it out."""


def is_eliminated(results: xr.Dataset) -> Bool:
    """Return which points the race or the pilot eliminated, (n_points,)."""
    results = by_point(results)
    if "eliminated" not in results:
        return np.zeros(results.sizes[POINT], bool)
    return np.asarray(results["eliminated"].values, bool)


def folds_until_out(results: xr.Dataset) -> Int64:
    """Return after how many folds each point was out, (n_points,).

    0: it is not; ``ON_PILOT``: before the first.
    """
    results = by_point(results)
    curve = results["validation_loss"].mean("seed", skipna=False)
    trained = curve.notnull().any("epoch").sum("fold")
    out_after = np.where(trained.values > 0, trained.values, ON_PILOT)
    out = is_eliminated(results) | is_given_up(results)
    return np.where(out, out_after, 0).astype(np.int64)


def given_up_after(results: xr.Dataset) -> Int64:
    """Return after how many epochs each point was given up, (n_points,); 0: it was not."""
    return np.where(is_given_up(results), ends_of(results), 0)


def on_own_folds(
    results: xr.Dataset, reduce: Callable[[xr.Dataset], Mapping[str, Float64]]
) -> dict[str, Float64]:
    """Reduce results to arrays by point, those that are out over the folds they were trained on.

    Parameters
    ----------
    results : xarray.Dataset
    reduce : callable
        Returns arrays of shape (n_points, ...) for results by point.
    """
    results = by_point(results)
    arrays, out_after = dict(reduce(results)), folds_until_out(results)
    # What was given up has no epoch of its own, unless nobody asks why it ended.
    unasked = results.drop_vars("ending", errors="ignore")
    for n_folds in np.unique(out_after[out_after > 0]):
        # The race goes fold by fold, so the trained folds are the first ones.
        part, at = reduce(unasked.isel(fold=slice(n_folds))), out_after == n_folds
        for name, values in part.items():
            here = at.reshape(-1, *(1,) * (values.ndim - 1))
            arrays[name] = np.where(here, values, arrays[name])
    return arrays
