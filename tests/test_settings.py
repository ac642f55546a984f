import math

import pytest

from dropdecay.errors import BadSetting
from dropdecay.settings import (
    Network,
    Regularization,
    Schedule,
    check_count,
)


@pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5, math.nan, math.inf, "0.5", None, True])
def test_a_rate_outside_0_to_1_is_refused_by_name(rate):
    with pytest.raises(BadSetting, match="dropout must"):
        Regularization(dropout=rate)


@pytest.mark.parametrize("strength", [-1e-9, math.nan, math.inf])
def test_a_negative_or_non_finite_decay_is_refused(strength):
    with pytest.raises(BadSetting, match="weight_decay must be a finite number, 0 or larger"):
        Regularization(weight_decay=strength)


def test_an_unknown_name_is_refused_with_a_list_of_the_known_ones():
    with pytest.raises(BadSetting, match=r"activation must be one of .*'relu'.* Got 'rleu'"):
        Network(2, (3,), 2, activation="rleu")


@pytest.mark.parametrize("size", [0, -1, 2.5, "8"])
def test_a_layer_size_must_be_a_positive_whole_number(size):
    with pytest.raises(BadSetting, match="hidden_layer_sizes"):
        Network(2, (4, size), 2)


def test_one_rate_applies_to_all_hidden_layers_and_a_tuple_to_one_each():
    assert Regularization(dropout=0.2).hidden_rates(3) == (0.2, 0.2, 0.2)
    assert Regularization(dropout=(0.1, 0.2)).hidden_rates(2) == (0.1, 0.2)
    with pytest.raises(BadSetting, match="has 2 rates, but the network has 3 hidden layers"):
        Regularization(dropout=(0.1, 0.2)).hidden_rates(3)
    with pytest.raises(BadSetting, match=r"has 1 rate, but the network has 2 hidden layers\."):
        Regularization(dropout=(0.1,)).hidden_rates(2)
    with pytest.raises(BadSetting, match=r"has 2 rates, but the network has 1 hidden layer\."):
        Regularization(dropout=(0.1, 0.2)).hidden_rates(1)


def test_only_decoupled_decay_is_refused_when_it_would_flip_signs():
    schedule = Schedule(1, 32, learning_rate=0.1)
    with pytest.raises(BadSetting, match="Use a weight decay below 10"):
        schedule.check_against(Regularization(weight_decay=10.0))
    schedule.check_against(Regularization(weight_decay=10.0, decay="l2"))
    schedule.check_against(Regularization(weight_decay=9.9))


@pytest.mark.parametrize("value", [0, 1.5, math.nan, "many", None])
def test_a_count_must_be_a_positive_whole_number(value):
    with pytest.raises(BadSetting, match="folds must be"):
        check_count("folds", value)
