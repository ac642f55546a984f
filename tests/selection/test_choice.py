"""Best, as good as the best, one standard error, edges and what is left out."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from dropdecay.axes import Point
from dropdecay.commands.options import spelled
from dropdecay.errors import BadSetting, EveryRunDiverged
from dropdecay.selection.choice import choose
from dropdecay.selection.edges import COMPARED_BEFORE
from tests.selection.worlds import around, at, beside, drawn, grid, results_at, results_of

MEAN = np.array([[0.60, 0.50], [0.45, 0.47]])
GAP = np.array([[0.05, 0.30], [0.20, 0.10]])


def small_world(**more):
    loss = beside(MEAN, 0.03, shared=0.03)
    return results_of(loss, training=loss - GAP[..., None], **more)


def test_best_is_the_lowest_mean_loss_with_its_figures():
    best = choose(small_world()).best

    assert best.point == at(0.1, 0.0)
    assert best.epochs == 2
    assert_allclose([best.loss, best.standard_error, best.training_loss, best.gap],
                    [0.45, 0.03, 0.25, 0.20])  # fmt: skip


def test_one_standard_error_takes_the_smallest_gap_among_those_as_good():
    choice = choose(small_world(), rule="one_se")

    # 0.47 is 0.02 ± 0.03 worse, and its gap of 0.10 is smaller; 0.60 has the smallest gap of all.
    assert choice.chosen.point == choice.one_standard_error.point == at(0.1, 0.001)
    assert choice.best.point == at(0.1, 0.0)
    assert choice.as_good == (at(0.1, 0.0), at(0.1, 0.001))
    assert choice.n_points == 4


def test_the_default_rule_chooses_the_best():
    choice = choose(small_world())

    assert choice.chosen == choice.best
    assert (choice.rule, choice.criterion) == ("best", "loss")


def test_a_score_may_choose_and_the_highest_wins():
    score = -beside(-np.array([[0.9, 0.8], [0.7, 0.89]]), 0.02, shared=0.02)

    choice = choose(small_world(score=score), criterion="score")

    assert choice.best.point == at(0.0, 0.0)
    assert_allclose([choice.best.score, choice.best.score_standard_error], [0.9, 0.02])
    assert choice.as_good == (at(0.0, 0.0), at(0.1, 0.001))


def test_seeds_are_averaged_before_the_standard_error_is_taken():
    results = drawn(shape=(1, 1, 5, 3))

    best = choose(results).best

    by_fold = results["validation_loss"].isel(dropout=0, weight_decay=0, epoch=1).mean("seed")
    assert_allclose(best.standard_error, stats.sem(by_fold))
    assert best.fold_variance >= 0.0
    assert best.seed_variance > 0.0


def test_points_that_did_not_finish_are_counted_and_never_chosen():
    diverged = np.zeros((2, 2, 4, 1), bool)
    diverged[1, 0, 3] = True

    choice = choose(small_world(diverged=diverged))

    assert choice.best.point == at(0.1, 0.001)
    assert choice.n_unfinished == 1
    assert at(0.1, 0.0) not in choice.as_good


def test_a_surface_that_diverged_everywhere_is_refused_with_a_remedy():
    with pytest.raises(EveryRunDiverged, match=r"rate \(learning_rate_init\) and fit") as caught:
        choose(small_world(diverged=np.ones((2, 2, 4, 1), bool)))
    assert "learning rate (--lr) and fit again." in caught.value.spelled(spelled)


def test_a_score_that_is_nan_everywhere_cannot_choose():
    results = small_world(score=np.full((2, 2, 4), np.nan))

    with pytest.raises(BadSetting, match=r"NaN\. Use another scorer, or crit") as caught:
        choose(results, criterion="score")
    said = caught.value.spelled(spelled)
    assert said.startswith("--scoring gave no number")
    assert said.endswith("or --criterion loss.")
    assert np.isnan(choose(results).best.score)


def test_one_fold_is_enough_to_choose():
    choice = choose(results_of([[[0.5], [0.4]]]), rule="one_se")

    assert choice.chosen.point == at(0.0, 0.001)
    assert np.isnan(choice.best.standard_error)


def test_an_edge_is_found_at_the_best_point():
    loss = around(np.array([[0.6, 0.5], [0.5, 0.4]]), np.full((2, 2), 0.01))

    assert {edge.axis for edge in choose(results_of(loss)).edges} == {"dropout", "weight_decay"}
    assert {edge.axis for edge in choose(small_world()).edges} == {"dropout"}


def test_an_axis_whose_values_were_compared_before_has_no_edge():
    results = results_of(np.array([[[1.0, 1.0], [0.9, 0.9]], [[0.9, 0.9], [0.1, 0.1]]]))
    assert {edge.axis for edge in choose(results).edges} == {"dropout", "weight_decay"}
    for name, left in (("weight_decay", {"dropout"}), ("dropout,weight_decay", set())):
        told = results.assign_attrs({COMPARED_BEFORE: name})
        assert {edge.axis for edge in choose(told).edges} == left


def test_a_choice_is_plain_json():
    plain = json.loads(json.dumps(choose(small_world()).as_dict(), allow_nan=False))

    assert plain["chosen"]["point"] == {"dropout": 0.1, "weight_decay": 0.0}
    assert plain["chosen"]["epochs"] == 2
    assert plain["best"]["seed_variance"] is None
    assert plain["as_good"] == [
        {"dropout": 0.1, "weight_decay": 0.0}, {"dropout": 0.1, "weight_decay": 0.001},
    ]  # fmt: skip
    assert plain["n_points"] == 4
    assert plain["edges"][0]["suggestion"] == [0.2, 0.3]
    assert plain["edges"][0]["end"] == "stronger"
    assert plain["edges"][0]["sentence"].startswith("The best dropout, 0.1, is at the edge")


@given(
    seed=st.integers(0, 100),
    rule=st.sampled_from(["best", "one_se"]),
    folds=st.permutations(range(5)),
    seeds=st.permutations(range(2)),
)
def test_the_order_of_folds_and_seeds_changes_no_choice(seed, rule, folds, seeds):
    results = drawn(seed)

    found, other = choose(results, rule), choose(results.isel(fold=folds, seed=seeds), rule)

    assert other.chosen.point == found.chosen.point
    assert other.as_good == found.as_good
    assert_allclose(other.chosen.loss, found.chosen.loss)


@given(seed=st.integers(0, 100), rule=st.sampled_from(["best", "one_se"]), twice=st.integers(0, 2))
def test_a_duplicated_row_of_points_changes_no_winners_figures(seed, rule, twice):
    results = drawn(seed)
    doubled = results.isel(dropout=[0, 1, 2, twice]).assign_coords(dropout=[0.0, 0.1, 0.2, 0.3])

    assert choose(doubled, rule).chosen.loss == choose(results, rule).chosen.loss
    assert choose(doubled, rule).chosen.score == choose(results, rule).chosen.score


THREE = grid(dropout=(0.0, 0.2), limit=(None, 4.0), step_size=(0.001, 0.01))
COST = np.array([0.8, 0.7, 0.6, 0.55, 0.65, 0.64, 0.5, 0.45])


def test_points_of_any_axes_are_chosen_and_written_by_name():
    loss = beside(COST, 0.06)

    choice = choose(results_at(THREE, loss))

    assert choice.best.point == Point.of(dropout=0.2, limit=4.0, step_size=0.01)
    assert choice.as_good == (THREE[6], THREE[7])
    assert [edge.axis for edge in choice.edges] == ["dropout", "limit", "step_size"]
    plain = json.loads(json.dumps(choice.as_dict(), allow_nan=False))
    assert plain["best"]["point"] == {"dropout": 0.2, "limit": 4.0, "step_size": 0.01}
    assert plain["edges"][1]["suggestion"] == [1.0, 2.0]


def test_a_point_is_none_whatever_the_tuned_axes_say():
    choice = choose(results_at(THREE, around(COST[::-1], np.full(8, 0.01))))

    assert choice.best.point == Point.of(dropout=0.0, limit=None, step_size=0.001)
    assert choice.best.is_none
    assert json.loads(json.dumps(choice.as_dict()))["best"]["point"]["limit"] is None


def test_points_that_fill_no_grid_are_chosen_among_alike():
    some = [0, 3, 5, 6]

    choice = choose(results_at([THREE[i] for i in some], around(COST[some], np.full(4, 0.01))))

    assert choice.best.point == THREE[6]
    assert choice.n_points == 4


def test_rates_a_layer_and_names_are_chosen_as_they_were_given():
    points = grid(dropout=(0.0, (0.1, 0.3)), shape=("round", "square"))

    choice = choose(results_at(points, around([0.8, 0.7, 0.6, 0.5], np.full(4, 0.01))))

    assert choice.best.point == Point.of(dropout=(0.1, 0.3), shape="square")
    assert choice.edges == ()
    assert choice.as_dict()["best"]["point"] == {"dropout": [0.1, 0.3], "shape": "square"}


@given(order=st.permutations(range(8)), rule=st.sampled_from(["best", "one_se"]))
def test_the_order_of_points_changes_no_choice(order, rule):
    loss, gap = around(COST, np.full(8, 0.1)), np.linspace(0.3, 0.1, 8)[:, None]
    found = choose(results_at(THREE, loss, training=loss - gap), rule)

    turned = [THREE[i] for i in order]
    other = choose(results_at(turned, loss[order], training=(loss - gap)[order]), rule)

    assert other.chosen.point == found.chosen.point
    assert other.chosen.loss == found.chosen.loss
    assert set(other.as_good) == set(found.as_good)
