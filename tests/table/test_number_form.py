"""Numbers are read as a person reads them, from the whole column, or not at all."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.table.number_form import (
    FORMS,
    NumberForm,
    forms_of,
    numbers_in,
    written_plainly,
)


def read(*texts):
    """Return the numbers in the preferred form, or None where there is none."""
    forms = forms_of(texts)
    return numbers_in(texts, forms[0]).tolist() if forms else None


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["19,-", "1.299,-", "7,50"], [19.0, 1299.0, 7.5]),
        (["19,-- €", "7,50 €"], [19.0, 7.5]),
        (["2 189,- Kč", "243,- Kč"], [2189.0, 243.0]),
        (["68'710.-", "46.50"], [68710.0, 46.5]),
        (["-5", "+3.2e-4", "1e5"], [-5, 0.00032, 1e5]),
        (["1,964", "0.5"], [1964, 0.5]),
        (["1.964", "0,5"], [1964, 0.5]),
        (["0,5", "1,25", "-3"], [0.5, 1.25, -3]),
        (["1.234.567,8", "2"], [1234567.8, 2]),
        (["1 234,5", "1\u202f234", "7"], [1234.5, 1234, 7]),
        (["1'234.5", "12"], [1234.5, 12]),
        (["12,34,567", "9,999"], [1234567, 9999]),
        (["$1,200", "-$3.50", "($7)"], [1200, -3.5, -7]),
        (["€110.5M", "€450K", "€0"], [110.5e6, 450e3, 0]),
        (["1.200,50 €", "3 €"], [1200.5, 3]),
        (["12%", "7.5 %", "0"], [12, 7.5, 0]),
        (["5 kg", "7.5kg", "0"], [5, 7.5, 0]),
        (["36 months", "60 months"], [36, 60]),
        (["3 rooms", "4 rooms"], [3, 4]),
        (["12:30", "07:05:30"], [45000, 25530]),
        (["\u22125", "3"], [-5, 3]),
        (["\uff11\uff12", "\uff13"], [12, 3]),
        (["\uff11\uff0e\uff15", "\uff0d\uff13"], [1.5, -3]),
        (["\u0661\u066b\u0665", "\u0663"], [1.5, 3]),
        (["122.58-", "2117.84"], [-122.58, 2117.84]),
        (["1.234,56-", "7,00", "2.117,84 -"], [-1234.56, 7, -2117.84]),
        (["1\u2019234.50", "CHF 7"], [1234.5, 7]),
        (["Rs. 47,61,910", "Rs. 7"], [4761910, 7]),
        (["4,76 Mio. €", "1 Mio. €"], [4.76, 1]),
        (["47.6万元", "3万元"], [47.6, 3]),
        (["4,761円", "50円"], [4761, 50]),
        (["1 year", "10 years"], [1, 10]),
        (["1 Jahr", "0,5 Jahre"], [1, 0.5]),
        (["9:43 PM", "12:08 am", "12:00 PM"], [78180, 480, 43200]),
        (["4.762E+03", "7.160E-01"], [4762, 0.716]),
        (["$ (122.58)", "$ 2,117.84", "$ -"], [-122.58, 2117.84, 0]),
        (["(122,58) €", "2,50 €"], [-122.58, 2.5]),
        (["(5)", "7"], [-5, 7]),
        (["1 days 05:10:00", "-1 days +23:59:59", "00:00:01"], [105000, -1, 1]),
        (["5 kg", "7", "0"], [5, 7, 0]),
    ],
)
def test_numbers_are_read_with_their_marks_and_units(texts, values):
    np.testing.assert_allclose(read(*texts), values)


@pytest.mark.parametrize(
    "texts",
    [
        ["A1", "A2"], ["Room 12", "Room 2"], ["1_000", "2"], ["1.2.3", "1.10"], ["5-7", "3-4"],
        ["1/2", "3/4"], ["10+", "5"], ["192.168.1.1", "10.0.0.1"], ["5 kg", "300 g"],
        ["12,34,567", "1,23"], ["1,2,3", "4"], ["$5", "5 kg"], ["", "5"], ["yes", "no"],
        ["1-", "2", "2-"], ["5 m", "3 mm"], ["12号", "3号"], ["13:05 PM", "1:00 PM"],
        ["5 -", "7 -"], ["12%", "0.13"], ["3k", "2000"], ["$ (5", "7"], ["5 (3)", "7 (2)"],
        ["5'11", "6'2"], ["2020-01-01", "2021-01-01"], ["00,500", "1,200.5,3"],
    ],
)  # fmt: skip
def test_what_is_no_number_is_not_read_as_one(texts):
    assert read(*texts) is None


def test_a_mark_that_may_be_of_decimals_or_of_thousands_gives_both_forms():
    both = forms_of(["1,964", "2,312"])

    assert [numbers_in(["1,964"], each)[0] for each in both] == [1964, 1.964]


def test_no_mark_of_thousands_stands_beside_a_power_of_ten():
    assert len(forms_of(["4.762E+03", "7.160E-01"])) == 1
    assert read("4,762E+03", "7,160E-01") == [4762, 0.716]


def test_a_unit_that_is_not_known_is_short():
    assert read("3 sheets of the finest paper", "4 sheets of the finest paper") is None


def test_a_leading_zero_or_another_count_of_digits_tells_the_mark_of_decimals():
    assert len(forms_of(["0,964", "2,312"])) == 1
    assert read("0,964", "2,312") == [0.964, 2.312]
    assert read("1,96", "2,312") == [1.96, 2.312]


def test_numbers_with_a_point_and_three_digits_are_decimals_first():
    assert read("1.964", "2.312") == [1.964, 2.312]


@given(
    st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1),
    st.sampled_from(FORMS),
)
def test_what_is_written_in_a_form_is_read_in_it(values, form):
    texts = []
    for value in values:
        sign, text = "-" if value < 0 else "", f"{abs(value):,.4f}"
        whole, decimals = text.split(".")
        texts.append(f"{sign}{whole.replace(',', form.thousands)}{form.decimal}{decimals}")

    np.testing.assert_allclose(numbers_in(texts, form), np.round(values, 4), atol=2e-4)


@given(st.lists(st.text(max_size=8), max_size=5))
def test_any_text_is_read_or_refused_in_every_form(texts):
    for form in forms_of(texts):
        assert not np.isnan(numbers_in(texts, form)).any() or "nan" in "".join(texts).lower()


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["1", "2.5", ""], [1, 2.5, np.nan]),
        (["1", None], None),
        (["1", np.nan], None),
        ([1, "2"], None),
        (["1", "x"], None),
        (["nan", "1"], None),
        (["007", "012"], None),
        (["1.964", "2.312"], None),
        (["1_000", "2"], None),
        (["20260131", "20260201"], None),
        (["0", "99999999", "20260201"], None),
        (["202601311030", "202602011030"], None),
        (["202601311030", "12"], None),
        (["20261331", "20260201"], [20261331.0, 20260201.0]),
        (["978316148410", "978000000002"], [978316148410.0, 978000000002.0]),
        (["", ""], None),
        ([], None),
    ],
)
def test_only_text_that_is_plain_numbers_is_read_at_once(cells, expected):
    found = written_plainly(pd.Series(cells, dtype=object))

    assert (found is None) == (expected is None)
    if expected is not None:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(
    ("late", "form"),
    [
        ("-$-5", "$"), ("$5$", "$"), ("-5", "kg"), ("5e", "e"), ("1,00", ""), ("-1.5 kg", "kg"),
        ("$1,234.50", "$"), ("($5)", "$"), ("- 3", ""), ("5 000", ""), ("1e3 kg", "kg"), ("", ""),
    ],
)  # fmt: skip
def test_many_numbers_are_read_as_each_alone(late, form):
    for one in FORMS:
        each = NumberForm(one.decimal, one.thousands, form)
        usual = [f"{form}12" if form == "$" else f"12 {form}".strip()] * 100
        alone = [numbers_in([text], each)[0] for text in (*usual, late)]
        np.testing.assert_array_equal(numbers_in([*usual, late], each), alone)
        np.testing.assert_array_equal(numbers_in([late, late], each), alone[-1:] * 2)
