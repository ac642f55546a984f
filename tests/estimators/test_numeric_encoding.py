"""A numeric encoding is part of the encoder: learnt in each fold, saved, exported, explained."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from dropdecay import MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.data.encoding import encode_rows, encoding_of
from dropdecay.errors import BadSetting, DropdecayWarning
from dropdecay.export.onnx import onnx_bytes
from dropdecay.table.numeric_encoding import NUMERIC_ENCODINGS

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3)).astype(np.float32)
STEPS = np.where(np.abs(X[:, 0]) < 0.7, "in", "out")
TABLE = pd.DataFrame({
    "pay": X[:, 0] * 1e4,
    "age": np.where(RNG.random(90) < 0.2, np.nan, X[:, 1]),
    "own": X[:, 2] > 0,
})  # fmt: skip
SMALL = {
    "hidden_layer_sizes": 6, "dropouts": (0.1,), "weight_decays": (0.1,), "cv": 3, "max_iter": 4,
    "random_state": 0, "n_repeats": 1, "baselines": False, "n_jobs": 1,
}  # fmt: skip


def fitted(X, y, name):
    kind = MLPClassifierCV if y is STEPS else MLPRegressorCV
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        return kind(numeric_encoding=name, **SMALL).fit(X, y)


@pytest.mark.parametrize("name", NUMERIC_ENCODINGS)
@pytest.mark.parametrize("rows", [TABLE, X], ids=["table", "array"])
def test_a_fold_learns_from_its_training_rows_alone(name, rows):
    encoding = encoding_of(rows, "auto", None, name)
    typed = rows if encoding.reading is None else encoding.reading.typed(rows)
    training, others = np.arange(60), np.arange(60, 90)
    y = np.eye(2)[(STEPS == "in").astype(int)]
    changed_y, changed = y.copy(), typed.copy()
    changed_y[others] = 1 - changed_y[others]
    if isinstance(changed, pd.DataFrame):
        changed.loc[others, "pay"] *= 1000
    else:
        changed[others] *= 1000

    before, _ = encode_rows(encoding, typed, training, y if encoding.uses_target else None)
    after, _ = encode_rows(encoding, changed, training, changed_y if encoding.uses_target else None)

    np.testing.assert_array_equal(after[training], before[training])
    assert encoding.uses_target == (name == "target")


def test_bins_of_the_target_follow_it():
    encoding = encoding_of(X, "auto", None, "target")
    classes = (STEPS == "in").astype(int)
    _, of_first = encode_rows(encoding, X, np.arange(90), np.eye(2)[classes])
    edges = of_first[1].low_[of_first[1].source_ == 0]
    scaled = of_first[0].transform(np.float32([[-0.7, 0, 0], [0.7, 0, 0]]))[:, 0]
    assert np.abs(edges[:, None] - scaled).min(axis=0).max() < 0.15


@pytest.mark.parametrize("name", NUMERIC_ENCODINGS)
@pytest.mark.parametrize("rows", [TABLE, X], ids=["table", "array"])
def test_a_model_with_one_is_saved_loaded_exported_and_explained(name, rows, tmp_path):
    search = fitted(rows, STEPS, name)
    n_inputs = search.coefs_[0].shape[0]
    assert n_inputs > 2 * rows.shape[1]

    save_model(search, tmp_path / "m")
    back = load_model(tmp_path / "m")

    assert back.numeric_encoding == name
    np.testing.assert_array_equal(back.predict_proba(rows), search.predict_proba(rows))
    np.testing.assert_array_equal(back.predict_set(rows), search.predict_set(rows))
    names = [each.column for each in search.importance_.columns]
    assert sorted(names) == (["age", "own", "pay"] if rows is TABLE else ["x0", "x1", "x2"])
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    inputs = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    raw = rows.astype(float).to_numpy() if rows is TABLE else rows
    assert inputs == ([*TABLE] if rows is TABLE else ["x0", "x1", "x2"])
    (got,) = session.run(None, {"table": raw})
    np.testing.assert_allclose(got, search.predict_proba(rows), rtol=2e-5, atol=2e-5)


def test_values_and_several_of_them_draw_bins_too():
    several = np.column_stack([X[:, 0], np.abs(X[:, 1])])
    for y in (X[:, 0], several):
        assert fitted(X, y, "target").predict(X).shape == y.shape


def test_it_needs_the_encoder_that_scales():
    for rows, encoder in ((X, None), (csr_array(X), "auto")):
        search = MLPClassifierCV(encoder=encoder, numeric_encoding="quantile", **SMALL)
        with pytest.raises(BadSetting, match="dense rows"):
            search.fit(rows, STEPS)


def test_an_unknown_one_is_refused():
    with pytest.raises(BadSetting, match="numeric_encoding must be one of 'quantile'"):
        fitted(X, STEPS, "bins")
