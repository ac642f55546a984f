"""The verdict: its labels, its sentences, and how seldom it is wrong where nothing helps."""

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from dropdecay.selection.choice import choose
from dropdecay.selection.contest import Contest, Obstacle, Pick, RepeatedContest, RowLosses
from dropdecay.selection.verdict import reach_verdict
from dropdecay.statistics.hybrid import repeated_gain
from tests.selection.worlds import at, drawn, grid, results_at, results_of

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


def test_a_clear_gain_says_what_to_do_what_to_expect_and_how_sure_that_is():
    verdict = verdict_of(world(HELPFUL))

    assert verdict.kind == "helps"
    assert verdict.recommendation == "Use dropout 0.1 with weight decay 0.001."
    effect, chances = verdict.grounds
    assert effect == "It lowers the log loss by 29 % (0.200; 95 % interval 0.196 to 0.204)."
    assert chances == (
        "Chance that it helps: more than 99 %, that it gains more than 1 %: more than 99 % "
        "(from the folds of the surface alone)."
    )
    assert str(verdict) == f"{verdict.recommendation} {effect} {chances}"


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
    gain = verdict_of(results).gain
    assert_allclose([gain.mean, gain.lower, gain.upper], [0.2, 0.2 - half, 0.2 + half])
    assert gain.upper - gain.mean == pytest.approx(stats.norm.ppf(0.975) * gain.standard_error)
    assert (gain.baseline, gain.margin) == pytest.approx((0.7, 0.007))
    assert (gain.n_repeats, gain.n_rows, gain.intervals) == (1, None, ())


def test_a_lucky_point_gains_on_its_own_folds_and_not_on_those_left_out():
    loss = np.full((1, 4, 5), 0.5)
    for point in (1, 2, 3):
        loss[0, point, point] -= 0.3
        loss[0, point, 0] += 0.05

    comparison = verdict_of(results_of(loss)).comparisons[0]

    assert comparison.same_folds.mean > 0.0
    assert comparison.gain.mean < 0.0


def test_picks_that_score_as_none_on_every_fold_they_judge_are_not_called_none():
    score = np.full((1, 2, 5), 0.9)
    score[0, 1, 0] = 1.0  # a single row of fold 0, which none of the others judges
    verdict = verdict_of(results_of(np.full((1, 2, 5), 0.5), score=score), criterion="score")

    assert verdict.kind == "open"
    assert verdict.gain.is_untested
    assert "picked no regularization" not in str(verdict)
    assert "The folds picked weight decay 0.001 (4), no regularization (1)." in str(verdict)


def test_the_choice_of_none_is_recommended_and_proves_nothing():
    verdict = verdict_of(world([[0.5, 0.6], [0.6, 0.7]]))

    assert verdict.kind == "open"
    assert str(verdict) == (
        "Use no regularization. Whichever fold was left out, the others picked no regularization, "
        "so nothing competed with it; that does not prove that it is best."
    )
    assert verdict.gain.is_untested
    assert verdict.comparisons[0].sentence == (
        "Against no regularization: this is the choice itself."
    )


def test_where_folds_disagree_about_everything_it_is_open_and_the_picks_are_named():
    verdict = verdict_of(world([[0.5, 0.501]], wobble=10.0))

    assert verdict.comparisons[0].gain.upper > 0.05
    assert verdict.kind == "open"
    assert verdict.recommendation == "Use no regularization."
    assert verdict.grounds[-1] == (
        "The gain is that of choosing this way, each fold judging what the others picked: "
        "no regularization (3), weight decay 0.001 (2)."
    )


def test_a_gain_that_is_surely_tiny_makes_no_difference():
    verdict = verdict_of(world([[0.5, 0.499]], wobble=0.01))

    assert verdict.kind == "makes no difference"
    assert verdict.recommendation == (
        "Use weight decay 0.001 or no regularization: they are equally good."
    )


@pytest.mark.parametrize(("wobble", "kind"), [(0.8, "probably helps"), (4.0, "open")])
def test_an_uncertain_gain_is_recommended_and_never_answered_with_more_folds(wobble, kind):
    verdict = verdict_of(world([[0.5, 0.49]], wobble=wobble))

    assert verdict.kind == kind
    assert verdict.recommendation == "Use weight decay 0.001."
    assert re.match(
        r"It lowers the log loss by 2 % \(0.010?; 95 % interval -0.0", verdict.grounds[0]
    )
    assert "more folds" not in str(verdict)
    assert "rows" not in str(verdict)


def test_one_fold_cannot_tell():
    verdict = verdict_of(results_of([[[0.5], [0.3]]]))

    assert verdict.kind == "open"
    assert str(verdict) == (
        "Use weight decay 0.001. One fold gives no interval; five folds or more would."
    )


def test_underfitting_goes_before_all_else():
    loss = np.array([[0.5, 0.6]])
    results = world(loss, curve=np.linspace(0.5, 0.0, 6))
    results["training_loss"] = results["validation_loss"] - 0.001

    verdict = verdict_of(results)

    assert verdict.kind == "underfits"
    assert str(verdict) == (
        "First try more epochs or a larger learning rate. The network "
        "underfits: it is best with the least regularization, and its validation log loss is still "
        "falling at the last epoch, 6."
    )


def test_without_the_point_of_none_there_is_nothing_to_compare_with():
    verdict = verdict_of(world([[0.5, 0.4]], dropout=[0.1]))

    assert verdict.kind == "open"
    assert verdict.gain is None
    assert str(verdict) == (
        "Use dropout 0.1 with weight decay 0.001. Whether it helps is open: the surface has no "
        "point without regularization; include dropout 0 and weight decay 0."
    )
    assert [each.against for each in verdict.comparisons] == ["dropout"]
    assert verdict.effects == ()


def test_a_point_of_none_that_diverged_is_named_as_the_reason():
    diverged = np.zeros((1, 2, 5, 1), bool)
    diverged[0, 0, 2] = True

    verdict = verdict_of(world([[0.5, 0.4]], diverged=diverged))

    assert verdict.kind == "open"
    assert "without regularization the training diverged" in str(verdict)


def test_comparisons_stand_against_none_and_each_axis_alone():
    verdict = verdict_of(world(HELPFUL))

    assert [each.against for each in verdict.comparisons] == ["none", "dropout", "weight_decay"]
    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.2, 0.15, 0.1])
    first, second, third = (each.sentence for each in verdict.comparisons)
    assert first.startswith("Against no regularization: log loss lower by 0.200 (95 % interval 0.1")
    assert second.startswith("Against dropout alone: log loss lower by 0.1500 (95 % interval 0.1")
    assert third.startswith("Against weight decay alone: log loss lower by 0.1000 (95 % interval ")
    assert all(sentence.endswith("), better.") for sentence in (first, second, third))


def test_each_kind_stands_at_its_own_best():
    verdict = verdict_of(world([[0.7, 0.66, 0.6], [0.65, 0.5, 0.55], [0.62, 0.7, 0.7]]))

    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.2, 0.12, 0.1])
    assert_allclose([each.same_folds.mean for each in verdict.comparisons], [0.2, 0.12, 0.1])


def test_a_comparison_with_what_never_takes_effect_shows_no_zeros():
    loss = np.empty((1, 4, 5))
    loss[0] = np.array([0.5, 0.6, 0.5, 0.7])[:, None] + 0.01 * np.arange(5)

    sentences = [each.sentence for each in verdict_of(results_of(loss)).comparisons]

    assert sentences == [
        "Against no regularization: this is the choice itself.",
        "Against weight decay alone: no difference on any fold.",
    ]


def test_a_comparison_with_the_own_kind_says_so():
    verdict = verdict_of(world([[0.7, 0.5], [0.65, 0.6]]))

    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.2, 0.15, 0.0])
    assert verdict.comparisons[2].sentence == (
        "Against weight decay alone: this is the choice itself."
    )


def test_a_rule_that_pays_for_parsimony_may_be_worse_than_none():
    # 0.5025 is 0.0025 ± 0.0032 worse than none: as good, and of the smaller gap.
    results = world([[0.5, 0.5025]])
    results["validation_loss"][0, 1] += 0.008 * np.array([1, -1, 1, -1, 0])[:, None, None]
    results["training_loss"][0, 1] = results["validation_loss"][0, 1]

    verdict = verdict_of(results, rule="one_se")

    assert verdict.gain.mean < 0.0
    assert verdict.comparisons[0].sentence.startswith("Against no regularization: log loss higher")
    assert "raises the log loss by" in verdict.grounds[0]


def test_a_difference_that_folds_do_not_agree_on_is_not_clear():
    sentence = verdict_of(world([[0.5, 0.49]], wobble=4.0)).comparisons[0].sentence

    assert sentence.endswith("), no clear difference.")


def test_effects_are_of_the_best_of_each_kind():
    verdict = verdict_of(world(HELPFUL))

    gains = {effect.name: effect.gain.mean for effect in verdict.effects}
    assert gains == pytest.approx(
        {"dropout": 0.05, "weight_decay": 0.1, "together": 0.2, "beyond_sum": 0.05}
    )


def test_a_choice_by_score_is_judged_by_the_score():
    score = -world(HELPFUL)["validation_loss"].isel(epoch=1).values
    results = world(np.full((2, 2), 0.5), score=score)

    verdict = verdict_of(results, criterion="score")

    assert verdict.kind == "helps"
    assert "It raises the accuracy by 0.200 (95 % interval 0.19" in str(verdict)
    assert "accuracy higher by 0.2" in verdict.comparisons[0].sentence


def test_a_gain_of_a_score_is_measured_against_its_lead_over_a_constant_prediction():
    score = -world(HELPFUL)["validation_loss"].isel(epoch=1).values
    results = world(np.full((2, 2), 0.5), score=score, attributes={"baseline_score": -1.1})

    verdict = verdict_of(results, criterion="score")

    gain = verdict.gain
    assert (gain.baseline, gain.margin, gain.constant) == pytest.approx((0.4, 0.004, -1.1))
    assert "more than 1 % of the lead over a constant prediction: more than 99 %" in str(verdict)
    repeats = repeated([0.1, 0.11, 0.12], baseline=0.7)
    after = reach_verdict(results, choose(results, criterion="score"), repeats)
    assert after.gain.baseline == pytest.approx(0.4)  # minus the score is 0.7


def test_a_score_that_is_not_defined_on_a_fold_is_no_single_fold():
    score = -world(HELPFUL)["validation_loss"].isel(epoch=1).values
    score[0, 0, 2] = np.nan

    verdict = verdict_of(world(HELPFUL, score=score), criterion="score")

    assert verdict.kind == "open"
    assert verdict.grounds == (
        "The accuracy of some folds is not defined, so there is nothing to compare. Choose by "
        "loss, or use another scorer.",
    )


@pytest.mark.parametrize(
    ("obstacle", "n_repeats", "words"),
    [
        (Obstacle.DIVERGED, 0, "A network diverged when the contenders were repeated, so the "
                               "verdict rests on the folds of the surface alone."),
        (Obstacle.UNDEFINED, 3, "The log loss of some held-out rows is not defined without a block "
                                "of them, as where a class has too few rows, so the verdict rests "
                                "on the 3 repeats before it."),
    ],
)  # fmt: skip
def test_what_kept_repeats_from_being_judged_is_said(obstacle, n_repeats, words):
    results = world(HELPFUL)
    found = repeated([0.1, 0.11, 0.12][:n_repeats]) if n_repeats else None
    notes = reach_verdict(results, choose(results), found, obstacle).notes
    assert notes[-1].startswith(words)


def test_a_network_no_better_than_a_constant_is_noted():
    assert verdict_of(world(HELPFUL, attributes={"baseline_loss": 0.7})).notes == ()

    verdict = verdict_of(world(HELPFUL, attributes={"baseline_loss": 0.5}))

    assert verdict.sentences[-1] == (
        "Always predicting the same gives a log loss of 0.5, about as good as this network."
    )
    assert len(verdict.sentences) == 4


def test_two_equal_points_leave_none_chosen():
    verdict = verdict_of(world([[0.5, 0.5]], wobble=0.0))
    assert verdict.recommendation == "Use no regularization."
    assert verdict.kind == "open"


@pytest.mark.parametrize("results", [world(HELPFUL), results_of([[[0.5], [0.3]]]), drawn(1)])
def test_a_verdict_is_plain_json(results):
    plain = json.loads(json.dumps(verdict_of(results).as_dict(), allow_nan=False))

    assert set(plain) == {
        "kind", "recommendation", "grounds", "sentence", "gain", "comparisons", "effects", "notes",
        "plain",
    }  # fmt: skip
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
def test_a_row_of_points_that_stands_there_twice_changes_no_verdict(seed, twice):
    results = drawn(seed)
    doubled = results.isel(dropout=[0, 1, 2, twice]).assign_coords(dropout=[0.0, 0.1, 0.2, 0.3])

    found, other = verdict_of(results), verdict_of(doubled)

    assert other.kind == found.kind
    assert [each.gain for each in other.comparisons] == [each.gain for each in found.comparisons]


def test_where_nothing_helps_it_seldom_says_that_something_does():
    rng = np.random.default_rng(0)

    kinds = [verdict_of(results_of(5.0 + rng.normal(size=(6, 8, 5)))).kind for _ in range(60)]

    assert kinds.count("helps") <= 3
    assert kinds.count("open") >= 40


def repeated(gains, rows=0.02, *, baseline=0.7, cuts_anew=True, never=0):
    """Return what repeats say whose gains are these, with rows that differ by ``rows``."""
    spread = rows * np.linspace(-1.0, 1.0, 200)
    differences = np.asarray(gains)[:, None] + spread
    none = np.full(differences.shape, baseline)
    none[:, :never] = np.nan
    pick = Pick(at(0.1, 0.001), 2)
    found = repeated_gain(differences[:, never:])
    return RepeatedContest(
        Contest((Pick(at(0.0, 0.0), 2),) * 5, (pick,) * 5, np.zeros(5, int)),
        RowLosses(none, none - differences), found, ((0.2, 0.1, 0.3), (0.2, 0.15, 0.25)), baseline,
        n_networks=45, cuts_anew=cuts_anew,
    )  # fmt: skip


def verdict_after(found):
    results = world(HELPFUL)
    return reach_verdict(results, choose(results), found)


def test_repeats_replace_the_interval_of_the_folds_and_leave_the_comparisons():
    found = repeated([0.1, 0.11, 0.12])

    verdict = verdict_after(found)

    assert verdict.kind == "helps"
    assert (verdict.gain.mean, verdict.gain.lower, verdict.gain.upper) == (
        found.gain.mean, found.gain.lower, found.gain.upper,
    )  # fmt: skip
    assert verdict.gain.intervals == found.intervals
    assert verdict.gain.by_repeat == found.gain.by_repeat
    assert (verdict.gain.n_repeats, verdict.gain.n_rows) == (3, 200)
    assert verdict.gain.margin == pytest.approx(0.007)
    assert verdict.comparisons == verdict_of(world(HELPFUL)).comparisons
    assert verdict.grounds[1].endswith("(3 cuts of the same rows, 45 more networks).")
    assert verdict.notes == ()


@pytest.mark.parametrize(
    ("gains", "kind", "todo"),
    [
        ([-0.1, -0.11, -0.12], "hurts", "Use no regularization."),
        ([0.001, 0.0011, 0.0012], "makes no difference",
         "Use dropout 0.1 with weight decay 0.001 or no regularization: they are equally good."),
        ([0.1, 0.13, 0.05], "probably helps", "Use dropout 0.1 with weight decay 0.001."),
        ([-0.1, -0.13, -0.05], "probably hurts", "Use no regularization."),
        ([0.1, -0.12, 0.05], "open", "Use dropout 0.1 with weight decay 0.001."),
        ([0.1, -0.13, 0.02], "open", "Use no regularization."),
    ],
)  # fmt: skip
def test_every_label_of_the_repeats_comes_with_what_to_do(gains, kind, todo):
    verdict = verdict_after(repeated(gains))
    assert (verdict.kind, verdict.recommendation) == (kind, todo)


def test_given_folds_and_rows_that_nobody_judged_are_noted():
    notes = verdict_after(repeated([0.1, 0.11, 0.12], cuts_anew=False, never=1)).notes

    assert notes[0] == "1 row is held out by no fold and has no say in this."
    assert notes[1].startswith("The given folds cannot be cut anew: repeats trained new networks")
    assert verdict_after(repeated([0.1, 0.11], never=3)).notes[0].startswith("3 rows are held out")


def test_underfitting_goes_before_what_repeats_say():
    results = world(np.array([[0.5, 0.6]]), curve=np.linspace(0.5, 0.0, 6))
    results["training_loss"] = results["validation_loss"] - 0.001

    verdict = reach_verdict(results, choose(results), repeated([0.1, 0.11, 0.12]))

    assert verdict.kind == "underfits"
    assert verdict.gain.n_repeats == 3


FOLDS = np.array([0.0, 0.1, 0.2, -0.1, -0.2])


def verdict_at(points, mean, **more):
    steps = np.arange(len(points))[:, None]
    return verdict_of(
        results_at(points, np.asarray(mean)[:, None] + FOLDS + 0.1 * steps * WOBBLE, **more)
    )


THREE = grid(dropout=(0.0, 0.2), noise=(0.0, 1.0), limit=(None, 4.0))


def test_of_three_axes_the_choice_stands_against_none_and_each_alone():
    verdict = verdict_at(THREE, [0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.55, 0.5])

    assert str(verdict).startswith(
        "Use dropout 0.2, noise 1 and limit 4. It lowers the log loss by 44 %"
    )
    assert [each.against for each in verdict.comparisons] == ["none", "dropout", "noise", "limit"]
    assert_allclose([each.gain.mean for each in verdict.comparisons], [0.4, 0.2, 0.3, 0.35])
    assert verdict.comparisons[3].sentence.startswith("Against limit alone: log loss lower by 0.35")
    assert [each.name for each in verdict.effects] == ["dropout", "noise", "limit", "together"]


def test_a_path_of_one_axis_is_compared_with_none_only():
    verdict = verdict_at(grid(limit=(None, 4.0, 2.0)), [0.9, 0.7, 0.8])

    assert [each.against for each in verdict.comparisons] == ["none"]
    assert [each.name for each in verdict.effects] == ["limit"]
    assert str(verdict).startswith("Use limit 4. It lowers the log loss by 22 %")


def test_without_none_it_is_said_what_none_would_be():
    verdict = verdict_at(grid(dropout=(0.0, 0.1), limit=(4.0, 2.0)), [0.9, 0.8, 0.7, 0.6])

    assert str(verdict).endswith(
        "no point without regularization; include dropout 0 and limit none."
    )


def test_none_has_tuned_axes_at_its_own_best():
    points = grid(dropout=(0.0, 0.2), step_size=(0.001, 0.01))

    verdict = verdict_at(points, [0.6, 0.9, 0.8, 0.5])

    assert verdict.comparisons[0].gain.mean == pytest.approx(0.1)
    assert str(verdict).startswith(
        "Use dropout 0.2, step size 0.01. It lowers the log loss by 17 %"
    )
    assert verdict.effects[-1].sentence == "Step size: tuned; 0.01 was chosen."
    assert json.loads(json.dumps(verdict.as_dict()))["effects"][-1]["gain"] is None


def test_where_every_axis_is_tuned_the_question_was_not_asked():
    verdict = verdict_at(grid(step_size=(0.001, 0.01)), [0.9, 0.5])

    assert verdict.kind == "open"
    assert str(verdict) == (
        "Use step size 0.01. Whether regularization helps was not asked: every axis of the surface "
        "is tuned, and none regularizes."
    )
    assert verdict.comparisons == ()
    assert [each.name for each in verdict.effects] == ["step_size"]
