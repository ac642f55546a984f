import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.errors import BadSetting
from dropdecay.settings import (
    Network,
    Regularization,
    Schedule,
    axis_values,
    check_count,
)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, math.nan, math.inf, "0.5", None, True])
def test_a_rate_outside_0_to_1_is_refused_by_name(rate):
    with pytest.raises(BadSetting, match="dropout must"):
        Regularization(dropout=rate)


@pytest.mark.parametrize("strength", [-1e-9, math.nan, math.inf])
def test_a_decay_that_is_negative_or_no_number_is_refused(strength):
    with pytest.raises(BadSetting, match="weight_decay must be a finite number, 0 or larger"):
        Regularization(weight_decay=strength)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(BadSetting, match=r"activation must be one of .*'relu'.* Got 'rleu'"):
        Network(2, (3,), 2, activation="rleu")


@pytest.mark.parametrize("size", [0, -1, 2.5, "8"])
def test_a_layer_needs_a_whole_number_of_units(size):
    with pytest.raises(BadSetting, match="hidden_layer_sizes"):
        Network(2, (4, size), 2)


def test_one_rate_serves_all_hidden_layers_and_a_tuple_one_each():
    assert Regularization(dropout=0.2).hidden_rates(3) == (0.2, 0.2, 0.2)
    assert Regularization(dropout=(0.1, 0.2)).hidden_rates(2) == (0.1, 0.2)
    with pytest.raises(BadSetting, match="names 2 rates, the network has 3 hidden layers"):
        Regularization(dropout=(0.1, 0.2)).hidden_rates(3)


def test_a_decay_that_would_turn_signs_is_refused_for_the_decoupled_rule_alone():
    schedule = Schedule(1, 32, learning_rate=0.1)
    with pytest.raises(BadSetting, match="Use a weight_decay below 10"):
        schedule.check_against(Regularization(weight_decay=10.0))
    schedule.check_against(Regularization(weight_decay=10.0, decay="l2"))
    schedule.check_against(Regularization(weight_decay=9.9))


@given(values=st.lists(st.floats(0, 0.99), min_size=1))
def test_an_axis_ascends_and_names_no_value_twice(values):
    axis = axis_values("dropout", values, "rate")
    assert list(axis) == sorted(set(values))


def test_an_axis_may_be_one_number_but_not_nothing():
    assert axis_values("weight_decay", 0.5, "strength") == (0.5,)
    with pytest.raises(BadSetting, match="weight_decay needs at least one value"):
        axis_values("weight_decay", [], "strength")


@pytest.mark.parametrize("value", [0, 1.5, math.nan, "many", None])
def test_a_count_is_a_whole_number(value):
    with pytest.raises(BadSetting, match="folds must be"):
        check_count("folds", value)
