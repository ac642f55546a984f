"""The target is split from the features, or similar names are suggested."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.read import split_target
from tests.table.test_read import TABLE


def test_the_target_is_split_from_the_features():
    X, y = split_target(TABLE, "left")

    assert list(X) == ["age", "city", "pay"]
    assert y.tolist() == [True, False, True]
    assert y.name == "left"


@pytest.mark.parametrize("wrong", ["Left", "lef", "LEFT"])
def test_a_missing_target_suggests_similar_names(wrong):
    with pytest.raises(BadTable) as caught:
        split_target(TABLE, wrong)

    assert str(caught.value).startswith(f"The table has no column {wrong!r}. Did you mean 'left'?")
    assert "Its columns are 'age', 'city', 'left', 'pay'." in str(caught.value)


def test_without_a_similar_name_the_columns_are_listed():
    with pytest.raises(BadTable, match=r"no column 'zzz'\. Its columns are 'age'"):
        split_target(TABLE, "zzz")


def test_only_the_first_of_many_columns_are_listed():
    wide = pd.DataFrame(np.zeros((1, 50)), columns=[f"feature {i}" for i in range(50)])

    with pytest.raises(BadTable, match="'feature 7' and 42 more"):
        split_target(wide, "zzz")


def test_a_duplicate_target_name_is_rejected():
    twice = pd.DataFrame([[1, 2, 3]], columns=["a", "b", "a"])

    with pytest.raises(BadTable, match="more than one column named 'a'"):
        split_target(twice, "a")


def test_blanks_around_the_asked_name_are_cut_off_unless_a_column_has_them():
    table = pd.DataFrame({"price": [1, 2], " rooms": [3, 4]})

    assert split_target(table, " price")[1].tolist() == [1, 2]
    assert split_target(table, " rooms")[1].tolist() == [3, 4]
