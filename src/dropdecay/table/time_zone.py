"""The name of a time zone by which it is found again, in another process and on another machine."""

import re

import pandas as pd

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted, visible

ZONE = re.compile(r"(?!dateutil)[A-Za-z0-9_+:-]{1,40}(/[A-Za-z0-9_+-]{1,40}){0,3}")
"""A name, such as Europe/Berlin, or a distance from universal time; never a path to a file."""

MINUTE = pd.Timedelta(minutes=1)


def is_known(name: str) -> bool:
    """Return whether a name is that of a time zone of this machine, or a distance: UTC+02:00."""
    if not ZONE.fullmatch(name):
        return False
    try:
        pd.DatetimeTZDtype(tz=name)
    except (KeyError, OSError, TypeError, ValueError):
        return False
    return True


def zone_of(dates: pd.Series, name: str) -> str | None:
    """Return the name of the time zone of dates, None if they have none.

    Zones without a name of their own, such as those of dateutil and abbreviations of a fixed
    distance, are told by that distance.

    Parameters
    ----------
    dates : Series of dtype datetime64
    name : str
        Of the column.

    Raises
    ------
    BadTable
        If the zone has neither a name nor one distance from universal time.
    """
    if dates.dt.tz is None:
        return None
    written = str(dates.dt.tz)
    if is_known(written):
        return written
    # dateutil writes the path of the file: tzfile('/usr/share/zoneinfo/Europe/Berlin').
    by_file = written.rpartition("zoneinfo/")[2].rstrip("')")
    if is_known(by_file):
        return by_file
    universal = dates.dt.tz_convert("UTC").dt.tz_localize(None)
    distances = (dates.dt.tz_localize(None) - universal).dropna().unique()
    if len(distances) == 1 and distances[0] % MINUTE == pd.Timedelta(0):
        minutes = distances[0] // MINUTE
        return f"UTC{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    raise BadTable(
        f"Column {quoted(name)} is in the time zone {visible(written)}, which has no name that "
        "other machines know. Give it one, for instance: table[column].dt.tz_convert('UTC')."
    )
