import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.report import numbers
from dropdecay.report.numbers import (
    chance,
    chance_in_words,
    count,
    difference,
    duration,
    figure,
    interval,
    percent_with_error,
    share,
    share_interval,
    share_within,
    with_error,
    with_true_minus,
)
from dropdecay.selection.decimals import decimals_of


def plain(printed):
    return printed.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (0.0608, 3, "0.061"),
        (0.0000454, 3, "< 0.001"),
        (-0.0000454, 3, "< 0.001"),
        (0.4, 0, "< 1"),
        (2_625_322.0, -5, "2,600,000"),
        (12.0, -2, "< 100"),
        (0.0, 3, "0.000"),
        (-0.5, 2, "−0.50"),
        (2501.4, 0, "2,501"),
        (None, 3, "–"),
        (math.inf, 3, "–"),
        (1.5e12, 2, "1.500e+12"),
        (-1.5e-20, 2, "< 0.01"),
    ],
)
def test_figures(value, decimals, printed):
    assert plain(figure(value, decimals)) == printed


def test_a_sign_stands_on_differences_alone():
    assert difference(0.012, 3) == "+0.012"
    assert difference(-0.003, 3) == "−0.003"
    assert plain(difference(0.00001, 3)) == "< 0.001"
    assert difference(0.0, 1) == "0.0"
    assert difference(None, 1) == "–"


def test_errors_and_intervals():
    assert plain(with_error(0.0608, 0.0061)) == "0.061 ± 0.006"
    assert plain(with_error(0.5, None)) == "0.5000"
    assert plain(percent_with_error(0.981, 0.0068)) == "98.1 % ± 0.7"
    assert plain(with_error(0.5, 0.0)) == "0.5000"  # all folds say the same: nothing to tell
    assert plain(percent_with_error(0.6, 0.0)) == "60.0 %"
    assert plain(percent_with_error(0.6, 1e-17)) == "60.0 %"
    assert interval(0.0307, 0.1412) == "0.03 to 0.14"
    assert interval(-0.0001, 0.022) == "0 to 0.022"
    assert interval(-0.013, 0.022) == "−0.013 to 0.022"
    assert interval(None, 1.0) == "–"


def test_shares_and_chances():
    assert [plain(share(each)) for each in (0.142, 0.0123, -0.034, 0.0, -1e-9)] == [
        "14 %", "1.2 %", "−3.4 %", "0 %", "0 %",
    ]  # fmt: skip
    assert plain(share_interval(0.012, 0.277)) == "1 to 28 %"
    assert plain(share_interval(0.002, 0.08)) == "0.2 to 8 %"
    assert plain(share_interval(0.0, 0.08)) == "0 to 8 %"
    assert plain(share_interval(-0.0034, 0.0412)) == "−0.3 to 4.1 %"
    assert [plain(chance(each)) for each in (0.9949, 0.985, 0.99, 0.5, 0.004, 0.0)] == [
        "> 99 %", "98 %", "99 %", "50 %", "< 1 %", "< 1 %",
    ]  # fmt: skip


def test_a_share_has_no_more_digits_than_its_interval():
    assert plain(share_within(0.037, -0.02, 0.09)) == "4 %"
    assert plain(share_within(0.009, -0.022, 0.041)) == "0.9 %"


def test_negative_numbers_in_sentences_have_a_minus_and_options_keep_their_hyphens():
    said = with_true_minus("interval -0.01 to 0.05 (correlation -0.91): --lr 1e-3, age-12")
    assert said == "interval −0.01 to 0.05 (correlation −0.91): --lr 1e-3, age-12"


def test_in_a_sentence_the_ends_of_chances_are_words():
    assert [plain(chance_in_words(each)) for each in (0.999, 0.98, 0.001)] == [
        "more than 99 %", "98 %", "less than 1 %",
    ]  # fmt: skip


def test_counts_and_times():
    assert count(2501) == "2,501"
    assert [plain(duration(each)) for each in (0.04, 2.94, 46.2, 59.7, 333, 4800, 7199)] == [
        "0.0 s", "2.9 s", "46 s", "1:00", "5:33", "1 h 20", "2 h 00",
    ]  # fmt: skip


finite = st.floats(-1e8, 1e8, allow_subnormal=False)


@given(finite, st.integers(0, 8))
def test_a_figure_reads_back_to_its_last_decimal_and_is_never_minus_zero(value, decimals):
    printed = figure(value, decimals)
    assert printed not in {f"−{0:.{decimals}f}", f"-{0:.{decimals}f}"}
    if printed.startswith("<"):
        assert abs(value) <= 0.5 * 10.0**-decimals * (1 + 1e-9)
    else:
        read = float(printed.replace(",", "").replace(numbers.MINUS, "-"))
        assert abs(read - value) <= 0.5 * 10.0**-decimals + 1e-9 * abs(value)


@given(st.floats(1e-7, 1e6))
def test_an_error_has_one_digit_or_two_that_begin_with_a_one(error):
    digits = f"{error:.{max(0, decimals_of(error))}f}".replace(".", "").lstrip("0")
    if error < 1.0:
        assert len(digits) == (2 if digits[0] == "1" else 1)
    assert figure(error, decimals_of(error)).strip("0.,")
