"""Calibration curves against scikit-learn's, Wilson's interval against SciPy's."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.calibration import calibration_curve as of_scikit_learn

from dropdecay.trust.calibration import BIN_ROWS, calibration_curve, wilson
from tests.trust.worlds import drawn_classes, found_of


def sample(n_rows, seed=0):
    said, true = drawn_classes(n_rows, 2, seed)
    return said[:, 1], true


@pytest.mark.parametrize("n_rows", [200, 999])
def test_the_bins_are_those_of_scikit_learn(n_rows):
    said, true = sample(n_rows)
    curve = calibration_curve("b", said, true, np.ones(n_rows))
    happened, mean = of_scikit_learn(true, said, strategy="quantile", n_bins=10)
    np.testing.assert_allclose(curve.happened, happened)
    np.testing.assert_allclose(curve.said, mean)
    assert curve.rows.sum() == n_rows
    assert curve.error == pytest.approx(
        np.average(np.abs(happened - mean), weights=curve.rows), rel=1e-12
    )


def test_bins_hold_enough_rows_and_equal_probabilities_stay_together():
    said, true = sample(75)
    assert (calibration_curve("b", said, true, np.ones(75)).rows >= BIN_ROWS).all()
    few = calibration_curve("b", np.repeat([0.1, 0.7], 100), np.arange(200) % 2, np.ones(200))
    assert few.rows.tolist() == [100, 100]


@pytest.mark.parametrize(("hits", "n"), [(0, 10), (3, 20), (20, 20), (57, 200)])
def test_the_interval_is_that_of_scipy(hits, n):
    lower, upper = wilson(np.array([hits / n]), np.array([float(n)]))
    theirs = binomtest(hits, n).proportion_ci(0.95, method="wilson")
    assert (lower[0], upper[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_weights_weigh_rows_and_no_unit_of_them_matters():
    said, true = sample(200)
    weight = np.random.default_rng(1).uniform(0.1, 3.0, 200)
    curve, scaled = (calibration_curve("b", said, true, w) for w in (weight, 1000 * weight))
    first = np.argsort(said)[:20]
    assert curve.said[0] == pytest.approx(np.average(said[first], weights=weight[first]))
    assert curve.happened[0] == pytest.approx(np.average(true[first], weights=weight[first]))
    np.testing.assert_allclose(curve.lower, scaled.lower)
    even = calibration_curve("b", said, true, np.ones(200))
    assert (curve.upper - curve.lower).mean() > (even.upper - even.lower).mean()


def test_the_error_of_right_probabilities_is_what_chance_alone_shows():
    curves = [calibration_curve("b", *sample(400, seed), np.ones(400)) for seed in range(60)]
    errors, by_chance = (np.mean([getattr(each, name) for each in curves])
                         for name in ("error", "by_chance"))  # fmt: skip
    assert errors == pytest.approx(by_chance, rel=0.1)


@pytest.mark.parametrize("said", [[0.5, 0.5, 0.5], [0.0, 1.0, 1.0]])
def test_three_rows_have_one_bin(said):
    curve = calibration_curve("b", np.array(said), np.array([0, 1, 1]), np.ones(3))
    assert curve.rows.tolist() == [3]
    assert np.isfinite([curve.error, curve.by_chance, *curve.lower, *curve.upper]).all()


def test_sharpened_probabilities_are_said_to_be_off_with_what_a_temperature_would_do():
    said, true = drawn_classes(2000, 3)
    sharp = said**3 / (said**3).sum(axis=1, keepdims=True)
    found = found_of(true, sharp).calibration()
    assert found.temperature == pytest.approx(3.0, rel=0.1)
    assert found.loss_after_temperature < found.loss
    assert "chance alone would show" in found.sentence
    assert "A temperature of" in found.sentence
    after = found_of(true, sharp).cooled().calibration()
    assert after.error < found.error / 3
    assert after.is_applied
    assert "no more than chance" in after.sentence


def test_each_class_has_a_curve_but_of_two_the_second_alone():
    assert [each.name for each in found_of(*drawn_classes(60, 3)[::-1]).calibration().curves] == [
        "a", "b", "c"
    ]  # fmt: skip
    assert [each.name for each in found_of(*drawn_classes(60, 2)[::-1]).calibration().curves] == [
        "b"
    ]


def test_squared_error_has_a_curve_and_no_temperature():
    said, true = drawn_classes(60, 2)
    found = found_of(true, said, is_squared=True).calibration()
    assert found.temperature is None
    assert "temperature" not in found.sentence
