"""A fitted estimator <-> its stored form: parameters, network, classes, encoder, findings."""

import os
from collections.abc import Callable
from dataclasses import asdict
from importlib import import_module
from itertools import pairwise
from types import NoneType

import numpy as np
from sklearn.base import BaseEstimator, clone

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.encoding import RowEncoding
from dropdecay.engine.buffers import n_params
from dropdecay.errors import BadInput, BadModel
from dropdecay.estimators.base import FOLDS, NetworkEstimator, NotKept
from dropdecay.file_limits import TEXT_ARRAY
from dropdecay.safe_text import quoted, reason_of, visible
from dropdecay.selection.jsonable import JsonObject
from dropdecay.settings import Network
from dropdecay.storage.coherence import check_coherence, network_of
from dropdecay.storage.fold_networks import rebuilt_folds, stored_folds
from dropdecay.storage.model_folder import AGAIN, StoredModel, read_model, write_model
from dropdecay.storage.parameters import as_json, from_json
from dropdecay.table.reading import Reading

ESTIMATORS = {
    "MLPClassifier": "mlp",
    "MLPRegressor": "mlp",
    "MLPClassifierCV": "mlp_cv",
    "MLPRegressorCV": "mlp_cv",
}
"""In which file of ``estimators/`` each is; loaded when it is read."""

INCONSISTENT = (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError)
"""What a description that fits no estimator raises."""

OF_ENCODER = {"type": "encoder"}
"""Stands for the parameter ``encoder`` where it is a transformer."""

FINDINGS = (
    "best_params_",
    "one_se_params_",
    "chosen_params_",
    "epochs_",
    "best_score_",
    "best_loss_",
)


def _is_number(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float))


def _are_names(value: object) -> bool:
    """Whether a value is a list of what can name a column or a class."""
    return isinstance(value, list) and all(
        isinstance(each, (str, int, float, tuple, NoneType)) for each in value
    )


def _is_finding(value: object) -> bool:
    return _is_number(value) or isinstance(value, dict)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


PLAIN: dict[str, Callable[[object], bool]] = {
    "_flat": _is_flag,
    "_many_labels": _is_flag,
    "n_features_in_": lambda value: type(value) is int and value >= 0,
    "n_iter_": _is_number,
    "loss_curve_": lambda value: isinstance(value, list) and all(map(_is_number, value)),
    "ignored_columns_": _are_names,
    "id_columns_": _are_names,
    "file_encoding_": lambda value: value is None or isinstance(value, str),
    "temperature_": _is_number,
    "threshold_": _is_number,
    **dict.fromkeys(FINDINGS, _is_finding),
}
"""Attributes that are stored as they are, and what they may hold."""


def save_model(estimator: NetworkEstimator, folder: str | os.PathLike[str]) -> None:
    """Write a fitted estimator into a new folder of safetensors, JSON and skops, without code.

    Curves and the surface (``results_``) are not stored, nor parameters that are code, such as a
    function as ``scoring``: a loaded model that lacks one predicts, but has to be given it before
    ``fit``.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor, MLPClassifierCV or MLPRegressorCV
        Fitted.
    folder : path
        Must not exist.

    Raises
    ------
    BadInput
        If the folder exists or cannot be written, if the estimator is not fitted, or if its encoder
        is not of a known type.

    Examples
    --------
    >>> from dropdecay import save_model
    >>> save_model(search, "model")
    """
    if hasattr(estimator, "best_module_"):
        raise BadInput(
            f"The network of a {type(estimator).__name__} is of your own class, whose code a "
            "model's folder does not keep. Save its weights: torch.save(search.best_module_."
            "state_dict(), 'net.pt'); or the whole search: joblib.dump."
        )
    if type(estimator).__name__ not in ESTIMATORS or not hasattr(estimator, "coefs_"):
        raise BadInput(
            f"Only a fitted estimator of this package can be saved. Got {type(estimator).__name__}."
        )
    write_model(folder, stored_form(estimator))


def stored_form(estimator: NetworkEstimator) -> StoredModel:
    """Return what is stored of an estimator."""
    arrays = {f"weights_{i}": part for i, part in enumerate(estimator.coefs_)}
    arrays |= {f"biases_{i}": part for i, part in enumerate(estimator.intercepts_)}
    settings: JsonObject = {
        "parameters": {
            name: _parameter(name, value)
            for name, value in estimator.get_params(deep=False).items()
        },
        "network": asdict(estimator.network_),
        "plain": {
            name: as_json(getattr(estimator, name)) for name in PLAIN if hasattr(estimator, name)
        },
    }
    if hasattr(estimator, "classes_"):
        classes = estimator.classes_
        settings["classes"] = {"dtype": classes.dtype.kind, "values": classes.tolist()}
    if hasattr(estimator, "feature_names_in_"):
        settings["feature_names"] = [str(name) for name in estimator.feature_names_in_]
    if hasattr(estimator, "target_scale_"):
        arrays["target_center"] = np.asarray(estimator.target_center_, np.float64)
        arrays["target_scale"] = np.ravel(np.asarray(estimator.target_scale_, np.float64))
    if estimator.ensemble_params_ is not None:
        arrays["ensemble"] = estimator.ensemble_params_
    if hasattr(estimator, "verdict_"):
        settings["verdict"] = str(estimator.verdict_)
    encoder = None
    if hasattr(estimator, "encoding_"):
        encoding = estimator.encoding_
        settings["is_table"] = encoding.is_table
        if encoding.reading is not None:
            settings["reading"] = encoding.reading.as_list()
        encoder = estimator.encoder_
    of_folds: dict[str, AnyArray] = {}
    own_encoders = None
    networks = getattr(estimator, "fold_networks_", None)
    if networks is not None:
        settings["folds"], of_folds, own_encoders = stored_folds(networks, encoder)
    return StoredModel(type(estimator).__name__, settings, arrays, encoder, of_folds, own_encoders)


def load_model(folder: str | os.PathLike[str], *, with_folds: bool = True) -> NetworkEstimator:
    """Read an estimator written by :func:`save_model`, ready to predict; no code can run.

    Parameters
    ----------
    folder : path
    with_folds : bool, default True
        Whether to read the networks of the folds too, which intervals and sets need.

    Returns
    -------
    MLPClassifier, MLPRegressor, MLPClassifierCV or MLPRegressorCV
        Fitted; what it predicts is equal bit for bit.

    Raises
    ------
    BadModel
        If the folder is not a model of dropdecay, or it is damaged or of a newer version.

    Examples
    --------
    >>> from dropdecay import load_model
    >>> load_model("model").predict(X).shape
    (569,)
    """
    stored = read_model(folder, with_folds=with_folds)
    if not with_folds and stored.settings["parameters"].get("n_ensemble") == FOLDS:
        stored = read_model(folder)  # it predicts by them
    if stored.kind not in ESTIMATORS:
        raise BadModel(
            f"{visible(folder)} holds a {quoted(stored.kind)}, which this version does not know. "
            "Install a later dropdecay."
        )
    try:
        return _rebuilt(stored)
    except BadModel:
        raise
    except INCONSISTENT as error:
        raise BadModel(
            f"The model in {visible(folder)} is inconsistent: {reason_of(error)}. {AGAIN}"
        ) from None


def _rebuilt(stored: StoredModel) -> NetworkEstimator:
    settings = stored.settings
    file = import_module(f"dropdecay.estimators.{ESTIMATORS[stored.kind]}")
    kind: type[NetworkEstimator] = getattr(file, stored.kind)
    known = kind._get_param_names()
    given: JsonObject = {
        name: _given(value, stored.encoder)
        for name, value in settings["parameters"].items()
        if name in known
    }
    estimator = kind(**given)
    network = network_of(settings["network"])
    params = _flat_params(network, stored.arrays)
    estimator._keep(network, params)
    if "ensemble" in stored.arrays:
        estimator.ensemble_params_ = _ensemble(params, stored.arrays["ensemble"])
    for name, value in _plain(settings["plain"]).items():
        setattr(estimator, name, value)
    if "classes" in settings:
        estimator.classes_ = _classes(settings["classes"])
    if "feature_names" in settings:
        estimator.feature_names_in_ = _column_names(settings["feature_names"])
    if "target_scale" in stored.arrays:
        estimator._keep_units(stored.arrays["target_center"], stored.arrays["target_scale"])
    if "verdict" in settings:
        estimator.verdict_ = str(settings["verdict"])
    if "is_table" in settings:
        reading = Reading.from_list(settings["reading"]) if "reading" in settings else None
        estimator.encoding_ = RowEncoding(bool(settings["is_table"]), None, reading)
        estimator.encoder_ = stored.encoder
        if stored.fold_arrays:
            estimator.fold_networks_ = rebuilt_folds(stored)
    check_coherence(estimator)
    return estimator


def _plain(stored: JsonObject) -> dict[str, object]:
    """Return the attributes that are stored as they are, each of a kind that it may be."""
    found = {name: from_json(stored[name]) for name in PLAIN if name in stored}
    for name, value in found.items():
        if not PLAIN[name](value):
            raise ValueError(f"{name} holds {type(value).__name__}")
    return found


def _column_names(stored: object) -> AnyArray:
    if not isinstance(stored, list) or not all(isinstance(each, str) for each in stored):
        raise ValueError("names of columns that are no text")
    return np.array(stored, dtype=object)


def _flat_params(network: Network, arrays: dict[str, AnyArray]) -> Floating:
    """Put the layers into one buffer; their shapes must match the network."""
    n_layers = len(network.sizes) - 1
    names = [f"{part}_{i}" for part in ("weights", "biases") for i in range(n_layers)]
    shapes: list[tuple[int, ...]] = [*pairwise(network.sizes)]
    shapes += [(size,) for size in network.sizes[1:]]
    for name, shape in zip(names, shapes, strict=True):
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}; the network needs {shape}")
    flat = np.concatenate([arrays[name].ravel() for name in names])
    if flat.size != n_params(network):
        raise ValueError("the network has a different number of parameters")
    return flat


def _ensemble(first: Floating, params: AnyArray) -> Floating:
    """Return the parameters of an ensemble; those of its first network are known."""
    fits = params.dtype == first.dtype and params.shape == (len(params), first.size)
    if not fits or len(params) < 2 or not np.array_equal(params[0], first):
        raise ValueError(f"an ensemble of shape {params.shape} and {params.dtype}")
    return params


def _classes(described: JsonObject) -> AnyArray:
    """Return the classes in order, each of its original type."""
    kinds: dict[str, type] = {
        "b": np.bool_, "i": np.int64, "u": np.uint64, "f": np.float64, "U": np.str_,
    }  # fmt: skip
    values = described["values"]
    if described["dtype"] == "U":
        longest = max(map(len, values))
        TEXT_ARRAY.check("model.json", 4 * longest * len(values), kind=BadModel)
    return np.array(values, kinds.get(described["dtype"], object))


def _parameter(name: str, value: object) -> object:
    """Return a parameter as JSON values."""
    if name == "encoder" and isinstance(value, BaseEstimator):
        return OF_ENCODER  # the fitted one, which is stored, is its copy
    if name == "store" and value is not None:
        # A file of whoever saved the model is none that whoever loads it writes to.
        return as_json(NotKept("a file of the run that made the model"))
    return as_json(value)


def _given(stored: object, encoder: BaseEstimator | None) -> object:
    """Return the parameter that :func:`_parameter` stored."""
    return clone(encoder) if stored == OF_ENCODER else from_json(stored)
