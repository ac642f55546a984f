"""The points and axes of results, and the two forms that results come in.

By point: one dimension ``point`` with one coordinate per axis; fits any design. On a grid: one
dimension per axis, if the points fill a grid; easier to read and plot. Everything that chooses
works by point. There the order of the axes is an attribute of their coordinates, since files do not
preserve the order of coordinates.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
import xarray as xr

from dropdecay.arrays import AnyArray
from dropdecay.axes import Point, restored_value, stored_values
from dropdecay.knobs import is_axis, knob_of

POINT = "point"

ORDER = "order"
"""Attribute of an axis coordinate by point: how many axes vary more slowly."""


def axes_in(results: xr.Dataset) -> tuple[str, ...]:
    """Return the names of the axes of results, in order."""
    if POINT in results.dims:
        order = {
            str(name): int(values.attrs.get(ORDER, 0)) for name, values in results.coords.items()
            if is_axis(name) and values.dims == (POINT,)
        }  # fmt: skip
        return tuple(sorted(order, key=order.__getitem__))
    return tuple(str(name) for name in results["validation_loss"].dims if is_axis(name))


def points_in(results: xr.Dataset) -> tuple[Point, ...]:
    """Return the points of results, in the order of the dimension ``point``."""
    results = by_point(results)
    names = axes_in(results)
    columns = [[restored_value(each) for each in results[name].values.tolist()] for name in names]
    return tuple(Point(tuple(zip(names, row, strict=True))) for row in zip(*columns, strict=True))


def regularizing(point: Point) -> tuple[str, ...]:
    """Return the axes of a point that can regularize, active or not; the others are tuned."""
    return tuple(name for name, _ in point.values if knob_of(name).regularizes)


def neutral_point(names: Iterable[str]) -> Point:
    """Return the point at which none of these axes does anything."""
    return Point(tuple((name, knob_of(name).neutral) for name in names))


def coordinates_of(
    points: Sequence[Point],
) -> dict[str, tuple[str, list[float] | list[str], dict[str, int]]]:
    """Return one coordinate per axis along the dimension ``point``."""
    names = [name for name, _ in points[0].values]
    return {
        name: (POINT, stored_values(point[name] for point in points), {ORDER: i})
        for i, name in enumerate(names)
    }


def by_point(results: xr.Dataset) -> xr.Dataset:
    """Return results of either form with one dimension ``point``."""
    if POINT in results.dims:
        return results
    names = axes_in(results)
    grid = np.meshgrid(*(results[name].values for name in names), indexing="ij")
    coordinates = {
        name: (POINT, each.ravel(), {ORDER: i})
        for i, (name, each) in enumerate(zip(names, grid, strict=True))
    }
    flat = {}
    for name, variable in results.data_vars.items():
        if names[0] not in variable.dims:
            flat[name] = (variable.dims, variable.values, variable.attrs)
            continue
        # Not with stack(): it keeps points innermost in memory, so that sums over folds would
        # differ in their last bits from those of results assembled by point.
        first = variable.transpose(*names, "fold", "seed", "epoch", ..., missing_dims="ignore")
        shape = (grid[0].size, *first.shape[len(names) :])
        flat[name] = ((POINT, *first.dims[len(names) :]), first.values.reshape(shape), first.attrs)
    others = {name: each for name, each in results.coords.items() if name not in names}
    return xr.Dataset(flat, {**coordinates, **others}, results.attrs)


def on_grid(results: xr.Dataset) -> xr.Dataset:
    """Return results with one dimension per axis; unchanged if the points do not fill a grid."""
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


def _distinct(values: AnyArray) -> AnyArray:
    """Return distinct values in order of appearance; NaN counts as one value."""
    return np.array(list({repr(each): each for each in values.tolist()}.values()), values.dtype)


def _same(one: AnyArray, other: AnyArray) -> bool:
    return [repr(each) for each in one.tolist()] == [repr(each) for each in other.tolist()]
