"""Categories by embeddings: chosen by the folds, kept and exported as an ordinary network."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest

from dropdecay import MLPClassifierCV, load_model, save_model
from dropdecay.errors import BadSetting, DropdecayWarning
from dropdecay.export.onnx import onnx_bytes

RNG = np.random.default_rng(0)
N_ROWS = 120
CODES = RNG.integers(0, 12, N_ROWS)
TABLE = pd.DataFrame({
    "age": RNG.normal(size=N_ROWS),
    "town": [f"town {code:02}" for code in CODES],
    "colour": RNG.choice(["red", "green", "blue"], N_ROWS),
})  # fmt: skip
TOWN = slice(1, 13)  # encoded columns follow those of the table
WHERE = np.where((CODES % 3 == 0) ^ (RNG.random(N_ROWS) < 0.1), "in", "out")
SMALL = {
    "hidden_layer_sizes": 6, "dropouts": (0.1,), "weight_decays": (0.1,), "cv": 3, "max_iter": 6,
    "random_state": 0, "n_repeats": 1, "baselines": False, "n_jobs": 1,
}  # fmt: skip


def fitted(X=TABLE, y=WHERE, **changes):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        return MLPClassifierCV(**{"category_encoding": "embedding", **SMALL, **changes}).fit(X, y)


def test_a_model_is_saved_loaded_exported_and_explained(tmp_path):
    search = fitted(n_ensemble=2)
    assert search.coefs_[0].shape == (1 + 12 + 3, 6)

    save_model(search, tmp_path / "m")
    back = load_model(tmp_path / "m")

    assert back.category_encoding == "embedding"
    np.testing.assert_array_equal(back.predict_proba(TABLE), search.predict_proba(TABLE))
    np.testing.assert_array_equal(back.predict_set(TABLE), search.predict_set(TABLE))
    names = [each.column for each in search.importance_.columns]
    assert sorted(names) == ["age", "colour", "town"]
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    inputs = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    assert inputs[0] == "encoded" or len(inputs) == 16
    encoded = search.encoder_.transform(search.encoding_.reading.typed(TABLE))
    (got,) = session.run(None, {session.get_inputs()[0].name: encoded})
    np.testing.assert_allclose(got, search.predict_proba(TABLE), rtol=2e-5, atol=2e-5)


def test_weights_of_a_wide_column_have_the_rank_of_its_embedding():
    weights = fitted(hidden_layer_sizes=20).coefs_[0]
    one_hot = fitted(hidden_layer_sizes=20, category_encoding="one_hot").coefs_[0]

    assert np.linalg.matrix_rank(weights[TOWN], tol=1e-5) == 8
    assert np.linalg.matrix_rank(one_hot[TOWN], tol=1e-5) == 12


def test_a_category_that_is_unknown_is_nothing_as_it_is_one_hot():
    search = fitted()
    table = TABLE.assign(town="elsewhere")
    numbers = search.encoder_.transform(search.encoding_.reading.typed(table))
    assert not numbers[:, TOWN].any()
    with pytest.warns(DropdecayWarning, match="town"):
        assert np.isfinite(search.predict_proba(table)).all()


def test_the_networks_of_the_folds_predict_what_was_recorded():
    search = fitted()
    numbers = [each.encoder.transform(search.encoding_.reading.typed(TABLE))
               for each in search.fold_networks_.folds]  # fmt: skip
    for fold, encoded in zip(search.fold_networks_.folds, numbers, strict=True):
        of_out = fold.outputs(encoded[fold.rows])[:, 0]
        of_own = np.where(WHERE[fold.rows] == "out", of_out, 1 - of_out)
        np.testing.assert_allclose(fold.misfits[:, 0], 1 - of_own, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("changes", [
    {"n_ensemble": "folds"}, {"nested": True, "cv": 4}, {"engine": "torch", "device": "cpu"},
    {"n_repeats": 2},
], ids=str)  # fmt: skip
def test_it_goes_with_every_way_to_search(changes):
    if changes.get("engine") == "torch":
        pytest.importorskip("torch", reason="torch is not installed")
    assert np.isfinite(fitted(**changes).predict_proba(TABLE)).all()


def test_a_search_goes_on_from_its_store_with_the_same_bits(tmp_path):
    whole = fitted(store=tmp_path / "runs")
    again = fitted(store=tmp_path / "runs")
    fresh = fitted()
    for name in ("validation_loss", "training_loss"):
        np.testing.assert_array_equal(again.results_[name], whole.results_[name])
        np.testing.assert_array_equal(fresh.results_[name], whole.results_[name])
    np.testing.assert_array_equal(again.predict_proba(TABLE), fresh.predict_proba(TABLE))


def test_tuning_compares_it_on_the_same_folds_and_says_so():
    search = fitted(category_encoding="one_hot", tune={"category_encoding": ("embedding",)})
    steps = search.tuning_.steps
    assert {step.parameter for step in steps} == {"category_encoding"}
    assert steps[0].values == ("one_hot", "embedding")
    for row, name in enumerate(steps[0].values):
        own = fitted(category_encoding=name, tune={"learning_rate_init": (0.5,)}).tuning_.steps[0]
        assert steps[0].losses[row] == own.losses[0]


def test_what_tuning_took_is_what_it_would_be_if_given(monkeypatch):
    monkeypatch.setattr("dropdecay.selection.tuning.taken", lambda costs, overlap: 1)
    search = fitted(category_encoding="one_hot", tune={"category_encoding": ("embedding",)})
    assert search.tuning_.steps[0].taken == 1
    assert "category encoding embedding" in str(search.tuning_.steps[0])


def test_the_usual_alternatives_have_it_where_a_column_is_wide_enough():
    narrow = fitted(TABLE[["age", "colour"]], tune=True, category_encoding="one_hot", max_iter=1)
    assert "category_encoding" not in {step.parameter for step in narrow.tuning_.steps}
    wide = fitted(TABLE[["age", "town"]], tune=True, category_encoding="one_hot", max_iter=1)
    (step, *_) = [each for each in wide.tuning_.steps if each.parameter == "category_encoding"]
    assert step.values == ("one_hot", "embedding")


def test_it_needs_a_table_and_its_own_encoder():
    for rows, changes in ((TABLE[["age"]].to_numpy(), {}), (TABLE[["age"]], {"encoder": None})):
        with pytest.raises(BadSetting, match="category_encoding needs a DataFrame"):
            fitted(rows, **changes)
    with pytest.raises(BadSetting, match="category_encoding needs a DataFrame"):
        fitted(TABLE[["age"]].to_numpy(), category_encoding="one_hot",
               tune={"category_encoding": ("embedding",)})  # fmt: skip


def test_an_unknown_one_is_refused():
    with pytest.raises(BadSetting, match="category_encoding must be one of 'one_hot'"):
        fitted(category_encoding="onehot")
