"""y in whatever form a user has it -> an array of numbers, truths or text, none of them missing."""

import datetime
import decimal
import numbers
from collections.abc import Iterable

import numpy as np
import pandas as pd
from scipy.sparse import issparse

from dropdecay.arrays import AnyArray, Bool
from dropdecay.errors import BadInput
from dropdecay.safe_text import quoted

NUMBERS, TRUTHS, TEXT = "numbers", "true and false", "text"
COMPLEX = "complex numbers"
OF_DTYPE = {
    "b": TRUTHS, "i": NUMBERS, "u": NUMBERS, "f": NUMBERS, "U": TEXT, "S": "bytes", "c": COMPLEX,
    "M": "dates", "m": "durations",
}  # fmt: skip
"""What arrays hold, by NumPy's character of their dtype."""

OF_TYPE: dict[str, tuple[type, ...]] = {
    TEXT: (str,),
    TRUTHS: (bool, np.bool_),
    "durations": (datetime.timedelta, np.timedelta64),
    NUMBERS: (numbers.Real, decimal.Decimal),
    COMPLEX: (numbers.Complex,),
    "bytes": (bytes,),
    "dates": (datetime.date, np.datetime64, pd.Period),
}
"""What objects are, by their type; the first that fits counts."""

# The first words of the first one are those that scikit-learn requires of its estimators.
REFUSED = {
    COMPLEX: "Complex data not supported: y holds complex numbers. Give their real parts, or real "
    "and imaginary parts as two outputs.",
    "bytes": "y holds bytes. Decode them to text: [each.decode() for each in y].",
    "dates": "y holds dates. Convert them to numbers, such as days since the first, or, for "
    "classes, to text.",
    "durations": "y holds durations. Convert them to numbers: y / pandas.Timedelta('1h').",
}
LABELS = "many labels are a table of 0 and 1 (sklearn.preprocessing.MultiLabelBinarizer)"


def target_values(y: object, *, numeric: bool) -> AnyArray:
    """Return a target as an array, the same whatever it came in.

    Parameters
    ----------
    y : array, sequence, Series, DataFrame, or anything with ``to_pandas``
        Shape (n_rows,) or (n_rows, n_outputs).
    numeric : bool
        Whether text is refused, as a regressor must.

    Raises
    ------
    BadInput
        If a value is missing, infinite or of another type, or if text stands among numbers. The
        message names the row and what to do.
    """
    values = _as_array(y)
    if values.ndim not in (1, 2) or values.shape[1:] == (0,):
        raise BadInput(
            "y must hold one target for each row, or one column for each output. Got "
            + (f"shape {values.shape}." if values.ndim else f"a single {type(y).__name__}.")
        )
    missing = np.asarray(pd.isna(values), bool)
    if missing.any():
        _refuse(values, missing, _name_of_missing(values[missing][0]))
    first = _first_of_each_kind(values)
    _check_kinds(values, first, numeric=numeric)
    if values.dtype.kind == "O" and TEXT not in first:
        values = _as_numbers(values, numeric=numeric)
    if values.dtype.kind == "f" and np.isinf(values).any():
        _refuse(values, np.isinf(values), "infinity")
    return values


def _as_array(y: object) -> AnyArray:
    if hasattr(y, "to_pandas"):
        y = y.to_pandas()
    if issparse(y):
        y = y.toarray()  # type: ignore[attr-defined]  # SciPy has no types
    if isinstance(y, np.ma.MaskedArray):
        mask, y = np.ma.getmaskarray(y), y.data
        if mask.any():
            y = y.astype(object)
            y[mask] = None
    if isinstance(y, pd.DataFrame):
        columns = [np.asarray(y.iloc[:, i]) for i in range(y.shape[1])]
        mixed = len({each.dtype.kind in "biuf" for each in columns}) > 1
        columns = [each.astype(object) for each in columns] if mixed else columns
        y = np.column_stack(columns) if columns else np.empty((len(y), 0))
    try:
        values = np.asarray(y)
        # NumPy makes text of everything beside text: 1 and "1" would be the same class.
        is_own = isinstance(y, (list, tuple)) and values.dtype.kind in "US"
        values = np.array(y, dtype=object) if is_own else values
    except ValueError:
        raise BadInput(
            "y has rows of different lengths. Give every row one target, or one for each output; "
            f"{LABELS}."
        ) from None
    return values.astype(object) if values.dtype.kind == "T" else values


def _refuse(values: AnyArray, where: Bool, what: str) -> None:
    n_others = int(where.sum()) - 1
    more = f" and {n_others} more" if n_others else ""
    raise BadInput(
        f"y contains {what} ({_place(np.argwhere(where)[0])}{more}; rows count from 1). Correct "
        "it, or leave out these rows in X and y."
    )


def _name_of_missing(value: object) -> str:
    if value is None or value is pd.NA:
        return "None" if value is None else "NA"
    return "NaN" if isinstance(value, (numbers.Number, decimal.Decimal)) else "NaT"


def _place(index: Iterable[np.integer]) -> str:
    row, *column = index
    return f"row {row + 1}" + "".join(f", column {each + 1}" for each in column)


def _first_of_each_kind(values: AnyArray) -> dict[str, int]:
    """Return the kinds of values, with the position of the first of each in the flat array."""
    if values.dtype.kind != "O":
        return {OF_DTYPE.get(values.dtype.kind, values.dtype.name): 0}
    types = [*map(type, values.flat)]
    first: dict[str, int] = {}
    for each in dict.fromkeys(types):  # there are few, and a million values
        first.setdefault(_kind_of(each), types.index(each))
    return first


def _kind_of(kind: type) -> str:
    return next((name for name, kinds in OF_TYPE.items() if issubclass(kind, kinds)), kind.__name__)


def _check_kinds(values: AnyArray, first: dict[str, int], *, numeric: bool) -> None:
    for kind, position in first.items():
        if kind in REFUSED:
            raise BadInput(REFUSED[kind])
        if kind not in (NUMBERS, TRUTHS, TEXT):
            raise BadInput(
                f"y holds a value of type {kind} "
                f"({_place(np.unravel_index(position, values.shape))}; rows count from 1). Give "
                f"numbers, text, or true and false; several outputs are columns, and {LABELS}."
            )
    if TEXT not in first:
        return
    text = quoted(values.flat[first[TEXT]])
    if len(first) > 1:
        other = next(kind for kind in first if kind != TEXT)
        raise BadInput(
            f"y mixes text and {other}, such as {text} and {values.flat[first[other]]!s}. Make all "
            "of them text, or all of them numbers."
        )
    if numeric:
        raise BadInput(
            f"A regressor needs numbers, but y holds text, such as {text}. Use a classifier, or "
            "make it numbers: numpy.asarray(y, float)."
        )


def _as_numbers(values: AnyArray, *, numeric: bool) -> AnyArray:
    """Return objects that are numbers or truths as an array of those."""
    found = np.array(values.tolist())
    if found.dtype.kind == "O":  # decimals and fractions, or beyond 64 bits
        exact = set(values.flat)
        found = np.array([_float(each) for each in values.flat]).reshape(values.shape)
        if not numeric and np.unique(found).size < len(exact):
            raise BadInput("y has classes too near to each other for numbers. Make them text.")
    return found


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return np.inf
