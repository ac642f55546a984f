import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.errors import EveryRunDiverged
from dropdecay.selection.choice import choose
from tests.selection.worlds import around, results

MEANS = [[0.50, 0.40], [0.42, 0.60]]


def where(point):
    return point.dropout, point.weight_decay


def test_best_is_the_lowest_mean_with_its_standard_error():
    choice = choose(results(around(MEANS, spread=0.1)))
    assert where(choice.best) == (0.0, 1.0)
    assert choice.best.loss == pytest.approx(0.40)
    assert choice.best.standard_error == pytest.approx(0.1 / np.sqrt(5))
    assert where(choice.chosen) == (0.0, 1.0)


def test_as_good_is_what_lies_within_one_standard_error_of_the_best():
    # The standard error is 0.0447: 0.42 is within it, 0.50 is not.
    choice = choose(results(around(MEANS, spread=0.1)))
    assert choice.as_good.values.tolist() == [[False, True], [True, False]]


def test_the_one_se_choice_overfits_least_among_the_as_good():
    training = np.array([[0.0, 0.1], [0.4, 0.59]])[:, :, None, None, None]
    choice = choose(results(around(MEANS, spread=0.1), training=training), rule="one_se")
    # The smallest gap of all, at (0.5, 1), is not as good.
    assert where(choice.one_standard_error) == (0.5, 0.0)
    assert choice.chosen == choice.one_standard_error
    assert choice.one_standard_error.gap == pytest.approx(0.02)


def test_a_point_with_a_diverged_run_is_never_chosen():
    loss = around(MEANS, spread=0.1)
    loss[0, 1, 3] = np.nan
    choice = choose(results(loss))
    assert where(choice.best) == (0.5, 0.0)
    assert not choice.as_good.values[0, 1]


def test_a_surface_that_diverged_everywhere_is_told_with_a_remedy():
    with pytest.raises(EveryRunDiverged, match="Lower the learning rate"):
        choose(results(np.full((2, 2, 5), np.nan)))


def test_a_score_can_choose_in_place_of_the_loss():
    world = results(around(MEANS, spread=0.1))
    world["validation_score"] = world["validation_score"] * 0
    world["validation_score"].loc[{"dropout": 0.5, "weight_decay": 1.0}] = 1.0
    assert where(choose(world, criterion="score").best) == (0.5, 1.0)


@pytest.mark.parametrize(
    ("best", "axes"),
    [
        ((0, 0), set()),
        ((1, 1), set()),
        ((2, 1), {"dropout"}),
        ((1, 2), {"weight_decay"}),
        ((2, 2), {"dropout", "weight_decay"}),
        ((0, 2), {"weight_decay"}),
    ],
)
def test_an_edge_is_the_far_end_of_an_axis_never_its_zero(best, axes):
    means = np.ones((3, 3))
    means[best] = 0.5
    world = results(around(means), dropout=(0.0, 0.2, 0.4), weight_decay=(0.0, 0.1, 1.0))
    edges = choose(world).edges
    assert {edge.axis for edge in edges} == axes
    for edge in edges:
        assert all(value > edge.value for value in edge.suggestion)
        assert "Try" in str(edge)


def test_an_axis_that_does_not_begin_at_zero_has_an_edge_below():
    means = [[0.5, 1.0], [1.0, 1.0]]
    world = results(around(means), dropout=(0.2, 0.4), weight_decay=(0.1, 1.0))
    suggested = {edge.axis: edge.suggestion for edge in choose(world).edges}
    assert suggested["dropout"] == (0.0, 0.1)
    assert all(value < 0.1 for value in suggested["weight_decay"])


def test_an_axis_of_one_value_has_no_edge_and_dropout_ends_at_its_limit():
    one = results(around([[0.5], [0.6]]), weight_decay=(1.0,))
    assert choose(one).edges == ()
    limit = results(around([[0.6], [0.5]]), dropout=(0.0, 0.8), weight_decay=(1.0,))
    assert choose(limit).edges == ()


@given(seed=st.integers(0, 10_000))
def test_the_order_of_folds_changes_no_conclusion(seed):
    rng = np.random.default_rng(seed)
    loss = rng.normal(1.0, 0.1, (2, 2, 5, 2))
    shuffled = loss[:, :, rng.permutation(5)][..., rng.permutation(2)]
    one, other = choose(results(loss)), choose(results(shuffled))
    assert where(one.best) == where(other.best)
    assert where(one.one_standard_error) == where(other.one_standard_error)
    assert one.as_good.equals(other.as_good)


@given(seed=st.integers(0, 10_000))
def test_a_copy_of_a_point_does_not_change_the_winner(seed):
    loss = np.random.default_rng(seed).normal(1.0, 0.1, (2, 2, 5))
    doubled = np.concatenate([loss, loss[:, :1]], axis=1)
    one = choose(results(loss))
    other = choose(results(doubled, weight_decay=(0.0, 1.0, 2.0)))
    assert one.best.loss == other.best.loss
    assert one.best.score == other.best.score


def test_a_choice_becomes_json():
    choice = choose(results(around(MEANS, spread=0.1)))
    read = json.loads(json.dumps(choice.as_dict()))
    assert read["best"]["weight_decay"] == 1.0
    assert read["as_good"] == [
        {"dropout": 0.0, "weight_decay": 1.0}, {"dropout": 0.5, "weight_decay": 0.0},
    ]  # fmt: skip
    assert set(read["best"]) == set(asdict(choice.best))
