import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from dropdecay.statistics.hybrid import repeated_gain
from dropdecay.statistics.jackknife import blocks_of, pseudo_values


def mean_of(values, weights=None):
    """Return the figure that is the mean of these rows."""

    def figure(kept):
        return np.average(values[kept], weights=None if weights is None else weights[kept])

    return figure


@given(st.integers(0, 1000))
def test_of_a_mean_they_are_the_means_of_the_parts_whatever_rows_weigh(seed):
    rng = np.random.default_rng(seed)
    values, weights, parts = rng.normal(size=30), rng.random(30), rng.integers(0, 5, 30)

    found = pseudo_values(mean_of(values, weights), parts, weights)

    for part in np.unique(parts):
        here = parts == part
        assert_allclose(found[here], np.average(values[here], weights=weights[here]), atol=1e-9)


def test_of_a_row_each_they_give_the_interval_of_the_rows_themselves():
    hits = np.random.default_rng(0).integers(0, 2, (4, 60)).astype(float)
    alone = np.array([pseudo_values(mean_of(each), np.arange(60), np.ones(60)) for each in hits])

    by_row, by_part = repeated_gain(hits), repeated_gain(alone, groups=np.arange(60))

    assert (by_part.mean, by_part.lower, by_part.upper) == pytest.approx(
        (by_row.mean, by_row.lower, by_row.upper)
    )


def test_of_blocks_of_rows_they_give_the_interval_of_groups():
    hits = np.random.default_rng(0).integers(0, 2, (4, 60)).astype(float)
    groups = np.arange(60) // 3
    blocks = np.array([pseudo_values(mean_of(each), groups, np.ones(60)) for each in hits])

    by_row, by_block = (repeated_gain(each, groups=groups) for each in (hits, blocks))

    assert (by_block.lower, by_block.upper) == pytest.approx((by_row.lower, by_row.upper))


def test_the_variance_of_an_auc_is_that_of_delong():
    """DeLong, DeLong & Clarke-Pearson (1988): the spread of each class's shares of pairs won."""
    rng = np.random.default_rng(0)
    true = np.repeat([True, False], (80, 120))
    said = rng.normal(size=200) + true

    def auc(kept):
        won = said[kept][true[kept], None] > said[kept][None, ~true[kept]]
        return won.mean()

    found = pseudo_values(auc, np.arange(200), np.ones(200))

    won = said[true, None] > said[None, ~true]
    delong = won.mean(axis=1).var(ddof=1) / 80 + won.mean(axis=0).var(ddof=1) / 120
    assert found.mean() == pytest.approx(won.mean())
    assert found.var(ddof=1) / 200 == pytest.approx(delong, rel=0.02)


def test_a_part_with_all_rows_has_the_whole_figure_and_one_without_mass_says_nothing():
    values, mass = np.arange(4.0), np.array([1.0, 2.0, 0.0, 0.0])
    assert_allclose(
        pseudo_values(mean_of(values, mass), np.array([0, 0, 1, 1]), mass), [2 / 3, 2 / 3, 0, 0]
    )


def test_nothing_is_left_out_for_rows_of_no_part():
    asked = []

    def figure(kept):
        asked.append(kept.size)
        return values[kept].mean()

    values = np.arange(6.0)
    found = pseudo_values(figure, np.array([-1, -1, 3, 3, -1, 8]), np.ones(6))

    assert_array_equal(np.isnan(found), [True, True, False, False, True, False])
    assert_allclose(found[[2, 3, 5]], [2.5, 2.5, 5.0])
    assert asked == [6, 4, 5]


def test_a_figure_that_is_not_defined_without_a_part_is_nan():
    def figure(kept):
        return kept.mean() if 0 in kept else np.nan

    found = pseudo_values(figure, np.arange(4), np.ones(4))
    assert_array_equal(np.isnan(found), [True, False, False, False])


@pytest.mark.parametrize(("n_units", "n_blocks"), [(40, 50), (200, 50), (103, 10), (7, 3)])
def test_blocks_are_about_equal_and_hold_whole_units(n_units, n_blocks):
    rng = np.random.default_rng(0)
    units = rng.permutation(np.repeat(np.arange(n_units) * 10, 3))
    blocks = blocks_of(units, np.zeros(units.size, int), n_blocks, rng)

    assert np.unique(blocks).size == min(n_units, n_blocks)
    for unit in np.unique(units):
        assert np.unique(blocks[units == unit]).size == 1
    sizes = np.bincount(blocks) / 3
    assert sizes.max() - sizes.min() <= 1


def test_blocks_hold_rows_of_one_stratum_but_for_those_at_the_seams():
    rng = np.random.default_rng(0)
    strata = rng.permutation(np.repeat(np.arange(5), (41, 43, 39, 40, 37)))
    blocks = blocks_of(np.arange(200), strata, 50, rng)
    mixed = [np.unique(strata[blocks == each]).size for each in range(50)]
    assert sum(count > 1 for count in mixed) <= 4
    other = blocks_of(np.arange(200), strata, 50, np.random.default_rng(1))
    assert not np.array_equal(blocks, other)
