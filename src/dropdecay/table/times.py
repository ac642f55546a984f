"""The column that puts rows in the order of time: dates or numbers."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.decide import decide
from dropdecay.table.decision import ReadAs
from dropdecay.table.finding import Finding
from dropdecay.table.stand_in_dates import stand_in_dates_of, without_days

NAME = "times"
"""What times are called that come without a name."""


def read_times(
    times: ArrayLike | pd.Series, read_as: ReadAs | None = None
) -> tuple[pd.Series, tuple[Finding, ...]]:
    """Return times as dates or numbers, none of them missing, and what was noticed in them.

    Parameters
    ----------
    times : shape (n_rows,)
        Its name, if it has one, is that of a column, for messages.
    read_as : ReadAs, optional
        Marks and words of the table, if the user gives them.

    Raises
    ------
    BadTable
        If they are neither dates nor numbers, or some are missing.
    """
    column = _as_column(times)
    said, given = name_of(column), read_as or ReadAs()
    name = str(column.name)
    if column.isna().all():
        raise BadTable(f"{said} has no value in any row. Choose another column of times.")
    decided = decide(
        pd.DataFrame({name: column}),
        ReadAs(missing=given.missing, decimal=given.decimal, thousands=given.thousands, keep=True),
    )
    (reading,) = decided.reading.columns
    if reading.kind not in ("date", "number"):
        raise BadTable(
            f"{said} holds {quoted(_first(column))}: neither dates nor numbers, so it has no order "
            "in time. Choose a column of dates, such as 2024-01-31, or of numbers, such as years."
        )
    typed, none = pd.Series(reading.typed(column), name=name), ""
    if reading.kind == "date" and given.missing is None and (days := stand_in_dates_of(typed)):
        typed, none = without_days(typed, days), f" ({' and '.join(days)} stands for none)"
    missing = np.flatnonzero(typed.isna())
    if missing.size:
        rows = "1 row has" if missing.size == 1 else f"{missing.size} rows have"
        raise BadTable(
            f"{said}: {rows} no time{none}, the first of them row {missing[0] + 1}. Fill in the "
            "times or drop these rows."
        )
    return typed, decided.findings


def name_of(column: pd.Series) -> str:
    """Return what messages call a column of times."""
    return NAME if column.name in (None, NAME) else f"Column {quoted(column.name)}"


def printed_time(time: object) -> str:
    """Return a time without its hours where it is a day."""
    return str(time).removesuffix(" 00:00:00")


def _as_column(times: ArrayLike | pd.Series) -> pd.Series:
    if isinstance(times, pd.Series):
        column = times.reset_index(drop=True)
    else:
        column = pd.Series(np.asarray(times).reshape(-1))
    column = pd.Series(column, name=NAME if column.name is None else str(column.name))
    if isinstance(column.dtype, pd.PeriodDtype):
        return pd.Series(column.dt.to_timestamp(), name=column.name)
    if pd.api.types.is_timedelta64_dtype(column):
        return column.dt.total_seconds()
    return column


def _first(column: pd.Series) -> object:
    return column.dropna().iloc[0]
