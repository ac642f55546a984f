"""Fingerprints: equal for equal values, derived from the values, so that none is forgotten."""

import functools
import hashlib
import inspect
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import CodeType, FunctionType
from typing import Any

import numpy as np
import pandas as pd

from dropdecay.engine.protocol import Run
from dropdecay.errors import BadSetting


def run_fingerprint(run: Run) -> str:
    """Return the name of a run in a store: its setting, fold, seed and length, not its point.

    A surface with more axes thereby finds the runs of a smaller one.
    """
    return fingerprint((run.setting, run.fold, run.seed, run.epochs))


def fingerprint(value: object) -> str:
    """Return a SHA-256 over a value: plain values, dataclasses, arrays, tables, functions, objects.

    Raises
    ------
    BadSetting
        If the value has no content that could be told from another's.
    """
    return hashlib.sha256(json.dumps(_described(value)).encode()).hexdigest()


def _described(value: Any) -> Any:
    """Describe a value by plain JSON values that differ wherever the value does."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, np.generic)):
        return [
            type(value).__name__,
            repr(value.item() if isinstance(value, np.generic) else value),
        ]
    if is_dataclass(value) and not isinstance(value, type):
        content = {each.name: _described(getattr(value, each.name)) for each in fields(value)}
        return [_name_of(type(value)), content]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *map(_described, value)]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(json.dumps(_described(each)) for each in value)]
    if isinstance(value, Mapping):
        return ["mapping", *([_described(key), _described(each)] for key, each in value.items())]
    if (
        hasattr(value, "to_pandas")
        or hasattr(value, "tocsr")
        or isinstance(value, (np.ndarray, pd.DataFrame, pd.Series))
    ):
        return [type(value).__name__, content_hash(value)]
    return _described_object(value)


def _described_object(value: Any) -> Any:
    if isinstance(value, type) or inspect.isbuiltin(value) or isinstance(value, np.ufunc):
        return _name_of(value)
    if isinstance(value, functools.partial):
        return ["partial", *map(_described, (value.func, value.args, value.keywords))]
    if inspect.ismethod(value):
        return ["method", value.__name__, _described(value.__func__), _described(value.__self__)]
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or ()]
        return [
            "function", _name_of(value), _code(value.__code__), _described(value.__defaults__),
            _described(value.__kwdefaults__), [_described(each) for each in cells],
        ]  # fmt: skip
    if hasattr(value, "get_params"):
        return [_name_of(type(value)), _described(value.get_params(deep=False))]
    if hasattr(value, "__dict__"):
        return [_name_of(type(value)), _described(vars(value))]
    raise BadSetting(
        f"A {type(value).__name__} cannot be told from another one, so runs that depend on it "
        "cannot be kept in a store. Leave out store, or give it as a function or by name."
    )


def _name_of(value: Any) -> str:
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', value.__name__)}"


def _code(code: CodeType) -> list[Any]:
    constants = [_code(each) if isinstance(each, CodeType) else _described_constant(each)
                 for each in code.co_consts]  # fmt: skip
    return [code.co_code.hex(), list(code.co_names), constants]


def _described_constant(value: Any) -> Any:
    return [type(value).__name__, repr(value)]


def content_hash(*parts: Any) -> str:
    """Return a SHA-256 over tables and arrays: their values, types, shapes and names."""
    digest = hashlib.sha256()
    for part in parts:
        _add(digest, part)
    return digest.hexdigest()


def _add(digest: Any, part: Any) -> None:
    if hasattr(part, "to_pandas"):
        part = part.to_pandas()
    if hasattr(part, "tocsr"):
        part = part.tocsr()
        _add(digest, np.array(part.shape))
        for array in (part.data, part.indices, part.indptr):
            _add(digest, array)
        return
    if isinstance(part, pd.DataFrame):
        digest.update(repr(part.shape).encode())
        for name in part.columns:
            column = part[name]
            digest.update(f"{name!r} {column.dtype}".encode())
            digest.update(_column_hash(column))
        return
    array = np.ascontiguousarray(part)
    digest.update(f"{array.dtype} {array.shape}".encode())
    digest.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())


def _column_hash(column: pd.Series) -> bytes:
    try:
        hashed = pd.util.hash_pandas_object(column, index=False, categorize=False)
    except TypeError:  # values of several kinds, such as lists, have no hash
        return repr(column.tolist()).encode()
    return np.asarray(hashed).tobytes()
