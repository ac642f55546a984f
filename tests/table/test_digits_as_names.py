"""Digits that are names are told from quantities, and why is said."""

import pandas as pd
import pytest

from dropdecay.table.decide import decide
from dropdecay.table.digits_as_names import power_in, why_names
from dropdecay.table.frames import as_frame


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["01234", "90210"], "its numbers have leading zeros"),
        (["007", "120"], "its numbers have leading zeros"),
        (["01", "02"], ""),
        (["0123", "12"], ""),
        (["123", "456"], ""),
        (["1234", "2E15", "1E05"], "2E15 would be a power of ten"),
        (["1234", "2e15"], ""),
        (["1E+05", "2E+06"], ""),
        (["1.5E5", "2E5"], ""),
        (["0.5", "2E5"], ""),
        (["197.251.209.101", "10.20.30.4"], "it holds addresses of networks"),
        (["197.251.209.101", "10.20.30.256"], ""),
    ],
)
def test_names_have_leading_zeros_or_a_capital_e_without_a_sign(texts, expected):
    assert why_names(texts) == expected


def test_versions_that_may_be_dates_are_none():
    texts = ["7.7.16", "11.11.20", "7.12.10"]
    for name, kind in (("version", "category"), ("day", "date"), ("release date", "date")):
        frame = as_frame(pd.DataFrame({name: texts, "n": [1, 2, 3]}))
        assert decide(frame).reading.columns[0].kind == kind


@pytest.mark.parametrize("name", ["release", "release_date", "build"])
@pytest.mark.parametrize("day", ["2020-01-13", "13.01.2020", "1/13/20", "13 January 2020"])
def test_dates_of_releases_are_dates(name, day):
    frame = as_frame(pd.DataFrame({name: [day, day.replace("13", "14")], "n": [1, 2]}))
    assert decide(frame).reading.columns[0].kind == "date"


def test_only_beside_whole_numbers_is_a_power_doubtful():
    assert power_in(["1234", "2e15", "3E7"]) == "3E7"
    assert power_in(["1234", "2e15"]) == "2e15"
    assert power_in(["1234.5", "2e15"]) == ""
    assert power_in(["1234", "15"]) == ""


@pytest.mark.parametrize(
    ("texts", "name", "are_names"),
    [
        (["1.9", "1.10", "2.0"], "firmware_version", True),
        (["1.9", "1.11", "2"], "Version", True),
        (["1.9", "1.10", "2.0"], "dose", False),
        (["1.9", "2.1"], "version", False),
        (["1.05", "1.1", "1.90"], "version", False),
        (["10", "11"], "version", False),
    ],
)
def test_a_name_and_parts_that_are_counted_say_that_numbers_are_versions(texts, name, are_names):
    assert bool(why_names(texts, name)) == are_names
    frame = as_frame(pd.DataFrame({name: texts * 2, "n": range(2 * len(texts))}))
    kind = decide(frame).reading.columns[0].kind
    assert kind == ("category" if are_names else "number")
