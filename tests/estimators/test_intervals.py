"""Intervals and sets through the estimators: by the formula of CV+, and refused in plain words."""

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressorCV
from dropdecay.errors import BadInput, BadSetting
from tests.estimators.test_fold_networks import LETTERS, TABLE, VALUES
from tests.estimators.test_repeats import SMALL, X, Y, fitted, table

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

NEW = np.random.default_rng(7).normal(size=(15, 6)).astype(np.float32)
ONCE = {**SMALL, "n_repeats": 1}


def said_by_folds(search, rows):
    return [
        each.outputs(search.encoding_.apply(search, rows, each.encoder)).astype(float)
        for each in search.fold_networks_.folds
    ]


@pytest.mark.parametrize("encoder", [None, "auto"])
def test_an_interval_comes_from_all_rows_each_by_the_network_of_its_fold(encoder):
    y = np.column_stack([VALUES, X[:, 1]])
    search = MLPRegressorCV(**{**ONCE, "encoder": encoder}).fit(X, y)
    found = search.predict_interval(NEW, level=0.8)
    assert found.shape == (15, 2, 2)
    results = search.results_
    held = results["out_of_fold_output"].values[0]
    judge = results["held_out_by"].values
    said = np.array([search.target_center_ + search.target_scale_ * each
                     for each in said_by_folds(search, NEW)])  # fmt: skip
    for output in range(2):
        residual = np.abs(y - held)[:, output]
        for row in range(15):
            upper = np.sort(said[judge, row, output] + residual)
            lower = np.sort(said[judge, row, output] - residual)
            expected = lower[12 - 1], upper[49 - 1]  # floor(0.2 * 61), ceil(0.8 * 61)
            np.testing.assert_allclose(found[row, output], expected, rtol=1e-5, atol=1e-6)


def test_a_set_holds_the_classes_that_are_no_odder_than_most_rows_were():
    search = fitted(LETTERS, n_repeats=1)
    found = search.predict_set(NEW, level=0.8)
    held = search.results_["out_of_fold_output"].values[0]
    judge = search.results_["held_out_by"].values
    misfit = 1 - held[np.arange(60), np.searchsorted(search.classes_, LETTERS)].astype(float)
    said = 1 - np.array(said_by_folds(search, NEW))
    smaller = (misfit[:, None, None] < said[judge]).sum(axis=0)
    expected = smaller < 0.8 * 61
    expected[np.arange(15), search.predict_proba(NEW).argmax(axis=1)] = True
    np.testing.assert_array_equal(found, expected)
    assert 1 <= found.sum(axis=1).mean() < 3
    assert (search.predict_set(NEW, 0.99) >= found).all()


def test_two_classes_and_a_single_value():
    assert fitted(n_repeats=1).predict_set(NEW).shape == (15, 2)
    low, high = fitted(VALUES, kind=MLPRegressorCV, n_repeats=1).predict_interval(NEW).T
    assert low.shape == (15,)
    assert (low < high).all()


def test_new_values_lie_inside_about_as_often_as_asked():
    rng = np.random.default_rng(5)
    rows = rng.normal(size=(1100, 6)).astype(np.float32)
    y = rows[:, 0] + 0.5 * rng.standard_t(4, size=1100)
    search = MLPRegressorCV(**ONCE).fit(rows[:100], y[:100])
    low, high = search.predict_interval(rows[100:], level=0.9).T
    assert 0.82 < np.mean((low <= y[100:]) & (y[100:] <= high)) < 0.99
    rows, classes = table(1100)
    search = MLPClassifierCV(**ONCE).fit(rows[:100], classes[:100])
    sets = search.predict_set(rows[100:], level=0.8)
    assert 0.72 < sets[np.arange(1000), classes[100:]].mean() < 0.95


@pytest.mark.filterwarnings("ignore::dropdecay.errors.LeakWarning")
def test_what_a_fold_has_not_seen_is_told_of_once():
    search = MLPClassifierCV(**{**ONCE, "encoder": "auto"}).fit(TABLE, Y)
    new = pd.concat([TABLE.head(3), TABLE.head(1).assign(kind="new")], ignore_index=True)
    with pytest.warns(match="kind") as caught:
        search.predict_set(new)
    assert len(caught) == 1


def test_without_networks_of_folds_the_remedy_is_named():
    off = fitted(n_repeats=1, keep_folds=False)
    with pytest.raises(
        BadInput, match=r"predict_set needs the networks .*switched off.*keep_folds=True"
    ):
        off.predict_set(NEW)
    assert not hasattr(MLPClassifier(), "predict_set")


def test_what_cannot_be_covered_is_refused():
    search = fitted(n_repeats=1)
    for level in (0, 1, 90, True, "0.9", None):
        with pytest.raises(BadSetting, match=r"level must be between 0 and 1, such as 0\.9"):
            search.predict_set(NEW, level)
    labels = np.column_stack([Y, X[:, 1] > 0]).astype(int)
    with pytest.raises(BadInput, match="many labels at once"):
        fitted(labels, n_repeats=1).predict_set(NEW)
