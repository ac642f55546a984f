"""The rows of a text file -> columns of text, at once lean and strict."""

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.errors import BadTable
from dropdecay.table.heading import Heading
from dropdecay.table.wrong_rows import reject_first_wrong_row

ROWS_AT_ONCE = 500
MAX_KNOWN = 1 << 16
MAX_IN_VAIN = 5


@dataclass(frozen=True)
class TextRows:
    """The cells of a file.

    Parameters
    ----------
    cells : array of str, shape (n_columns, n_rows)
    notes : tuple of str
        How many lines were left out.
    """

    cells: AnyArray
    notes: tuple[str, ...]


def read_rows(heading: Heading, lines: Callable[[], Iterable[str]], file: str) -> TextRows:
    """Read all rows below a heading.

    Parameters
    ----------
    heading : Heading
    lines : callable
        Returns all lines of the file, from the first one, as often as it is called.
    file : str
        Name of the file in messages.

    Raises
    ------
    BadTable
        If a row has another number of fields, quotes do not match, or there are no rows.
    """
    filtered = _Filter(heading)
    shared = _Shared(heading.width)
    parts = []
    try:
        records = iter(heading.dialect.records(islice(lines(), heading.skip, None)))
        while chunk := list(islice(records, ROWS_AT_ONCE)):
            if rows := filtered.rows(chunk):
                parts.append(shared.columns(rows))
    except (csv.Error, _WrongLength):
        reject_first_wrong_row(heading, lines(), file)
        raise
    if not parts:
        there = "column names but no rows" if heading.header else "no rows"
        raise BadTable(f"{file} has {there}. Add at least one row.")
    return TextRows(np.concatenate(parts, axis=1), filtered.notes())


class _Shared:
    """Columns of text in which equal cells are one object, as far as a bounded memory goes."""

    def __init__(self, width: int) -> None:
        self._known: dict[str, str] = {}
        self._in_vain = [0] * width  # chunks in a row in which a column repeated nothing

    def columns(self, rows: list[list[str]]) -> AnyArray:
        """Return the cells of some rows, shape (n_columns, n_rows)."""
        known = self._known
        if len(known) > MAX_KNOWN:
            known.clear()
        cells = np.empty((len(rows[0]), len(rows)), dtype=object)
        for position, column in enumerate(zip(*rows, strict=True)):
            if self._in_vain[position] > MAX_IN_VAIN:
                cells[position] = column
                continue
            before = len(known)
            cells[position] = list(map(known.setdefault, column, column))
            is_new = len(known) - before > 0.9 * len(column)
            self._in_vain[position] = self._in_vain[position] + 1 if is_new else 0
        return cells


class _WrongLength(Exception):
    """A row does not have as many fields as the others."""


class _Filter:
    """Rows of values from records, less empty lines and repeated headers, which are counted."""

    def __init__(self, heading: Heading) -> None:
        self._heading, self._width = heading, heading.width
        self._header = list(heading.header)
        self._n_empty = self._n_headers = 0
        self._n_pending = 0  # blank lines of a single column: values, unless the file ends

    def rows(self, chunk: list[list[str]]) -> list[list[str]]:
        """Return the rows among some records.

        Raises
        ------
        _WrongLength
        """
        regular = set(map(len, chunk)) == {self._width} and self._header not in chunk
        if regular and self._width > 1 and all(map(any, chunk)):
            return chunk
        return list(self._wanted(chunk))

    def _wanted(self, chunk: Iterable[list[str]]) -> Iterator[list[str]]:
        for record in chunk:
            if self._width == 1 and not record:
                self._n_pending += 1
                continue
            yield from ([""] for _ in range(self._n_pending))
            self._n_pending = 0
            if self._heading.is_no_row(record):
                self._n_headers += any(record)
                self._n_empty += len(record) > 1 and not any(record)
            elif len(record) == self._width:
                yield record
            else:
                raise _WrongLength

    def notes(self) -> tuple[str, ...]:
        """Return one line for each kind of line left out."""
        counted = (
            (self._n_empty, "of nothing but separators"),
            (self._n_headers, "repeating the column names"),
        )
        return tuple(
            f"{count} {'line' if count == 1 else 'lines'} {kind} left out."
            for count, kind in counted
            if count
        )
