import datetime
import os
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dropdecay.errors import BadTable
from dropdecay.table.files import names_files, parquet_files
from dropdecay.table.read import read_table

TABLE = pd.DataFrame({
    "area": np.arange(25) / 2, "rooms": pd.array([*range(24), None], "Int64"),
    "town": pd.Categorical(["a", "b", "c", None, "e"] * 5),
    "sold": [datetime.date(2024, 1, day) for day in range(1, 26)],
    "old": [True, False, None, True, False] * 5,
})  # fmt: skip


def written(folder, cuts=(10, 17), table=TABLE):
    """The table in as many files as there are pieces between the cuts."""
    folder.mkdir(parents=True, exist_ok=True)
    edges = [0, *cuts, len(table)]
    for number, (start, stop) in enumerate(pairwise(edges)):
        piece = table.iloc[start:stop]
        if "town" in piece:
            piece = piece.assign(town=piece["town"].cat.remove_unused_categories())
        piece.to_parquet(folder / f"part-{number:02}.parquet", index=False, row_group_size=4)
    return folder


def as_text(frame):
    frame = frame.astype(object).reset_index(drop=True)
    return frame.where(frame.notna(), None).astype(str)


def as_one_file(folder):
    """The same rows as the reader of single files has them."""
    TABLE.to_parquet(folder / "whole.parquet", index=False)
    return read_table(folder / "whole.parquet")


def test_a_folder_is_the_table_of_all_its_files(tmp_path):
    files = parquet_files(written(tmp_path / "homes"))

    (whole,) = files.parts()

    assert len(files) == 25
    assert repr(files) == "<25 rows in 3 files, 5 columns>"
    pd.testing.assert_frame_equal(as_text(whole), as_text(as_one_file(tmp_path)))


@settings(max_examples=15)
@given(cuts=st.sets(st.integers(1, 24), max_size=5), size=st.integers(1, 30))
def test_parts_are_equally_large_however_the_rows_are_split_into_files(
    tmp_path_factory, cuts, size
):
    folder = written(tmp_path_factory.mktemp("homes"), sorted(cuts), TABLE[["area"]])

    parts = list(parquet_files(folder).parts(size=size))

    assert [len(part) for part in parts[:-1]] == [size] * (len(parts) - 1)
    assert np.concatenate([part.index for part in parts]).tolist() == list(range(25))
    assert pd.concat(parts)["area"].tolist() == TABLE["area"].tolist()


def test_rows_are_taken_by_number_from_whatever_file(tmp_path, monkeypatch):
    monkeypatch.setattr("dropdecay.table.files.PART_ROWS", 4)
    files = parquet_files(written(tmp_path / "homes"))
    numbers = np.array([0, 9, 10, 11, 24])

    found = files.rows(numbers)

    assert found.index.tolist() == numbers.tolist()
    pd.testing.assert_frame_equal(as_text(found), as_text(as_one_file(tmp_path).iloc[numbers]))
    assert files.place(11) == "part-01.parquet, row 2"
    assert files.place(24) == "part-02.parquet, row 8"


@pytest.mark.parametrize("way", ["pattern", "list", "list in another order", "text"])
def test_the_same_files_are_the_same_table_however_they_are_named(tmp_path, way):
    folder = written(tmp_path / "homes")
    paths = sorted(folder.iterdir())
    source = {
        "pattern": folder / "*.parquet", "list": paths, "list in another order": paths[::-1],
        "text": str(folder),
    }[way]  # fmt: skip

    files = parquet_files(source)

    assert files.identity == parquet_files(folder).identity
    pd.testing.assert_frame_equal(*(next(each.parts()) for each in (files, parquet_files(folder))))


def test_the_identity_moves_with_a_folder_and_changes_with_any_value(tmp_path):
    before = parquet_files(written(tmp_path / "homes")).identity
    os.rename(tmp_path / "homes", tmp_path / "moved")  # noqa: PTH104

    assert parquet_files(tmp_path / "moved").identity == before

    other = TABLE.assign(area=[*TABLE["area"][:-1], 99.0])
    assert parquet_files(written(tmp_path / "other", table=other)).identity != before


def test_what_other_programs_leave_beside_a_table_is_no_part_of_it(tmp_path):
    folder = written(tmp_path / "homes")
    (folder / "_SUCCESS").touch()
    (folder / "read me.txt").touch()
    (folder / ".parquet").touch()
    (folder / "_delta_log").mkdir()
    (folder / "_delta_log" / "1.parquet").write_text("{}")

    assert len(parquet_files(folder)) == 25


def test_a_column_that_holds_nothing_in_one_file_has_the_type_of_the_others(tmp_path):
    folder = written(tmp_path / "homes")
    empty = pa.table({name: pa.nulls(2) for name in TABLE})
    pa.parquet.write_table(empty, folder / "a-first.parquet")

    (whole,) = parquet_files(folder).parts()

    assert whole["area"].tolist()[2:] == TABLE["area"].tolist()


def schema_of(**changed):
    table = pa.Table.from_pandas(TABLE, preserve_index=False)
    for name, values in changed.items():
        place = table.column_names.index(name) if name in table.column_names else None
        if values is None:
            table = table.drop_columns([name])
        elif place is None:
            table = table.append_column(name, values)
        else:
            table = table.set_column(place, name, values)
    return table


BAD_FILES = {
    "another type": (
        schema_of(area=pa.array(["1"] * 25)),
        "Column 'area' is string in part-09.parquet, but double in part-00.parquet. Write it with "
        "the same type in all files.",
    ),
    "a column less": (
        schema_of(area=None),
        "part-09.parquet has no column 'area', which part-00.parquet has. Write all files with the "
        "same columns.",
    ),
    "a column more": (
        schema_of(height=pa.array([1.0] * 25)),
        "part-09.parquet has a column 'height', which part-00.parquet has not. Write all "
        "files with the same columns.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_files_that_do_not_fit_together_are_named_with_the_column(tmp_path, name):
    table, message = BAD_FILES[name]
    folder = written(tmp_path / "homes")
    pa.parquet.write_table(table, folder / "part-09.parquet")

    with pytest.raises(BadTable) as caught:
        parquet_files(folder)

    assert str(caught.value) == message


def damaged(folder):
    path = written(folder) / "part-01.parquet"
    path.write_bytes(path.read_bytes()[:-60])
    return folder


def of_text(folder):
    (written(folder) / "part-01.parquet").write_text("area,rooms\n1,2\n")
    return folder


def partitioned(folder):
    written(folder / "year=2024")
    return folder


def without_rows(folder):
    return written(folder, cuts=(), table=TABLE.iloc[:0])


BAD_SOURCES = {
    "an empty folder": (lambda folder: folder.mkdir() or folder, "holds no file that ends in"),
    "a pattern of nothing": (lambda folder: folder / "*.parquet", "No file fits"),
    "an empty list": (lambda folder: [], "The list of files is empty"),
    "a file that is not there": (lambda folder: [folder / "a.parquet"], "There is no file"),
    "another format": (lambda folder: [__file__], "is no Parquet file: its name does not end"),
    "text under the name": (of_text, "part-01.parquet is no Parquet file, though its name ends"),
    "half a file": (damaged, "part-01.parquet is damaged or truncated"),
    "values in names of folders": (partitioned, "'year=2024', whose names are values"),
    "no rows": (without_rows, "part-00.parquet has column names but no rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_SOURCES)
def test_what_is_no_table_of_files_is_refused_in_a_line(tmp_path, name):
    make, message = BAD_SOURCES[name]

    with pytest.raises(BadTable, match=message) as caught:
        parquet_files(make(tmp_path / "homes"))

    assert "\n" not in str(caught.value)


def test_a_column_that_is_not_there_is_refused_with_one_that_is_like_it(tmp_path):
    with pytest.raises(BadTable, match=r"no column 'aera'\. Did you mean 'area'"):
        parquet_files(written(tmp_path / "homes")).with_columns(["rooms", "aera"])


def test_a_folder_or_a_pattern_names_files_and_a_single_file_does_not(tmp_path):
    folder = written(tmp_path / "homes")

    assert names_files(folder)
    assert names_files(folder / "*.parquet")
    assert not names_files(folder / "part-00.parquet")
    assert not names_files(folder / "missing.parquet")
