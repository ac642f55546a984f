"""Numbers and settings as words."""

from dataclasses import replace

import numpy as np
import pytest

from dropdecay.selection.choice import choose
from dropdecay.selection.formatting import change, interval, number, percent, setting
from dropdecay.statistics.corrected import PairedDifference
from tests.selection.worlds import results_of

GAIN = PairedDifference(0.0312, 0.01, 0.012, 0.0504, 0.01, 0.95, 5)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.031234, "0.0312"), (-0.5, "-0.5"), (0.0, "0"), (2891.4, "2890"), (12.0, "12"),
        (0.0001234, "0.000123"), (1.5e-9, "1.5e-09"), (3.2e9, "3.2e+09"),
    ],
)  # fmt: skip
def test_numbers_have_three_digits_and_seldom_an_exponent(value, words):
    assert number(value) == words


@pytest.mark.parametrize(("share", "words"), [(0.123, "12 %"), (0.0123, "1.2 %"), (1.0, "100 %")])
def test_percent_has_two_digits(share, words):
    assert percent(share) == words


def test_an_interval_says_its_level_or_why_it_is_missing():
    assert interval(GAIN) == "95 % interval 0.012 to 0.0504"
    assert interval(replace(GAIN, lower=np.nan)) == "one fold gives no interval"


def test_a_gain_is_a_lower_loss_and_a_higher_score():
    size = "0.0312 (95 % interval 0.012 to 0.0504)"

    assert change(GAIN, "log loss", lower_is_better=True) == f"log loss lower by {size}"
    assert change(GAIN, "accuracy", lower_is_better=False) == f"accuracy higher by {size}"


def test_the_interval_of_a_loss_has_the_direction_of_the_words():
    worse = replace(GAIN, mean=-0.02, lower=-0.05, upper=0.01)
    size = "0.02 (95 % interval -0.01 to 0.05)"

    assert change(worse, "log loss", lower_is_better=True) == f"log loss higher by {size}"
    assert change(worse, "accuracy", lower_is_better=False) == f"accuracy lower by {size}"


def test_a_setting_names_what_it_switches_on():
    point = choose(results_of(np.ones((1, 1, 2)))).best

    assert setting(point) == "no regularization"
    assert setting(replace(point, dropout=0.2)) == "dropout 0.2"
    assert setting(replace(point, weight_decay=0.1)) == "weight decay 0.1"
    assert setting(replace(point, dropout=0.2, weight_decay=3.0)) == (
        "dropout 0.2 with weight decay 3"
    )
