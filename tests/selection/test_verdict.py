"""The verdict: its kinds, its sentences, and how seldom it is wrong where nothing helps."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from dropdecay.selection.choice import choose
from dropdecay.selection.verdict import reach_verdict
from tests.selection.worlds import by_run, drawn, grid, results_at, results_of

WOBBLE = np.array([0.01, -0.01, 0.005, -0.005, 0.0])
"""What folds add to the difference between two points."""


def world(mean, wobble=0.1, **more):
    """Folds whose differences to the first point vary by ``wobble`` times WOBBLE a point."""
    mean = np.asarray(mean)
    steps = np.arange(mean.size).reshape(mean.shape)
    fold = np.array([0.0, 0.1, 0.2, -0.1, -0.2])
    return results_of(mean[..., None] + fold + wobble * steps[..., None] * WOBBLE, **more)


def verdict_of(results, rule="best", criterion="loss"):
    return reach_verdict(results, choose(results, rule, criterion))


HELPFUL = [[0.7, 0.6], [0.65, 0.5]]


def test_a_clear_gain_helps_with_its_size_and_interval_in_one_sentence():
    verdict = verdict_of(world(HELPFUL))

    assert verdict.kind == "helps"
    assert str(verdict).startswith(
        "Regularization helps: dropout 0.1 with weight decay 0.001 lowers the log loss by 29 %, "
        "0.2 (95 % interval 0.19"
    )
    assert str(verdict).endswith("), measured on folds held out of the selection.")
    assert verdict.needed is None


def test_the_gain_and_interval_are_those_of_the_corrected_test_on_left_out_folds():
    results = world(HELPFUL, wobble=1.0)
    loss = results["validation_loss"].isel(epoch=1, seed=0)
    # The same point wins on any four folds, so leaving out changes nothing here.
    gain = (loss[0, 0] - loss[1, 1]).values

    comparison = verdict_of(results).comparisons[0]

    half = stats.t.ppf(0.975, 4) * gain.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    assert comparison.against == "none"
    assert_allclose([comparison.gain.mean, comparison.gain.lower], [0.2, 0.2 - half])
    assert_allclose(comparison.same_folds.mean, 0.2)


def test_a_lucky_point_gains_on_its_own_folds_and_not_on_those_left_out():
    loss = np.full((1, 4, 5), 0.5)
    for point in (1, 2, 3):
        loss[0, point, point] -= 0.3
        loss[0, point, 0] += 0.05

    comparison = verdict_of(results_of(loss)).comparisons[0]

    assert comparison.same_folds.mean > 0.0
    assert comparison.gain.mean < 0.0


def test_the_choice_of_none_is_that_regularization_does_not_help():
    verdict = verdict_of(world([[0.5, 0.6], [0.6, 0.7]]))

    assert verdict.kind == "does not help"
    assert str(verdict) == (
        "Regularization does not help here: no setting beats the unregularized log loss."
    )
    assert verdict.comparisons[0].sentence == (
        "Against no regularization: this is the chosen setting."
    )


def test_folds_that_disagree_about_everything_leave_none_chosen():
    verdict = verdict_of(world([[0.5, 0.501]], wobble=10.0))

    assert verdict.comparisons[0].gain.upper > 0.05
    assert verdict.kind == "does not help"


def test_a_gain_that_is_certainly_tiny_does_not_help():
    verdict = verdict_of(world([[0.5, 0.499]], wobble=0.01))

    assert verdict.kind == "does not help"
    assert "the gain of weight decay 0.001 over none is below 1 % of the log loss" in str(verdict)


def test_an_uncertain_gain_is_not_enough_data_and_names_what_would_settle_it():
    verdict = verdict_of(world([[0.5, 0.49]], wobble=0.8))

    assert verdict.kind == "not enough data to tell"
    assert verdict.needed.folds == 5
    assert str(verdict).startswith(
        "Not enough data to tell whether regularization helps: weight decay 0.001 is chosen, but "
        "its gain in log loss over none is uncertain (0.01; 95 % interval -"
    )
    assert str(verdict).endswith(
        "about 5 more folds (other splits of the same rows) would settle it."
    )
    assert verdict.needed.seeds is None


def test_seeds_are_proposed_if_they_cause_the_variance():
    mean = by_run(world([[0.5, 0.49]])["validation_loss"].isel(epoch=1, seed=0).values)
    seeds = np.zeros((1, 2, 5, 2))
    seeds[0, 1] = np.array([0.01, -0.01]) * np.array([1, -1, 1, 1, -1])[:, None]
    seeds[0, 1] += 0.009 * np.array([1, -1, 1, -1, 0])[:, None]

    verdict = verdict_of(results_of(mean + seeds))

    assert verdict.kind == "not enough data to tell"
    assert verdict.needed.seeds == 5
    assert str(verdict).endswith("about 5 more seeds would settle it.")


def test_more_rows_are_proposed_if_nothing_else_would_settle_it():
    verdict = verdict_of(world([[0.5, 0.49]], wobble=4.0))

    assert verdict.kind == "not enough data to tell"
    assert str(verdict).endswith("would not settle it, more rows would.")


def test_one_fold_is_not_enough_data():
    verdict = verdict_of(results_of([[[0.5], [0.3]]]))

    assert verdict.kind == "not enough data to tell"
    assert "no interval with a single fold" in str(verdict)
    assert str(verdict).endswith("use at least five folds.")


def test_underfitting_goes_before_all_else():
    loss = np.array([[0.5, 0.6]])
    results = world(loss, curve=np.linspace(0.5, 0.0, 6))
    results["training_loss"] = results["validation_loss"] - 0.001

    verdict = verdict_of(results)

    assert verdict.kind == "underfits"
    assert str(verdict).startswith("The network underfits")


def test_without_the_point_of_none_there_is_nothing_to_compare_with():
    verdict = verdict_of(world([[0.5, 0.4]], dropout=[0.1]))

    assert verdict.kind == "not enough data to tell"
    assert str(verdict).endswith("no unregularized point; include dropout 0 and weight decay 0.")
    assert [each.against for each in verdict.comparisons] == ["dropout"]
    assert verdict.effects == ()


def test_a_point_of_none_that_diverged_is_named_as_the_reason():
    diverged = np.zeros((1, 2, 5, 1), bool)
    diverged[0, 0, 2] = True

    verdict = verdict_of(world([[0.5, 0.4]], diverged=diverged))

    assert verdict.kind == "not enough data to tell"
    assert "training without it diverged" in str(verdict)


def test_the_choice_is_compared_with_none_and_each_axis_alone():
    verdict = verdict_of(world(HELPFUL))

    assert [each.against for each in verdict.comparisons] == ["none", "dropout", "weight_decay"]
    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.2, 0.15, 0.1])
    first, second, third = (each.sentence for each in verdict.comparisons)
    assert first.startswith("Against no regularization: log loss lower by 0.2 (95 % interval 0.1")
    assert second.startswith("Against dropout alone: log loss lower by 0.15 (95 % interval 0.1")
    assert third.startswith("Against weight decay alone: log loss lower by 0.1 (95 % interval 0.0")
    assert all(sentence.endswith("), better.") for sentence in (first, second, third))


def test_each_kind_is_compared_at_its_own_best():
    verdict = verdict_of(world([[0.7, 0.66, 0.6], [0.65, 0.5, 0.55], [0.62, 0.7, 0.7]]))

    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.2, 0.12, 0.1])
    assert_allclose([each.same_folds.mean for each in verdict.comparisons], [0.2, 0.12, 0.1])


def test_a_comparison_with_the_choice_itself_says_so():
    verdict = verdict_of(world([[0.7, 0.5], [0.65, 0.6]]))

    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.2, 0.15, 0.0])
    assert verdict.comparisons[2].sentence == (
        "Against weight decay alone: this is the chosen setting."
    )


def test_a_rule_that_pays_for_parsimony_may_be_worse_than_none():
    # Folds differ far more than points do: a standard error of 0.07 over folds makes all as good.
    results = world([[0.5, 0.52]])
    results["training_loss"][0, 1] = results["validation_loss"][0, 1]

    verdict = verdict_of(results, rule="one_se")

    assert verdict.kind == "does not help"
    assert verdict.comparisons[0].sentence.startswith("Against no regularization: log loss higher")
    assert verdict.comparisons[0].sentence.endswith("), worse.")


def test_a_difference_that_folds_do_not_agree_on_is_not_clear():
    sentence = verdict_of(world([[0.5, 0.49]], wobble=4.0)).comparisons[0].sentence

    assert sentence.endswith("), no clear difference.")


def test_effects_are_of_the_best_of_each_kind():
    verdict = verdict_of(world(HELPFUL))

    gains = {effect.name: effect.gain.mean for effect in verdict.effects}
    assert gains == pytest.approx(
        {"dropout": 0.05, "weight_decay": 0.1, "together": 0.2, "beyond_sum": 0.05}
    )


def test_a_choice_by_score_is_evaluated_by_the_score():
    score = -world(HELPFUL)["validation_loss"].isel(epoch=1).values
    results = world(np.full((2, 2), 0.5), score=score)

    verdict = verdict_of(results, criterion="score")

    assert verdict.kind == "helps"
    assert "raises the accuracy by 0.2 (95 %" in str(verdict)
    assert "accuracy higher by 0.2" in verdict.comparisons[0].sentence


def test_a_network_no_better_than_a_constant_is_noted():
    assert verdict_of(world(HELPFUL, attributes={"baseline_loss": 0.7})).notes == ()

    verdict = verdict_of(world(HELPFUL, attributes={"baseline_loss": 0.5}))

    assert verdict.sentences[-1] == (
        "A constant prediction has a log loss of 0.5, about as good as this network."
    )
    assert len(verdict.sentences) == 4


def test_two_equal_points_leave_none_chosen():
    assert verdict_of(world([[0.5, 0.5]], wobble=0.0)).kind == "does not help"


@pytest.mark.parametrize("results", [world(HELPFUL), results_of([[[0.5], [0.3]]]), drawn(1)])
def test_a_verdict_is_plain_json(results):
    plain = json.loads(json.dumps(verdict_of(results).as_dict(), allow_nan=False))

    assert set(plain) == {"kind", "sentence", "comparisons", "effects", "needed", "notes"}
    assert plain["comparisons"][0]["against"] == "none"


@given(
    seed=st.integers(0, 100),
    rule=st.sampled_from(["best", "one_se"]),
    folds=st.permutations(range(5)),
    seeds=st.permutations(range(2)),
)
def test_the_order_of_folds_and_seeds_changes_no_verdict(seed, rule, folds, seeds):
    results = drawn(seed)

    found = verdict_of(results, rule)
    other = verdict_of(results.isel(fold=folds, seed=seeds), rule)

    assert str(other) == str(found)
    assert other.sentences == found.sentences


@given(seed=st.integers(0, 100), twice=st.integers(1, 2))
def test_a_duplicated_row_of_points_changes_no_verdict(seed, twice):
    results = drawn(seed)
    doubled = results.isel(dropout=[0, 1, 2, twice]).assign_coords(dropout=[0.0, 0.1, 0.2, 0.3])

    found, other = verdict_of(results), verdict_of(doubled)

    assert other.kind == found.kind
    assert [each.gain for each in other.comparisons] == [each.gain for each in found.comparisons]


def test_without_any_effect_the_verdict_is_rarely_helps():
    rng = np.random.default_rng(0)

    kinds = [verdict_of(results_of(5.0 + rng.normal(size=(6, 8, 5)))).kind for _ in range(60)]

    assert kinds.count("helps") <= 3


FOLDS = np.array([0.0, 0.1, 0.2, -0.1, -0.2])


def verdict_at(points, mean, **more):
    steps = np.arange(len(points))[:, None]
    return verdict_of(
        results_at(points, np.asarray(mean)[:, None] + FOLDS + 0.1 * steps * WOBBLE, **more)
    )


THREE = grid(dropout=(0.0, 0.2), noise=(0.0, 1.0), limit=(None, 4.0))


def test_with_three_axes_the_choice_is_compared_with_none_and_each_alone():
    verdict = verdict_at(THREE, [0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.55, 0.5])

    assert str(verdict).startswith(
        "Regularization helps: dropout 0.2, noise 1 and limit 4 lowers the log loss by 44 %"
    )
    assert [each.against for each in verdict.comparisons] == ["none", "dropout", "noise", "limit"]
    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.4, 0.2, 0.3, 0.35])
    assert verdict.comparisons[3].sentence.startswith("Against limit alone: log loss lower by 0.35")
    assert [each.name for each in verdict.effects] == ["dropout", "noise", "limit", "together"]


def test_a_path_of_one_axis_is_compared_with_none_only():
    verdict = verdict_at(grid(limit=(None, 4.0, 2.0)), [0.9, 0.7, 0.8])

    assert [each.against for each in verdict.comparisons] == ["none"]
    assert [each.name for each in verdict.effects] == ["limit"]
    assert str(verdict).startswith("Regularization helps: limit 4 lowers the log loss by 22 %")


def test_without_an_unregularized_point_the_verdict_names_it():
    verdict = verdict_at(grid(dropout=(0.0, 0.1), limit=(4.0, 2.0)), [0.9, 0.8, 0.7, 0.6])

    assert str(verdict).endswith("no unregularized point; include dropout 0 and limit none.")


def test_none_has_tuned_axes_at_its_own_best():
    points = grid(dropout=(0.0, 0.2), step_size=(0.001, 0.01))

    verdict = verdict_at(points, [0.6, 0.9, 0.8, 0.5])

    assert verdict.comparisons[0].gain.mean == pytest.approx(0.1)
    assert str(verdict).startswith("Regularization helps: dropout 0.2 lowers the log loss by 17 %")
    assert verdict.effects[-1].sentence == "Step size: tuned; 0.01 was chosen."
    assert json.loads(json.dumps(verdict.as_dict()))["effects"][-1]["gain"] is None


def test_with_only_tuned_axes_there_is_no_verdict():
    verdict = verdict_at(grid(step_size=(0.001, 0.01)), [0.9, 0.5])

    assert verdict.kind == "not enough data to tell"
    assert str(verdict).endswith("no axis of the surface regularizes.")
    assert verdict.comparisons == ()
    assert [each.name for each in verdict.effects] == ["step_size"]
