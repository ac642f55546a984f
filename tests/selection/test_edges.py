"""Where the best lies at the end of an axis, and what is proposed beyond it."""

import pytest

from dropdecay.axes import Point
from dropdecay.decay_memory import Pace
from dropdecay.selection.edges import find_edges
from tests.selection.worlds import at

RATES, STRENGTHS = [0.0, 0.2, 0.4], [0.0, 0.1, 1.0]


def edges_of(rates, strengths, rate, strength):
    return find_edges({"dropout": rates, "weight_decay": strengths}, at(rate, strength))


def test_a_best_inside_has_no_edge():
    assert edges_of(RATES, STRENGTHS, 0.2, 0.1) == ()


def test_no_regularization_is_no_edge_since_nothing_lies_below_0():
    assert edges_of(RATES, STRENGTHS, 0.0, 0.0) == ()


def test_the_largest_weight_decay_is_an_edge_with_half_decades_beyond():
    (edge,) = edges_of(RATES, STRENGTHS, 0.2, 1.0)

    assert (edge.axis, edge.end, edge.value) == ("weight_decay", "stronger", 1.0)
    assert edge.suggestion == (3.0, 10.0)
    assert str(edge) == (
        "The best weight decay, 1, is at the edge of the surface (its largest value); a better one "
        "may lie beyond. Also try 3 and 10 (weight_decays, --weight-decay)."
    )


def test_both_axes_can_have_an_edge_at_once():
    edges = edges_of(RATES, STRENGTHS, 0.4, 1.0)

    assert [(edge.axis, edge.suggestion) for edge in edges] == [
        ("dropout", (0.5, 0.6)), ("weight_decay", (3.0, 10.0)),
    ]  # fmt: skip


def test_the_smallest_value_above_0_is_an_edge_downwards():
    edges = edges_of([0.2, 0.4], [0.03, 0.3], 0.2, 0.03)

    assert [(edge.end, edge.suggestion) for edge in edges] == [
        ("weaker", (0.0, 0.1)), ("weaker", (0.003, 0.01)),
    ]  # fmt: skip
    assert "(its smallest value)" in str(edges[0])


def test_an_axis_of_one_value_has_no_edge():
    assert edges_of([0.3], [0.1, 0.1], 0.3, 0.1) == ()


@pytest.mark.parametrize(("rate", "strength"), [(0.8, 30.0), (0.9, 100.0)])
def test_beyond_the_stated_limits_nothing_is_proposed(rate, strength):
    rates, strengths = [0.2, 0.3, rate], [0.1, 0.3, strength]

    assert edges_of(rates, strengths, rate, 0.3) == edges_of(rates, strengths, 0.3, strength) == ()


def test_values_stand_in_any_order():
    assert edges_of([0.4, 0.0, 0.2], STRENGTHS, 0.4, 0.1) == edges_of(RATES, STRENGTHS, 0.4, 0.1)


def test_where_less_is_stronger_the_smallest_value_is_the_strong_end():
    (edge,) = find_edges({"limit": [None, 4.0, 2.0]}, Point.of(limit=2.0))

    assert (edge.end, edge.suggestion) == ("stronger", (0.5, 1.0))
    assert str(edge) == (
        "The best limit, 2, is at the edge of the surface (its smallest value); a better one may "
        "lie beyond. Also try 0.5 and 1 (axes={'limit': ...}, --axis limit=)."
    )


def test_none_is_proposed_as_the_weakest_value_and_ends_the_axis():
    (edge,) = find_edges({"limit": [4.0, 2.0]}, Point.of(limit=4.0))

    assert (edge.end, edge.suggestion) == ("weaker", (8.0, None))
    assert "(its largest value)" in str(edge)
    assert "Also try 8 and none" in str(edge)
    assert find_edges({"limit": [None, 4.0]}, Point.of(limit=None)) == ()


def test_a_tuned_axis_goes_on_in_both_directions():
    low, high = (
        find_edges({"step_size": [0.5, 2.0]}, Point.of(step_size=best))[0] for best in (0.5, 2.0)
    )

    assert (low.end, high.end) == ("weaker", "stronger")
    assert high.suggestion == (6.0,)
    assert str(high).startswith("The best step size, 2, is at the edge of the surface")


def test_an_axis_of_names_has_no_ends():
    assert find_edges({"shape": ["round", "square"]}, Point.of(shape="square")) == ()


def test_nothing_is_proposed_beyond_rates_per_layer():
    rates = [0.0, (0.1, 0.3)]

    assert find_edges({"dropout": rates}, Point.of(dropout=(0.1, 0.3))) == ()


def edge_of_decay(decays, best, pace=Pace(0.001, 25)):  # noqa: B008  # it is frozen
    edges = find_edges({"weight_decay": decays}, Point.of(weight_decay=best), pace)
    return [(edge.end, edge.suggestion) for edge in edges]


AUTO = (0.0, 0.1, 0.31, 1.0, 3.1, 10.0)
"""None, and memories of 400, 130, 40, 13 and 4 epochs, with 25 steps an epoch."""


def test_decays_with_a_memory_go_on_to_one_epoch_and_to_1300():
    assert edge_of_decay(AUTO, 10.0) == [("stronger", (30.0,))]
    assert edge_of_decay((*AUTO, 30.0), 30.0) == []
    assert edge_of_decay(AUTO, 0.1) == [("weaker", (0.03,))]
    assert edge_of_decay((0.0, 0.03, *AUTO), 0.03) == []


def test_with_more_steps_an_epoch_they_go_on_elsewhere():
    decays = (0.0, 0.04, 0.12, 0.4, 1.2, 4.0)
    assert edge_of_decay(decays, 4.0, Pace(0.001, 63)) == [("stronger", (13.0,))]
    assert edge_of_decay(decays, 0.04, Pace(0.001, 63)) == [("weaker", (0.013,))]


def test_decays_that_forget_more_slowly_than_1300_epochs_end_in_none():
    assert edge_of_decay((0.01, 0.1), 0.01) == [("weaker", (0.0,))]


def test_the_weakest_decay_beside_none_is_an_end_only_where_it_has_a_memory():
    (edge,) = find_edges({"weight_decay": AUTO}, Point.of(weight_decay=0.1), Pace(0.001, 25))
    assert "0.1, is at the edge of the surface (its smallest value besides none)" in str(edge)
    assert edge_of_decay(AUTO, 0.1, None) == []
    for inside in (0.0, 0.31, 3.1):
        assert edge_of_decay(AUTO, inside) == []


def test_a_memory_moves_no_other_axis():
    rates = {"dropout": [0.0, 0.1, 0.2]}
    assert find_edges(rates, Point.of(dropout=0.1), Pace(0.001, 25)) == ()
    pair = [find_edges(rates, Point.of(dropout=0.2), each) for each in (None, Pace(0.001, 25))]
    assert pair[0] == pair[1] != ()
