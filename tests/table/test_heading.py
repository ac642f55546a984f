"""What stands before the rows: nothing is guessed in doubt, and what is decided is told."""

import pytest

from tests.table.texts import names, notes, read, rows

# No header


NO_NAMES = "No line of column names: the columns are called 'column 1' to 'column {}'."


@pytest.mark.parametrize(
    "text",
    [
        "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,3.3,virginica\n",
        "vhigh,vhigh,2,unacc\nvhigh,high,2,unacc\nhigh,vhigh,5more,acc\n",
        "63,1,145,233\n67,1,160,286\n41,0,130,204\n70,1,140,230\n",
        "2020-01-01,5\n2020-01-02,6\n2020-01-03,4\n",
        "?,2,?\n1,3,x\n2,2,x\n",
        "1;-2,5;3\n2;1,5;4\n",
        "yes,1\nno,0\nyes,1\n",
        " 0.006  18.00   2.310  0\n 0.027   0.00   7.070  0\n",
    ],
)
def test_a_first_row_of_values_leaves_columns_numbered(text):
    found = read(text)

    width = len(found[0])
    assert found[0] == [f"column {number}" for number in range(1, width + 1)]
    assert len(found[1]) == len(text.splitlines())
    assert found[2] == [NO_NAMES.format(width)]


@pytest.mark.parametrize(
    "text",
    [
        "0,1,2,3\n0,0,12,3\n1,5,0,1\n",  # pandas without names
        "2019,2020,2021\n3,4,5\n5,6,6\n",
        "400.5,401.0,401.5\n0.1,0.2,0.3\n0.2,0.1,0.4\n",  # wavelengths
        "name,city\nBob,Rome\nAnn,Paris\n",
        "Bob,Rome\nAnn,Paris\nJoe,Berlin\n",
        "name,city\nBob,Rome\nname,city\nAnn,Paris\n",  # two files joined
        "country,2020-01-01,2020-01-02\nFrance,1,2\nSpain,2,3\n",
        "x\n1\n2\n",
        "5\n1\n2\n",
    ],
)
def test_a_first_row_that_may_be_names_is_names(text):
    assert names(text) == text.splitlines()[0].split(",")


# Lines before the header


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;", "sep=;;;"])
def test_a_line_for_excel_says_the_separator(line):
    assert read(f"{line}\na;b\n1,5;2\n3,5;4\n")[:2] == (["a", "b"], [["1,5", "2"], ["3,5", "4"]])


@pytest.mark.parametrize("mark", ["#", "%", "# ", "##"])
def test_comments_before_the_header_are_left_out_and_told(mark):
    text = f"{mark}made by X, it's new\n\n{mark}on Monday\nage,y\n3,1\n4,0\n"

    assert read(text) == (
        ["age", "y"],
        [["3", "1"], ["4", "0"]],
        ["2 comment lines at the beginning left out."],
    )


def test_comments_before_rows_without_header_are_left_out():
    assert rows("% x\n1.5,a\n2.5,a\n1.7,b\n") == [["1.5", "a"], ["2.5", "a"], ["1.7", "b"]]


def test_names_may_stand_in_a_comment():
    assert names("# age,height,y\n3,1.5,1\n4,0.5,0\n") == ["age", "height", "y"]
    assert names("# x\n# age height y\n3 1.5 1\n4 0.5 0\n") == ["age", "height", "y"]


def test_a_name_may_begin_with_a_comment_mark():
    assert names("#rooms,price\n3,100\n4,200\n") == ["#rooms", "price"]
    assert names("% fat,y\n3,100\n4,200\n") == ["% fat", "y"]
    assert names("##x=1\n#CHROM\tPOS\n1\t10\n2\t20\n") == ["#CHROM", "POS"]


@pytest.mark.parametrize(
    ("before", "shown"),
    [
        ("Report of May\n", "1 line before the column names left out: 'Report of May'."),
        (
            "Report of May;;\n;;\n",
            "2 lines before the column names left out, from 'Report of May' on.",
        ),
        (
            "Station;X\nHeight;34 m\n\n",
            "2 lines before the column names left out, from 'Station' on.",
        ),
    ],
)
def test_a_title_is_left_out_and_told(before, shown):
    found = read(f"{before}age;city;y\n3;Rome;1\n4;Paris;0\n")

    assert found == (["age", "city", "y"], [["3", "Rome", "1"], ["4", "Paris", "0"]], [shown])


def test_a_title_over_two_columns_is_no_short_header():
    assert names("My data\na,b\n1,2\n3,4\n") == ["a", "b"]


# A second header


@pytest.mark.parametrize(
    "second",
    [
        "(cm),(kg),",
        "[cm],[kg],[-]",
        "cm,kg,name",
        "cm,cm,",
        "float,float,str",
        "length,weight,sort",
    ],
)
def test_a_line_of_units_is_left_out_and_told(second):
    text = f"len,wid,sort\n{second}\n1,2,a\n3,4,b\n"

    assert names(text) == ["len", "wid", "sort"]
    assert rows(text) == [["1", "2", "a"], ["3", "4", "b"]]
    assert notes(text) == [
        f"The second line of column names, such as {second.split(',')[0]!r}, left out."
    ]


@pytest.mark.parametrize("first", ["a,a,b", "a,,b"])
def test_two_lines_that_name_the_columns_together_are_joined(first):
    text = f"{first}\nx,y,x\n1,2,3\n4,5,6\n"

    assert names(text) == ["a x", "a y", "b x"]
    assert notes(text) == ["Two lines of column names joined: 'a x', 'a y', 'b x'."]


@pytest.mark.parametrize(
    "row",
    ["Bob,unknown,Rome", "Bob,NA,Rome", "Bob,?,?", "Bob,old,Rome", ",offline,Rome", "Bob,,Rome"],
)
def test_a_row_with_a_word_among_numbers_is_no_line_of_units(row):
    assert rows(f"name,age,city\n{row}\nAnn,31,Paris\nAl,33,Paris\n")[0] == row.split(",")


def test_words_for_missing_values_are_no_units():
    assert rows("a,b,c\nNA,?,-\n1,2,3\n2,3,4\n")[0] == ["NA", "?", "-"]


def test_the_same_word_above_all_numbers_may_be_a_value():
    assert rows("a,b,c\noffline,offline,offline\n1,2,3\n2,3,4\n")[0] == 3 * ["offline"]


# Ends of lines and marks


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_ends_of_lines_and_a_mark_at_the_start_do_not_matter(end, mark):
    assert read(mark + end.join(["a,b", "1,2", "3,4", ""])) == (
        ["a", "b"],
        [["1", "2"], ["3", "4"]],
        [],
    )


def test_files_joined_with_their_marks_and_headers_are_one():
    assert read("\ufeffa,b\n1,2\n\ufeffa,b\n3,4\n") == (
        ["a", "b"],
        [["1", "2"], ["3", "4"]],
        ["1 line repeating the column names left out."],
    )


def test_the_mark_with_which_dos_ends_a_file_is_no_row():
    assert rows("a,b\r\n1,2\r\n\x1a") == [["1", "2"]]


def test_a_name_may_go_over_two_lines():
    assert read('"a\nb",c\n1,2\n3,4\n')[:2] == (["a\nb", "c"], [["1", "2"], ["3", "4"]])


@pytest.mark.parametrize("kinds", ["c\tdiscrete\tno yes", "continuous\td\td"])
@pytest.mark.parametrize("roles", ["\tmeta\tclass", "\t\tc a=b", "i\t\tclass"])
def test_the_lines_in_which_orange_keeps_kinds_and_roles_are_left_out_and_told(kinds, roles):
    text = f"age\ttown\tleft\n{kinds}\n{roles}\n31\tUlm\tno\n47\tBern\tyes\n"

    assert names(text) == ["age", "town", "left"]
    assert rows(text) == [["31", "Ulm", "no"], ["47", "Bern", "yes"]]
    assert notes(text) == ["The lines in which Orange keeps kinds and roles of columns left out."]


@pytest.mark.parametrize("letters", [
    "c\td\ts\nc\tm\ti\nd\tw\tc\n",  # letters that are values: no role is left open
    "c\td\ts\n\tx\tclass\nd\tw\tc\n",
    "Ulm\td\ts\n\tm\tclass\nd\tw\tc\n",
])  # fmt: skip
def test_rows_of_letters_are_no_lines_of_orange(letters):
    assert "Orange" not in str(notes(f"one\ttwo\tthree\n{letters}"))


def test_the_line_in_which_a_logger_describes_itself_is_left_out_and_told():
    text = (
        '"TOA5","CR1000","CR1000","2313","CR1000.Std.28","CPU:x.CR1","47123","Table1"\n'
        '"TIMESTAMP","RECORD","AirTC","RH"\n"TS","RN","Deg C","%"\n"","","Avg","Smp"\n'
        + "".join(f'"2021-06-01 {hour:02d}:00:00",{hour},{hour}.5,7\n' for hour in range(9))
    )
    assert names(text) == ["TIMESTAMP", "RECORD", "AirTC", "RH"]
    assert rows(text)[0] == ["2021-06-01 00:00:00", "0", "0.5", "7"]
    (told,) = notes(text)
    assert told == "The lines in which a data logger keeps its settings and units left out."


@pytest.mark.parametrize("question", ['"Start Date","How old, in years?"\n', ""])
def test_the_lines_in_which_qualtrics_keeps_questions_are_left_out_and_told(question):
    ids = '"{""ImportId"":""startDate""}","{""ImportId"":""QID2""}"\n'
    text = "StartDate,Q2\n" + question + ids + "2022-03-01,30\n2022-03-02,40\n"
    assert names(text) == ["StartDate", "Q2"]
    assert rows(text) == [["2022-03-01", "30"], ["2022-03-02", "40"]]
    assert "Qualtrics" in notes(text)[0]
