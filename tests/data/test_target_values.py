"""Whatever a target comes in, the same values are taken and the same mistakes are named."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy.sparse import csr_array

from dropdecay.data.target_values import target_values
from dropdecay.errors import BadInput
from tests.strangers import clean

FORMS = {
    "list": list,
    "tuple": tuple,
    "array": np.array,
    "objects": lambda values: np.array(values, dtype=object),
    "Series": pd.Series,
    "objects in a Series": lambda values: pd.Series(values, dtype=object),
    "nullable": lambda values: pd.Series(values).convert_dtypes(),
    "Arrow in pandas": lambda values: pd.Series(values).convert_dtypes(dtype_backend="pyarrow"),
    "category": lambda values: pd.Series(values, dtype="category"),
    "Index": pd.Index,
    "polars": pl.Series,
    "Arrow": pa.array,
}
VALUES = {
    "numbers": ([1.5, 2.5, 3.5], "f"),
    "whole numbers": ([3, 1, 2], "i"),
    "truths": ([True, False, True], "b"),
    "text": (["b", "a", "b"], "OU"),
}


def line(y, *, numeric=False):
    """The one-line error that a target gives."""
    with pytest.raises(BadInput) as caught:
        target_values(y, numeric=numeric)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", VALUES)
def test_values_are_the_same_in_every_form(form, kind):
    values, characters = VALUES[kind]

    found = target_values(FORMS[form](values), numeric=False)

    assert_array_equal(found, values)
    assert found.dtype.kind in characters


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("numeric", [True, False])
def test_a_missing_value_is_named_with_its_row_in_every_form(form, kind, numeric):
    values, _ = VALUES[kind]
    values = [*values[:2], None, *values]
    if form == "array" and kind != "text":
        values = np.array([np.nan if each is None else float(each) for each in values])

    said = line(FORMS[form](values), numeric=numeric)

    assert said.startswith(tuple(f"y contains {name} (row 3;" for name in ("None", "NaN", "NA")))
    assert said.endswith("Correct it, or leave out these rows in X and y.")


@pytest.mark.parametrize(
    ("missing", "name"),
    [(None, "None"), (np.nan, "NaN"), (pd.NA, "NA"), (pd.NaT, "NaT"), (Decimal("nan"), "NaN"),
     (np.datetime64("NaT"), "NaT")],
)  # fmt: skip
def test_what_is_missing_is_called_by_its_name(missing, name):
    assert line([1.0, missing, 2.0, missing]).startswith(
        f"y contains {name} (row 2 and 1 more; rows count from 1)."
    )


@pytest.mark.parametrize(
    "y", [[1.0, np.inf], np.array([1.0, -np.inf], np.float32), [1, 10**400], [Decimal(1), -np.inf]]
)
def test_infinity_is_named_with_its_row(y):
    assert line(y).startswith("y contains infinity (row 2;")


@pytest.mark.parametrize("make", [np.array, pd.DataFrame, lambda rows: rows])
def test_a_gap_in_one_of_several_outputs_is_named_with_its_column(make):
    assert "NaN (row 2, column 1;" in line(make([[1.0, 2.0], [np.nan, 3.0]]))


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (np.array([1j, 2.0]), "Complex data not supported: y holds complex numbers. Give"),
        ([1j, 2.0], "complex numbers"),
        (pd.Series(pd.date_range("2020", periods=3)), "y holds dates. Convert them to numbers"),
        ([datetime.date(2020, 1, 1)], "y holds dates"),
        (pd.Series(pd.period_range("2020", periods=3)), "y holds dates"),
        (pd.Series(pd.to_timedelta([1, 2], unit="h")), "y holds durations"),
        (np.array([b"a", b"b"]), "y holds bytes. Decode them to text"),
        ([b"a", b"b"], "y holds bytes"),
        ([[1], [1, 2]], "y has rows of different lengths"),
        (pd.Series([[1, 2], [3]]), "y holds a value of type list (row 1;"),
        (["a", {"b"}], "y holds a value of type set (row 2;"),
        ([1, "1"], "y mixes text and numbers, such as '1' and 1."),
        (np.array([True, "yes"], object), "y mixes text and true and false, such as 'yes' and Tr"),
        (5.0, "Got a single float."),
        ("yes", "Got a single str."),
        (np.zeros((3, 2, 2)), "Got shape (3, 2, 2)."),
        (pd.DataFrame(index=range(3)), "Got shape (3, 0)."),
        ([10**30, 10**30 + 1], "y has classes too near to each other"),
        (np.ma.masked_array([1.0, 2.0], [False, True]), "y contains None (row 2;"),
    ],
)
def test_what_cannot_be_a_target_is_one_clear_line(y, words):
    assert words in line(y)


@pytest.mark.parametrize("y", [["a", "b"], ["1", "2"], pd.Series(["a", "b"], dtype="category")])
def test_a_regressor_takes_no_text(y):
    assert line(y, numeric=True).startswith("A regressor needs numbers, but y holds text, such as")


@pytest.mark.parametrize(
    ("y", "values"),
    [
        ([Decimal("1.5"), 2], [1.5, 2.0]),
        (np.array([True, 2.5], object), [1.0, 2.5]),
        ([10**30, 2], [1e30, 2.0]),
        (csr_array([[0, 1], [1, 0]]), [[0, 1], [1, 0]]),
        (np.ma.masked_array([1.0, 2.0], [False, False]), [1.0, 2.0]),
        (np.array([], object), []),
        (pd.DataFrame({"a": [1, 2], "b": [True, False]}), [[1, 1], [2, 0]]),
        (pl.DataFrame({"a": [1.5, 2.5], "b": [1, 2]}), [[1.5, 1], [2.5, 2]]),
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
    ],
)
def test_odd_containers_of_numbers_are_taken(y, values):
    found = target_values(y, numeric=True)

    assert_array_equal(found, values)
    assert found.dtype.kind in "biuf"


@given(st.lists(st.none() | st.integers() | st.floats() | st.text() | st.booleans() | st.binary()
                | st.complex_numbers() | st.dates() | st.lists(st.integers()), min_size=1),
       st.booleans())  # fmt: skip
def test_any_list_is_taken_or_refused_in_one_line(y, numeric):
    try:
        found = target_values(y, numeric=numeric)
    except BadInput as error:
        clean(str(error))
        return
    assert len(found) == len(y)
    assert found.dtype.kind in ("biuf" if numeric else "biufUO")
