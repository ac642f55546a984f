"""Fingerprints derived from the values themselves, so that no field can be forgotten."""

import hashlib
import inspect
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import partial
from types import CellType, CodeType, FunctionType

import numpy as np
import pandas as pd

from dropdecay.engine.inputs import Inputs
from dropdecay.engine.protocol import Run
from dropdecay.errors import BadSetting


def run_fingerprint(run: Run) -> str:
    """Return the key of a run in a store: its setting, fold, seed and length, but not its point.

    A surface with more axes therefore finds the runs of a smaller one.
    """
    return fingerprint((run.setting, run.fold, run.seed, run.epochs, run.record, run.adaptive))


def fingerprint(value: object) -> str:
    """Return the SHA-256 of a plain value, dataclass, array, table, function or object.

    Raises
    ------
    BadSetting
        If the content of the value cannot be determined.
    """
    return hashlib.sha256(json.dumps(_described(value)).encode()).hexdigest()


def _described(value: object, above: frozenset[int] = frozenset()) -> object:
    """Describe a value by plain JSON values that differ whenever the values do.

    ``above`` are the functions and objects it is part of, by id: they may refer to themselves.
    """
    describe = partial(_described, above=above)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, (float, np.generic)):
        return [
            type(value).__name__,
            repr(value.item() if isinstance(value, np.generic) else value),
        ]
    if is_dataclass(value) and not isinstance(value, type):
        # A field that does not count in comparisons follows from those that do.
        content = {
            each.name: describe(getattr(value, each.name)) for each in fields(value) if each.compare
        }
        return [_name_of(type(value)), content]
    if isinstance(value, (tuple, list)):
        return [type(value).__name__, *map(describe, value)]
    if isinstance(value, (set, frozenset)):
        return ["set", *sorted(json.dumps(describe(each)) for each in value)]
    if isinstance(value, Mapping):
        return ["mapping", *([describe(key), describe(each)] for key, each in value.items())]
    if (
        hasattr(value, "to_pandas")
        or hasattr(value, "tocsr")
        or isinstance(value, (np.ndarray, pd.DataFrame, pd.Series))
    ):
        return [type(value).__name__, content_hash(value)]
    return _described_object(value, above)


def _described_object(value: object, above: frozenset[int]) -> object:
    if id(value) in above:
        return ["itself"]
    describe = partial(_described, above=above | {id(value)})
    if isinstance(value, type) or inspect.isbuiltin(value) or isinstance(value, np.ufunc):
        return _name_of(value)
    if isinstance(value, partial):
        return ["partial", *map(describe, (value.func, value.args, value.keywords))]
    if inspect.ismethod(value):
        return ["method", value.__name__, describe(value.__func__), describe(value.__self__)]
    if isinstance(value, FunctionType):
        cells = [_content(cell) for cell in value.__closure__ or ()]
        return [
            "function", _name_of(value), _code(value.__code__), describe(value.__defaults__),
            describe(value.__kwdefaults__), [describe(each) for each in cells],
        ]  # fmt: skip
    if hasattr(value, "get_params"):
        return [_name_of(type(value)), describe(value.get_params(deep=False))]
    if hasattr(value, "detach"):  # a tensor of torch; NumPy has no bfloat16
        array = value.detach().cpu()
        kind = str(array.dtype)
        array = array.float() if "bfloat16" in kind else array
        return [_name_of(type(value)), kind, content_hash(array.numpy())]
    if hasattr(value, "__dict__"):
        return [_name_of(type(value)), describe(vars(value))]
    raise BadSetting(
        f"The content of a {type(value).__name__} cannot be determined, so runs that depend on it "
        "cannot be stored. Omit store, or pass a function or a name instead."
    )


def _content(cell: CellType) -> object:
    """Return what a closure holds; a name that has no value yet is empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return ["empty"]


def _name_of(value: object) -> str:
    name = getattr(value, "__qualname__", None) or getattr(value, "__name__", "")
    return f"{getattr(value, '__module__', '')}.{name}"


def _code(code: CodeType) -> list[object]:
    constants = [_code(each) if isinstance(each, CodeType) else _described_constant(each)
                 for each in code.co_consts]  # fmt: skip
    return [code.co_code.hex(), list(code.co_names), constants]


def _described_constant(value: object) -> list[str]:
    return [type(value).__name__, repr(value)]


def content_hash(*parts: object) -> str:
    """Return the SHA-256 of tables and arrays: values, types, shapes and names."""
    digest = hashlib.sha256()
    for part in parts:
        _add(digest, part)
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", part: object) -> None:
    if hasattr(part, "to_pandas"):
        part = part.to_pandas()
    if isinstance(part, Inputs):
        digest.update(repr(part.names).encode())
        for array in part.arrays:
            _add(digest, array)
        return
    if hasattr(part, "tocsr"):
        rows = part.tocsr()
        _add(digest, np.array(rows.shape))
        for array in (rows.data, rows.indices, rows.indptr):
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
    except TypeError:  # lists and other unhashable values
        return repr(column.tolist()).encode()
    return np.asarray(hashed).tobytes()
