"""Years of two digits are of the century that the whole column says."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.decide import decide
from dropdecay.table.decision import ReadAs
from dropdecay.table.frames import as_frame
from dropdecay.table.reading import Reading

FORMS = {
    "american": lambda year: f"1/13/{year % 100:02d}",
    "german": lambda year: f"13.01.{year % 100:02d}",
    "named": lambda year: f"13. Januar {year % 100:02d}",
    "hyphens": lambda year: f"13-Jan-{year % 100:02d}",
}


def read(years, form, name="d", **how):
    texts = [FORMS[form](year) for year in years]
    frame = as_frame(pd.DataFrame({name: texts, "n": np.arange(len(texts)) / 3}))
    decided = decide(frame, ReadAs(**how))
    dates = Reading.from_list(decided.reading.as_list()).typed(frame)[name]
    return dates.dt.year.tolist(), [each.code for each in decided.findings]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "years",
    [
        range(1930, 2000),
        range(1930, 2021),
        range(1941, 2011),
        [1936, 1985, 2005],
        range(1936, 2022),
    ],
)
def test_dates_that_reach_back_before_1969_do_not_end_in_the_future(years, form):
    assert read(list(years), form) == (list(years), ["date-century"])
    assert read(list(years), form, kinds={"d": "date"})[0] == list(years)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("years", [range(1969, 2036), range(2001, 2030), [1999, 2000]])
def test_years_that_everybody_takes_alike_are_not_told(years, form):
    assert read(list(years), form) == (list(years), [])


@pytest.mark.parametrize("form", FORMS)
def test_without_a_year_of_the_last_century_the_name_tells_or_the_reader_is_told(form):
    years = [1930, *range(1940, 1966)]
    assert read(years, form, "date_of_birth") == (years, ["date-century"])
    assert read(years, form, "due") == ([each + 100 for each in years], ["date-century"])


@pytest.mark.parametrize("form", FORMS)
def test_dates_that_all_would_lie_far_ahead_are_of_the_last_century(form):
    assert read([1963, 1964, 1963], form) == ([1963, 1964, 1963], ["date-century"])


def test_a_later_table_is_read_in_the_same_century():
    frame = as_frame(pd.DataFrame({"d": ["1/13/45", "1/14/85"], "n": [1, 2]}))
    reading = decide(frame).reading
    later = as_frame(pd.DataFrame({"d": ["2/20/44"], "n": [1]}))
    assert reading.typed(later)["d"].tolist() == [pd.Timestamp("1944-02-20")]


def test_a_century_that_is_none_is_refused():
    stored = [{"name": "d", "kind": "date", "dates": {"pattern": "%m/%d/%y", "pivot": 70}}]
    with pytest.raises(ValueError, match="century"):
        Reading.from_list(stored)
