"""Numbers that count time are told, and are read as dates where that is asked for."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.account import account_of
from dropdecay.table.counted_times import are_days, may_be_times
from dropdecay.table.decide import decide
from dropdecay.table.decision import ReadAs
from dropdecay.table.frames import as_frame
from dropdecay.table.reading import Reading

DAYS = pd.date_range("2021-01-30", periods=40, freq="36h")
SECONDS = (DAYS - pd.Timestamp("1970-01-01")) // pd.Timedelta("1s")
UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6, "nanoseconds": 10**9}


def as_dates(values):
    """Return a column that is asked to hold dates, and how its account says that it is read."""
    frame = as_frame(pd.DataFrame({"t": values, "n": np.arange(len(values)) / 3}))
    reading = decide(frame, ReadAs(kinds={"t": "date"})).reading
    again = Reading.from_list(reading.as_list())
    typed = again.typed(frame)
    return typed["t"], account_of(again, typed, ())["read as"][0]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("as_text", [False, True], ids=["numbers", "text"])
def test_time_since_1970_is_told_and_read_on_demand(unit, as_text):
    values = SECONDS * UNITS[unit]
    values = values.astype(str) if as_text else values
    frame = as_frame(pd.DataFrame({"t": values, "n": np.arange(40) / 3}))

    (told,) = decide(frame).findings
    dates, words = as_dates(values)

    assert told.sentence == (
        f"Column 't' is read as a quantity. Does it hold {unit} since 1970, from 2021-01-30 to "
        "2021-03-29?"
    )
    assert (told.code, told.option) == ("counted-times", "--as t=date")
    assert dates.tolist() == DAYS.tolist()
    assert words == f"date in {unit} since 1970"


def test_days_of_a_spreadsheet_are_read_on_demand():
    dates, words = as_dates([44197.0, np.nan, 44197.5])

    assert dates.tolist() == [pd.Timestamp("2021-01-01"), pd.NaT, pd.Timestamp("2021-01-01 12:00")]
    assert words == "date in days since 1899-12-30"


@pytest.mark.parametrize("dtype", [str, int, float, object])
def test_days_in_eight_digits_are_dates_in_every_type(dtype):
    values = pd.Series([20210130, 20210201, 20201231] * 5).astype(dtype)
    frame = as_frame(pd.DataFrame({"t": values, "n": np.arange(15) / 3}))

    decided = decide(frame)

    assert [each.code for each in decided.findings] == ["date-numbers"]
    assert decided.reading.typed(frame)["t"][0] == pd.Timestamp("2021-01-30")
    assert as_dates(values)[0][2] == pd.Timestamp("2020-12-31")


@pytest.mark.parametrize("dtype", [str, int, float, object])
@pytest.mark.parametrize(
    ("first", "moment"),
    [(20210130103005, "2021-01-30 10:30:05"), (202101301030, "2021-01-30 10:30"),
     (202101, "2021-01-01")],
)  # fmt: skip
def test_times_and_months_in_digits_are_dates_too(first, moment, dtype):
    values = pd.Series([first + step for step in range(6)] * 3 + [0]).astype(dtype)
    frame = as_frame(pd.DataFrame({"t": values, "n": np.arange(19) / 3}))

    decided = decide(frame)

    assert [each.code for each in decided.findings] == ["date-numbers", "stand-in"]
    assert decided.reading.typed(frame)["t"][0] == pd.Timestamp(moment)


@pytest.mark.parametrize(
    "values",
    [
        [20210130.5, 20210131], [20211301, 20210101], [2021, 2022], [], [202101, 202102] * 9,
        [202113, *range(202101, 202110)], [20210130246000, 20210130103000], [202101302460] * 2,
    ],
)  # fmt: skip
def test_other_numbers_are_no_days(values):
    assert not are_days(np.array(values, float))


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (SECONDS, "phone"), (SECONDS, "customer_id"), (SECONDS + 10**9, "t"), (SECONDS / 1000, "t"),
        (SECONDS[:4], "t"), (np.arange(40), "t"),
    ],
)  # fmt: skip
def test_other_numbers_and_names_of_rows_are_no_times(values, name):
    assert may_be_times(np.asarray(values, float), name) == ()


def test_numbers_that_count_nothing_are_refused_as_dates():
    with pytest.raises(BadTable, match=r"from 1\.5 to 3\.5, count neither time since 1970 nor"):
        as_dates([1.5, 2.5, 3.5])
    with pytest.raises(BadTable, match=r"from 5 to 16\d+, count neither"):
        as_dates([*SECONDS, 5])


@pytest.mark.parametrize("gone", [[0], [-1], [0, -1, 0]])
def test_0_and_minus_1_among_times_stand_for_none(gone):
    frame = as_frame(pd.DataFrame({"t": [*gone, *SECONDS], "n": np.arange(40 + len(gone)) / 3}))
    (told,) = decide(frame).findings
    assert told.code == "counted-times"
    assert told.sentence.endswith("2021-03-29? " + " and ".join(
        str(each) for each in (0, -1) if each in gone) + " would stand for none.")  # fmt: skip

    asked = decide(frame, ReadAs(kinds={"t": "date"}))

    assert asked.reading.typed(frame)["t"].tolist() == [pd.NaT] * len(gone) + DAYS.tolist()
    assert asked.findings[0].code == "stand-in"
    assert f", in {len(gone)} row" in asked.findings[0].sentence


@pytest.mark.parametrize("gone", ["0", "00000000", "99999999", "99991231"])
@pytest.mark.parametrize("dtype", [str, int, "Int64"])
def test_what_programs_write_for_no_day_among_days_in_eight_digits_is_missing(gone, dtype):
    values = pd.Series([gone] * 3 + ["20210130", "20210201", "20201231"] * 5).astype(dtype)
    frame = as_frame(pd.DataFrame({"t": values, "n": np.arange(18) / 3}))

    for read_as in (ReadAs(), ReadAs(kinds={"t": "date"})):
        decided = decide(frame, read_as)
        days = Reading.from_list(decided.reading.as_list()).typed(frame)["t"]
        assert days.isna().tolist() == [True] * 3 + [False] * 15
        assert "stand-in" in [each.code for each in decided.findings]


AMOUNTS = np.random.default_rng(0).integers(1_200_000, 1_800_000, 200) * 1000


@pytest.mark.parametrize(
    ("values", "name", "is_told"),
    [
        (AMOUNTS, "x", False), (AMOUNTS, "created_at", True),
        (AMOUNTS * 1000, "x", False), (AMOUNTS * 1000, "createdAt", True),
        (1_000_000_000 + np.arange(50), "x", False), (1_000_000_000 + np.arange(50), "ts", True),
        (np.linspace(1.1e9, 1.7e9, 50).round(), "x", False),
    ],
)  # fmt: skip
def test_amounts_and_numbers_that_count_up_are_times_only_by_name(values, name, is_told):
    assert bool(may_be_times(np.asarray(values, float), name)) == is_told


def test_amounts_with_marks_or_a_unit_are_no_times():
    amounts = [f"{each:,} €" for each in SECONDS]
    frame = as_frame(pd.DataFrame({"t": amounts, "n": np.arange(40) / 3}))
    assert [each.code for each in decide(frame).findings] == ["unit"]


def test_a_word_among_times_is_named():
    with pytest.raises(BadTable, match=rf"row {len(SECONDS) + 1}: 'unknown' is not a number"):
        as_dates([*map(str, SECONDS), "unknown"])


def test_a_later_time_beyond_the_calendar_is_refused():
    frame = as_frame(pd.DataFrame({"t": SECONDS}))
    reading = decide(frame, ReadAs(kinds={"t": "date"})).reading

    with pytest.raises(BadTable, match=r"row 2: 1e\+15 seconds since 1970 lie outside"):
        reading.typed(as_frame(pd.DataFrame({"t": [0.0, 1e15]})))


def test_days_of_a_spreadsheet_are_told_where_the_name_speaks_of_time():
    days = np.array([0, 44197, 44198, 44201, 44250, 44300], float)
    (told,) = may_be_times(days, "Start Date")
    assert told.sentence.endswith(
        "hold days since 1899-12-30, from 2021-01-01 to 2021-04-14? 0 would stand for none."
    )
    assert may_be_times(days, "price") == ()
