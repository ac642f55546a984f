"""A later table has the columns of the fit with the same kinds of values, or is rejected."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.errors import BadTable
from tests.table.kinds import TableEncoder


def check_columns(encoder, table):
    """Read a later table."""
    return encoder.reading.typed(table)


def later(**changed):
    """Check a changed table after fitting on age, city and day."""
    table = pd.DataFrame(
        {
            "age": [1, 2, 3],
            "city": ["x", "y", "x"],
            "day": ["2020-01-01", "2020-02-01", "2021-01-01"],
        }
    )
    encoder = TableEncoder().fit(table)
    return check_columns(encoder, table.assign(**changed))


def test_columns_are_returned_in_the_order_of_the_fit():
    encoder = TableEncoder().fit(pd.DataFrame({"b": [1, 2], "a": ["x", "y"]}))

    assert list(check_columns(encoder, pd.DataFrame({"a": ["x"], "b": [1]}))) == ["b", "a"]


def test_an_unknown_column_is_rejected():
    with pytest.raises(BadTable, match=r"Unknown: 'size'\. Rename, add or remove"):
        later(size=[1, 2, 3])


def test_missing_and_renamed_columns_are_both_listed():
    encoder = TableEncoder().fit(pd.DataFrame({"age": [1, 2], "city": ["x", "y"]}))

    with pytest.raises(BadTable) as caught:
        check_columns(encoder, pd.DataFrame({"Age": [1, 2], "size": [1, 2]}))

    assert str(caught.value).count("\n") == 0
    assert "Missing: 'age', 'city'." in str(caught.value)
    assert "For the first, did you mean 'Age'?" in str(caught.value)
    assert "Unknown: 'Age', 'size'." in str(caught.value)


def test_numbers_that_became_text_are_rejected():
    with pytest.raises(BadTable, match=r"Column 'age', row 2: 'old' is not a number"):
        later(age=["1", "old", "3"])


def test_numbers_written_as_text_are_numbers():
    assert later(age=["1", " 2", None]).shape == (3, 3)


def test_numbers_that_became_dates_are_rejected():
    with pytest.raises(
        BadTable, match="Column 'age' holds dates, but the model was fitted on numbers"
    ):
        later(age=pd.date_range("2020-01-01", periods=3))


def test_dates_that_became_numbers_are_rejected():
    with pytest.raises(
        BadTable, match="Column 'day' holds numbers, but the model was fitted on dates"
    ):
        later(day=[1, 2, 3])


def test_dates_that_became_text_are_rejected():
    with pytest.raises(BadTable, match=r"Column 'day', row 3: 'soon' is not a date"):
        later(day=["2020-01-01", None, "soon"])


def test_booleans_that_became_text_are_rejected():
    encoder = TableEncoder().fit(pd.DataFrame({"a": [True, False]}))

    with pytest.raises(BadTable, match=r"Column 'a', row 1: 'maybe' is neither true nor false"):
        check_columns(encoder, pd.DataFrame({"a": ["maybe"]}))


def test_an_infinite_number_in_a_later_table_is_rejected():
    with pytest.raises(BadTable, match=r"Column 'age', row 3 is infinite"):
        later(age=[1, 2, np.inf])
