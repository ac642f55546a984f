"""Which century years of two digits mean, found from the whole column.

Where nothing else is said, 69 to 99 are years of the last century. Dates of birth reach further
back: from 1930 on, say, they would lie in the future.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from dropdecay.arrays import Int64
from dropdecay.table.date_form import NAMED, DateForm, parsed_dates
from dropdecay.table.name_words import BIRTHS, words_of
from dropdecay.table.named_months import PIVOT, short_years

NOT_YET = 36
"""Years from here on, of this century, are hardly those of anything that was recorded."""

EARLIEST = 10
WIDEST = 3
"""A gap of so many years that no date has parts the centuries, where there is one."""


def with_century(form: DateForm, texts: Sequence[str], name: str) -> DateForm:
    """Return a form of dates with the first two digits that are a year of the last century.

    Parameters
    ----------
    form : DateForm
    texts : sequence of str
        Dates in it.
    name : str
        Of the column; it may speak of birth.
    """
    years = np.unique(_short_years(form, texts))
    if not _are_far(years):
        return form
    is_past = bool((years >= PIVOT).any() or (years >= NOT_YET).all() or words_of(name) & BIRTHS)
    return replace(form, pivot=_pivot(years)) if is_past else form


def has_far_years(form: DateForm, texts: Sequence[str]) -> bool:
    """Whether years of two digits are not those that everybody would take them for."""
    return _are_far(_short_years(form, texts))


def _are_far(years: Int64) -> bool:
    return bool(((years >= NOT_YET) & (years < PIVOT)).any())


def _short_years(form: DateForm, texts: Sequence[str]) -> Int64:
    """Return the years of two digits, [0, 99]."""
    if form.pattern == NAMED:
        return np.array(short_years(texts), np.int64)
    if "%y" not in form.pattern:
        return np.array([], np.int64)
    years: Int64 = parsed_dates(texts, form).dropna().dt.year.to_numpy(np.int64) % 100
    return years


def _pivot(years: Int64) -> int:
    """Return the end of the widest gap before ``NOT_YET``; that year itself if there is none."""
    ends = np.unique([EARLIEST - 1, *years[(years >= EARLIEST) & (years < NOT_YET)], NOT_YET])
    gaps = np.diff(ends) - 1
    return int(ends[int(gaps.argmax()) + 1]) if gaps.max() >= WIDEST else NOT_YET
