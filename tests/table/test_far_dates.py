"""Dates far off are read whichever pandas there is."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.far_dates import FAR, ISO, to_dates


@pytest.mark.parametrize(
    ("form", "texts", "utc"),
    [
        ("%Y-%m-%d", ["9999-12-31", "2020-02-03", None, "x9999"], False),
        ("%d.%m.%Y", ["31.12.9999", "03.02.2020", None, "31.13.9999"], False),
        ("%Y%m%d", ["99991231", "20200203", None, "99991331"], False),
        (ISO, ["9999-12-31", "2020-02-03 00:00", None, "9999"], False),
        (ISO, ["9999-12-31T01:00:00+01:00", "2020-02-03", None, "9999-12-32"], True),
        ("%Y-%m-%d", ["0001-01-01", "2020-02-03", None, "0001-13-01"], False),
    ],
)
def test_dates_far_off_are_read_and_nothing_else_is(form, texts, utc):
    dates = to_dates(pd.Series(texts, dtype=object), form, utc=utc)

    assert (str(dates.dt.tz) == "UTC") == utc
    days = dates.dt.tz_localize(None).to_numpy().astype("datetime64[D]").astype(str).tolist()
    far = "0001-01-01" if "0001" in texts[0] else "9999-12-31"
    assert days[:3] == [far, "2020-02-03", "NaT"]
    assert days[3] in ("NaT", "9999-01-01")  # a year alone is the first of January


@pytest.mark.parametrize("year", [*range(1, 2500, 7), 9999])
def test_every_year_that_nanoseconds_cannot_hold_is_looked_for(year):
    fits = 1678 <= year < 2262
    assert fits or FAR.search(f"{year:04d}-01-31")
    assert not (fits and FAR.match(f"{year:04d}-01-31")) or year // 10 in (167, 226)


def test_a_text_with_digits_that_is_no_date_stays_out():
    texts = pd.Series(["9999999", "order 9999-13-77", "2020-02-03"], dtype=object)
    assert np.array_equal(to_dates(texts, "%Y-%m-%d").isna(), [True, True, False])
