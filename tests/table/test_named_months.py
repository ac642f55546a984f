"""Dates with a month in words are read in ten languages, whatever their order."""

from collections import Counter

import pandas as pd
import pytest

from dropdecay.table.named_months import MONTHS, named_dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4. Dezember 2010", "2010-12-04"),
        ("04-Okt-2010", "2010-10-04"),
        ("Mo, 4. Jan. 2021", "2021-01-04"),
        ("4. März 2021, 10:30 Uhr", "2021-03-04 10:30"),
        ("4. Ma\u0308rz 2021", "2021-03-04"),
        ("1er janvier 2020", "2020-01-01"),
        ("lundi 4 janvier 2021", "2021-01-04"),
        ("04 août 2010 à 10h30", "2010-08-04 10:30"),
        ("4 de enero de 2021", "2021-01-04"),
        ("lunedì 4 gennaio 2021", "2021-01-04"),
        ("segunda-feira, 4 de janeiro de 2021", "2021-01-04"),
        ("4 mei 2021", "2021-05-04"),
        ("4 października 2021", "2021-10-04"),
        ("December 4th, 2010", "2010-12-04"),
        ("Mon, 4 Jan 2021 10:00:00 GMT", "2021-01-04 10:00"),
        ("04MAR2021:10:30:05", "2021-03-04 10:30:05"),
        ("4-dez-99", "1999-12-04"),
        ("2010 Mai 4", "2010-05-04"),
        ("Mai\xa02010", "2010-05-01"),
        ("4/ene/2021 12:05 a.m.", "2021-01-04 00:05"),
        ("4 марта 2021 г.", "2021-03-04"),  # noqa: RUF001  # Russian
        ("чт, 4 мар. 2021 г., 10:30", "2021-03-04 10:30"),  # noqa: RUF001  # Russian
        ("Montag, den 4. Januar 2021", "2021-01-04"),
        ("le 4 janvier 2021", "2021-01-04"),
        ("jeudi le 4 mars 2021", "2021-03-04"),
        ("6 paź 2021", "2021-10-06"),
        ("04JAN2021:10:30:05.123", "2021-01-04 10:30:05"),
        ("04/Mar/2021:10:30:05 +0100", "2021-03-04 09:30:05"),
        ("Thu, 4 Mar 2021 23:30:05 -0530", "2021-03-05 05:00:05"),
        (
            "Thu Mar 4 2021 10:30:05 GMT+0100 (Central European Standard Time)",
            "2021-03-04 09:30:05",
        ),
        ("Thu Mar 04 10:30:05 +0000 2021", "2021-03-04 10:30:05"),
        ("Thu Mar  4 10:30:05 2021", "2021-03-04 10:30:05"),
    ],
)
def test_a_date_says_the_same_in_every_language(text, expected):
    assert named_dates([text])[0] == pd.Timestamp(expected)


@pytest.mark.parametrize(
    "text",
    [
        "31 Feb 2020",
        "10 mars",
        "Mar 10",
        "5. Brot 2020",
        "Model 2020",
        "2020-01-04",
        "",
        "Mai",
        "Lot 5 May 2012",
        "Model May 12, 2012",
    ],
)
def test_what_has_no_month_no_year_or_no_place_in_the_calendar_is_no_date(text):
    assert pd.isna(named_dates([text])[0])


def test_no_word_means_two_months():
    months = Counter(word for words in MONTHS for word in set(words.split()))

    assert [word for word, count in months.items() if count > 1] == []
