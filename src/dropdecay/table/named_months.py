"""Dates whose month is a word, in several languages: "4. Dezember 2010", "4 de enero de 2021".

``strptime`` knows the words of one language, that of the machine. The words of those here do not
contradict each other, so that a date says the same whatever its language is.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import pandas as pd

from dropdecay.table.typed_signs import plainly

MONTHS = (
    "january januar jänner jan january janvier janv enero ene gennaio gen janeiro januari "
    "styczeń stycznia",
    "february februar feb feber fév fev févr févr fevr février fevrier febrero febbraio fevereiro "
    "februari februar luty lutego",
    "march märz maerz mär mrz mars mar marzo março marco maart mrt marts marzec marca",
    "april apr avril avr abril abr aprile aprilie kwiecień kwietnia",
    "may mai mayo maggio mag maio mei maj maja",
    "june juni jun juin junio giugno giu junho czerwiec czerwca",
    "july juli jul juillet juil julio luglio lug julho lipiec lipca",
    "august aug août aout agosto ago augustus augusti sierpień sierpnia",
    "september sept sep septembre septiembre setiembre settembre set setembro wrzesień września",
    "october oktober okt oct octobre octubre ottobre ott outubro out październik października",
    "november nov novembre noviembre novembro listopad listopada",
    "december dezember dez dec déc décembre decembre diciembre dic dicembre dezembro grudzień "
    "grudnia",
)
"""English, German, French, Spanish, Italian, Portuguese, Dutch, Danish, Swedish and Polish."""

MONTH_OF = {word: number for number, words in enumerate(MONTHS, 1) for word in words.split()}

_WORD = r"(?P<month>[^\W\d_]{3,12})\.?"
_YEAR = r"(?P<year>(?:1[5-9]|20|21)\d\d|'?\d\d)"
_TIME = (
    r"(?:(?:,? +|, ?|:(?=\d\d:\d\d:\d\d))(?:um |à |at |a las |alle )?"
    r"(?P<hour>\d{1,2})[:h](?P<minute>[0-5]\d)"
    r"(?::(?P<second>[0-5]\d))?(?: ?(?P<half>[ap])\.?m\.?)?(?: (?:Uhr|GMT|UTC)|Z)?)?"
)
_WEEKDAY = r"(?:[^\W\d_]{2,10}(?:-feira)?[.,]{0,2} +)?"
_DAY = r"(?P<day>[0-3]?\d)(?:\.|er|º|ª|°|st|nd|rd|th)?"
FORMS = tuple(
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        rf"{_WEEKDAY}{_DAY}[ /-]*(?:de |di |d'|of )?{_WORD},?[ /-]*(?:de |del |do )?{_YEAR}",
        rf"{_WEEKDAY}{_WORD}[ -]*{_DAY}(?:, *| +){_YEAR}",
        rf"(?P<year>(?:1[5-9]|20|21)\d\d)[ /-]*{_WORD}[ /-]*{_DAY}",
        rf"{_WORD},?[ /-]*(?:de |del |do )?(?P<year>(?:1[5-9]|20|21)\d\d)",
    )
)
"""Day, month, year; month, day, year; year, month, day; month and year."""

PIVOT = 69
"""Two digits from here on are years of the last century, as for ``strptime``."""


def is_named(text: str) -> bool:
    """Whether a text is a date with a month in words; it may be none of the calendar."""
    return _parts(text) is not None


def named_dates(texts: Sequence[str]) -> pd.Series:
    """Return the dates that texts say, the first of a month where they say no day.

    Returns
    -------
    shape (n_texts,), ``datetime64[us]``, NaT for what is none.
    """
    values = [_date(each) for each in texts]
    return pd.Series(np.array(values, "datetime64[us]"))


def _date(text: str) -> np.datetime64:
    parts = _parts(text)
    if parts is None:
        return np.datetime64("NaT")
    year, month, day, hour, minute, second = parts
    try:
        return np.datetime64(
            f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
        )
    except ValueError:
        return np.datetime64("NaT")


def _parts(text: str) -> tuple[int, int, int, int, int, int] | None:
    text = unicodedata.normalize("NFC", plainly(text))
    for form in FORMS:
        found = form.fullmatch(text)
        if found is None or found["month"].lower() not in MONTH_OF:
            continue
        parts = found.groupdict()
        hour = int(parts["hour"] or 0)
        if parts["half"]:
            hour = hour % 12 + 12 * (parts["half"].lower() == "p")
        year = int(parts["year"].lstrip("'"))
        if year < 100:
            year += 1900 if year >= PIVOT else 2000
        return (
            year, MONTH_OF[parts["month"].lower()], int(parts.get("day") or 1), hour,
            int(parts["minute"] or 0), int(parts["second"] or 0),
        )  # fmt: skip
    return None
