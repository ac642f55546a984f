"""Compressed files give what is in them, if that is one file."""

import pyarrow as pa
import pytest

from dropdecay.table.read import read_table
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
    import bz2
    import lzma

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
