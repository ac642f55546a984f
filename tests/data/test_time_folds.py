"""Blocks of time: what comes before them trains, and no time is on both sides."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dropdecay.data.time_folds import check_goes_with_times, folds_in_time, shuffled_folds
from dropdecay.errors import BadInput, BadSetting

TIMES = st.lists(st.integers(0, 40), min_size=4, max_size=120)


def folds_or_nothing(times, n_blocks):
    try:
        return folds_in_time(times, n_blocks, len(times))
    except BadInput:
        assume(False)


@given(times=TIMES, n_blocks=st.integers(2, 6))
def test_every_fold_trains_on_rows_that_are_all_earlier_than_those_it_judges(times, n_blocks):
    times = np.array(times)
    for training, validation in folds_or_nothing(times, n_blocks):
        assert times[training].max() < times[validation].min()


@given(times=TIMES, n_blocks=st.integers(2, 6))
def test_all_folds_train_on_equally_many_rows_and_on_the_latest(times, n_blocks):
    times = np.array(times)
    folds = folds_or_nothing(times, n_blocks)
    assert len(folds) == n_blocks
    assert len({len(training) for training, _ in folds}) == 1
    for training, validation in folds:
        left_out = np.setdiff1d(np.flatnonzero(times < times[validation].min()), training)
        assert not left_out.size or times[left_out].max() <= times[training].min()


@given(times=TIMES, n_blocks=st.integers(2, 6))
def test_the_blocks_hold_out_every_row_after_the_first_training_rows_once(times, n_blocks):
    folds = folds_or_nothing(times, n_blocks)
    held = np.concatenate([validation for _, validation in folds])
    assert np.array_equal(
        np.sort(held), np.setdiff1d(np.arange(len(times)), folds[0][0], assume_unique=True)
    )


def test_without_ties_half_of_the_rows_train_and_the_blocks_are_of_equal_length():
    folds = folds_in_time(np.arange(100)[::-1], 5, 100)
    assert [len(training) for training, _ in folds] == [50] * 5
    assert folds[0][1].tolist() == list(range(40, 50))
    assert [len(validation) for _, validation in folds] == [10] * 5
    assert folds[4][0].tolist() == list(range(10, 60))


def test_years_are_blocks_where_there_are_just_enough():
    years = np.repeat(np.arange(2015, 2025), 7)
    folds = folds_in_time(years, 5, 70)
    assert [np.unique(years[validation]).tolist() for _, validation in folds] == [
        [2020], [2021], [2022], [2023], [2024],
    ]  # fmt: skip


def test_dates_and_numbers_in_the_same_order_give_the_same_folds():
    order = np.random.default_rng(0).permutation(30)
    days = pd.Timestamp("2024-01-01", tz="Europe/Berlin") + pd.to_timedelta(order, unit="D")
    texts = days.strftime("%d/%m/%Y")
    for times in (days, texts, pd.Series(days, index=order), days.date):
        for fold, same in zip(
            folds_in_time(times, 3, 30), folds_in_time(order, 3, 30), strict=True
        ):
            assert [part.tolist() for part in fold] == [part.tolist() for part in same]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([3, 3, 3, 3], "times: all rows have the same time, 3"),
        ([1, 1, 1, 2, 2, 3], "5 blocks of time need as many different times in the later half of"),
        (np.repeat([1, 2, 3, 4, 5, 6], 5), "which has 3. Use cv=3 or a finer time."),
        (["now", "then", "later", "now"], "times holds 'now': neither dates nor numbers"),
        ([1.0, np.nan, 3.0], "times: 1 row has no time, the first of them row 2."),
        ([None, None], "times has no value in any row."),
        ([True, False, True], "times holds 'True': neither dates nor numbers"),
        (pd.Series([1.0, None, None], name="day"), "Column 'day': 2 rows have no time"),
    ],
)
def test_times_that_give_no_order_are_refused_with_a_remedy(times, message):
    with pytest.raises(BadInput, match=re.escape(message)):
        folds_in_time(times, 5, len(times))


def test_there_must_be_one_time_for_every_row():
    with pytest.raises(BadInput, match=re.escape("one time per row: 4. It has shape (3,).")):
        folds_in_time([1, 2, 3], 2, 4)


@pytest.mark.parametrize("cv", [True, [([0], [1])], "5"])
def test_where_times_are_given_cv_is_a_number(cv):
    with pytest.raises(BadSetting, match="cv must be a number of blocks where times are given"):
        folds_in_time(range(10), cv, 10)


def test_groups_and_nested_folds_do_not_go_with_times():
    check_goes_with_times(None, False)
    with pytest.raises(BadSetting, match="times and groups cannot be combined"):
        check_goes_with_times(np.arange(3), False)
    with pytest.raises(BadSetting, match=r"nested=True holds out .* Leave out it or times"):
        check_goes_with_times(None, True)


@given(times=TIMES, n_blocks=st.integers(2, 6), seed=st.integers(0, 9))
def test_shuffled_folds_hold_out_the_same_rows_in_folds_of_the_same_sizes(times, n_blocks, seed):
    folds = folds_or_nothing(times, n_blocks)
    shuffled = shuffled_folds(folds, len(times), seed)
    assert [[len(part) for part in fold] for fold in shuffled] == [
        [len(part) for part in fold] for fold in folds
    ]
    held, same = (
        np.sort(np.concatenate([validation for _, validation in each]))
        for each in (folds, shuffled)
    )
    assert np.array_equal(held, same)
    for training, validation in shuffled:
        assert not np.intersect1d(training, validation).size
        assert np.unique(training).size == training.size
