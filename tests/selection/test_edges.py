"""Where the best lies on the border, and what is proposed beyond it."""

import numpy as np
import pytest

from dropdecay.selection.edges import (
    find_edges,
    half_decades_above,
    half_decades_below,
    rates_above,
)

RATES, STRENGTHS = np.array([0.0, 0.2, 0.4]), np.array([0.0, 0.1, 1.0])


def test_a_best_inside_has_no_edge():
    assert find_edges(RATES, STRENGTHS, 0.2, 0.1) == ()


def test_no_regularization_is_no_edge_since_nothing_lies_below_0():
    assert find_edges(RATES, STRENGTHS, 0.0, 0.0) == ()


def test_the_largest_weight_decay_is_an_edge_with_half_decades_beyond():
    (edge,) = find_edges(RATES, STRENGTHS, 0.2, 1.0)

    assert (edge.axis, edge.side, edge.value) == ("weight_decay", "upper", 1.0)
    assert edge.suggestion == (3.0, 10.0)
    assert str(edge) == (
        "The best weight decay, 1, is at the edge of the surface (its largest): a better one may "
        "lie beyond. Try 3 and 10 too (weight_decays, --weight-decay)."
    )


def test_both_axes_can_have_an_edge_at_once():
    edges = find_edges(RATES, STRENGTHS, 0.4, 1.0)

    assert [(edge.axis, edge.suggestion) for edge in edges] == [
        ("dropout", (0.5, 0.6)), ("weight_decay", (3.0, 10.0)),
    ]  # fmt: skip


def test_the_smallest_value_above_0_is_an_edge_downwards():
    edges = find_edges(np.array([0.2, 0.4]), np.array([0.03, 0.3]), 0.2, 0.03)

    assert [(edge.side, edge.suggestion) for edge in edges] == [
        ("lower", (0.0, 0.1)), ("lower", (0.003, 0.01)),
    ]  # fmt: skip
    assert "(its smallest)" in str(edges[0])


def test_an_axis_of_one_value_has_no_edge():
    assert find_edges(np.array([0.3]), np.array([0.1]), 0.3, 0.1) == ()


@pytest.mark.parametrize(("rate", "strength"), [(0.8, 30.0), (0.9, 100.0)])
def test_beyond_the_stated_limits_nothing_is_proposed(rate, strength):
    rates, strengths = np.array([0.2, 0.3, rate]), np.array([0.1, 0.3, strength])

    assert (
        find_edges(rates, strengths, rate, 0.3) == find_edges(rates, strengths, 0.3, strength) == ()
    )


def test_rates_go_on_by_a_tenth_up_to_0_8():
    assert rates_above(0.5) == (0.6, 0.7)
    assert rates_above(0.7) == (0.8,)
    assert rates_above(0.75) == (0.8,)
    assert rates_above(0.8) == ()


def test_weight_decays_go_on_by_half_decades_from_any_value():
    assert half_decades_above(0.3) == (1.0, 3.0)
    assert half_decades_above(0.2) == (0.3, 1.0)
    assert half_decades_above(10.0) == (30.0,)
    assert half_decades_below(1.0) == (0.1, 0.3)
    assert half_decades_below(0.0005) == (0.0001, 0.0003)
    assert half_decades_above(0.0) == half_decades_below(0.0) == ()
