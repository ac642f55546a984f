"""Times of day and durations are seconds, however they are written."""

import math

import pytest

from dropdecay.table.clock import seconds_of


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10:30", 37_800), ("9h45", 35_100), ("9:43 PM", 78_180), ("12:00 AM", 0),
        ("10:47:58,002", 38_878.002), ("13:14.432", 794.432), ("-1:02:03", -3723),
        ("2 days 01:00:00.5", 176_400.5), ("10.30 Uhr", 37_800), ("10 Uhr", 36_000),
    ],
)  # fmt: skip
def test_times_are_read(text, seconds):
    assert seconds_of(text) == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize("text", ["10:60", "10", "1:2", "13:00 PM", "-1:00 PM", "10:30:61", "x"])
def test_what_is_no_time_is_not_read_as_one(text):
    assert math.isnan(seconds_of(text))
