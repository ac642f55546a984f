import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.errors import BadInput
from dropdecay.table.write import WRITERS, write_table, writer_for

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def parsed(ending, data):
    """Read written bytes by independent means."""
    if ending == ".parquet":
        return pa.parquet.read_table(pa.BufferReader(data)).to_pandas()
    if ending in (".feather", ".arrow"):
        return pa.ipc.open_file(data).read_all().to_pandas()
    if ending == ".xlsx":
        return pd.read_excel(io.BytesIO(data), dtype={"word": str})
    if ending in (".jsonl", ".ndjson"):
        return pd.DataFrame([json.loads(line) for line in data.decode().split("\n")[:-1]])
    data = gzip.decompress(data) if ending.endswith(".gz") else data
    lines = io.StringIO(data.decode(), newline="")
    header, *rows = csv.reader(lines, delimiter="\t" if "tsv" in ending else ",")
    return pd.DataFrame(rows, columns=header)


def written(ending, parts, types=None):
    file = io.BytesIO()
    file.close, close = lambda: None, file.close  # some writers close what they wrote to
    writer_for(Path(f"table{ending}"))(iter(parts), file, types or {})
    data = file.getvalue()
    close()
    return data


@pytest.mark.parametrize("ending", [each for each in WRITERS if each != ".xlsx"])
@given(rows=st.lists(st.tuples(TEXT, st.floats(allow_nan=False, allow_infinity=False)), min_size=1))
def test_any_words_and_numbers_are_written_exactly(ending, rows):
    words, numbers = zip(*rows, strict=True)
    table = pd.DataFrame({"word": list(words), "number": np.array(numbers)})

    back = parsed(ending, written(ending, [table]))

    assert list(back) == ["word", "number"]
    assert list(back["word"]) == list(words)
    np.testing.assert_array_equal(back["number"].to_numpy(float), numbers)


@pytest.mark.parametrize("ending", [".csv.gz", ".tsv.gz"])
def test_a_zipped_file_does_not_say_when_it_was_written(ending):
    data = written(ending, [pd.DataFrame({"a": [1]})])
    assert data[4:8] == bytes(4)


def test_the_longest_ending_counts_in_any_case(tmp_path):
    for name in ("a.CSV.GZ", "b.parquet.csv", "c.Parquet"):
        write_table([pd.DataFrame({"a": [1]})], tmp_path / name)
    assert gzip.decompress((tmp_path / "a.CSV.GZ").read_bytes()) == b"a\n1\n"
    assert (tmp_path / "b.parquet.csv").read_bytes() == b"a\n1\n"
    assert (tmp_path / "c.Parquet").read_bytes()[:4] == b"PAR1"


@pytest.mark.parametrize(
    ("name", "words"),
    [("said.xls", "said.xls has the ending '.xls'"), ("said", "said has no ending"),
     ("csv", "csv has no ending"), ("x.gz", "'.gz'"), (".csv\n.exe", r".csv\n.exe has")],
)  # fmt: skip
def test_another_ending_is_refused_with_all_that_are_known(name, words):
    with pytest.raises(BadInput) as caught:
        writer_for(Path(name))
    assert words in str(caught.value)
    assert ".csv, .csv.gz, .tsv, .tsv.gz, .parquet, .feather, .arrow, .jsonl" in str(caught.value)


def test_a_misspelt_ending_gets_the_one_that_is_meant():
    with pytest.raises(BadInput, match=r"Did you mean '\.parquet'\?"):
        writer_for(Path("said.parqet"))


def test_texts_of_a_sheet_stay_texts():
    words = ["=1+1", "+x", "two\nlines", "bell\a", "", "x" * 40_000]
    back = parsed(".xlsx", written(".xlsx", [pd.DataFrame({"word": words, "number": 0.5})]))
    assert back["word"].fillna("").tolist() == [*words[:3], "bell\ufffd", "", "x" * 32_767]
    assert back["number"].tolist() == [0.5] * 6


def test_a_sheet_with_too_many_rows_is_refused(monkeypatch):
    monkeypatch.setattr("dropdecay.table.write_excel.MOST_ROWS", 3)
    written(".xlsx", [pd.DataFrame({"a": [1, 2, 3]})])
    with pytest.raises(BadInput, match="A sheet has room for 3 rows"):
        written(".xlsx", [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 2]})])


def test_without_openpyxl_a_sheet_is_refused_before_anything_is_predicted(monkeypatch):
    monkeypatch.setattr("dropdecay.table.write_excel.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=r'pip install "dropdecay\[excel\]"; or write CSV'):
        writer_for(Path("said.xlsx"))


def test_lines_of_json_have_the_digits_that_numbers_have():
    part = pd.DataFrame({"p": np.array([0.3, np.nan], np.float32), "day": [1, None]})
    assert written(".jsonl", [part]) == b'{"p": 0.3, "day": 1.0}\n{"p": null, "day": null}\n'


@pytest.mark.parametrize("ending", WRITERS)
def test_parts_become_one_table(ending):
    parts = [pd.DataFrame({"word": [f"{number}"], "number": [number / 2]}) for number in range(5)]

    back = parsed(ending, written(ending, parts))

    assert list(back["word"]) == ["0", "1", "2", "3", "4"]
    assert back["number"].astype(float).tolist() == [0, 0.5, 1, 1.5, 2]


def test_a_column_that_is_empty_in_the_first_part_has_its_type_all_the_same():
    parts = [pd.DataFrame({"a": [None]}), pd.DataFrame({"a": [7]}, dtype=object)]

    back = parsed(".parquet", written(".parquet", parts, {"a": pa.int64()}))

    assert back["a"].fillna(0).tolist() == [0, 7]


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".arrow"])
def test_a_table_that_breaks_off_leaves_no_file(tmp_path, ending):
    def parts():
        yield pd.DataFrame({"a": [1]})
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_table(parts(), tmp_path / f"said{ending}")

    assert list(tmp_path.iterdir()) == []
