"""Dates are read in one form for the whole column, found from all of its values."""

import pandas as pd
import pytest

from dropdecay.table.date_form import ANY_ISO, date_forms_of, parsed_dates

ARABIC = {ord(str(digit)): chr(0x660 + digit) for digit in range(10)}


def first(*texts):
    """Return the dates in the preferred form as ISO text, or None where there is none."""
    forms = date_forms_of(texts)
    return [str(each.isoformat()) for each in parsed_dates(texts, forms[0])] if forms else None


@pytest.mark.parametrize(
    ("texts", "dates"),
    [
        (["2020-01-31", "2021-12-01"], ["2020-01-31T00:00:00", "2021-12-01T00:00:00"]),
        (["01/02/2020", "13/02/2020"], ["2020-02-01T00:00:00", "2020-02-13T00:00:00"]),
        (["02/01/2020", "02/13/2020"], ["2020-02-01T00:00:00", "2020-02-13T00:00:00"]),
        (["1.4.2021", "12.3.2021"], ["2021-04-01T00:00:00", "2021-03-12T00:00:00"]),
        (["3 Jan 2020", "4 Feb 2021"], ["2020-01-03T00:00:00", "2021-02-04T00:00:00"]),
        (["2020-01-04", "2020-02-05"], ["2020-01-04T00:00:00", "2020-02-05T00:00:00"]),
        (["2020.01.04", "2020.02.05"], ["2020-01-04T00:00:00", "2020-02-05T00:00:00"]),
        (["2020年1月3日"], ["2020-01-03T00:00:00"]),
        (
            ["2021/01/31".translate(ARABIC), "2021/02/15".translate(ARABIC)],
            ["2021-01-31T00:00:00", "2021-02-15T00:00:00"],
        ),
        (["２０２１年１月３１日"], ["2021-01-31T00:00:00"]),
        (
            ["2021-03-23 10:20:00,465", "2021-03-24 10:20:00,070"],
            ["2021-03-23T10:20:00.465000", "2021-03-24T10:20:00.070000"],
        ),
        (["2021-01-31T10:30:00+01:00[Europe/Berlin]"], ["2021-01-31T09:30:00"]),
        (["2021-01-31-10.30.05.123000"], ["2021-01-31T10:30:05.123000"]),
        (["31.01.2021 10.30.05"], ["2021-01-31T10:30:05"]),
        (
            ["2021年1月3日 2时6分", "2021年1月3日 22时36分"],
            ["2021-01-03T02:06:00", "2021-01-03T22:36:00"],
        ),
        (["2021年1月3日\uff08日\uff09"], ["2021-01-03T00:00:00"]),
        (["20210131103005", "20210201000000"], ["2021-01-31T10:30:05", "2021-02-01T00:00:00"]),
        (["202101", "202112"], ["2021-01-01T00:00:00", "2021-12-01T00:00:00"]),
        (["31.01.2021\xa010:30"], ["2021-01-31T10:30:00"]),
        (["12/31/99", "01/15/00"], ["1999-12-31T00:00:00", "2000-01-15T00:00:00"]),
        (["01/31/21 10:00", "02/01/21 9:30"], ["2021-01-31T10:00:00", "2021-02-01T09:30:00"]),
        (["31.01.21 10:00:05"], ["2021-01-31T10:00:05"]),
        (["1/31/21 1:05 PM"], ["2021-01-31T13:05:00"]),
        (["2020-01-01", "2020-01-02 10:30"], ["2020-01-01T00:00:00", "2020-01-02T10:30:00"]),
        (
            ["2020-01-01T10:00:00Z", "2020-01-01T10:00:00+02:00"],
            ["2020-01-01T10:00:00", "2020-01-01T08:00:00"],
        ),
        (
            ["2020-01-01 09:00", "2020-01-01T10:00:00+02:00"],
            ["2020-01-01T09:00:00", "2020-01-01T08:00:00"],
        ),
    ],
)
def test_dates_are_read(texts, dates):
    assert first(*texts) == dates


@pytest.mark.parametrize(
    "texts",
    [
        ["10:30", "11:00"], ["1999", "2000"], ["elm 3", "oak 4"], ["1 Elm street", "2 Oak street"],
        ["2020-01-01", "soon"], ["2020-13-45"], ["1.5", "2.5"], ["A-2020-01", "B"],
    ],
)  # fmt: skip
def test_what_is_no_date_with_a_year_is_not_read_as_one(texts):
    assert first(*texts) is None


def test_days_up_to_the_twelfth_give_both_orders():
    both = date_forms_of(["01/02/2020", "03/04/2020"])

    assert [each.pattern for each in both] == ["%m/%d/%Y", "%d/%m/%Y"]


def test_one_day_beyond_the_twelfth_anywhere_in_the_column_settles_the_order():
    texts = [f"0{1 + i % 9}/0{1 + i % 7}/20{10 + i}" for i in range(80)] + ["25/01/2020"]

    assert [each.pattern for each in date_forms_of(texts)] == ["%d/%m/%Y"]


def test_the_same_dates_in_iso_format_are_read_later():
    (form,) = date_forms_of(["13/02/2020", "25/02/2020"])

    assert parsed_dates(["2020-02-13"], form)[0] == pd.Timestamp("2020-02-13")


def test_a_missing_date_is_not_a_time():
    assert pd.isna(parsed_dates([None], ANY_ISO)[0])


@pytest.mark.parametrize("mark", ["-", "/", "."])
@pytest.mark.parametrize("time", ["", " 10:30", "T10:30:00Z"])
def test_after_the_year_comes_the_month_whatever_the_days_are(mark, time):
    (form,) = date_forms_of([f"2020{mark}01{mark}04{time}", f"2020{mark}02{mark}05{time}"])

    assert form.pattern.startswith(f"%Y{mark}%m{mark}%d")
