"""Numbers and kinds of points as words."""

from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.selection.formatting import (
    amount,
    capitalized,
    change,
    decimals_within,
    interval,
    kind_in_words,
    number,
    percent,
    regularization,
)
from dropdecay.statistics.corrected import PairedDifference

GAIN = PairedDifference(0.0312, 0.01, 0.012, 0.0504, 0.01, 0.95, 5)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.031234, "0.0312"), (-0.5, "-0.5"), (0.0, "0"), (2891.4, "2,890"), (12.0, "12"),
        (0.0001234, "0.000123"), (1.5e-9, "1.5e-09"), (3.2e9, "3.2e+09"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_and_seldom_an_exponent(value, words):
    assert number(value) == words


@pytest.mark.parametrize(("share", "words"), [(0.123, "12 %"), (0.0123, "1.2 %"), (1.0, "100 %")])
def test_percent_has_two_digits(share, words):
    assert percent(share) == words


def test_an_interval_says_its_level_or_why_it_is_missing():
    assert interval(GAIN) == "95 % interval 0.012 to 0.050"
    assert interval(replace(GAIN, lower=np.nan)) == "no interval with a single fold"


def test_a_gain_is_a_lower_loss_and_a_higher_score():
    size = "0.031 (95 % interval 0.012 to 0.050)"

    assert change(GAIN, "log loss", lower_is_better=True) == f"log loss lower by {size}"
    assert change(GAIN, "accuracy", lower_is_better=False) == f"accuracy higher by {size}"


def test_the_interval_of_a_loss_has_the_direction_of_the_words():
    worse = replace(GAIN, mean=-0.02, lower=-0.05, upper=0.01)
    size = "0.02 (95 % interval -0.01 to 0.05)"

    assert change(worse, "log loss", lower_is_better=True) == f"log loss higher by {size}"
    assert change(worse, "accuracy", lower_is_better=False) == f"accuracy lower by {size}"


@pytest.mark.parametrize(
    ("kind", "axes", "words"),
    [
        ("none", ["dropout", "weight_decay"], "no regularization"),
        ("dropout", ["dropout", "weight_decay"], "dropout alone"),
        ("weight_decay", ["dropout", "weight_decay"], "weight decay alone"),
        ("together", ["dropout", "weight_decay"], "dropout with weight decay"),
        ("together", ["dropout", "weight_decay", "limit"], "a combination"),
        ("limit", ["limit"], "limit"),
    ],
)
def test_a_kind_of_points_has_the_printed_names_of_its_axes(kind, axes, words):
    assert kind_in_words(kind, axes) == words


def test_what_regularizes_is_named_and_what_is_tuned_is_not():
    point = Point.of(dropout=0.2, limit=None, step_size=0.003, weight_decay=3.0)

    assert regularization(point) == "dropout 0.2 with weight decay 3"
    assert regularization(Point.of(dropout=0.0, step_size=0.003)) == "no regularization"


def test_only_the_first_letter_is_capitalized():
    assert capitalized("dropout with L2") == "Dropout with L2"


@pytest.mark.parametrize(
    ("lower", "upper", "decimals"),
    [
        (0.0372, 0.128, 2),  # +- 0.05
        (-0.00195, 0.0084, 3),
        (0.949, 1.011, 2),  # a slope
        (2.1e6, 2.9e6, -5),
        (-np.inf, 0.1, None),
        (np.nan, np.nan, None),
        (0.2, 0.2, None),
    ],
)
def test_an_interval_says_how_many_decimals_mean_anything(lower, upper, decimals):
    assert decimals_within(lower, upper) == decimals


@pytest.mark.parametrize(
    ("value", "decimals", "words"),
    [
        (0.0828, 2, "0.08"), (0.0996, 3, "0.100"), (-0.004, 2, "0"), (2612345.0, -5, "2,600,000"),
        (2.7712e9, -7, "2.77e+09"), (0.0000012, 7, "1.2e-06"),
    ],
)  # fmt: skip
def test_a_number_has_the_decimals_of_its_error(value, decimals, words):
    assert number(value, decimals) == words


def test_a_size_below_its_last_decimal_is_told_as_less_than_that():
    assert amount(0.0000454, 4) == "less than 0.0001"
    assert amount(0.0, 4) == "0"
    assert amount(0.0000454, None) == "0.0000454"
