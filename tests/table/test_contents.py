"""Files that are something else than their name says are called what they are."""

import pytest

from dropdecay.table.contents import DRAWN
from tests.table.test_read import refused, written


@pytest.mark.parametrize(
    ("data", "kind", "remedy"),
    [
        (b"\n <!DOCTYPE html><html>", "a web page (HTML)", "Download the file itself"),
        (b"\xef\xbb\xbf<table><tr>", "a web page (HTML)", "Download the file itself"),
        (b'<?xml version="1.0"?><Error>', "XML", "Download the table itself"),
        (b'[{"a": 1}]', "JSON", "Convert it: pandas.read_json"),
        (b'{"a": 1}\n{"a": 2}\n', "JSON", "Convert it"),
        ("{\n\t\"a\": 1}".encode("utf-16"), "JSON", "Convert it"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d", "a pointer of Git LFS",
         "git lfs pull"),
        (b"/annex/objects/SHA256E-s1--2.csv\n", "a pointer of git-annex", "git annex get"),
        (b"@RELATION iris\n@attribute a numeric\n", "an ARFF file", "Save it as CSV"),
        (b"| a | b |\n|---|---|\n| 1 | 2 |\n", "a Markdown table", "Save it as CSV"),
        (b"+---+---+\n| a | b |\n+---+---+\n| 1 | 2 |\n", DRAWN, "mysql --batch"),
        (b"  a  | b \n-----+----\n   1 | 2\n(1 row)\n", DRAWN, "psql --csv"),
        (b"Table: BSEG\n\n----------\n|a  |b    |\n----------\n|1  |2    |\n",
         DRAWN, "SAP's export"),
        ("┌───┬───┐\n│ a │ b │\n".encode(), DRAWN, "write CSV"),
        (b"1 1:0.5 7:0.25\n-1 2:1\n", "sparse rows (LIBSVM)", "load_svmlight_file"),
    ],
)  # fmt: skip
def test_text_that_is_no_table_is_named(tmp_path, data, kind, remedy):
    line = refused(written(tmp_path, "t.csv", data))

    assert f"t.csv does not hold a table: it is {kind}. " in line
    assert remedy in line


@pytest.mark.parametrize(
    ("data", "kind", "remedy"),
    [
        (b"PK\x03\x04rest", "a zip file or spreadsheet", "save the sheet as CSV (UTF-8)"),
        (b"\xd0\xcf\x11\xe0rest", "an old spreadsheet", "save the sheet as CSV (UTF-8)"),
        (b"%PDF-1.4", "a PDF document", "Copy its table"),
        (b"\x1f\x8brest", "a gzip file", "Correct the extension"),
    ],
)
def test_a_binary_file_is_named(tmp_path, data, kind, remedy):
    line = refused(written(tmp_path, "t.csv", data))

    assert f"it is {kind}, not text. " in line
    assert remedy in line


@pytest.mark.parametrize("header", ["[unit] a,b", "<x>,y", "{a},b", "version,x"])
def test_names_with_brackets_are_no_markup(tmp_path, header):
    from dropdecay.table.read import read_table

    assert list(read_table(written(tmp_path, "t.csv", header + "\n1,2\n3,4\n"))) == (
        header.split(",")
    )
