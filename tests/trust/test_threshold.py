"""Thresholds against scikit-learn's TunedThresholdClassifierCV on the same probabilities."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    make_scorer,
    matthews_corrcoef,
)
from sklearn.model_selection import TunedThresholdClassifierCV

from dropdecay.data.targets import class_target
from dropdecay.errors import BadInput, BadSetting
from dropdecay.trust.threshold import (
    MEASURES,
    best_cut,
    check_threshold,
    choose_threshold,
    measured,
    parse_threshold,
)
from tests.trust.test_temperature import Says
from tests.trust.worlds import drawn_classes, found_of

COSTS = (1.0, 5.0)


def cost(y_true, y_pred):
    false_positive = ((y_pred == 1) & (y_true == 0)).sum()
    false_negative = ((y_pred == 0) & (y_true == 1)).sum()
    return -(COSTS[0] * false_positive + COSTS[1] * false_negative) / len(y_true)


THEIRS = {
    "balanced_accuracy": balanced_accuracy_score, "f1": f1_score, "accuracy": accuracy_score,
    "matthews_corrcoef": matthews_corrcoef, COSTS: cost,
}  # fmt: skip


def rare(n_rows=400, seed=0):
    """An imbalanced sample: probabilities of the second class, and whether it is true."""
    rng = np.random.default_rng(seed)
    said = rng.beta(1, 6, n_rows)
    return said, rng.uniform(size=n_rows) < said


@pytest.mark.parametrize("wanted", THEIRS, ids=str)
def test_no_threshold_of_scikit_learn_is_better(wanted):
    said, positive = rare()
    cuts = np.unique(said)
    tuned = TunedThresholdClassifierCV(
        FrozenEstimator(Says(2)), scoring=make_scorer(THEIRS[wanted]), cv="prefit", refit=False,
        thresholds=(cuts[1:] + cuts[:-1]) / 2,
    ).fit(np.column_stack([1 - said, said]), positive.astype(int))  # fmt: skip

    cut = best_cut(wanted, said, positive, np.ones(400))

    assert THEIRS[wanted](positive, said >= cut) == pytest.approx(tuned.best_score_, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 40), st.sampled_from([*MEASURES, COSTS]))
def test_the_measure_is_that_of_scikit_learn_and_the_best_of_all_cuts(seed, n_rows, wanted):
    rng = np.random.default_rng(seed)
    said, positive = rng.integers(0, 6, n_rows) / 5, rng.uniform(size=n_rows) < 0.4
    positive[:2] = [True, False]
    weight = np.ones(n_rows)
    for cut in (0.1, 0.3, 0.5, 0.7, 0.9, 1.0):
        ours = measured(wanted, said >= cut, positive, weight)
        assert ours == pytest.approx(THEIRS[wanted](positive, said >= cut), abs=1e-12)
        best = best_cut(wanted, said, positive, weight)
        assert 0.0 <= best <= 1.0
        assert measured(wanted, said >= best, positive, weight) >= ours - 1e-12


@pytest.mark.parametrize("wanted", THEIRS, ids=str)
def test_weights_count_as_rows_that_are_repeated(wanted):
    said, positive = rare(60)
    times = np.random.default_rng(1).integers(1, 4, 60)
    repeated = best_cut(wanted, said.repeat(times), positive.repeat(times), np.ones(times.sum()))
    assert best_cut(wanted, said, positive, times.astype(float)) == repeated


def test_of_equally_good_thresholds_the_nearest_to_a_half_is_taken():
    said, positive = np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True])
    assert best_cut("f1", said, positive, np.ones(4)) == 0.5


@pytest.mark.parametrize("positive", [[True] * 4, [False] * 4])
def test_rows_of_one_class_have_a_threshold_that_means_nothing(positive):
    for wanted in (*MEASURES, COSTS):
        cut = best_cut(wanted, np.full(4, 0.3), np.array(positive), np.ones(4))
        assert 0.0 <= cut <= 1.0


def test_a_fold_is_judged_by_the_threshold_of_the_others():
    said, positive = rare()
    fold = np.arange(400) % 4
    found = choose_threshold("f1", said, positive, np.ones(400), fold, "b")
    scores = []
    for each in range(4):
        here = fold == each
        cut = best_cut("f1", said[~here], positive[~here], np.ones((~here).sum()))
        assert found.by_fold[each] == cut
        scores.append(f1_score(positive[here], said[here] >= cut))
    assert found.after == pytest.approx(np.mean(scores))
    assert found.value == best_cut("f1", said, positive, np.ones(400))


def test_what_it_gains_is_not_what_it_gains_on_the_rows_it_was_chosen_on():
    honest, flattered = [], []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        said, positive = rng.uniform(size=100), rng.uniform(size=100) < 0.5  # nothing to find
        found = choose_threshold(
            "balanced_accuracy", said, positive, np.ones(100), np.arange(100) % 5, "b"
        )
        honest.append(found.gain.mean)
        at_best = balanced_accuracy_score(positive, said >= found.value)
        flattered.append(at_best - balanced_accuracy_score(positive, said >= 0.5))
    assert np.mean(honest) < 0.01
    assert np.mean(flattered) > 0.04


def test_folds_of_one_class_are_not_judged():
    said, positive = rare(100)
    fold = np.where(positive, 0, np.arange(100) % 5)
    found = choose_threshold("f1", said, positive, np.ones(100), fold, "b")
    assert found.gain is None
    assert "interval" not in found.sentence


def test_a_cost_is_said_as_a_cost():
    said, positive = rare()
    found = choose_threshold(COSTS, said, positive, np.ones(400), np.arange(400) % 5, "ill")
    assert 0 < found.after < found.before
    assert found.sentence.startswith("Predicts ill from a probability of ")
    assert "cost per row" in found.sentence


def test_a_threshold_is_suggested_where_classes_are_imbalanced_and_it_gains_for_sure():
    said, positive = rare(2000)
    found = found_of(positive.astype(int), np.column_stack([1 - said, said]))
    suggested = found.suggested_threshold()
    assert suggested.sentence.startswith("A threshold would predict b from")
    assert suggested.measure == "balanced accuracy"
    said, true = drawn_classes(200, 2)
    assert found_of(true, said).suggested_threshold() is None  # balanced
    said, true = drawn_classes(200, 3)
    assert found_of(true, said).suggested_threshold() is None


TWO = class_target(np.array(["a", "b", "a"]), "log_loss", np.float32)
THREE = class_target(np.array(["a", "b", "c"]), "log_loss", np.float32)
LABELS = class_target(np.array([[0, 1], [1, 1], [1, 0]]), "log_loss", np.float32)


@pytest.mark.parametrize("wanted", [None, "f1", 0.3, np.float32(0.25), (1, 5), [2.0, 1]])
def test_what_a_threshold_can_be(wanted):
    check_threshold(wanted, TWO)


@pytest.mark.parametrize(
    "wanted", ["auc", 0.0, 1.0, -1, True, (1,), (1, 0), (1, "2"), {}, (1, 2, 3)]
)
def test_what_it_cannot_be_is_refused_with_what_it_can(wanted):
    with pytest.raises(BadSetting, match=r"^threshold must be 'balanced_accuracy', .* Got "):
        check_threshold(wanted, TWO)


@pytest.mark.parametrize(("target", "said"), [(THREE, "3 classes"), (LABELS, "2 labels")])
def test_more_than_two_classes_have_none(target, said):
    with pytest.raises(BadSetting, match=f"threshold needs two classes; y has {said}"):
        check_threshold("f1", target)
    with pytest.raises(BadInput, match="A threshold needs two classes"):
        found_of(*drawn_classes(30, 3)[::-1]).choose_threshold("f1")


@pytest.mark.parametrize(
    ("text", "expected"), [("f1", "f1"), ("0.3", 0.3), ("1:5", (1.0, 5.0)), ("0.5:20", (0.5, 20.0))]
)
def test_what_is_typed(text, expected):
    assert parse_threshold(text, "--threshold") == expected


@pytest.mark.parametrize("text", ["", "1", "1:", "1:0", "1:2:3", "roc_auc", "nan", "inf:1", "0,3"])
def test_what_cannot_be_typed(text):
    with pytest.raises(BadSetting, match=r"^--threshold must be balanced_accuracy, .*1:5\. Got"):
        parse_threshold(text, "--threshold")
