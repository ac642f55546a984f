"""Ensembles: networks trained one by one and averaged by hand, and every figure that is of them."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import log_loss

from dropdecay import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    load_model,
    save_model,
)
from dropdecay.data.targets import class_target
from dropdecay.engine.buffers import views
from dropdecay.engine.compiled_outputs import sampled_outputs
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import REFIT_FOLD, Dataset, Problem, Rows, Run, run_key
from dropdecay.errors import BadModel, BadSetting, FailedWork
from dropdecay.estimators import refit as refitting
from dropdecay.estimators.base import drawn_state
from dropdecay.estimators.other_networks import seed_of
from dropdecay.selection.optimism import estimate_optimism
from dropdecay.settings import Regularization
from dropdecay.statistics.corrected import paired_difference
from dropdecay.storage.model_folder import write_model
from dropdecay.storage.models import stored_form
from dropdecay.trust.temperature import at_temperature, fit_temperature
from tests.estimators.test_repeats import SMALL, X, fitted
from tests.reference.network import FORWARD, forward

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]

LETTERS = np.array(["c", "a", "b"])[np.arange(60) % 3]
VALUES = 50.0 * X[:, 0] + np.random.default_rng(1).normal(size=60).astype(np.float32)


@pytest.fixture(scope="module")
def ensemble():
    return fitted(LETTERS, n_ensemble=3)


@pytest.fixture(scope="module")
def alone():
    return fitted(LETTERS)


def softmax(logits):
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def logits_of(network, params, rows):
    """What a network says before softmax, by plain NumPy in float64."""
    weights, biases = views(network, params.astype(np.float64))
    assert network.activation in FORWARD
    return forward(weights, biases, rows.astype(np.float64), network.activation, [1.0] * 3)[0]


def of_true(said, y, classes):
    return said[np.arange(len(y)), np.searchsorted(classes, y)]


# What predicts


def test_it_is_the_mean_of_networks_that_were_trained_one_by_one(ensemble):
    target = class_target(LETTERS, "log_loss", np.float32)
    point = ensemble.choice_.chosen.point
    every, nothing = np.arange(60), np.arange(0)
    problem = Problem(
        {REFIT_FOLD: Rows(every, every, nothing, nothing)},
        {REFIT_FOLD: Dataset(X, target.matrix)}.__getitem__,
    )
    said = []
    for seed in range(3):
        key = run_key(drawn_state(SMALL["random_state"]), REFIT_FOLD, seed)
        setting = point.applied_to(ensemble.setting_)
        run = Run(setting, point, REFIT_FOLD, seed, ensemble.epochs_, key)
        (fit,) = train(problem, [run], keep_states=True)
        np.testing.assert_array_equal(ensemble.ensemble_params_[seed], fit.state.params)
        said.append(softmax(logits_of(ensemble.network_, fit.state.params, X)))
    np.testing.assert_allclose(ensemble.predict_proba(X), np.mean(said, axis=0), atol=1e-6)
    assert not np.allclose(said[0], said[1], atol=1e-3)
    np.testing.assert_array_equal(
        ensemble.predict(X), ensemble.classes_[np.mean(said, axis=0).argmax(axis=1)]
    )


def test_the_first_network_is_the_one_that_stands_alone_otherwise(ensemble, alone):
    assert alone.ensemble_params_ is None
    assert alone.ensemble_ is None
    for mine, its in zip(ensemble.coefs_, alone.coefs_, strict=True):
        np.testing.assert_array_equal(mine, its)
    np.testing.assert_array_equal(ensemble.results_["validation_loss"],
                                  alone.results_["validation_loss"])  # fmt: skip
    assert ensemble.loss_curve_ == alone.loss_curve_


def test_values_are_averaged_in_their_units():
    search = fitted(VALUES, kind=MLPRegressorCV, n_ensemble=2, n_repeats=1)
    said = [logits_of(search.network_, params, X)[:, 0] for params in search.ensemble_params_]
    wanted = VALUES.mean() + VALUES.std() * np.mean(said, axis=0)
    np.testing.assert_allclose(search.predict(X), wanted, rtol=1e-5)
    assert search.predict_interval(X).shape == (60, 2)


@pytest.mark.parametrize("how", [{"n_jobs": 2}, {"cluster": "processes", "n_jobs": 2}], ids=str)
def test_bits_do_not_depend_on_who_trains(ensemble, how):
    other = fitted(LETTERS, n_ensemble=3, **how)
    np.testing.assert_array_equal(other.ensemble_params_, ensemble.ensemble_params_)
    assert other.ensemble_ == ensemble.ensemble_
    assert str(other.verdict_) == str(ensemble.verdict_)


@pytest.mark.parametrize("n_before", [10, 20, "refit"])
def test_a_search_that_was_interrupted_goes_on_to_the_same_ensemble(ensemble, n_before, tmp_path):
    class Enough(Exception):
        pass

    def stop(*_):
        raise Enough

    def count(fit, done, total):
        seen.append(fit)
        if len(seen) == n_before:
            raise Enough

    seen = []
    parts = {"around_refit": stop} if n_before == "refit" else {"on_fit": count}
    how = {**SMALL, "n_ensemble": 3, "store": tmp_path / "runs.sqlite"}
    with pytest.raises(Enough):
        MLPClassifierCV(**how).fit_with_hooks(X, LETTERS, **parts)
    search = MLPClassifierCV(**how).fit(X, LETTERS)
    np.testing.assert_array_equal(search.ensemble_params_, ensemble.ensemble_params_)
    assert search.ensemble_ == ensemble.ensemble_
    assert str(search.verdict_) == str(ensemble.verdict_)


def test_a_part_of_the_rows_is_searched_and_all_train_the_ensemble():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1500, 3)).astype(np.float32)
    search = MLPClassifierCV(
        **{**SMALL, "max_iter": 3, "batch_size": 200, "n_repeats": 1, "n_ensemble": 2},
        search_rows=1000,
    ).fit(rows, rows[:, 0] > 0)
    assert search.ensemble_params_.shape[0] == 2
    assert search.ensemble_.n_networks == 2


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "fold", True])
def test_a_number_of_networks_that_is_none_is_refused(wrong):
    with pytest.raises(BadSetting, match="n_ensemble"):
        fitted(n_ensemble=wrong)


def test_a_network_that_diverges_on_all_rows_is_told_of(monkeypatch):
    trained = refitting.trained

    def one_diverges(task, problem, runs, encoder, diverged):
        far = run_with_rate(runs[1], 1e30)
        return trained(task, problem, [runs[0], far], encoder, diverged)

    monkeypatch.setattr(refitting, "trained", one_diverges)
    with pytest.raises(FailedWork, match="diverged"):
        fitted(n_ensemble=2, n_repeats=1)


def run_with_rate(run, rate):
    schedule = replace(run.setting.schedule, learning_rate=rate)
    return replace(run, setting=replace(run.setting, schedule=schedule))


# What is said of it


def test_outputs_by_row_are_of_the_ensembles_of_the_folds(ensemble):
    said, fold = ensemble.out_of_fold().outputs, ensemble.out_of_fold().fold
    networks = ensemble.fold_networks_.folds
    for number, each in enumerate(networks):
        assert len(each.params) == 3
        here = fold == number
        by_network = [softmax(logits_of(each.network, params, X[here])) for params in each.params]
        np.testing.assert_allclose(said[here], np.mean(by_network, axis=0), atol=1e-6)


def test_what_averaging_brings_is_the_paired_difference_of_log_losses_by_fold(ensemble):
    averaged, single = [], []
    for each in ensemble.fold_networks_.folds:
        rows = each.rows
        by_network = [softmax(logits_of(each.network, params, X[rows])) for params in each.params]
        averaged.append(log_loss(LETTERS[rows], np.mean(by_network, axis=0)))
        single.append(np.mean([log_loss(LETTERS[rows], said) for said in by_network]))
    found, gain = ensemble.ensemble_, np.subtract(single, averaged)
    assert found.n_networks == 3
    assert found.loss == pytest.approx(np.mean(averaged), rel=1e-5)
    assert found.single_loss == pytest.approx(np.mean(single), rel=1e-5)
    wanted = paired_difference(gain, 0.5)
    assert (found.gain.mean, found.gain.lower, found.gain.upper) == pytest.approx(
        (wanted.mean, wanted.lower, wanted.upper), rel=1e-4
    )
    assert (gain > 0).all()  # Jensen
    assert str(found) in ensemble.verdict_.notes
    assert str(found).startswith("3 networks averaged have a log loss of ")


def test_with_class_weights_what_averaging_brings_is_by_the_weighted_loss_and_by_the_plain_one():
    by_class = {"a": 5.0, "b": 1.0, "c": 0.5}
    search = fitted(LETTERS, n_ensemble=3, n_repeats=1, class_weight=by_class)
    expected = {"weighted log loss": [], "log loss": []}
    for each in search.fold_networks_.folds:
        true, rows = LETTERS[each.rows], X[each.rows]
        by_network = [softmax(logits_of(each.network, params, rows)) for params in each.params]
        for name, weights in (("weighted log loss", [by_class[label] for label in true]),
                              ("log loss", None)):  # fmt: skip
            expected[name].append((
                log_loss(true, np.mean(by_network, axis=0), sample_weight=weights),
                np.mean([log_loss(true, said, sample_weight=weights) for said in by_network]),
            ))  # fmt: skip
    for found in (search.ensemble_, search.ensemble_.plain):
        averaged, single = np.mean(expected[found.measure], axis=0)
        assert (found.loss, found.single_loss) == pytest.approx((averaged, single), rel=1e-5)
    assert search.ensemble_.measure == search.results_.attrs["loss_name"] == "weighted log loss"
    assert search.ensemble_.loss != pytest.approx(search.ensemble_.plain.loss, rel=0.01)


def test_the_loss_to_expect_is_that_of_one_network_less_what_averaging_brings(ensemble, alone):
    assert ensemble.optimism_.of_single == alone.optimism_
    gain = ensemble.ensemble_.gain.mean
    assert ensemble.optimism_.corrected == alone.optimism_.corrected - gain
    assert ensemble.optimism_.optimism == pytest.approx(alone.optimism_.optimism)
    assert estimate_optimism(ensemble.results_).of_single is None


def test_with_class_weights_averaging_lowers_the_weighted_loss_to_expect_and_the_plain_one():
    weighted = {"class_weight": {0: 1.0, 1: 5.0}, "n_repeats": 1}
    single, averaged = (fitted(n_ensemble=n, **weighted) for n in (1, 3))
    found, brings = averaged.optimism_, averaged.results_
    assert found.of_single == single.optimism_
    for told, of_one, name in ((found, single.optimism_, "weighted_"),
                               (found.plain, single.optimism_.plain, "")):  # fmt: skip
        gain = brings[f"network_{name}loss"] - brings[f"ensemble_{name}loss"]
        assert (gain > 0).all()  # Jensen
        assert told.corrected == pytest.approx(of_one.corrected - float(gain.mean()))


def test_the_verdict_is_of_ensembles_on_every_cut(ensemble, alone):
    results = ensemble.results_
    assert ensemble.verdict_.gain.n_repeats >= 3
    said = results["picked_output"].transpose("contender", "row", "output").values
    losses = [-np.log(of_true(each, LETTERS, ensemble.classes_)) for each in said]
    of_first_cut = results["contender_loss"].isel(contender_repeat=0)
    np.testing.assert_allclose(of_first_cut, losses, rtol=1e-4, atol=1e-6)
    # Averages of outputs lose less than networks do in the mean.
    assert ensemble.verdict_.gain.baseline < alone.verdict_.gain.baseline
    assert "the verdict, the comparison with other models" in ensemble.verdict_.notes[1]


def test_without_repeats_the_verdict_says_that_it_is_of_single_networks():
    once, alone = fitted(n_ensemble=2, n_repeats=1), fitted(n_repeats=1)
    assert once.verdict_.gain == alone.verdict_.gain
    assert once.verdict_.notes[1].startswith(
        "The surface, the verdict and the comparison with other models are of single networks"
    )


def test_a_score_is_taken_of_averaged_outputs():
    search = fitted(n_ensemble=3, criterion="score", scoring="roc_auc", n_repeats=3)
    alone = fitted(criterion="score", scoring="roc_auc", n_repeats=3)
    assert search.verdict_.gain.n_repeats == 3
    assert search.verdict_.gain.by_repeat != alone.verdict_.gain.by_repeat
    assert "what to expect" not in search.verdict_.notes[1]


def test_other_models_are_set_against_ensembles_on_the_folds_too(ensemble):
    losses = ensemble.results_["contender_loss"].sel(contender="picks")
    fold = ensemble.results_["held_out_by"].values
    of_first_cut = losses.isel(contender_repeat=0).values
    by_fold = [of_first_cut[fold == each].mean() for each in range(3)]
    models = ensemble.baselines_.models
    assert models
    for each in models:  # in these tests, on the folds of the surface alone
        assert each.n_repeats == 1
        assert each.network_loss == pytest.approx(np.mean(by_fold), rel=1e-5)


def test_the_temperature_is_found_by_averaged_probabilities_and_applied_to_them():
    cool = fitted(LETTERS, n_ensemble=2, n_repeats=1, temperature=True)
    raw = fitted(LETTERS, n_ensemble=2, n_repeats=1)
    outputs = raw.out_of_fold().outputs
    true = np.searchsorted(raw.classes_, LETTERS)
    assert cool.temperature_ == pytest.approx(fit_temperature(outputs, true, np.ones(60)))
    np.testing.assert_array_equal(cool.ensemble_params_, raw.ensemble_params_)
    wanted = at_temperature(
        raw.predict_proba(X).astype(np.float64), cool.temperature_, of_labels=False
    )
    np.testing.assert_allclose(cool.predict_proba(X), wanted, atol=1e-6)


def test_two_classes_have_a_threshold_of_the_ensemble():
    search = fitted(n_ensemble=2, n_repeats=1, temperature=True, threshold="f1")
    said = search.predict_proba(X)
    np.testing.assert_array_equal(search.predict(X) == 1, said[:, 1] >= search.threshold_)
    np.testing.assert_allclose(said.sum(axis=1), 1.0, atol=1e-6)


def test_nested_cross_validation_judges_ensembles():
    three, alone = (fitted(n_ensemble=n, nested=True, n_repeats=1).nested_ for n in (3, 1))
    assert [each.chosen.point for each in three.folds] == [
        each.chosen.point for each in alone.folds
    ]
    assert three.loss.mean < alone.loss.mean
    assert all(0.0 <= each.score <= 1.0 for each in three.folds)


# What is saved


def test_a_saved_ensemble_predicts_the_same_bits(ensemble, tmp_path):
    save_model(ensemble, tmp_path / "m")
    loaded = load_model(tmp_path / "m")
    np.testing.assert_array_equal(loaded.predict_proba(X), ensemble.predict_proba(X))
    np.testing.assert_array_equal(loaded.ensemble_params_, ensemble.ensemble_params_)
    assert loaded.n_ensemble == 3
    np.testing.assert_array_equal(loaded.predict_set(X), ensemble.predict_set(X))


@pytest.mark.parametrize(
    "change",
    [lambda params: params[:, 1:], lambda params: params[1:], lambda params: params[:1],
     lambda params: params.astype(np.float64), lambda params: params[0]],
)  # fmt: skip
def test_an_ensemble_that_does_not_fit_its_network_is_refused(ensemble, change, tmp_path):
    stored = stored_form(ensemble)
    stored.arrays["ensemble"] = change(ensemble.ensemble_params_)
    write_model(tmp_path / "m", stored)
    with pytest.raises(BadModel, match="inconsistent"):
        load_model(tmp_path / "m")


# The single estimators


@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_plain_estimators_average_fits_of_their_own(kind):
    how = {"hidden_layer_sizes": (6, 5), "dropout": 0.2, "max_iter": 5, "random_state": 3}
    y = LETTERS if kind is MLPClassifier else VALUES / 50
    several, first = (kind(**how, n_ensemble=n).fit(X, y) for n in (3, 1))
    assert first.ensemble_params_ is None
    others = [
        kind(**{**how, "random_state": seed_of(several, number)}).fit(X, y) for number in (1, 2)
    ]
    answer = "predict_proba" if kind is MLPClassifier else "predict"
    said = [getattr(each, answer)(X).astype(np.float64) for each in (first, *others)]
    np.testing.assert_allclose(getattr(several, answer)(X), np.mean(said, axis=0), atol=1e-6)
    assert np.abs(said[0] - said[1]).max() > 1e-3
    for mine, its in zip(several.coefs_, first.coefs_, strict=True):
        np.testing.assert_array_equal(mine, its)
    again = kind(**how, n_ensemble=3).fit(X, y)
    np.testing.assert_array_equal(again.ensemble_params_, several.ensemble_params_)


def test_draws_of_masks_are_of_all_networks():
    several = MLPClassifier(6, dropout=0.5, max_iter=5, random_state=3, n_ensemble=3)
    several.fit(X, LETTERS)
    mean, std = several.predict_proba(X, mc_dropout=4, return_std=True, random_state=0)
    drawn = [
        said
        for number, params in enumerate(several.ensemble_params_)
        for said in sampled_outputs(
            several.network_, params, X, Regularization(0.5),
            run_key(drawn_state(0), REFIT_FOLD, number), 4,
        )
    ]  # fmt: skip
    assert len(drawn) == 12
    np.testing.assert_allclose(mean, np.mean(drawn, axis=0), atol=1e-6)
    np.testing.assert_allclose(std, np.std(drawn, axis=0, ddof=1), atol=1e-6)


def test_a_plain_ensemble_is_saved(tmp_path):
    several = MLPRegressor(hidden_layer_sizes=6, max_iter=3, random_state=0, n_ensemble=2).fit(
        X, VALUES
    )
    save_model(several, tmp_path / "m")
    np.testing.assert_array_equal(load_model(tmp_path / "m").predict(X), several.predict(X))


def test_a_plain_ensemble_goes_on_from_nowhere():
    with pytest.raises(BadSetting, match="warm_start=True would go on with one"):
        MLPClassifier(n_ensemble=2, warm_start=True).fit(X, LETTERS)
    with pytest.raises(BadSetting, match="partial_fit goes on with one"):
        MLPClassifier(n_ensemble=2).partial_fit(X, LETTERS, classes=["a", "b", "c"])
    with pytest.raises(BadSetting, match="n_ensemble"):
        MLPRegressor(n_ensemble=0).fit(X, VALUES)


def test_a_module_of_the_users_is_not_averaged_and_told_so():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    from dropdecay.torch import ModuleClassifierCV

    with pytest.raises(TypeError, match="Modules are not averaged: fit several"):
        ModuleClassifierCV(torch.nn.Linear(6, 2), n_ensemble=5)
