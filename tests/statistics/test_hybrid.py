import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dropdecay.statistics.hybrid import chance_above, repeated_gain, rows_needed


def drawn(n_repeats=5, n_rows=40, seed=0):
    rng = np.random.default_rng(seed)
    rows, repeats = rng.normal(size=n_rows), 0.3 * rng.normal(size=(n_repeats, 1))
    return 0.2 + rows + repeats + 0.5 * rng.normal(size=(n_repeats, n_rows))


def test_the_interval_is_the_formula_written_out():
    d, c = drawn(), 0.5
    row = d.mean(axis=0)
    G, by_repeat = row.mean(), d.mean(axis=1)
    rows = sum((x - G) ** 2 for x in row) / 39
    repeats = sum((x - G) ** 2 for x in by_repeat) / 4
    t = stats.t.ppf(0.975, 4)
    half = np.sqrt((1 + c) * 1.959963984540054**2 * rows / 40 + t**2 * repeats / 5)

    found = repeated_gain(d, inflation=c)

    assert found.mean == pytest.approx(G)
    assert (found.lower, found.upper) == pytest.approx((G - half, G + half))
    assert found.by_repeat == pytest.approx(tuple(by_repeat))
    assert (found.n_repeats, found.n_rows) == (5, 40)


def test_chances_and_interval_agree():
    found = repeated_gain(drawn())
    assert chance_above(found.mean, found.standard_error, found.lower) == pytest.approx(0.975)
    assert chance_above(found.mean, found.standard_error, found.upper) == pytest.approx(0.025)
    assert chance_above(found.mean, found.standard_error, found.mean) == pytest.approx(0.5)


@given(st.integers(0, 1000))
def test_whole_weights_are_repeated_rows_up_to_the_count_of_rows(seed):
    d = drawn(seed=seed)
    weights = np.random.default_rng(seed).integers(1, 4, 40)
    weighted = repeated_gain(d, weights.astype(float))
    repeated = repeated_gain(
        np.repeat(d, weights, axis=1), groups=np.repeat(np.arange(40), weights)
    )
    assert weighted.mean == pytest.approx(repeated.mean)
    assert weighted.row_variance == pytest.approx(repeated.row_variance)
    assert weighted.repeat_variance == pytest.approx(repeated.repeat_variance)


def test_rows_that_vary_together_are_worth_less():
    d = np.repeat(drawn(n_rows=10), 4, axis=1)
    apart = repeated_gain(d)
    together = repeated_gain(d, groups=np.repeat(np.arange(10), 4))
    assert together.mean == pytest.approx(apart.mean)
    assert together.row_variance == pytest.approx(4 * apart.row_variance, rel=0.1)


def test_a_row_of_weight_zero_moves_nothing():
    d = drawn()
    weights = np.ones(40)
    weights[:5] = 0.0
    spoiled = d.copy()
    spoiled[:, :5] = 1e6
    one, other = repeated_gain(d, weights), repeated_gain(spoiled, weights)
    assert (one.lower, one.upper) == pytest.approx((other.lower, other.upper))
    # Nor does it make the sample any larger, alone or with others of its group.
    without = repeated_gain(d[:, 5:])
    assert one.row_variance == pytest.approx(without.row_variance, rel=1e-12)
    assert one.n_rows == without.n_rows == 35
    groups = np.arange(40) // 5
    together, fewer = (
        repeated_gain(each, some, number, few_groups=True)
        for each, some, number in ((d, weights, groups), (d[:, 5:], None, groups[5:]))
    )
    assert (together.lower, together.upper) == pytest.approx((fewer.lower, fewer.upper))


def test_more_repeats_hardly_help_once_rows_dominate():
    steady = np.tile(np.random.default_rng(0).normal(size=40), (5, 1))
    assert repeated_gain(steady).is_exhausted
    assert not repeated_gain(steady + 10 * np.arange(5.0)[:, None]).is_exhausted


def test_without_spread_the_chance_is_certain():
    found = repeated_gain(np.full((3, 10), 0.5))
    assert (found.lower, found.upper) == (0.5, 0.5)
    assert [chance_above(found.mean, found.standard_error, value) for value in (0.4, 0.5, 0.6)] == [
        1.0,
        0.5,
        0.0,
    ]
    assert chance_above(1.0, 0.0, 0.0) == 1.0


def test_the_rows_that_would_settle_it_bring_the_power_asked_for():
    found = repeated_gain(drawn(n_rows=200, n_repeats=20))
    n_rows = rows_needed(found.mean, found.standard_error, 0.01, found.n_rows)
    error = found.standard_error * np.sqrt(found.n_rows / n_rows)
    power = stats.norm.sf(1.959963984540054 - found.mean / error)
    assert power == pytest.approx(0.8, abs=0.01)


def test_no_number_of_rows_settles_a_difference_of_nothing_worth_nothing():
    assert rows_needed(0.0, 0.1, 0.0, 100) == np.inf


def test_one_repeat_or_one_group_says_nothing_of_spread():
    with pytest.raises(ValueError, match="at least 2 of them"):
        repeated_gain(drawn(1))
    with pytest.raises(ValueError, match="at least 2 rows"):
        repeated_gain(drawn(), groups=np.zeros(40))
    with pytest.raises(ValueError, match="at least 2 rows"):
        repeated_gain(drawn(), np.arange(40) == 7)


def test_few_groups_are_told_apart_by_students_t():
    steady = np.tile(np.random.default_rng(0).normal(size=40), (3, 1))  # no spread of repeats
    groups = np.repeat(np.arange(5), 8)
    normal = repeated_gain(steady, groups=groups)
    few = repeated_gain(steady, groups=groups, few_groups=True)
    wider = stats.t.ppf(0.975, 4) / stats.norm.ppf(0.975)
    assert few.mean == normal.mean
    assert few.upper - few.mean == pytest.approx(wider * (normal.upper - normal.mean))
    assert few.is_exhausted
