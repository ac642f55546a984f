"""Text that a person would take for numbers or dates is told, and other text is not."""

import pytest

from dropdecay.table.unread import what_is_unread

TENS = [str(each) for each in range(10, 30)]


def each_as(form):
    return [form.format(number) for number in TENS]


@pytest.mark.parametrize(
    ("values", "held"),
    [
        ([*each_as("{}.5"), "<3.2", ">100"], "numbers"),
        ([*each_as("€{}"), *each_as("£{}")], "numbers"),
        ([*each_as("{} cm"), *each_as("{} mm")], "numbers"),
        ([*each_as("{}K"), *each_as("{}M")], "numbers"),
        ([*each_as("{},5"), *each_as("{}.5")], "numbers"),
        ([*each_as("{}.5 CR"), *each_as("{}.5 DR")], "numbers"),
        (each_as("{}.25N"), "numbers"),
        ([*each_as("{}.5*"), *each_as("{}.5")], "numbers"),
        (each_as("{}.5 ± 0.1"), "numbers"),
        (each_as('="{}.5"'), "numbers"),
        ([*TENS, ">100"], "numbers"),
        ([*TENS, "40+", "50+", "60+"], "numbers"),
        (each_as("2.{}·10^3"), "numbers"),
        (each_as("1.{}[a]"), "numbers"),
        (each_as("np.float64(0.{})"), "numbers"),
        (each_as("昭和{}年5月4日"), "dates"),
        (each_as("2021年1月{}日 下午1:05"), "dates"),
        (each_as("{} Jan 2020 10:00 +0200"), "dates"),
        (each_as("1{}/77"), "several numbers a cell"),
        (each_as("2h {}min"), "several numbers a cell"),
        (each_as("{} 1/2"), "several numbers a cell"),
        (each_as("70.{} [68.0-72.3]"), "several numbers a cell"),
        (each_as("{} (45%)"), "several numbers a cell"),
        ([*each_as("{}*"), *each_as("{}")], "numbers"),
        ([f"2021-W{each}-3" for each in TENS], "dates"),
        (each_as("{}万207円"), "several numbers a cell"),
        (each_as("5y {}m"), "several numbers a cell"),
        (each_as("9,{},5"), "several numbers a cell"),
        (each_as("築{}年"), "numbers"),
        (each_as("PT1H{}M"), "several numbers a cell"),
        (each_as("1920x{}"), "several numbers a cell"),
        (each_as("59°{}'10\""), "several numbers a cell"),
        (each_as("59°{}'10\"N"), "several numbers a cell"),
        (each_as("52.{}, 7.5"), "several numbers a cell"),
        (each_as("[0.5 0.{}]"), "several numbers a cell"),
        (each_as("POINT (7.5 {}.5)"), "several numbers a cell"),
    ],
    ids=lambda each: each if isinstance(each, str) else each[0],
)
def test_what_a_person_would_read_is_told(values, held):
    assert what_is_unread(values).sentence.startswith(f"seems to hold {held}, such as")


@pytest.mark.parametrize(
    "values",
    [
        each_as("K{}"), each_as("{}A"), each_as("E11.{}"), each_as("192.168.1.{}"),
        each_as("v1.{}.0"), each_as("{} Main Street"), each_as("P-00{}"), each_as("page {}"),
        each_as("{}-30"), each_as("#{}"), [*each_as("{}A"), *each_as("{}B")],
        ["18-25", "26-35", "36-50", "50+"], ["red", "green", "blue"] * 5, each_as("{}.5")[:5],
    ],
    ids=lambda each: each[0],
)  # fmt: skip
def test_codes_and_words_are_not(values):
    assert what_is_unread(values) is None


def test_two_values_that_are_written_otherwise_are_shown():
    told = what_is_unread([*each_as("{}.5"), "<3.2"])

    assert told.remedy == "write them as plain numbers, in one unit"
    assert told.sentence == (
        "seems to hold numbers, such as '10.5' and '<3.2', which cannot be read: it is taken as "
        "text."
    )


def test_the_one_day_that_is_in_no_calendar_is_shown():
    told = what_is_unread([*each_as("{}.01.2021"), "30.02.2021"])

    assert "such as '10.01.2021' and '30.02.2021'" in told.sentence
