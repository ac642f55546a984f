"""Columns as given -> columns of four kinds, the same kinds for every later table.

The kind of a column (number, boolean, date, or category, which is any text) is decided once, from
the rows of the fit. Columns of later tables are converted to that kind or rejected with a message:
skrub alone would treat a number that has become text as missing.
"""

import datetime
import decimal
import numbers
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin

from dropdecay.arrays import Bool, Float64
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.names import did_you_mean, listed
from dropdecay.table.scaling import moved, near_zero

MISSING_WORDS = frozenset(
    ["", "?", "...", "#n/a", "#na", "<na>", "n/a", "na", "nan", "-nan", "nil", "none", "null"]
)
"""Text that means a missing value, in any case: what pandas and skrub treat as one."""

BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def as_frame(table: object) -> pd.DataFrame:
    """Return a pandas DataFrame with text as column names, and rows numbered from 0.

    Parameters
    ----------
    table : pandas or polars DataFrame, or pyarrow Table

    Raises
    ------
    BadTable
        If it is none of these, or if two columns have the same name.
    """
    if not isinstance(table, pd.DataFrame):
        if not hasattr(table, "to_pandas") or not hasattr(table, "columns"):
            raise BadTable(
                f"A table must be a pandas or polars DataFrame. Got {type(table).__name__}. "
                "Wrap it: pandas.DataFrame(...)."
            )
        return as_frame(table.to_pandas())
    frame = table.reset_index(drop=True)
    names = [str(name) for name in frame.columns]
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise BadTable(
            f"The table has more than one column named {listed(repeated)}. Column names must be "
            "unique. Rename or remove the duplicates."
        )
    frame.columns = pd.Index(names, dtype=object)
    return frame


def tidied(column: pd.Series) -> pd.Series:
    """Return the column with a single marker for missing values, also for text such as "n/a"."""
    if _is_plain_number(column):
        return column
    if isinstance(column.dtype, pd.SparseDtype):
        column = pd.Series(np.asarray(column), column.index, name=column.name)
    if isinstance(column.dtype, pd.PeriodDtype):
        column = column.dt.to_timestamp()
    if _is_text_like(column):
        missing = column.isna().to_numpy(bool)
        values = column.to_numpy(object).copy()
        values[missing | _where(_is_missing_word, values)] = None
        column = pd.Series(values, column.index, dtype=object, name=column.name)
    return column


def _is_plain_number(column: pd.Series) -> bool:
    """Whether the column has a numeric NumPy dtype, as most columns of very wide tables do."""
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf"


def _where(holds: Callable[[object], bool], values: Iterable[object]) -> Bool:
    return np.array([holds(value) for value in values], dtype=bool)


def _is_text_like(column: pd.Series) -> bool:
    kinds = (pd.api.types.is_object_dtype, pd.api.types.is_string_dtype)
    return isinstance(column.dtype, pd.CategoricalDtype) or any(is_it(column) for is_it in kinds)


def _is_missing_word(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower() in MISSING_WORDS


def kind_of(column: pd.Series) -> str:
    """Return what a column holds: "number", "boolean", "date", "category", or "nothing".

    Raises
    ------
    BadTable
        If it holds something else, such as lists.
    """
    if _is_plain_number(column):
        return "nothing" if np.isnan(column.to_numpy()).all() else "number"
    declared = isinstance(column.dtype, pd.CategoricalDtype)
    column = tidied(column)
    if column.isna().all():
        return "nothing"
    if declared:
        return "category"  # numbers declared as categories are names
    types = pd.api.types
    if types.is_bool_dtype(column) and not types.is_object_dtype(column):
        return "boolean"
    if types.is_timedelta64_dtype(column):
        return "number"
    if types.is_numeric_dtype(column) and not types.is_complex_dtype(column):
        return "number"
    if types.is_datetime64_any_dtype(column):
        return "date"
    return _kind_of_values(column)


def _kind_of_values(column: pd.Series) -> str:
    present = column.dropna()
    kinds = {_kind_of_value(value) for value in present}
    if "unsupported" in kinds:
        _reject_unsupported(column)
    if len(kinds) == 1 and kinds != {"text"}:
        return kinds.pop()
    if kinds <= {"text", "number"} and not np.isnan(_numbers(present)).any():
        return "number"
    if kinds != {"text"}:
        return "category"
    return "category" if _date_format(column) is None else "date"


def _reject_unsupported(column: pd.Series) -> None:
    """Reject a column with a value that a cell may not hold, such as a list."""
    present = column.dropna()
    unsupported = _where(lambda value: _kind_of_value(value) == "unsupported", present)
    if unsupported.any():
        row = present.index[unsupported][0]
        raise BadTable(
            f"Column {quoted(column.name)}, row {row + 1} holds a value of type "
            f"{type(column.iloc[row]).__name__}. A cell may hold a number, a date, text, true or "
            "false. Split the column into several or remove it."
        )


def _date_format(column: pd.Series) -> str | None:
    """Return the date format of a column of text, if it has one; a date has at least one digit."""
    if not any(map(str.isdecimal, str(column.dropna().iloc[0]))):
        return None
    from dropdecay.table.text import date_format

    return date_format(column)


def _kind_of_value(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, (bool, np.bool_)):
        return "boolean"
    if isinstance(value, (numbers.Real, decimal.Decimal, datetime.timedelta, datetime.time)):
        return "number"
    if isinstance(value, (datetime.date, np.datetime64)):
        return "date"
    return "category" if isinstance(value, pd.Interval) else "unsupported"


def _numbers(column: pd.Series) -> Float64:
    """Return the column as float64, NaN where a value is missing or not a number."""
    if pd.api.types.is_timedelta64_dtype(column):
        return np.asarray(column.dt.total_seconds(), np.float64)
    if pd.api.types.is_object_dtype(column):
        return np.array([_number(value) for value in column], np.float64)
    return column.to_numpy(np.float64, na_value=np.nan)


def _number(value: object) -> float:
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, datetime.time):
        return value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    try:
        # float() would accept "1_000", which is not a number in a data file.
        return np.nan if isinstance(value, str) and "_" in value else float(value)  # type: ignore[arg-type]  # TypeError is caught
    except OverflowError:
        return np.inf
    except (TypeError, ValueError):
        return np.nan


def as_numbers(column: pd.Series) -> Float64:
    """Return a tidied column of numbers as finite float64, NaN where missing.

    Raises
    ------
    BadTable
        If a value is not a number, or is infinite.
    """
    name = quoted(column.name)
    if pd.api.types.is_datetime64_any_dtype(column):
        raise BadTable(f"Column {name} holds dates, but the model was fitted on numbers. {_SAME}")
    values = _numbers(column)
    # In a column of a numeric dtype NaN means missing; elsewhere it means that conversion failed.
    present = not _is_plain_number(column) and column.notna().to_numpy()
    rejected = np.isnan(values) & present
    if rejected.any():
        row = int(rejected.argmax())
        raise BadTable(
            f"Column {name}, row {row + 1}: {quoted(column.iloc[row])} is not a number, but the "
            "column holds numbers. Correct it, or leave the field empty."
        )
    infinite = np.isinf(values)
    if infinite.any():
        raise BadTable(
            f"Column {name}, row {int(infinite.argmax()) + 1} is infinite. Numbers must be finite. "
            "Correct it, or leave the field empty."
        )
    return values


_SAME = "Give it the same kind of values."


def _booleans(column: pd.Series) -> pd.Series:
    present = column.notna().to_numpy(bool)
    booleans = [BOOLEANS.get(str(value).strip().lower()) for value in column]
    rejected = present & np.array([each is None for each in booleans], dtype=bool)
    if rejected.any():
        row = int(rejected.argmax())
        raise BadTable(
            f"Column {quoted(column.name)}, row {row + 1}: {quoted(column.iloc[row])} is neither "
            "true nor false, as all values of the column must be. Correct it, or leave the field "
            "empty."
        )
    words = [None if each is None else str(each).lower() for each in booleans]
    return pd.Series(words, column.index, dtype=object).astype("category")


def _dates(column: pd.Series, form: str | None, zone: str | None) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(column):
        dates = column
    else:
        utc = form is None or "%z" in form.lower()
        texts = pd.Series(
            [None if pd.isna(value) else str(value) for value in column], column.index, dtype=object
        )
        dates = pd.to_datetime(texts, format=form or "ISO8601", errors="coerce", utc=utc)
        if form is not None and (dates.isna() & column.notna()).any():
            # A file of another type may hold the same dates in ISO format.
            again = pd.to_datetime(texts, format="ISO8601", errors="coerce", utc=True)
            dates = dates.fillna(again if utc else again.dt.tz_localize(None))
        if zone is None and dates.dt.tz is not None:
            dates = dates.dt.tz_localize(None)
    rejected = (dates.isna() & column.notna()).to_numpy()
    if rejected.any():
        row = int(rejected.argmax())
        raise BadTable(
            f"Column {quoted(column.name)}, row {row + 1}: {quoted(column.iloc[row])} is not a "
            "date in the format of the others. Correct it, or leave the field empty."
        )
    if dates.dt.tz is not None:
        # Hours of the day are those of the time zone of the fit.
        dates = dates.dt.tz_convert(zone or "UTC").dt.tz_localize(None)
    return dates.astype("datetime64[us]")


def _categories(column: pd.Series) -> pd.Series:
    names = [None if pd.isna(value) else _category(value) for value in column]
    return pd.Series(names, column.index, dtype=object).astype("category")


def _category(value: object) -> str:
    # One missing value turns whole numbers into floats, so 1 and 1.0 must be the same category.
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    return str(value).strip().encode("utf-8", "replace").decode()


class Columns(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Convert every column to its kind: float64 near zero, datetime64, or category.

    Numbers are shifted and scaled to a median of zero and a spread of about 1 (by a power of two,
    in float64) because skrub rounds to float32 before it scales: seconds since 1970 would lose two
    minutes, and 1e300 would become infinite.

    Attributes
    ----------
    kinds_ : dict
        Kind of every column, in the order of the fit.
    formats_, zones_ : dict
        For columns of dates: how text is parsed; the time zone, if there is one.
    centers_, exponents_ : dict
        For columns of numbers: x becomes (x - center) / 2 ** exponent.
    """

    def fit(self, X: object, y: object = None) -> Self:
        """Decide the kind of every column; ``y`` is ignored."""
        frame = as_frame(X)
        self.kinds_: dict[str, str] = {}
        self.formats_: dict[str, str | None] = {}
        self.zones_: dict[str, str | None] = {}
        self.centers_: dict[str, float] = {}
        self.exponents_: dict[str, int] = {}
        for name in map(str, frame):
            column = tidied(frame[name])
            self.kinds_[name] = kind = kind_of(frame[name])
            if kind == "date":
                self._fit_dates(name, column)
            elif kind == "number":
                self.centers_[name], self.exponents_[name] = near_zero(as_numbers(column))
        if not frame.shape[0] or all(kind == "nothing" for kind in self.kinds_.values()):
            raise BadTable("No column of the table holds any values. Check the columns and rows.")
        return self

    def _fit_dates(self, name: str, column: pd.Series) -> None:
        is_date = pd.api.types.is_datetime64_any_dtype(column)
        texts = not is_date and isinstance(column.dropna().iloc[0], str)
        self.formats_[name] = _date_format(column) if texts else None
        self.zones_[name] = str(column.dt.tz) if is_date and column.dt.tz is not None else None

    def transform(self, X: object) -> pd.DataFrame:
        """Return the columns of the fit in their order, each converted to its kind.

        Raises
        ------
        BadTable
            If columns are missing or unknown, or no longer hold the same kind of values.
        """
        frame = aligned(as_frame(X), list(self.kinds_))
        columns = {
            name: self._column(tidied(frame[name]), name, kind)
            for name, kind in self.kinds_.items()
            if kind != "nothing"
        }
        return pd.DataFrame(columns, index=frame.index)

    def _column(self, column: pd.Series, name: str, kind: str) -> Float64 | pd.Series:
        if kind == "number":
            return moved(as_numbers(column), self.centers_[name], self.exponents_[name])
        _reject_unsupported(column)
        if kind == "boolean":
            return _booleans(column)
        if kind == "date":
            if kind_of(column) in ("number", "boolean"):
                raise BadTable(
                    f"Column {quoted(name)} holds numbers, but the model was fitted on dates. "
                    f"{_SAME}"
                )
            return _dates(column, self.formats_[name], self.zones_[name])
        return _categories(column)


def aligned(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Return the columns ``names`` in this order.

    Raises
    ------
    BadTable
        If columns are missing or unknown; both are listed, with near matches.
    """
    missing = [name for name in names if name not in frame]
    known = set(names)
    extra = [name for name in map(str, frame) if name not in known]
    if not missing and not extra:
        return frame[names]
    parts = []
    if missing:
        hint = did_you_mean(missing[0], extra) if extra else ""
        parts.append(f"Missing: {listed(missing)}.{hint.replace('Did', 'For the first, did')}")
    if extra:
        parts.append(f"Unknown: {listed(extra)}.")
    raise BadTable(
        f"The columns are not those that the model was fitted on. {' '.join(parts)} Rename, add "
        "or remove columns; their order does not matter."
    )
