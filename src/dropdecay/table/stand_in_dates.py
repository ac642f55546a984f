"""Dates that stand for no date, such as 9999-12-31: found by how far off they lie."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray

EARLY = frozenset([
    "0001-01-01", "1000-01-01", "1111-11-11", "1582-10-15", "1600-01-01", "1601-01-01",
    "1753-01-01", "1800-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1900-01-02",
    "1901-01-01", "1904-01-01", "1970-01-01",
])  # fmt: skip
"""Where calendars of programs and databases begin, and what people type."""

LATE = frozenset([
    "2049-12-31", "2050-12-31", "2078-12-31", "2079-06-06", "2099-01-01", "2099-12-31",
    "2100-01-01", "2100-12-31", "2199-12-31", "2200-01-01", "2222-02-22", "2262-04-11",
    "2500-01-01", "2500-12-31", "2999-01-01", "2999-12-31", "3000-01-01", "3000-12-31",
    "4000-01-01", "4712-12-31", "5999-12-31", "8888-08-08", "9000-12-31", "9999-01-01",
    "9999-09-09", "9999-12-01", "9999-12-30", "9999-12-31",
])  # fmt: skip
"""Where they end."""

FIRST, LAST = np.datetime64("1500-01-01"), np.datetime64("2500-01-01")
"""One day of these beyond them is enough; a day between may have been, so there must be two."""

YEARS_BEFORE, YEARS_AFTER = 10, 15
"""A gap of so many years before, or after, all other dates tells one that stands for none."""

TIMES_THE_SPACING = 2
"""If it is so many times as wide as any between other dates: decades lie far from each other."""

OFTEN, TIMES_AS_OFTEN = 5, 10
"""Without a gap, it stands in so many rows, and so many times as often as any other day."""

DAY = re.compile(r"\d{4}-\d\d-\d\d")


def stand_in_dates_of(dates: pd.Series | AnyArray) -> tuple[str, ...]:
    """Return the days that stand for nothing in a column, earliest first, as 2026-01-31.

    Parameters
    ----------
    dates : shape (n_rows,), datetime64[us]
        NaT where missing.
    """
    days = np.asarray(dates).astype("datetime64[D]")
    days, counts = np.unique(days[~np.isnat(days)], return_counts=True)
    found: list[str] = []
    spacing = _spacing(days)
    while days.size > 1:
        if _stands_before(days, counts, spacing):
            found.append(str(days[0]))
            days, counts = days[1:], counts[1:]
        elif _stands_after(days, counts, spacing):
            found.append(str(days[-1]))
            days, counts = days[:-1], counts[:-1]
        else:
            break
    return tuple(sorted(found))


def _spacing(days: AnyArray) -> float:
    """Return the most years between two neighbors among days that surely are some."""
    days = days[~np.isin(days.astype(str), [*EARLY, *LATE])]
    return max(map(_years, days[:-1], days[1:]), default=0.0)


def _stands_before(days: AnyArray, counts: AnyArray, spacing: float) -> bool:
    if str(days[0]) not in EARLY:
        return False
    far = _years(*days[:2]) >= max(YEARS_BEFORE, TIMES_THE_SPACING * spacing)
    return bool(days[0] < FIRST or (far and counts[0] > 1) or _is_frequent(counts[0], counts[1:]))


def _stands_after(days: AnyArray, counts: AnyArray, spacing: float) -> bool:
    if str(days[-1]) not in LATE:
        return False
    far = _years(*days[-2:]) >= max(YEARS_AFTER, TIMES_THE_SPACING * spacing)
    return bool(days[-1] > LAST or (far and counts[-1] > 1))


def _is_frequent(count: int, others: AnyArray) -> bool:
    return bool(count >= OFTEN and count >= TIMES_AS_OFTEN * others.max())


def _years(first: np.datetime64, last: np.datetime64) -> float:
    return float((last - first) / np.timedelta64(1, "D")) / 365.25


def without_days(dates: pd.Series, days: Iterable[str]) -> pd.Series:
    """Return dates with NaT on some days, at any time of theirs."""
    gone = np.array(list(days), "datetime64[D]")
    if not gone.size:
        return dates
    return dates.mask(np.isin(dates.to_numpy().astype("datetime64[D]"), gone))


def days_among(words: Iterable[str]) -> tuple[str, ...]:
    """Return the words that are days written as 2026-01-31."""
    found = []
    for each in filter(DAY.fullmatch, words):
        try:
            found.append(str(np.datetime64(each, "D")))
        except ValueError:
            continue
    return tuple(found)
