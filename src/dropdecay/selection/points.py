"""The points of results: which axes there are, and the two forms that results come in.

By point: one dimension ``point``, with a coordinate an axis; any design fits. On a grid: one
dimension an axis, where the points fill one; easier to read and to plot. Everything that chooses
works by point.
"""

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr

from dropdecay.axes import AXES, Point, restored_value, stored_values

POINT = "point"


def axes_in(results: xr.Dataset) -> tuple[str, ...]:
    """Return the names of the axes of results, in order."""
    if POINT in results.dims:
        return tuple(
            str(name) for name, values in results.coords.items()
            if name in AXES and values.dims == (POINT,)
        )  # fmt: skip
    return tuple(str(name) for name in results["validation_loss"].dims if name in AXES)


def points_in(results: xr.Dataset) -> tuple[Point, ...]:
    """Return the points of results, in the order of the dimension ``point``."""
    results = by_point(results)
    names = axes_in(results)
    columns = [[restored_value(each) for each in results[name].values.tolist()] for name in names]
    return tuple(Point(tuple(zip(names, row, strict=True))) for row in zip(*columns, strict=True))


def coordinates_of(points: Sequence[Point]) -> dict[str, tuple[str, list[float] | list[str]]]:
    """Return one coordinate an axis along the dimension ``point``."""
    names = [name for name, _ in points[0].values]
    return {name: (POINT, stored_values(point[name] for point in points)) for name in names}


def by_point(results: xr.Dataset) -> xr.Dataset:
    """Return results with one dimension ``point``, whichever form they come in."""
    if POINT in results.dims:
        return results
    stacked = results.stack({POINT: axes_in(results)}, create_index=False)
    return stacked.transpose(POINT, "fold", "seed", "epoch", ..., missing_dims="ignore")


def on_grid(results: xr.Dataset) -> xr.Dataset:
    """Return results with one dimension an axis; as they are where the points fill no grid."""
    if POINT not in results.dims:
        return results
    names = axes_in(results)
    values = {name: _distinct(results[name].values) for name in names}
    sizes = [each.size for each in values.values()]
    filled = np.meshgrid(*values.values(), indexing="ij")
    if math.prod(sizes) != results.sizes[POINT] or not all(
        _same(grid.ravel(), results[name].values) for name, grid in zip(names, filled, strict=True)
    ):
        return results
    unstacked = {}
    for name, variable in results.data_vars.items():
        if POINT not in variable.dims:
            unstacked[name] = (variable.dims, variable.values, variable.attrs)
            continue
        first = variable.transpose(POINT, ...)
        shape = (*sizes, *first.shape[1:])
        unstacked[name] = ((*names, *first.dims[1:]), first.values.reshape(shape), variable.attrs)
    others = {name: each for name, each in results.coords.items() if name not in names}
    return xr.Dataset(unstacked, {**values, **others}, results.attrs)


def _distinct(values: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]  # numbers or text
    """Return values without repetition, in their order; NaN counts as one value."""
    return np.array(list({repr(each): each for each in values.tolist()}.values()), values.dtype)


def _same(one: np.ndarray, other: np.ndarray) -> bool:  # type: ignore[type-arg]  # numbers or text
    return [repr(each) for each in one.tolist()] == [repr(each) for each in other.tolist()]
