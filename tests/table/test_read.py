"""Every kind of file gives its table; every kind of bad file gives one line with the remedy."""

import bz2
import gzip
import io
import lzma
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.errors import BadSetting, BadTable
from dropdecay.table.read import read_file, read_table, standard_input

TABLE = pd.DataFrame(
    {
        "age": [31, 45, 27],
        "city": ["Köln", "北京", None],
        "left": [True, False, True],
        "pay": [1.5, None, -2e10],
    }
)


def written(folder: Path, name: str, data: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refused(path: Path) -> str:
    """Return the one-line error for a bad file."""
    with pytest.raises(BadTable) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")
    return str(caught.value)


def same(table: pd.DataFrame, expected: pd.DataFrame = TABLE) -> None:
    assert list(table.columns) == list(expected.columns)
    for name in expected:
        assert table[name].isna().tolist() == expected[name].isna().tolist()
        assert table[name].dropna().tolist() == expected[name].dropna().tolist()


def same_text(table: pd.DataFrame) -> None:
    assert list(table.columns) == list(TABLE)
    assert set(table.dtypes) == {np.dtype("O")}
    assert table.to_numpy().tolist() == [
        ["31", "Köln", "True", "1.5"],
        ["45", "北京", "False", ""],
        ["27", "", "True", "-20000000000.0"],
    ]


def zipped(files: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return held.getvalue()


CSV = TABLE.to_csv(index=False)
TSV = TABLE.to_csv(index=False, sep="\t")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t.csv", CSV.encode()),
        ("T.CSV", CSV.encode()),
        ("t.csv.gz", gzip.compress(CSV.encode(), mtime=0)),
        ("t.tsv", TSV.encode()),
        ("t.tsv.gz", gzip.compress(TSV.encode(), mtime=0)),
        ("t.csv.bz2", bz2.compress(CSV.encode())),
        ("t.csv.xz", lzma.compress(CSV.encode())),
        ("t.zip", zipped({"inner.csv": CSV})),
        ("t.csv.zip", zipped({"a/inner.tsv": TSV, "__MACOSX/a/._inner.tsv": "x"})),
        ("t.txt", CSV.encode()),
        ("t.data", TSV.encode()),
        ("t.dat", CSV.replace(",", ";").encode()),
        ("bom.csv", CSV.encode("utf-8-sig")),
        ("wide.csv", CSV.encode("utf-16")),
        ("wide.tsv", TSV.encode("utf-16")),
        ("windows.csv", CSV.replace("\n", "\r\n").encode()),
        ("semicolon.csv", CSV.replace(",", ";").encode()),
        ("tab.csv", TSV.encode()),
        ("bar.csv", CSV.replace(",", "|").encode()),
        ("blank.csv", ("\n" + CSV.replace("\n", "\n\n") + "\n  \n").encode()),
        ("spaced.csv", CSV.replace(",", ", ").encode()),
    ],
)
def test_text_files_give_their_table_as_it_was_written(tmp_path, name, data):
    same_text(read_table(written(tmp_path, name, data)))


def test_parquet_and_arrow_give_their_table(tmp_path):
    TABLE.to_parquet(tmp_path / "t.parquet")
    TABLE.to_feather(tmp_path / "t.feather")
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as file:
        stored = pa.Table.from_pandas(TABLE)
        with pa.ipc.new_stream(file, stored.schema) as stream:
            stream.write(stored)

    for name in ("t.parquet", "t.feather", "t.arrow"):
        same(read_table(tmp_path / name))


def test_an_unnamed_pandas_index_does_not_become_a_column(tmp_path):
    TABLE.set_axis([5, 1, 9]).to_parquet(tmp_path / "t.parquet")

    assert list(read_table(tmp_path / "t.parquet")) == list(TABLE)


@pytest.mark.parametrize("ages", [[31, 45, 27], [1, 2, 3]])
def test_a_named_pandas_index_becomes_a_column(tmp_path, ages):
    table = TABLE.assign(age=ages)

    table.set_index("age").to_parquet(tmp_path / "t.parquet")

    same(read_table(tmp_path / "t.parquet"), table)


def test_parquet_dates_are_read_as_dates(tmp_path):
    days = pa.table({"day": pa.array([0, 1], pa.date32())})
    pa.parquet.write_table(days, tmp_path / "t.parquet")

    assert pd.api.types.is_datetime64_any_dtype(read_table(tmp_path / "t.parquet")["day"])


def test_a_path_may_be_a_string(tmp_path):
    same_text(read_table(str(written(tmp_path, "t.csv", CSV))))


def test_parquet_column_names_become_text(tmp_path):
    pd.DataFrame({"0": [1], "1": [2]}).to_parquet(tmp_path / "t.parquet")

    assert list(read_table(tmp_path / "t.parquet")) == ["0", "1"]


# What is rejected


def test_a_missing_file_suggests_similar_names(tmp_path):
    written(tmp_path, "churn.csv", CSV)

    line = refused(tmp_path / "chrun.csv")

    assert line.startswith(f"There is no file {tmp_path / 'chrun.csv'}. Did you mean 'churn.csv'?")


def test_a_missing_file_without_an_extension_is_reported_as_missing(tmp_path):
    written(tmp_path, "churn.csv", CSV)

    assert "There is no file" in refused(tmp_path / "churn")


def test_a_missing_folder_is_named(tmp_path):
    assert "does not exist: there is no folder" in refused(tmp_path / "nowhere" / "t.csv")


@pytest.mark.parametrize("name", ["data", "data.csv"])
def test_a_folder_is_not_a_table(tmp_path, name):
    (tmp_path / name).mkdir()

    assert "is a folder. Give a file in it." in refused(tmp_path / name)


def test_a_missing_extension_lists_the_known_ones(tmp_path):
    line = refused(written(tmp_path, "table", CSV))

    assert "table has no extension, so its format is not known. Files ending in .csv" in line


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.arrow", "t.csv.gz"])
def test_text_does_not_match_another_extension(tmp_path, name):
    line = refused(written(tmp_path, name, CSV.replace("Köln", "K").replace("北京", "B")))

    assert f"{name} does not match its extension: it is text, not a" in line


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.feather", "t.csv.gz"])
def test_parquet_does_not_match_another_extension(tmp_path, name):
    TABLE.to_parquet(tmp_path / "real.parquet")
    (tmp_path / "real.parquet").rename(tmp_path / name)

    assert f"{name} does not match its extension: it is a Parquet file, not" in refused(
        tmp_path / name
    )


def test_a_spreadsheet_is_not_csv(tmp_path):
    line = refused(written(tmp_path, "t.csv", b"PK\x03\x04rest"))

    assert "it is a zip file or spreadsheet, not text" in line


def test_gzip_is_not_csv(tmp_path):
    assert "it is a gzip file" in refused(written(tmp_path, "t.csv", gzip.compress(b"a,b")))


def test_comma_separated_text_is_not_tsv(tmp_path):
    line = refused(written(tmp_path, "t.tsv", "a,b\n1,2\n"))

    assert "separated by a comma instead of tabs ('a,b'). Rename it to end in .csv" in line


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "t.parquet", "t.feather", "t.csv.gz"])
def test_an_empty_file_is_rejected(tmp_path, name):
    assert f"{name} is empty. A table needs" in refused(written(tmp_path, name, b""))


@pytest.mark.parametrize("data", [b"\n \n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_blank_text_counts_as_an_empty_file(tmp_path, data):
    name = "t.csv.gz" if data.startswith(b"\x1f") else "t.csv"

    assert "is empty. A table needs" in refused(written(tmp_path, name, data))


def test_a_table_without_rows_is_rejected(tmp_path):
    assert "t.csv has column names but no rows" in refused(written(tmp_path, "t.csv", "a,b\n"))

    TABLE.iloc[:0].to_parquet(tmp_path / "t.parquet")

    assert "t.parquet has column names but no rows" in refused(tmp_path / "t.parquet")


def test_duplicate_column_names_are_rejected(tmp_path):
    line = refused(written(tmp_path, "t.csv", "a,b, a\n1,2,3\n"))

    assert "t.csv has more than one column named 'a'. Column names must be unique." in line

    both = pa.table([pa.array([1]), pa.array([2])], names=["x", "x"])
    pa.parquet.write_table(both, tmp_path / "t.parquet")

    assert "t.parquet has more than one column named 'x'" in refused(tmp_path / "t.parquet")


@pytest.mark.parametrize("name", ["t.parquet", "t.feather", "t.csv.gz"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_file_is_rejected(tmp_path, name, share):
    if name == "t.parquet":
        TABLE.to_parquet(tmp_path / name)
    elif name == "t.feather":
        TABLE.to_feather(tmp_path / name)
    else:
        (tmp_path / name).write_bytes(gzip.compress(CSV.encode()))
    data = (tmp_path / name).read_bytes()

    line = refused(written(tmp_path, name, data[: int(len(data) * share)]))

    assert f"{name} is damaged or truncated" in line


def test_a_file_without_read_permission_is_rejected(tmp_path, monkeypatch):
    path = written(tmp_path, "t.csv", CSV)

    def denied(self):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", denied)

    assert "cannot be read: permission denied. Ask for permission" in refused(path)


def test_closed_standard_input_is_told(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)  # what Python makes of "<&-"

    with pytest.raises(BadTable, match="Standard input is closed"):
        standard_input()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no /dev/zero here")
def test_a_link_to_a_device_without_end_is_refused(tmp_path):
    (tmp_path / "t.csv").symlink_to("/dev/zero")

    assert "is not a regular file" in refused(tmp_path / "t.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are Unix's")
def test_a_pipe_is_rejected_without_waiting_for_it(tmp_path):
    os.mkfifo(tmp_path / "t.csv")

    assert "is not a regular file" in refused(tmp_path / "t.csv")


def table_or_line(path: Path) -> None:
    """Check that the file gives rows under unique names, or a one-line error."""
    try:
        found = read_table(path)
    except BadTable as error:
        found = str(error)
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert found.shape[0] > 0
        assert len(set(found.columns)) == found.shape[1]


@given(
    data=st.binary(max_size=200), name=st.sampled_from(["t.csv", "t.tsv", "t.parquet", "t.csv.gz"])
)
def test_any_bytes_give_a_table_or_a_one_line_error(tmp_path_factory, data, name):
    path = written(tmp_path_factory.mktemp("any"), name, data)

    table_or_line(path)


@pytest.mark.parametrize("name", ["t.json", "t.gz", "t.parquet.gz"])
def test_an_unknown_extension_lists_the_known_ones(tmp_path, name):
    line = refused(written(tmp_path, name, CSV))

    assert f"{name} has the extension '{Path(name).suffix}', so its format is not known" in line
    known = ".csv, .tsv, .txt, .data, .dat, .parquet, .feather, .arrow, .jsonl, .ndjson, .xlsx"
    assert f"{known} can be read" in line


@pytest.mark.parametrize("name", ["t.xls", "t.ods"])
def test_a_spreadsheet_has_to_be_saved_as_csv(tmp_path, name):
    line = refused(written(tmp_path, name, b"PK\x03\x04"))

    assert line == (
        f"{name} is a spreadsheet, not a text file. Open it in a spreadsheet program and save the "
        "sheet as CSV (UTF-8)."
    )


@pytest.mark.parametrize("name", ["t.txt", "t.data", "t.dat"])
def test_text_of_any_kind_needs_columns(tmp_path, name):
    assert "nothing separates its lines" in refused(written(tmp_path, name, "x\n1\n2\n"))


def test_notes_say_what_was_found(tmp_path):
    found = read_file(written(tmp_path, "t.csv", ",a,b\n0,1,x\n1,2,y\n"))

    assert list(found.frame) == ["a", "b"]
    assert found.notes == ("Names of rows in the first column, which has no header: left out.",)


def test_an_encoding_can_be_named(tmp_path):
    path = written(tmp_path, "t.csv", "a,b\nдом,1\nты,2\n".encode("cp866"))  # noqa: RUF001  # Russian

    assert read_file(path, encoding="cp866").frame["a"].tolist() == ["дом", "ты"]


def test_an_encoding_is_for_text_alone(tmp_path):
    TABLE.to_parquet(tmp_path / "t.parquet")

    with pytest.raises(BadSetting, match=r"--encoding is for text files. t.parquet says itself"):
        read_file(tmp_path / "t.parquet", encoding="utf-8")
