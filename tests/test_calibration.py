"""The calibration plays the tool's own stop again; it must not drift away from it."""

import numpy as np
import pytest

from benchmarks.calibration_replay import Looks, detectable, labels_of, power, stop, without_luck
from dropdecay.selection.judgement import HELPS, LABELS, OPEN, label_of

MARGIN = 0.01


def looks(means, rows, repeats):
    """One repetition a line of means; the same variances at every look."""
    means = np.array(means, float)
    n_repetitions = len(means)
    return Looks(
        mean=means,
        rows=np.full(means.shape, rows),
        repeats=np.full(means.shape, repeats),
        baseline=np.ones(n_repetitions),
        again=np.full(n_repetitions, 10.0),
        each_repeat=np.full(n_repetitions, 12.0),
        n_untested=0,
    )


def test_many_gains_get_the_labels_that_the_verdict_gives_them_one_by_one():
    means = np.linspace(-0.04, 0.04, 81)
    for standard_error in (0.002, 0.005, 0.02):
        found = labels_of(means, np.full(81, standard_error), np.full(81, MARGIN))
        assert found.tolist() == [label_of(mean, standard_error, MARGIN) for mean in means]
        assert set(found) <= set(LABELS)


def test_the_replay_ends_at_the_third_repeat_at_the_earliest_and_at_the_tenth_at_the_latest():
    clear, unclear = np.full(9, 0.5), np.zeros(9)
    stopped = stop(looks([clear, unclear], rows=1e-6, repeats=1e-3))
    assert stopped.n_repeats.tolist() == [3, 10]
    assert stopped.label.tolist() == [HELPS, OPEN]
    assert stopped.further_networks.tolist() == [10 + 2 * 12, 10 + 9 * 12]


def test_a_gain_that_is_found_in_eighty_of_a_hundred_is_found_in_no_fewer():
    rng = np.random.default_rng(0)
    seen = looks(rng.normal(0.0, 0.01, (200, 1)) * np.ones(9), rows=5e-5, repeats=1e-6)
    least = detectable(seen, expected=0.0)
    assert power(seen, least) >= 0.8 > power(seen, 0.9 * least)


def test_no_gain_is_large_enough_where_most_tables_compare_nothing():
    seen = looks([np.full(9, 0.1)], rows=1e-6, repeats=1e-6)
    assert detectable(Looks(**{**vars(seen), "n_untested": 9}), expected=0.1) == pytest.approx(
        np.inf
    )


def test_without_luck_only_the_rows_are_left_and_no_more_repeats_are_asked_for():
    seen = looks([np.linspace(0.0, 0.04, 9)], rows=1e-4, repeats=1e-2)
    assert stop(seen).label.tolist() == [OPEN]
    stopped = stop(without_luck(seen))
    assert stopped.label.tolist() == [HELPS]
    assert stopped.n_repeats.tolist() == [3]
    assert stopped.upper - stopped.lower == pytest.approx(2 * 1.96 * np.sqrt(1.25e-4), rel=1e-3)
    assert detectable(without_luck(seen), expected=0.04) < detectable(seen, expected=0.04)
