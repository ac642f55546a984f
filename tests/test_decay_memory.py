"""Decays and the epochs over which they forget."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dropdecay import MLPRegressor
from dropdecay.axes import Axes, Axis, Point
from dropdecay.decay_memory import (
    Pace,
    decays_in_words,
    decays_of,
    described_with_memory,
    epochs_in_words,
    memory_at,
    pace_in,
    pace_of,
    parse_memories,
    printed_memory,
    steps_per_epoch,
    taus_of,
)
from dropdecay.errors import BadSetting
from dropdecay.settings import Network, Regularization, Schedule, Setting

PACE = Pace(0.001, 25)
PACES = st.builds(Pace, st.floats(1e-5, 0.1), st.integers(1, 5000))


def setting(decay="decoupled", optimizer="adam", batch_size=32):
    return Setting(
        Network(3, (4,), 2), Regularization(decay=decay),
        Schedule(10, batch_size, optimizer, 0.001),
    )  # fmt: skip


@pytest.mark.parametrize("memory", [3.0, 8.0])
def test_over_its_memory_a_network_forgets_all_but_1_over_e_of_its_weights(memory):
    # All inputs are zero, so that decay alone moves the first weights.
    X, y = np.zeros((500, 3), np.float32), np.random.default_rng(0).normal(size=500)
    pace = Pace(0.01, steps_per_epoch(500, 16))

    def first_weights(decay):
        network = MLPRegressor(
            hidden_layer_sizes=5, learning_rate_init=0.01, batch_size=16, max_iter=int(memory),
            n_iter_no_change=1000, tol=0, random_state=0, alpha=0, weight_decay=decay,
        )  # fmt: skip
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return network.fit(X, y).coefs_[0]

    kept = first_weights(pace.decay_of(memory)) / first_weights(0.0)
    assert kept == pytest.approx(math.exp(-1), rel=0.05)


@pytest.mark.parametrize(
    ("rows", "batch", "decays"),
    [
        (800, 32, (0, 0.1, 0.31, 1, 3.1, 10)),
        (8_000, 128, (0, 0.04, 0.12, 0.4, 1.2, 4)),
        (80_000, 256, (0, 0.008, 0.025, 0.08, 0.25, 0.8)),
    ],
)
def test_the_decay_of_a_memory_falls_with_the_steps_of_an_epoch(rows, batch, decays):
    pace = Pace(0.001, steps_per_epoch(rows, batch))
    assert tuple(map(pace.decay_of, (math.inf, 400, 130, 40, 13, 4))) == decays


@given(PACES, st.floats(0.1, 1e4))
def test_the_two_digits_of_a_decay_move_its_memory_by_five_percent_at_most(pace, memory):
    assert pace.memory_of(pace.decay_of(memory)) == pytest.approx(memory, rel=0.053)


@given(PACES, st.floats(0.001, 1e3))
def test_beyond_a_decay_lie_factors_of_about_three_within_one_and_1300_epochs(pace, decay):
    stronger, weaker = pace.stronger(decay), pace.weaker(decay)
    for last, next_ in zip((decay, *stronger), stronger, strict=False):
        assert 2.7 < next_ / last < 3.7
        assert pace.memory_of(next_) >= 1.0
        assert pace.learning_rate * next_ < 1.0
    for last, next_ in zip((decay, *weaker), weaker, strict=False):
        assert next_ == 0.0 or 2.7 < last / next_ < 3.7
        assert next_ == 0.0 or pace.memory_of(next_) <= 1430.0
    assert weaker  # at last none


def test_beyond_the_default_decays_lie_1300_epochs_and_1():
    assert PACE.weaker(0.1) == (0.03,)
    assert PACE.weaker(0.03) == (0.0,)
    assert PACE.stronger(10.0) == (30.0,)
    assert PACE.stronger(30.0) == PACE.stronger(1000.0) == ()
    assert Pace(0.001, 63).stronger(4.0) == (13.0,)
    assert Pace(0.001, 63).weaker(0.04) == (0.013,)
    assert PACE.weaker(0.0) == PACE.stronger(0.0) == ()


@given(st.integers(1, 3000))
def test_from_both_ends_of_the_default_axis_there_is_one_more_step(steps):
    pace = Pace(0.001, steps)
    assume(pace.decay_of(1.2) < 900)  # where an epoch is a step or so, one step would take it all
    slow, fast = pace.decay_of(400), pace.decay_of(4)
    (further,) = pace.weaker(slow)
    assert pace.memory_of(further) == pytest.approx(1300, rel=0.12)
    (further,) = pace.stronger(fast)
    assert pace.memory_of(further) == pytest.approx(1.3, rel=0.12)


def test_memories_are_asked_for_by_numbers_and_none():
    assert parse_memories("tau:400, 130,40", "it") == (400, 130, 40)
    assert parse_memories("tau:none,1e2", "it") == (math.inf, 100)


@pytest.mark.parametrize(
    "text", ["tau:", "tau:0", "tau:1,,2", "tau:much", "tau:-4", "tau:inf", "tau:nan"]
)
def test_a_memory_that_is_no_positive_number_is_refused(text):
    with pytest.raises(BadSetting, match=f"they in epochs of memory must .* Got '{text}'"):
        parse_memories(text, "they")


def test_memories_become_the_decays_of_this_surface():
    assert decays_of((math.inf, 400.0, 4.0), PACE, (0.001,)) == (0.0, 0.1, 10.0)


def test_decays_without_a_memory_or_with_one_below_a_step_are_refused():
    with pytest.raises(BadSetting, match="need decay='decoupled' and solver='adam'"):
        decays_of((40.0,), None, (0.001,))
    with pytest.raises(
        BadSetting, match=r"0\.04 epochs is shorter than a step: there are 25 steps"
    ):
        decays_of((0.04,), PACE, (0.001,))
    with pytest.raises(BadSetting, match=r"Ask for more than 0\.4"):
        decays_of((0.1,), PACE, (0.001, 0.01))


def test_decays_have_a_memory_where_they_are_decoupled_and_adam_trains():
    axes = Axes.of({"dropout": (0, 0.2)})
    assert pace_of(axes, setting(), 801) == Pace(0.001, 26)
    assert pace_of(axes, setting(decay="l2"), 801) is None
    assert pace_of(axes, setting(optimizer="nesterov"), 801) is None


@pytest.mark.parametrize(
    ("rates", "middle"), [((0.01,), 0.01), ((0.1, 0.001, 0.01), 0.01), ((0.001, 0.003), 0.001)]
)
def test_where_learning_rates_are_an_axis_its_middle_one_counts(rates, middle):
    axes = Axes.of({"dropout": (0, 0.2), "learning_rate_init": rates})
    assert pace_of(axes, setting(), 800) == Pace(middle, 25)


def test_attributes_of_results_give_the_pace_back():
    assert pace_in({"loss_name": "log loss", **PACE.attributes()}) == PACE
    assert pace_in({"loss_name": "log loss"}) is None


def test_the_memory_of_a_point_is_that_at_its_own_learning_rate():
    point = Point.of(weight_decay=1.0, learning_rate_init=0.01)
    assert memory_at(point, PACE) == pytest.approx(4.0)
    assert memory_at(Point.of(weight_decay=1.0), PACE) == pytest.approx(40.0)
    for nothing in (Point.of(weight_decay=0.0), Point.of(dropout=0.2)):
        assert memory_at(nothing, PACE) == math.inf
    assert memory_at(point, None) == math.inf


@pytest.mark.parametrize(
    ("memory", "text"),
    [(1333.0, "1,300"), (39.68, "40"), (129.03, "130"), (9.97, "10"), (3.968, "4"), (1.26, "1.3"),
     (0.04, "0.04"), (math.inf, "none")],
)  # fmt: skip
def test_memories_are_printed_in_two_digits(memory, text):
    assert printed_memory(memory) == text


def test_an_epoch_is_no_plural():
    assert [epochs_in_words(each) for each in (1.0, 1.3)] == ["1 epoch", "1.3 epochs"]


def test_a_point_is_described_with_what_it_forgets():
    point = Point.of(dropout=0.2, weight_decay=1.0)
    said = "dropout 0.2, weight decay 1"
    assert described_with_memory(point, PACE) == f"{said} (forgets over 40 epochs)"
    assert described_with_memory(point, None) == said


def test_every_decay_of_a_surface_is_given_its_memory():
    axes = Axes.of({"dropout": (0, 0.2), "weight_decay": (0, 0.1, 0.31, 1, 3.1, 10)})
    assert taus_of(axes["weight_decay"], axes, PACE) == (
        "", "tau 400", "tau 130", "tau 40", "tau 13", "tau 4",
    )  # fmt: skip
    assert taus_of(axes["dropout"], axes, PACE) == ("", "")
    assert decays_in_words(axes, PACE) == {
        "weight decays":
        "0, 0.1, 0.31, 1, 3.1, 10 = none and 400, 130, 40, 13, 4 epochs of memory"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("decays", "words"),
    [((1.0,), {"weight decay": "1 = 40 epochs of memory"}), ((0.0,), {"weight decay": "0 = none"})],
)
def test_a_single_decay_is_no_plural(decays, words):
    assert decays_in_words(Axes.of({"weight_decay": decays}), PACE) == words


def test_no_memory_is_given_where_there_is_none_or_not_one():
    axes = Axes.of({"weight_decay": (0, 1), "learning_rate_init": (0.001, 0.01)})
    for surface, pace in ((axes, PACE), (Axes((axes["weight_decay"],)), None)):
        assert taus_of(surface["weight_decay"], surface, pace) == ("", "")
        assert decays_in_words(surface, pace) == {}
    one = Axes((axes["weight_decay"], Axis.of("learning_rate_init", [0.01])))
    assert taus_of(one["weight_decay"], one, PACE) == ("", "tau 4")
