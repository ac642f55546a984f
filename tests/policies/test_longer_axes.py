"""The policy asked by itself; what a search makes of it stands in ``tests/test_search.py``."""

from types import SimpleNamespace

import pytest

from dropdecay.axes import Axes, Point
from dropdecay.policies.longer_axes import longer_axes
from dropdecay.selection.edges import find_edges
from dropdecay.surface.known import Known
from dropdecay.surface.plan import Plan
from tests.surface.racers import setting


def asked(best, dropouts=(0.0, 0.2), decays=(0.0, 1.0), **how):
    axes = Axes.of({"dropout": dropouts, "weight_decay": decays})
    known = Known(Plan(axes, setting(**how), 5, 1, 0))
    point = Point.of(dropout=best[0], weight_decay=best[1])
    choice = SimpleNamespace(edges=find_edges({axis.name: axis.values for axis in axes}, point))
    return longer_axes(lambda _: choice)(known)


def test_nothing_is_proposed_where_the_best_point_lies_inside():
    assert asked((0.0, 0.0)) is None
    assert asked((0.1, 1.0), (0.0, 0.1, 0.2), (0.0, 1.0, 3.0)) is None


def test_towards_the_stronger_end_one_value_is_added():
    proposal = asked((0.2, 0.0))
    assert proposal.axes["dropout"].values == (0.0, 0.2, 0.3)
    assert proposal.notices == (
        "The best dropout, 0.2, was at the edge: 0.3 added (2 more points).",
    )


def test_towards_the_weaker_end_one_value_and_none_are_added():
    proposal = asked((0.2, 1.0), (0.2, 0.4), (1.0, 3.0))
    assert proposal.axes["dropout"].values == (0.0, 0.1, 0.2, 0.4)
    assert proposal.axes["weight_decay"].values == (0.0, 0.3, 1.0, 3.0)


@pytest.mark.parametrize(("lr", "longer"), [(0.5, False), (0.001, True)])
def test_values_that_could_not_be_trained_are_left_out(lr, longer):
    proposal = asked((0.0, 1.0), lr=lr)
    assert (proposal is not None) == longer


def test_two_axes_that_grow_at_once_can_still_be_trained_together():
    # Each of 1 for the rate and 1 for the decay could be trained with what there was.
    values = {"learning_rate_init": (0.01, 0.09), "weight_decay": (0.1, 3.0)}
    axes = Axes.of(values)
    known = Known(Plan(axes, setting(), 5, 1, 0))
    best = Point.of(learning_rate_init=0.09, weight_decay=3.0)
    edges = find_edges({axis.name: axis.values for axis in axes}, best)
    assert {edge.axis for edge in edges} == {"learning_rate_init", "weight_decay"}
    proposal = longer_axes(lambda _: SimpleNamespace(edges=edges))(known)
    longer = known.after(proposal).plan.axes
    assert longer.n_points > axes.n_points
