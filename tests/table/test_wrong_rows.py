"""A row that does not fit is refused with its line, the likely cause and the remedy."""

import pytest

from tests.table.texts import refusal

GOOD = "Ann,tall,3\n" * 3


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ("Bob,big, fat,3\n", "A field with a comma in it, such as 'big, fat', must be in double"),
        ("Bob,tall,3,\n", "It has a comma too many at its end: remove it."),
        ('Bob,5" or 6", so,3\n', "A quote inside a field, such as '5\" or 6\"', does not protect"),
        ("Bob,1,5,3\n", "Numbers seem to have a decimal comma, such as 1,5, while commas also"),
        ("Bob,1,500,3\n", "Numbers seem to have commas within, such as 1,500, while commas also"),
        ("Bob,$1,500,3\n", "such as $1,500, while commas also separate the fields: put such"),
        ("Bob,tall\n", "Fields are missing: add them, or leave them empty between commas."),
        ("Bob;tall;3\n", "Its separator is the semicolon, that of other lines the comma."),
        ("Bob,ta\nll,3\n", "A line break in a field seems to split it: line 6 holds the rest."),
        ('"Bob,tall,3\nX,"\n', "A double quote opens in line 5 and closes only in line 6"),
        ("# x\n", "It seems to be a comment: remove the line."),
    ],
)
def test_the_likely_cause_is_named(row, cause):
    said = refusal(f"name,note,age\n{GOOD}{row}{GOOD}")

    assert said.startswith("t.csv, row 4 (line 5) has ")
    assert "the header has 3. " in said
    assert cause in said


def test_a_note_below_the_table_is_named():
    assert "'Total: 3' seems to be a note below the table: remove the line." in refusal(
        f"name,note,age\n{GOOD}Total: 3\n"
    )


def test_a_note_apart_from_the_table_may_have_a_comma():
    assert "'Source: EU, 2020' seems to be a note below the table" in refusal(
        f"name,note,age\n{GOOD}\nSource: EU, 2020\n"
    )


def test_a_file_that_ends_within_a_row_seems_cut_off():
    assert "so it seems to be cut off: copy or download it again" in refusal(
        f"name,note,age\n{GOOD}Bob,ta"
    )
    assert "Fields are missing" in refusal(f"name,note,age\n{GOOD}Bob,ta\n")


def test_without_a_header_a_row_is_compared_with_the_others():
    assert "row 3 (line 3) has 1 field, the others have 2." in refusal("1.5,a\n2.5,a\n3\n2.5,a\n")


def test_between_blanks_a_missing_value_needs_a_word():
    text = "a b c\n" + "1 2 3\n" * 2000 + "1 2\n"

    assert "row 2001 (line 2002) has 2 fields" in refusal(text)
    assert "write NA for a missing value" in refusal(text)


def test_lines_without_values_do_not_count_as_rows():
    assert "row 2 (line 6) has 1 field" in refusal("# x\n\na,b\n1,2\n,\n3\n1,2\n")


def test_a_row_far_down_is_reported_with_its_line():
    text = "a,b\n" + '"two\nlines",2\n' * 3000 + "1,2,3\n"

    assert "row 3001 (line 6002) has 3 fields, the header has 2." in refusal(text)


@pytest.mark.parametrize(
    ("rows", "cause"),
    [
        ('1,"a"b\n2,3\n', "line 2: the quotes do not match: text goes on after a closing double"),
        ('1,2\n1,"open\n2,3\n', "line 3: the quotes do not match: the one that opens a field there "
         "is never closed"),
        ('"x,1\ny,2\n"z",3\n', "line 2: the quotes do not match: the one that opens a field there "
         "closes only in line 4"),
    ],
)  # fmt: skip
def test_quotes_that_do_not_match_are_reported_where_they_open(rows, cause):
    assert cause in refusal("a,b\n" + rows)
