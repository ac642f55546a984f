"""Partial dependence against scikit-learn's, and the values that columns are given."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence as theirs_of

from dropdecay.explain import dependence
from tests.explain.fitted import fitted_with_rows, table

FRAME, VALUES = table()
RNG = np.random.default_rng(3)
STEPS = np.column_stack([RNG.integers(0, 7, 200), RNG.normal(size=200)]).astype(np.float32)
TARGET = 3.0 * STEPS[:, 0].astype(float) + RNG.normal(size=200)


class OfFold(RegressorMixin, BaseEstimator):
    """A network of a fold as scikit-learn sees it."""

    def __init__(self, fold=None, search=None):
        self.fold, self.search = fold, search
        self.fitted_ = True

    def fit(self, X, y):
        return self

    def predict(self, X):
        said = self.fold.outputs(self.fold.encoder.transform(X.astype(np.float32)))[:, 0]
        return self.search.target_center_[0] + self.search.target_scale_ * said


def test_the_means_are_those_of_scikit_learn(monkeypatch):
    monkeypatch.setattr(dependence, "MOST_ROWS", 1000)
    search, folds = fitted_with_rows(STEPS, TARGET)
    (found,) = (each for each in search.partial_dependence_ if each.column == "x0")
    by_fold = [
        theirs_of(
            OfFold(held.fold, search), np.asarray(held.rows), [0], method="brute",
            percentiles=(0, 1),
        )
        for held in folds
    ]  # fmt: skip
    np.testing.assert_allclose(found.values, by_fold[0]["grid_values"][0])
    means = np.mean([each["average"][0] for each in by_fold], axis=0)
    np.testing.assert_allclose(found.mean, means, rtol=1e-4)
    assert found.kind == "number"
    assert all(a <= b <= c for a, b, c in zip(found.lower, found.mean, found.upper, strict=True))
    assert found.mean[0] < found.mean[-1] - 9


def test_numbers_lie_on_quantiles_and_categories_are_by_frequency():
    _, folds = fitted_with_rows(FRAME, VALUES)
    kind, values = dependence.grid(folds, "gappy")
    assert (kind, len(values)) == ("number", dependence.MOST_VALUES)
    known = FRAME["gappy"].dropna()
    assert known.quantile(0.03) < values[0] < known.quantile(0.07)
    assert set(values) <= set(known)
    kind, values = dependence.grid(folds, "kind")
    assert (kind, list(values)) == ("category", list(FRAME["kind"].value_counts().index))
    assert len(dependence.grid(folds, "words")[1]) == dependence.MOST_CATEGORIES
    assert dependence.grid(folds, "size") == ("number", pytest.approx([0, 1, 2, 3, 4, 5]))
    assert dependence.grid(folds, "day")[0] == "category"
    assert dependence.grid(folds, "yes")[0] == "category"


def test_every_kind_of_column_has_its_dependence():
    search, _ = fitted_with_rows(FRAME, VALUES, max_iter=40)
    found = {each.column: each for each in search.partial_dependence_}
    assert set(found) == set(FRAME)
    beta = dict(zip(found["kind"].values, found["kind"].mean, strict=True))
    assert beta["beta"] > beta["alpha"] + 1
    assert found["day"].values[0].startswith("2024-0")
    assert sorted(found["yes"].as_dict()["values"]) == ["False", "True"]


def test_classes_are_named_the_most_frequent_three():
    letters = np.array(list("abcde"))[np.minimum(np.arange(200) % 12, 4)]
    search, _ = fitted_with_rows(STEPS, letters)
    of_first = [each for each in search.partial_dependence_ if each.column == "x0"]
    assert [each.output for each in of_first] == ["a", "b", "e"]
    assert all(0 <= value <= 1 for each in of_first for value in (*each.lower, *each.upper))
    two, _ = fitted_with_rows(STEPS, STEPS[:, 0] > 3)
    assert {each.output for each in two.partial_dependence_} == {"True"}


def test_at_most_six_columns_are_shown():
    many = np.random.default_rng(0).normal(size=(90, 9)).astype(np.float32)
    search, _ = fitted_with_rows(many, many[:, 0] * 1.0)
    shown = list(dict.fromkeys(each.column for each in search.partial_dependence_))
    assert shown == [each.column for each in search.importance_.columns[:6]]
