"""Each fold judges a choice that the others made."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay.selection.choice import choose
from dropdecay.selection.leave_one_fold_out import (
    Curves,
    curves_of,
    kinds_in,
    left_out_cost,
    left_out_picks,
)
from dropdecay.statistics.corrected import paired_difference
from tests.selection.worlds import at, drawn, grid, results_at, results_of


def test_a_fold_that_alone_favours_a_point_does_not_evaluate_it():
    # Point 1 is lucky on fold 2 and worse elsewhere; all others pick point 0 for fold 2.
    curves = curves_of(results_of([[[0.5, 0.5, 0.5], [0.6, 0.6, 0.0]]]))

    judged = left_out_cost(curves, curves.finished, "best", "loss")

    # For folds 0 and 1 the others' means are 0.5 against 0.3: point 1, which costs 0.6 there.
    assert_allclose(judged[:, 0], [0.6, 0.6, 0.5])


def test_the_other_folds_choose_the_epoch_too():
    results = results_of(np.full((1, 1, 3), 0.5), curve=np.zeros(2))
    results["validation_loss"][0, 0, :, 0] = [[0.5, 0.5], [0.5, 0.5], [0.9, 0.1]]
    curves = curves_of(results)

    judged = left_out_cost(curves, curves.finished, "best", "loss")

    # Fold 2 alone is better at epoch 2; the others tie and take the earlier.
    assert_allclose(judged[:, 0], [0.5, 0.5, 0.9])


@pytest.mark.parametrize("rule", ["best", "one_se"])
@pytest.mark.parametrize("criterion", ["loss", "score"])
@pytest.mark.parametrize("seed", range(3))
def test_the_cost_is_that_of_choosing_without_the_fold(rule, criterion, seed):
    results = drawn(seed)
    results["validation_loss"] += 0.3 * np.random.default_rng(1).random(
        results["validation_loss"].shape
    )
    curves = curves_of(results)

    judged = left_out_cost(curves, curves.finished, rule, criterion)

    for fold in range(5):
        others = results.isel(fold=np.arange(5) != fold)
        point = choose(others, rule, criterion).chosen
        there = results.isel(fold=fold, epoch=point.epochs - 1).sel(point.point.as_dict())
        expected = there["validation_loss"] if criterion == "loss" else -there["validation_score"]
        assert_allclose(judged[fold], expected)


def test_only_members_are_picked():
    results = results_of([[[0.5, 0.5, 0.5], [0.1, 0.1, 0.1]]])
    curves = curves_of(results)

    judged = left_out_cost(curves, np.array([True, False]), "best", "loss")

    assert_allclose(judged, 0.5)


def test_a_single_fold_evaluates_its_own_choice():
    curves = curves_of(results_of([[[0.5], [0.4]]]))

    assert_allclose(left_out_cost(curves, curves.finished, "best", "loss"), [[0.4]])


def test_every_finished_point_is_of_one_kind():
    diverged = np.zeros((3, 4, 5, 2), bool)
    diverged[2, 3] = True
    curves = curves_of(drawn(diverged=diverged))

    kinds = kinds_in(curves)
    members = np.array([curves.members(kind) for kind in kinds])

    assert kinds == ("none", "dropout", "weight_decay", "together")
    assert_array_equal(members.sum(axis=0), curves.finished)
    assert [int(each.sum()) for each in members] == [1, 2, 3, 5]


def test_kinds_without_a_finished_point_are_absent():
    diverged = np.zeros((2, 2, 3, 1), bool)
    diverged[0, 0] = diverged[1, 1] = True

    assert kinds_in(curves_of(results_of(np.ones((2, 2, 3)), diverged=diverged))) == (
        "dropout", "weight_decay",
    )  # fmt: skip


def test_of_three_axes_each_is_a_kind_and_all_else_is_together():
    points = grid(dropout=(0.0, 0.2), noise=(0.0, 1.0), limit=(None, 4.0))
    curves = curves_of(results_at(points, np.ones((8, 3))))

    counts = {kind: int(curves.members(kind).sum()) for kind in kinds_in(curves)}

    assert counts == {"none": 1, "dropout": 1, "noise": 1, "limit": 1, "together": 4}


def test_tuned_axes_are_picked_for_none_on_the_other_folds_too():
    points = grid(dropout=(0.0, 0.2), step_size=(0.001, 0.003, 0.01))
    # Without regularization the largest step is best on fold 0 alone, the middle one elsewhere.
    none = [[0.9, 0.9, 0.9], [0.6, 0.6, 0.6], [0.1, 0.8, 0.8]]
    curves = curves_of(results_at(points, [*none, *np.full((3, 3), 0.5)]))

    members = curves.members("none")
    picked, _ = left_out_picks(curves, members, "best", "loss")

    assert kinds_in(curves) == ("none", "dropout")
    assert [points[i] for i in np.flatnonzero(members)] == list(points[:3])
    assert_array_equal(picked, [1, 2, 2])
    assert_allclose(left_out_cost(curves, members, "best", "loss")[:, 0], [0.6, 0.8, 0.8])


@given(seed=st.integers(0, 50), rule=st.sampled_from(["best", "one_se"]),
       folds=st.permutations(range(5)), seeds=st.permutations(range(2)))  # fmt: skip
def test_the_order_of_folds_and_seeds_orders_the_answer_alike(seed, rule, folds, seeds):
    results = drawn(seed)
    first, second = curves_of(results), curves_of(results.isel(fold=folds, seed=seeds))

    judged = left_out_cost(first, first.finished, rule, "loss")

    assert_allclose(left_out_cost(second, second.finished, rule, "loss"), judged[folds][:, seeds])


def test_without_any_effect_left_out_costs_are_unbiased_and_rarely_differ():
    rng, n_worlds = np.random.default_rng(0), 600
    n_flattered = n_judged = 0
    flattered, judged = [], []
    for _ in range(n_worlds):
        # Neighbours go together, as under common random numbers.
        noise = rng.normal(size=(6, 8, 5))
        loss = (noise + np.roll(noise, 1, axis=0) + np.roll(noise, 1, axis=1)).reshape(48, 5)
        curves = Curves(
            (at(1.0, 1.0),) * 48,
            np.ones(48, bool),
            np.ones(48, bool),
            *[loss[:, :, None, None]] * 3,
            loss[:, :, None],
            np.ones(1, int),
            np.zeros(5, int),
            None,
        )
        best = loss[loss.mean(axis=1).argmin()]
        left_out = left_out_cost(curves, curves.finished, "best", "loss")[:, 0]
        flattered.append(best.mean())
        judged.append(left_out.mean())
        n_flattered += paired_difference(loss[0] - best, 0.25).lower > 0.0
        n_judged += paired_difference(loss[0] - left_out, 0.25).lower > 0.0

    assert np.mean(flattered) < -1.4
    assert abs(np.mean(judged)) < 0.1
    assert n_flattered / n_worlds > 0.04
    assert n_judged / n_worlds < 0.03
