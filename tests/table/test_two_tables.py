"""Two tables in one file are named as such, whatever else about them is wrong."""

import pandas as pd
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.decide import decide
from dropdecay.table.frames import as_frame
from dropdecay.table.two_tables import refuse_second_table

from .texts import notes, refusal

FIRST = "a,b,y\n" + "".join(f"{row},{row}.5,{row % 2}\n" for row in range(6))


@pytest.mark.parametrize(
    "second",
    ["u,v\n1,2\n3,4\n", "\nu,v,w,x\n1,2,3,4\n", "\nSales by month\nu,v\n1,2\n", "\nu,v\nBob,2\n"],
)
def test_a_second_table_of_another_width_is_the_cause_that_is_named(second):
    assert "A second table seems to begin there: save each table as a file" in refusal(
        FIRST + second
    )


@pytest.mark.parametrize("row", ["Total,15\n", "u,v\n", "3,4\n5,6\n", "\nSource: a survey\n"])
def test_another_row_of_another_width_is_no_second_table(row):
    assert "second table" not in refusal(FIRST + row)


def stacked(names, rows=(["1", "2", "3"],) * 3):
    above = [[str(row), f"{row}.5", str(row % 2)] for row in range(6)]
    return as_frame(pd.DataFrame([*above, names, *rows], columns=["a", "b", "y"]))


@pytest.mark.parametrize("rows", [[["1", "2", "3"]] * 3, [["Bob", "2", "3"], ["Al", "3", "4"]]])
def test_names_of_the_same_number_of_columns_below_numbers_are_told(rows):
    frame = stacked(["name", "price", "stock"], rows)

    (told,) = [each for each in decide(frame).findings if each.code == "second-table"]

    assert told.grave
    assert told.sentence.startswith("Row 7 holds 'name', 'price', 'stock' where all rows above")
    with pytest.raises(BadTable, match=r"Row 7 holds .* Save each table as a file of its own, or"):
        refuse_second_table(frame)


def test_words_for_nothing_above_hide_no_names():
    frame = stacked(["name", "price", "stock"])
    frame.iloc[1] = ["n/d", "unknown", ""]
    (told,) = [each for each in decide(frame).findings if each.code == "second-table"]
    assert told.sentence.startswith("Row 7 holds 'name', 'price', 'stock'")
    refuse_second_table(frame[:0])


@pytest.mark.parametrize(
    "row", [["A", "B12", "x"], ["n/a", "unknown", ""], ["name", "price", "3"], ["name", "", ""]]
)
def test_words_that_may_be_values_are_no_names_of_a_second_table(row):
    frame = stacked(row, [["A", "2", "3"]] * 3)
    assert "second-table" not in [each.code for each in decide(frame).findings]
    refuse_second_table(frame)


def test_a_column_of_nothing_between_others_may_part_two_tables():
    told = notes("a,b,,c,d\n1,2,,3,4\n5,6,,,\n")
    assert told == [
        "Column 3 has neither a name nor values and is left out. If two tables stand side by side, "
        "save each table as a file of its own."
    ]
    assert notes("a,b,,\n1,2,,\n") == notes("a,b,\n1,2,\n") == []
    both = refusal("a,b,,a,b\n1,2,,3,4\n")
    assert both.endswith("If two tables stand side by side, save each table as a file of its own.")
    assert refusal("a,b,a,\n1,2,3,\n").endswith("Rename or remove the duplicates.")
