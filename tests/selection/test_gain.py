"""A gain's chances agree with its interval."""

import math

import pytest

from dropdecay.selection.gain import Gain


def gain_of(mean=0.2, error=0.1, **more):
    return Gain(
        **{
            "mean": mean, "lower": mean - 1.959964 * error, "upper": mean + 1.959964 * error,
            "standard_error": error, "level": 0.95, "baseline": 5.0, "margin": 0.05,
            "n_repeats": 3, "n_rows": 100, "by_repeat": (mean,) * 3, "intervals": (),
            "is_exhausted": False, **more,
        }
    )  # fmt: skip


def test_at_the_end_of_the_interval_the_chance_is_that_of_the_level():
    assert gain_of(0.1959964, 0.1).chance == pytest.approx(0.975)
    assert gain_of(-0.1959964, 0.1).chance == pytest.approx(0.025)
    assert gain_of(0.05 + 0.1959964, 0.1).chance_of_margin == pytest.approx(0.975)


def test_the_chance_of_no_difference_is_what_lies_between_both_margins():
    gain = gain_of(0.0, 0.05)
    assert gain.chance_within_margin == pytest.approx(0.6826895)
    assert gain.chance_of_margin == pytest.approx((1 - 0.6826895) / 2)


def test_nothing_was_tested_without_an_interval_or_where_nothing_competed():
    assert gain_of(0.2, math.nan).is_untested
    assert gain_of(0.0, 0.0).is_untested
    assert not gain_of(0.2, 0.0).is_untested
    assert not gain_of(0.0, 0.1).is_untested
