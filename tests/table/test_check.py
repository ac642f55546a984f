"""Checks before training give one-line messages; tasks are recognised and explained."""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.check import (
    check_features,
    check_target,
    recognise_task,
)
from dropdecay.table.decide import kind_of


def line(check, *given) -> str:
    """Return the one-line error of a check."""
    with pytest.raises(BadTable) as caught:
        check(*given)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# Features


def test_valid_features_are_returned_as_a_pandas_dataframe():
    table = pl.DataFrame({"a": [1, 2], "b": ["x", None]})

    assert isinstance(check_features(table), pd.DataFrame)


def test_a_table_without_columns_is_rejected():
    assert "no column to learn from" in line(check_features, pd.DataFrame(index=[0, 1]))


def test_a_table_without_rows_is_rejected():
    assert "The table has no rows." in line(check_features, pd.DataFrame({"a": []}))


def test_a_table_with_one_row_is_rejected():
    assert "The table has only one row." in line(check_features, pd.DataFrame({"a": [1]}))


def test_names_that_differ_only_in_type_are_rejected():
    table = pd.DataFrame([[1, 2], [3, 4]], columns=[1, "1"])

    assert "more than one column named '1'" in line(check_features, table)


# The task


@pytest.mark.parametrize(
    ("y", "task"),
    [
        ([True, False] * 5, "classification"),
        (["yes", "no", "no"], "classification"),
        (["0", "1", "1"], "classification"),
        ([0, 1, 1], "classification"),
        ([0.0, 1.0, 1.0], "classification"),
        ([-1, 1, 1], "classification"),
        ([1, 2], "classification"),
        (list(range(1, 8)) * 20, "classification"),
        (list(range(10)) * 10, "classification"),
        (list(range(3, 9)) * 10, "classification"),
        ([0.0, 1.0, 2.0] * 50, "classification"),
        (pd.Categorical([100, 200, 300, 400]), "classification"),
        (list(range(1, 8)) * 9, "regression"),
        (list(range(21)) * 20, "regression"),
        ([2019, 2020, 2021, 2022] * 100, "regression"),
        ([10, 20, 30] * 100, "regression"),
        ([-5, 0, 5] * 100, "regression"),
        ([0.5, 1.5, 2.5] * 100, "regression"),
        ([151.0, 75.0, 141.0, 206.0], "regression"),
        (list(range(300)), "regression"),
    ],
)
def test_the_task_is_recognised(y, task):
    found = recognise_task(pd.Series(y, name="y"))

    assert found.task == task
    assert found.reason.startswith("Target 'y' holds")
    assert found.reason.endswith("classes." if task == "classification" else "quantity.")


@pytest.mark.parametrize(
    ("y", "why"),
    [
        ([True, False], "holds true and false, so"),
        (["a", "b"], "holds names, so"),
        ([0, 1, 1], "holds only 0 and 1, so"),
        ([1, 2, 3] * 10, "holds 3 different small whole numbers, each 10 times on average, so"),
        ([1, 2, 300], "holds 3 different whole numbers from 1 to 300, so"),
        ([1.5, 2, 3], "holds numbers with fractions, so"),
    ],
)
def test_the_reason_is_given(y, why):
    assert why in recognise_task(y).reason


def test_a_target_of_dates_is_rejected():
    y = pd.Series(pd.date_range("2020-01-01", periods=3), name="when")

    assert "Target 'when' holds dates" in line(recognise_task, y)
    assert "holds dates" in line(recognise_task, [datetime.date(2020, 1, 1)] * 2)


def test_a_target_without_values_is_rejected():
    assert "The target has no value in any row" in line(recognise_task, [None, None])


# The target


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_missing_targets_are_counted(task):
    y = pd.Series([1, None, 2, "n/a"], name="left", dtype=object)

    said = line(check_target, y, task)

    assert said.startswith("Target 'left' is missing in 2 of 4 rows (first in row 2). Every row")


def test_an_infinite_target_is_rejected():
    y = pd.Series([1.0, np.inf, 2.0], name="pay")

    assert "Column 'pay', row 2 is infinite" in line(check_target, y, "regression")


@pytest.mark.parametrize("y", [["a"] * 5, [True] * 5, [1] * 5, [1.0] * 5])
def test_a_target_with_one_class_is_rejected(y):
    said = line(check_target, y, "classification")

    assert f"The target has only one class, {str(y[0]).removesuffix('.0')!r}." in said


def test_a_constant_target_is_rejected():
    assert "The target is 2.5 in every row." in line(check_target, [2.5] * 4, "regression")


def test_text_cannot_be_predicted_by_regression():
    y = pd.Series([1, "many", 3], name="count")

    said = line(check_target, y, "regression")

    assert "Target 'count' cannot be predicted by regression: row 2 holds 'many', which" in said
    assert said.endswith("Use task='classification', or correct the column.")


def test_fractions_cannot_be_classes():
    said = line(check_target, [1, 2, 2.5], "classification")

    assert "The target, row 3: 2.5 is not a whole number, so it cannot be a class. Use" in said


def test_a_target_with_one_row_is_rejected():
    assert "only one row" in line(check_target, [1], "regression")


def test_a_target_must_be_a_single_column():
    assert "The target must be a single column. Got an array with 2 dimensions." in line(
        check_target, np.zeros((3, 2)), "regression"
    )


@pytest.mark.parametrize(
    ("y", "task", "expected"),
    [
        ([1, 2, 3], "regression", np.array([1.0, 2.0, 3.0])),
        (["1", "2.5"], "regression", np.array([1.0, 2.5])),
        ([True, False], "regression", np.array([1.0, 0.0])),
        ([1.0, 2.0], "classification", np.array([1, 2])),
        ([True, False], "classification", np.array([True, False])),
        (["x", "y"], "classification", np.array(["x", "y"], dtype=object)),
        (["x", 1], "classification", np.array(["x", "1"], dtype=object)),
        (pd.Series(["b", "a"], dtype="category"), "classification", np.array(["b", "a"], object)),
        (pl.Series([3, 4]), "classification", np.array([3, 4])),
    ],
)
def test_the_target_becomes_an_array_of_the_type_for_its_task(y, task, expected):
    found = check_target(y, task)

    assert found.dtype == expected.dtype
    assert found.tolist() == expected.tolist()


@pytest.mark.parametrize(
    "y", [["yes", "no", "yes "], [" yes", "no", "yes"], ["yes\t", "no", "yes"]]
)
def test_blanks_around_text_are_cut_off_as_in_the_features(y):
    assert check_target(y, "classification").tolist() == ["yes", "no", "yes"]


def test_none_among_other_words_is_a_class_and_an_empty_cell_is_not():
    y = pd.Series(["None", "Mild", "none ", "Severe", "Nil"], name="diagnosis")

    found = recognise_task(y)

    assert found.reason == (
        "Target 'diagnosis' holds names, 'None' and 'none' and 'Nil' among them, so it is treated "
        "as classes."
    )
    assert check_target(y, "classification").tolist() == ["None", "Mild", "none", "Severe", "Nil"]
    for empty in (None, "", " ", np.nan):
        said = line(check_target, pd.Series([*y, empty], dtype=object), "classification")
        assert said.startswith("The target is missing in 1 of 6 rows (first in row 6).")


@pytest.mark.parametrize("word", ["NA", "null", "N/A", "nan", "?"])
def test_a_word_that_programs_write_is_named_with_the_option_that_keeps_it(word):
    said = line(check_target, ["yes", "no", word], "classification")

    assert said.startswith("The target is missing in 1 of 3 rows (first in row 3).")
    assert said.endswith(f" {word!r} counts as missing; missing='none' makes it a class.")
    assert check_target(["yes", word], "classification", ()).tolist() == ["yes", word]


def test_words_that_are_missing_can_be_given():
    y = ["yes", "no", "unknown", "NA"]

    said = line(check_target, y, "classification", ["Unknown "])

    assert said == (
        "The target is missing in 1 of 4 rows (first in row 3). Every row needs a target. Fill it "
        "in, or leave these rows out: X[y.notna()]."
    )
    assert recognise_task(["1", "2", "NA"], ()).reason.startswith("The target holds names, 'NA'")


@pytest.mark.parametrize(
    "y",
    [[1.5, 2.5, -999, 4.5], ["1.5", "2.5", "-999", "4.5"], ["1.5", "2.5", "unknown", "4.5"],
     [1.5, 2.5, "unknown", 4.5], pd.Series([15, 25, -999, 45])],
)  # fmt: skip
def test_words_and_numbers_that_are_missing_leave_numbers(y):
    missing = ["-999", "unknown"]

    assert recognise_task(y, missing).task == "regression"
    assert "missing in 1 of 4 rows (first in row 3)" in line(check_target, y, "regression", missing)


@pytest.mark.parametrize("word", ["None", "nil", "NA"])
def test_a_word_among_numbers_is_a_missing_number(word):
    assert recognise_task(["1.5", "2.5", "3.5", word]).task == "regression"
    said = line(check_target, ["1.5", "2.5", word], "regression")
    assert said.startswith("The target is missing in 1 of 3 rows (first in row 3).")
    assert "counts as missing" not in said


@pytest.mark.parametrize(
    "amounts", ["${:,}", "{}%", "{:,.2f} €", "{} kg", "EUR {}", "{:,}", "£{}", "-{:,}.5"]
)
def test_amounts_written_as_text_are_named_with_what_to_do(amounts):
    y = pd.Series([amounts.format(1000 + 37 * i) for i in range(40)], name="price")
    if kind_of(y) == "number":
        assert recognise_task(y).task == "regression"
        return

    said = line(recognise_task, y)

    assert f"Target 'price' holds amounts that are written as text, such as {y[0]!r}." in said
    assert said.endswith("plain numbers, such as 1200.5, or, if each is a class, use "
                         "task='classification'.")  # fmt: skip
    assert "Write amounts as plain numbers" in line(check_target, y, "regression")
    assert check_target(y, "classification").tolist() == y.tolist()


@pytest.mark.parametrize(
    "y", [["10 mg", "20 mg"] * 30, ["1st", "2nd"] * 30, ["10-20", "20-30"] * 9]
)
def test_a_few_amounts_are_classes(y):
    assert recognise_task(y).task == "classification"


def test_text_that_hardly_recurs_is_no_target():
    y = pd.Series([f"customer {'abc'[i % 3]}{i}x" for i in range(60)], name="id")

    said = line(recognise_task, y)

    assert said.startswith("Target 'id' holds 60 different texts in 60 rows, too many for classes.")
    assert recognise_task([*y, *y]).task == "classification"


@pytest.mark.parametrize(
    ("y", "is_open"),
    [
        ([0, 1] * 5, True),
        (list(range(1, 11)) * 20, True),
        (list(range(300)), True),
        ([0.5, 1.5, 2.5], False),
        (["a", "b"], False),
        ([True, False], False),
    ],
)
def test_only_whole_numbers_could_be_either(y, is_open):
    assert recognise_task(y).is_open is is_open


def test_classes_too_large_for_an_integer_become_text():
    target = pd.Series([0.0, 1e300, -0.0, 1e300])

    classes = check_target(target, "classification")

    assert classes.tolist() == ["0.0", "1e+300", "0.0", "1e+300"]


def test_dates_may_be_classes_if_the_user_says_so():
    y = pd.Series(["Mars 2000", "Set 2001"] * 20, name="kit")
    with pytest.raises(BadTable, match=r"holds dates, .* if each is a class, use task='classific"):
        recognise_task(y)
    assert check_target(y, "classification").tolist()[:2] == ["Mars 2000", "Set 2001"]
