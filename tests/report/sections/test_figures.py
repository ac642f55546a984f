import math

import pytest

from dropdecay.report.sections.figures import (
    chance_text,
    count,
    decimals_of,
    figure,
    gain_share,
    interval_decimals,
    range_text,
    spread,
    tick,
)


@pytest.mark.parametrize(
    ("errors", "decimals"),
    [([0.0061], 3), ([0.0015, 0.02], 4), ([12.0], 0), ([900.0], -2), ([1387.0], -2),
     ([math.nan, None, 0.0], 3)],
)  # fmt: skip
def test_decimals_end_at_the_first_digit_of_the_smallest_error_or_its_second_after_a_one(
    errors, decimals
):
    assert decimals_of(errors) == decimals


def test_a_figure_shows_no_more_than_its_error_allows():
    decimals = decimals_of([0.0061])
    assert f"{figure(0.0608, decimals)} {spread(0.0061, decimals)}" == "0.061 ±\u00a00.006"
    assert figure(59720.4, decimals_of([1387.0])) == "59,700"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0000454, "<\u00a00.001"), (-0.0000454, "<\u00a00.001"), (0.0, "0.000"), (2501, "2,501.000"),
     (-0.0123, "\u22120.012"), (None, "\u2013"), (math.nan, "\u2013")],
)  # fmt: skip
def test_tiny_large_negative_and_missing_figures(value, text):
    assert figure(value, 3) == text


def test_only_a_difference_has_a_sign():
    assert (figure(0.012, 3), figure(0.012, 3, sign=True)) == ("0.012", "+0.012")


def test_an_interval_by_itself_has_two_digits_of_its_wider_end():
    assert range_text(0.031, 0.141, interval_decimals(0.031, 0.141)) == "0.03 to 0.14"
    assert range_text(-0.01, 0.004, 3) == "\u22120.010 to 0.004"
    assert range_text(-0.00001, 0.004, 3) == "0.000 to 0.004"
    assert range_text(None, 0.1, 3) == ""


def test_chances_are_never_certain_and_gains_are_whole_from_five_percent_on():
    assert [chance_text(c) for c in (0.999, 0.94, 0.001)] == [
        ">\u00a099\u00a0%", "94\u00a0%", "<\u00a01\u00a0%",
    ]  # fmt: skip
    assert [gain_share(g) for g in (0.14, 0.012)] == ["14\u00a0%", "1.2\u00a0%"]


def test_ticks_and_counts():
    assert [tick(v) for v in (0.0, -0.5, 20000.0)] == ["0", "\u22120.5", "20,000"]
    assert [count(n, "row") for n in (1, 2501)] == ["1\u00a0row", "2,501\u00a0rows"]
