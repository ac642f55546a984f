"""Dropout and weight decay as asked for, before anything is trained."""

import pytest

from dropdecay.decay_memory import Pace
from dropdecay.errors import BadSetting
from dropdecay.estimators.main_axes import decay_axis, dropout_axis

PACE, RATES = Pace(0.001, 25), (0.001,)


def decays(asked, pace=PACE, rates=RATES):
    return decay_axis(asked, None, pace, rates).values


def test_automatic_decays_are_none_and_memories_of_400_to_4_epochs():
    assert decays("auto") == (0.0, 0.1, 0.31, 1.0, 3.1, 10.0)
    assert decays("auto", Pace(0.001, 63)) == (0.0, 0.04, 0.12, 0.4, 1.2, 4.0)


def test_decays_without_a_memory_are_raw_by_default():
    assert decays("auto", None) == (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)


@pytest.mark.parametrize(("highest", "strongest"), [(0.05, 10.0), (0.1, 3.1), (0.5, 1.0)])
def test_automatic_decays_remove_less_than_a_weight_at_the_highest_learning_rate(
    highest, strongest
):
    assert decays("auto", rates=(0.001, highest))[-1] == strongest


def test_decays_may_be_asked_for_by_memory_or_in_numbers():
    assert decays("tau:40,none,400") == (0.0, 0.1, 1.0)
    assert decays((1, 0, 0.3)) == (0.0, 0.3, 1.0)
    assert decays(0.3) == (0.3,)


@pytest.mark.parametrize("asked", ["Auto", "40", "none,0.1"])
def test_other_words_are_refused_with_what_is_allowed(asked):
    with pytest.raises(BadSetting, match="must be numbers, 'auto', or epochs of memory such as"):
        decays(asked)


@pytest.mark.parametrize(("sizes", "highest"), [((), 0.5), ((128, 128), 0.5), ((32, 256), 0.7)])
def test_automatic_rates_go_higher_from_256_units_on(sizes, highest):
    rates = dropout_axis("auto", None, sizes).values
    assert (rates[0], rates[-1], len(rates)) == (0.0, highest, 6)


def test_rates_may_be_given_by_layer_in_the_order_of_their_mean():
    asked = [0, (0.4, 0.2), 0.2, (0.4, 0), (0, 0.4)]
    assert dropout_axis(asked, None, (8, 8)).values == (
        0.0, 0.2, (0.4, 0.0), (0.0, 0.4), (0.4, 0.2),
    )  # fmt: skip


def test_a_single_value_takes_the_place_of_an_axis_but_not_of_one_that_is_given():
    assert dropout_axis("auto", [0.1, 0.4], (8, 8)).values == ((0.1, 0.4),)
    assert decay_axis("auto", 0.3, PACE, RATES).values == (0.3,)
    with pytest.raises(BadSetting, match="Use either dropout or dropouts"):
        dropout_axis((0, 0.1), 0.1, (8,))
    with pytest.raises(BadSetting, match="Use either weight_decay or weight_decays"):
        decay_axis("tau:40", 0.3, PACE, RATES)
