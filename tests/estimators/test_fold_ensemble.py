"""The networks of the folds, averaged in place of a refit: each by its own encoder, and saved."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.errors import BadInput, BadSetting, DropdecayWarning
from dropdecay.estimators.fold_ensemble import trained_together
from dropdecay.export.onnx import onnx_bytes
from dropdecay.export.torch import torch_bytes

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"a": RNG.normal(size=90), "b": ["x", "y", "z"] * 30})
LABELS = np.where(np.abs(TABLE["a"]) < 0.7, "in", "out")
VALUES = TABLE["a"].to_numpy() ** 2
SMALL = {
    "hidden_layer_sizes": 4, "dropouts": (0.0, 0.1), "weight_decays": (0.0,), "cv": 3,
    "max_iter": 5, "random_state": 0, "n_repeats": 1, "baselines": False, "n_jobs": 1,
    "extend": False, "learning_rate_init": 0.01,
}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        yield


def fitted(kind=MLPClassifierCV, y=LABELS, **others):
    return kind(**{**SMALL, "n_ensemble": "folds", **others}).fit(TABLE, y)


def said_of_each(search):
    """What each fold's network says of the table, by plain NumPy on its own encoder's numbers."""
    found = []
    for fold in search.fold_networks_.folds:
        X = np.asarray(fold.encoder.transform(TABLE), np.float64)
        at, params = 0, fold.params[0].astype(np.float64)
        sizes = fold.network.sizes
        shapes = list(pairwise(sizes))
        weights = []
        for n_in, n_out in shapes:
            weights.append(params[at : at + n_in * n_out].reshape(n_in, n_out))
            at += n_in * n_out
        for number, (w, (_, n_out)) in enumerate(zip(weights, shapes, strict=True)):
            X = X @ w + params[at : at + n_out]
            at += n_out
            X = np.maximum(X, 0) if number < len(weights) - 1 else X
        found.append(X)
    return np.array(found)


def test_probabilities_of_the_folds_are_averaged_and_nothing_is_refitted():
    search, one = fitted(), fitted(n_ensemble=1)
    wanted = (1 / (1 + np.exp(-said_of_each(search)))).mean(axis=0)[:, 0]
    np.testing.assert_allclose(search.predict_proba(TABLE)[:, 1], wanted, atol=1e-6)
    assert list(search.predict(TABLE)) == ["out" if p > 0.5 else "in" for p in wanted]
    # The search itself is that of one network, and so are its figures.
    np.testing.assert_array_equal(
        search.results_["validation_loss"], one.results_["validation_loss"]
    )
    assert search.ensemble_ is None
    first = search.fold_networks_.folds[0]
    np.testing.assert_array_equal(search._flat_params(), first.params[0])
    assert not hasattr(search, "loss_curve_")


def test_values_of_the_folds_are_averaged_in_the_units_of_the_target():
    search = fitted(MLPRegressorCV, VALUES)
    wanted = search.target_center_ + search.target_scale_ * said_of_each(search).mean(axis=0)
    np.testing.assert_allclose(search.predict(TABLE), wanted[:, 0], atol=1e-5)


def test_a_temperature_is_applied_to_the_mean():
    search = fitted(temperature=True)
    mean = (1 / (1 + np.exp(-said_of_each(search)))).mean(axis=0)[:, 0]
    logit = np.log(mean / (1 - mean)) / search.temperature_
    assert search.temperature_ != 1
    np.testing.assert_allclose(
        search.predict_proba(TABLE)[:, 1], 1 / (1 + np.exp(-logit)), atol=1e-5
    )


def test_a_saved_model_predicts_alike_even_if_the_folds_are_not_asked_for(tmp_path):
    search = fitted()
    save_model(search, tmp_path / "m")
    for with_folds in (True, False):
        back = load_model(tmp_path / "m", with_folds=with_folds)
        np.testing.assert_array_equal(back.predict_proba(TABLE), search.predict_proba(TABLE))


def test_it_predicts_inside_a_cross_validation_of_scikit_learn():
    from sklearn.model_selection import cross_val_score

    search = MLPClassifierCV(**SMALL, n_ensemble="folds")
    assert np.isfinite(cross_val_score(search, TABLE, LABELS, cv=2)).all()


@pytest.mark.parametrize("export", [onnx_bytes, torch_bytes])
def test_it_cannot_be_exported_as_one_network(export):
    with pytest.raises(BadInput, match="averages the networks of its folds"):
        export(fitted())


@pytest.mark.parametrize(("others", "message"), [
    ({"keep_folds": False}, "Leave keep_folds=False out"),
    ({"keep_folds": "all", "n_ensemble": 1}, "keep_folds must be"),
    ({"n_ensemble": "fold"}, "n_ensemble"),
])  # fmt: skip
def test_what_does_not_go_together_is_refused(others, message):
    with pytest.raises(BadSetting, match=message):
        fitted(**others)


def test_networks_that_saw_a_part_of_the_rows_are_refused():
    search = MLPClassifierCV(**SMALL, n_ensemble="folds")
    with pytest.raises(BadSetting, match="Leave search_rows out"):
        trained_together(search, {"whole": object(), "moments": None})


def test_blocks_of_time_are_refused_and_single_networks_have_no_folds():
    with pytest.raises(BadSetting, match="the earliest rows alone"):
        MLPClassifierCV(**SMALL, n_ensemble="folds").fit(TABLE, LABELS, times=np.arange(90))
    with pytest.raises(BadSetting, match="n_ensemble"):
        MLPClassifier(n_ensemble="folds").fit(TABLE[["a"]].to_numpy(), LABELS)
