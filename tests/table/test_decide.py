"""What each column is is decided once, on the whole table, and what is not obvious is said."""

import datetime
import uuid

import numpy as np
import pandas as pd
import pytest

from dropdecay.errors import BadTable
from dropdecay.table.decide import decide
from dropdecay.table.decision import ReadAs
from dropdecay.table.finding import lines_of
from dropdecay.table.frames import as_frame


def decided(read_as=None, **columns):
    """Decide a table with one more column of numbers."""
    n_rows = len(next(iter(columns.values())))
    return decide(as_frame(pd.DataFrame({**columns, "n": np.arange(n_rows) / 3})), read_as)


def reading_of(values, read_as=None, name="a"):
    """Return the reading of one column, and what is said of it."""
    found = decided(read_as, **{name: values})
    return found.reading.columns[0], [each.code for each in found.findings]


def typed(values, read_as=None):
    """Return the values of one column as they are read."""
    table = as_frame(pd.DataFrame({"a": values, "n": np.arange(len(values)) / 3}))
    return decide(table, read_as).reading.typed(table)["a"].tolist()


@pytest.mark.parametrize(
    ("values", "kind", "codes"),
    [
        (["1", "2", "3"], "number", []),
        (["TRUE", "FALSE", "true"], "boolean", []),
        (["TRUE", "FALSE", "UNKNOWN"], "category", []),
        (["1.2", "1.10", "1.2.3"], "category", []),
        (["01", "02", "A1"], "category", []),
        (["01234", "90210", "00501"], "category", ["codes"]),
        (["1234", "2E15", "1E05"], "category", ["codes"]),
        (["1234", "2e15", "1000"], "number", ["codes"]),
        (["1234", "2E+15", "1000"], "number", []),
        (["1234", "2E15", "n.b.", *map(str, range(100, 140))], "category", []),
        (["197.251.209.101", "229.105.211.163", "10.20.30.4"], "category", []),
        (["197.251.209.101", "229.105.211.163", "110.120.130.104"], "category", ["codes"]),
        (["197.251.209.101", "229.105.211.999", "110.120.130.104"], "number", ["marks"]),
        (["10.100.200", "10.200.300", "1.100.300"], "number", ["marks"]),
        (["1.100.200", "975", "1.100.300"], "number", []),
        (["10.10.345", "2.11.345", "12.12.300"], "category", []),
        (["1.012 €", "975 €", "980 €"], "number", ["unit", "marks"]),
        (["Set 1500", "Set 1600", "Set 2000"], "category", []),
        (["Mars 2000", "Mars 2001", "Set 2000"], "date", ["month-words"]),
        (["Set 3 12", "Set 5 15", "Set 8 20"], "date", ["month-words"]),
        (["Jan 2019", "Feb 2019", "May 2019"], "date", []),
        (["3-Mar-19", "5-Mar-19", "8-Mar-19"], "date", []),
        (["Lot 5 May 2012", "Lot 6 May 2013", "Lot 7 May 2012"], "category", []),
        (["5643210131", "3665024710", "564321013X"], "category", []),
        (["5 m", "3 m", "0"], "number", ["unit"]),
        (["%12", "%13", "%5"], "number", ["unit"]),
        (["10.30 Uhr", "9.05 Uhr", "11 Uhr"], "number", ["clock"]),
        ([":", ":", ":", "(X)", *map(str, range(9))], "number", ["stray-word"]),
        (
            ["0000-00-00", "0000-00-00", "2021-01-04", "2021-01-05", "2021-01-06"],
            "date",
            ["stray-word"],
        ),
        (
            [*map(str, range(20210110, 20210132)), "n.d."],
            "date",
            ["date-numbers", "stray-word"],
        ),
        (["closed"] * 9 + [str(each) for each in range(100, 130)], "category", ["unread"]),
        (["K"] * 9 + [str(each) for each in range(1, 13)], "category", []),
        (["4. Dezember 2010", "1. Mai 2011", "3. März 2012"], "date", []),
        (["4 de enero de 2010", "1 mai 2011", "3 Oct 2012"], "date", []),
        (["4. Dezember 2010", "2011-05-01", "3. März 2012"], "date", ["date-forms"]),
        (["\\1,200", "\\3", "\\5"], "number", ["unit"]),
        (["Rp 1.234.567", "Rp 10.000", "Rp 500"], "number", ["unit"]),
        (["rs88518", "rs56662", "rs51858"], "category", []),
        (["TL26546", "TL13221", "TL63962"], "category", []),
        (["Rs500", "Rs1200", "Rs30"], "number", ["unit"]),
        (["TL26,50", "TL13,22", "TL6,39"], "number", ["unit"]),
        ([f"{year}-{(year + 1) % 100:02d}" for year in range(2000, 2012)], "category", []),
        (["2000-01", "2001-02", "2001-03"], "date", []),
        (["9.2020", "5.2008", "4.2000", "12.2010", "1.2011"], "date", ["date-numbers"]),
        (["9.2020", "5.2008"], "number", []),
        (["US $1,234.50", "US $3", "US $5"], "number", ["unit"]),
        ([".a", ".b", "-1.#IND", ".", *"123456789"], "number", ["stray-word"]),
        (["keine Angabe", "brak", "不明", *"123456789"], "number", ["stray-word"]),
        (["red", "green", "red"], "category", []),
        (["low", "high", "medium"], "ordinal", ["ordinal"]),
        (["Low", "HIGH", "medium"], "ordinal", ["ordinal"]),
        (["2020-01-31", "2021-01-01", "2022-01-01"], "date", []),
        (["20200131", "20210101", "20220101"], "date", ["date-numbers"]),
        (["01/02/2020", "03/04/2020", "05/06/2020"], "date", ["date-order"]),
        (["$1,200", "$3", "$5"], "number", ["unit"]),
        (["1,200 kg", "3 kg", "5 kg"], "number", ["unit", "marks"]),
        (["10:30", "11:00", "12:15"], "number", ["clock"]),
        (["01.2021", "12.2021", "03.2020"], "date", ["date-numbers"]),
        (["11.2021", "12.2021", "10.2020"], "number", []),
        (["2021/03", "2020/12", "2022/1"], "date", []),
        (["2021-03-04", "31/12/2020", "2022-01-01"], "date", ["date-forms"]),
        (["2021-03-04", "05/06/2020", "2022-01-01"], "date", ["date-forms", "date-order"]),
        (["122,58-", "2.117,84", "3,00"], "number", ["minus-behind"]),
        (["<3.2", *(f"{each}.5" for each in range(9))], "category", ["unread"]),
        (["n/d", "k.A.", ".", "-", "--", *"123456789"], "number", ["stray-word"]),
        (["12%", "0.13", *(f"{each}%" for each in range(9))], "category", ["unread"]),
        (["#DIV/0!", "2.5", "3.5", "#DIV/0!"], "number", ["stray-word"]),
        (["1,964", "0.5", "3"], "number", []),
        (["1,964", "2,312", "3"], "number", ["marks"]),
        (["", "n/a", "?"], "left out", ["empty"]),
        (["x", "x", "x"], "left out", ["constant"]),
        ([5, 5, 5], "left out", ["constant"]),
        ([True, True, True], "left out", ["constant"]),
        (["x", None, "x"], "category", []),
        ([1, "2", 3.5], "number", []),
        (pd.Categorical(["b", "a", "c"], ["a", "b", "c"], ordered=True), "ordinal", []),
        (pd.Categorical([1, 2, 1]), "category", []),
        (pd.to_timedelta([1, 2, 3], "h"), "number", []),
    ],
)
def test_the_kind_of_a_column(values, kind, codes):
    reading, found = reading_of(values)

    assert reading.kind == kind
    assert found == codes


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "column 1", "index"])
@pytest.mark.parametrize("first", [0, 1])
def test_a_nameless_first_column_that_numbers_the_rows_is_left_out(name, first):
    reading, codes = reading_of([str(first + i) for i in range(5)], name=name)

    assert reading.kind == "left out"
    assert codes == ["row-numbers"]


def test_a_nameless_column_of_other_numbers_is_learnt_from():
    assert reading_of([3, 1, 2], name="Unnamed: 0")[0].kind == "number"


def test_one_stray_word_among_numbers_counts_as_missing():
    values = [str(i) for i in range(40)] + ["lost"]

    reading, codes = reading_of(values)

    assert reading.kind == "number"
    assert codes == ["stray-word"]
    assert np.isnan(typed(values)[-1])


@pytest.mark.parametrize(
    ("words", "said"),
    [(["lost"], "'lost', in 1 row, counts as"), (["x", "y"], "'x', 'y', in 2 rows, count as")],
)
def test_words_that_count_as_missing_are_named(words, said):
    frame = as_frame(pd.DataFrame({"a": [*map(str, range(40)), *words]}))
    (told,) = decide(frame).findings
    assert told.sentence == f"Column 'a' holds numbers; {said} missing."


def test_a_likely_word_counts_as_missing_however_often_it_occurs():
    values = ["unknown"] * 20 + [str(i) for i in range(20)]

    assert reading_of(values)[0].missing == ("unknown",)


def test_dates_in_two_forms_are_all_read():
    found = typed(["2021-03-04", "31/12/2020", "05/06/2020"])

    assert [f"{each:%Y-%m-%d}" for each in found] == ["2021-03-04", "2020-12-31", "2020-06-05"]


def test_dates_of_which_a_spreadsheet_swapped_day_and_month_are_told():
    swapped = [f"2021-{month:02d}-{13 - month:02d} 00:00:00" for month in range(1, 13)]
    text = [f"{day}.01.2021" for day in range(13, 29)]
    for values, told in ((swapped + text, True), ([*swapped, *text, "3.01.2021"], False)):
        table = as_frame(pd.DataFrame({"a": values}))
        (found,) = [each for each in decide(table).findings if each.code == "date-forms"]
        assert ("swapped day and month" in found.sentence) == told


@pytest.mark.parametrize(
    ("values", "kind", "codes"),
    [
        (["2020-01-01", pd.Timestamp("2021-01-01"), None], "date", []),
        (["31.12.2020", datetime.datetime(2021, 1, 1), "15.03.2021"], "date", ["date-forms"]),
        (["soon", *[datetime.date(2021, 1, day) for day in range(1, 30)]], "date", ["stray-word"]),
        ([44197, datetime.date(2021, 1, 1)], "category", []),
        ([uuid.UUID(int=number) for number in range(4)], "category", []),
        (pd.interval_range(0, 4), "category", []),
    ],
)
def test_cells_of_several_types_are_read_as_the_text_that_they_are(values, kind, codes):
    table = as_frame(pd.DataFrame({"a": pd.Series(values), "n": np.arange(len(values)) / 3}))
    decided = decide(table)
    decided.reading.typed(table)
    assert decided.reading.columns[0].kind == kind
    assert [each.code for each in decided.findings] == codes


def test_an_option_is_told_as_a_shell_takes_it():
    found = decided(**{"Preis (netto)": ["5 €", "7 €", "9 €"]})

    assert "--as 'Preis (netto)=category'" in lines_of(found.findings)[0]


def test_many_stray_words_make_a_column_of_categories():
    values = ["1", "2", "3", "4"] * 5 + ["jack", "queen", "king", "ace"]

    assert reading_of(values)[0].kind == "category"


def test_a_stray_word_among_dates_counts_as_missing():
    values = [f"2020-01-{day:02d}" for day in range(1, 29)] + ["soon"]

    assert reading_of(values)[0].kind == "date"
    assert pd.isna(typed(values)[-1])


@pytest.mark.parametrize("mark", [-999, -200, -9999.0])
def test_a_number_far_below_all_others_counts_as_missing(mark):
    reading, codes = reading_of([mark, 3, 50, mark, 7])

    assert reading.stand_ins == (mark,)
    assert codes == ["stand-in"]
    assert np.isnan(typed([mark, 3, 50, mark, 7])[0])


@pytest.mark.parametrize(
    "values",
    [
        [-999, -3, 5, -999], [-999, 3, 5], [999, 998, 3, 999], [-1, 0, 3, -1],
        [99999, 41310, 99999], [777, 777, 999, 999, 95], [-8, -8, -9, 5], [-7, -7, -9, -9, 500],
        [999, 999],
    ],
)  # fmt: skip
def test_numbers_that_may_be_values_stay(values):
    assert reading_of(values)[0].stand_ins == ()


@pytest.mark.parametrize(
    ("marks", "others"),
    [
        ([-9, -8], [1, 2, 5]), ([-99, -98, -97], [0, 30]), ([-999, 999], [3, 50]),
        ([88888, 99999], [1200, 4100]), ([997, 998, 999], [12, 30]), ([7777, 9999], [1, 400]),
    ],
)  # fmt: skip
def test_several_codes_of_surveys_count_as_missing_together(marks, others):
    assert reading_of([*marks, *others, *marks])[0].stand_ins == tuple(sorted(marks))


def test_999_far_above_all_others_counts_as_missing():
    assert reading_of([999, 3, 27, 999])[0].stand_ins == (999,)


def test_another_column_settles_the_mark_of_decimals():
    found = decided(price=["1.964", "2.312", "3"], weight=["0,5", "1,25", "7"])

    assert found.reading.columns[0].numbers.thousands == "."


def test_the_user_decides_the_marks():
    values = ["1,964", "2,312", "3"]

    assert typed(values, ReadAs(decimal=",")) == [1.964, 2.312, 3]
    assert typed(values, ReadAs(thousands=",", decimal=".")) == [1964, 2312, 3]


def test_the_user_decides_what_is_missing():
    values = ["5", "-1", "gone", "7"]

    found = typed(values, ReadAs(missing=("-1", "gone")))

    np.testing.assert_array_equal(found, [5, np.nan, np.nan, 7])


def test_no_further_words_are_missing_if_the_user_says_so():
    values = [-999.0, 3.0, 50.0, -999.0]

    assert typed(values, ReadAs(missing=())) == values


def test_the_user_decides_the_kind_of_a_column():
    zips = ["01234", "90210", "00501"]

    assert typed(zips, ReadAs(kinds={"a": "number"})) == [1234, 90210, 501]
    assert typed(["1", "2", "1"], ReadAs(kinds={"a": "category"})) == ["1", "2", "1"]


def test_the_user_decides_the_order_of_words():
    words = ["cold", "hot", "warm"]

    assert typed(words, ReadAs(orders={"a": ("cold", "warm", "hot")})) == [0, 2, 1]


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(BadTable, match="The table has no column 'b'"):
        decided(ReadAs(drop=("b",)), a=[1, 2])


def test_a_column_cannot_be_read_as_what_it_is_not():
    with pytest.raises(BadTable, match="Column 'a', row 2: 'x' is not a number"):
        decided(ReadAs(kinds={"a": "number"}), a=["1", "x"])


def test_a_table_without_any_values_is_rejected():
    with pytest.raises(BadTable, match="No column of the table holds any values"):
        decide(pd.DataFrame({"a": [None, None], "b": ["", "?"]}))


def test_lists_are_rejected_with_their_place():
    with pytest.raises(BadTable, match="Column 'a', row 2 holds a value of type list"):
        decided(a=[None, [1, 2]])


def test_an_infinite_value_is_reported_with_its_row():
    for value in (np.inf, "inf", 10**400):
        table = pd.DataFrame({"a": [1.0, 2.0], "b": pd.Series([1.0, value], dtype=object)})
        with pytest.raises(BadTable, match="Column 'b', row 2 is infinite"):
            decide(table).reading.typed(table)


def test_a_finding_names_the_option_that_decides_otherwise():
    (finding,) = decided(zip=["01234", "90210", "00501"]).findings

    assert str(finding) == (
        "Column 'zip' is read as names, not as a quantity: its numbers have leading zeros. "
        "(--as zip=number)"
    )


def test_what_holds_for_many_columns_is_said_once():
    table = pd.DataFrame({f"c{i}": [1, 1] for i in range(12)} | {"a": [1, 2]})

    (line,) = lines_of(decide(table).findings)

    assert line.startswith("12 columns hold the same value in every row and are left out: 'c0'")


def test_numbers_need_not_be_read_twice():
    table = pd.DataFrame({"a": ["1.5", "", "2"], "b": ["x", "y", "x"], "c": ["$5", "$6", "$7"]})
    decided = decide(table)

    once = decided.with_numbers(table)

    assert once["a"].dtype == once["c"].dtype == float
    assert once["b"].equals(table["b"])
    pd.testing.assert_frame_equal(decided.reading.typed(once), decided.reading.typed(table))


def test_a_word_that_keeps_a_column_of_numbers_text_is_told_with_its_remedy():
    values = ["closed"] * 9 + [str(each) for each in range(100, 130)]

    (told,) = decided(a=values).findings
    reading, codes = reading_of(values, ReadAs(missing=("closed",)))

    assert told.sentence == (
        "Column 'a' is taken as text because of 'closed'; all its other values are numbers."
    )
    assert told.option == "--missing closed if they stand for nothing"
    assert (reading.kind, codes) == ("number", [])
    assert typed(["10.30 Uhr", "9.05 Uhr", "11 Uhr"]) == [37_800.0, 32_700.0, 39_600.0]
