"""A model recognises the columns of a later file, however little of it there is."""

import numpy as np
import pandas as pd
import pytest

from dropdecay.table.decide import decide
from dropdecay.table.decision import ReadAs
from dropdecay.table.delimited import read_delimited
from dropdecay.table.known_heading import KnownColumns


def known(encoding=None, kinds=None, **columns):
    """The columns of a fit on these, with a target "y"."""
    frame = pd.DataFrame({name.replace("_", " "): values for name, values in columns.items()})
    return KnownColumns(decide(frame, ReadAs(kinds=kinds or {})).reading, ("y",), encoding)


TOWNS, PRICES = ["Ulm, Stadt", "Bonn", "Köln"] * 3, ["2.5", "3", "4"] * 3


def read(text, columns, encoding="utf-8"):
    return read_delimited(text.encode(encoding), "later.csv", known=columns)


def rows(text, columns):
    frame = read(text, columns).frame
    return [list(frame), *frame.to_numpy().tolist()]


def test_commas_in_the_only_column_separate_nothing():
    assert rows("town\nUlm, Stadt\nBonn\n", known(town=TOWNS)) == [
        ["town"], ["Ulm, Stadt"], ["Bonn"],
    ]  # fmt: skip


def test_a_first_row_of_words_for_nothing_is_a_row_and_no_second_line_of_names():
    numbers = known(a=["1", "2", "3", "4", "unknown"] * 3, b=["5", "6", "7", "8", "n.b."] * 3)
    text = "a,b\nunknown,n.b.\n1,5\n2,6\n3,7\n"
    assert rows(text, numbers)[1] == ["unknown", "n.b."]
    assert rows("a,b\n(kg),(cm)\n1,5\n2,6\n", numbers)[1] == ["1", "5"]


def test_names_may_look_like_a_comment():
    columns = KnownColumns(known(price=PRICES).reading)
    assert rows("# price\n3\n", columns) == [["price"], ["3"]]
    assert rows("made by hand\nprice\n3\n", columns) == [["price"], ["3"]]


def test_a_row_of_nothing_but_separators_is_a_row():
    assert rows("town;price\n;\nUlm;2\n;\n", known(town=TOWNS, price=PRICES))[1:] == [
        ["", ""], ["Ulm", "2"], ["", ""],
    ]  # fmt: skip


@pytest.mark.parametrize("cells", [["", ""], ["1", "2"], ["a", "b"]])
def test_a_column_without_a_name_is_kept_if_it_was_at_the_fit(cells):
    text = ",price\n" + "".join(f"{each},3\n" for each in cells)
    first = known(column_1=TOWNS, price=PRICES)
    assert rows(text, first) == [["column 1", "price"], *([each, "3"] for each in cells)]
    if any(cells):
        assert rows(text, known(price=PRICES))[0] == ["price"]


def test_a_file_without_names_may_have_a_single_row():
    columns = known(column_1=PRICES, column_2=TOWNS)
    assert rows("3,Bonn\n", columns) == [["column 1", "column 2"], ["3", "Bonn"]]
    assert rows(",Bonn,yes\n", columns)[1] == ["", "Bonn", "yes"]
    assert rows(",,y\n3,Bonn,yes\n", columns)[1] == ["3", "Bonn", "yes"]


def test_few_letters_are_in_the_encoding_of_the_fit():
    assert (
        read("town\nKöln\n", known("mac_roman", town=TOWNS), "mac_roman").frame.iat[0, 0] == "Köln"
    )
    assert read("town\nKöln\n", known("mac_roman", town=TOWNS)).frame.iat[0, 0] == "Köln"


def test_a_file_that_is_not_as_known_is_read_as_any_other():
    columns = known(town=TOWNS)
    assert rows("other,y\n1,2\n", columns) == [["other", "y"], ["1", "2"]]
    short = read("town,price\nr1,Bonn,2\nr2,Ulm,3\n", known(town=TOWNS, price=PRICES))
    assert list(short.frame) == ["town", "price"]
    assert np.array_equal(short.frame["town"], ["Bonn", "Ulm"])


def test_questions_of_qualtrics_are_no_rows_where_all_columns_are_text():
    columns = known(Q1=["yes", "no", "may be"] * 3, Q2=["red", "blue", "green"] * 3)
    ids = '"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n'
    text = "Q1,Q2\nDo you?,Which?\n" + ids + "yes,red\n"
    assert rows(text, columns) == [["Q1", "Q2"], ["yes", "red"]]
