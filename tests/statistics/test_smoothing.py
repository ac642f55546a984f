import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dropdecay.statistics.smoothing import evaluated_epochs, smooth


@pytest.mark.parametrize(
    ("last", "n_epochs"), [(1, 1), (7, 7), (10, 10), (100, 36), (400, 50), (1000, 60)]
)
def test_epochs_are_dense_at_first_and_then_each_a_tenth_further(last, n_epochs):
    epochs = evaluated_epochs(last)
    assert len(epochs) == n_epochs
    assert epochs[: min(10, last)] == tuple(range(1, min(10, last) + 1))
    assert epochs[-1] == last
    assert all(1 <= after - before <= max(1, 0.1 * before + 0.5)
               for before, after in pairwise(epochs))  # fmt: skip


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_a_longer_run_is_evaluated_where_a_shorter_one_is_but_for_its_last_epoch(one, other):
    short, long = sorted((one, other))
    assert (
        evaluated_epochs(short)[:-1] == evaluated_epochs(long)[: len(evaluated_epochs(short)) - 1]
    )


@given(st.integers(1, 500), st.integers(0, 100))
def test_each_value_is_the_mean_of_its_neighbourhood(last, seed):
    epochs = np.array(evaluated_epochs(last))
    curves = np.random.default_rng(seed).normal(size=(2, epochs.size))
    smoothed = smooth(curves, epochs)
    for place, epoch in enumerate(epochs):
        near = np.abs(epochs - epoch) <= 0.08 * epoch
        near[max(0, place - 1) : place + 2] = True
        near &= (epochs.size > 2) | (epochs == epoch)
        np.testing.assert_allclose(smoothed[:, place], curves[:, near].mean(axis=1), atol=1e-12)


def test_a_curve_that_does_not_change_stays_exactly_as_it_is():
    epochs = np.array(evaluated_epochs(300))
    assert (smooth(np.full(epochs.size, 0.1), epochs) == 0.1).all()


def test_the_mean_of_smoothed_curves_is_the_smoothed_mean():
    epochs = np.array(evaluated_epochs(300))
    curves = np.random.default_rng(0).normal(size=(5, epochs.size))
    np.testing.assert_allclose(
        smooth(curves, epochs).mean(axis=0), smooth(curves.mean(axis=0), epochs), atol=1e-12
    )


def exact_means(curve, epochs):
    """Every window summed without rounding."""
    for place, epoch in enumerate(epochs):
        near = np.abs(epochs - epoch) <= 0.08 * epoch
        near[max(0, place - 1) : place + 2] = True
        yield math.fsum(curve[near]) / np.count_nonzero(near)


@pytest.mark.parametrize("exponent", [0, 2, 5, 8, 12, 100, 300])
@pytest.mark.parametrize("at", [0, 1, 5, -1])
def test_a_huge_loss_takes_no_digits_from_the_others(exponent, at):
    epochs = np.array(evaluated_epochs(400))
    curves = 0.3 + np.random.default_rng(exponent).exponential(size=(3, epochs.size))
    curves[1, at] *= 10.0**exponent
    smoothed = smooth(curves, epochs)
    for curve, own in zip(curves, smoothed, strict=True):
        np.testing.assert_allclose(own, list(exact_means(curve, epochs)), rtol=1e-12)
    np.testing.assert_array_equal(smooth(curves[1], epochs), smoothed[1])


def test_a_huge_loss_before_a_divergence_takes_no_digits_either():
    epochs = np.array(evaluated_epochs(100))
    curve = np.linspace(2.0, 1.0, epochs.size)
    curve[0], curve[20:] = 1e12, np.nan
    smoothed = smooth(curve, epochs)
    np.testing.assert_allclose(smoothed[:19], list(exact_means(curve, epochs))[:19], rtol=1e-12)
    assert np.isnan(smoothed[20:]).all()
