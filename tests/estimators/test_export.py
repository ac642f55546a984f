import json
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from typer.testing import CliRunner

from dropdecay import (
    MLPClassifier,
    MLPClassifierCV,
    MLPRegressor,
    MLPRegressorCV,
    load_model,
    save_model,
)
from dropdecay.cli import app
from dropdecay.errors import DropdecayWarning
from dropdecay.estimators.export import onnx_bytes, torch_bytes, torch_lines, what_comes_out
from dropdecay.kernels.activations import ACTIVATIONS

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


def said(search):
    """What the estimator itself says, two-dimensional."""
    out = search.predict_proba(X) if hasattr(search, "predict_proba") else search.predict(X)
    return out.reshape(len(X), -1)


def close(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize("target", TARGETS)
def test_onnxruntime_says_the_same_for_every_kind_of_target(target):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    search = fitted(target)
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"encoded": search.encoder_.transform(X).astype(np.float32)})
    close(got, said(search))
    properties = session.get_modelmeta().custom_metadata_map
    assert len(json.loads(properties["inputs"])) == 4
    if target == "two classes":
        assert json.loads(properties["classes"]) == ["no", "yes"]


def test_onnxruntime_says_the_same_for_counts():
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    network = MLPRegressor("poisson", (6, 5), solver="lbfgs", random_state=0, max_iter=500)
    network.fit(X, np.random.default_rng(0).poisson(np.exp(X[:, 0])))
    session = runtime.InferenceSession(onnx_bytes(network), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {session.get_inputs()[0].name: X})
    close(got, said(network))
    assert what_comes_out(network) == "exp of the outputs gives the values"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_onnxruntime_says_the_same_for_every_activation(activation):
    runtime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    pytest.importorskip("onnx", reason="onnx is not installed")
    search = fitted("three classes", activation)
    session = runtime.InferenceSession(onnx_bytes(search), providers=["CPUExecutionProvider"])
    (got,) = session.run(None, {"encoded": search.encoder_.transform(X).astype(np.float32)})
    close(got, said(search))


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
        r"values are \[(.*)\] \+ (.*) \* outputs", what_comes_out(search)
    ).groups()
    close(float(center) + float(scale) * outputs, said(search))


def test_the_state_dict_has_torchs_names_and_shapes():
    from safetensors.numpy import load

    search = fitted("three classes")
    arrays = load(torch_bytes(search))
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {"0.weight": (6, 4), "0.bias": (6,), "3.weight": (5, 6), "3.bias": (5,),
                      "6.weight": (3, 5), "6.bias": (3,)}  # fmt: skip
    np.testing.assert_array_equal(arrays["3.weight"], search.coefs_[1].T)
    assert "nn.ReLU(), nn.Dropout(" in torch_lines(search, "x")[1]


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
    assert "4 encoded columns" in done.stdout
    assert load_model(tmp_path / "model").encoder_ is not None
    again = CliRunner().invoke(app, ["export", str(tmp_path), *files])
    assert (again.exit_code, "exists already" in again.stderr) == (2, True)
    nothing = CliRunner().invoke(app, ["export", str(tmp_path)])
    assert (nothing.exit_code, "--onnx" in nothing.stderr) == (2, True)


def test_without_onnx_the_message_says_what_to_install(tmp_path):
    code = (
        "import sys; sys.modules['onnx'] = None\n"
        "from dropdecay.estimators.export import onnx_bytes; onnx_bytes(None)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert 'pip install "dropdecay[onnx]"' in done.stderr
