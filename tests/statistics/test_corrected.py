import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from dropdecay.statistics.corrected import paired_difference, repeats_to_tell

DIFFERENCES = hnp.arrays(float, st.integers(2, 30), elements=st.floats(-10, 10))


def test_a_worked_example_by_hand():
    # s^2 = 2.5, n = 5, n_test / n_train = 1/4: variance 2.5 * 0.45; t(0.975, 4) = 2.776445.
    found = paired_difference(np.array([1.0, 2, 3, 4, 5]), 0.25)
    assert found.mean == 3.0
    assert found.standard_error == pytest.approx(1.0606602)
    assert (found.lower, found.upper) == pytest.approx((0.0551353, 5.9448647), abs=1e-6)
    assert found.p_value == pytest.approx(2 * stats.t.sf(3 / 1.0606602, 4))


@given(differences=DIFFERENCES)
def test_without_overlap_it_is_the_ordinary_t_test(differences):
    found = paired_difference(differences, 0.0)
    if differences.std() > 1e-6:
        theirs = stats.ttest_1samp(differences, 0.0)
        interval = theirs.confidence_interval(0.95)
        assert found.p_value == pytest.approx(theirs.pvalue, abs=1e-12)
        assert (found.lower, found.upper) == pytest.approx((interval.low, interval.high))


@given(differences=DIFFERENCES, share=st.floats(0, 1))
def test_the_interval_leaves_zero_out_exactly_where_the_test_rejects(differences, share):
    found = paired_difference(differences, share)
    if differences.std() > 1e-6 and abs(found.p_value - 0.05) > 1e-9:
        assert (found.p_value < 0.05) == (found.lower > 0 or found.upper < 0)


def test_the_correction_widens_by_the_published_factor():
    # Five folds: sqrt((1/5 + 1/4) / (1/5)) = 1.5
    differences = np.array([0.3, -0.1, 0.4, 0.2, 0.0])
    wide, narrow = (paired_difference(differences, share) for share in (0.25, 0.0))
    assert wide.standard_error / narrow.standard_error == pytest.approx(1.5)


def test_differences_that_do_not_vary_are_sure():
    assert paired_difference(np.full(5, -1.0), 0.25).p_value == 0.0
    assert paired_difference(np.zeros(5), 0.25).p_value == 1.0


def test_one_fold_cannot_be_tested():
    with pytest.raises(ValueError, match="at least 2 folds"):
        paired_difference(np.array([1.0]), 0.25)


def test_repeats_to_tell_is_the_first_number_whose_interval_leaves_zero_out():
    differences = np.array([1.0, 0.1, 0.9, 0.2, 0.8])
    repeats = repeats_to_tell(differences, 0.25)
    assert repeats is not None
    assert repeats > 1
    spread, mean = differences.std(ddof=1), differences.mean()
    for tried, tells in ((repeats, True), (repeats - 1, False)):
        n = 5 * tried
        half = stats.t.ppf(0.975, n - 1) * spread * np.sqrt(1 / n + 0.25)
        assert bool(half < mean) is tells


def test_a_difference_drowned_in_spread_needs_rows_not_folds():
    assert repeats_to_tell(np.array([1.0, -1.0, 1.0, -0.9]), 1 / 3) is None
