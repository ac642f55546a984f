"""Permutation importance against scikit-learn's, and its limits."""

import json

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.inspection import permutation_importance

from dropdecay import MLPClassifierCV
from dropdecay.explain import importance
from dropdecay.statistics.corrected import paired_difference
from tests.explain.fitted import QUICK, fitted_with_rows, table

FRAME, VALUES = table()
RNG = np.random.default_rng(3)
NUMBERS = RNG.normal(size=(300, 4)).astype(np.float32)
CLASSES = (NUMBERS[:, 0] + 0.5 * NUMBERS[:, 2] + 0.3 * RNG.normal(size=300) > 0).astype(int)


class OfFold(ClassifierMixin, BaseEstimator):
    """A network of a fold as scikit-learn sees it."""

    def __init__(self, fold=None):
        self.fold, self.classes_ = fold, np.array([0, 1])

    def fit(self, X, y):
        return self

    def predict_proba(self, X):
        said = self.fold.outputs(X.astype(np.float32))[:, 0]
        return np.column_stack([1 - said, said])


def test_rises_are_those_of_scikit_learn():
    search, folds = fitted_with_rows(NUMBERS, CLASSES, encoder=None)
    theirs = np.array(
        [
            permutation_importance(
                OfFold(held.fold), held.encoded, held.targets[:, 0].astype(int),
                scoring="neg_log_loss", n_repeats=60, random_state=0,
            ).importances_mean
            for held in folds
        ]
    )  # fmt: skip
    found = {each.column: each for each in search.importance_.columns}
    for i, name in enumerate(("x0", "x1", "x2", "x3")):
        np.testing.assert_allclose(found[name].by_fold, theirs[:, i], atol=0.04, rtol=0.15)
        over_folds = paired_difference(np.array(found[name].by_fold), 0.5)
        assert found[name].rise == over_folds.mean
        assert found[name].lower == pytest.approx(over_folds.lower)
        assert found[name].standard_error == pytest.approx(over_folds.standard_error)
    assert [each.column for each in search.importance_.columns[:2]] == ["x0", "x2"]


def test_columns_are_named_as_the_user_named_them_and_sentences_name_the_best():
    search, _ = fitted_with_rows(FRAME, VALUES, max_iter=40)
    found = search.importance_
    assert {each.column for each in found.columns} == set(FRAME)
    assert {each.column for each in found.columns[:2]} == {"size", "kind"}
    rises = [each.rise for each in found.columns]
    assert rises == sorted(rises, reverse=True)
    first = found.columns[0].column
    assert str(found).startswith(f"Shuffling {first} raises the mean squared error most")
    assert found.n_rows == 150
    assert json.loads(json.dumps(found.as_dict()))["columns"][0]["column"] == first
    again, _ = fitted_with_rows(FRAME, VALUES, max_iter=40)
    assert again.importance_ == found


def test_values_are_in_the_users_units():
    one, _ = fitted_with_rows(NUMBERS, VALUES[:300] if VALUES.size >= 300 else NUMBERS[:, 1] * 1.0)
    ten, _ = fitted_with_rows(NUMBERS, 10.0 * (NUMBERS[:, 1] * 1.0))
    np.testing.assert_allclose(
        ten.importance_.columns[0].rise, 100 * one.importance_.columns[0].rise, rtol=1e-3
    )


def test_columns_that_go_together_are_named():
    twins = np.column_stack([NUMBERS, NUMBERS[:, 0] + 0.01 * RNG.normal(size=300)])
    search, _ = fitted_with_rows(twins, CLASSES)
    assert "x0 and x4 go together (correlation 1.00)" in str(search.importance_) or (
        "x4 and x0 go together (correlation 1.00)" in str(search.importance_)
    )


def test_nothing_for_certain_is_said_where_there_is_nothing_to_learn():
    noise = np.random.default_rng(9).integers(0, 2, 300)
    search, _ = fitted_with_rows(NUMBERS[:, 1:2], noise, weight_decays=(30.0,))
    assert str(search.importance_).startswith("No column alone raises the log loss for certain")


def test_work_is_limited_and_what_is_left_out_is_said(monkeypatch):
    monkeypatch.setattr(importance, "MOST_COLUMNS", 2)
    search, folds = fitted_with_rows(NUMBERS, CLASSES)
    found = search.importance_
    assert {each.column for each in found.columns} == {"x0", "x2"}  # those with the largest weights
    assert found.n_left_out == 2
    assert str(found).endswith("2 of 4 columns with the smallest weights were not measured.")
    monkeypatch.setattr(importance, "MOST_COLUMNS", 200)
    assert importance.effort_for(folds).n_orders == importance.MOST_ORDERS
    n_products = 300 * folds[0].fold.params.size
    monkeypatch.setattr(importance, "MOST_PRODUCTS", 8 * n_products)
    assert importance.effort_for(folds) == (("x0", "x1", "x2", "x3"), 2)
    monkeypatch.setattr(importance, "MOST_PRODUCTS", n_products - 1)
    assert importance.effort_for(folds) is None
    assert MLPClassifierCV(**QUICK).fit(NUMBERS, CLASSES).importance_ is None
