import json
import re
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from skrub import SquashingScaler
from typer.testing import CliRunner

from dropdecay import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    load_model,
    save_model,
)
from dropdecay.commands.app import app
from dropdecay.errors import DropdecayWarning
from dropdecay.export.onnx import onnx_bytes
from dropdecay.export.torch import describe_output, torch_bytes, torch_lines
from dropdecay.parts import ACTIVATIONS
from dropdecay.trust.temperature import at_temperature

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 4)).astype(np.float32)
TARGETS = {
    "two classes": np.where(X[:, 0] > 0, "yes", "no"),
    "three classes": np.digitize(X[:, 1], [-0.5, 0.5]),
    "many labels": (X[:, :3] > 0).astype(int),
    "a value": 1000 + 50 * X[:, 0],
    "two values": np.column_stack([X[:, 0], 3 * X[:, 1] - 7]),
}


def fitted(target, activation="relu"):
    kind = MLPRegressorCV if "value" in target else MLPClassifierCV
    search = kind((6, 5), activation, dropouts=(0, 0.3), weight_decays=(0.1,), cv=2, max_iter=5,
                  random_state=0, n_jobs=1)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        return search.fit(X, TARGETS[target])


def predicted(search):
    """Return the estimator's own predictions as a two-dimensional array."""
    out = search.predict_proba(X) if hasattr(search, "predict_proba") else search.predict(X)
    return out.reshape(len(X), -1)


def close(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize("target", TARGETS)
def test_onnxruntime_predicts_the_same_for_every_kind_of_target(target):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    search = fitted(target)
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"table": X})
    close(got, predicted(search))
    properties = session.get_modelmeta().custom_metadata_map
    assert len(json.loads(properties["inputs"])) == 4
    if target == "two classes":
        assert json.loads(properties["classes"]) == ["no", "yes"]


def test_onnxruntime_predicts_the_same_for_counts():
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    network = MLPRegressor("poisson", (6, 5), solver="lbfgs", random_state=0, max_iter=500)
    network.fit(X, np.random.default_rng(0).poisson(np.exp(X[:, 0])))
    session = runtime.InferenceSession(onnx_bytes(network), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {session.get_inputs()[0].name: X})
    close(got, predicted(network))
    assert describe_output(network) == "exp of the outputs gives the values"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_onnxruntime_predicts_the_same_for_every_activation(activation):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    search = fitted("three classes", activation)
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"table": X})
    close(got, predicted(search))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_lines_for_torch_rebuild_the_network(activation, tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    search = fitted("a value", activation)
    path = tmp_path / "net.safetensors"
    path.write_bytes(torch_bytes(search))
    names = {}
    exec("\n".join(torch_lines(search, path)), names)  # the lines are what is tested
    encoded = torch.from_numpy(search.encoder_.transform(X).astype(np.float32))
    with torch.no_grad():
        outputs = names["network"](encoded).numpy()
    center, scale = re.match(
        r"values are \[(.*)\] \+ (.*) \* outputs", describe_output(search)
    ).groups()
    close(float(center) + float(scale) * outputs, predicted(search))


ENSEMBLES = {target: {} for target in TARGETS} | {
    "three classes at a temperature": {"temperature": True},
    "two classes at a temperature": {"temperature": True},
    "many labels at a temperature": {"temperature": True},
}


def ensemble_of(case):
    target = case.removesuffix(" at a temperature")
    kind = MLPRegressorCV if "value" in target else MLPClassifierCV
    search = kind((6, 5), dropouts=(0, 0.3), weight_decays=(0.1,), cv=2, max_iter=5, n_jobs=1,
                  random_state=0, n_repeats=1, baselines=False, n_ensemble=3, **ENSEMBLES[case],
                  )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        return search.fit(X, TARGETS[target])


@pytest.mark.parametrize("case", ENSEMBLES)
def test_an_ensemble_is_one_graph_in_onnx(case):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    search = ensemble_of(case)
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"table": X})
    close(got, predicted(search))
    (one,) = session.run(None, {"table": X[:1]})
    close(one, predicted(search)[:1])


@pytest.mark.parametrize("case", ENSEMBLES)
def test_an_ensemble_is_one_sequence_in_torch(case, tmp_path):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    search = ensemble_of(case)
    path = tmp_path / "net.safetensors"
    path.write_bytes(torch_bytes(search))
    names = {}
    exec("\n".join(torch_lines(search, path)), names)  # the lines are what is tested
    encoded = torch.from_numpy(search.encoder_.transform(X).astype(np.float32))
    with torch.no_grad():
        outputs = names["network"](encoded).numpy().astype(np.float64)
    told = describe_output(search)
    if "value" in case:
        outputs = search.target_center_ + search.target_scale_ * outputs
        assert told.startswith("values are")
    elif "temperature" in case:
        assert told.endswith(f"whose logits are to be divided by {search.temperature_:.6g}")
        of_labels = outputs.shape[1] == 1 or "labels" in case
        outputs = at_temperature(outputs, search.temperature_, of_labels=of_labels)
    if "two classes" in case:
        assert told.startswith("the output is the probability of the second class")
        outputs = np.column_stack([1 - outputs, outputs])
    close(outputs, predicted(search))


def test_the_units_of_several_values_are_told_one_by_one():
    search = fitted("two values")
    words = re.match(
        r"values are (\[.*\]) \+ (\[.*\]) \* outputs", describe_output(search)
    ).groups()
    center, scale = (np.array(json.loads(each)) for each in words)
    exact = TARGETS["two values"].astype(np.float64)
    np.testing.assert_allclose(center, exact.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(scale, exact.std(axis=0), rtol=1e-6)


def test_the_state_dict_has_torchs_names_and_shapes():
    from safetensors.numpy import load

    search = fitted("three classes")
    arrays = load(torch_bytes(search))
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {"0.weight": (6, 4), "0.bias": (6,), "3.weight": (5, 6), "3.bias": (5,),
                      "6.weight": (3, 5), "6.bias": (3,)}  # fmt: skip
    np.testing.assert_array_equal(arrays["3.weight"], search.coefs_[1].T)
    assert "nn.ReLU(), nn.Dropout(" in torch_lines(search, "x")[1]


@pytest.mark.filterwarnings("ignore::dropdecay.errors.DropdecayWarning")
def test_a_chosen_rate_per_layer_is_written_layer_by_layer(tmp_path):
    search = MLPClassifierCV((6, 5), dropouts=[(0.2, 0.4)], weight_decays=(0.1,), cv=2, max_iter=5,
                             random_state=0, n_repeats=1, extend=False)  # fmt: skip
    search.fit(X, TARGETS["two classes"])
    save_model(search, tmp_path / "model")
    for each in (search, load_model(tmp_path / "model")):
        assert re.findall(r"nn\.Dropout\((.*?)\)", torch_lines(each, "x")[1]) == ["0.2", "0.4"]


def numbers_only(n_rows, rng):
    """Make a table of numbers and booleans: missing, huge, tiny and constant values."""
    huge = rng.normal(size=n_rows) * 1e300
    return pd.DataFrame({
        "plain": rng.normal(size=n_rows),
        "gap": np.where(rng.random(n_rows) < 0.3, np.nan, rng.normal(size=n_rows)),
        "huge": huge,
        "tiny": rng.normal(size=n_rows) * 1e-310,
        "epoch": 1.7e9 + rng.integers(0, 1000, n_rows),
        "constant": 3.5,
        "rare": (rng.random(n_rows) < 0.1) * 2,
        "largest": np.sign(huge) * 1.7e308,
        "true": rng.random(n_rows) < 0.5,
        "perhaps": pd.Series(rng.random(n_rows) < 0.5, dtype="boolean").mask(
            rng.random(n_rows) < 0.3
        ),
        "whole": rng.integers(0, 100, n_rows),
    })  # fmt: skip


def numeric_search(table, target=None):
    target = (
        np.where(table["plain"] + table["true"] > 0.5, "yes", "no") if target is None else target
    )
    search = MLPClassifierCV(8, dropouts=(0,), weight_decays=(0.1, 0.3), cv=2, max_iter=5,
                             random_state=0, n_jobs=1, extend=False)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return search.fit(table, target)


@pytest.mark.parametrize("chosen", [None, ["gap", "huge", "plain", "true"], ["true", "plain"]])
def test_a_table_of_numbers_and_booleans_goes_in_raw(chosen):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    table = numbers_only(80, np.random.default_rng(0))
    later = numbers_only(50, np.random.default_rng(1))
    later = later.astype({"true": "boolean", "whole": "Int64", "rare": "Int64"})
    later.iloc[3] = pd.NA  # a row where everything is missing
    names = list(chosen or table)
    search = numeric_search(table[names])
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    inputs = json.loads(session.get_modelmeta().custom_metadata_map["inputs"])
    assert inputs == [name for name in names if name != "constant"]  # it is left out
    for rows in (table[names], later[names]):
        raw = rows[inputs].astype(float).to_numpy(float, na_value=np.nan)
        (got,) = session.run(None, {"table": raw})
        np.testing.assert_allclose(got, search.predict_proba(rows), rtol=1e-5, atol=1e-5)


def test_a_table_of_booleans_alone_goes_in_raw():
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    table = numbers_only(60, np.random.default_rng(0))
    search = numeric_search(table[["true", "perhaps"]], table["plain"] > 0)
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    raw = table[["true", "perhaps"]].astype(float).to_numpy(float, na_value=np.nan)
    close(session.run(None, {"table": raw})[0], search.predict_proba(table[["true", "perhaps"]]))


@pytest.mark.parametrize(
    "scaler",
    [StandardScaler(), StandardScaler(with_mean=False), StandardScaler(with_std=False),
     StandardScaler(with_mean=False, with_std=False), SquashingScaler()],
    ids=["standard", "no mean", "no deviation", "neither", "squashing"],
)  # fmt: skip
def test_scalers_of_arrays_are_part_of_the_onnx_model(scaler):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    rows = np.column_stack([X * [1, 10, 0.1, 3] + 2, np.ones(60), X[:, 0] > 1.5]).astype(np.float32)
    search = MLPClassifierCV(8, dropouts=(0,), weight_decays=(0.1,), cv=2, max_iter=5,
                             random_state=0, n_jobs=1, extend=False, encoder=scaler)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        search.fit(rows, TARGETS["two classes"])
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    close(session.run(None, {"table": rows})[0], search.predict_proba(rows))


@pytest.mark.parametrize("scaler", [MinMaxScaler(), SquashingScaler(max_absolute_value=2), None])
def test_any_other_encoder_stays_outside_the_onnx_model(scaler):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    search = MLPClassifierCV(8, dropouts=(0,), weight_decays=(0.1,), cv=2, max_iter=5,
                             random_state=0, n_jobs=1, extend=False, encoder=scaler)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DropdecayWarning)
        search.fit(X, TARGETS["two classes"])
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    encoded = X if scaler is None else search.encoder_.transform(X).astype(np.float32)
    close(session.run(None, {"encoded": encoded})[0], search.predict_proba(X))


def test_with_text_or_dates_the_encoder_stays_outside_and_the_columns_are_named(tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    table = numbers_only(40, np.random.default_rng(0)).assign(
        city=["Rome", "Oslo"] * 20, when=pd.date_range("2020-01-01", periods=40)
    )
    search = numeric_search(table)
    save_model(search, tmp_path / "model")
    file = tmp_path / "m.onnx"
    done = CliRunner().invoke(app, ["export", str(tmp_path), "--onnx", str(file)])
    assert done.exit_code == 0, done.output
    assert "cannot encode columns 'city' (text), 'when' (dates)." in done.stdout
    assert "encoder_.transform(table)" in done.stdout
    session = runtime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    encoded = search.encoder_.transform(table)
    close(session.run(None, {"encoded": encoded})[0], search.predict_proba(table))


def test_the_lines_that_export_prints_run_the_model(tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    frame = numbers_only(40, np.random.default_rng(0))[["plain", "true", "whole"]]
    search = numeric_search(frame)
    save_model(search, tmp_path / "model")
    file = tmp_path / "m.onnx"
    done = CliRunner().invoke(app, ["export", str(tmp_path), "--onnx", str(file)])
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("    ")]
    names = {"session": runtime.InferenceSession(str(file)), "json": json, "frame": frame}
    exec("\n".join(lines), names)  # the lines are what is tested
    close(names["outputs"][0], search.predict_proba(frame))


def test_a_single_network_is_exported_too(tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        network = MLPClassifier(5, dropout=0.2, max_iter=5, random_state=0)
        network.fit(X, TARGETS["two classes"])
    session = runtime.InferenceSession(onnx_bytes(network), providers=["CPUExecutionProvider"])
    close(session.run(None, {"encoded": X})[0], network.predict_proba(X))


def test_export_writes_new_files_only_and_says_how_to_use_them(tmp_path):
    pytest.importorskip("onnx", reason="onnx is not installed")
    save_model(fitted("two classes"), tmp_path / "model")
    files = ["--onnx", str(tmp_path / "m.onnx"), "--torch", str(tmp_path / "m.safetensors")]
    done = CliRunner().invoke(app, ["export", str(tmp_path), *files])
    assert done.exit_code == 0, done.output
    assert "load_state_dict" in done.stdout
    assert "takes the 4 training columns unencoded" in done.stdout
    assert "4 encoded columns" in done.stdout  # torch's network takes these
    assert load_model(tmp_path / "model").encoder_ is not None
    again = CliRunner().invoke(app, ["export", str(tmp_path), *files])
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)
    nothing = CliRunner().invoke(app, ["export", str(tmp_path)])
    assert (nothing.exit_code, "--onnx" in nothing.stderr) == (2, True)


def test_without_onnx_the_message_says_what_to_install(tmp_path):
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "from dropdecay.export.onnx import onnx_bytes; onnx_bytes(None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "dropdecay[onnx]"' in done.stderr
