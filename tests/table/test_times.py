"""A column of times is read as dates or numbers."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.decision import ReadAs
from dropdecay.table.times import printed_time, read_times


@pytest.mark.parametrize(
    "times",
    [
        pd.Series(pd.period_range("2024-01", periods=4, freq="M")),
        pd.timedelta_range("1h", periods=4),
        np.array(["2024-01", "2024-02", "2024-03", "2024-04"], "datetime64[M]"),
        ["2024-01", "2024-02", "2024-03", "2024-04"],
        ["1,5", "2,5", "13,5", "20,5"],
        np.array([[1], [2], [3], [4]]),
    ],
)
def test_all_that_has_an_order_in_time_is_read_in_this_order(times):
    read, _ = read_times(times)
    assert read.is_monotonic_increasing
    assert read.is_unique


def test_what_was_noticed_in_the_times_is_told():
    days = pd.Series([f"0{day}/0{month}/2024" for month in range(1, 5) for day in range(1, 5)])
    _, findings = read_times(days.rename("day"))
    assert [(each.code, each.column) for each in findings] == [("date-order", "day")]


def test_the_words_for_nothing_of_the_table_count_in_times_too():
    with pytest.raises(ValueError, match="Column 'day': 1 row has no time, the first of them row"):
        read_times(pd.Series(["2024-01-01", "open"], name="day"), ReadAs(missing=("open",)))


def test_a_day_is_printed_without_its_hours():
    assert printed_time(pd.Timestamp("2024-01-31")) == "2024-01-31"
    assert printed_time(pd.Timestamp("2024-01-31 12:30")) == "2024-01-31 12:30:00"
