"""Dates beyond the years 1678 to 2261, such as 9999-12-31, which pandas before 3 does not read."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import pandas as pd

ISO = "ISO8601"
"""Not one form but several, as where only some values have a time or a time zone."""

FAR = re.compile(r"(?<!\d)(?:0\d\d|1[0-5]\d|16[0-7]|22[6-9]|2[3-9]\d|[3-9]\d\d)\d")
"""Begins as a year that nanoseconds cannot hold, among other texts."""


def to_dates(texts: pd.Series, form: str, *, utc: bool = False) -> pd.Series:
    """Return timestamps as ``pandas.to_datetime`` of pandas 3 does, NaT for what is no date.

    Parameters
    ----------
    texts : Series of str or None
    form : str
        As of ``strptime``, or ``"ISO8601"``.
    utc : bool
        Whether times are those of UTC, unless they say otherwise.
    """
    dates: pd.Series = pd.to_datetime(texts, format=form, errors="coerce", utc=utc)
    if pd.api.types.is_object_dtype(dates) or dates.dt.unit != "ns":
        return dates
    unread = texts[dates.isna() & texts.notna()]
    dates = dates.dt.as_unit("us")
    far = dict(_read(filter(FAR.search, unread.unique()), form, utc=utc))
    return dates.fillna(texts.map(far).astype(dates.dtype)) if far else dates


def _read(texts: Iterable[str], form: str, *, utc: bool) -> Iterator[tuple[str, pd.Timestamp]]:
    """Yield those of the texts that are dates, with these."""
    for each in texts:
        try:
            date = datetime.fromisoformat(each) if form == ISO else datetime.strptime(each, form)
            if utc:
                date = date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
        if bool(date.tzinfo) == utc:
            yield each, pd.Timestamp(date).as_unit("us")
