"""How many rows are searched, teach, and say how long to train; the rest is tested by fits."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.data.asked_of_files import Asked, searched_of
from dropdecay.data.column_pass import Roles
from dropdecay.errors import BadSetting
from dropdecay.table.files import ParquetFile, ParquetFiles


def asked(n_rows, encoder_rows=None, search_rows=None, n_folds=5):
    file = ParquetFile(Path("t.parquet"), "t.parquet", n_rows)
    files = ParquetFiles((file,), ("a", "y", "g"), encoder_rows)
    return Asked(files, Roles("y", "g"), True, n_folds, search_rows, 0)


@given(n_rows=st.integers(2000, 10**9), search_rows=st.none() | st.integers(1000, 10**7))
def test_every_row_has_one_place_and_each_place_its_share(n_rows, search_rows):
    given = asked(n_rows, search_rows=search_rows)

    sizes = given.shares.of_all()

    assert sizes.sum() == n_rows
    assert sizes.min() >= 0
    teaching, *folds, rest, last = sizes
    assert teaching == min(100_000, given.n_searched // 10)
    assert teaching + sum(folds) == given.n_searched
    if given.n_searched < n_rows:
        assert last == min(n_rows // 10, 1_000_000)
    else:
        assert rest == last == 0


def test_a_part_that_is_nearly_all_rows_is_all_of_them():
    assert searched_of(1000, None) == 1000
    assert searched_of(1000, 900) == 900
    assert searched_of(1000, 901) == 1000
    assert searched_of(1000, 10**6) == 1000


def test_teaching_rows_leave_half_of_the_rows_to_be_held_out():
    assert asked(1000, encoder_rows=500).n_teaching == 500
    for encoder_rows, search_rows in ((501, None), (1, None), (251, 500)):
        with pytest.raises(BadSetting, match="encoder_rows"):
            _ = asked(1000, encoder_rows, search_rows).n_teaching


def test_features_are_the_columns_without_another_role():
    assert asked(1000).features == ["a"]
