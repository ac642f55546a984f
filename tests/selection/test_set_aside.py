"""The loss of rows set aside: a mean, and the standard error of what is independent of the rest."""

import numpy as np
import pytest
from scipy import stats

from dropdecay.selection.set_aside import set_aside_of

LOSSES = np.random.default_rng(0).gamma(2.0, size=60)


def test_rows_of_their_own_have_the_standard_error_of_a_mean():
    found = set_aside_of(LOSSES, None)

    error = LOSSES.std(ddof=1) / np.sqrt(60)
    assert found.loss == pytest.approx(LOSSES.mean())
    assert found.standard_error == pytest.approx(error)
    reach = stats.t.ppf(0.975, 59) * error
    assert (found.lower, found.upper) == pytest.approx(
        (LOSSES.mean() - reach, LOSSES.mean() + reach)
    )
    assert found.n_rows == 60


def test_rows_of_a_group_count_as_one():
    means = LOSSES[:20]

    found = set_aside_of(np.repeat(means, 3), None, groups=np.repeat([*"abcdefghijklmnopqrst"], 3))

    assert found.standard_error == pytest.approx(means.std(ddof=1) / np.sqrt(20))
    assert found.n_rows == 60


def test_a_row_of_weight_two_counts_as_two_of_a_group():
    weights = np.where(np.arange(60) < 20, 2.0, 1.0)
    twice = np.concatenate([LOSSES, LOSSES[:20]])

    found = set_aside_of(LOSSES, None, weights=weights)
    wanted = set_aside_of(twice, None, groups=np.concatenate([np.arange(60), np.arange(20)]))

    assert found.loss == pytest.approx(wanted.loss)
    assert found.standard_error == pytest.approx(wanted.standard_error)


@pytest.mark.parametrize("groups", [None, np.arange(60) // 3])
def test_rows_that_weigh_nothing_make_the_sample_no_larger(groups):
    weights = np.where(np.arange(60) < 45, 0.0, 1.0)
    found = set_aside_of(LOSSES, None, weights, groups)
    wanted = set_aside_of(LOSSES[45:], None, groups=None if groups is None else groups[45:])
    assert (found.loss, found.lower, found.upper) == pytest.approx(
        (wanted.loss, wanted.lower, wanted.upper)
    )


@pytest.mark.parametrize("weights", [None, np.arange(60) == 7.0])
def test_a_single_group_has_no_interval(weights):
    found = set_aside_of(
        LOSSES, None, weights, groups=None if weights is not None else np.zeros(60)
    )
    assert np.isnan([found.standard_error, found.lower, found.upper]).all()
