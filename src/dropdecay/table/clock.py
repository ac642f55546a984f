"""Times of day and durations as text -> seconds: "10:30", "1 day 02:03:04", "9h45", "10.30 Uhr"."""

import re

import numpy as np

HALF_A_DAY = 43_200.0

_FRACTION = r"(?:[.,]\d+)?"
CLOCK = re.compile(
    rf"(?:(-?\d+) days?,? \+?)?(-?)(\d{{1,3}})[:h]([0-5]\d)(?::([0-5]\d{_FRACTION}))?"
    r"(?: ?([ap])\.?m\.?)?",
    re.IGNORECASE,
)
LAP = re.compile(r"(-?)(\d{1,3}):([0-5]\d[.,]\d+)")
"""Minutes and seconds: only seconds have a fraction."""


def seconds_of(text: str) -> float:
    """Return a time in seconds, NaN if the text is none.

    Parameters
    ----------
    text : str
        With plain signs, blanks cut.
    """
    if text[-3:].lower() == "uhr":  # 10.30 Uhr, 10 Uhr
        text = text[:-3].strip().replace(".", ":")
        text = text if ":" in text else f"{text}:00"
    if lap := LAP.fullmatch(text):
        value = int(lap[2]) * 60 + _float(lap[3])
        return -value if lap[1] else value
    found = CLOCK.fullmatch(text)
    if found is None:
        return np.nan
    days, sign, hours, minutes, seconds, half = found.groups()
    value = int(hours) * 3600 + int(minutes) * 60 + _float(seconds or "0")
    if days is not None:
        return np.nan if sign or half else int(days) * 2 * HALF_A_DAY + value
    if half is None:
        return -value if sign else value
    if sign or not 1 <= int(hours) <= 12:
        return np.nan
    return value % HALF_A_DAY + (HALF_A_DAY if half.lower() == "p" else 0.0)


def _float(text: str) -> float:
    return float(text.replace(",", "."))
