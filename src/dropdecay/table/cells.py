"""The cells of a column: what types they are of, as text, and each different one but once."""

import datetime
import decimal
import numbers
import operator
import uuid
from dataclasses import dataclass
from itertools import compress

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray, Float64, Int64
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.missing import MISSING_WORDS


@dataclass(frozen=True)
class Cells:
    """The different values of a column, blanks cut, and where each stands.

    Parameters
    ----------
    codes : shape (n_rows,), int64
        Number of the value; -1 where there is none.
    values : list of str
    """

    codes: Int64
    values: list[str]

    @property
    def counts(self) -> Int64:
        """How often each value occurs, shape (n_values,)."""
        return np.bincount(self.codes[self.codes >= 0], minlength=len(self.values))

    def spread(self, of_values: AnyArray, missing: object) -> AnyArray:
        """Return for every row what belongs to its value, or ``missing``."""
        with_missing = np.append(of_values, np.array([missing], of_values.dtype))
        return with_missing[self.codes]

    def first_row_of(self, value: int) -> int:
        """Return the first row that holds a value."""
        return int((self.codes == value).argmax())


def cells_of(column: pd.Series, more_missing: frozenset[str] = frozenset()) -> Cells:
    """Return the cells of a column of text, or of values that become text.

    Parameters
    ----------
    column : Series
    more_missing : set of str
        Words in lower case that stand for nothing here, besides those that always do.
    """
    raw, found = pd.factorize(np.asarray(column, object))
    texts = _texts(found)
    nothing = MISSING_WORDS | more_missing
    kept = np.ones(len(texts), bool)
    for place in np.flatnonzero(_lengths(texts) <= max(map(len, nothing))).tolist():
        kept[place] = texts[place].lower() not in nothing
    if all(map(operator.is_, texts, found)):  # then they are as different as before
        of_found = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
        return Cells(of_found[raw], list(compress(texts, kept.tolist())))
    places: dict[str, int] = {}
    of_raw = np.array(
        [
            places.setdefault(text, len(places)) if keep else -1
            for text, keep in zip(texts, kept.tolist(), strict=True)
        ]
        + [-1],
        np.int64,
    )
    return Cells(of_raw[raw], list(places))


def _texts(found: AnyArray) -> list[str]:
    """Return different values as text, blanks cut; at once where all are proper text."""
    try:
        texts = list(map(str.strip, found))
        "".join(texts).encode()
    except (TypeError, UnicodeEncodeError):
        return [as_text(each).strip() for each in found]
    return texts


def _lengths(texts: list[str]) -> Int64:
    return np.fromiter(map(len, texts), np.int64, len(texts))


def as_text(value: object) -> str:
    """Return a value as text; whole numbers that a missing one made floats are whole again."""
    if isinstance(value, str) and value.isascii():
        return value
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    return str(value).encode("utf-8", "replace").decode()


def as_float(value: object) -> float:
    """Return a single value as a number: seconds for times; NaN for text and what is no number."""
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    try:
        return np.nan if isinstance(value, str) else float(value)  # type: ignore[arg-type]  # TypeError is caught
    except OverflowError:
        return np.inf
    except (TypeError, ValueError):
        return np.nan


def floats(column: pd.Series) -> Float64:
    """Return a column of a numeric dtype as float64, amounts of time in seconds."""
    if pd.api.types.is_timedelta64_dtype(column):
        return np.asarray(column.dt.total_seconds(), np.float64)
    return column.to_numpy(np.float64, na_value=np.nan)


def kinds_of_values(column: pd.Series) -> set[str]:
    """Return the kinds of the values that are present: text, number, boolean, date, category.

    Raises
    ------
    BadTable
        If a cell holds something else, such as a list.
    """
    present = column.dropna()
    kinds = {_kind_of_type(each) for each in set(map(type, present))}
    if "unsupported" in kinds:
        rejected = [
            each is not None and _kind_of_type(type(each)) == "unsupported"
            for each in np.asarray(column, object)
        ]
        place = int(np.argmax(rejected & column.notna().to_numpy()))
        raise BadTable(
            f"Column {quoted(column.name)}, row {place + 1} holds a value of type "
            f"{type(column.iloc[place]).__name__}. A cell may hold a number, a date, text, true or "
            "false. Split the column into several or remove it."
        )
    return kinds


def _kind_of_type(kind: type) -> str:
    if issubclass(kind, str):
        return "text"
    if issubclass(kind, (bool, np.bool_)):
        return "boolean"
    if issubclass(kind, (numbers.Real, decimal.Decimal, datetime.timedelta, datetime.time)):
        return "number"
    if issubclass(kind, (datetime.date, np.datetime64)):
        return "date"
    return "category" if issubclass(kind, (pd.Interval, uuid.UUID)) else "unsupported"
