"""A column of text -> what it holds: numbers, dates, words in an order, or categories."""

import re
from dataclasses import replace
from itertools import islice

import numpy as np

from dropdecay.arrays import Bool
from dropdecay.safe_text import quoted, shell_option
from dropdecay.table.cells import Cells
from dropdecay.table.date_form import (
    COMPACT,
    DIGITS,
    MONTH,
    MONTHS,
    NO_DAYS,
    YEAR_AND_MONTH,
    DateForm,
    are_seasons,
    date_forms_of,
    in_iso,
    may_be_month,
    parsed_dates,
)
from dropdecay.table.decision import (
    ColumnDecision,
    ReadAs,
    constant_or,
    counted_rows,
    empty,
    no_dates,
    of_dates,
    of_numbers,
)
from dropdecay.table.digits_as_names import CODE, power_in, why_names
from dropdecay.table.far_dates import ISO
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.missing import LIKELY_WORDS
from dropdecay.table.name_words import TIMES, VERSIONS, words_of
from dropdecay.table.named_months import doubtful_months
from dropdecay.table.names import listed
from dropdecay.table.number_form import (
    NumberForm,
    forms_of,
    has_minus_behind,
    numbers_in,
)
from dropdecay.table.reading import DROPPED, ColumnReading
from dropdecay.table.scales import scale_of
from dropdecay.table.short_years import has_far_years, with_century
from dropdecay.table.thousands import may_be_versions, tell_thousands
from dropdecay.table.unread import what_is_unread

PARTS = {
    COMPACT: "years, months and days", MONTH: "months and years",
    YEAR_AND_MONTH: "years and months",
}  # fmt: skip
"""What digits are, by the form of their dates."""

AS_ISO = "write dates as 2026-01-31"
VERSION = "%d.%m.%y"
"""The form of dates in which versions may be written too; releases have dates in others."""

FEWEST_SWAPPED, LAST_MONTH = 5, 12
FEWEST_MONTHS = 5
"""Fewer different numbers of six digits may be anything."""

MAX_STRAYS = 3
MAX_STRAY_SHARE = 0.05
"""So many different words, in so many of the rows, count as missing in a column of numbers."""


MANY = 20
"""So many different numbers are quantities, whatever words stand among them."""


def of_text(cells: Cells, name: str, place: int, read_as: ReadAs) -> ColumnDecision:
    """Return a column of text, or of text and numbers.

    Parameters
    ----------
    cells : Cells
    name : str
    place : int
        Where it stands in the table, from 0.
    read_as : ReadAs
    """
    given = read_as.words
    if given:
        kept = np.array([each.lower() not in given for each in cells.values], bool)
        cells = _only(cells, kept)
        if not cells.values:
            return empty(name)
    values = cells.values
    if all(each.lower() in ("true", "false") for each in values):
        return constant_or(ColumnReading(name, "boolean", missing=given), cells, read_as)
    if days := _of_days(cells, name, read_as):
        return days
    forms = [each for each in forms_of(values) if read_as.fits(each)]
    if forms and not (why := why_names(values, name)):
        return _of_number_text(cells, name, place, read_as, forms)
    if forms:
        sentence = f"Column {quoted(name)} is read as names, not as a quantity: {why}."
        finding = Finding("codes", name, sentence, typed_option("--as", name, "=number"))
        return replace(constant_or(ColumnReading(name, "category", missing=given), cells, read_as),
                       findings=(finding,))  # fmt: skip
    if dates := _date_forms(values, name):
        return _of_dates(cells, name, dates, read_as)
    if (
        read_as.missing is None
        and not read_as.keep
        and (column := _but_for_strays(cells, name, place, read_as))
    ):
        return column
    if not read_as.keep and (order := scale_of(values)):
        sentence = f"Column {quoted(name)} is read in order: {' < '.join(order)}."
        finding = Finding("ordinal", name, sentence, typed_option("--as", name, "=category"))
        return ColumnDecision(
            ColumnReading(name, "ordinal", missing=given, order=order), (finding,)
        )
    return _of_words(cells, name, read_as)


def _of_days(cells: Cells, name: str, read_as: ReadAs) -> ColumnDecision | None:
    """Return a column of days such as 20260131, where 0 stands for none; None: it is no such."""
    is_found = read_as.missing is None and not read_as.keep
    words = [each for each in cells.values if each in NO_DAYS] if is_found else []
    gone = np.isin(cells.values, words) if words else np.zeros(len(cells.values), bool)
    rest = _only(cells, ~gone) if words else cells
    if not rest.values or not _may_be_dates(rest.values):
        return None
    dates = date_forms_of(rest.values)
    if not dates or not words:
        return _of_dates(cells, name, dates, read_as) if dates else None
    column = _of_dates(rest, name, dates, read_as)
    finding = no_dates(name, words, int(cells.counts[gone].sum()))
    reading = replace(column.reading, missing=tuple(words))
    return replace(column, reading=reading, findings=(*column.findings, finding))


def _of_words(cells: Cells, name: str, read_as: ReadAs) -> ColumnDecision:
    """Return a column of categories, and whether it seems to be something else."""
    reading = ColumnReading(name, "category", missing=read_as.words)
    found = constant_or(reading, cells, read_as)
    if read_as.keep or found.reading.kind == DROPPED:
        return found
    if unread := what_is_unread(cells.values):
        sentence, remedy = f"Column {quoted(name)} {unread.sentence}", unread.remedy
    elif words := _words_among_numbers(cells):
        sentence = (
            f"Column {quoted(name)} is taken as text because of {listed(words)}; all its other "
            "values are numbers."
        )
        remedy = shell_option("--missing", ",".join(words)) + " if they stand for nothing"
    else:
        return found
    finding = Finding("unread", name, sentence, remedy)
    return replace(found, findings=(*found.findings, finding))


def _words_among_numbers(cells: Cells) -> list[str]:
    """Return the few words, if any, that keep a column from being one of many numbers."""
    words = list(islice((each for each in cells.values if _is_word(each)), MAX_STRAYS + 1))
    numbers = [each for each in cells.values if each not in words]
    if not words or len(words) > MAX_STRAYS or len(numbers) < MANY:
        return []
    is_code = any(map(CODE.fullmatch, numbers)) or "E" in power_in(numbers)
    is_code = is_code or any("," in each for each in words)
    return [] if is_code or not forms_of(numbers) else words


def _may_be_dates(values: list[str]) -> bool:
    """Whether numbers may be years, months, days and times: 20260131, 01.2026, 202601."""
    lengths = set(map(len, values))
    if len(lengths) == 1 and lengths <= set(DIGITS) and all(map(str.isdecimal, values)):
        are_months = DIGITS[lengths.pop()] == YEAR_AND_MONTH
        return not are_months or (len(values) >= FEWEST_MONTHS and all(map(may_be_month, values)))
    certain = len(values) >= FEWEST_MONTHS or any(each[0] == "0" for each in values)
    return len(values) > 1 and certain and all(map(MONTHS.fullmatch, values))


def _date_forms(values: list[str], name: str) -> tuple[DateForm, ...]:
    """Return how texts write dates; () for the kit "Set 1500", version 1.10.12, season 2011-12."""
    if are_seasons(values):
        return ()
    forms = date_forms_of(values)
    words = words_of(name)
    if forms and forms[0].pattern == VERSION and words & VERSIONS and not words & TIMES:
        return ()
    doubt = doubtful_months(values) if forms else None
    return () if doubt is not None and not doubt.is_plausible else forms


def _of_dates(
    cells: Cells, name: str, forms: tuple[DateForm, ...], read_as: ReadAs
) -> ColumnDecision:
    values = cells.values
    form = with_century(forms[0], values, name)
    reading = ColumnReading(name, "date", dates=form, missing=read_as.words)
    parsed = parsed_dates(values, form)
    found = of_dates(reading, cells.spread(parsed.to_numpy(), np.datetime64("NaT")), read_as)
    told = _told_of_dates(name, forms, values)
    if has_far_years(form, values):
        sentence = (
            f"Column {quoted(name)}: its years of two digits are read as {parsed.dt.year.min()} to "
            f"{parsed.dt.year.max()}."
        )
        told += (Finding("date-century", name, sentence, AS_ISO),)
    return replace(found, findings=(*told, *found.findings))


def _told_of_dates(
    name: str, forms: tuple[DateForm, ...], values: list[str]
) -> tuple[Finding, ...]:
    """Return what is said of the form of dates."""
    if forms[0].pattern in (*DIGITS.values(), MONTH):
        parts = PARTS.get(forms[0].pattern, "years, months, days and times")
        sentence = f"Column {quoted(name)} is read as dates: its numbers are {parts}."
        return (Finding("date-numbers", name, sentence, typed_option("--as", name, "=number")),)
    findings: tuple[Finding, ...] = ()
    if doubt := doubtful_months(values):
        sentence = (
            f"Column {quoted(name)} is read as dates, such as {quoted(doubt.text)} as "
            f"{doubt.date}; they could be names."
        )
        findings += (
            Finding("month-words", name, sentence, typed_option("--as", name, "=category")),
        )
    if forms[0].pattern != ISO and (iso := in_iso(values)) and len(iso) < len(values):
        other = next(each for each in values if not in_iso([each]))
        sentence = (
            f"Column {quoted(name)} writes dates in two ways, such as {quoted(iso[0])} and "
            f"{quoted(other)}; both are read."
        )
        if _seem_swapped(iso, [each for each in values if not in_iso([each])], forms[0]):
            sentence += (
                " The former have no day beyond the twelfth, the latter no other: a spreadsheet "
                "seems to have swapped day and month of the former."
            )
        findings += (Finding("date-forms", name, sentence, AS_ISO),)
    if len(forms) > 1:
        sentence = (
            f"Column {quoted(name)}: no date tells whether its day or its month comes first. Read "
            f"as {_in_words(forms[0])}."
        )
        findings += (Finding("date-order", name, sentence, AS_ISO),)
    return findings


def _seem_swapped(iso: list[str], others: list[str], form: DateForm) -> bool:
    """Whether a program took for dates what it could, the month first, and left the rest text."""
    if min(len(iso), len(others)) < FEWEST_SWAPPED:
        return False
    days, rest = (parsed_dates(each, form).dt.day for each in (iso, others))
    return bool(days.max() <= LAST_MONTH < rest.min())


def _in_words(form: DateForm) -> str:
    place = form.pattern.find
    return "month first" if 0 <= place("%m") < place("%d") else "day first"


def _of_number_text(
    cells: Cells, name: str, place: int, read_as: ReadAs, forms: list[NumberForm]
) -> ColumnDecision:
    """Return a column of numbers written as text."""
    form = forms[0]
    values = cells.spread(numbers_in(cells.values, form), np.nan)
    found = of_numbers(np.asarray(values), name, place, read_as)
    if found.reading.kind == DROPPED:
        return found
    missing = found.reading.missing or read_as.words
    reading = replace(found.reading, numbers=form, missing=missing)
    findings = found.findings
    if form.clock:
        sentence = f"Column {quoted(name)} is read as times of day or durations, in seconds."
        findings += (Finding("clock", name, sentence, typed_option("--as", name, "=category")),)
    if form.unit or form.thousands or form.clock:  # no count of time is written so
        findings = tuple(each for each in findings if each.code != "counted-times")
    if form.unit:
        sentence = (
            f"Column {quoted(name)} is read as numbers in {quoted(_as_written(cells, form))}."
        )
        findings += (Finding("unit", name, sentence, typed_option("--as", name, "=category")),)
    if behind := next(filter(has_minus_behind, cells.values), ""):
        sentence = f"Column {quoted(name)}: {quoted(behind)} is read as a negative number."
        findings += (
            Finding("minus-behind", name, sentence, typed_option("--as", name, "=category")),
        )
    if power := power_in(cells.values):
        sentence = f"Column {quoted(name)} is read as numbers: {power} is a power of ten."
        findings += (Finding("codes", name, sentence, typed_option("--as", name, "=category")),)
    if form.thousands and not form.unit and may_be_versions(cells.values):
        sentence = (
            f"Column {quoted(name)} is read as numbers with marks of thousands, such as "
            f"{quoted(cells.values[0])}; versions and colors are written so too."
        )
        findings += (Finding("marks", name, sentence, typed_option("--as", name, "=category")),)
    told = len(forms) > 1 and tell_thousands(cells.values, form.unit)
    plain = None if len(forms) > 1 else np.asarray(values)
    return ColumnDecision(reading, findings, tuple(forms[1:]), told, plain)


def _as_written(cells: Cells, form: NumberForm) -> str:
    """Return the unit as the first value has it."""
    for text in cells.values:
        at = text.lower().find(form.unit)
        if at >= 0:
            return text[at : at + len(form.unit)]
    return form.unit


def _but_for_strays(cells: Cells, name: str, place: int, read_as: ReadAs) -> ColumnDecision | None:
    """Return a column of numbers or dates in which few words count as missing; None: it is none."""
    words_alone = (place for place, each in enumerate(cells.values) if _is_word(each))
    places = list(islice(words_alone, MAX_STRAYS + len(LIKELY_WORDS) + 1))  # more need no look
    unlikely = [each for each in places if cells.values[each].lower() not in LIKELY_WORDS]
    if not places or len(unlikely) > MAX_STRAYS or len(places) > MAX_STRAYS + len(LIKELY_WORDS):
        return None
    if cells.counts[unlikely].sum() > MAX_STRAY_SHARE * int(cells.counts.sum()):
        return None
    strays = np.zeros(len(cells.values), bool)
    strays[places] = True
    rest = _only(cells, ~strays)
    if len(rest.values) <= len(places):
        return None
    forms = [each for each in forms_of(rest.values) if read_as.fits(each)]
    words = [each for each, is_stray in zip(cells.values, strays.tolist(), strict=True) if is_stray]
    missing = tuple(each.lower() for each in words)
    if any(map(CODE.fullmatch, rest.values)) or "E" in power_in(rest.values):
        return None  # codes such as 01, 02 and A
    dates = () if forms and not _may_be_dates(rest.values) else _date_forms(rest.values, name)
    if dates:
        column = _of_dates(rest, name, dates, read_as)
    elif forms:
        column = _of_number_text(rest, name, place, read_as, forms)
    else:
        return None
    rows = int(cells.counts[strays].sum())
    held = "dates" if column.reading.kind == "date" else "numbers"
    s = "" if len(words) > 1 else "s"
    sentence = (
        f"Column {quoted(name)} holds {held}; {listed(words)}, in {counted_rows(rows)}, count{s} "
        "as missing."
    )
    finding = Finding("stray-word", name, sentence, typed_option("--as", name, "=category"))
    return replace(column, reading=replace(column.reading, missing=missing),
                   findings=(*column.findings, finding))  # fmt: skip


def _only(cells: Cells, kept: Bool) -> Cells:
    """Return the cells without some values, whose rows then hold none."""
    places = np.append(np.where(kept, np.cumsum(kept) - 1, -1), -1)
    values = [each for each, keep in zip(cells.values, kept.tolist(), strict=True) if keep]
    return Cells(places[cells.codes], values)


_has_digit = re.compile(r"\d").search


def _is_word(text: str) -> bool:
    """Whether a text is no number, not even a badly written one; "#DIV/0!" has a digit."""
    return not _has_digit(text) or text.lower() in LIKELY_WORDS
