"""A model is read back as it was written; a damaged or forged one is rejected and no code runs."""

import hashlib
import json
import os
import pickle
import shutil
import struct
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save as save_arrays
from sklearn.preprocessing import FunctionTransformer

from dropdecay.checked_json import json_text
from dropdecay.errors import BadInput, BadModel
from dropdecay.file_limits import Limit
from dropdecay.storage.model_folder import StoredModel, read_model, write_model
from dropdecay.table.encode import make_encoder
from tests.table.kinds import typed

WEIGHTS = {
    "weights": np.arange(12, dtype=np.float32).reshape(3, 4),
    "bias": np.linspace(-1, 1, 4),
    "classes": np.array([3, 1, 2]),
    "scalar": np.array(1.5),
    "nothing": np.zeros((0, 3), np.float32),
    "mask": np.array([True, False]),
}
SETTINGS = {"dropout": 0.1, "sizes": [3, 4], "names": {"größe": None}, "on": True, "text": "大"}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """Return the folder of a valid model with a small encoder."""
    folder = tmp_path_factory.mktemp("models") / "model"
    encoder = make_encoder().fit(typed(pd.DataFrame({"a": [1.0, 2.0, 4.0], "b": ["x", "y", None]})))
    write_model(folder, StoredModel("MLPClassifierCV", SETTINGS, WEIGHTS, encoder))
    return folder


@pytest.fixture
def folder(original, tmp_path):
    """Return a copy of it to tamper with."""
    return Path(shutil.copytree(original, tmp_path / "model"))


def files_in(folder: Path) -> list[str]:
    """Return the sorted names of what a folder contains."""
    return sorted(each.name for each in folder.iterdir())


def refused(folder: Path) -> str:
    """Return the one-line error with which a model is rejected."""
    with pytest.raises(BadModel) as caught:
        read_model(folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def describe(folder: Path, **changes) -> None:
    """Change the description of a model, as a forger would."""
    description = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json_text({**description, **changes}))


def forge(folder: Path, name: str, data: bytes) -> None:
    """Change a file of a model along with its size and hash."""
    (folder / name).write_bytes(data)
    files = json.loads((folder / "model.json").read_text())["files"]
    files[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    describe(folder, files=files)


# Round trip


def test_settings_and_arrays_are_read_back_unchanged(original):
    stored = read_model(original)

    assert stored.kind == "MLPClassifierCV"
    assert stored.settings == SETTINGS
    assert list(stored.arrays) == list(WEIGHTS)
    for name, array in WEIGHTS.items():
        assert stored.arrays[name].dtype == array.dtype
        assert np.array_equal(stored.arrays[name], array)
        assert stored.arrays[name].shape == array.shape


def test_arrays_in_any_memory_order_are_read_back(tmp_path):
    array = np.arange(12.0).reshape(3, 4)

    write_model(tmp_path / "m", StoredModel("x", {}, {"f": array.T, "s": array[:, ::2]}))

    assert np.array_equal(read_model(tmp_path / "m").arrays["f"], array.T)
    assert np.array_equal(read_model(tmp_path / "m").arrays["s"], array[:, ::2])


def test_a_model_without_encoder_has_two_files(tmp_path):
    write_model(tmp_path / "m", StoredModel("x", {}, WEIGHTS))

    assert files_in(tmp_path / "m") == ["model.json", "weights.safetensors"]
    assert read_model(tmp_path / "m").encoder is None


# Writing is all or nothing


@pytest.mark.parametrize("there", ["full", "empty", "file", "link"])
def test_nothing_is_overwritten(tmp_path, there):
    target = tmp_path / "m"
    if there == "file":
        target.write_text("mine")
    elif there == "link":
        target.symlink_to(tmp_path / "nowhere")
    else:
        target.mkdir()
    if there == "full":
        (target / "mine").write_text("mine")

    with pytest.raises(BadInput, match="m exists already; nothing is overwritten"):
        write_model(target, StoredModel("x", {}, WEIGHTS))

    assert files_in(tmp_path) == ["m"]


def test_a_missing_parent_is_named(tmp_path):
    with pytest.raises(BadInput, match=r"There is no folder .*nowhere to write into"):
        write_model(tmp_path / "nowhere" / "m", StoredModel("x", {}, WEIGHTS))


def test_a_folder_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(BadInput, match=r"m cannot be written: No space left on device\. Make room"):
        write_model(tmp_path / "m", StoredModel("x", {}, WEIGHTS))

    assert files_in(tmp_path) == []


@pytest.mark.parametrize(
    ("stored", "line"),
    [
        (StoredModel("x", {}, {"w": np.array([np.nan])}), "Array 'w' of the model holds NaN"),
        (StoredModel("x", {}, {"w": np.array([np.inf])}), "Array 'w' of the model holds NaN"),
        (StoredModel("x", {}, {"w": np.array(["a"])}), "Array 'w' of the model has type"),
        (StoredModel("x", {"a": np.nan}, {}), "The settings of the model cannot be stored"),
        (StoredModel("x", {"a": object()}, {}), "The settings of the model cannot be stored"),
        (StoredModel("x", {"a": 2**24 * "n"}, {}), "model.json asks for 16.8 MB, more than"),
        (StoredModel("x", {}, {}, FunctionTransformer(len)), "This encoder cannot be saved: it c"),
        (StoredModel("x", {}, {}, lambda rows: rows), "This encoder cannot be saved"),
    ],
)
def test_a_model_that_could_not_be_read_back_is_not_written(tmp_path, stored, line):
    with pytest.raises(BadInput, match=line):
        write_model(tmp_path / "m", stored)

    assert files_in(tmp_path) == []


# Reading damaged models


def test_a_missing_folder_is_reported(tmp_path):
    assert "There is no model folder" in refused(tmp_path / "nothing")


def test_a_folder_of_other_files_is_not_a_model(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")

    assert "is not a model: it has no model.json. Give a model folder" in refused(tmp_path)


@pytest.mark.parametrize("name", ["weights.safetensors", "encoder.skops"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()

    assert f"lacks {name}, which belongs to the model" in refused(folder)


@pytest.mark.parametrize("name", ["weights.pkl", ".hidden", "results.nc"])
def test_an_unexpected_file_is_named(folder, name):
    (folder / name).write_bytes(b"x")

    assert f"contains '{name}', which does not belong to the model" in refused(folder)


def test_an_encoder_missing_from_the_description_is_an_unexpected_file(folder):
    files = json.loads((folder / "model.json").read_text())["files"]
    del files["encoder.skops"]
    describe(folder, files=files)

    assert "contains 'encoder.skops', which does not belong to the model" in refused(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "encoder.skops"])
def test_a_changed_byte_is_detected(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[-5] ^= 1
    (folder / name).write_bytes(data)

    assert f"{name} has changed since it was written (its sha256 differs)" in refused(folder)


@pytest.mark.parametrize("name", ["weights.safetensors", "encoder.skops"])
def test_a_truncated_file_is_detected(folder, name):
    (folder / name).write_bytes((folder / name).read_bytes()[:-1])

    assert f"The size of {name} differs from the one in model.json" in refused(folder)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "model.json is damaged"),
        ("{", "model.json is damaged"),
        ("\xff", "model.json is damaged"),
        ("[" * 100_000, "model.json is damaged"),
        ('{"format": 1, "format": 1}', "duplicate key"),
        ('{"format": NaN}', "NaN is not a JSON number"),
        ("[1]", "it must be a JSON object"),
        ('{"format": 1e400}', "a number is too large"),
        ('{"format": 4}', "it has no checksum"),
        ('{"format": 4, "checksum": "0"}', "it has changed since it was written"),
        ("{}", "it has no format number"),
        ('{"format": true}', "it has no format number"),
        ('{"format": 0}', "does not describe a model of format 4"),
        ('{"format": 3}', "does not describe a model of format 4"),
        ('{"format": ' + "9" * 5000 + "}", "model.json is damaged"),
    ],
)
def test_an_invalid_description_is_rejected(folder, text, line):
    (folder / "model.json").write_bytes(text.encode("latin-1"))

    assert line in refused(folder)


def test_a_newer_format_asks_for_a_later_dropdecay(folder):
    describe(folder, format=5, dropdecay="9.1.0")

    line = refused(folder)

    assert "The model was written by dropdecay 9.1.0 in schema version 5" in line
    assert "Install a later dropdecay." in line


def test_a_model_of_dropdecay_0_1_0_is_rejected_with_the_remedy(folder):
    describe(folder, format=1, dropdecay="0.1.0")

    assert refused(folder) == (
        "The model was written by dropdecay 0.1.0 in schema version 1; this dropdecay reads "
        "version 4. Fit it again with this version, or load it with the one that wrote it."
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": 3},
        {"settings": []},
        {"arrays": [1]},
        {"arrays": {"weights": "3x4"}},
        {"arrays": {"weights": [3, -4]}},
        {"arrays": {"weights": [True, 4]}},
        {"files": []},
        {"files": {"weights.safetensors": 3}},
        {"more": 1},
    ],
)
def test_a_description_of_the_wrong_structure_is_rejected(folder, changes):
    describe(folder, **changes)

    assert "model.json does not describe a model of format 4" in refused(folder)


def test_a_huge_description_is_not_read(folder, monkeypatch):
    monkeypatch.setattr("dropdecay.storage.model_folder.MODEL_JSON", Limit(100))

    assert "bytes, more than the 100 bytes that such a file may take. If you" in refused(folder)


def test_weights_with_holes_are_not_read(folder):
    files = json.loads((folder / "model.json").read_text())["files"]
    with (folder / "weights.safetensors").open("r+b") as file:
        file.truncate(3 * 2**30)  # takes no disk
    files["weights.safetensors"]["bytes"] = 3 * 2**30
    describe(folder, files=files)

    assert "weights.safetensors asks for 3.22 GB, more than the 1.07 GB that" in refused(folder)


def test_a_model_of_format_3_has_no_checksum_and_is_read(folder):
    description = json.loads((folder / "model.json").read_text())
    del description["checksum"]
    (folder / "model.json").write_text(json.dumps({**description, "format": 3}))

    assert read_model(folder).settings == SETTINGS


# Reading forged models, with matching sizes and hashes


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "a/b", "..", "", "weights.pkl"])
def test_names_that_point_elsewhere_are_rejected(folder, name):
    files = json.loads((folder / "model.json").read_text())["files"]
    files[name] = files["weights.safetensors"]
    describe(folder, files=files)

    assert "model.json lists unexpected files" in refused(folder)


@pytest.mark.parametrize("name", ["model.json", "weights.safetensors", "encoder.skops"])
def test_links_are_rejected(folder, tmp_path, name):
    (folder / name).rename(tmp_path / name)
    (folder / name).symlink_to(tmp_path / name)

    assert f"{name} in {folder} is not a regular file" in refused(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes are Unix's")
def test_a_pipe_is_rejected_without_waiting_for_it(folder):
    (folder / "weights.safetensors").unlink()
    os.mkfifo(folder / "weights.safetensors")

    assert "weights.safetensors in" in refused(folder)


def tensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """Return the bytes of a safetensors file with any header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"", "its header is too long"),
        (b"short", "its header is too long"),
        (tensors({}, length=2**62), "its header is too long"),
        (tensors({}, length=100), "its header is too long"),
        (tensors(b" " * (2**20 + 1)), "its header is too long"),
        (tensors(b"not JSON"), "is damaged"),
        (tensors(b"\xff\xff"), "is damaged"),
        (tensors(b"[" * 100_000), "is damaged"),
        (tensors(b'{"w": 1, "w": 2}'), "duplicate key"),
        (tensors([F32]), "its header describes no arrays"),
        (tensors({"w": 3}), "its header describes no arrays"),
        (tensors({"w": {**F32, "dtype": "F16"}}), "its header describes no arrays"),
        (tensors({"w": {**F32, "dtype": ["F32"]}}), "its header describes no arrays"),
        (tensors({"w": {**F32, "shape": [-1]}}), "its header describes no arrays"),
        (tensors({"w": {**F32, "more": 1}}), "its header describes no arrays"),
        (tensors({"v": F32}, b"1234"), "The shape of array 'v' differs from the one in model.json"),
        (
            tensors({"w": {**F32, "shape": [2]}}, b"1234"),
            "The shape of array 'w' differs from the one in model.json",
        ),
        (tensors({"w": {**F32, "data_offsets": [0, 8]}}, b"12345678"), "are not contiguous"),
        (tensors({"w": {**F32, "data_offsets": [4, 8]}}, b"12345678"), "are not contiguous"),
        (tensors({"w": {**F32, "data_offsets": []}}, b"1234"), "are not contiguous"),
        (tensors({}), "lacks arrays that model.json lists"),
        (tensors({"w": F32}, b""), "weights.safetensors is damaged"),
        (tensors({"w": F32}, b"12345678"), "weights.safetensors is damaged"),
        (pickle.dumps({"w": 1}), "weights.safetensors is damaged"),
        (save_arrays({"w": np.array([np.nan], np.float32)}), "Array 'w' holds NaN or infinity"),
        (save_arrays({"w": np.array([-np.inf], np.float32)}), "Array 'w' holds NaN or infinity"),
    ],
)
def test_forged_weights_are_rejected(tmp_path, data, line):
    write_model(tmp_path / "m", StoredModel("x", {}, {"w": np.array([1], np.float32)}))
    forge(tmp_path / "m", "weights.safetensors", data)

    assert line in refused(tmp_path / "m")


def test_a_shape_that_claims_huge_memory_is_rejected(tmp_path):
    write_model(tmp_path / "m", StoredModel("x", {}, {"w": np.array([1], np.float32)}))
    huge = {"w": {"dtype": "F32", "shape": [2**40], "data_offsets": [0, 2**42]}}
    forge(tmp_path / "m", "weights.safetensors", tensors(huge))
    describe(tmp_path / "m", arrays={"w": [2**40]})

    assert "weights.safetensors is damaged" in refused(tmp_path / "m")


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (os.mkdir, (str(self.path),))


def test_a_pickle_in_place_of_the_encoder_does_not_run(folder, tmp_path):
    forge(folder, "encoder.skops", pickle.dumps(Bomb(tmp_path / "ran")))

    assert "encoder.skops is damaged" in refused(folder)
    assert not (tmp_path / "ran").exists()
