"""Where the rows of a later text file begin, by the names and the reading that a model has kept.

A part of a file may look unlike the whole: its first row may seem to be units, its only column may
hold commas, its nameless column may be empty. What the model knows decides before how it looks.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from dropdecay.errors import BadTable
from dropdecay.table.dialect import Dialect, dialects, find_dialect, readable
from dropdecay.table.heading import COMMENT, MAX_TITLE_LINES, Heading
from dropdecay.table.reading import Reading

OF_QUALTRICS = '{""ImportId""'
UNNAMED = re.compile(r"column \d+'*")


@dataclass(frozen=True)
class KnownColumns:
    """The columns that a model was fitted on, by which it recognises those of a later file.

    Parameters
    ----------
    reading : Reading
    others : tuple of str
        Of the same table, without being features, such as the target.
    encoding : str, optional
        Of the file of that table.
    """

    reading: Reading
    others: tuple[str, ...] = ()
    encoding: str | None = None

    @property
    def needed(self) -> frozenset[str]:
        """The columns without which nothing can be predicted."""
        return frozenset(each.name for each in self.reading.learnt_from)

    def has(self, name: str) -> bool:
        """Return whether the table of the fit had a column of this name."""
        return name in self.others or any(each.name == name for each in self.reading.columns)

    def n_of(self, names: Sequence[str]) -> int:
        """Return how many of some names, as they are written, the table of the fit had."""
        return sum(self.has(each.strip()) for each in names)

    def holds(self, names: Sequence[str], fields: Sequence[str]) -> bool:
        """Return whether fields may be a row of the table."""
        row = pd.DataFrame([list(fields)], columns=list(names), dtype=object)
        try:
            self.reading.typed(row[[each.name for each in self.reading.learnt_from]])
        except BadTable:
            return False
        return True


def known_heading(lines: Sequence[str], known: KnownColumns, *, tabs_only: bool) -> Heading | None:
    """Return the heading that holds the known names above rows of their length, if there is one.

    Parameters
    ----------
    lines : sequence of str
        The first lines of the file, with their ends.
    known : KnownColumns
    tabs_only : bool
        Whether only tabs may separate fields.
    """
    if any(OF_QUALTRICS in line for line in lines[1:3]):
        return None  # its questions would pass for a row of text
    possible = dialects(lines, tabs_only=tabs_only)
    for at in range(min(len(lines), MAX_TITLE_LINES)):
        found = [each for dialect in possible for each in _named(lines, at, dialect, known)]
        if found:
            return max(found, key=lambda each: (known.n_of(each.names), each.width))
    if all(map(UNNAMED.fullmatch, known.needed)):
        for dialect in (find_dialect(lines, tabs_only=tabs_only), *possible):
            heading = _nameless(lines, dialect, known)
            if heading is not None:
                return heading
    return None


def _named(
    lines: Sequence[str], at: int, dialect: Dialect, known: KnownColumns
) -> Iterator[Heading]:
    """Return the headings whose names are in line ``at``, with and without a mark before them."""
    for mark in {0, _end_of_mark(lines[at])}:
        records = dialect.records([lines[at][mark:], *lines[at + 1 :]])
        fields = next(readable(records), [])
        skip, names = at + records.line_num, filled(fields)
        if (
            known.needed <= set(names)
            and known.n_of(fields)
            and _fit(list(readable(records)), names, known)
        ):
            yield Heading(
                dialect, skip, tuple(fields), len(fields), tuple(fields), keeps_empty=True
            )


def _end_of_mark(line: str) -> int:
    """Return where a line goes on after the mark of a comment: names may stand in one."""
    mark = COMMENT.match(line)
    return mark.end() if mark else 0


def _nameless(lines: Sequence[str], dialect: Dialect, known: KnownColumns) -> Heading | None:
    """Return the heading of a file that begins with its rows."""
    rows = list(readable(dialect.records(lines)))
    names = filled([""] * len(rows[0])) if rows else []
    if not known.needed <= set(names) or not _fit(rows, names, known):
        return None
    told = f"No line of column names: the columns are called 'column 1' to 'column {len(names)}'."
    return Heading(dialect, 0, (), len(names), keeps_empty=True, notes=(told,))


def filled(fields: Sequence[str]) -> list[str]:
    """Return names without blanks around them, "column 3" for the third if it has none."""
    return [each.strip() or f"column {place + 1}" for place, each in enumerate(fields)]


def _fit(rows: Sequence[Sequence[str]], names: Sequence[str], known: KnownColumns) -> bool:
    """Return whether rows have a field for each name, and the first can be read."""
    return (
        bool(rows)
        and all(len(each) == len(names) for each in rows)
        and len(set(names)) == len(names)
        and known.holds(names, rows[0])
    )
