"""A fitted model <-> a folder of JSON, safetensors and skops without code.

    model.json           settings; size and hash of the other files, shapes of the arrays
    weights.safetensors  arrays
    encoder.skops        the fitted encoder, if there is one
    folds.safetensors    arrays of the networks of the folds, if these were kept
    fold-encoders.skops  their encoders, if they have their own

A model may come from an untrusted source. Every file is read once, as bytes, and checked before it
is used. The hash only protects against damage, since anyone who forges a file can forge its hash.
"""

import hashlib
import json
import math
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from dropdecay.arrays import AnyArray
from dropdecay.checked_json import json_text, read_json, unique_keys
from dropdecay.errors import BadInput, BadModel
from dropdecay.file_limits import MODEL_JSON, WEIGHTS_OF_MODEL
from dropdecay.files import check_new_folder, other_schema, write_folder
from dropdecay.safe_text import quoted, reason_of, visible
from dropdecay.selection.jsonable import JsonObject
from dropdecay.storage.skops_types import encoder_bytes, encoder_from_bytes
from dropdecay.table.names import did_you_mean_path, listed
from dropdecay.table.reading import Reading

FORMAT, OLDEST = 4, 3
"""Format 1 has different classes in the encoder; formats 1 and 2 have other types of parameters and
keep no reading of the table; format 3 has no checksum of its description."""

MODEL, WEIGHTS, ENCODER = "model.json", "weights.safetensors", "encoder.skops"
FOLDS, FOLD_ENCODERS = "folds.safetensors", "fold-encoders.skops"
MAX_HEADER_BYTES = 2**20
MODEL_FILES = (MODEL, WEIGHTS, ENCODER, FOLDS, FOLD_ENCODERS)
BESIDE_COLUMNS = 2**16
"""Bytes of a description for all that is not a column: parameters, network, classes, shapes."""

DTYPES = {"F32": "float32", "F64": "float64", "I64": "int64", "I32": "int32", "BOOL": "bool"}
KEYS = {"format", "dropdecay", "kind", "settings", "arrays", "files"}
OF_FOLDS = "fold_arrays"
"""A key that models without networks of folds lack."""
AGAIN = "Copy the model again or fit it again."


@dataclass(frozen=True)
class StoredModel:
    """The stored form of a fitted model.

    Parameters
    ----------
    kind : str
        Name of the estimator.
    settings : dict
        JSON values: text, finite numbers, booleans, None, lists, dicts with text as keys.
    arrays : dict
        Weights and biases by name: float32, float64, int32, int64 or bool; finite.
    encoder : object or None
        Fitted, of types listed in ``storage.skops_types``.
    fold_arrays : dict
        Like ``arrays``, of the networks of the folds; empty: there are none.
    fold_encoders : sequence of object or None
        Fitted, like ``encoder``; None: the folds have none of their own.
    """

    kind: str
    settings: JsonObject
    arrays: dict[str, AnyArray]
    encoder: object | None = None
    fold_arrays: dict[str, AnyArray] = field(default_factory=dict)
    fold_encoders: Sequence[object] | None = None


def write_model(folder: str | os.PathLike[str], stored: StoredModel) -> None:
    """Write a model into a new folder, completely or not at all.

    Parameters
    ----------
    folder : path
        Must not exist; its parent folder must.
    stored : StoredModel

    Raises
    ------
    BadInput
        If the folder exists or cannot be written, or the model holds something that cannot be
        stored, such as NaN or an unknown type.
    """
    folder = Path(folder)
    check_new_folder(folder)  # before spending time on the contents
    write_folder(folder, _contents(stored), "Choose a folder you may write to.")


def _contents(stored: StoredModel) -> dict[str, bytes]:
    arrays, of_folds = _storable(stored.arrays), _storable(stored.fold_arrays)
    contents = {WEIGHTS: save_arrays(arrays)}
    if stored.encoder is not None:
        contents[ENCODER] = encoder_bytes(stored.encoder)
    if of_folds:
        contents[FOLDS] = save_arrays(of_folds)
    if stored.fold_encoders is not None:
        contents[FOLD_ENCODERS] = encoder_bytes(list(stored.fold_encoders))
    shapes = {name: list(array.shape) for name, array in of_folds.items()}
    description = {
        "format": FORMAT,
        "dropdecay": version("dropdecay"),
        "kind": stored.kind,
        "settings": stored.settings,
        "arrays": {name: list(array.shape) for name, array in arrays.items()},
        **({OF_FOLDS: shapes} if shapes else {}),
        "files": {
            name: {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in contents.items()
        },
    }
    try:
        text = json_text(description)
    except (TypeError, ValueError) as error:
        raise BadInput(
            f"The settings of the model cannot be stored: {reason_of(error)}. Use only values "
            "that JSON can hold."
        ) from None
    contents[MODEL] = text.encode()
    _check_sizes(contents)
    return contents


def _check_sizes(contents: Mapping[str, bytes]) -> None:
    """Refuse to write what would not be read again; encoders are checked where they are packed."""
    MODEL_JSON.check(MODEL, len(contents[MODEL]))
    for name in (WEIGHTS, FOLDS):
        WEIGHTS_OF_MODEL.check(name, len(contents.get(name, b"")))


def check_reading(reading: Reading) -> None:
    """Refuse, before anything is trained, columns that a model could not be read again with.

    Raises
    ------
    BadInput
        With the figures, and the remedy.
    """
    names = [each.name for each in reading.columns]
    columns = {"settings": {"reading": reading.as_list(), "feature_names": names}}
    of_columns = f"{MODEL} of a model on {len(names):,} columns"
    MODEL_JSON.check(of_columns, len(json_text(columns)) + BESIDE_COLUMNS)


def _storable(given: Mapping[str, AnyArray]) -> dict[str, AnyArray]:
    """Return arrays in C order; refuse those that cannot be stored."""
    arrays = {name: np.asarray(value, order="C") for name, value in given.items()}
    for name, array in arrays.items():
        if array.dtype.name not in DTYPES.values():
            raise BadInput(
                f"Array {quoted(name)} of the model has type {array.dtype}. Only "
                f"{', '.join(DTYPES.values())} can be stored. Convert it first."
            )
        if not np.isfinite(array).all():
            raise BadInput(
                f"Array {quoted(name)} of the model holds NaN or infinity. Fit it again."
            )
    return arrays


def read_model(folder: str | os.PathLike[str], *, with_folds: bool = True) -> StoredModel:
    """Read a model from a folder; no code can run, whoever wrote it.

    Parameters
    ----------
    folder : path
    with_folds : bool, default True
        Whether to read the networks of the folds, if there are any.

    Raises
    ------
    BadModel
        If the folder is not a model of dropdecay, a file is missing or damaged, or the model is of
        a newer version.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise BadModel(
            f"There is no model folder {visible(folder)}.{did_you_mean_path(folder)} Check the "
            "path."
        )
    try:
        names = _names(folder)
        description = _description(folder / MODEL)
        files = description["files"]
        _check_names(names, files, folder)
        wanted = [
            each for each in sorted(files) if with_folds or each not in (FOLDS, FOLD_ENCODERS)
        ]
        data = {name: _checked(folder / name, files[name]) for name in wanted}
    except OSError as error:
        raise BadModel(f"{visible(folder)} cannot be read: {error.strerror}. {AGAIN}") from None
    arrays = _arrays(data[WEIGHTS], description["arrays"], WEIGHTS)
    encoder = encoder_from_bytes(data[ENCODER], ENCODER) if ENCODER in data else None
    of_folds, encoders = {}, None
    if FOLDS in data:
        of_folds = _arrays(data[FOLDS], description[OF_FOLDS], FOLDS)
    if FOLD_ENCODERS in data:
        found = encoder_from_bytes(data[FOLD_ENCODERS], FOLD_ENCODERS)
        if not isinstance(found, list):
            raise BadModel(f"{FOLD_ENCODERS} is damaged: it holds no list. {AGAIN}")
        encoders = found
    return StoredModel(
        description["kind"], description["settings"], arrays, encoder, of_folds, encoders
    )


def _names(folder: Path) -> set[str]:
    names = set()
    for entry in folder.iterdir():
        # lstat: a link could point anywhere, and reading a pipe would never end.
        if not stat.S_ISREG(entry.lstat().st_mode):
            raise BadModel(
                f"{visible(entry.name)} in {visible(folder)} is not a regular file. A model "
                f"contains regular files only. {AGAIN}"
            )
        names.add(entry.name)
    if MODEL not in names:
        raise BadModel(f"{visible(folder)} is not a model: it has no {MODEL}. Give a model folder.")
    return names


def _read(path: Path, size: int) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _description(path: Path) -> JsonObject:
    try:
        found = read_json(path, MODEL_JSON, sealed_since=("format", 4), kind=BadModel)
    except BadInput:
        raise
    except (ValueError, RecursionError) as error:
        raise BadModel(f"{MODEL} is damaged: {reason_of(error)}. {AGAIN}") from None
    if type(found.get("format")) is not int:
        raise BadModel(f"{MODEL} does not describe a model: it has no format number. {AGAIN}")
    if found["format"] > 0 and not OLDEST <= found["format"] <= FORMAT:
        again = "Fit it again with this version, or load it with the one that wrote it."
        writer = found.get("dropdecay")
        raise BadModel(other_schema("The model", found["format"], FORMAT, writer, again))
    if set(found) - {OF_FOLDS} != KEYS or found["format"] <= 0:
        raise BadModel(f"{MODEL} does not describe a model of format {FORMAT}. {AGAIN}")
    well_formed = (
        isinstance(found["kind"], str)
        and isinstance(found["settings"], dict)
        and _are_shapes(found["arrays"])
        and _are_shapes(found.get(OF_FOLDS, {}))
        and isinstance(found["files"], dict)
        and all(isinstance(each, dict) for each in found["files"].values())
        and (OF_FOLDS in found) == (FOLDS in found["files"])
    )
    if not well_formed:
        raise BadModel(f"{MODEL} does not describe a model of format {FORMAT}. {AGAIN}")
    return found


def _are_shapes(shapes: object) -> bool:
    return isinstance(shapes, dict) and all(map(_is_shape, shapes.values()))


def _is_shape(shape: object) -> bool:
    return isinstance(shape, list) and all(type(size) is int and size >= 0 for size in shape)


def _check_names(names: set[str], files: JsonObject, folder: Path) -> None:
    described = set(files)
    if not {WEIGHTS} <= described <= {WEIGHTS, ENCODER, FOLDS, FOLD_ENCODERS}:
        unexpected = listed(sorted(described ^ {WEIGHTS}))
        raise BadModel(f"{MODEL} lists unexpected files, or too few: {unexpected}. {AGAIN}")
    missing = ", ".join(sorted(described - names))
    if missing:
        raise BadModel(f"{visible(folder)} lacks {missing}, which belongs to the model. {AGAIN}")
    extra = listed(sorted(names - described - {MODEL}))
    if extra:
        raise BadModel(
            f"{visible(folder)} contains {extra}, which does not belong to the model. Move it to "
            "another folder."
        )


def _checked(path: Path, description: JsonObject) -> bytes:
    size = description.get("bytes")
    if type(size) is not int or path.stat().st_size != size:
        raise BadModel(f"The size of {path.name} differs from the one in {MODEL}. {AGAIN}")
    if path.suffix == ".safetensors":
        WEIGHTS_OF_MODEL.check(path.name, size, kind=BadModel)
    data = _read(path, size)
    if hashlib.sha256(data).hexdigest() != description.get("sha256"):
        raise BadModel(
            f"{path.name} has changed since it was written (its sha256 differs). {AGAIN}"
        )
    return data


def _arrays(data: bytes, shapes: Mapping[str, list[int]], file: str) -> dict[str, AnyArray]:
    header = _header(data, file)
    end = 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        if name not in shapes or entry["shape"] != shapes[name]:
            raise BadModel(
                f"The shape of array {quoted(name)} differs from the one in {MODEL}. {AGAIN}"
            )
        size = math.prod(entry["shape"]) * np.dtype(DTYPES[entry["dtype"]]).itemsize
        if entry["data_offsets"] != [end, end + size]:
            raise BadModel(f"{file} is damaged: its arrays are not contiguous. {AGAIN}")
        end += size
    if set(header) != set(shapes):
        raise BadModel(f"{file} lacks arrays that {MODEL} lists. {AGAIN}")
    try:
        arrays = load_arrays(data)
    except Exception as error:  # noqa: BLE001  # the library's own class is not public
        raise BadModel(f"{file} is damaged: {reason_of(error)}. {AGAIN}") from None
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise BadModel(f"Array {quoted(name)} holds NaN or infinity. Fit the model again.")
    return {name: arrays[name] for name in shapes}  # in the order in which they were written


def _header(data: bytes, file: str) -> JsonObject:
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > min(MAX_HEADER_BYTES, len(data) - 8):
        raise BadModel(f"{file} is damaged: its header is too long. {AGAIN}")
    try:
        header = json.loads(data[8 : 8 + length], object_pairs_hook=unique_keys)
    except (ValueError, RecursionError) as error:
        raise BadModel(f"{file} is damaged: {reason_of(error)}. {AGAIN}") from None
    if not isinstance(header, dict) or not all(_is_entry(each) for each in header.values()):
        raise BadModel(f"{file} is damaged: its header describes no arrays. {AGAIN}")
    return header


def _is_entry(entry: object) -> bool:
    return (
        isinstance(entry, dict)
        and set(entry) == {"dtype", "shape", "data_offsets"}
        and isinstance(entry["dtype"], str)
        and entry["dtype"] in DTYPES
        and _is_shape(entry["shape"])
        and _is_shape(entry["data_offsets"])
    )
