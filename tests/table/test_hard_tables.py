"""Tables at the ends of what a file can hold: they are read whole, or refused in a sentence."""

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dropdecay.errors import BadTable
from dropdecay.estimators.check_table import check_table
from dropdecay.table.read import read_table

N_ROWS = 40
BEYOND = r"(row 2 holds a date outside of the years 1 to 9999|15659 is out of range)"


@pytest.mark.parametrize("cell", ["word " * 40_000, "q" * 200_000])
def test_a_cell_longer_than_the_limit_of_csv_is_read_whole(tmp_path, cell):
    path = tmp_path / "long.csv"
    path.write_text(f'x,text\n1,"{cell}"\n2,short\n')

    table = read_table(path)

    assert table["text"].tolist() == [cell, "short"]


def about_pandas(**of_pandas):
    return json.dumps({"columns": [], "column_indexes": [], "index_columns": [], **of_pandas})


@pytest.mark.parametrize(
    "said",
    [
        "no JSON", "[]", "{}", "[" * 100_000,
        about_pandas(index_columns=["nowhere"]),
        about_pandas(column_indexes=[{"name": None, "field_name": None, "pandas_type": "x",
                                      "numpy_type": "no type", "metadata": None}]),
        about_pandas(columns=[{"name": "x", "field_name": "x", "pandas_type": "datetimetz",
                               "numpy_type": "y", "metadata": {"timezone": "Mars/Base"}}]),
    ],
    ids=lambda said: said[:20],
)  # fmt: skip
def test_a_file_whose_words_about_pandas_are_wrong_is_read_by_its_own_columns(tmp_path, said):
    path, table = tmp_path / "odd.parquet", pa.table({"x": [1.0, 2.0], "y": ["a", "b"]})
    pq.write_table(table.replace_schema_metadata({b"pandas": said.encode()}), path)

    found = read_table(path)

    assert found.to_dict("list") == {"x": [1.0, 2.0], "y": ["a", "b"]}


@pytest.mark.parametrize(
    "far",
    [
        pa.array([0, 10**13], pa.timestamp("s")), pa.array([0, -(10**13)], pa.timestamp("s")),
        pa.array([0, 2**62], pa.timestamp("us")), pa.array([0, 5_000_000], pa.date32()),
        pa.array([0, 10**13], pa.timestamp("s", "Europe/Paris")),
    ],
    ids=str,
)  # fmt: skip
def test_dates_beyond_the_calendar_are_refused_in_a_sentence(far):
    table = pa.table({"when": far, "x": [1.0, 2.0]})

    with pytest.raises(BadTable, match=BEYOND):
        check_table(table)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_dates_within_the_calendar_are_read_in_every_unit(unit):
    days = ["1999-12-31", None, "2026-02-28"]
    column = pd.Series(np.array(days, "datetime64[D]").astype(f"datetime64[{unit}]"))

    found = check_table(pd.DataFrame({"when": column, "x": [1.0, 2.0, 3.0]}))

    assert found["read as"].tolist() == ["date", "number"]


def test_a_table_of_two_rows_again_and_again_can_be_looked_at():
    y = np.arange(N_ROWS) % 2
    frame = pd.DataFrame({"a": y + 1.0, "b": 2.0 * y + 1})

    assert len(check_table(frame, y)) == 2
