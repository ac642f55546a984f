import numpy as np
import pytest

from dropdecay.report.plot_data import NOWHERE, colour_positions, outline, surface_of
from dropdecay.selection.choice import choose
from tests.report.worlds import bowl, grid, results_at, summary_of


def test_a_choice_and_what_json_holds_of_it_mark_the_same_points(more_axes):
    points = grid(dropout=(0.0, (0.1, 0.3)), max_norm=(None, 2.0), activation=("relu", "tanh"))
    results = results_at(points, bowl(dropout=(0.1, 0.3), max_norm=2.0, activation="tanh"))
    live = surface_of(results, choose(results))
    stored = surface_of(results, summary_of(results)["choice"])
    assert live.points[live.best].as_dict() == {
        "dropout": (0.1, 0.3), "max_norm": 2.0, "activation": "tanh",
    }  # fmt: skip
    for name in ("best", "one_standard_error", "chosen"):
        assert getattr(live, name) == getattr(stored, name)
    np.testing.assert_array_equal(live.as_good, stored.as_good)
    assert live.as_good[live.best]


def test_a_choice_made_elsewhere_is_nowhere_on_the_surface():
    results = results_at(grid(dropout=(0.0, 0.2)), bowl(dropout=0.2))
    other = results_at(grid(dropout=(0.5, 0.6)), bowl(dropout=0.6))
    surface = surface_of(results, choose(other))
    assert (surface.best, surface.chosen, surface.as_good.any()) == (NOWHERE, NOWHERE, False)
    assert surface.reference == surface.points[0]


def test_an_eliminated_point_has_figures_so_far_but_cannot_be_chosen():
    results = results_at(grid(dropout=(0.0, 0.2, 0.4)), bowl(dropout=0.2), eliminated={2: 3})
    surface = surface_of(results, choose(results))
    own = results["validation_loss"].isel(point=2, fold=slice(3), seed=0).mean("fold").min()
    assert np.isnan(surface.means.loss[2])
    assert surface.so_far.loss[2] == pytest.approx(float(own))
    np.testing.assert_array_equal(surface.so_far.loss[:2], surface.means.loss[:2])
    assert surface.out_after.tolist() == [0, 0, 3]


def test_colours_run_from_the_best_and_one_ruined_cell_does_not_flatten_the_rest():
    values = np.array([[0.10, 0.11], [0.12, np.nan], [0.13, 9.0]])
    positions, good, bad = colour_positions(values, low_is_good=True)
    np.testing.assert_allclose(positions[[0, 0, 1, 2], [0, 1, 0, 0]], [0, 0.125, 0.25, 0.375])
    assert np.isnan(positions[1, 1])
    assert (positions[2, 1], good) == (1.0, 0.10)
    np.testing.assert_allclose(bad, 0.18)


def test_for_a_score_the_largest_is_good():
    positions, good, bad = colour_positions(np.array([[0.9, 0.5]]), low_is_good=False)
    np.testing.assert_array_equal(positions, [[0, 1]])
    assert (good, bad) == (0.9, 0.5)


def test_equal_values_have_one_colour_and_nothing_at_all_has_none():
    assert (colour_positions(np.ones((2, 2)), low_is_good=True)[0] == 0).all()
    assert np.isnan(colour_positions(np.full((1, 2), np.nan), low_is_good=True)[0]).all()


def test_the_outline_goes_round_a_region_and_not_through_it():
    region = np.array([[True, True], [False, True]])
    sides = outline(region)
    assert {at: "".join(sorted(sides[at[0]][at[1]])) for at in np.ndindex(2, 2)} == {
        (0, 0): "lru", (0, 1): "dl", (1, 0): "", (1, 1): "dru",
    }  # fmt: skip
