"""Time zones are kept under a name by which they are found again."""

import time
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from dateutil import tz as of_dateutil

from dropdecay.errors import BadTable
from dropdecay.table.time_zone import is_known, zone_of

HOURS = pd.date_range("2024-01-01", "2024-12-31", periods=24, tz="UTC").floor("s")


def dates_in(zone: object) -> pd.Series:
    return pd.Series(HOURS.tz_convert(zone))


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("UTC", "UTC"),
        (timezone(timedelta(hours=2)), "UTC+02:00"),
        (timezone(timedelta(hours=-3, minutes=-30), "NST"), "UTC-03:30"),
        (of_dateutil.gettz("Europe/Berlin"), "Europe/Berlin"),
        (of_dateutil.tzoffset("mine", 7200), "UTC+02:00"),
        (of_dateutil.tzutc(), "UTC+00:00"),
    ],
)
def test_a_zone_is_told_by_its_name_or_else_by_its_distance_from_universal_time(zone, name):
    found = zone_of(dates_in(zone), "when")
    assert found == name
    again = dates_in(found).dt.tz_localize(None)
    there = ZoneInfo(zone) if isinstance(zone, str) else zone
    expected = [each.astimezone(there).replace(tzinfo=None) for each in HOURS.to_pydatetime()]
    assert again.tolist() == expected


def test_dates_without_a_zone_have_none():
    assert zone_of(pd.Series(HOURS.tz_localize(None)), "when") is None


@pytest.fixture
def in_berlin(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_berlin")
def test_a_zone_with_summer_time_but_without_a_name_is_refused():
    with pytest.raises(BadTable, match=r"Column 'when' is in the time zone tzlocal.*tz_convert"):
        zone_of(dates_in(of_dateutil.tzlocal()), "when")


@pytest.mark.parametrize("name", ["float32", "Mars/Base", "Europe", "/etc/passwd", "", "UTC+99:00"])
def test_what_is_no_zone_is_not_known(name):
    assert not is_known(name)
