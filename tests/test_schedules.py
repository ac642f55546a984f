import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.neural_network import MLPClassifier as TheirClassifier

from dropdecay import MLPClassifier
from dropdecay.errors import BadSetting
from dropdecay.schedules import rate_after_epoch, rates_of_epoch
from dropdecay.settings import Schedule

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

X, Y = make_classification(120, random_state=0)


def whole(kind, n_steps=10, n_epochs=10):
    schedule = Schedule(n_epochs, 8, learning_rate=0.5, learning_rate_schedule=kind)
    return np.concatenate(
        [rates_of_epoch(schedule, 0.2, epoch, n_steps) for epoch in range(n_epochs)]
    )


def test_cosine_falls_from_the_peak_to_almost_0():
    rates = whole("cosine")
    np.testing.assert_allclose(rates, 0.25 * (1 + np.cos(np.pi * np.arange(100) / 100)))


def test_one_cycle_rises_and_falls_as_in_torch():
    rates = whole("one_cycle")
    assert rates[0] == pytest.approx(0.5 / 25)
    assert rates.argmax() == 29
    assert rates[29] == pytest.approx(0.5)
    assert rates[-1] == pytest.approx(0.5 / 25 / 1e4)
    assert (np.diff(rates[:30]) > 0).all()
    assert (np.diff(rates[29:]) < 0).all()
    # Half way up and half way down, the rate is the mean of both ends.
    assert rates[15] == pytest.approx(0.02 + 0.48 * (1 - np.cos(np.pi * 15 / 29)) / 2)
    assert rates[64] == pytest.approx((0.5 + 0.5 / 25e4) / 2)


@pytest.mark.parametrize("kind", ["constant", "invscaling", "adaptive"])
def test_other_schedules_are_constant_within_an_epoch(kind):
    assert (whole(kind) == 0.2).all()


@pytest.mark.parametrize(("kind", "end"), [("cosine", 0.0), ("one_cycle", 0.5 / 25 / 1e4)])
def test_cosine_and_one_cycle_keep_their_final_rate_past_their_last_epoch(kind, end):
    schedule = Schedule(4, 8, learning_rate=0.5, learning_rate_schedule=kind)
    np.testing.assert_allclose(rates_of_epoch(schedule, 0.5, 6, 10), end, atol=1e-15)


def test_only_inverse_scaling_changes_the_rate_after_an_epoch():
    falling = Schedule(1, 8, learning_rate=0.5, learning_rate_schedule="invscaling", power_t=0.5)
    assert rate_after_epoch(falling, 0.2, 99) == pytest.approx(0.05)
    for kind in ("constant", "adaptive"):
        schedule = Schedule(1, 8, learning_rate=0.5, learning_rate_schedule=kind)
        assert rate_after_epoch(schedule, 0.2, 99) == 0.2


def test_an_unknown_schedule_is_refused():
    with pytest.raises(BadSetting, match="learning_rate must be one of 'constant', 'invscaling'"):
        Schedule(1, 8, learning_rate_schedule="optimal")


@pytest.mark.parametrize("kind", ["constant", "invscaling", "adaptive"])
def test_scikit_learns_schedules_end_at_its_learning_rate(kind):
    form = {"hidden_layer_sizes": 5, "solver": "sgd", "learning_rate": kind, "power_t": 0.3,
            "max_iter": 40, "random_state": 0, "tol": 1.0, "n_iter_no_change": 3}  # fmt: skip
    ours, theirs = MLPClassifier(**form).fit(X, Y), TheirClassifier(**form).fit(X, Y)
    assert ours.n_iter_ == theirs.n_iter_
    assert ours._optimizer.learning_rate == pytest.approx(theirs._optimizer.learning_rate)


def test_invscaling_and_adaptive_do_not_change_adams_rate():
    networks = [
        MLPClassifier(5, learning_rate=kind, max_iter=4, random_state=0).fit(X, Y)
        for kind in ("constant", "adaptive", "invscaling", "cosine")
    ]
    for other in networks[1:3]:
        np.testing.assert_array_equal(networks[0].coefs_[0], other.coefs_[0])
    assert not np.array_equal(networks[0].coefs_[0], networks[3].coefs_[0])


def test_schedules_with_a_horizon_are_refused_by_partial_fit():
    with pytest.raises(BadSetting, match="must know when training ends"):
        MLPClassifier(learning_rate="cosine").partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(BadSetting, match="learning_rate must be one of"):
        MLPClassifier(learning_rate="optimal").fit(X, Y)
