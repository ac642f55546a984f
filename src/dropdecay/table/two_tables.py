"""Whether a file holds two tables, one below the other or side by side: only the first can be read.

Of a second one below, the names stand where the first has numbers.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import filterfalse

import numpy as np
import pandas as pd

from dropdecay.errors import BadTable
from dropdecay.table.finding import Finding
from dropdecay.table.missing import LIKELY_WORDS, is_text_like
from dropdecay.table.names import listed
from dropdecay.table.shapes import is_blank, is_number

FEWEST = 2
"""So many names must stand below numbers, and so many rows above them."""

REMEDY = "save each table as a file of its own"


def begins_another(fields: Sequence[str], following: Sequence[str]) -> bool:
    """Whether a row of a wrong length, and the next one, look like names and values.

    Parameters
    ----------
    fields, following : sequence of str
        The latter is empty at the end of the file.
    """
    names = [each.strip() for each in fields]
    are_names = len(names) > 1 and all(names) and len(set(names)) == len(names)
    are_names = are_names and not any(map(is_number, names))
    return are_names and len(following) == len(fields) and any(map(is_number, following))


def stand_apart(names: Sequence[str], kept: Sequence[int]) -> str:
    """Return a note on a column without name and values that stands between others; or "".

    Parameters
    ----------
    names : sequence of str
        As they were written, one a column.
    kept : sequence of int
        The columns that have a name or values.
    """
    gaps = [place for place in range(min(kept, default=0), max(kept, default=0))
            if place not in kept and not names[place].strip()]  # fmt: skip
    if not gaps:
        return ""
    return (
        f"Column {gaps[0] + 1} has neither a name nor values and is left out. If two tables stand "
        f"side by side, {REMEDY}."
    )


def second_names(frame: pd.DataFrame, columns: Iterable[str]) -> tuple[Finding, ...]:
    """Return that a row holds names where the rows above hold numbers, if one does.

    Parameters
    ----------
    frame : DataFrame
    columns : iterable of str
        Those that may hold words among numbers.
    """
    by_row: dict[int, list[str]] = {}
    for name in columns:
        if is_text_like(frame[name]) and (row := _first_name(frame[name])):
            by_row.setdefault(row, []).append(name)
    for row, below in sorted(by_row.items()):
        names = [str(frame[name].iloc[row]).strip() for name in below]
        has_numbers = any(map(is_number, map(str, frame.iloc[row])))
        if len(set(names)) == len(names) >= FEWEST and not has_numbers:
            sentence = (
                f"Row {row + 1} holds {listed(names)} where all rows above hold numbers: a second "
                "table, or another line of names, seems to begin there."
            )
            return (Finding("second-table", None, sentence, REMEDY, grave=True),)
    return ()


def refuse_second_table(frame: pd.DataFrame) -> None:
    """Refuse a table in which a second one begins.

    Raises
    ------
    BadTable
    """
    for found in second_names(frame, map(str, frame)):
        raise BadTable(f"{found.sentence} {REMEDY.capitalize()}, or remove the line.")


def _first_name(column: pd.Series) -> int:
    """Return the first row that holds a word below numbers; 0: there is none that may be a name.

    Words that come again, or have digits, may as well be values.
    """
    texts = list(map(str, np.asarray(column, object)))
    # Looked for first, since most columns have none.
    name = next(filterfalse(_is_no_name, filterfalse(_has_digit, texts)), None)
    if name is None:
        return 0
    row = texts.index(name)
    above = list(filterfalse(_is_no_name, texts[:row]))
    is_below = len(above) >= FEWEST and all(map(is_number, above))
    return row if is_below and texts.count(name) == 1 else 0


def _is_no_name(text: str) -> bool:
    return is_blank(text) or text.strip().lower() in LIKELY_WORDS


_has_digit = re.compile(r"\d").search
