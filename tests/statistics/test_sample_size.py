"""How many more folds or seeds: the smallest number whose interval is short enough."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from dropdecay.statistics.sample_size import needed_to_tell


def half_width(variance, n_folds, overlap):
    return stats.t.ppf(0.975, n_folds - 1) * np.sqrt(variance * (1 / n_folds + overlap))


def test_folds_are_added_in_complete_repeats_until_the_interval_excludes_the_value():
    # 5 folds: 2.776 * sqrt(0.45) = 1.862; 10: 1.338; 15: 2.145 * sqrt(0.317) = 1.207.
    needed = needed_to_tell(1.3, 1.0, np.nan, n_folds=5, n_seeds=1, overlap=0.25)

    assert needed.folds == 10


def test_a_difference_smaller_than_the_overlap_allows_cannot_be_resolved_by_more_folds():
    # The limit for infinitely many folds: 1.96 * sqrt(0.25) = 0.98.
    needed = needed_to_tell(0.9, 1.0, np.nan, n_folds=5, n_seeds=1, overlap=0.25)

    assert needed.folds is None


def test_with_one_seed_the_effect_of_more_seeds_is_unknown():
    assert needed_to_tell(1.3, 1.0, np.nan, n_folds=5, n_seeds=1, overlap=0.25).seeds is None


def test_more_seeds_reduce_only_the_seed_component():
    # 1.862 * sqrt(4 / m) < 1.5 for m >= 7; with a fold component of 1, 1.862 > 1.5 for any m.
    assert needed_to_tell(1.5, 0.0, 4.0, n_folds=5, n_seeds=2, overlap=0.25).seeds == 5
    assert needed_to_tell(1.5, 1.0, 4.0, n_folds=5, n_seeds=2, overlap=0.25).seeds is None


def test_a_single_fold_needs_more_folds():
    assert needed_to_tell(5.0, 1.0, np.nan, n_folds=1, n_seeds=1, overlap=0.25).folds == 2


@given(
    distance=st.floats(0.1, 10),
    fold=st.floats(0, 5),
    seed=st.floats(0, 5),
    n_seeds=st.integers(2, 5),
)
def test_the_answer_is_enough_and_one_less_is_not(distance, fold, seed, n_seeds):
    needed = needed_to_tell(distance, fold, seed, n_folds=5, n_seeds=n_seeds, overlap=0.25)

    if needed.seeds is not None:
        m = n_seeds + needed.seeds
        assert half_width(fold + seed / m, 5, 0.25) < distance
        assert not needed.seeds or half_width(fold + seed / (m - 1), 5, 0.25) >= distance
    if needed.folds is not None:
        n = 5 + needed.folds
        assert half_width(fold + seed / n_seeds, n, 0.25) < distance
        assert not needed.folds or half_width(fold + seed / n_seeds, n - 5, 0.25) >= distance


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_level_is_respected(level):
    needed = needed_to_tell(1.3, 1.0, np.nan, n_folds=5, n_seeds=1, overlap=0.25, level=level)

    assert needed.folds == {0.8: 0, 0.95: 10}[level]
