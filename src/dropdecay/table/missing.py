"""Which cells of a column hold nothing: empty ones, and words that stand for nothing."""

import string
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import infer_dtype

from dropdecay.arrays import AnyArray, Bool, Int64

MISSING_WORDS = frozenset(
    ["", "?", "...", "#n/a", "#na", "<na>", "n/a", "na", "nan", "-nan", "nil", "none", "null"]
)
"""Text that means a missing value, in any case: what pandas and skrub treat as one."""

LIKELY_WORDS = frozenset([
    "-", "--", "---", "\u2013", "\u2014", ".", "..", "…", ":", "*", "**", "x", "#", "#null!",
    "#div/0!", "#value!", "#ref!", "#num!", "missing", "unknown", "unk", "undefined",
    "unspecified", "not available", "not known", "not recorded", "not reported", "not applicable",
    "not given", "none given", "no data", "no value", "n.a.", "n.d.", "nd", "n/d", "not a number",
    "tbd", "empty", "blank", "(null)", "(blank)", "(none)", "(x)", "(d)", "(s)", "suppressed",
    "confidential", "n. a.", "n. d.", "k. a.", "keine angabe", "unbekannt", "entfällt", "fehlt",
    "inconnu", "non renseigné", "non disponible", "desconocido", "no disponible", "sin dato",
    "sin datos", "sconosciuto", "non disponibile", "desconhecido", "não informado", "ignorado",
    "onbekend", "ukendt", "okänd", "nieznany", "brak", "brak danych", "0000-00-00",
    "0000-00-00 00:00:00", "00/00/0000", "00.00.0000", "k.a.", "s/d",
    "-1.#ind", "1.#ind", "1.#qnan", "-1.#qnan", "nan(ind)", "-nan(ind)",
    *(f".{letter}" for letter in string.ascii_lowercase),  # of Stata
    "无", "未知", "不详", "缺失", "空", "不明", "未回答", "欠測", "なし", "무응답", "없음", "미상",
])  # fmt: skip
"""Text that means the same where it stands among numbers or dates."""


def tidied(column: pd.Series) -> pd.Series:
    """Return the column with a single marker for missing values, also for text such as "n/a"."""
    if is_plain_number(column):
        return column
    if isinstance(column.dtype, pd.SparseDtype):
        column = pd.Series(np.asarray(column), column.index, name=column.name)
    if isinstance(column.dtype, pd.ArrowDtype) and not is_known_to_pandas(column.dtype):
        column = column.astype(object)  # days, times, decimals, words by number, lists
    if isinstance(column.dtype, pd.ArrowDtype) and _is_of_time(column.dtype):
        # pandas 2.2 does not take them for dates.
        moments = pa.array(column).to_pandas()
        column = pd.Series(moments.array, column.index, name=column.name)
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if isinstance(column.dtype, pd.IntervalDtype):
        column = column.astype(object)
    if is_text_like(column):
        codes, found = _different(column)
        missing = np.append(where(is_missing_word, found), True)
        values = column.to_numpy(object).copy()
        values[missing[codes]] = None
        column = pd.Series(values, column.index, dtype=object, name=column.name)
    return column


def is_known_to_pandas(dtype: pd.ArrowDtype) -> bool:
    """Whether pandas treats an Arrow type as it treats its own."""
    kind, types = dtype.pyarrow_dtype, pa.types
    strange = (types.is_date, types.is_time, types.is_decimal, types.is_dictionary, types.is_nested)
    return not any(is_it(kind) for is_it in strange)


def _is_of_time(dtype: pd.ArrowDtype) -> bool:
    kind = dtype.pyarrow_dtype
    return bool(pa.types.is_timestamp(kind) or pa.types.is_duration(kind))


def _different(column: pd.Series) -> tuple[Int64, AnyArray]:
    """Return the number of its value for each row, -1 where missing, and the different values."""
    values = np.asarray(column, object)
    try:
        codes, found = pd.factorize(values)
    except TypeError:  # lists and the like, which are refused later, cannot be hashed
        missing = column.isna().to_numpy(bool)
        return np.where(missing, -1, np.arange(len(values))), values
    return codes, np.asarray(found, object)


def is_plain_number(column: pd.Series) -> bool:
    """Whether the column has a numeric NumPy dtype, as most columns of very wide tables do."""
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"


def where(holds: Callable[[object], bool], values: Iterable[object]) -> Bool:
    """Return which values have a property."""
    return np.array([holds(value) for value in values], dtype=bool)


def is_text_like(column: pd.Series) -> bool:
    """Whether the dtype of a column allows text."""
    kinds = (pd.api.types.is_object_dtype, pd.api.types.is_string_dtype)
    return isinstance(column.dtype, pd.CategoricalDtype) or any(is_it(column) for is_it in kinds)


def is_written(column: pd.Series) -> bool:
    """Whether every cell of a column is text, as in all files of text."""
    return column.dtype == object and infer_dtype(column, skipna=False) == "string"


def is_missing_word(value: object) -> bool:
    """Whether a cell holds a word that always means a missing value."""
    return isinstance(value, str) and value.strip().lower() in MISSING_WORDS
