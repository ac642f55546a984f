"""Out-of-fold outputs of the estimators, and the temperature and threshold that come of them."""

import numpy as np
import pytest
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    FixedThresholdClassifier,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    cross_val_score,
)

from dropdecay import MLPClassifier, MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.errors import BadInput, BadSetting
from dropdecay.estimators import part_of_rows
from dropdecay.export.onnx import onnx_bytes
from dropdecay.export.torch import torch_bytes
from dropdecay.surface import row_outputs
from tests.estimators.test_repeats import SMALL, X, Y, fitted

pytestmark = pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning")

ONCE = {"n_repeats": 1}
LETTERS = np.array(["c", "a", "b"])[np.arange(60) % 3]
NAMES = np.array(["no", "yes"])[Y]
VALUES = 50 * X[:, 0] + np.random.default_rng(1).normal(size=60)


@pytest.fixture(scope="module")
def plain():
    return fitted(**ONCE)


@pytest.fixture(scope="module")
def scaled():
    return fitted(NAMES, **ONCE, temperature=True, threshold="f1")


def test_they_are_those_in_results(plain):
    found, results = plain.out_of_fold(), plain.results_
    outputs = results["out_of_fold_output"].values[0, :, 0].astype(float)
    np.testing.assert_allclose(found.outputs[:, 1], outputs, rtol=1e-6)
    assert (found.fold == results["held_out_by"].values).all()
    assert (found.y == Y).all()
    assert found.names == ("0", "1")


@pytest.mark.parametrize("y", [Y, LETTERS, np.column_stack([Y, 1 - Y])], ids=["2", "3", "labels"])
@pytest.mark.parametrize("weighted", [False, True])
def test_their_mean_loss_is_the_loss_of_the_chosen_point(y, weighted):
    weight = np.random.default_rng(2).uniform(0.1, 3.0, 60) if weighted else None
    search = fitted(y, **ONCE, sample_weight=weight)
    found = search.out_of_fold()
    by_fold = [
        np.average(found.loss[found.fold == fold], weights=found.weight[found.fold == fold])
        for fold in range(3)
    ]
    assert np.mean(by_fold) == pytest.approx(search.choice_.chosen.loss, rel=1e-5)


def test_values_are_in_the_users_units():
    search = fitted(VALUES, kind=MLPRegressorCV, **ONCE)
    found = search.out_of_fold()
    assert (found.y == VALUES).all()
    assert found.loss.mean() == pytest.approx(search.choice_.chosen.loss, rel=1e-6)
    (values,) = found.values()
    assert values.rmse == pytest.approx(np.sqrt(search.choice_.chosen.loss), rel=0.05)
    several = fitted(np.column_stack([VALUES, X[:, 1]]), kind=MLPRegressorCV, **ONCE)
    assert several.out_of_fold().loss.mean() == pytest.approx(several.choice_.chosen.loss, rel=1e-5)


def test_class_weights_weigh_no_row_here():
    search = fitted(**ONCE, class_weight={0: 1, 1: 20})
    assert (search.out_of_fold().weight == 1).all()


def test_rows_without_weight_and_rows_that_no_fold_holds_out_are_left_out():
    weight = np.ones(60)
    weight[[4, 5]] = 0
    rows = fitted(**ONCE, sample_weight=weight).out_of_fold().row
    assert sorted({*range(60)} - {*rows.tolist()}) == [4, 5]
    cv = PredefinedSplit(np.where(np.arange(60) < 20, -1, np.arange(60) % 2))
    found = fitted(**ONCE, cv=cv).out_of_fold()
    assert found.row.tolist() == [*range(20, 60)]
    assert "Of the 60 rows 40 are judged" in found.sentence


def test_time_blocks_judge_the_later_half():
    search = MLPClassifierCV(**{**SMALL, **ONCE}).fit(X, Y, times=np.arange(60)[::-1])
    assert search.out_of_fold().row.max() < 31  # times run backwards
    assert search.out_of_fold().calibration().sentence


def test_repeated_folds_and_groups_give_each_row_once():
    cv = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=0)
    assert fitted(**ONCE, cv=cv).out_of_fold().row.tolist() == [*range(60)]
    groups = np.arange(60) // 4
    assert fitted(**ONCE, groups=groups).out_of_fold().row.tolist() == [*range(60)]


def test_a_part_that_is_searched_names_the_rows_of_the_table(monkeypatch):
    monkeypatch.setattr(part_of_rows, "LEAST", 10)
    rng = np.random.default_rng(0)
    many = rng.normal(size=(300, 6)).astype(np.float32)
    y = (many[:, 0] > 0).astype(int)
    search = MLPClassifierCV(**{**SMALL, **ONCE}, search_rows=90).fit(many, y)
    found = search.out_of_fold()
    assert found.row.max() > 90
    assert (found.y == y[found.row]).all()
    assert "Of the 300 rows" in found.sentence
    values = MLPRegressorCV(**{**SMALL, **ONCE}, search_rows=90).fit(many, many[:, :2])
    found = values.out_of_fold()
    np.testing.assert_allclose(found.y, many[found.row, :2], rtol=1e-6)


def test_a_sample_of_rows_is_said_to_be_one(monkeypatch):
    monkeypatch.setattr(
        row_outputs.Keeping, "rows_kept", lambda self, per_row, seed: np.arange(0, 60, 2)
    )
    found = fitted(**ONCE).out_of_fold()
    assert found.row.tolist() == [*range(0, 60, 2)]
    assert found.sentence.endswith("Of the 60 rows 30 are judged: a random sample.")


def test_rows_to_look_at_are_those_with_something_noted(plain):
    rows = plain.rows_to_look_at()
    assert 10 <= len(rows) < 60
    assert (rows["noted"] != "").all()


def test_where_there_are_none_the_message_says_why(tmp_path, plain):
    save_model(plain, tmp_path / "m")
    for search in (load_model(tmp_path / "m"), MLPClassifierCV()):
        with pytest.raises(
            BadInput, match=r"^There are no out-of-fold outputs\. Fit the search by"
        ):
            search.out_of_fold()


# The temperature


def test_the_last_layer_is_divided_by_the_temperature(plain, scaled):
    assert scaled.temperature_ != 1.0
    for ours, theirs in ((scaled.coefs_, plain.coefs_), (scaled.intercepts_, plain.intercepts_)):
        assert (ours[0] == theirs[0]).all()
        np.testing.assert_allclose(ours[-1] * scaled.temperature_, theirs[-1], rtol=1e-5)
        assert ours[-1].dtype == np.float32
    assert plain.temperature_ is None


@pytest.mark.parametrize("y", [Y, LETTERS, np.column_stack([Y, 1 - Y])], ids=["2", "3", "labels"])
def test_logits_are_divided_by_it_for_every_kind_of_target(y):
    before, after = fitted(y, **ONCE), fitted(y, **ONCE, temperature=True)
    p, q = before.predict_proba(X).astype(float), after.predict_proba(X).astype(float)
    if y.ndim == 2:
        logits, found = np.log(p / (1 - p)), np.log(q / (1 - q))
    else:
        logits, found = np.log(p / p[:, :1]), np.log(q / q[:, :1])
    np.testing.assert_allclose(found * after.temperature_, logits, rtol=1e-3, atol=1e-3)
    assert (before.predict(X) == after.predict(X)).all()


def test_out_of_fold_it_lowers_the_loss_of_networks_that_are_too_sure():
    rng = np.random.default_rng(3)
    many = rng.normal(size=(200, 6)).astype(np.float32)
    y = (many[:, 0] + 1.5 * rng.normal(size=200) > 0).astype(int)
    how = {**SMALL, **ONCE, "dropouts": (0,), "weight_decays": (0,), "hidden_layer_sizes": 64,
           "max_iter": 60, "fixed_epochs": True, "rule": "best"}  # fmt: skip
    rest = rng.normal(size=(3000, 6)).astype(np.float32)
    true = (rest[:, 0] + 1.5 * rng.normal(size=3000) > 0).astype(int)
    sure, scaled = (MLPClassifierCV(**how, temperature=each).fit(many, y) for each in (False, True))
    if scaled.temperature_ > 1.05:
        losses = [log_loss(true, each.predict_proba(rest)) for each in (sure, scaled)]
        assert losses[1] < losses[0]
    assert scaled.out_of_fold().loss.mean() <= sure.out_of_fold().loss.mean() + 1e-3


def test_squared_error_has_none():
    with pytest.raises(BadSetting, match="temperature=True is found by log loss"):
        fitted(**ONCE, temperature=True, loss="squared_error")
    assert fitted(**ONCE, loss="squared_error").out_of_fold().calibration().temperature is None


# The threshold


def test_predict_cuts_where_scikit_learn_would(scaled):
    theirs = FixedThresholdClassifier(FrozenEstimator(MLPClassifierCV), threshold=scaled.threshold_)
    assert theirs.threshold == scaled.threshold_
    expected = np.where(scaled.predict_proba(X)[:, 1] >= scaled.threshold_, "yes", "no")
    assert scaled.threshold_ != 0.5
    assert (scaled.predict(X) == expected).all()
    assert scaled.out_of_fold().threshold.value == scaled.threshold_


@pytest.mark.parametrize(("low", "high"), [((9, 1), (1, 9))])
def test_dear_misses_lower_it_and_dear_alarms_raise_it(low, high):
    cuts = [fitted(**ONCE, threshold=costs).threshold_ for costs in (low, high)]
    assert cuts[0] > 0.5 > cuts[1]


def test_a_number_is_taken_as_it_is():
    search = fitted(**ONCE, threshold=0.9)
    assert search.threshold_ == 0.9
    assert (search.predict(X) == (search.predict_proba(X)[:, 1] >= 0.9)).all()
    assert set(search.out_of_fold().threshold.by_fold.values()) == {0.9}


def test_a_bad_one_is_refused_before_anything_is_trained():
    for y, threshold in ((Y, "auc"), (LETTERS, "f1"), (np.column_stack([Y, Y]), 0.3)):
        with pytest.raises(BadSetting, match=r"^threshold "):
            fitted(y, **ONCE, threshold=threshold)


def test_inside_another_cross_validation_they_are_found_too():
    seen = []

    def scorer(search, X, y):
        seen.append((search.temperature_, search.threshold_))
        return 1.0

    search = MLPClassifierCV(**{**SMALL, **ONCE}, temperature=True, threshold="f1")
    cross_val_score(search, X, Y, cv=2, scoring=scorer)
    assert len(seen) == 2
    assert all(temperature and 0 < cut < 1 for temperature, cut in seen)


# What is saved and exported


def test_a_loaded_model_predicts_the_same(tmp_path, scaled):
    save_model(scaled, tmp_path / "m")
    loaded = load_model(tmp_path / "m")
    assert (loaded.temperature_, loaded.threshold_) == (scaled.temperature_, scaled.threshold_)
    assert (loaded.predict_proba(X) == scaled.predict_proba(X)).all()
    assert (loaded.predict(X) == scaled.predict(X)).all()
    assert loaded.get_params()["threshold"] == "f1"


def test_costs_are_saved_as_they_were_given(tmp_path):
    save_model(fitted(**ONCE, threshold=(1, 9)), tmp_path / "m")
    assert load_model(tmp_path / "m").threshold == (1, 9)


def test_onnx_has_the_temperature_in_its_weights_and_names_the_threshold(scaled):
    onnxruntime = pytest.importorskip("onnxruntime")
    session = onnxruntime.InferenceSession(onnx_bytes(scaled))
    (said,) = session.run(None, {session.get_inputs()[0].name: X})
    np.testing.assert_allclose(said, scaled.predict_proba(X), atol=1e-6)
    about = session.get_modelmeta().custom_metadata_map
    assert float(about["threshold"]) == scaled.threshold_


def test_a_state_dict_of_torch_has_it_too(scaled):
    from safetensors.numpy import load

    arrays = load(torch_bytes(scaled))
    assert (arrays["3.weight"] == scaled.coefs_[-1].T).all()


def test_single_networks_have_neither():
    assert not {"temperature", "threshold"} & MLPClassifier().get_params().keys()
    assert not {"temperature", "threshold"} & MLPRegressorCV().get_params().keys()
