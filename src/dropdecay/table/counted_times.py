"""Times that are one number each: seconds since 1970, or days of a spreadsheet."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dropdecay.arrays import Float64
from dropdecay.safe_text import quoted
from dropdecay.table.finding import Finding, typed_option
from dropdecay.table.name_words import CODES, IDENTIFIERS, PHONES, POSTAL, TIMES, words_of


@dataclass(frozen=True)
class Count:
    """A unit in which times are counted.

    Parameters
    ----------
    microseconds : float
        How long one is.
    start : str
        The day that has number 0.
    """

    microseconds: float
    start: str = "1970-01-01"

    def numbers(self, days: tuple[str, str]) -> tuple[float, float]:
        """Return the numbers of a first and a last day."""
        start, *ends = np.array([self.start, *days], "datetime64[us]").astype(np.float64)
        first, last = ((each - start) / self.microseconds for each in ends)
        return first, last

    def dates(self, values: Float64) -> pd.Series:
        """Return the times that numbers count, as microseconds; NaT beyond the years 1 to 9999."""
        first, last = self.numbers(("0001-01-01", "9999-12-31"))
        known = (values >= first) & (values <= last)
        counted = np.round(np.where(known, values, 0.0) * self.microseconds).astype(np.int64)
        times = np.datetime64(self.start, "us") + counted.astype("timedelta64[us]")
        return pd.Series(np.where(known, times, np.datetime64("NaT", "us")))


COUNTS = {
    "seconds since 1970": Count(1e6),
    "milliseconds since 1970": Count(1e3),
    "microseconds since 1970": Count(1.0),
    "nanoseconds since 1970": Count(1e-3),
    # Spreadsheets have a 29th of February 1900: their first two months are off by a day.
    "days since 1899-12-30": Count(86_400e6, "1899-12-30"),
}
"""By the name of the form of dates; :class:`DateForm` has it as its pattern."""

POSSIBLE = ("1930-01-01", "2100-01-01")
"""Days that are meant where the user says that a column holds dates."""

SECONDS_FROM = "1973-03-04"
"""Seconds have nine digits from here on."""

LIKELY = ("2005-01-01", "2030-01-01")
"""Days between which numbers that may be seconds since 1970 most likely are."""

LIKELY_BY_NAME = ("1995-01-01", "2050-01-01")
"""The same where the name of the column speaks of time."""

NO_TIMES = (0.0, -1.0)
"""What programs write for no time."""

MINUTES, TIME = 10**4, 10**6
"""What days are multiplied by where a time of day follows in four, or six, digits."""

MINUTE, ROUND = 60, 1000
"""Seconds; times that are rounded end at full minutes, amounts at full thousands."""

FEWEST = 5
"""Fewer different numbers may be anything."""


def are_days(values: Float64) -> bool:
    """Whether all numbers are a year, a month and a day in a row, such as 20260131.

    So are years and months, 202601, and days with a time, 20260131103000.
    """
    is_none = (values == 0) | ((values >= 9999_00_00) & (values <= 9999_99_99))
    known = values[~np.isnan(values) & ~is_none & (values < 9999_00_00 * TIME)]
    if not known.size or not (known == np.round(known)).all():
        return False
    low, high = float(known.min()), float(known.max())
    for unit in (1, MINUTES, TIME):
        if low >= 1500_01_01 * unit and high <= 2200_12_31 * unit + unit - 1:
            clock = known % unit if unit > 1 else known * 0
            clock = clock if unit == TIME else clock * 100
            on_time = (clock // 10000 < 24) & (clock // 100 % 100 < 60) & (clock % 100 < 60)
            return bool(on_time.all()) and _in_calendar(known // unit)
    is_months = low >= 1900_01 and high <= 2099_12 and np.unique(known).size >= FEWEST
    return is_months and _in_calendar(known * 100 + 1)


def _in_calendar(days: Float64) -> bool:
    month, day = days // 100 % 100, days % 100
    return bool(((month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)).all())


def count_of(values: Float64, days: tuple[str, str] = POSSIBLE) -> str:
    """Return in which of ``COUNTS`` all numbers lie between two days; "" in none.

    Parameters
    ----------
    values : shape (n_known,)
        Without NaN.
    days : tuple of str
    """
    if not values.size:
        return ""
    for name, count in COUNTS.items():
        since_1970 = name.endswith("1970")
        first, last = count.numbers(
            (max(days[0], SECONDS_FROM) if since_1970 else days[0], days[1])
        )
        if values.min() >= first and values.max() < last:
            return name
    return ""


def but_for_no_times(values: Float64) -> tuple[Float64, tuple[float, ...]]:
    """Return numbers without those of ``NO_TIMES``, and which of these there are."""
    gone = tuple(each for each in NO_TIMES if (values == each).any())
    return values[~np.isin(values, gone)], gone


def may_be_times(values: Float64, name: str) -> tuple[Finding, ...]:
    """Return that a column of numbers seems to count time from 1970 on, if it does."""
    words = words_of(name)
    by_name = bool(words & TIMES)
    times, gone = but_for_no_times(values)
    count = count_of(times, LIKELY_BY_NAME if by_name else LIKELY)
    if not count or np.unique(times).size < FEWEST:
        return ()
    if not by_name and not count.endswith("1970"):  # such small numbers may be anything
        return ()
    if words & (IDENTIFIERS | PHONES | POSTAL | CODES):
        return ()
    if not by_name and _are_round(times * COUNTS[count].microseconds / 1e6):
        return ()
    first, last = (str(each)[:10] for each in COUNTS[count].dates(np.sort(times)[[0, -1]]))
    rest = f" {' and '.join(f'{each:g}' for each in gone)} would stand for none." if gone else ""
    sentence = (
        f"Column {quoted(name)} is read as a quantity. Does it hold {count}, from {first} to "
        f"{last}?{rest}"
    )
    return (Finding("counted-times", name, sentence, typed_option("--as", name, "=date")),)


def _are_round(seconds: Float64) -> bool:
    """Whether numbers are rounded as amounts are, and not as times."""
    return bool((seconds % ROUND == 0).all() and (seconds % MINUTE != 0).any())
