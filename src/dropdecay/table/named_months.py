"""Dates whose month is a word, in several languages: "4. Dezember 2010", "4 de enero de 2021".

``strptime`` knows the words of one language, that of the machine. The words of those here do not
contradict each other, so that a date says the same whatever its language is.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropdecay.table.typed_signs import plainly

MONTHS = (
    "january januar jänner jan january janvier janv enero ene gennaio gen janeiro januari "
    "styczeń stycznia sty январь января янв",
    "february februar feb feber fév fev févr févr fevr février fevrier febrero febbraio fevereiro "
    "februari februar luty lutego lut февраль февраля фев февр",
    "march märz maerz mär mrz mars mar marzo março marco maart mrt marts marzec marca март "
    "марта мар",
    "april apr avril avr abril abr aprile aprilie kwiecień kwietnia kwi апрель апреля апр",
    "may mai mayo maggio mag maio mei maj maja май мая",
    "june juni jun juin junio giugno giu junho czerwiec czerwca cze июнь июня июн",
    "july juli jul juillet juil julio luglio lug julho lipiec lipca lip июль июля июл",
    "august aug août aout agosto ago augustus augusti sierpień sierpnia sie август августа авг",
    "september sept sep septembre septiembre setiembre settembre set setembro wrzesień września "
    "wrz сентябрь сентября сен сент",
    "october oktober okt oct octobre octubre ottobre ott outubro out październik "
    "października paź октябрь октября окт",
    "november nov novembre noviembre novembro listopad listopada lis ноябрь ноября ноя нояб",
    "december dezember dez dec déc décembre decembre diciembre dic dicembre dezembro grudzień "
    "grudnia gru декабрь декабря дек",
)
"""English, German, French, Spanish, Italian, Portuguese, Dutch, Danish, Swedish, Polish and, with a
"г." behind the year, Russian."""  # noqa: RUF001  # Russian

_NAMES = (
    "jan apr april may mai maj maja mei mayo march mars mar marca june july julio august augustus "
    "ago gen lug mag set ott out"
)
AMBIGUOUS = frozenset(_NAMES.split())
"""Words that are also names, of people, planets and products, or words of a language here."""

PLAUSIBLE = (1900, 2099)
"""Years that such a word makes a date of; "Set 1500" has none."""

_DAYS = (
    "monday mon montag mo lundi lunes lun lunedì lunedi segunda seg maandag ma mandag man måndag "
    "mån poniedziałek pon понедельник пн",
    "tuesday tue tues dienstag di mardi mar martes martedì martedi terça terca ter dinsdag tirsdag "
    "tir tirs tisdag tis wtorek wt вторник вт",
    "wednesday wed mittwoch mi mercredi mer miércoles miercoles mié mie mercoledì mercoledi quarta "
    "qua woensdag wo onsdag ons środa śr среда ср",  # noqa: RUF001  # Russian
    "thursday thu thur thurs donnerstag do jeudi jeu jueves jue giovedì giovedi gio quinta qui "
    "donderdag torsdag tor tors czwartek czw четверг чт",
    "friday fri freitag fr vendredi ven viernes vie venerdì venerdi sexta sex vrijdag vr fredag "
    "fre piątek pt пятница пт",
    "saturday sat samstag sonnabend sa samedi sam sábado sabado sáb sab sabato zaterdag za lørdag "
    "lør lördag lör sobota sob суббота сб",  # noqa: RUF001  # Russian
    "sunday sun sonntag so dimanche dim domingo dom domenica zondag zo søndag søn söndag sön "
    "niedziela nd niedz воскресенье вс",
)
WEEKDAYS = frozenset(word for words in _DAYS for word in words.split())
"""In the languages of ``MONTHS``."""

ARTICLES = ("am", "dem", "den", "der", "dia", "el", "il", "le", "on", "op", "the")
"""They stand behind a weekday, or in its place."""

BEFORE_DAYS = WEEKDAYS | frozenset(ARTICLES)

MONTH_OF = {word: number for number, words in enumerate(MONTHS, 1) for word in words.split()}

_WORD = r"(?P<month>[^\W\d_]{3,12})\.?"
_YEAR = r"(?P<year>(?:1[5-9]|20|21)\d\d|'?\d\d)(?: ?г\.?(?: в)?)?"  # noqa: RUF001  # Russian
_CLOCK = (
    r"(?P<hour>\d{1,2})[:h](?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d)(?:[.,]\d{1,9})?)?(?: ?(?P<half>[ap])\.?m\.?)?"
)
_OFFSET = r" ?(?:GMT|UTC)? ?(?P<offset>[+-]\d\d:?\d\d)(?: \([^()]*\))?"
_TIME = (
    r"(?:(?:,? +|, ?|:(?=\d\d:\d\d:\d\d))(?:um |à |at |a las |alle )?"
    rf"{_CLOCK}(?: (?:Uhr|GMT|UTC)|Z|{_OFFSET})?)?"
)
_WEEKDAY = (
    r"(?:(?P<weekday>[^\W\d_]{2,12})(?:-feira)?[.,]{0,2} +)?"
    rf"(?:(?:{'|'.join(ARTICLES)}) +)?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:\.|er|º|ª|°|st|nd|rd|th)?"
FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_WEEKDAY}{_DAY}[ /-]*(?:de |di |d'|of )?{_WORD},?[ /-]*(?:de |del |do )?{_YEAR}{_TIME}",
        rf"{_WEEKDAY}{_WORD}[ -]*{_DAY}(?:, *| +){_YEAR}{_TIME}",
        rf"(?P<year>(?:1[5-9]|20|21)\d\d)[ /-]*{_WORD}[ /-]*{_DAY}{_TIME}",
        rf"{_WORD},?[ /-]*(?:de |del |do )?(?P<year>(?:1[5-9]|20|21)\d\d){_TIME}",
        rf"{_WEEKDAY}{_WORD} +{_DAY} +{_CLOCK}(?: (?:GMT|UTC)|{_OFFSET})? +{_YEAR}",
    )
)
"""Day, month, year; month, day, year; year, month, day; month and year; the year behind a time."""

LONG_YEAR = 4
PIVOT = 69
"""Two digits from here on are years of the last century, as for ``strptime``."""


@dataclass(frozen=True)
class Doubt:
    """What may be dates or names.

    Parameters
    ----------
    text : str
        The first of them.
    date : str
        The date it would be.
    is_plausible : bool
        Whether all years are ``PLAUSIBLE``.
    """

    text: str
    date: str
    is_plausible: bool


def is_named(text: str) -> bool:
    """Whether a text is a date with a month in words; it may be none of the calendar."""
    return _parts(text) is not None


def doubtful_months(texts: Sequence[str]) -> Doubt | None:
    """Return that dates may as well be names, such as "Mars 2000"; None: they surely are dates.

    A day with a year of four digits, a time, and a month that means nothing else leave no doubt.
    """
    years, low, high = [], *PLAUSIBLE
    for text in texts:
        found = _match(text)
        if found is None or found["month"].lower() not in AMBIGUOUS or found["hour"]:
            return None
        has_day, n_marks = found.groupdict().get("day"), sum(map(text.count, "-/"))
        if has_day and (len(found["year"]) == LONG_YEAR or n_marks > 1):
            return None
        years.append(_year_of(found))
    if not years:
        return None
    length = len("2000-03-12" if has_day else "2000-03")
    return Doubt(
        texts[0], str(_date(texts[0]))[:length], all(low <= each <= high for each in years)
    )


def named_dates(texts: Sequence[str], pivot: int = PIVOT) -> pd.Series:
    """Return the dates that texts say, the first of a month where they say no day.

    Parameters
    ----------
    texts : sequence of str
    pivot : int
        The first two digits that are a year of the last century.

    Returns
    -------
    shape (n_texts,), ``datetime64[us]``, NaT for what is none.
    """
    values = [_date(each, pivot) for each in texts]
    return pd.Series(np.array(values, "datetime64[us]"))


def short_years(texts: Sequence[str]) -> list[int]:
    """Return the years of two digits, without their century."""
    found = [each["year"].lstrip("'") for each in map(_match, texts) if each is not None]
    return [int(each) for each in found if len(each) < LONG_YEAR]


def _date(text: str, pivot: int = PIVOT) -> np.datetime64:
    parts = _parts(text, pivot)
    if parts is None:
        return np.datetime64("NaT")
    year, month, day, hour, minute, second, ahead = parts
    try:
        here = np.datetime64(
            f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
        )
        return here - np.timedelta64(ahead, "m")
    except ValueError:
        return np.datetime64("NaT")


def _parts(text: str, pivot: int = PIVOT) -> tuple[int, int, int, int, int, int, int] | None:
    """Return year, month, day, hour, minute, second, and the minutes ahead of universal time."""
    found = _match(text)
    if found is None:
        return None
    parts = found.groupdict()
    hour = int(parts["hour"] or 0)
    if parts["half"]:
        hour = hour % 12 + 12 * (parts["half"].lower() == "p")
    offset = (parts.get("offset") or "+0000").replace(":", "")
    ahead = int(offset[1:3]) * 60 + int(offset[3:])
    return (
        _year_of(found, pivot), MONTH_OF[parts["month"].lower()], int(parts.get("day") or 1), hour,
        int(parts["minute"] or 0), int(parts["second"] or 0), -ahead if offset[0] == "-" else ahead,
    )  # fmt: skip


def _year_of(found: re.Match[str], pivot: int = PIVOT) -> int:
    year = int(found["year"].lstrip("'"))
    if year < 100:
        year += 1900 if year >= pivot else 2000
    return year


def _match(text: str) -> re.Match[str] | None:
    text = unicodedata.normalize("NFC", plainly(text))
    for form in FORMS:
        found = form.fullmatch(text)
        if found is None or found["month"].lower() not in MONTH_OF:
            continue
        weekday = found.groupdict().get("weekday")
        if weekday is None or weekday.lower() in BEFORE_DAYS:
            return found
    return None
