"""What rows contribute to a score, beside scikit-learn's own figures."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.metrics import roc_auc_score

from dropdecay.data.row_scores import row_score
from dropdecay.data.targets import class_target, value_target

RNG = np.random.default_rng(0)
LABELS = RNG.permutation(np.repeat(["no", "yes"], (30, 20)))
OUTPUTS = RNG.random((50, 1))
ROWS = np.arange(50)


def classes(labels=LABELS):
    return class_target(labels, "log_loss", np.float32)


def test_accuracy_contributes_row_by_row_what_the_row_is():
    found = row_score(None, classes()).by_row(ROWS, OUTPUTS, ROWS)
    assert_allclose(found, (OUTPUTS[:, 0] > 0.5) == (LABELS == "yes"), atol=1e-9)


def test_weights_enter_the_scores_that_they_enter_on_the_surface():
    weights = RNG.random(50)
    assert row_score(None, classes(), weights).weights is weights
    assert row_score("roc_auc", classes(), weights).weights is None
    rare = classes(np.repeat(["no", "yes"], (45, 5)))
    assert row_score(None, rare, weights).weights is None  # balanced accuracy
    values = value_target(RNG.normal(size=50), np.float32, standardize=True)
    assert row_score(None, values, weights).weights is weights

    found = row_score(None, classes(), weights).by_row(ROWS, OUTPUTS, ROWS // 2)
    hits = (OUTPUTS[:, 0] > 0.5) == (LABELS == "yes")
    assert np.average(found, weights=weights) == pytest.approx(np.average(hits, weights=weights))


def test_an_auc_is_taken_of_all_rows_of_the_network_and_asked_only_for_some():
    asked = np.where(ROWS < 10, ROWS, -1)
    found = row_score("roc_auc", classes()).by_row(ROWS, OUTPUTS, asked)
    true = LABELS == "yes"
    whole = roc_auc_score(true, OUTPUTS[:, 0])
    for row in range(10):
        without = roc_auc_score(np.delete(true, row), np.delete(OUTPUTS[:, 0], row))
        assert found[row] == pytest.approx(whole + 49 * (whole - without))
    assert np.isnan(found[10:]).all()


@pytest.mark.parametrize(
    ("scoring", "target", "constant"),
    [
        (None, classes(), 0.6),
        ("roc_auc", classes(), 0.5),
        ("balanced_accuracy", classes(), 0.5),
        ("neg_log_loss", classes(), 0.6 * np.log(0.6) + 0.4 * np.log(0.4)),
        (None, classes(np.arange(50) % 3), 17 / 50),
        (None, value_target(np.arange(50.0), np.float32, standardize=True), 0.0),
        ("r2", value_target(RNG.normal(size=(50, 2)), np.float32, standardize=True), 0.0),
        (None, class_target(np.repeat([[0, 1], [0, 0]], (40, 10), axis=0), "log_loss", float), 0.8),
    ],
)
def test_a_constant_prediction_has_the_score_that_anyone_would_give_it(scoring, target, constant):
    assert row_score(scoring, target).constant == pytest.approx(constant, abs=1e-6)


def test_a_scorer_that_fails_or_gives_no_number_is_not_defined():
    def fussy(estimator, X, y):
        if len(y) < 50:
            raise RuntimeError("too few")
        return float("nan")

    found = row_score(fussy, classes())
    assert found.constant is None
    assert np.isnan(found.by_row(ROWS, OUTPUTS, ROWS)).all()
    assert np.isnan(found.by_row(ROWS[:9], OUTPUTS[:9], ROWS[:9])).all()


def test_without_the_only_row_of_a_class_an_auc_is_not_defined():
    labels = np.array(["no"] * 9 + ["yes"])
    found = row_score("roc_auc", classes(labels)).by_row(np.arange(10), OUTPUTS[:10], np.arange(10))
    assert np.isnan(found).tolist() == [False] * 9 + [True]


def test_rows_without_any_weight_say_nothing_instead_of_nothing_defined():
    weights = np.r_[np.zeros(10), np.ones(40)]
    rows = np.arange(10)
    assert_allclose(row_score(None, classes(), weights).by_row(rows, OUTPUTS[:10], rows), 0.0)
