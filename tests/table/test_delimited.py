"""Cells are the text that was written; rows are named where nothing else can be meant."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.errors import BadInput
from dropdecay.table.delimited import read_delimited
from tests.table.texts import names, notes, read, refusal, rows

# Cells


def test_every_cell_is_the_text_that_was_written():
    table = read_delimited(b"a,b,c,d\n007,TRUE,NA,1e3\n1.50,no, x ,\n", "t.csv").frame

    assert table.to_numpy().tolist() == [["007", "TRUE", "NA", "1e3"], ["1.50", "no", "x ", ""]]
    assert set(table.dtypes) == {np.dtype("O")}


def test_quotes_are_taken_off_and_doubled_ones_undone():
    assert rows('a,b\n"x, y; z",1\n"two\nlines ""q""",""\n') == [
        ["x, y; z", "1"],
        ['two\nlines "q"', ""],
    ]


def test_decimal_commas_stay_as_they_are():
    assert rows("a;b\n1,5;1.234,5\n-2;x\n") == [["1,5", "1.234,5"], ["-2", "x"]]


def test_equal_cells_are_one_object_in_memory():
    table = read_delimited(b"a,b\n" + b"a long word,2\n" * 2000, "t.csv").frame

    assert len({id(cell) for cell in table["a"]}) == 1


@given(
    table=st.lists(
        st.lists(st.text(alphabet="ab1,;\"'\n é-", max_size=5), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    ),
    delimiter=st.sampled_from(",;\t|"),
)
def test_what_a_csv_writer_writes_is_read_back_unchanged(table, delimiter):
    table = [[f"x{cell}" for cell in row] for row in table]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["one", "two", "three"], *table])

    assert rows(text.getvalue()) == table


@given(text=st.text(alphabet="ab1.;,\t|\"\n\r '#é-=%(", max_size=60), tabs_only=st.booleans())
def test_any_text_gives_a_table_or_a_one_line_error(text, tabs_only):
    try:
        found = read_delimited(text.encode(), "t.csv", tabs_only=tabs_only).frame
    except BadInput as error:
        found = str(error)
    if isinstance(found, str):
        assert "\n" not in found
    else:
        assert len(found) > 0
        assert len(set(found.columns)) == found.shape[1]


# Lines that are no rows


def test_empty_lines_between_rows_are_no_rows():
    assert rows("\n\na,b\n\n1,2\n  \n3,4\n\n") == [["1", "2"], ["3", "4"]]


def test_lines_of_nothing_but_separators_are_left_out_and_counted():
    text = 'a,b\n1,2\n,\n3,4\n"",\n , \n'

    assert rows(text) == [["1", "2"], ["3", "4"]]
    assert notes(text) == ["3 lines of nothing but separators left out."]


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
def test_in_a_file_of_one_column_an_empty_line_is_a_row_unless_it_ends_the_file(end):
    assert rows(f"x\n\n2\n\n{'3'}{end}") == [[""], ["2"], [""], ["3"]]
    assert rows('x\n1\n""\n') == [["1"], [""]]


def test_a_header_that_comes_again_is_left_out_and_counted():
    text = "a,b\n1,2\na,b\n3,4\n"

    assert rows(text) == [["1", "2"], ["3", "4"]]
    assert notes(text) == ["1 line repeating the column names left out."]


# Names


def test_an_empty_name_becomes_the_number_of_the_column():
    assert names("a,,c\n0,1,2\n1,2,3\n") == ["a", "column 2", "c"]


def test_a_delimiter_at_the_end_of_every_line_adds_no_column():
    assert read("a,b,\n1,2,\n3,4,\n") == (["a", "b"], [["1", "2"], ["3", "4"]], [])
    assert names("a,b,\n1,2\n3,4\n") == ["a", "b"]


def test_a_delimiter_at_the_end_of_every_row_alone_is_left_out_and_told():
    found = read("a,b\n1,2,\n3,4,\n")

    assert found[:2] == (["a", "b"], [["1", "2"], ["3", "4"]])
    assert found[2] == [
        "The separator at the end of each row, where the header has none, left out."
    ]


def test_duplicate_names_are_refused():
    assert "t.csv has more than one column named 'a'." in refusal("a,b, a\n1,2,3\n")


@pytest.mark.parametrize(
    "text",
    [
        '"mpg" "cyl"\n"Mazda RX4" 21 6\n"Datsun 710" 22.8 4\n',  # R's write.table
        "mpg\tcyl\nMazda RX4\t21\t6\nDatsun 710\t22.8\t4\n",
        'mpg;cyl\n"1";21;6\n"3";22.8;4\n',
        '"mpg","cyl"\n"1",21,6\n"3",22.8,4\n',
        '"","mpg","cyl"\n"1",21,6\n"2",22.8,4\n',  # R's write.csv
        ",mpg,cyl\n0,21,6\n0,22.8,4\n",  # pandas, two tables joined
    ],
)
def test_names_of_rows_are_left_out_and_told(text):
    assert read(text) == (
        ["mpg", "cyl"],
        [["21", "6"], ["22.8", "4"]],
        ["Names of rows in the first column, which has no header: left out."],
    )


def test_a_first_column_without_name_that_may_be_a_feature_is_kept():
    assert names(",b\n1.5,2\n2.5,3\n") == ["column 1", "b"]
    assert names(",b\nred,2\nred,3\n") == ["column 1", "b"]


@pytest.mark.parametrize(
    "text", ["value\n1,5\n2,5\n3,7\n", "a,b\n1,234,5\n2,345,6\n3,222,7\n", "a,b\n1,5,2\n"]
)
def test_a_decimal_comma_is_not_mistaken_for_the_name_of_a_row(text):
    said = refusal(text)

    assert "but every row has" in said
    assert "is one number with a decimal comma, save the table with semicolons" in said


def test_negative_numbers_with_decimal_commas_between_commas_are_refused_as_such():
    said = refusal("v,w,y\n-122,58,0,u\n17,84,1,v\n")

    assert "If -122,58 is one number with a decimal comma" in said


def test_text_with_a_comma_in_every_row_is_not_taken_for_a_column_more():
    said = refusal("day,when,y\n4/27/10,Jan 23, 2010,u\n1/22/22,Aug 22, 2021,v\n")

    assert said == (
        "t.csv: the header has 3 names, but every row has 4 fields. A field with a comma in it, "
        "such as 'Jan 23, 2010', must be in double quotes."
    )


def test_words_between_blanks_are_no_names_of_rows():
    assert "the header has 2 names, but every row has 3 fields." in refusal(
        "name          age\nJohn Smith     31\nAnn Lee        45\n"
    )


def test_another_separator_in_the_header_is_named():
    assert "Its separator is the tab, that of the rows the comma." in refusal("a\tb\n1,2\n3,4\n")


def test_amounts_with_commas_of_thousands_are_not_taken_for_a_column_more():
    said = refusal("a,money,b\n" + "".join(f"x,¥{row},{row}00,z\n" for row in range(1, 9)))
    assert "If ¥1,100 is one number, it must be in double quotes, or save the table with" in said


def test_a_header_one_short_over_values_that_repeat_is_refused():
    assert "the header has 2 names, but every row has 3 fields. Give each column a name." in (
        refusal("a,b\nred,1,2\nred,2,3\n")
    )


# Extensions that may hold any text


def test_text_without_columns_is_refused_where_columns_are_needed():
    said = refusal("Hello there\nthis is text\nno table\n", columns_needed=2)

    assert "nothing separates its lines into columns. Save the table as CSV" in said


def test_another_delimiter_than_tabs_is_named():
    said = refusal("a;b\n1;2\n", tabs_only=True)

    assert "separated by a semicolon instead of tabs ('a;b'). Rename it to end in .csv" in said


@pytest.mark.parametrize("mark", "^~:")
def test_a_separator_that_is_not_read_is_named(mark):
    text = "".join(f"{each}{mark}{each}5{mark}u\n" for each in ["v", "1", "2", "3", "4"])

    assert refusal(text) == (
        f"t.csv: its columns seem to be separated by '{mark}', which is not read. Save it with "
        "commas, semicolons, tabs or bars between them."
    )


def test_times_below_a_name_are_no_columns():
    assert names("time\n12:30\n12:31\n12:32\n12:33\n") == ["time"]


def test_lines_that_are_quoted_as_a_whole_are_named_as_such():
    text = '"x,y,cls"\n' + "".join(f'"{row}.5,{row},""a"""\n' for row in range(5))
    assert refusal(text) == (
        "t.csv: every line as a whole is in double quotes, so that the comma in it separates "
        "nothing. Remove the quotes around lines."
    )
    assert names('"town"\n"Ulm, Stadt"\n"Bonn, Stadt"\n"Bad Ems, Stadt"\n') == ["town"]
