"""CV+ against the formulas of the papers as they stand there, and against MAPIE."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import make_classification, make_regression
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold

from dropdecay.statistics.cv_plus import largest_covered, plus_intervals, plus_sets

NUMBERS = st.floats(-1e6, 1e6, allow_subnormal=False)
LEVELS = st.sampled_from([0.05, 0.5, 0.55, 0.8, 0.9, 0.95, 0.99])


def barber(said, misfits, level):
    """Section 3 of Barber et al.: all sums, sorted, and the two ranks; one new row."""
    n = sum(map(len, misfits))
    upper = sorted(new + each for new, own in zip(said, misfits, strict=True) for each in own)
    lower = sorted(new - each for new, own in zip(said, misfits, strict=True) for each in own)
    high, low = math.ceil(round(level * (n + 1), 9)), math.floor(round((1 - level) * (n + 1), 9))
    return (lower[low - 1] if low >= 1 else -math.inf, upper[high - 1] if high <= n else math.inf)


def romano(new, misfits, level):
    """Equation 17 of Romano, Sesia & Candes, for any misfit; one new row and class."""
    n = sum(map(len, misfits))
    smaller = sum(int((own < s).sum()) for s, own in zip(new, misfits, strict=True))
    return smaller < round(level * (n + 1), 9)


@given(st.data(), st.integers(1, 5), LEVELS)
def test_intervals_are_those_of_the_paper(data, n_folds, level):
    misfits = [
        np.array(data.draw(st.lists(st.floats(0, 1e6, allow_subnormal=False), max_size=8)))
        for _ in range(n_folds)
    ]
    said = np.array(data.draw(st.lists(NUMBERS, min_size=n_folds, max_size=n_folds)))
    if sum(map(len, misfits)) == 0:
        misfits[0] = np.array([1.0])
    (found,) = plus_intervals(said[:, None], misfits, level)
    np.testing.assert_allclose(found, barber(said, misfits, level), rtol=1e-12, atol=1e-9)


@given(st.data(), st.integers(1, 4), LEVELS)
def test_sets_are_those_of_the_paper(data, n_folds, level):
    some = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0])  # with ties
    misfits = [np.array(data.draw(st.lists(some, min_size=1, max_size=8))) for _ in range(n_folds)]
    new = np.array(data.draw(st.lists(some, min_size=n_folds, max_size=n_folds)))
    found = plus_sets(new[:, None, None], misfits, level)
    assert found.item() == romano(new, misfits, level)


def test_too_few_rows_for_the_level_give_everything():
    few = [np.ones(4), np.ones(4)]
    assert plus_intervals(np.zeros((2, 1)), few, 0.9).tolist() == [[-np.inf, np.inf]]
    assert plus_sets(np.ones((2, 1, 3)), few, 0.9).all()
    assert largest_covered(np.ones(8), 0.9) == np.inf
    assert largest_covered(np.arange(9.0), 0.9) == 8.0


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95])
def test_intervals_are_those_of_mapie(level):
    mapie = pytest.importorskip("mapie.regression")
    X, y = make_regression(160, 5, noise=20.0, random_state=0)
    old, new, folds = X[:100], X[100:], KFold(5, shuffle=True, random_state=1)
    theirs = mapie.CrossConformalRegressor(
        LinearRegression(), confidence_level=level, method="plus", cv=folds
    ).fit_conformalize(old, y[:100])
    said, misfits = [], []
    for training, held_out in folds.split(old):
        fitted = LinearRegression().fit(old[training], y[training])
        said.append(fitted.predict(new))
        misfits.append(np.abs(y[held_out] - fitted.predict(old[held_out])))
    found = plus_intervals(np.array(said), misfits, level)
    np.testing.assert_allclose(found, theirs.predict_interval(new)[1][:, :, 0], rtol=1e-9)


def test_sets_are_those_of_mapie():
    # MAPIE asks for a (n - 1) old rows at least, the paper for more than a (n + 1) - 1: one and the
    # same with 100 rows.
    mapie = pytest.importorskip("mapie.classification")
    X, y = make_classification(
        200, 6, n_informative=4, n_classes=4, n_clusters_per_class=1, class_sep=0.6, random_state=3
    )
    old, new, folds = X[:100], X[100:], KFold(4, shuffle=True, random_state=1)
    theirs = mapie.CrossConformalClassifier(
        LogisticRegression(), confidence_level=0.9, conformity_score="lac", cv=folds
    ).fit_conformalize(old, y[:100])
    misfits_new, misfits = [], []
    for training, held_out in folds.split(old):
        fitted = LogisticRegression().fit(old[training], y[training])
        misfits_new.append(1 - fitted.predict_proba(new))
        of_true = fitted.predict_proba(old[held_out])[np.arange(held_out.size), y[:100][held_out]]
        misfits.append(1 - of_true)
    found = plus_sets(np.array(misfits_new), misfits, 0.9)
    expected = theirs.predict_set(new, agg_scores="crossval")[1][:, :, 0]
    assert 1.2 < found.sum(axis=1).mean() < 3.5  # neither all nor one
    np.testing.assert_array_equal(found, expected)


def test_new_values_are_covered_as_often_as_asked():
    rng = np.random.default_rng(0)
    covered = []
    for _ in range(200):
        y = rng.standard_t(3, size=61)  # 60 old rows of five folds, and a new one
        folds = np.arange(60).reshape(5, 12)
        means = np.array([np.delete(y[:60], fold).mean() for fold in folds])
        misfits = [np.abs(y[fold] - mean) for fold, mean in zip(folds, means, strict=True)]
        ((low, high),) = plus_intervals(means[:, None], misfits, 0.8)
        covered.append(low <= y[60] <= high)
    assert 0.72 < np.mean(covered) < 0.90
