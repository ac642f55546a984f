import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.axes import (
    Axes,
    Axis,
    Point,
    parse_axis,
    printed_value,
    restored_value,
    stored_values,
)
from dropdecay.errors import BadSetting
from dropdecay.knob_steps import (
    doubled,
    half_decades_above,
    half_decades_below,
    halved,
    longer_memory,
    rates_above,
    rates_below,
    shorter_memory,
)
from dropdecay.knobs import AXES
from dropdecay.settings import Network, Regularization, Schedule, Setting

SETTING = Setting(Network(None, (8, 8), 3), Regularization(), Schedule(5, 10))


@pytest.mark.parametrize("name", AXES)
def test_the_neutral_value_of_a_knob_is_what_a_setting_has_where_nothing_is_said(name):
    knob = AXES[name]
    if knob.regularizes:
        assert Point.of(**{name: knob.neutral}).applied_to(SETTING) == SETTING


@pytest.mark.parametrize("name", AXES)
def test_a_knob_changes_its_own_field_and_no_other(name):
    knob = AXES[name]
    value = {"max_norm": 3.0, "activation": "tanh"}.get(name, 0.25)
    changed = Point.of(**{name: value}).applied_to(SETTING)
    assert getattr(getattr(changed, knob.home), knob.field) == value
    assert (
        Point.of(**{name: getattr(getattr(SETTING, knob.home), knob.field)}).applied_to(changed)
        == SETTING
    )


@pytest.mark.parametrize("name", AXES)
def test_every_row_says_what_it_is_called(name):
    knob = AXES[name]
    assert knob.name == name
    assert knob.printed
    assert knob.home in ("network", "regularization", "schedule")
    assert "--" in knob.how_to_give


def test_values_are_checked_ordered_and_taken_once():
    assert Axis.of("dropout", [0.5, 0, 0.5, 0.1]).values == (0.0, 0.1, 0.5)
    assert Axis.of("weight_decay", 3).values == (3.0,)
    with pytest.raises(BadSetting, match=r"dropout must lie in \[0, 1\). Got 1.5"):
        Axis.of("dropout", [0, 1.5])
    with pytest.raises(BadSetting, match="weight_decay must be a finite number, 0 or larger"):
        Axis.of("weight_decay", [math.nan])
    with pytest.raises(BadSetting, match="dropout needs at least one value"):
        Axis.of("dropout", [])
    with pytest.raises(BadSetting, match="needs a value or a sequence"):
        Axis.of("dropout", object())


@given(values=st.lists(st.floats(0, 0.99), min_size=1))
def test_an_axis_of_numbers_ascends_without_repetitions(values):
    assert list(Axis.of("dropout", values).values) == sorted(set(values))


def test_an_unknown_axis_is_refused_with_the_one_that_comes_near():
    with pytest.raises(BadSetting, match="Did you mean 'dropout'"):
        Axis.of("drop_out", [0.1])


def test_one_rate_per_layer_is_a_value_too():
    axis = Axis.of("dropout", [0.2, (0.5, 0.1), 0.0])
    assert axis.values == (0.0, 0.2, (0.5, 0.1))
    changed = Point.of(dropout=(0.5, 0.1)).applied_to(SETTING)
    assert changed.regularization.hidden_rates(2) == (0.5, 0.1)
    with pytest.raises(BadSetting, match="has 3 rates"):
        Point.of(dropout=(0.5, 0.1, 0.2)).applied_to(SETTING)


def test_rates_of_zero_in_every_layer_are_no_dropout():
    axes = Axes.of({"dropout": [0.0, (0.0, 0.0), (0.1, 0.2)]})
    assert axes["dropout"].values == (0.0, (0.1, 0.2))
    assert Point.of(dropout=axes["dropout"].values[0]).kind == "none"


def test_points_are_the_grid_with_the_first_axis_varying_slowest():
    axes = Axes.of({"dropout": (0, 0.2), "weight_decay": (0, 1, 3)})
    assert axes.n_points == len(axes.points) == 6
    assert [point["dropout"] for point in axes.points] == [0, 0, 0, 0.2, 0.2, 0.2]
    assert axes.joined_by("dropout", (0.1,))["dropout"].values == (0.0, 0.1, 0.2)
    assert len({*axes.points, *axes.points}) == 6


@pytest.mark.parametrize(
    ("dropout", "weight_decay", "kind", "words"),
    [
        (0.0, 0.0, "none", "no regularization"),
        (0.2, 0.0, "dropout", "dropout 0.2"),
        (0.0, 3.0, "weight_decay", "weight decay 3"),
        (0.2, 3.0, "together", "dropout 0.2 with weight decay 3"),
    ],
)
def test_a_point_says_what_regularizes_at_it(dropout, weight_decay, kind, words):
    point = Point.of(dropout=dropout, weight_decay=weight_decay)
    assert point.kind == kind
    assert str(point) == words
    assert point.described() == f"dropout {dropout:g}, weight decay {weight_decay:g}"


def test_three_or_more_active_axes_are_listed():
    point = Point.of(dropout=0.2, weight_decay=1.0, max_norm=4.0, learning_rate_init=0.01)
    assert str(point) == "dropout 0.2, weight decay 1 and max-norm 4, learning rate 0.01"
    three = Point.of(dropout=0.2, weight_decay=1.0, max_norm=4.0, input_dropout=0.0)
    assert str(three) == "dropout 0.2, weight decay 1 and max-norm 4"


def test_an_axis_is_read_as_the_command_line_writes_it():
    assert parse_axis("dropout=0, 0.1,0.3/0.5") == Axis.of("dropout", [0, 0.1, (0.3, 0.5)])
    for text in ("dropout", "dropout=", "=0,1"):
        with pytest.raises(BadSetting):
            parse_axis(text)
    with pytest.raises(BadSetting, match="dropout must be a number"):
        parse_axis("dropout=much")


VALUES = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1),
    st.lists(st.one_of(st.floats(0, 0.9), st.tuples(st.floats(0, 0.9), st.floats(0, 0.9))),
             min_size=1),
    st.lists(st.sampled_from(["relu", "tanh", "none"]), min_size=1),
)  # fmt: skip


@given(VALUES)
def test_stored_values_come_back(values):
    assert [restored_value(each) for each in stored_values(values)] == values


@pytest.mark.parametrize(
    ("value", "text"), [(None, "none"), (0.30000000001, "0.3"), ((0.1, 0.5), "0.1/0.5"), ("x", "x")]
)
def test_values_are_printed_short(value, text):
    assert printed_value(value) == text


@given(st.floats(1e-6, 25))
def test_half_decades_lie_beyond_a_value_and_within_the_limit(value):
    above, below = half_decades_above(value), half_decades_below(value)
    assert list(above) == sorted(above)
    assert list(below) == sorted(below, reverse=True)
    assert all(value < each <= 30 for each in above)
    assert len(below) == 2
    assert all(0 < each < value for each in below)


def test_rates_go_on_by_tenths_and_by_halves():
    assert rates_above(0.5) == (0.6, 0.7)
    assert rates_above(0.75) == (0.8,)
    assert rates_above(0.8) == ()
    assert rates_below(0.2) == (0.1, 0.0)
    assert rates_below(0.0) == ()


def test_memories_grow_and_shrink_tenfold_and_end_at_10_000_steps_and_at_none():
    assert longer_memory(0.9) == (0.99,)
    assert longer_memory(0.9995) == (0.9999,)
    assert longer_memory(0.9999) == ()
    assert shorter_memory(0.999) == (0.99, 0.0)
    assert shorter_memory(0.5) == (0.0,)
    assert shorter_memory(0.0) == ()


def test_parameters_of_mixing_double_up_to_4_and_halve_down_to_none():
    assert doubled(2.0) == (4.0,)
    assert doubled(2.5) == doubled(0.0) == ()
    assert halved(0.4) == (0.2, 0.0)
    assert halved(0.0) == ()


def test_bounds_of_norms_are_ordered_from_none_to_the_tightest():
    axis = Axis.of("max_norm", [2, None, 4])
    assert axis.values == (None, 4.0, 2.0)
    assert axis.knob.stronger(2.0) == (1.0, 0.5)
    assert axis.knob.stronger(None) == axis.knob.weaker(None) == ()
    assert parse_axis("max_norm=none,2,4") == axis
    assert Point.of(max_norm=None).kind == "none"
    with pytest.raises(BadSetting, match="max_norm must be a finite number larger than 0"):
        Axis.of("max_norm", [0])


def test_a_tuned_axis_has_no_neutral_value_and_goes_on_at_both_ends():
    axis = Axis.of("learning_rate_init", [0.01, 0.001])
    assert axis.values == (0.001, 0.01)
    assert axis.knob.weaker(0.001) == (0.0003, 0.0001)
    assert axis.knob.stronger(0.1) == ()
    point = Point.of(dropout=0.0, learning_rate_init=0.01)
    assert point.kind == "none"
    assert str(point) == "no regularization, learning rate 0.01"
    assert point.applied_to(SETTING).schedule.learning_rate == 0.01


def test_an_axis_of_names_keeps_their_order_and_has_no_ends():
    axis = Axis.of("activation", ["tanh", "relu"])
    assert axis.values == ("tanh", "relu")
    assert axis.knob.stronger("relu") == axis.knob.weaker("tanh") == ()
    with pytest.raises(BadSetting, match="activation must be one of"):
        Axis.of("activation", ["sine"])


def test_what_a_cocktail_tries_is_allowed_does_something_and_grows_stronger():
    mixed = [knob for knob in AXES.values() if knob.usual]
    assert len(mixed) == 9
    for knob in mixed:
        assert knob.regularizes
        assert Axis.of(knob.name, [knob.neutral, *knob.usual]).values == (knob.neutral, *knob.usual)
