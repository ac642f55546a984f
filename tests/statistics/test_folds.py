import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from dropdecay.statistics.folds import standard_error, variance_components

VALUES = hnp.arrays(float, st.tuples(st.integers(1, 5), st.integers(2, 12)),
                    elements=st.floats(-100, 100))  # fmt: skip


def test_the_standard_error_of_a_worked_example():
    # SD(ddof=1) of 1, 2, 3, 4, 5 is sqrt(2.5); over sqrt(5) that is sqrt(0.5).
    assert standard_error(np.array([1.0, 2, 3, 4, 5])) == pytest.approx(np.sqrt(0.5))


@given(values=VALUES)
def test_the_standard_error_is_scipys_sem(values):
    np.testing.assert_allclose(standard_error(values), stats.sem(values, axis=1), atol=1e-12)


@given(values=VALUES, seed=st.integers(0, 99))
def test_the_order_of_folds_does_not_matter(values, seed):
    shuffled = np.random.default_rng(seed).permutation(values, axis=1)
    np.testing.assert_allclose(standard_error(shuffled), standard_error(values), atol=1e-9)


def test_one_fold_has_no_standard_error():
    assert np.isnan(standard_error(np.ones((3, 1)))).all()


def test_variance_components_of_a_worked_example():
    # Fold means 2 and 6, variance between 8; within 2 and 2, mean 2: fold part 8 - 2 / 2 = 7.
    found = variance_components(np.array([[1.0, 3.0], [5.0, 7.0]]))
    assert (found.fold, found.seed) == (pytest.approx(7.0), pytest.approx(2.0))


def test_variance_components_are_found_again_in_a_simulated_world():
    rng = np.random.default_rng(0)
    found = [
        variance_components(rng.normal(0, 2, (8, 1)) + rng.normal(0, 1, (8, 5)))
        for _ in range(2000)
    ]
    assert np.mean([each.fold for each in found]) == pytest.approx(4.0, abs=0.2)
    assert np.mean([each.seed for each in found]) == pytest.approx(1.0, abs=0.02)


def test_one_seed_leaves_its_component_unknown():
    found = variance_components(np.array([[1.0], [2.0], [3.0]]))
    assert found.fold == pytest.approx(1.0)
    assert np.isnan(found.seed)
