"""The account says in plain words how each column is read."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.account import account_of
from dropdecay.table.decide import decide


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.5, 2.5, 3.5], "number"),
        (["€5", "€6", "€7"], "number in €"),
        (["0,5", "1,25", "7"], "number with decimal comma"),
        (["10:30", "11:00", "12:15"], "time in seconds"),
        (["31/01/2020", "02/02/2020", "03/03/2020"], "date such as 31/01/2026"),
        (["2020-01-01", "2020-01-02", "2020-01-02 10:00"], "date"),
        (["low", "medium", "high"], "low < medium < high"),
        ([True, False, True], "boolean"),
        (["x", "y", "x"], "category"),
        (["x", "x", "x"], "left out"),
    ],
)
def test_a_column_is_described_as_it_is_read(values, words):
    table = pd.DataFrame({"a": values, "n": np.arange(3) / 3})
    decided = decide(table)

    account = account_of(decided.reading, decided.reading.typed(table), decided.findings)

    assert account["read as"].iloc[0] == words


def test_many_categories_are_text():
    table = pd.DataFrame({"a": [f"street {i} north" for i in range(60)], "n": np.arange(60) / 3})
    reading = decide(table).reading

    assert account_of(reading, reading.typed(table), ())["read as"].iloc[0] == "text"


def test_missing_values_and_different_ones_are_counted():
    table = pd.DataFrame({"a": [1.0, None, 1.0, 2.0]})
    reading = decide(table).reading

    row = account_of(reading, reading.typed(table), ()).iloc[0]

    assert row["missing"] == 0.25
    assert row["distinct"] == 2
