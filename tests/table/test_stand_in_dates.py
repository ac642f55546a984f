"""Dates that stand for no date are found where they lie far off, and nowhere else."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.decide import decide
from dropdecay.table.decision import ReadAs
from dropdecay.table.frames import as_frame
from dropdecay.table.reading import Reading
from dropdecay.table.stand_in_dates import days_among, stand_in_dates_of
from dropdecay.table.times import read_times

DAYS = [f"2020-01-{day:02d}" for day in range(1, 29)]
FORMS = {
    "iso": list, "german": lambda days: [f"{d[8:]}.{d[5:7]}.{d[:4]}" for d in days],
    "compact": lambda days: [d.replace("-", "") for d in days],
    "with time": lambda days: [f"{d} 00:00:00" for d in days],
    "typed": lambda days: pd.Series(np.array(days, "datetime64[us]")),
    "with zone": lambda days: [f"{d}T00:00:00Z" for d in days],
}  # fmt: skip


def table(values):
    return as_frame(pd.DataFrame({"d": values, "n": np.arange(len(values)) / 3}))


def stand_ins(days):
    return stand_in_dates_of(np.array(days, "datetime64[us]"))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("day", ["9999-12-31", "1900-01-01"])
def test_a_day_far_off_is_told_and_missing_in_every_form(form, day):
    frame = table(FORMS[form]([day, *DAYS, day]))
    decided = decide(frame)
    reading = Reading.from_list(decided.reading.as_list())

    (told,) = [each for each in decided.findings if each.code == "stand-in"]
    assert told.sentence == (
        f"Column 'd': {day}, in 2 rows, stands for no date and counts as missing."
    )
    assert told.option.startswith("--missing")
    assert reading.typed(frame)["d"].isna().tolist() == [True, *[False] * 28, True]
    # A later file may write it otherwise.
    assert reading.typed(table([day, "2020-05-05"]))["d"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([*DAYS, "9999-12-31"], ("9999-12-31",)),
        ([*DAYS, "0001-01-01"], ("0001-01-01",)),
        ([*DAYS, "2099-12-31", "2099-12-31"], ("2099-12-31",)),
        ([*DAYS, "9999-12-31", "1970-01-01", "1970-01-01"], ("1970-01-01", "9999-12-31")),
        ([*DAYS, "1900-01-01"], ()),
        ([*DAYS, "2019-12-31", "2019-12-31"], ()),
        (["1970-01-01", "1990-01-01", "2010-01-01"] * 9, ()),
        (["1950-06-30", "1975-06-30", "2099-12-31"] * 9, ("2099-12-31",)),
        (["2000-12-31", "2050-12-31", "2090-12-31", "2100-12-31"] * 9, ()),
        ([*DAYS, *["1900-01-01", "2099-12-31"] * 2], ("1900-01-01", "2099-12-31")),
        ([*DAYS, "1985-01-01", "1985-01-01"], ()),
        ([f"{year}-01-01" for year in range(1900, 2000)] * 3, ()),
        ([f"{year}-01-01" for year in range(1900, 2000)] + ["1900-01-01"] * 20, ("1900-01-01",)),
        ([f"{year}-12-31" for year in range(2020, 2100)] * 3, ()),
        (["1900-01-01"] * 9, ()),
        ([], ()),
    ],
)
def test_days_that_may_have_been_stay(days, expected):
    assert stand_ins(days) == expected


@pytest.mark.parametrize("form", ["iso", "typed"])
def test_the_user_decides_which_days_are_missing(form):
    frame = table(FORMS[form](["1900-01-01", "2020-01-01", *DAYS, "1900-01-01"]))

    none, other = (decide(frame, ReadAs(missing=words)) for words in ((), ("2020-01-01",)))

    assert none.findings == other.findings == ()
    assert none.reading.typed(frame)["d"].isna().sum() == 0
    assert other.reading.typed(frame)["d"].isna().sum() == 2


def test_words_that_are_no_days_are_none():
    assert days_among(["x", "2020-02-30", "2020-02-29", "20200101"]) == ("2020-02-29",)
    with pytest.raises(ValueError, match="days that are none"):
        Reading.from_list([{"name": "d", "kind": "date", "no_dates": ["never"]}])


def test_rows_have_no_place_in_time_by_a_day_that_stands_for_none():
    days = pd.Series([*DAYS, "9999-12-31"], name="when")
    with pytest.raises(BadTable, match=r"1 row has no time \(9999-12-31 stands .* row 29"):
        read_times(days)
    times, _ = read_times(days, ReadAs(missing=()))
    assert times.max().year == 9999
