"""Every later table is read as the first one was, cell by cell."""

import datetime
import io
import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.errors import BadTable
from dropdecay.table.decide import decide
from dropdecay.table.frames import as_frame
from dropdecay.table.reading import Reading
from tests.table.kinds import every_kind

WORDS = ("01", "2", "A1", "TRUE", "1.10", "1,964", "0.5", "NA", "", "-999", "31/12/2020", "$5",
         "12 kg", "unknown", "low", "high", "medium")  # fmt: skip


def as_file(table):
    """Return a table as text, as a file would give it."""
    text = io.StringIO(table.to_csv(index=False))
    return as_frame(pd.read_csv(text, dtype=str, keep_default_na=False).astype(object))


def same(one, other):
    """Whether two typed columns hold the same, whatever categories they were given."""
    if isinstance(one.dtype, pd.CategoricalDtype):
        one, other = one.astype(object), other.astype(object)
    pd.testing.assert_series_equal(one, other, check_names=False)


@given(
    columns=st.lists(
        st.lists(st.sampled_from(WORDS), min_size=6, max_size=6), min_size=1, max_size=3
    ),
    cut=st.integers(1, 5),
)
def test_any_piece_of_a_table_is_read_as_the_whole(columns, cut):
    table = pd.DataFrame({f"c{i}": each for i, each in enumerate(columns)})
    table["n"] = [str(i / 4) for i in range(6)]
    reading = decide(table).reading
    whole = reading.typed(table)

    for rows in (slice(0, cut), slice(cut, None)):
        piece = reading.typed(as_frame(table.iloc[rows]))
        for name in whole:
            same(piece[name], whole[name].iloc[rows].reset_index(drop=True))


def test_a_reading_is_kept_as_json():
    table = as_file(every_kind())
    reading = decide(table).reading

    again = Reading.from_list(json.loads(json.dumps(reading.as_list())))

    assert again == reading


def test_a_table_from_a_file_is_read_as_the_one_in_memory():
    table = every_kind().drop(columns=["zip", "there", "when", "lasted"])
    whole, file = as_frame(table), as_file(table)

    in_memory, from_file = decide(whole).reading.typed(whole), decide(file).reading.typed(file)

    assert list(in_memory) == list(from_file)
    for name in in_memory:
        if in_memory[name].dtype == float:
            np.testing.assert_allclose(in_memory[name], from_file[name], rtol=1e-15)
        else:
            same(in_memory[name], from_file[name])


def test_columns_that_are_left_out_may_be_missing_later():
    table = pd.DataFrame({"a": [1, 2], "empty": [None, None], "same": ["x", "x"]})
    reading = decide(table).reading

    assert list(reading.typed(pd.DataFrame({"a": [3]}))) == ["a"]
    assert list(reading.typed(pd.DataFrame({"a": [3], "same": ["y"], "empty": [1]}))) == ["a"]


def test_a_later_table_may_hold_numbers_where_the_first_held_text():
    reading = decide(pd.DataFrame({"a": ["$1,200", "$3"], "b": ["1", "x"]})).reading

    typed = reading.typed(pd.DataFrame({"a": [5.5], "b": [1.0]}))

    assert typed["a"].tolist() == [5.5]
    assert typed["b"].tolist() == ["1"]


def test_a_later_file_may_have_other_marks_where_they_mean_one_thing():
    reading = decide(pd.DataFrame({"a": ["1.5", "2.25"], "b": ["$5", "$6"]})).reading

    typed = reading.typed(pd.DataFrame({"a": ["1,5", "7"], "b": ["1,200.5", "3"]}))

    assert typed["a"].tolist() == [1.5, 7]
    assert typed["b"].tolist() == [1200.5, 3]


@pytest.mark.parametrize("text", ["1,964", "€5"])
def test_other_marks_that_may_mean_two_things_and_other_units_are_refused(text):
    reading = decide(pd.DataFrame({"a": ["1.5", "2.25"], "b": ["$5", "$6"]})).reading

    with pytest.raises(BadTable, match="is not a number"):
        reading.typed(pd.DataFrame({"a": [text], "b": [text]}))


def test_arrow_types_are_read_as_those_of_pandas():
    days = [datetime.date(2020, 1, 31), datetime.date(2021, 1, 1)]
    times = [datetime.time(10, 30), datetime.time(11, 0)]
    table = pa.table(
        {
            "day": pa.array(days, pa.date32()),
            "time": pa.array(times, pa.time64("us")),
            "word": pa.array(["x", "y"]).dictionary_encode(),
            "price": pa.array(["1.50", "2.25"]).cast(pa.decimal128(5, 2)),
        }
    )
    frame = as_frame(table)

    typed = decide(frame).reading.typed(frame)

    assert [str(dtype) for dtype in typed.dtypes] == ["datetime64[us]", "float64", "category",
                                                      "float64"]  # fmt: skip
    assert typed["time"].tolist() == [37800, 39600]


def test_columns_that_pandas_keeps_in_arrow_are_read_as_those_of_arrow():
    table = pa.table(
        {
            "day": pa.array([datetime.date(2020, 1, 31), None, datetime.date(2021, 1, 1)]),
            "time": pa.array([datetime.time(10, 30), None, datetime.time(11, 0)]),
            "word": pa.array(["x", None, "y"]).dictionary_encode(),
            "price": pa.array(["1.50", None, "2.25"]).cast(pa.decimal128(5, 2)),
            "at": pa.array([0, None, 3600], pa.timestamp("s", "Europe/Berlin")),
            "whole": pa.array([1, None, 2]),
            "text": pa.array(["$1", None, "$2"]),
            "truth": pa.array([True, None, False]),
        }
    )
    kept, plain = as_frame(table.to_pandas(types_mapper=pd.ArrowDtype)), as_frame(table)

    typed, expected = (decide(each).reading.typed(each) for each in (kept, plain))

    pd.testing.assert_frame_equal(typed.astype(object), expected.astype(object))


def test_nested_values_are_rejected():
    frame = as_frame(pa.table({"a": pa.array([[1], [2]])}))

    with pytest.raises(BadTable, match="Column 'a', row 1 holds a value of type"):
        decide(frame)


def test_a_word_that_was_never_seen_among_numbers_is_named_with_its_row():
    reading = decide(pd.DataFrame({"a": ["1", "2"]})).reading

    with pytest.raises(BadTable, match="Column 'a', row 2: 'new' is not a number"):
        reading.typed(pd.DataFrame({"a": ["1", "new"]}))


def test_a_word_outside_the_order_is_named():
    reading = decide(pd.DataFrame({"a": ["low", "medium", "high"]})).reading

    with pytest.raises(BadTable, match="Column 'a', row 1: 'vast' is none of the ordered words"):
        reading.typed(pd.DataFrame({"a": ["vast"]}))
