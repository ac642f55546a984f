"""Where rows that come in time lie on disk: their folds are those of tables in memory."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.data.time_folds import folds_in_time
from dropdecay.data.time_places import TimeDealer, time_places
from dropdecay.errors import BadSetting


def times_of(n_rows, n_times, seed):
    return pd.Series(np.random.default_rng(seed).integers(0, n_times, n_rows))


@given(
    n_rows=st.integers(200, 600), n_times=st.integers(80, 2000), n_folds=st.integers(2, 6),
    seed=st.integers(0, 20),
)  # fmt: skip
def test_the_rows_of_each_fold_are_those_of_a_table_in_memory(n_rows, n_times, n_folds, seed):
    times = times_of(n_rows, n_times, seed)

    places = time_places(times, n_folds)

    # Rows lie place by place, in any order within one.
    lying = np.argsort(places.of_row, kind="stable")
    found = places.rows_of(places.sizes)
    for own, expected in zip(found, folds_in_time(times, n_folds, n_rows), strict=True):
        for rows, wanted in zip(own, expected, strict=True):
            assert sorted(lying[rows]) == wanted.tolist()


def test_what_all_folds_train_on_is_earlier_than_whatever_any_holds_out():
    times = times_of(1000, 500, 0)

    rows = time_places(times, 4).trained_on_by_all()

    folds = folds_in_time(times, 4, 1000)
    expected = set.intersection(*(set(training.tolist()) for training, _ in folds))
    assert set(rows.tolist()) == expected
    assert rows.size > 100
    first_held = min(times[held].min() for _, held in folds)
    assert times[rows].max() < first_held


def test_moments_are_in_the_order_of_time():
    times = pd.Series(["2024-03-01", "2023-01-01", "2025-05-05", "2023-01-01"])

    assert time_places(times, 2).moments.tolist() == [1, 0, 2, 0]


def test_parts_of_the_table_get_their_own_places():
    places = time_places(times_of(300, 100, 1), 3)

    dealt = [TimeDealer(places).deal(first, np.zeros(100, int), None) for first in (0, 100, 200)]

    assert np.concatenate(dealt).tolist() == places.of_row.tolist()


def test_more_folds_than_bits_are_refused():
    with pytest.raises(BadSetting, match="31 or less"):
        time_places(times_of(300, 300, 1), 32)
