"""Untrusted text in a file is always shown as a single line of clean text."""

import csv
import hashlib
import io
import json
import shutil
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from dropdecay.checked_json import json_text
from dropdecay.commands.app import app
from dropdecay.commands.demo import run_demo
from dropdecay.data.folds import make_folds
from dropdecay.data.targets import class_target
from dropdecay.storage.model_folder import StoredModel, read_model, write_model
from dropdecay.storage.models import load_model
from dropdecay.storage.skops_types import encoder_from_bytes
from dropdecay.surface.store import Store
from dropdecay.table.check import check_features, check_target, recognise_task
from dropdecay.table.decide import decide
from dropdecay.table.encode import make_encoder
from dropdecay.table.read import read_table, split_target
from tests.strangers import EACH, LONG, NASTY, clean, refused
from tests.table.kinds import typed

# Tables


@EACH
@given(LONG, LONG)
def test_names_of_columns_in_a_file_are_shown_clean(name, other):
    with TemporaryDirectory() as place:
        path = Path(place) / "t.csv"
        for header in ([name, other, "y"], [name, name, "y"]):
            text = io.StringIO()
            csv.writer(text).writerows([header, [1, 2, 3], [4, 5]])
            path.write_text(text.getvalue(), newline="")
            refused(read_table, path)
    refused(split_target, pd.DataFrame([[1, 2]], columns=[name, other + "x"]), "y" + name)


@EACH
@given(NASTY, st.sampled_from([".csv", ".tsv", ".csv.gz", ".parquet", ".arrow", ".txt", ""]))
def test_names_of_files_are_shown_clean(name, ending):
    name = name.replace("/", "").replace("\0", "").encode()[:80].decode(errors="ignore") or "f"
    with TemporaryDirectory() as place:
        path = Path(place) / f"f{name}{ending}"
        refused(read_table, path)
        path.write_bytes(b"a,b\n1\n")
        refused(read_table, path)
        path.write_bytes(b"PAR1ARROW1")
        refused(read_table, path)
        refused(run_demo, path.parent)
        done = CliRunner().invoke(app, ["fit", str(path), "--target", "y"])
        assert done.exit_code == 2
        clean(done.stderr.removesuffix("\n"))


def read(frame):
    """Read a table as a fit does."""
    return decide(check_features(frame)).reading.typed(frame)


@EACH
@given(LONG, LONG)
def test_names_and_cells_of_a_table_are_shown_clean(name, cell):
    cell = f"x{cell}"  # neither missing nor a number
    numbers = pd.DataFrame({name: [1.0, 2.0, 4.0]})
    texts = pd.DataFrame({name: [1.0, 2.0, cell]}, dtype=object)
    for values in ([None] * 3, [1.0, np.inf, 2.0], [[1], [2], [3]]):
        refused(read, pd.DataFrame({name: values}))
    reading = decide(numbers).reading
    refused(reading.typed, texts)
    refused(reading.typed, pd.DataFrame({f"{name}!": [1.0], cell: [2.0]}))


@EACH
@given(LONG, LONG)
def test_targets_and_their_classes_are_shown_clean(name, label):
    label = f"x{label}"
    one_class = pd.Series([label] * 3, name=name)
    rare = np.array([label, "a", "a", "a"], dtype=object)
    for values in ([None] * 3, [1.0, np.nan, 2.0]):
        refused(check_target, pd.Series(values, name=name), "regression")
    refused(check_target, one_class, "classification")
    refused(check_target, one_class, "regression")
    refused(make_folds, 4, rare, 3, None, 0)
    refused(class_target, np.array([label] * 3, dtype=object), "log_loss", np.float32)
    clean(recognise_task(pd.Series([label, "a"], name=name)).reason)


# Models


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "m"
    encoder = make_encoder().fit(typed(pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})))
    write_model(folder, StoredModel("MLPClassifier", {}, {"w": np.zeros(1)}, encoder))
    return folder


@EACH
@given(text=LONG)
def test_the_description_of_a_model_is_shown_clean(model, text):
    described = json.loads((model / "model.json").read_text())
    weights = {**described["files"], text: described["files"]["weights.safetensors"]}
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(model, Path(place) / "m"))
        for changes in (
            {"kind": text}, {"files": weights}, {"arrays": {text: [1]}},
            {"format": 9, "dropdecay": text}, {"format": 10**400, "dropdecay": [text]},
            {"kind": "MLPRegressor", "settings": {text: text}},
            {"settings": {"parameters": {}, "network": {text: 1, "hidden_layer_sizes": [1]}}},
            {"settings": {"parameters": {}, "network": {
                "n_inputs": 1, "n_outputs": 1, "hidden_layer_sizes": [1], "loss": text}}},
        ):  # fmt: skip
            (folder / "model.json").write_text(json_text({**described, **changes}))
            refused(load_model, folder)


@EACH
@given(text=NASTY)
def test_names_of_files_and_arrays_in_a_model_are_shown_clean(model, text):
    name = text.replace("/", "").replace("\0", "").encode()[:80].decode(errors="ignore") or "f"
    with TemporaryDirectory() as place:
        folder = Path(shutil.copytree(model, Path(place) / f"m{name}"))
        (folder / f"f{name}").write_text("x")
        assert "does not belong to the model" in refused(read_model, folder)
        (folder / f"f{name}").unlink()
        (folder / f"f{name}").symlink_to(folder / "model.json")
        assert "is not a regular file" in refused(read_model, folder)
        (folder / f"f{name}").unlink()
        header = json.dumps({text: {"dtype": "F64", "shape": [2], "data_offsets": [0, 16]}})
        forge(folder, len(header).to_bytes(8, "little") + header.encode() + bytes(16))
        refused(read_model, folder)


def forge(folder, data):
    """Put other weights into a model, with matching size and hash."""
    (folder / "weights.safetensors").write_bytes(data)
    described = json.loads((folder / "model.json").read_text())
    described["files"]["weights.safetensors"] = {
        "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(),
    }  # fmt: skip
    (folder / "model.json").write_text(json_text(described))


@EACH
@given(text=LONG)
def test_types_in_an_encoder_are_shown_clean(text):
    for loader in ("ObjectNode", text):
        schema = {"__loader__": loader, "__module__": text, "__class__": text, "__id__": 1}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as into:
            into.writestr("schema.json", json.dumps(schema))
        refused(encoder_from_bytes, buffer.getvalue(), "encoder.skops")


@EACH
@given(text=LONG)
def test_names_of_arrays_that_cannot_be_stored_are_shown_clean(text):
    with TemporaryDirectory() as place:
        for array in (np.array(["a"]), np.array([np.nan])):
            refused(write_model, Path(place) / "m", StoredModel("x", {}, {text: array}))


# Stores


@EACH
@given(text=LONG, name=NASTY)
def test_the_identity_of_a_store_is_shown_clean(text, name):
    with TemporaryDirectory() as place:
        Store(Path(place) / "s", {name: text, "n": 1}).close()
        refused(Store, Path(place) / "s", {name: f"{text}!", "n": [text]})
