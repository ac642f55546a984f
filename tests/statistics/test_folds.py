"""Standard errors and variance components, against SciPy and against hand-computed numbers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose
from scipy import stats

from dropdecay.statistics.folds import standard_error, variance_components

FIGURES = hnp.arrays(np.float64, (3, 5), elements=st.floats(-100, 100))


@given(values=FIGURES)
def test_the_standard_error_is_scipys_sem_over_the_last_axis(values):
    assert_allclose(standard_error(values), stats.sem(values, axis=1), atol=1e-12)


def test_the_standard_error_is_larger_than_scikit_learns_spread_by_root_k_minus_1():
    values = np.array([0.1, 0.4, 0.2, 0.7])

    assert_allclose(standard_error(values) * np.sqrt(3), values.std())


def test_one_fold_has_no_standard_error():
    assert np.isnan(standard_error(np.ones((2, 1)))).all()


def test_with_a_diverged_fold_there_is_no_standard_error():
    assert np.isnan(standard_error(np.array([1.0, np.nan, 2.0])))


def test_components_of_a_hand_computed_table():
    # Fold means 2, 4, 9: variance 13. Variances over seeds 2, 8, 2: mean 4. Fold: 13 - 4 / 2 = 11.
    values = np.array([[1.0, 3.0], [2.0, 6.0], [8.0, 10.0]])

    found = variance_components(values)

    assert (found.fold, found.seed) == (11.0, 4.0)


def test_components_of_many_points_are_those_of_each():
    values = np.random.default_rng(0).normal(size=(4, 5, 3))

    found = variance_components(values)

    for i in range(4):
        assert_allclose(found.fold[i], variance_components(values[i]).fold)
        assert_allclose(found.seed[i], variance_components(values[i]).seed)


def test_components_are_right_on_average():
    rng = np.random.default_rng(1)
    folds = rng.normal(scale=3.0, size=(20_000, 5, 1))
    values = folds + rng.normal(scale=2.0, size=(20_000, 5, 4))

    found = variance_components(values)

    assert_allclose([found.fold.mean(), found.seed.mean()], [9.0, 4.0], rtol=0.03)


def test_the_fold_component_is_never_negative():
    found = variance_components(np.array([[0.0, 10.0], [10.0, 0.0]]))

    assert found.fold == 0.0
    assert found.seed == 50.0


def test_with_one_seed_the_seed_component_is_unknown_and_the_fold_component_contains_it():
    found = variance_components(np.array([[1.0], [3.0]]))

    assert found.fold == 2.0
    assert np.isnan(found.seed)


def test_with_one_fold_both_components_are_unknown():
    found = variance_components(np.array([[1.0, 3.0]]))

    assert np.isnan(found.fold)
    assert np.isnan(found.seed)


@given(
    values=hnp.arrays(np.float64, (4, 3), elements=st.floats(-10, 10)),
    folds=st.permutations(range(4)),
    seeds=st.permutations(range(3)),
)
def test_the_order_of_folds_and_seeds_changes_nothing(values, folds, seeds):
    found, other = variance_components(values), variance_components(values[folds][:, seeds])

    assert float(other.fold) == pytest.approx(float(found.fold), abs=1e-9)
    assert float(other.seed) == pytest.approx(float(found.seed), abs=1e-9)
