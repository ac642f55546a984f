"""The parameters of an estimator <-> JSON, each of its own type, and nothing that could run.

Text, numbers, lists and None are JSON as they are; whatever else can be kept is an object with its
"type". What cannot, such as a function, is described, so that ``fit`` can say what is missing.
"""

import inspect
import math
from collections.abc import Callable

import numpy as np
from sklearn import model_selection

from dropdecay.arrays import AnyArray
from dropdecay.estimators.base import NotKept
from dropdecay.safe_text import visible
from dropdecay.selection.jsonable import JsonObject

SPLITTERS = {
    name: getattr(model_selection, name)
    for name in (
        "GroupKFold", "GroupShuffleSplit", "KFold", "LeaveOneGroupOut", "LeaveOneOut",
        "LeavePGroupsOut", "LeavePOut", "PredefinedSplit", "RepeatedKFold",
        "RepeatedStratifiedKFold", "ShuffleSplit", "StratifiedGroupKFold", "StratifiedKFold",
        "StratifiedShuffleSplit", "TimeSeriesSplit",
    )
}  # fmt: skip
"""The closed list of what may be built: their parameters are numbers, None and arrays."""

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
          "float32", "float64")  # fmt: skip
NONFINITE = ("nan", "inf", "-inf")


class _CannotBeKept(Exception):
    """A value, or part of it, has no form in JSON."""


def as_json(value: object) -> object:
    """Return a parameter as JSON values; one that cannot be kept as a description."""
    try:
        return _encoded(value)
    except _CannotBeKept:
        was = value.was if isinstance(value, NotKept) else visible(repr(value), 80)
        return {"type": "not kept", "was": was}


def from_json(stored: object) -> object:
    """Return the parameter that :func:`as_json` wrote.

    Raises
    ------
    ValueError, TypeError, KeyError
        If it wrote nothing like it.
    """
    if isinstance(stored, list):
        return [from_json(each) for each in stored]
    if not isinstance(stored, dict):
        return stored
    return DECODERS[stored["type"]](stored)


def _encoded(value: object) -> object:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"type": "float", "value": str(value)}
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is list:
        return [_encoded(each) for each in value]
    if type(value) is tuple:
        return {"type": "tuple", "values": [_encoded(each) for each in value]}
    if type(value) is dict:
        return {"type": "dict", "items": [[_encoded(a), _encoded(b)] for a, b in value.items()]}
    if type(value) is np.ndarray and value.dtype.name in DTYPES:
        return {"type": "array", "dtype": value.dtype.name, "shape": list(value.shape),
                "values": [_encoded(each) for each in value.ravel()]}  # fmt: skip
    if SPLITTERS.get(type(value).__name__) is type(value):
        return {"type": "splitter", "name": type(value).__name__, "parameters": {
            name: _encoded(each) for name, each in _parameters_of(value).items()
        }}  # fmt: skip
    raise _CannotBeKept


def _parameters_of(splitter: object) -> dict[str, object]:
    """Return the arguments of a splitter, which has no ``get_params``."""
    signature = inspect.signature(type(splitter).__init__)
    held = {**vars(splitter), **vars(splitter).get("cvargs", {})}  # those of repeated splitters
    return {name: held[name] for name in signature.parameters if name in held}


def _tuple(stored: JsonObject) -> tuple[object, ...]:
    return tuple(from_json(each) for each in stored["values"])


def _dict(stored: JsonObject) -> dict[object, object]:
    return {from_json(name): from_json(value) for name, value in stored["items"]}


def _float(stored: JsonObject) -> float:
    if stored["value"] not in NONFINITE:
        raise ValueError("a number that is not written as one")
    return float(stored["value"])


def _array(stored: JsonObject) -> AnyArray:
    if stored["dtype"] not in DTYPES:
        raise ValueError("an array of another type")
    values = [from_json(each) for each in stored["values"]]
    return np.array(values, dtype=stored["dtype"]).reshape(stored["shape"])


def _splitter(stored: JsonObject) -> object:
    parameters = {name: from_json(each) for name, each in stored["parameters"].items()}
    return SPLITTERS[stored["name"]](**parameters)


def _not_kept(stored: JsonObject) -> NotKept:
    return NotKept(str(stored["was"]))


DECODERS: dict[str, Callable[[JsonObject], object]] = {
    "array": _array,
    "dict": _dict,
    "float": _float,
    "not kept": _not_kept,
    "splitter": _splitter,
    "tuple": _tuple,
}
