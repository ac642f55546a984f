import numpy as np
import pytest

from dropdecay.statistics.bootstrap import bootstrap_minimum


def test_a_single_point_has_nothing_to_flatter_itself_with():
    losses = np.random.default_rng(0).exponential(size=(1, 200))
    found = bootstrap_minimum(losses, np.ones(200), np.random.default_rng(1))
    assert found.mean == pytest.approx(losses.mean(), abs=0.01)
    assert found.lower < losses.mean() < found.upper


def test_it_agrees_with_a_plain_loop():
    rng = np.random.default_rng(2)
    losses, weights = rng.normal(size=(6, 30)), rng.integers(1, 4, 30).astype(float)
    estimates = []
    for _ in range(4000):
        drawn = rng.integers(0, 30, 30)
        left = np.setdiff1d(np.arange(30), drawn)
        means = (losses[:, drawn] * weights[drawn]).sum(axis=1)
        best = means.argmin()
        estimates.append(np.average(losses[best, left], weights=weights[left]))
    found = bootstrap_minimum(losses, weights, np.random.default_rng(3))
    assert found.mean == pytest.approx(np.mean(estimates), abs=0.02)
    assert found.lower == pytest.approx(np.percentile(estimates, 2.5), abs=0.05)
    assert found.upper == pytest.approx(np.percentile(estimates, 97.5), abs=0.05)


def test_among_equal_points_the_minimum_is_biased_and_the_correction_is_not():
    """Fifty points, all of true loss 1: the lowest mean lies below 1, the corrected does not."""
    naive, corrected = [], []
    for seed in range(60):
        losses = 1 + np.random.default_rng(seed).normal(size=(50, 100))
        naive.append(losses.mean(axis=1).min())
        rng = np.random.default_rng(seed + 1000)
        corrected.append(bootstrap_minimum(losses, np.ones(100), rng).mean)
    assert np.mean(naive) < 0.8
    assert np.mean(corrected) == pytest.approx(1.0, abs=0.03)


def test_the_same_generator_gives_the_same_estimate():
    losses = np.random.default_rng(0).normal(size=(3, 20))
    one, same = (bootstrap_minimum(losses, np.ones(20), np.random.default_rng(5)) for _ in "ab")
    assert one == same


def test_one_unit_cannot_be_left_out():
    with pytest.raises(ValueError, match="At least 2 units"):
        bootstrap_minimum(np.ones((3, 1)), np.ones(1), np.random.default_rng(0))
