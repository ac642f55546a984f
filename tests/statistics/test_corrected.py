"""The corrected paired test, against SciPy, published figures and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from dropdecay.statistics.corrected import behind_leader, overlap_of, paired_difference

DIFFERENCES = np.array([0.3, 0.1, -0.2, 0.4, 0.2])


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
def test_without_overlap_it_is_scipys_t_test(alternative):
    expected = stats.ttest_1samp(DIFFERENCES, 0.0, alternative=alternative)

    found = paired_difference(DIFFERENCES, 0.0, alternative=alternative)

    assert_allclose(found.p_value, expected.pvalue)
    assert_allclose(found.mean / found.standard_error, expected.statistic)


def test_without_overlap_the_interval_is_scipys():
    expected = stats.ttest_1samp(DIFFERENCES, 0.0).confidence_interval(0.9)

    found = paired_difference(DIFFERENCES, 0.0, level=0.9)

    assert_allclose([found.lower, found.upper], expected)


def test_five_folds_worked_by_hand():
    # Mean 0.16, s**2 = 0.212 / 4 = 0.053; 0.053 * (1/5 + 1/4) = 0.02385; root 0.154434.
    # t = 1.036039; the 97.5 % point of t on 4 degrees is 2.776445: half width 0.428778.
    found = paired_difference(DIFFERENCES, 0.25)

    assert_allclose(found.mean, 0.16)
    assert_allclose(found.standard_error, 0.154434, rtol=1e-5)
    assert_allclose([found.lower, found.upper], [0.16 - 0.428778, 0.16 + 0.428778], rtol=1e-5)


def test_ten_by_ten_folds_give_the_figures_of_scikit_learns_example():
    # plot_grid_search_stats: uncorrected t 2.611 and p 0.005, corrected t 0.750 and p 0.227.
    shape = np.tile([-1.0, 1.0], 50)
    shape = shape / shape.std(ddof=1)
    differences = shape + 2.611 / np.sqrt(100)

    plain = paired_difference(differences, 0.0, alternative="greater")
    found = paired_difference(differences, 10 / 90, alternative="greater")

    assert round(plain.p_value, 3) == 0.005
    assert round(found.mean / found.standard_error, 3) == 0.750
    assert round(found.p_value, 3) == 0.227


def test_the_overlap_of_k_equal_folds_is_1_by_k_minus_1():
    assert overlap_of(np.full(5, 80), np.full(5, 20)) == 0.25


def test_the_overlap_of_unequal_folds_is_the_mean_of_their_ratios():
    assert overlap_of(np.array([50, 80]), np.array([50, 20])) == 0.625


def test_folds_that_agree_exactly_give_certainty():
    found = paired_difference(np.full(4, 0.5), 1 / 3)

    assert (found.lower, found.upper, found.p_value) == (0.5, 0.5, 0.0)


def test_no_difference_at_all_has_p_value_1():
    found = paired_difference(np.zeros(4), 1 / 3)

    assert (found.lower, found.upper, found.p_value) == (0.0, 0.0, 1.0)


def test_one_fold_has_a_mean_and_no_interval():
    found = paired_difference(np.array([0.5]), 0.25)

    assert found.mean == 0.5
    assert np.isnan([found.lower, found.upper, found.p_value, found.standard_error]).all()


def test_an_empty_array_of_differences_is_rejected():
    with pytest.raises(ValueError, match=r"at least 1 fold\. Got 0"):
        paired_difference(np.array([]), 0.25)


def test_the_interval_has_its_coverage_if_folds_correlate_as_nadeau_and_bengio_assume():
    rng, n_worlds, k = np.random.default_rng(0), 2000, 5
    common, own = rng.normal(size=(n_worlds, 1)), rng.normal(size=(n_worlds, k))
    differences = np.sqrt(1 / k) * common + np.sqrt(1 - 1 / k) * own

    found = [paired_difference(row, 1 / (k - 1)) for row in differences]
    covered = np.mean([each.lower < 0.0 < each.upper for each in found])

    assert 0.935 < covered < 0.965


LOSSES = hnp.arrays(np.float64, (4, 3), elements=st.integers(0, 100).map(lambda n: n / 10))


@given(losses=LOSSES)
def test_a_point_is_behind_if_scipys_one_sided_paired_test_says_so(losses):
    leader = losses[losses.mean(axis=1).argmin()]

    behind = behind_leader(losses, 0.0)

    for found, point in zip(behind, losses, strict=True):
        if np.ptp(point - leader) > 1e-9:
            p_value = stats.ttest_rel(point, leader, alternative="greater").pvalue
            assert found == (p_value < 0.05)


def test_the_overlap_keeps_points_in_the_race():
    # t is 8.7 without overlap, 6.5 with 0.25 and 2.2 with 5; the limit on 2 degrees is 2.92.
    losses = np.array([[1.0, 2.0, 3.0], [1.6, 2.5, 3.4]])

    assert behind_leader(losses, 0.0)[1]
    assert behind_leader(losses, 0.25)[1]
    assert not behind_leader(losses, 5.0)[1]


def test_the_leader_and_its_duplicate_are_never_behind():
    losses = np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0], [5.0, 6.0, 7.0]])

    assert_array_equal(behind_leader(losses, 0.25), [False, False, True])


def test_a_diverged_point_is_behind_and_never_leads():
    losses = np.array([[0.0, np.nan, 0.0], [1.0, 2.0, 3.0], [5.0, 6.0, 7.1]])

    assert_array_equal(behind_leader(losses, 0.25), [True, False, True])
    assert_array_equal(behind_leader(losses[:1], 0.25), [True])


def test_after_one_fold_no_point_is_behind():
    assert_array_equal(behind_leader(np.array([[1.0], [9.0]]), 0.25), [False, False])


@given(losses=LOSSES, folds=st.permutations(range(3)))
def test_the_order_of_folds_does_not_affect_the_race(losses, folds):
    # Integers, so that no sum depends on its order.
    losses = np.round(10 * losses)

    assert_array_equal(behind_leader(losses[:, folds], 0.25), behind_leader(losses, 0.25))
