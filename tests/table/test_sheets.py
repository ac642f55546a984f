"""JSON lines and the first sheet of an Excel file are tables like others."""

import json
import sys

import pandas as pd
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.read import read_file, read_table


def refused(path) -> str:
    with pytest.raises(BadTable) as caught:
        read_table(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("ending", ["jsonl", "ndjson"])
def test_every_line_is_a_row_and_what_it_lacks_is_missing(tmp_path, ending):
    path = tmp_path / f"t.{ending}"
    rows = [{"age": 31, "name": "Ann"}, {"name": "王", "age": None, "vip": True}]
    path.write_text("\n\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")

    found = read_table(path)

    assert list(found) == ["age", "name", "vip"]
    assert found["name"].tolist() == ["Ann", "王"]
    assert found["age"].isna().tolist() == [False, True]
    assert found["vip"].tolist() == [None, True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("\n \n", "is empty. A table needs a JSON object a line."),
        ('{"a": 1}\n[1]', "line 2 is no JSON object"),
        ('{"a": 1}\n{"a": ', "line 2 is no JSON: Expecting value"),
        ('{"a": {"b": 1}}', "line 1: 'a' holds"),
        ('{"a": 1, " a": 2}', "more than one column named 'a'"),
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path, text, words):
    path = tmp_path / "t.jsonl"
    path.write_text(text)
    assert words in refused(path)


def test_json_that_is_not_utf_8_is_refused(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"a": "\xff"}')
    assert "is not UTF-8" in refused(path)


def test_a_sheet_is_read_with_its_types(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "t.xlsx"
    frame = pd.DataFrame({"age": [31, None, 5], "name": ["Ann", "王", None],
                          "since": pd.to_datetime(["2020-01-01", None, "2021-02-03"])})  # fmt: skip
    with pd.ExcelWriter(path) as book:
        frame.to_excel(book, sheet_name="first", index=False)
        frame.head(1).to_excel(book, sheet_name="second", index=False)

    found = read_table(path)

    assert list(found) == list(frame)
    assert found["age"].astype(float).tolist()[::2] == [31.0, 5.0]
    assert found["name"].tolist()[:2] == ["Ann", "王"]
    assert pd.Timestamp(found["since"][2]) == pd.Timestamp("2021-02-03")


def test_a_sheet_that_cannot_be_read_is_one_clear_line(tmp_path, monkeypatch):
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK\x03\x04rest")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert refused(path).endswith(
        'Install what reads it: pip install "dropdecay[excel]"; or save the sheet as CSV (UTF-8).'
    )
    path.write_bytes(b"age,name\n1,x\n")
    assert "it is text, not an Excel file" in refused(path)


def test_a_damaged_sheet_is_one_clear_line(tmp_path):
    pytest.importorskip("openpyxl")
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"PK\x03\x04rest")
    assert "is damaged" in refused(path)


def saved(tmp_path, *tables, top=0, **cells):
    """Save tables side by side, a column between them, below ``top`` rows, and some cells."""
    pytest.importorskip("openpyxl")
    path, at = tmp_path / "t.xlsx", 0
    with pd.ExcelWriter(path) as book:
        for each in tables:
            each.to_excel(book, index=False, startrow=top, startcol=at)
            at += each.shape[1] + 1
        for place, text in cells.items():
            book.sheets["Sheet1"][place] = text
    return path


NUMBERS = pd.DataFrame({"a": [1.5, 2.5, 3.5], "b": [1, 2, 3]})


def test_titles_above_the_names_of_a_sheet_are_left_out_and_told(tmp_path):
    found = read_file(saved(tmp_path, NUMBERS, top=3, A1="Sales", A2="in 2021"))
    assert found.frame.to_dict("list") == NUMBERS.to_dict("list")
    assert found.notes == ("2 lines before the column names left out, from 'Sales' on.",)


def test_a_row_of_blanks_above_the_names_is_left_out_too(tmp_path):
    found = read_file(saved(tmp_path, NUMBERS, top=2, A1=" "))
    assert found.frame.to_dict("list") == NUMBERS.to_dict("list")
    assert found.notes == ("1 line before the column names left out.",)


def test_two_lines_of_names_of_a_sheet_are_joined(tmp_path):
    wide = NUMBERS.assign(c=[7, 8, 9])
    found = read_file(saved(tmp_path, wide, top=1, A1="Dose", C1="Result"))
    assert list(found.frame) == ["Dose a", "Dose b", "Result c"]
    assert found.frame["Result c"].tolist() == [7, 8, 9]


def test_two_tables_side_by_side_in_a_sheet_are_told(tmp_path):
    found = read_file(saved(tmp_path, NUMBERS, NUMBERS.rename(columns=str.upper)))
    assert list(found.frame) == ["a", "b", "A", "B"]
    assert found.notes[0].startswith("Column 3 has neither a name nor values and is left out. If")
    assert "two tables stand side by side" in refused(saved(tmp_path, NUMBERS, NUMBERS))
