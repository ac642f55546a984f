"""A whole table -> its reading, and what is worth saying of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dropdecay.arrays import Bool, Float64
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.cells import cells_of, floats, kinds_of_values
from dropdecay.table.counted_times import are_days, but_for_no_times, count_of
from dropdecay.table.date_form import COMPACT, NO_DAYS, DateForm, date_forms_of
from dropdecay.table.decide_text import of_text
from dropdecay.table.decision import (
    ColumnDecision,
    ReadAs,
    constant_or,
    empty,
    no_dates,
    of_dates,
    of_numbers,
)
from dropdecay.table.far_dates import ISO
from dropdecay.table.finding import Finding
from dropdecay.table.garbled import garbled
from dropdecay.table.missing import is_plain_number, is_text_like, is_written, tidied
from dropdecay.table.name_words import VERSIONS, words_of
from dropdecay.table.names import did_you_mean
from dropdecay.table.number_form import PLAIN, forms_of, plain_numbers, written_plainly
from dropdecay.table.reading import DROPPED, KINDS, ColumnReading, Reading
from dropdecay.table.short_years import with_century
from dropdecay.table.time_zone import zone_of
from dropdecay.table.two_tables import second_names


@dataclass(frozen=True)
class Decided:
    """The reading of a table and what was noticed on the way.

    Parameters
    ----------
    reading : Reading
    findings : tuple of Finding
    plain : mapping of str to shape (n_rows,)
        Columns of text that is numbers, as such: so they need not be read twice.
    """

    reading: Reading
    findings: tuple[Finding, ...]
    plain: Mapping[str, Float64] = field(default_factory=dict, repr=False)

    def with_numbers(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the table that was decided, its numbers as numbers."""
        columns = {name: self.plain.get(name, frame[name]) for name in map(str, frame)}
        return pd.DataFrame(columns, index=frame.index)


def decide(frame: pd.DataFrame, read_as: ReadAs | None = None) -> Decided:
    """Decide how a table is read, from all of its rows.

    Parameters
    ----------
    frame : DataFrame
        From ``frames.as_frame``.
    read_as : ReadAs, optional

    Raises
    ------
    BadTable
        If no column holds anything to learn from, or a cell holds something like a list.
    """
    read_as = read_as or ReadAs()
    names = [str(name) for name in frame]
    for name in read_as.columns():
        if name not in names:
            raise BadTable(f"The table has no column {quoted(name)}.{did_you_mean(name, names)}")
    found = [_decided(frame[name], name, place, read_as) for place, name in enumerate(names)]
    found = _marks_alike(found)
    found = [_with_garbled(each, frame[each.reading.name]) for each in found]
    if all(each.reading.kind == DROPPED for each in found):
        raise BadTable("No column of the table holds any values. Check the columns and rows.")
    findings = tuple(finding for each in found for finding in each.findings)
    findings += second_names(frame, [each.reading.name for each in found if _may_hold_words(each)])
    plain = {each.reading.name: each.plain for each in found if each.plain is not None}
    return Decided(Reading(tuple(each.reading for each in found)), findings, plain)


def kind_of(column: pd.Series) -> str:
    """Return what a single column, such as the target, holds: one of ``KINDS``, or "nothing".

    Raises
    ------
    BadTable
        If a cell holds something like a list.
    """
    kind = _alone(column).kind
    return "nothing" if kind == DROPPED else kind


def as_numbers(column: pd.Series) -> Float64:
    """Return a single column, such as the target, as finite float64, NaN where missing.

    Raises
    ------
    BadTable
        If a value is not a number, or is infinite.
    """
    reading = _alone(column)
    if reading.kind == "boolean":
        return as_booleans(column).astype(np.float64)
    return np.asarray(replace(reading, kind="number").typed(column), np.float64)


def as_booleans(column: pd.Series) -> Bool:
    """Return a single column without missing values as booleans.

    Raises
    ------
    BadTable
        If a value is neither true nor false.
    """
    return np.asarray(ColumnReading(str(column.name), "boolean").typed(column), bool)


def _alone(column: pd.Series) -> ColumnReading:
    return _decided(column, str(column.name), -1, ReadAs(keep=True)).reading


def _decided(column: pd.Series, name: str, place: int, read_as: ReadAs) -> ColumnDecision:
    if name in read_as.drop:
        return ColumnDecision(ColumnReading(name, DROPPED))
    if name in read_as.orders:
        return ColumnDecision(ColumnReading(name, "ordinal", order=tuple(read_as.orders[name])))
    if name in read_as.kinds:
        return _as_asked(column, name, read_as)
    if is_plain_number(column):
        return _of_numbers_or_days(column, column.to_numpy(np.float64), name, place, read_as)
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _of_declared(column, name, read_as)
    is_plain = read_as.decides_nothing and not words_of(name) & VERSIONS
    if is_plain and (plain := written_plainly(column)) is not None:
        return replace(of_numbers(plain, name, place, read_as), plain=plain)
    if is_written(column):
        cells = cells_of(column)
        return of_text(cells, name, place, read_as) if cells.values else empty(name)
    column = tidied(column)
    if column.isna().all():
        return empty(name)
    if is_text_like(column):
        return _of_objects(column, name, place, read_as)
    return _of_typed(column, name, place, read_as)


def _of_numbers_or_days(
    column: pd.Series, values: Float64, name: str, place: int, read_as: ReadAs
) -> ColumnDecision:
    """Return a column of numbers, or of days such as 20260131, as in a file of text."""
    if not read_as.keep and are_days(values):
        return of_text(cells_of(column), name, place, read_as)
    return of_numbers(values, name, place, read_as)


def _of_typed(column: pd.Series, name: str, place: int, read_as: ReadAs) -> ColumnDecision:
    """Return a tidied column whose dtype says what it holds."""
    types = pd.api.types
    if types.is_datetime64_any_dtype(column):
        zone = zone_of(column, name)
        reading = ColumnReading(name, "date", dates=DateForm(ISO, zone))
        return of_dates(reading, pd.Series(reading.typed(column)), read_as)
    if types.is_bool_dtype(column):
        return constant_or(ColumnReading(name, "boolean"), cells_of(column), read_as)
    if types.is_complex_dtype(column):
        raise BadTable(
            f"Column {quoted(name)} holds complex numbers. Split it into real and imaginary parts."
        )
    return _of_numbers_or_days(column, floats(column), name, place, read_as)


def _of_objects(column: pd.Series, name: str, place: int, read_as: ReadAs) -> ColumnDecision:
    """Return a tidied column whose dtype allows values of any type."""
    kinds = kinds_of_values(column)
    if kinds == {"number"}:
        values = np.asarray(ColumnReading(name, "number").typed(column), np.float64)
        return _of_numbers_or_days(column, values, name, place, read_as)
    if kinds == {"date"}:
        reading = ColumnReading(name, "date")
        return of_dates(reading, pd.Series(reading.typed(column)), read_as)
    cells = cells_of(column)
    if kinds == {"boolean"}:
        return constant_or(ColumnReading(name, "boolean"), cells, read_as)
    if kinds <= {"text", "number", "date"}:  # in sheets some dates may be text
        return of_text(cells, name, place, read_as)
    return constant_or(ColumnReading(name, "category"), cells, read_as)


def _of_declared(column: pd.Series, name: str, read_as: ReadAs) -> ColumnDecision:
    """Return a column that was declared to hold categories, in an order or without one."""
    words = tuple(str(each) for each in column.cat.categories)
    cells = cells_of(column)
    if not cells.values:
        return empty(name)
    if column.cat.ordered and len(words) > 2:
        return constant_or(ColumnReading(name, "ordinal", order=words), cells, read_as)
    return constant_or(ColumnReading(name, "category"), cells, read_as)


def _as_asked(column: pd.Series, name: str, read_as: ReadAs) -> ColumnDecision:
    """Return a column whose kind the user gives."""
    kind = read_as.kinds[name]
    if kind not in KINDS or kind == "ordinal":
        allowed = ", ".join(each for each in KINDS if each != "ordinal")
        raise BadTable(f"Column {quoted(name)} cannot be read as {quoted(kind)}. Use {allowed}.")
    missing = read_as.words
    counted = kind in ("number", "date")
    reading = ColumnReading(
        name, kind, missing=missing, stand_ins=read_as.numbers if counted else ()
    )
    if kind == "date" and not isinstance(column.dtype, pd.CategoricalDtype):
        reading = _as_dates_asked(column, reading, read_as)
        found = of_dates(reading, pd.Series(reading.typed(column)), read_as)
        told = _told_of_none(column, reading) if read_as.missing is None else ()
        return replace(found, findings=(*told, *found.findings))
    if not is_text_like(column) or isinstance(column.dtype, pd.CategoricalDtype):
        reading.typed(column)  # or it says why that cannot be
        return ColumnDecision(reading)
    values = cells_of(column, frozenset(missing)).values
    if kind == "number":
        forms = [form for form in forms_of(values) if read_as.fits(form)]
        reading = replace(reading, numbers=forms[0] if forms else PLAIN)
    reading.typed(column)
    return ColumnDecision(reading)


def _as_dates_asked(column: pd.Series, reading: ColumnReading, read_as: ReadAs) -> ColumnReading:
    """Return how a column writes dates that is to hold them: text, or numbers that count time.

    Raises
    ------
    BadTable
        If it holds numbers that count no time that is likely.
    """
    column = tidied(column)
    if pd.api.types.is_datetime64_any_dtype(column):
        return reading
    values = cells_of(column, frozenset(reading.missing)).values
    if dates := date_forms_of(values):
        return replace(reading, dates=with_century(dates[0], values, reading.name))
    words = tuple(each for each in values if each in NO_DAYS)
    days = date_forms_of([each for each in values if each not in words]) if words else ()
    if days and days[0].pattern == COMPACT and read_as.missing is None:
        return replace(reading, dates=days[0], missing=words)
    if not values or (is_text_like(column) and not _are_mostly_numbers(values)):
        return reading
    # A word among numbers is named here.
    numbers = np.asarray(replace(reading, kind="number").typed(column), np.float64)
    known = numbers[~np.isnan(numbers)]
    times, gone = but_for_no_times(known) if read_as.missing is None else (known, ())
    count = count_of(times)
    if not count:
        ends = f", from {known.min():.15g} to {known.max():.15g}," if known.size else ""
        raise BadTable(
            f"Column {quoted(reading.name)} cannot be read as dates: its numbers{ends} count "
            "neither time since 1970 nor days of a spreadsheet. Write dates as 2026-01-31, and "
            "leave fields without one empty."
        )
    return replace(reading, dates=DateForm(count), stand_ins=(*reading.stand_ins, *gone))


def _told_of_none(column: pd.Series, reading: ColumnReading) -> tuple[Finding, ...]:
    """Return what is said of numbers among dates that stand for none."""
    words = (*reading.missing, *(f"{each:g}" for each in reading.stand_ins))
    if not words:
        return ()
    cells = cells_of(column)
    is_gone = np.array([each in words for each in cells.values], bool)
    return (no_dates(reading.name, words, int(cells.counts[is_gone].sum())),)


def _are_mostly_numbers(texts: Sequence[str]) -> bool:
    return bool(forms_of(texts)) or 2 * np.isfinite(plain_numbers(texts)).sum() > len(texts)


def _may_hold_words(column: ColumnDecision) -> bool:
    """Whether a column may hold words among numbers."""
    codes = {each.code for each in column.findings}
    return "stray-word" in codes or (column.reading.kind == "category" and "codes" not in codes)


def _with_garbled(column: ColumnDecision, values: pd.Series) -> ColumnDecision:
    """Say too if the name of a column, or its words, were decoded wrongly."""
    reading, words = column.reading, []
    if reading.kind == "category":
        different = values.cat.categories if hasattr(values, "cat") else pd.unique(values.dropna())
        words = [each for each in different if isinstance(each, str)]
    return replace(column, findings=(*column.findings, *garbled(reading.name, words)))


def _marks_alike(found: list[ColumnDecision]) -> list[ColumnDecision]:
    """Settle what "1,964" means where a column alone does not, by the other columns."""
    marked = [each.reading.numbers for each in found if each.reading.kind == "number"
              and not each.others and each.reading.numbers != PLAIN]  # fmt: skip
    points = {each.decimal for each in marked if not each.clock}
    settled = points.pop() if len(points) == 1 else None
    return [_settled(each, settled) if each.others else each for each in found]


def _settled(column: ColumnDecision, decimal: str | None) -> ColumnDecision:
    forms = (column.reading.numbers, *column.others)
    wanted = None if column.told else decimal
    form = next((each for each in forms if each.decimal == wanted), forms[0])
    reading = replace(column.reading, numbers=form)
    mark = form.thousands or form.decimal
    role = "thousands" if form.thousands else "decimals"
    other = "decimals" if form.thousands else "thousands"
    sentence = (
        f"Column {quoted(reading.name)}: {quoted(mark)} is read as the mark of {role}; it could be "
        f"that of {other}."
    )
    option = "--decimal and --thousands decide otherwise"
    finding = Finding("marks", reading.name, sentence, option)
    return replace(column, reading=reading, findings=(*column.findings, finding))
