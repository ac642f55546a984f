"""How a column of text writes its dates, found from all its values at once.

One value alone may not tell whether the day or the month comes first, and a part of the rows may
hold no value that does: so the whole column is asked, once.
"""

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from dropdecay.table.far_dates import ISO, to_dates
from dropdecay.table.named_months import PIVOT, is_named, named_dates
from dropdecay.table.typed_signs import with_plain_digits

N_GUESSED = 30
"""The form is guessed from this many values, then tried on all."""

COMPACT, MONTH, YEAR_AND_MONTH = "%Y%m%d", "%m.%Y", "%Y%m"
DIGITS = {6: YEAR_AND_MONTH, 8: COMPACT, 12: f"{COMPACT}%H%M", 14: f"{COMPACT}%H%M%S"}
"""Forms of digits alone, by how many there are."""

NO_DAYS = frozenset(["0", "00000000", "99999999"])
"""What programs write for no day among days such as 20260131."""

MONTHS = re.compile(r"(?:0?[1-9]|1[0-2])\.(?:19|20)\d\d")
"""Months as Germans write them, "03.2021", which are numbers too."""

FRACTION = re.compile(r"(\d\d:\d\d:\d\d),(\d)")
"""Of a second, as Python writes it into logs."""

SEASON, FEWEST_SEASONS = re.compile(r"((?:19|20)\d\d)[-/](\d\d)"), 3

BRACKETS = ("]", ")")
IN_BRACKETS = re.compile(
    r"(?<=[+-]\d\d:\d\d)\[[\w/+-]+\]$|(?<=Z)\[[\w/+-]+\]$|(?<=日)\([日月火水木金土一二三四五六]\)$"
)
"""At the end of a date, as Java and Japanese tables have it."""

SHORT_YEARS = ("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%d-%b-%y")
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p")

OTHER_FORMS = (
    *("%Y年%m月%d日" + time for time in ("", " %H:%M", " %H:%M:%S")), "%Y年%m月",
    *(f"%Y年%m月%d日{blank}{time}" for blank in ("", " ") for time in (
        "%H时%M分", "%H时%M分%S秒", "%H時%M分", "%H時%M分%S秒")),
    "%Y년 %m월 %d일", "%Y. %m. %d.", "%d.%m.%Y %H.%M", "%d.%m.%Y %H.%M.%S",
    "%Y-%m-%d-%H.%M.%S", "%Y-%m-%d-%H.%M.%S.%f", *DIGITS.values(), "%b %Y", "%B %Y", "%Y-%m",
    "%Y/%m", "%m/%Y", MONTH,
    *(day + time for time in TIMES for day in SHORT_YEARS),
)  # fmt: skip
"""Forms with a year that pandas does not guess."""

LONGEST_OTHER = 30
"""A text with more letters is in none of them."""

NAMED = "named months"
"""Not one form but several, with the month as a word of some language."""


@dataclass(frozen=True)
class DateForm:
    """How dates are written.

    Parameters
    ----------
    pattern : str
        In the words of ``strptime``, or ``ISO``, or ``NAMED``.
    zone : str or None
        The time zone in which hours of the day are counted; None: as they are written.
    pivot : int
        The first two digits that are a year of the last century, [0, 69].
    """

    pattern: str
    zone: str | None = None
    pivot: int = PIVOT

    @property
    def is_utc(self) -> bool:
        """Whether texts are converted to universal time."""
        return self.zone is not None


ANY_ISO = DateForm(ISO)


def date_forms_of(texts: Sequence[str]) -> tuple[DateForm, ...]:
    """Return the forms in which all texts are dates with a year; several: days may be months.

    Parameters
    ----------
    texts : sequence of str
        Different ones, blanks cut.
    """
    if not all(any(map(str.isdecimal, each)) for each in texts[:N_GUESSED]):
        return ()
    texts = _all_plain(texts)
    if len(iso := in_iso(texts)) < len(texts) and _all_dates(iso, ANY_ISO):
        # What is read in another form is read in this one too.
        return date_forms_of([each for each in texts if not _begins_with_a_year(each)])
    step = max(len(texts) // N_GUESSED, 1)
    sample = texts[::step][:N_GUESSED]
    found: list[DateForm] = []
    for pattern in (*_guessed(sample), *_others(sample), ISO):
        form = DateForm(pattern, "UTC" if "%z" in pattern else None)
        if pattern == ISO and found:
            break
        if pattern == ISO and not all(_begins_with_a_year(each) for each in texts):
            break
        if form not in found and _all_dates(sample, form) and _all_dates(texts, form):
            found.append(form)
        elif pattern == ISO and _all_dates(texts, DateForm(ISO, "UTC")):
            found.append(DateForm(ISO, "UTC"))
    if not found and all(map(is_named, sample)) and not named_dates(texts).isna().any():
        return (DateForm(NAMED),)
    if len(found) < 2:
        return tuple(found)
    values = [parsed_dates(texts, each) for each in found]
    return tuple(
        each for i, each in enumerate(found)
        if i == 0 or not values[i].equals(values[0])
    )  # fmt: skip


def are_seasons(texts: Sequence[str]) -> bool:
    """Whether texts are a year and the next one, "2011-12", though each may be a month too."""
    return len(texts) >= FEWEST_SEASONS and all(
        found is not None and (int(found[1]) + 1) % 100 == int(found[2])
        for found in map(SEASON.fullmatch, texts)
    )


def may_be_month(text: str) -> bool:
    """Whether six digits are a year and a month."""
    return text[:2] in ("19", "20") and "01" <= text[4:] <= "12"


def may_be_date(number: str) -> bool:
    """Whether a number may be a date, so written: 20260131, also with a time, 202601, 01.2026."""
    number = with_plain_digits(number)
    if not number.isdecimal():
        return MONTHS.fullmatch(number) is not None
    if DIGITS.get(len(number)) == YEAR_AND_MONTH:
        return may_be_month(number)
    return len(number) in DIGITS and "01" <= number[4:6] <= "12" and "01" <= number[6:8] <= "31"


def in_iso(texts: Sequence[str]) -> list[str]:
    """Return the texts that begin as dates in ISO format do."""
    return list(filter(_begins_with_a_year, texts))


def parsed_dates(texts: Sequence[str | None], form: DateForm) -> pd.Series:
    """Return naive timestamps in the zone of the form, NaT for what is no date in it."""
    column = pd.Series([each and _plain(each) for each in texts], dtype=object)
    dates = _dates_in(column, form)
    if pd.api.types.is_object_dtype(dates):  # zones here and there
        return pd.Series(pd.NaT, column.index, dtype="datetime64[us]")
    if form.pattern != ISO and (dates.isna() & column.notna()).any():
        # A file of another type may hold the same dates in ISO format.
        again = to_dates(column, ISO, utc=True)
        dates = dates.fillna(again if form.is_utc else again.dt.tz_localize(None))
    if dates.dt.tz is not None:
        dates = dates.dt.tz_convert(form.zone or "UTC").dt.tz_localize(None)
    return dates.astype("datetime64[us]")


def _all_plain(texts: Sequence[str]) -> Sequence[str]:
    """Return dates as ``_plain`` does; most tables have nothing to change, seen at once."""
    joined = "".join(texts)
    is_plain = joined.isascii() and not any(mark in joined for mark in (",", *BRACKETS))
    return texts if is_plain else list(map(_plain, texts))


def _plain(text: str) -> str:
    """Return a date with plain digits and a point before fractions of seconds.

    A weekday in brackets, or the name of a time zone beside its offset, is left out.
    """
    text = with_plain_digits(text)
    text = FRACTION.sub(r"\1.\2", text) if "," in text else text
    return text if text[-1:] not in BRACKETS else IN_BRACKETS.sub("", text)


def _dates_in(column: pd.Series, form: DateForm) -> pd.Series:
    if form.pattern == NAMED:
        return named_dates(["" if each is None else each for each in column], form.pivot)
    dates = to_dates(column, form.pattern, utc=form.is_utc)
    if form.pivot < PIVOT and "%y" in form.pattern:
        is_past = dates.dt.year >= 2000 + form.pivot
        dates = dates.where(~is_past, dates - pd.DateOffset(years=100))
    return dates


def _all_dates(texts: Sequence[str], form: DateForm) -> bool:
    if not texts:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dates = to_dates(pd.Series(list(texts), dtype=object), form.pattern, utc=form.is_utc)
        except (ValueError, TypeError):
            return False
    return not pd.api.types.is_object_dtype(dates) and not dates.isna().any()


def _guessed(sample: Sequence[str]) -> list[str]:
    """Return the forms that pandas guesses, month first before day first."""
    from pandas.tseries.api import guess_datetime_format

    found: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # Nobody writes the month first before a point.
        points = any("." in text[:4] for text in sample)
        for day_first in (True,) if points else (False, True):
            for text in sample:
                guess = guess_datetime_format(text, dayfirst=day_first)
                if not isinstance(guess, str) or guess in found:
                    continue
                if _has_a_date(guess) and not _day_after_year(guess):
                    found.append(guess)
    return found


def _others(sample: Sequence[str]) -> list[str]:
    if max(map(len, sample)) > LONGEST_OTHER:
        return []
    return [each for each in OTHER_FORMS if _all_dates(sample, DateForm(each))
            and (each not in DIGITS.values()
                 or all(DIGITS.get(len(text)) == each for text in sample))]  # fmt: skip


def _day_after_year(pattern: str) -> bool:
    """Whether a form begins with the year and goes on with the day, as nobody writes."""
    return pattern.startswith("%Y") and 0 <= pattern.find("%d") < pattern.find("%m")


def _has_a_date(pattern: str) -> bool:
    return "%y" in pattern.lower() and ("%d" in pattern or "%j" in pattern)


_begins_with_a_year = re.compile(r"\d{4}[-/]\d\d.", re.DOTALL).match
