"""Compressed files give what is in them, if that is one file."""

import bz2
import gzip
import io
import lzma
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from dropdecay.errors import BadTable
from dropdecay.file_limits import Limit
from dropdecay.table.read import read_file, read_table
from tests.table.test_read import CSV, refused, written, zipped


def test_an_archive_of_several_files_is_refused_with_their_names(tmp_path):
    line = refused(written(tmp_path, "t.zip", zipped({"a.csv": CSV, "b.csv": CSV})))

    assert "t.zip holds 2 files ('a.csv', 'b.csv'). Unpack it, and give the file" in line


def test_an_empty_archive_is_refused(tmp_path):
    assert "t.zip holds no file." in refused(written(tmp_path, "t.zip", zipped({})))


def test_a_file_in_an_archive_needs_a_known_extension_too(tmp_path):
    line = refused(written(tmp_path, "t.zip", zipped({"a.json": CSV})))

    assert "a.json in t.zip has the extension '.json', so its format is not known." in line


@pytest.mark.parametrize("name", ["t.zip", "t.csv.bz2", "t.csv.xz", "t.csv.zst"])
def test_another_format_is_refused(tmp_path, name):
    line = refused(written(tmp_path, name, "a,b\n1,2\n"))

    assert "damaged" in line or "does not match its extension: it is text, not a" in line


@pytest.mark.parametrize("name", ["t.zip", "t.csv.bz2", "t.csv.xz", "t.csv.zst"])
def test_a_damaged_file_is_refused(tmp_path, name):
    whole = {
        "t.zip": zipped({"a.csv": CSV}),
        "t.csv.bz2": bz2.compress(CSV.encode()),
        "t.csv.xz": lzma.compress(CSV.encode()),
        "t.csv.zst": zstandard(CSV.encode()),
    }[name]

    assert f"{name} is damaged or truncated" in refused(written(tmp_path, name, whole[:-20]))


def zstandard(data):
    return pa.compress(data, "zstd", asbytes=True)


def test_zstandard_is_read_in_one_frame_or_several(tmp_path):
    whole = CSV.encode()
    for packed in (zstandard(whole), zstandard(whole[:9]) + zstandard(whole[9:])):
        (tmp_path / "t.csv.zst").write_bytes(packed)
        (tmp_path / "t.csv").write_bytes(whole)
        assert read_table(tmp_path / "t.csv.zst").equals(read_table(tmp_path / "t.csv"))


def packed(data, ending):
    if ending == ".zip":
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as into:
            into.writestr("t.csv", data)
        return buffer.getvalue()
    by = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard}
    return by[ending](data)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".xz", ".zst", ".zip"])
def test_a_table_that_unpacks_to_far_more_than_its_file_is_refused(ending, tmp_path, monkeypatch):
    monkeypatch.setattr("dropdecay.table.unpack.PACKED_TABLE", Limit(2**20, ratio=100))
    monkeypatch.setattr("dropdecay.table.unpack.PART", 2**16)
    path = tmp_path / f"t.csv{ending}"
    text = b"a,b\n" + b"1,2\n" * 2**20
    path.write_bytes(packed(text, ending))

    with pytest.raises(BadTable, match=r"asks for .* MB, more than the 1\.05 MB that such a file"):
        read_file(path)

    monkeypatch.setenv("DROPDECAY_FILE_LIMITS", "5")
    assert len(read_file(path).frame) == 2**20


def test_a_sheet_that_unpacks_to_far_more_than_its_file_is_refused(tmp_path, monkeypatch):
    pytest.importorskip("openpyxl")
    monkeypatch.setattr("dropdecay.table.unpack.PACKED_TABLE", Limit(2000))
    path = tmp_path / "t.xlsx"
    pd.DataFrame({"a": [1, 2], "y": [3, 4]}).to_excel(path, index=False)

    with pytest.raises(BadTable, match=r"more than the 2 kB that such a file may take"):
        read_file(path)


@pytest.mark.parametrize("ending", [".parquet", ".arrow"])
def test_a_table_of_more_cells_than_its_file_may_hold_is_refused(ending, tmp_path, monkeypatch):
    monkeypatch.setattr("dropdecay.table.read.CELLS", Limit(2**20, ratio=100))
    path = tmp_path / f"t{ending}"
    table = pa.table({"a": pa.nulls(10**6), "b": pa.nulls(10**6)})
    if ending == ".parquet":
        pa.parquet.write_table(table, path)
    else:
        pa.feather.write_feather(table, path, compression="uncompressed")

    with pytest.raises(BadTable, match=r"asks for 16 MB, more than the 1\.05 MB"):
        read_file(path)
