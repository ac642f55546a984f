"""The networks of the folds in a model's folder: read back, left out, and never trusted."""

import json

import numpy as np
import pytest
from safetensors.numpy import load, save
from sklearn.pipeline import make_pipeline

from dropdecay import MLPClassifierCV, MLPRegressorCV, load_model, save_model
from dropdecay.errors import BadInput, BadModel
from tests.storage.test_model_folder import describe, files_in, forge
from tests.storage.test_models import FRAME, NAMES, SURFACE, X, Y

pytestmark = [
    pytest.mark.filterwarnings("ignore::dropdecay.errors.EdgeWarning"),
    pytest.mark.filterwarnings("ignore::dropdecay.errors.LeakWarning"),
]

SMALL = {**SURFACE, "n_repeats": 1, "random_state": 0}


@pytest.fixture(scope="module")
def fitted():
    return MLPClassifierCV(8, **SMALL).fit(FRAME, NAMES)


@pytest.fixture
def folder(fitted, tmp_path):
    save_model(fitted, tmp_path / "model")
    return tmp_path / "model"


def test_a_loaded_model_gives_the_same_sets(fitted, folder):
    assert files_in(folder) == [
        "encoder.skops", "fold-encoders.skops", "folds.safetensors", "model.json",
        "weights.safetensors",
    ]  # fmt: skip
    back = load_model(folder)
    np.testing.assert_array_equal(back.predict_set(FRAME, 0.7), fitted.predict_set(FRAME, 0.7))
    assert back.keep_folds == "auto"
    save_model(back, folder.parent / "again")
    assert (folder / "folds.safetensors").read_bytes() == (
        folder.parent / "again" / "folds.safetensors"
    ).read_bytes()


@pytest.mark.parametrize("y", [X[:, 3], X[:, 2:] * [1, 100]], ids=["one value", "two values"])
def test_a_loaded_model_gives_the_same_intervals_without_encoders(y, tmp_path):
    fitted = MLPRegressorCV(8, **SMALL, encoder=None).fit(X, y)
    save_model(fitted, tmp_path / "m")
    assert "fold-encoders.skops" not in files_in(tmp_path / "m")
    back = load_model(tmp_path / "m")
    np.testing.assert_array_equal(back.predict_interval(X), fitted.predict_interval(X))


def test_they_need_not_be_read(folder):
    back = load_model(folder, with_folds=False)
    assert back.predict(FRAME).shape == (150,)
    with pytest.raises(BadInput, match="fitted or saved without"):
        back.predict_set(FRAME)


def test_a_model_without_them_is_as_it_was(tmp_path):
    save_model(MLPClassifierCV(8, **SMALL, keep_folds=False).fit(X, Y), tmp_path / "m")
    assert files_in(tmp_path / "m") == ["encoder.skops", "model.json", "weights.safetensors"]
    assert "fold_arrays" not in json.loads((tmp_path / "m" / "model.json").read_text())
    with pytest.raises(BadInput, match=r"Fit it again with keep_folds=True\."):
        load_model(tmp_path / "m").predict_set(X)


def changed(folder, change):
    """Change the arrays of the folds along with their description, as a forger would."""
    arrays = load((folder / "folds.safetensors").read_bytes())
    change(arrays)
    describe(folder, fold_arrays={name: list(each.shape) for name, each in arrays.items()})
    forge(folder, "folds.safetensors", save(arrays))


@pytest.mark.parametrize(
    "change",
    [
        lambda arrays: arrays.update(params_0=arrays["params_0"][:, :-1].copy()),
        lambda arrays: arrays.update(params_0=arrays["params_0"].astype(np.float64)),
        lambda arrays: arrays.update(params_1=arrays["params_1"][:0].copy()),
        lambda arrays: arrays.update(rows_0=arrays["rows_0"].astype(np.float32)),
        lambda arrays: arrays.update(misfits_0=arrays["misfits_0"][:, 0].copy()),
        lambda arrays: arrays.update(misfits_0=np.hstack([arrays["misfits_0"]] * 2)),
        lambda arrays: arrays.update(misfits_0=np.vstack([arrays["misfits_0"]] * 2)),
        lambda arrays: arrays.update(more=np.zeros(3)),
        lambda arrays: arrays.pop("rows_1"),
        lambda arrays: arrays.update(params_0=np.full_like(arrays["params_0"], np.nan)),
    ],
)
def test_arrays_that_do_not_fit_are_refused(folder, change):
    changed(folder, change)
    with pytest.raises(BadModel, match=r"inconsistent|NaN"):
        load_model(folder)
    load_model(folder, with_folds=False)


def test_a_file_that_is_missing_or_changed_is_named(folder):
    data = (folder / "folds.safetensors").read_bytes()
    (folder / "folds.safetensors").write_bytes(data[:-1] + b"x")
    with pytest.raises(BadModel, match=r"folds\.safetensors has changed"):
        load_model(folder)
    (folder / "folds.safetensors").unlink()
    with pytest.raises(BadModel, match=r"lacks folds\.safetensors"):
        load_model(folder, with_folds=False)


def test_encoders_are_no_more_trusted_than_the_models_own(folder):
    import skops.io

    forge(folder, "fold-encoders.skops", skops.io.dumps([make_pipeline(print)]))
    with pytest.raises(BadModel, match="which no dropdecay model contains"):
        load_model(folder)
    forge(folder, "fold-encoders.skops", (folder / "encoder.skops").read_bytes())
    with pytest.raises(BadModel, match="it holds no list"):
        load_model(folder)


def test_an_encoder_of_another_width_is_refused_before_it_reaches_the_network(folder):
    back = load_model(folder)
    narrow = MLPClassifierCV(8, **SMALL).fit(FRAME[["a", "b"]], NAMES)
    np.testing.assert_equal(narrow.fold_networks_.folds[0].network.n_inputs, 2)
    with pytest.raises(ValueError, match="2 numbers in a row for"):
        back.fold_networks_.folds[0].outputs(np.zeros((3, 2), np.float32))
