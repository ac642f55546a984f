"""The rule that ends a point, on curves whose shape is known."""

from dataclasses import replace

import numpy as np
import pytest

from dropdecay.axes import Point
from dropdecay.engine.ending import (
    DIVERGED,
    FLAT,
    HORIZON,
    PAST,
    TRUNCATED,
    UNSETTLED,
    Ending,
    ending_alone,
    usual_epochs,
)
from dropdecay.engine.protocol import Run, run_key
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.statistics.smoothing import evaluated_epochs

MOST = 1000
RULE = Ending(MOST, 32)


def setting(weight_decay=0.0, decay="decoupled", **schedule):
    given = {"epochs": MOST, "batch_size": 32, **schedule}
    regularization = Regularization(weight_decay=weight_decay, decay=decay)
    return Setting(Network(None, (8,), 2), regularization, Schedule(**given))


def adaptive_run(**schedule):
    return Run(setting(**schedule), Point(()), 0, 0, MOST, run_key(0, 0, 0), adaptive=True)


def end_of(curve, rule=RULE, noise=0.0, seed=0):
    """Where and why a point ends whose five folds follow a curve."""
    epochs = np.array(evaluated_epochs(rule.most))
    drawn = np.random.default_rng(seed).normal(size=(5, epochs.size))
    losses = curve(epochs.astype(float)) + noise * drawn
    for checkpoint in rule.checkpoints():
        n_epochs = int(np.searchsorted(epochs, checkpoint, "right"))
        if why := rule.why(losses[:, :n_epochs], epochs[:n_epochs]):
            return checkpoint, why
    raise AssertionError("the last checkpoint ends every point")


def test_a_curve_that_goes_on_falling_is_followed_to_the_last_epoch_and_called_truncated():
    assert end_of(lambda e: e**-0.3) == (MOST, TRUNCATED)


def test_a_curve_that_levels_off_ends_where_it_fell_by_less_than_a_percent_since_half_of_it():
    end, why = end_of(lambda e: 0.5 + np.exp(-e / 20))
    assert why == FLAT
    assert 90 < end < 250


def test_a_flat_curve_ends_at_the_least_number_of_epochs():
    assert end_of(lambda e: np.ones_like(e)) == (32, FLAT)


def test_a_curve_past_its_minimum_ends_once_it_clearly_stands_higher():
    end, why = end_of(lambda e: 0.5 + 0.02 * np.abs(np.log(e / 8)), noise=1e-4)
    assert why == PAST
    assert 12 <= end <= 20


def test_a_single_curve_that_stands_higher_ends_though_no_error_says_how_sure_that_is():
    epochs = np.array(evaluated_epochs(MOST))
    losses = (0.5 + 0.02 * np.abs(np.log(epochs / 8.0)))[None]

    ends = [RULE.why(losses[:, :n_epochs], epochs[:n_epochs]) for n_epochs in range(2, 30)]

    assert next(filter(None, ends)) == PAST


def test_a_rise_that_folds_disagree_about_does_not_end_it():
    def tilted(e):
        up = np.array([3.0, -3.0, 3.0, -3.0, 0.5])[:, None]
        return 0.5 + 0.02 * up * np.maximum(np.log(e / 8), 0.0)

    end, _ = end_of(tilted)
    assert end >= 32


def test_strong_decay_holds_the_end_until_it_has_acted():
    rule = Ending.of(setting(1.0), MOST, 800)
    assert rule.hold == 80
    bump = lambda e: 1.0 - 0.2 * (e > 70)  # noqa: E731
    assert end_of(bump, rule)[0] > 80
    assert end_of(bump, Ending.of(setting(0.0), MOST, 800)) == (32, FLAT)


@pytest.mark.parametrize(
    ("weight_decay", "n_training", "hold"),
    [(0.0, 800, 32), (0.0, 32, 32), (0.0, 3200, 20), (0.1, 800, 32), (3.0, 800, 32),
     (1.0, 800, 80), (0.7, 800, 115), (0.5, 800, 32)],
)  # fmt: skip
def test_the_least_number_of_epochs_follows_from_steps_and_decay(weight_decay, n_training, hold):
    assert Ending.of(setting(weight_decay), MOST, n_training).hold == hold


def test_a_penalty_has_no_memory_to_wait_for():
    assert Ending.of(setting(1.0, "l2"), MOST, 800).hold == 32


def test_a_fold_that_diverged_ends_its_point():
    losses = np.ones((3, 12))
    losses[1, -1] = np.nan
    assert RULE.why(losses, np.array(evaluated_epochs(12))) == DIVERGED


def test_a_short_run_is_asked_at_its_end_alone():
    assert Ending(4, 32).checkpoints() == (4,)
    assert Ending(10, 32).checkpoints() == (10,)


@pytest.mark.parametrize("most", [1, 2, 5, 15])
def test_a_run_too_short_to_tell_is_unsettled_while_its_last_epoch_is_its_lowest(most):
    short = Ending(most, 32)
    assert end_of(lambda e: 1.0 - 0.0001 * e, short) == (most, UNSETTLED)
    assert end_of(lambda e: 1.0 + 0.001 * e, short) == (most, UNSETTLED if most == 1 else FLAT)


def test_only_a_curve_that_fell_by_more_than_the_tolerance_is_truncated():
    held = Ending(60, 80)
    assert end_of(lambda e: 1.0 - 0.004 * e / 60, held) == (60, UNSETTLED)
    assert end_of(lambda e: 1.0 - 0.04 * e / 60, held) == (60, TRUNCATED)


@pytest.mark.parametrize("schedule", ["cosine", "one_cycle"])
def test_a_learning_rate_with_a_horizon_is_followed_to_its_end_by_each_run_alone(schedule):
    run = adaptive_run(learning_rate_schedule=schedule)
    assert not run.ends_with_point
    assert ending_alone(run, diverged=False) == HORIZON
    assert ending_alone(run, diverged=True) == DIVERGED


def test_other_adaptive_runs_end_with_their_point_and_fixed_ones_need_no_reason():
    run = adaptive_run()
    fixed = replace(run, adaptive=False)
    assert run.ends_with_point
    assert not fixed.ends_with_point
    assert ending_alone(run, diverged=False) == ending_alone(fixed, diverged=True) == ""


def test_noise_does_not_end_a_curve_that_falls():
    for seed in range(20):
        end, why = end_of(lambda e: e**-0.3, noise=0.02, seed=seed)
        assert (end, why) == (MOST, TRUNCATED)


def test_networks_need_four_thousand_steps_as_a_rule():
    assert [usual_epochs(n, 32) for n in (50, 1000, 10**6)] == [100, 100, 20]
