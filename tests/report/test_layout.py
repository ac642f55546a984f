from dataclasses import replace

import numpy as np
import pytest

from dropdecay.errors import BadInput
from dropdecay.report.layout import elsewhere, lay_out, paths_along
from dropdecay.report.plot_data import NOWHERE, surface_of
from dropdecay.selection.choice import choose
from tests.report.worlds import bowl, grid, results_at


def surface_at(points, loss, rule="best"):
    results = results_at(points, loss)
    return surface_of(results, choose(results, rule=rule))


@pytest.fixture
def four(more_axes):
    """Four axes, of which one has a single value; dropout comes last in the data."""
    points = grid(
        max_norm=(None, 4.0, 2.0), learning_rate_init=(0.01,), weight_decay=(0.0, 1.0),
        dropout=(0.0, 0.2),
    )  # fmt: skip
    return surface_at(points, bowl(max_norm=2.0, weight_decay=1.0, dropout=0.2))


def test_the_first_two_axes_of_the_table_that_vary_are_shown_at_the_chosen_values(four):
    layout = lay_out(four)
    assert (layout.across.name, layout.down.name) == ("dropout", "weight_decay")
    shown = [four.points[index] for index in layout.at.ravel()]
    assert [(each["dropout"], each["weight_decay"]) for each in shown] == [
        (0.0, 0.0), (0.0, 1.0), (0.2, 0.0), (0.2, 1.0),
    ]  # fmt: skip
    assert {each["max_norm"] for each in shown} == {2.0}
    assert layout.sentence == "at max-norm 2 (as chosen); learning rate 0.01 throughout"


def test_any_two_axes_can_be_asked_for_and_others_are_refused(four):
    layout = lay_out(four, ("max_norm", "dropout"))
    assert layout.across.values == (None, 4.0, 2.0)  # weakest first
    assert layout.at.shape == (3, 2)
    assert "weight decay 1 (as chosen)" in layout.sentence
    for names, words in (
        (("dropout", "rate"), "no axis 'rate'"),
        (("dropout", "dropout"), "two different"),
        ((), "one axis, or two"),
    ):
        with pytest.raises(BadInput, match=words):
            lay_out(four, names)


def test_one_axis_of_several_values_is_a_path_and_none_a_point():
    path = lay_out(surface_at(grid(dropout=(0.0, 0.2, 0.4), weight_decay=(1.0,)), bowl()))
    assert (path.across.name, path.down, path.at.tolist()) == ("dropout", None, [[0], [1], [2]])
    point = lay_out(surface_at(grid(dropout=(0.0,)), bowl()))
    assert (point.across, point.down, point.at.tolist()) == (None, None, [[0]])


def test_points_that_fill_no_grid_leave_places_without_a_point():
    points = [each for each in grid(dropout=(0.4, 0.0, 0.2), weight_decay=(0.0, 1.0))][:-1]
    layout = lay_out(surface_at(points, bowl(dropout=0.2)))
    assert layout.across.values == (0.0, 0.2, 0.4)
    assert layout.at.tolist() == [[2, 3], [4, NOWHERE], [0, 1]]


def test_names_stand_in_their_order_of_appearance(more_axes):
    points = grid(dropout=(0.0, 0.2), activation=("tanh", "gelu", "relu"))
    layout = lay_out(surface_at(points, bowl()), ("activation", "dropout"))
    assert layout.across.values == ("tanh", "gelu", "relu")


def test_a_marked_point_outside_the_table_is_named(four):
    assert elsewhere(four, lay_out(four)) == []
    held = lay_out(four, ("max_norm", "dropout"))
    missing = np.where(held.at == four.best, NOWHERE, held.at)
    (best, one_se) = elsewhere(four, replace(held, at=missing))
    assert best.startswith("Not shown: the best point (max-norm 2, learning rate 0.01, ")
    assert "one-SE choice" in one_se


def test_paths_go_along_the_second_axis_or_the_one_asked_for(four):
    paths = paths_along(four)
    assert (paths.along.name, paths.by.name, paths.labels) == (
        "weight_decay", "dropout", ("0", "0.2"),
    )  # fmt: skip
    assert four.chosen in paths.at[paths.chosen]
    paths = paths_along(four, "max_norm")
    assert (paths.by.name, paths.at.shape) == ("dropout", (2, 3))
    paths = paths_along(surface_at(grid(dropout=(0.0, 0.2), weight_decay=(1.0,)), bowl()))
    assert (paths.along.name, paths.by, paths.at.tolist()) == ("dropout", None, [[0, 1]])
    assert paths.labels == ("",)
