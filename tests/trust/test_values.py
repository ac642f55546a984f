"""Predicted against true values: the line against SciPy's, its interval by simulation."""

import numpy as np
import pytest
from scipy.stats import linregress
from sklearn.metrics import r2_score, root_mean_squared_error

from dropdecay.trust.values import values_of


def sample(seed=0, n_rows=200):
    """Predictions that spread too little, and errors that grow with them."""
    rng = np.random.default_rng(seed)
    predicted = rng.gamma(2.0, 10.0, n_rows)
    return 3.0 + 1.5 * predicted + predicted * rng.normal(size=n_rows), predicted


def test_line_r2_and_rmse_are_those_of_scipy_and_scikit_learn():
    true, predicted = sample()
    found, theirs = values_of("y", true, predicted, np.ones(200)), linregress(predicted, true)
    assert found.slope.value == pytest.approx(theirs.slope)
    assert found.intercept.value == pytest.approx(theirs.intercept)
    assert found.r2 == pytest.approx(r2_score(true, predicted))
    assert found.rmse == pytest.approx(root_mean_squared_error(true, predicted))
    assert (found.residuals == true - predicted).all()


def test_a_sentence_has_no_more_digits_than_the_error_of_the_rmse():
    true, predicted = sample()
    assert "off by 28 (RMSE; R² 0.21)" in values_of("y", true, predicted, np.ones(200)).sentence
    large = values_of("y", 1e4 * true, 1e4 * predicted, np.ones(200)).sentence
    assert "off by 280,000 (RMSE" in large


def test_intervals_cover_in_95_of_100_worlds_though_errors_have_unequal_spread():
    found = [values_of("y", *sample(seed), np.ones(200)) for seed in range(500)]
    for name, value in (("slope", 1.5), ("intercept", 3.0)):
        each = [getattr(one, name) for one in found]
        assert 0.92 <= np.mean([one.lower <= value <= one.upper for one in each]) <= 0.98


def test_weights_count_as_rows_that_are_repeated():
    true, predicted = sample(n_rows=40)
    times = np.arange(40) % 3 + 1
    found = values_of("y", true, predicted, times.astype(float))
    repeated = values_of("y", true.repeat(times), predicted.repeat(times), np.ones(times.sum()))
    for name in ("r2", "rmse"):
        assert getattr(found, name) == pytest.approx(getattr(repeated, name))
    assert found.slope.value == pytest.approx(repeated.slope.value)
    # Copies are no new rows: the interval stays wider.
    assert found.slope.upper - found.slope.lower > repeated.slope.upper - repeated.slope.lower


def test_values_far_from_0_lose_no_digits():
    true, predicted = sample()
    found, far = (values_of("y", true + c, predicted + c, np.ones(200)) for c in (0.0, 1e9))
    assert far.slope.value == pytest.approx(found.slope.value, rel=1e-5)
    assert far.rmse == pytest.approx(found.rmse, rel=1e-6)


@pytest.mark.parametrize("true", [[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]])
def test_constant_predictions_have_no_line(true):
    found = values_of("y", np.array(true), np.full(3, 2.0), np.ones(3))
    assert found.slope is None
    assert found.intercept is None
    assert found.sentence.endswith("and are the same for all rows.")


@pytest.mark.parametrize(
    ("slope", "said"), [(1.0, "; where they"), (1.6, "spread too little"), (0.4, "spread too far")]
)
def test_the_sentence_says_whether_predictions_can_be_taken_at_their_word(slope, said):
    rng = np.random.default_rng(0)
    predicted = rng.normal(size=300)
    found = values_of("y", slope * predicted + 0.3 * rng.normal(size=300), predicted, np.ones(300))
    assert said in found.sentence
    assert found.sentence.startswith("Predictions are off by 0.")


def test_large_errors_are_written_out():
    rng = np.random.default_rng(0)
    predicted = 1e6 + 3e5 * rng.normal(size=300)
    found = values_of("y", predicted + 6e4 * rng.normal(size=300), predicted, np.ones(300))
    assert "e+" not in found.sentence
    assert found.sentence.startswith("Predictions are off by 5")
