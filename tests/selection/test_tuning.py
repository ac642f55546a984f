"""What tuning takes: a value that is clearly ahead, and never one that is not."""

import numpy as np
import pytest

from dropdecay.selection.tuning import Tuning, flattery, step_of, taken
from dropdecay.statistics.corrected import paired_difference

OVERLAP = 0.25
NOW = np.array([1.0, 1.2, 0.9, 1.1, 1.0])
RNG = np.random.default_rng(0)


def test_a_value_is_taken_where_it_is_ahead_by_more_than_a_corrected_standard_error():
    noise = np.array([0.02, -0.02, 0.01, -0.01, 0.0])
    error = paired_difference(noise, OVERLAP).standard_error

    assert taken(np.stack([NOW, NOW - noise - 0.99 * error]), OVERLAP) == 0
    assert taken(np.stack([NOW, NOW - noise - 1.01 * error]), OVERLAP) == 1


def test_the_best_of_several_is_taken():
    assert taken(np.stack([NOW, NOW - 0.1, NOW - 0.2, NOW + 0.5]), OVERLAP) == 2


def test_a_value_that_diverged_on_a_fold_is_not_taken_and_one_is_left_if_it_did():
    gone = np.where(np.arange(5) == 2, np.nan, NOW - 1)

    assert taken(np.stack([NOW, gone]), OVERLAP) == 0
    assert taken(np.stack([gone, NOW, NOW + 0.1]), OVERLAP) == 1


def test_what_is_ahead_everywhere_does_not_flatter_itself():
    costs = np.stack([NOW, NOW - 0.3 + 0.001 * RNG.normal(size=5)])

    assert flattery(costs, OVERLAP) == pytest.approx(0, abs=1e-12)


def test_flattery_is_what_each_fold_says_of_the_picks_of_the_others():
    costs = NOW + 0.3 * RNG.normal(size=(6, 5))
    picks = [taken(np.delete(costs, fold, axis=1), OVERLAP) for fold in range(5)]
    wanted = np.mean([costs[pick, fold] for fold, pick in enumerate(picks)])

    assert len(set(picks)) > 1
    assert flattery(costs, OVERLAP) == pytest.approx(wanted - costs[taken(costs, OVERLAP)].mean())


def test_picks_among_equals_flatter_themselves_on_average():
    found = [flattery(RNG.normal(size=(6, 5)), OVERLAP) for _ in range(300)]

    assert np.mean(found) > 3 * np.std(found) / np.sqrt(300)


def test_with_two_folds_nothing_is_said_of_flattery():
    assert flattery(np.array([[1.0, 2.0], [0.5, 1.0]]), OVERLAP) == 0.0


def test_a_tuning_tells_what_led_and_by_how_much():
    rate = step_of("learning_rate_init", (0.001, 0.003), np.stack([NOW, NOW - 0.25]), OVERLAP,
                   after_surface=False)  # fmt: skip
    width = step_of("hidden_layer_sizes", ((8,), (16, 16)), np.stack([NOW, NOW + 0.1]), OVERLAP,
                    after_surface=True)  # fmt: skip
    tuning = Tuning((rate, width), {"learning_rate_init": 0.003}, is_complete=False)

    assert str(tuning) == (
        "Tuned at mild regularization: learning rate 0.003 in place of 0.001, ahead by 0.25 "
        "(standard error 0). At the chosen point: nothing changed (hidden layers compared). The "
        "budget left no time for the rest."
    )
    told = tuning.as_dict()
    assert told["params"] == {"learning_rate_init": "0.003"}
    assert [each["taken"] for each in told["steps"]] == ["0.003", "8"]
    assert told["steps"][1]["gain"] == pytest.approx(-0.1)


def test_a_gain_over_a_value_that_diverged_is_no_number():
    gone = np.full(5, np.nan)
    step = step_of("learning_rate_init", (0.1, 0.01), np.stack([gone, NOW]), OVERLAP,
                   after_surface=False)  # fmt: skip

    assert step.taken == 1
    assert step.as_dict()["gain"] is None
    assert str(step) == "learning rate 0.01 in place of 0.1, with which networks diverged"


def test_a_value_that_the_race_dropped_is_not_taken_and_told_by_the_folds_that_it_has():
    dropped = np.where(np.arange(5) < 3, NOW + 0.4, np.nan)
    alone = step_of("learning_rate_init", (0.1, 0.01), np.stack([NOW, dropped]), OVERLAP,
                    after_surface=False)  # fmt: skip
    assert (alone.taken, alone.n_folds) == (0, (5, 3))
    assert alone.gain == pytest.approx(-0.4)
    assert alone.as_dict()["losses"][1] is None

    both = step_of("batch_size", (32, 64, 16), np.stack([NOW, dropped - 9, NOW + 0.1]), OVERLAP,
                   after_surface=False)  # fmt: skip
    assert both.gain == pytest.approx(-0.1)  # the one that all folds judged
