"""BBC-CV, against the published algorithm written as loops, and simulations of known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from dropdecay.statistics import bootstrap
from dropdecay.statistics.bootstrap import bootstrap_choice


def losses_of(n_points=6, n_stops=3, n_units=12, seed=0):
    return np.random.default_rng(seed).normal(1.0, 0.3, size=(n_points, n_stops, n_units))


def estimates_by_loops(losses, weights, rng, repetitions):
    """Run algorithm 4 of Tsamardinos, Greasidou & Borboudakis 2018, step by step."""
    n_points, n_stops, n_units = losses.shape
    estimates = []
    for _ in range(repetitions):
        counts = rng.multinomial(n_units, np.full(n_units, 1 / n_units))
        drawn = np.repeat(np.arange(n_units), counts)
        best = min(
            (np.average(losses[p, s, drawn], weights=weights[drawn]), p, s)
            for p in range(n_points)
            for s in range(n_stops)
        )
        left = np.setdiff1d(np.arange(n_units), drawn)
        estimates.append(np.average(losses[best[1], best[2], left], weights=weights[left]))
    return estimates


def test_it_is_the_published_algorithm():
    losses, weights = losses_of(), np.arange(1.0, 13.0)
    expected = estimates_by_loops(losses, weights, np.random.default_rng(5), 40)

    found = bootstrap_choice(losses, weights, np.random.default_rng(5), repetitions=40, level=0.8)

    assert_allclose(found.mean, np.mean(expected))
    assert_allclose([found.lower, found.upper], np.percentile(expected, [10, 90]))


def test_a_loss_that_stands_beside_is_told_of_the_same_picks_and_has_no_say_in_them():
    losses, weights = losses_of(), np.arange(1.0, 13.0)
    others, own = losses_of(seed=9), np.arange(12.0, 0.0, -1.0)
    n_draws, beside = 40, []
    for counts in np.random.default_rng(5).multinomial(12, np.full(12, 1 / 12), size=n_draws):
        drawn, left = np.repeat(np.arange(12), counts), np.flatnonzero(counts == 0)
        means = np.average(losses[..., drawn], axis=2, weights=weights[drawn])
        point, stop = np.unravel_index(means.argmin(), means.shape)
        beside.append(np.average(others[point, stop, left], weights=own[left]))

    found = bootstrap_choice(
        losses, weights, np.random.default_rng(5), beside=(others, own), repetitions=n_draws
    )

    assert_allclose(found.beside.mean, np.mean(beside))
    assert_allclose([found.beside.lower, found.beside.upper], np.percentile(beside, [2.5, 97.5]))
    alone = bootstrap_choice(losses, weights, np.random.default_rng(5), repetitions=n_draws)
    assert (found.mean, found.lower, found.upper) == (alone.mean, alone.lower, alone.upper)
    assert alone.beside is None


def test_units_without_weight_neither_choose_nor_judge():
    losses, weights = losses_of(n_units=6), np.array([1.0, 0.0, 2.0, 0.0, 0.0, 3.0])
    spoiled = losses.copy()
    spoiled[..., weights == 0] = 1e6

    found, other = (
        bootstrap_choice(each, weights, np.random.default_rng(4), repetitions=200)
        for each in (losses, spoiled)  # six of these draws have no weight at all
    )

    assert found == other
    assert 0.3 < found.lower < found.upper < 2.0
    with pytest.raises(ValueError, match=r"2 units\. Got 6 and 1"):
        bootstrap_choice(losses, weights == 3.0, np.random.default_rng(0))


def test_rows_that_vary_together_need_to_be_drawn_together_for_the_interval_to_hold():
    # As docs/statistics.md says of groups, whose rows are drawn one by one.
    held = {"rows": 0, "groups": 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        of_group, alone = rng.normal(size=(30, 1)), rng.normal(size=(30, 10))
        losses = np.sqrt(0.3) * of_group + np.sqrt(0.7) * alone
        for unit, each in (("rows", losses.ravel()), ("groups", losses.mean(axis=1))):
            found = bootstrap_choice(each[None, None], np.ones(each.size), rng, repetitions=200)
            held[unit] += found.lower <= 0.0 <= found.upper
    assert held["rows"] < 88
    assert held["groups"] > 90


def test_a_single_point_leaves_no_choice_and_so_no_optimism():
    losses, weights = losses_of(n_points=1, n_stops=1, n_units=400), np.ones(400)

    found = bootstrap_choice(losses, weights, np.random.default_rng(0))

    assert_allclose(found.mean, losses.mean(), atol=0.002)


def test_if_all_points_are_equally_good_the_minimum_is_biased_and_the_estimate_is_not():
    rng = np.random.default_rng(2)
    naive, corrected = [], []
    for _ in range(60):
        losses = rng.normal(1.0, 1.0, size=(30, 1, 50))
        naive.append(losses.mean(axis=2).min())
        corrected.append(bootstrap_choice(losses, np.ones(50), rng, repetitions=60).mean)

    assert np.mean(naive) < 0.75
    assert abs(np.mean(corrected) - 1.0) < 0.05


@given(order=st.permutations(range(6)))
def test_the_order_of_points_changes_nothing(order):
    losses, weights = losses_of(), np.ones(12)

    found = bootstrap_choice(losses, weights, np.random.default_rng(0), repetitions=20)
    other = bootstrap_choice(losses[order], weights, np.random.default_rng(0), repetitions=20)

    assert_allclose(other.mean, found.mean)


def test_duplicate_points_change_nothing():
    losses, weights = losses_of(), np.ones(12)
    doubled = losses[[0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]]

    found = bootstrap_choice(losses, weights, np.random.default_rng(0), repetitions=50)

    assert bootstrap_choice(doubled, weights, np.random.default_rng(0), repetitions=50) == found


def test_units_are_weighted_by_their_number_of_rows():
    losses = np.zeros((1, 1, 200))
    losses[..., :100] = 1.0
    weights = np.repeat([3.0, 1.0], 100)

    found = bootstrap_choice(losses, weights, np.random.default_rng(0))

    assert_allclose(found.mean, 0.75, atol=0.01)


def test_limiting_memory_does_not_change_the_numbers(monkeypatch):
    losses, weights = losses_of(), np.ones(12)
    found = bootstrap_choice(losses, weights, np.random.default_rng(0), repetitions=50)

    monkeypatch.setattr(bootstrap, "_NUMBERS_AT_ONCE", 40)

    again = bootstrap_choice(losses, weights, np.random.default_rng(0), repetitions=50)
    assert_allclose([again.mean, again.lower, again.upper], [found.mean, found.lower, found.upper])


def test_the_rule_that_picks_a_point_can_be_replaced():
    losses, weights = losses_of(n_stops=1), np.ones(12)
    always_last = bootstrap_choice(
        losses, weights, np.random.default_rng(0), pick=lambda means: np.full(len(means), 5)
    )

    alone = bootstrap_choice(losses[5:], weights, np.random.default_rng(0))

    assert_allclose(always_last.mean, alone.mean)


def test_two_units_are_enough_and_one_is_rejected():
    found = bootstrap_choice(np.array([[[1.0, 3.0]]]), np.ones(2), np.random.default_rng(0))
    assert (found.lower, found.upper) == (1.0, 3.0)

    with pytest.raises(ValueError, match=r"at least 1 point and 2 units\. Got 1 and 1"):
        bootstrap_choice(np.ones((1, 1, 1)), np.ones(1), np.random.default_rng(0))
