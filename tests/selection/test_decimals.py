"""Decimals follow from errors and intervals."""

import math

import pytest

from dropdecay.selection.decimals import decimals_beside, decimals_of, decimals_of_interval


@pytest.mark.parametrize(
    ("errors", "decimals"),
    [
        (0.0061, 3),
        (0.012, 3),
        (0.0097, 3),  # 0.010
        (0.3, 1),
        (1.4, 1),
        (2.5, 0),
        (25.0, -1),
        (140.0, -1),
        ([0.012, 0.006, 0.1], 3),
        ([math.nan, 0.0, 0.02], 2),
        ([], 4),
        (math.nan, 4),
        (1e-12, 8),
    ],
)
def test_decimals_show_the_first_digit_of_an_error_and_a_second_after_a_one(errors, decimals):
    assert decimals_of(errors) == decimals


@pytest.mark.parametrize(
    ("lower", "upper", "decimals"),
    [
        (0.0307, 0.1412, 2),
        (-0.0001, 0.022, 3),
        (0.0, 0.0, 4),
        (math.nan, math.nan, 4),
        (-250, 9, -1),
    ],
)
def test_the_wider_end_of_an_interval_is_shown_with_two_digits(lower, upper, decimals):
    assert decimals_of_interval(lower, upper) == decimals


def test_a_tiny_error_among_others_adds_at_most_a_decimal_to_what_leaders_need():
    assert decimals_beside([0.006, 0.0005], [0.006]) == 4
    assert decimals_beside([0.006, 0.0000005], [0.006]) == 4
    assert decimals_beside([0.006, 0.004], [0.006]) == 3
    assert decimals_beside([0.006, 0.0000005], [math.nan]) == 7
