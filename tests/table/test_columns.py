"""A later table has the columns of the fit, each holding what it held, or is refused in words."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.encode import check_columns, make_encoder


def later(**changed):
    """What check_columns says of a changed table, after a fit on age, city and day."""
    table = pd.DataFrame(
        {
            "age": [1, 2, 3],
            "city": ["x", "y", "x"],
            "day": ["2020-01-01", "2020-02-01", "2021-01-01"],
        }
    )
    encoder = make_encoder().fit(table)
    return check_columns(encoder, table.assign(**changed), target="left")


def test_the_target_may_still_be_there():
    assert list(later(left=[0, 1, 0])) == ["age", "city", "day"]


def test_columns_come_in_the_order_of_the_fit():
    encoder = make_encoder().fit(pd.DataFrame({"b": [1, 2], "a": ["x", "y"]}))

    assert list(check_columns(encoder, pd.DataFrame({"a": ["x"], "b": [1]}))) == ["b", "a"]


def test_another_column_is_refused():
    with pytest.raises(BadTable, match=r"Not known: 'size'\. Rename, add or remove"):
        later(size=[1, 2, 3])


def test_missing_and_renamed_columns_are_both_listed():
    encoder = make_encoder().fit(pd.DataFrame({"age": [1, 2], "city": ["x", "y"]}))

    with pytest.raises(BadTable) as caught:
        check_columns(encoder, pd.DataFrame({"Age": [1, 2], "size": [1, 2]}))

    assert str(caught.value).count("\n") == 0
    assert "Missing: 'age', 'city'." in str(caught.value)
    assert "For the first, did you mean 'Age'?" in str(caught.value)
    assert "Not known: 'Age', 'size'." in str(caught.value)


def test_numbers_that_became_text_are_refused():
    with pytest.raises(BadTable, match=r"Column 'age', row 2: 'old' is not a number"):
        later(age=["1", "old", "3"])


def test_numbers_written_as_text_are_numbers():
    assert later(age=["1", " 2", None]).shape == (3, 3)


def test_numbers_that_became_dates_are_refused():
    with pytest.raises(
        BadTable, match="Column 'age' holds dates where the model was fitted on num"
    ):
        later(age=pd.date_range("2020-01-01", periods=3))


def test_dates_that_became_numbers_are_refused():
    with pytest.raises(
        BadTable, match="Column 'day' holds numbers where the model was fitted on d"
    ):
        later(day=[1, 2, 3])


def test_dates_that_became_text_are_refused():
    with pytest.raises(BadTable, match=r"Column 'day', row 3: 'soon' is not a date"):
        later(day=["2020-01-01", None, "soon"])


def test_truths_that_became_text_are_refused():
    encoder = make_encoder().fit(pd.DataFrame({"a": [True, False]}))

    with pytest.raises(BadTable, match=r"Column 'a', row 1: 'maybe' is neither true nor false"):
        check_columns(encoder, pd.DataFrame({"a": ["maybe"]}))


def test_an_infinite_number_is_refused_later_too():
    with pytest.raises(BadTable, match=r"Column 'age', row 3 is infinite"):
        later(age=[1, 2, np.inf])


def test_no_rows_are_refused_later():
    encoder = make_encoder().fit(pd.DataFrame({"a": [1, 2]}))

    with pytest.raises(BadTable, match="The table has no rows"):
        check_columns(encoder, pd.DataFrame({"a": []}))
