"""A fold's pick does not know of points that the axes reach because of that fold."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from dropdecay.axes import Point
from dropdecay.selection.edges import Edge, find_edges
from dropdecay.selection.leave_one_fold_out import curves_of, left_out_picks
from dropdecay.selection.points import POINT
from dropdecay.selection.reach import next_values, reached
from tests.selection.worlds import grid, results_at

ASKED = (0.0, 1.0, 3.0)
ALL = (0.0, 1.0, 3.0, 10.0, 30.0)
POINTS = grid(weight_decay=ALL)


def surface(loss, asked=ASKED):
    """Make the axis longer as a search does, and return the surface that it ends with.

    ``loss`` is (value of ALL, fold): what is there to be found.
    """
    values, mean = set(asked), np.asarray(loss).mean(axis=1)
    while True:
        best = min(sorted(values), key=lambda value: mean[ALL.index(value)])
        edges = find_edges({"weight_decay": values}, Point.of(weight_decay=best))
        longer = values | {each for edge in edges for each in next_values(edge)}
        if longer == values:
            break
        values = longer
    here = [ALL.index(value) for value in sorted(values)]
    results = results_at([POINTS[i] for i in here], np.asarray(loss)[here])
    return results.assign(asked=(POINT, [ALL[i] in asked for i in here]))


def picks(results, *, replayed=True):
    """Return the value that the others pick for each fold, among all where nothing is replayed."""
    if not replayed:
        results = results.assign(asked=results["asked"] | True)
    curves = curves_of(results)
    points, _ = left_out_picks(curves, curves.finished, "best", "loss")
    return [curves.points[point]["weight_decay"] for point in points]


def test_a_value_that_is_there_because_of_a_fold_is_not_picked_for_it():
    # On folds 1 to 4, 1 is best of those asked for and 10 would be better still.
    loss = np.array([[0.9] * 5, [0.5] * 5, [0.6] * 5, [0.1] * 5, [0.9] * 5])
    short = surface(loss)
    assert short.sizes[POINT] == 3
    assert picks(short) == [1.0] * 5

    loss[:, 0] = [9.0, 9.0, 0.0, 9.0, 9.0]  # fold 0 alone wants 3, the end of the axis

    longer = surface(loss)
    assert longer.sizes[POINT] == 5 - 1
    assert picks(longer)[0] == 1.0
    assert picks(longer, replayed=False)[0] == 10.0


def test_a_value_that_the_others_reach_themselves_is_picked():
    loss = np.array([[0.9] * 5, [0.8] * 5, [0.6] * 5, [0.1] * 5, [0.9] * 5])
    assert picks(surface(loss)) == [10.0] * 5


@given(st.integers(0, 2000), st.integers(0, 4))
def test_losses_of_a_fold_that_lengthen_the_axis_do_not_move_its_pick(seed, fold):
    loss = np.random.default_rng(seed).normal(size=(5, 5))
    without, longer = loss.copy(), loss.copy()
    without[:, fold], longer[:, fold] = 0.0, [9.0, 9.0, -90.0, -190.0, -290.0]
    without[ASKED.index(1.0), fold] = -90.0  # inside: nothing is added
    others = np.delete(loss, fold, axis=1).mean(axis=1)
    if others[:3].argmin() == 2:
        return  # the others reach beyond by themselves
    assert surface(without).sizes[POINT] == 3
    assert surface(longer).sizes[POINT] == 5
    assert picks(surface(longer))[fold] == picks(surface(without))[fold]


def test_in_null_worlds_a_longer_axis_flatters_unless_it_is_replayed_by_fold():
    rng, gains = np.random.default_rng(0), {True: [], False: []}
    for _ in range(700):
        loss = rng.normal(size=(5, 5))
        results = surface(loss)
        if results.sizes[POINT] == 3:
            continue
        for replayed, seen in gains.items():
            picked = [ALL.index(value) for value in picks(results, replayed=replayed)]
            seen.append((loss[0] - loss[picked, np.arange(5)]).mean())

    before, after = (np.array(gains[replayed]) for replayed in (False, True))
    error = (before - after).std() / np.sqrt(before.size)
    assert (before - after).mean() > 3 * error


def test_all_axes_grow_at_once_and_only_into_points_that_are_there():
    points = grid(dropout=(0.0, 0.2, 0.3), weight_decay=(0.0, 1.0, 3.0))
    asked = np.array([point["dropout"] < 0.3 and point["weight_decay"] < 3 for point in points])
    cost = np.array([3.0 - 5 * point["dropout"] - point["weight_decay"] for point in points])

    found = reached(points, asked, np.ones(9, bool), cost)

    assert found.all()
    cost[[point["dropout"] == 0.0 for point in points]] -= 9.0
    found = reached(points, asked, np.ones(9, bool), cost)
    assert_array_equal(found, [point["dropout"] < 0.3 for point in points])


def test_points_that_did_not_finish_draw_no_axis():
    finished = np.array([True, True, False, True, True])
    found = reached(POINTS, np.arange(5) < 3, finished, np.array([2.0, 1.0, 0.0, 0.0, 0.0]))
    assert_array_equal(found, np.arange(5) < 3)


def test_points_without_a_score_draw_no_axis_either():
    costs = np.array([np.nan, 2.0, 1.0, 0.5, 0.7])
    found = reached(POINTS, np.arange(5) < 3, np.ones(5, bool), costs)
    assert_array_equal(found, np.arange(5) < 5)


@pytest.mark.parametrize(
    ("end", "suggestion", "values"),
    [("stronger", (10.0, 30.0), [10.0]), ("weaker", (0.1, 0.3), [0.3, 0.0])],
)
def test_one_value_is_taken_and_towards_the_weaker_end_the_neutral_one_too(end, suggestion, values):
    assert next_values(Edge("weight_decay", end, 3.0, suggestion)) == values


def test_where_less_is_stronger_the_nearest_value_is_taken_as_well():
    assert next_values(Edge("max_norm", "stronger", 2.0, (0.5, 1.0))) == [1.0]
    assert next_values(Edge("max_norm", "weaker", 2.0, (4.0, 8.0))) == [4.0, None]
