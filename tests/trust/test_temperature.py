"""Temperatures against scikit-learn's, and where there is none."""

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss

from dropdecay.trust.temperature import (
    MOST,
    at_temperature,
    fit_temperature,
    without_each_fold,
)
from tests.trust.worlds import drawn_classes

HAS_IT = tuple(map(int, sklearn.__version__.split(".")[:2])) >= (1, 8)


class Says(ClassifierMixin, BaseEstimator):
    """A classifier whose rows are its probabilities."""

    def __init__(self, n_classes):
        self.n_classes = n_classes
        self.classes_ = np.arange(n_classes)

    def __sklearn_is_fitted__(self):
        return True

    def fit(self, X, y):
        return self

    def predict(self, X):
        return X.argmax(axis=1)

    def predict_proba(self, X):
        return X


@pytest.mark.skipif(not HAS_IT, reason="scikit-learn has temperature scaling from 1.8 on")
@pytest.mark.filterwarnings("ignore:Since FrozenEstimator")  # weights are for calibration alone
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n_classes", "sharper"), [(2, 3.0), (2, 0.4), (3, 2.0), (7, 0.5)])
def test_the_temperature_is_that_of_scikit_learn(n_classes, sharper, weighted):
    said, true = drawn_classes(800, n_classes)
    said = at_temperature(said, 1 / sharper, of_labels=False)
    weight = np.random.default_rng(1).uniform(0.1, 4.0, 800) if weighted else np.ones(800)

    theirs = CalibratedClassifierCV(FrozenEstimator(Says(n_classes)), method="temperature")
    theirs.fit(said, true, sample_weight=weight if weighted else None)

    temperature = fit_temperature(said, true, weight)
    assert temperature == pytest.approx(sharper, rel=0.2)
    ours = at_temperature(said, temperature, of_labels=False)
    np.testing.assert_allclose(ours, theirs.predict_proba(said), atol=2e-5)


def test_labels_share_the_temperature_of_their_columns_below_each_other():
    said, true = drawn_classes(400, 2)
    said = at_temperature(said, 0.5, of_labels=False)[:, 1]
    of_labels = fit_temperature(said.reshape(-1, 4), true.reshape(-1, 4), np.ones(100))
    below = fit_temperature(np.column_stack([1 - said, said]), true, np.ones(400))
    assert of_labels == pytest.approx(below, rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 5), st.floats(0.2, 5.0))
def test_no_other_temperature_has_a_lower_log_loss(seed, n_classes, sharper):
    said, true = drawn_classes(60, n_classes, seed)
    said = at_temperature(said, 1 / sharper, of_labels=False)
    best = fit_temperature(said, true, np.ones(60))

    def loss(temperature):
        outputs = at_temperature(said, temperature, of_labels=False)
        return log_loss(true, outputs, labels=np.arange(n_classes))

    assert loss(best) <= min(loss(best * 1.01), loss(best / 1.01)) + 1e-12


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(2, 6), st.floats(0.1, 10.0))
def test_the_order_of_classes_stays_and_probabilities_sum_to_one(seed, n_classes, temperature):
    said, _ = drawn_classes(20, n_classes, seed)
    outputs = at_temperature(said, temperature, of_labels=False)
    assert (outputs.argmax(axis=1) == said.argmax(axis=1)).all()
    np.testing.assert_allclose(outputs.sum(axis=1), 1.0)
    np.testing.assert_allclose(at_temperature(said, 1.0, of_labels=False), said, rtol=1e-9)


def test_where_no_row_is_wrong_probabilities_stay_as_they_are():
    said = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])
    assert fit_temperature(said, np.array([0, 1, 0]), np.ones(3)) == 1.0


def test_where_even_odds_are_better_the_temperature_is_the_highest():
    said = np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]])
    assert fit_temperature(said, np.array([1, 0, 1]), np.ones(3)) == MOST


def test_probabilities_of_exactly_0_and_1_can_be_wrong():
    said, true = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]), np.array([0, 1, 1])
    temperature = fit_temperature(said, true, np.ones(3))
    assert 1.0 < temperature <= MOST
    assert np.isfinite(np.log(at_temperature(said, temperature, of_labels=False))).all()


@pytest.mark.parametrize("of_all", [1.0, 30.0])
def test_a_fold_gets_the_temperature_of_the_others_wherever_it_is_first_looked_for(of_all):
    said, true = drawn_classes(300, 3)
    fold, weight = np.arange(300) % 3, np.ones(300)
    found = without_each_fold(said, true, weight, fold, of_all)
    alone = fit_temperature(said[fold != 1], true[fold != 1], weight[fold != 1])
    assert found[1] == pytest.approx(alone, rel=1e-6)
    assert without_each_fold(said, true, weight, np.zeros(300, int), of_all) == {0: of_all}
