"""The delimiter and the quotes that most lines agree on."""

import pytest

from dropdecay.table.dialect import Dialect, find_dialect
from tests.table.texts import names, rows


def dialect(text):
    return find_dialect(text.splitlines(keepends=True), tabs_only=False)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " "])
def test_the_delimiter_is_found(delimiter):
    text = "name,age,pay\nBob,31,1.5\nAnn,45,2.5\n".replace(",", delimiter)

    assert dialect(text) == Dialect(delimiter)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("name,note;remark\na,b;c;d\ne,f\n", ","),
        ("size (a, b, c);note\n1;x\n2;y\n", ";"),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("a;b\nr1;1,5;2,5\nr2;3,5;4,5\n", ";"),
        ("a;b;c\n" + "1,5;2,5;x\n" * 9 + "1,5;2,5\n", ";"),
        ("first name,last name\nJo A,Smith B\nAl C,Jones D\n", ","),
        ("day time\tvalue\n2020-01-01 10:00\t3\n2020-01-02 10:00\t4\n", "\t"),
        ("a b c\n1,5 2,5 3\n2,5 3,5 4\n", " "),
    ],
)
def test_another_delimiter_inside_cells_is_no_delimiter(text, delimiter):
    assert dialect(text).delimiter == delimiter


@pytest.mark.parametrize(
    "text",
    ["full name\nJohn Smith\nAnn Lee\n", "day time\n2020-01-01 10:00\n2020-01-02 11:00\n"],
)
def test_blanks_between_the_words_of_one_column_do_not_separate(text):
    assert names(text) == [text.splitlines()[0]]


def test_runs_of_blanks_and_tabs_separate_as_one():
    text = ' 18.0   8   307.0  70\t"chevrolet chevelle"\n 15.0  8   350.0  70\t"buick skylark"\n'

    assert rows("18 8 307 70\t'old'\n".replace("'", '"') + text)[-2:] == [
        ["18.0", "8", "307.0", "70", "chevrolet chevelle"],
        ["15.0", "8", "350.0", "70", "buick skylark"],
    ]


def test_a_tab_too_many_between_numbers_makes_no_field():
    assert rows("a\tb\tc\n1.5\t2\t3\n1.5\t\t2\t3\n2.5\t4\t\t5\n")[1] == ["1.5", "2", "3"]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_single_quotes_around_fields_are_taken_off(ends):
    text = ends.join(["'a','b c',y", "'x, y','it',1", "'z',w,2", ""])

    assert rows(text) == [["x, y", "it", "1"], ["z", "w", "2"]]
    assert names(text) == ["a", "b c", "y"]


def test_apostrophes_are_no_quotes():
    assert rows("x,y\n'tis,1\nrock 'n' roll,2\n") == [["'tis", "1"], ["rock 'n' roll", "2"]]
    assert rows("x,y\n'tis,1\n\"it's, 'x'\",2\n")[1] == ["it's, 'x'", "2"]
