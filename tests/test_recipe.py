"""What the candidates of the recipe patch in does what their names say."""

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from benchmarks.recipe import CANDIDATES, DEFAULT, SEARCHED, measure
from benchmarks.recipe_patches import falling, rising, scheduled
from dropdecay import MLPClassifierCV
from dropdecay.engine.buffers import views
from dropdecay.engine.protocol import Dataset
from dropdecay.engine.state import initial_state
from dropdecay.engine.training import set_up, train_one_epoch
from dropdecay.schedules import rates_of_epoch
from dropdecay.selection import epochs
from dropdecay.selection.epochs import curves_to_pick_from
from dropdecay.settings import Network, Regularization, Schedule, Setting
from dropdecay.table.scaling import Scaler

NETWORK = Network(5, (40, 30), 3)
KEY = np.array([1, 2], np.uint32)


def first_layers(candidate):
    """Return weights and biases before the first step."""
    setting = Setting(NETWORK, Regularization(), Schedule(1, 8))
    with CANDIDATES[candidate].patched():
        return views(NETWORK, initial_state(setting, KEY).params)


def untrained(candidate, n_classes):
    """Return the probabilities of a network that learnt nothing, of 40 rows of unequal classes."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), np.minimum(np.arange(40) // 8, n_classes - 1)
    with CANDIDATES[candidate].patched():
        search = MLPClassifierCV(
            4, dropouts=(0.0,), weight_decays=(0.0,), cv=2, n_repeats=1, baselines=False,
            fixed_epochs=True, max_iter=1, learning_rate_init=1e-12, keep_folds=False, n_jobs=1,
            random_state=0,
        ).fit(X, y)  # fmt: skip
    return search.predict_proba(X), np.bincount(y)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_with_output_weights_of_zero_every_row_has_the_shares_of_the_classes_at_first(n_classes):
    proba, counts = untrained("the same, output weights 0", n_classes)

    np.testing.assert_allclose(proba, [(counts + 1) / (40 + n_classes)] * 40, rtol=1e-5)


def test_with_the_bias_alone_rows_differ_but_are_right_in_the_mean():
    proba, counts = untrained("output bias from shares", 3)

    assert np.ptp(proba, axis=0).min() > 0.01
    assert proba.mean(axis=0).argmax() == counts.argmax()


def test_he_s_weights_are_uniform_within_the_root_of_six_over_the_inputs_and_biases_zero():
    weights, biases = first_layers("biases 0, He's weights")

    for each in weights:
        bound = np.sqrt(6 / each.shape[0])
        assert 0.95 * bound < np.abs(each).max() <= bound * (1 + 1e-6)
    assert not any(bias.any() for bias in biases)


def test_without_biases_weights_are_the_default_s():
    setting = Setting(NETWORK, Regularization(), Schedule(1, 8))
    usual, _ = views(NETWORK, initial_state(setting, KEY).params)

    weights, biases = first_layers("biases 0")

    for ours, theirs in zip(weights, usual, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not any(bias.any() for bias in biases)


def test_the_flat_rate_falls_along_a_cosine_from_the_middle_on():
    schedule = Schedule(4, 8, learning_rate=0.01, learning_rate_schedule="cosine")
    with CANDIDATES["flat, then cosine, from 0.001"].patched():
        from dropdecay.engine import training

        rates = np.concatenate([training.rates_of_epoch(schedule, 0.01, e, 5) for e in range(4)])

    assert training.rates_of_epoch is rates_of_epoch
    np.testing.assert_array_equal(rates[:11], 0.01)
    np.testing.assert_allclose(rates[10:], 0.005 * (1 + np.cos(np.pi * np.arange(10) / 10)))


def test_inputs_that_are_not_clipped_keep_their_distance():
    X = np.array([[-1.0], [0.0], [1.0], [100.0]], np.float32)
    scaler = Scaler().fit(X)
    with CANDIDATES["inputs not clipped"].patched():
        far = scaler.transform(X)[3, 0]

    assert far == pytest.approx(99.5 / 26.0)  # of quartiles at -0.25 and 25.75
    assert scaler.transform(X)[3, 0] < 3.0


def test_a_regularizer_rises_over_twenty_epochs_or_falls_from_the_middle_on():
    assert [rising(epoch, 1000) for epoch in (0, 9, 19, 500)] == [0.05, 0.5, 1.0, 1.0]
    assert [falling(epoch, 8) for epoch in (0, 4, 6, 8)] == pytest.approx([1.0, 1.0, 0.5, 0.0])


@pytest.mark.parametrize("knobs", [{"dropout": 0.5}, {"weight_decay": 3.0}])
def test_a_schedule_multiplies_its_own_regularizer_in_every_epoch(knobs):
    rng = np.random.default_rng(0)
    dataset = Dataset(
        rng.normal(size=(24, 5)).astype(np.float32),
        rng.integers(0, 3, (24, 1)).astype(np.float32),
    )

    def after(epochs, patched=None, **knobs):
        setting = Setting(NETWORK, Regularization(**knobs), Schedule(epochs, 8))
        with patched() if patched else nullcontext():
            setup, state = set_up(setting, dataset, np.arange(24)), initial_state(setting, KEY)
            for _ in range(epochs):
                train_one_epoch(setup, state)
        return state.params

    ours = {"dropout": "dropout", "weight_decay": "decay"}[next(iter(knobs))]
    other = {"dropout": "decay", "decay": "dropout"}[ours]
    off = scheduled(**{ours: lambda epoch, n_epochs: float(epoch == 0)})
    half = scheduled(**{ours: lambda epoch, n_epochs: 0.5})

    np.testing.assert_array_equal(after(1, off, **knobs), after(1, **knobs))
    assert (after(2, off, **knobs) != after(2, **knobs)).any()
    weaker = {name: value / 2 for name, value in knobs.items()}
    np.testing.assert_array_equal(after(2, half, **knobs), after(2, **weaker))
    not_ours = scheduled(**{other: lambda epoch, n_epochs: 0.0})
    np.testing.assert_array_equal(after(2, not_ours, **knobs), after(2, **knobs))


def test_numbers_become_normal_by_their_quantiles_and_missing_ones_stay_marked():
    X = np.exp(np.random.default_rng(0).normal(size=(400, 1))).astype(np.float32)
    X[:40] = np.nan
    with CANDIDATES["inputs normal by quantiles"].patched():
        normal = Scaler().fit(X).transform(X)

    assert normal.dtype == np.float32
    np.testing.assert_array_equal(normal[:, 1], np.isnan(X[:, 0]))
    np.testing.assert_array_equal(normal[:40, 0], 0.0)
    assert np.std(normal[40:, 0]) == pytest.approx(1.0, abs=0.1)
    assert np.corrcoef(normal[40:, 0], np.log(X[40:, 0]))[0, 1] > 0.99
    assert Scaler().fit(X).transform(X).shape == normal.shape


@pytest.mark.filterwarnings("ignore:The best:dropdecay.errors.EdgeWarning")
def test_the_earliest_epoch_as_good_is_the_first_within_a_standard_error_of_the_best():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(90, 4))
    y = (X[:, 0] + rng.normal(size=90) > 0).astype(int)
    search = MLPClassifierCV(8, **SEARCHED, random_state=0).fit(X, y)
    curves = curves_to_pick_from(search.results_)
    with CANDIDATES["earliest epoch as good"].patched():
        earlier = epochs.choose_epochs(search.results_)

    best = epochs.choose_epochs(search.results_)
    assert (earlier <= best).all()
    assert (earlier < best).any()
    for point, epoch in enumerate(earlier.values):
        upto = curves[point].sel(epoch=slice(None, best[point])).values
        behind = upto - upto[:, -1:]
        mean, error = behind.mean(axis=0), behind.std(axis=0, ddof=1) / np.sqrt(3)
        at = list(curves["epoch"].values).index(epoch)
        assert mean[at] <= error[at]
        assert not (mean[:at] <= error[:at]).any()


@pytest.mark.filterwarnings("ignore:The best:dropdecay.errors.EdgeWarning")
def test_a_line_has_the_figures_of_the_rows_held_back_and_of_the_folds(monkeypatch):
    monkeypatch.setattr("benchmarks.recipe.MAX_TRAINING", 100)

    row = measure(Path(), "iris", 0, DEFAULT)

    assert row["rows"] == 100
    assert 0 < row["log_loss"] < row["constant"]
    assert 0 < row["held_out_loss"] < row["constant"]


@pytest.mark.filterwarnings("ignore:The best:dropdecay.errors.EdgeWarning")
def test_rows_held_back_are_scaled_as_the_rows_that_were_learnt_from(monkeypatch):
    monkeypatch.setattr("benchmarks.recipe.MAX_TRAINING", 100)

    row = measure(Path(), "iris", 0, "inputs normal by quantiles")

    # A network that was taught other inputs than it is judged on loses more than that.
    assert row["log_loss"] < 0.5 * row["constant"]
