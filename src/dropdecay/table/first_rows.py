"""Whether the first rows of a table hold names, values or units, told by the rows below them."""

import re
from collections.abc import Sequence
from itertools import pairwise

from dropdecay.table.shapes import are_numbers, is_blank, is_number, shape

UNIT = re.compile(r"\s*(\(.*\)|\[.*\]|\{.*\}|<.*>|%)\s*")
TYPES = frozenset(
    {"float", "double", "int", "integer", "numeric", "number", "num", "real", "continuous"}
    | {"string", "str", "text", "object"}
)
MAX_UNIT = 3
SAME_SHAPE = 0.9
LONG = 8

Rows = Sequence[Sequence[str]]


def _columns(width: int, rows: Rows) -> list[tuple[str, ...]]:
    return list(zip(*(row for row in rows if len(row) == width), strict=True))


def holds_data(first: Sequence[str], rows: Rows) -> bool:
    """Whether a first row certainly holds values, so that the table has no column names.

    Each field must be like those below it, and something in the row must be impossible or very
    unusual among names: a value that stands twice, one that comes again below, a fraction.

    Parameters
    ----------
    first : sequence of str
    rows : sequence of sequence of str
        The rows below; those of another length do not count.
    """
    # In files put together from several the header comes again, and its words with it.
    is_worded = not any(map(is_number, first))
    others = [row for row in rows if list(row) != list(first)] if is_worded else rows
    columns = _columns(len(first), others)
    given = [text.strip() for text in first if not is_blank(text)]
    if not columns or not given:
        return False
    likeness = [
        _likeness(text.strip(), column) for text, column in zip(first, columns, strict=True)
    ]
    if not all(likeness):
        return False
    # A word such as "?" or "NA" is no name either.
    no_names = any(text.strip() and is_blank(text) for text in first)
    if no_names or {"repeated", "shape"} & set(likeness):
        return True
    if _is_series(given):
        return False
    return len(set(given)) < len(given) or _are_unlike_names(first, columns)


def _likeness(text: str, column: Sequence[str]) -> str:
    """Return in what a field is like those below it; "": in nothing."""
    if is_blank(text):
        return "blank"
    if are_numbers(tuple(column)):
        return "number" if is_number(text) else ""
    stripped = [each.strip() for each in column]
    if text in stripped and is_number(text):
        return "number"
    if text in stripped and sum(map(is_number, column)) <= len(column) / 2:
        return "repeated"
    alike = sum(shape(each) == shape(text) for each in stripped)
    return "shape" if text[:1].isdecimal() and alike >= SAME_SHAPE * len(column) else ""


def _value(text: str) -> float:
    return float(text.strip().rstrip("% ").replace(",", "."))


def _is_series(texts: Sequence[str]) -> bool:
    """Whether numbers go up in equal steps, as column numbers, years and wavelengths do."""
    values = [_value(text) for text in texts]
    steps = [after - before for before, after in pairwise(values)]
    if len(values) < 3:
        return all(step == 1 for step in steps)
    up = all(step > 0 for step in steps)
    return up and (len(values) >= LONG or max(steps) - min(steps) < 1e-6 * max(steps))


def _are_unlike_names(first: Sequence[str], columns: Sequence[Sequence[str]]) -> bool:
    """Whether numbers have a sign or a fraction, or lie among those of their columns."""
    within = total = 0
    for text, column in zip(first, columns, strict=True):
        if is_blank(text):
            continue
        if not text.strip().isdecimal():
            return True
        values = [_value(each) for each in column if not is_blank(each)]
        total += 1
        within += min(values) <= _value(text) <= max(values)
    return 2 * within >= total


def is_certain_header(first: Sequence[str], rows: Rows) -> bool:
    """Whether a row certainly holds names: different words, one of them above numbers."""
    given = [text.strip() for text in first]
    if len(given) < 2 or not all(given) or len(set(given)) < len(given):
        return False
    if any(map(is_number, given)):
        return False
    return any(map(are_numbers, _columns(len(given), rows)))


def is_second_header(second: Sequence[str], rows: Rows, *, certain: bool) -> bool:
    """Whether a row below the names holds units or further names: text above numbers.

    Parameters
    ----------
    second : sequence of str
    rows : sequence of sequence of str
        The rows below it.
    certain : bool
        Whether the names alone would not do, so that one column of numbers is enough evidence.
    """
    given = [text for text in second if text.strip()]
    if not given or any(map(is_number, given)):
        return False
    above = [
        text
        for text, column in zip(second, _columns(len(second), rows), strict=False)
        if text.strip() and are_numbers(column)
    ]
    if not above:
        return False
    if certain or all(map(UNIT.fullmatch, given)):
        return True
    if any(map(is_blank, above)) or len(above) < 2 or 2 * len(above) < len(second):
        return False
    words = {text.strip().lower() for text in above}
    # One word in all columns may as well be a value: "offline".
    return len(words) > 1 or words <= TYPES or max(map(len, words)) <= MAX_UNIT
