"""Results by point and on a grid: the same results in two forms, in memory and in a file."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from dropdecay.axes import Axes, Axis, Point
from dropdecay.selection.points import axes_in, by_point, on_grid, points_in, regularizing
from tests.selection.worlds import at, drawn, grid, results_at

NUMBERS = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=3, unique=True)
VALUES = {
    "dropout": st.lists(
        st.one_of(st.sampled_from([0.0, 0.2, 0.5]), st.sampled_from([(0.1, 0.3), (0.2, 0.0)])),
        min_size=1, max_size=3, unique=True,
    ),
    "weight_decay": NUMBERS,
    "limit": NUMBERS.map(lambda values: [None, *values]),
    "step_size": NUMBERS,
    "shape": st.lists(st.sampled_from(["round", "square", "star"]), min_size=1, unique=True),
}  # fmt: skip


@st.composite
def grids(draw):
    """Draw the points of a full grid of one to three axes, in any order of axes."""
    names = draw(st.lists(st.sampled_from(list(VALUES)), min_size=1, max_size=3, unique=True))
    return Axes(tuple(Axis(name, tuple(draw(VALUES[name]))) for name in names)).points


def results_for(points):
    return results_at(points, np.random.default_rng(0).random((len(points), 3, 2)), spread=0.1)


def through_file(results, folder):
    results.to_netcdf(folder / "results.nc", engine="scipy")
    with xr.open_dataset(folder / "results.nc", engine="scipy") as opened:
        return opened.load()


@given(points=grids())
def test_the_two_forms_are_inverse(points):
    results = results_for(points)

    gridded = on_grid(results)

    assert gridded["validation_loss"].dims[: len(axes_in(results))] == axes_in(results)
    xr.testing.assert_identical(by_point(gridded), results)
    xr.testing.assert_identical(on_grid(by_point(gridded)), gridded)


@given(points=grids())
def test_either_form_has_the_points_in_their_order(points):
    results = results_for(points)

    assert points_in(results) == points_in(on_grid(results)) == points


def test_results_in_a_form_already_are_returned_as_they_are():
    results = drawn()

    assert on_grid(results) is results
    assert by_point(by_point(results)).identical(by_point(results))


def test_by_point_the_runs_come_first_and_lie_together_in_memory():
    flat = by_point(drawn().transpose("block", "epoch", "seed", "fold", ...))["out_of_fold_loss"]

    assert flat.dims == ("point", "fold", "seed", "epoch", "block")
    assert flat.values.flags["C_CONTIGUOUS"]


def test_what_belongs_to_folds_and_not_to_points_is_left_alone():
    results = drawn().assign_coords(repeat=("fold", np.arange(5)))
    results["validation_loss"].attrs["unit"] = "nats"

    for form in (by_point(results), on_grid(by_point(results))):
        xr.testing.assert_identical(form["block_rows"].drop_vars("repeat"), drawn()["block_rows"])
        assert_array_equal(form["repeat"], np.arange(5))
        assert form.attrs == results.attrs
        assert form["validation_loss"].attrs == {"unit": "nats"}


POINTS = {
    "none": grid(limit=(None, 4.0, 2.0), dropout=(0.0, 0.2)),
    "rates a layer": grid(weight_decay=(0.0, 1.0), dropout=(0.0, (0.1, 0.3))),
    "names": grid(shape=("square", "round"), dropout=(0.0, 0.2)),
}


@pytest.mark.parametrize("points", POINTS.values(), ids=list(POINTS))
def test_a_file_keeps_values_and_their_order_in_either_form(points, tmp_path):
    results = results_for(points)

    for form in (results, on_grid(results)):
        loaded = through_file(form, tmp_path)
        assert points_in(loaded) == points
        assert_array_equal(by_point(loaded)["validation_loss"], results["validation_loss"])
        assert on_grid(loaded)["validation_loss"].dims == on_grid(results)["validation_loss"].dims


def test_in_a_file_none_is_nan_and_tuples_and_names_are_text(tmp_path):
    points = (
        Point.of(limit=None, dropout=(0.1, 0.3), shape="round"),
        Point.of(limit=4.0, dropout=0.0, shape="square"),
    )

    loaded = through_file(results_for(points), tmp_path)

    assert_array_equal(loaded["limit"], [np.nan, 4.0])
    assert_array_equal(loaded["dropout"], ["[0.1, 0.3]", "0.0"])
    assert_array_equal(loaded["shape"], ["round", "square"])


@pytest.mark.parametrize("left_out", range(4))
def test_a_design_that_fills_no_grid_stays_by_point(left_out):
    points = [
        point for i, point in enumerate(grid(dropout=(0.0, 0.2), limit=(None, 4.0)))
        if i != left_out
    ]  # fmt: skip
    results = results_for(points)

    assert on_grid(results) is results
    assert points_in(results) == tuple(points)


def test_a_point_there_twice_in_place_of_another_fills_no_grid():
    results = results_for([at(0.0, 0.0), at(0.0, 1.0), at(0.2, 0.0), at(0.2, 0.0)])

    assert on_grid(results) is results


def test_axes_are_in_the_order_of_dimensions_or_of_their_coordinates():
    points = grid(weight_decay=(0.0, 1.0), dropout=(0.0, 0.2))

    assert axes_in(results_for(points)) == ("weight_decay", "dropout")
    assert axes_in(drawn()) == ("dropout", "weight_decay")


def test_axes_that_can_regularize_are_distinguished_from_tuned_ones():
    point = Point.of(step_size=0.003, limit=None, shape="round", dropout=0.2)

    assert regularizing(point) == ("limit", "dropout")
