"""The account of a table: how each column is read, what is missing in it, what was noticed."""

from collections.abc import Iterable
from datetime import UTC, datetime

import pandas as pd

from dropdecay.table.counted_times import COUNTS
from dropdecay.table.date_form import NAMED
from dropdecay.table.encode import MAX_CATEGORIES
from dropdecay.table.far_dates import ISO
from dropdecay.table.finding import Finding
from dropdecay.table.reading import DROPPED, ColumnReading, Reading

EXAMPLE = datetime(2026, 1, 31, 10, 30, tzinfo=UTC)
"""A day that cannot be a month."""

ACCOUNT_COLUMNS = ("column", "read as", "missing", "distinct", "noticed")


def account_of(reading: Reading, typed: pd.DataFrame, findings: Iterable[Finding]) -> pd.DataFrame:
    """Return a row for each column of a table, those that are left out too.

    Parameters
    ----------
    reading : Reading
    typed : DataFrame
        From ``Reading.typed``.
    findings : iterable of Finding

    Returns
    -------
    DataFrame with the columns ``ACCOUNT_COLUMNS``: its name; how it is read; the share of missing
    values, in [0, 1], NaN where it is left out; how many different values it has; the codes of
    what was noticed.
    """
    codes: dict[str | None, list[str]] = {}
    for each in findings:
        codes.setdefault(each.column, []).append(each.code)
    rows = []
    for column in reading.columns:
        kept = column.kind != DROPPED
        values = typed[column.name] if kept else None
        rows.append((
            column.name,
            _read_as(column, values),
            float("nan") if values is None else float(values.isna().mean()),
            pd.NA if values is None else int(values.nunique()),
            ", ".join(dict.fromkeys(codes.get(column.name, []))),
        ))  # fmt: skip
    account = pd.DataFrame(rows, columns=list(ACCOUNT_COLUMNS))
    return account.astype({"distinct": "Int64"})


def _read_as(column: ColumnReading, values: pd.Series | None) -> str:
    """Return in a few words how a column is read."""
    if values is None:
        return DROPPED
    if column.kind == "ordinal":
        return " < ".join(column.order)
    if column.kind == "category":
        return "text" if values.nunique() >= MAX_CATEGORIES else "category"
    if column.kind == "date":
        pattern = column.dates.pattern
        if pattern in COUNTS:
            return f"date in {pattern}"
        return "date" if pattern in (ISO, NAMED) else f"date such as {EXAMPLE.strftime(pattern)}"
    if column.kind != "number":
        return column.kind
    form = column.numbers
    if form.clock:
        return "time in seconds"
    words = ["number"]
    if form.unit:
        words.append(f"in {form.unit}")
    if form.decimal == ",":
        words.append("with decimal comma")
    return " ".join(words)
