import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.report.sections.picture import (
    Frame,
    Picture,
    inner_steps,
    labels,
    places_of,
    round_steps,
)

NUMBERS = st.floats(-1e6, 1e6)


@given(low=NUMBERS, size=st.floats(1e-6, 1e6), at_most=st.integers(3, 7))
def test_round_steps_span_the_range_and_are_no_more_than_asked_for(low, size, at_most):
    steps = round_steps(low, low + size, at_most)
    assert 2 <= len(steps) <= at_most
    slack = 1e-6 * max(1.0, abs(low), size)
    assert steps[0] <= low + slack
    assert steps[-1] >= low + size - slack
    assert len({round(b - a, 9) for a, b in pairwise(steps)}) <= 2


@pytest.mark.parametrize("value", [0.0, 0.07, -3.0])
def test_a_range_without_a_size_still_has_an_axis(value):
    steps = round_steps(value, value)
    assert steps[0] <= value < steps[-1]


def test_inner_steps_stay_inside():
    assert inner_steps(1, 60, 4) == [20.0, 40.0, 60.0]


def test_places_are_percentages_from_the_left_and_the_top():
    frame = Frame(0.0, 10.0, -1.0, 1.0)
    assert (frame.x(2.5), frame.y(1.0), frame.y(-0.5)) == (25.0, 0.0, 75.0)
    assert frame.line([0.0, 10.0], [1.0, -1.0]) == "M0 0L1000 1000"


def test_what_is_no_number_leaves_a_gap():
    path = Frame(0.0, 3.0, 0.0, 1.0).line(range(4), [0.0, float("nan"), 1.0, 1.0])
    assert re.findall("[ML]", path) == ["M", "M", "L"]


def test_a_band_goes_there_and_back():
    band = Frame(0.0, 1.0, 0.0, 1.0).band([0.0, 1.0], [0.0, 0.0], [1.0, 1.0])
    assert band == "M0 0L1000 0L1000 1000L0 1000Z"
    assert Frame(0.0, 1.0, 0.0, 1.0).band([0.0], [float("nan")], [1.0]) == ""


def test_the_last_label_has_the_unit():
    found = labels([0.0, 50.0], lambda value: value, "{:.0f}".format, " %")
    assert [each.text for each in found] == ["0", "50 %"]


def test_places_with_long_names_are_named_as_far_as_there_is_room():
    assert len(places_of([str(k) for k in range(6)])) == 6
    assert len(places_of(["a name of twenty let"] * 12)) < 4


def test_a_label_at_the_end_of_the_axis_has_room_beside_the_plot():
    frame = Frame(0.0, 1000.0, 0.0, 1.0)

    def picture(values):
        ticks = labels(values, frame.x, lambda value: f"{value:,.0f}")
        return Picture("", "", "", ticks_x=ticks, ticks_y=(), title_x="", shapes=())

    assert picture([200.0, 600.0]).right == picture([0.0]).right == 14
    assert picture([600.0, 1000.0]).right == 19
