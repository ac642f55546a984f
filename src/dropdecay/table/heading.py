"""Where the rows of a text file begin, and what its columns are called.

Before the rows there may be a line for a spreadsheet program (``sep=;``), comments, a title, the
column names or none, and a second line with units. What is in doubt is taken as column names.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.dialect import Dialect, find_dialect, is_empty_line, usual_width
from dropdecay.table.first_rows import holds_data, is_certain_header, is_second_header
from dropdecay.table.names import listed

COMMENT = re.compile(r"[#%]+\s*")
SEPARATOR_LINE = re.compile(r'"?sep=(?P<delimiter>[,;|\t])"?[,;|\t\s]*', re.IGNORECASE)
MAX_TITLE_LINES = 50
MAX_JUDGED = 250
MAX_EXTRA_HEADERS = 3

LOGGERS, LOGGER_LINES = ("TOA5",), 4
"""How files of Campbell Scientific's loggers begin; names, units and kinds follow, a line each."""

IMPORT_ID = re.compile(r'\{"ImportId": ?".*\}')
"""What Qualtrics writes for every column in the third line; the second holds its question."""

KINDS_OF_ORANGE = {"continuous", "c", "discrete", "d", "string", "s", "text", "time", "t", "basket"}
ROLES_OF_ORANGE = {"class", "c", "meta", "m", "weight", "w", "ignore", "i"}
"""What its second and third line say of columns; further words may be pairs such as ``a=b``."""


@dataclass(frozen=True)
class Heading:
    """What stands before the rows of values.

    Parameters
    ----------
    dialect : Dialect
    skip : int
        Lines before the first row.
    names : tuple of str
        The names as written, one for each field of a row; empty: there are none.
    width : int
        Fields in a row.
    header : tuple of str
        The fields of the line of names, by which a repetition of it is recognised.
    short : bool
        Whether the names are one fewer than the fields.
    quoted : bool
        Whether the first row begins with a quotation mark.
    keeps_empty : bool
        Whether a row of nothing but separators is one; else it is left out.
    notes : tuple of str
    """

    dialect: Dialect
    skip: int
    names: tuple[str, ...]
    width: int
    header: tuple[str, ...] = ()
    short: bool = False
    quoted: bool = False
    keeps_empty: bool = False
    notes: tuple[str, ...] = field(default=())

    def is_no_row(self, record: Sequence[str]) -> bool:
        """Whether a record below is an empty line, only separators, or the header once more."""
        if not any(record):
            # In a file of one column an empty line is a missing value.
            if self.width == 1:
                return len(record) > 1
            return not (self.keeps_empty and len(record) == self.width)
        return tuple(record) == self.header


@dataclass(frozen=True)
class _Record:
    """The fields of a record, and the number of the line after which it ends."""

    fields: list[str]
    end: int


def find_heading(lines: Sequence[str], file: str, *, tabs_only: bool) -> Heading:
    """Find out how a file begins.

    Parameters
    ----------
    lines : sequence of str
        The first lines of the file, with their ends.
    file : str
        Name of the file in messages.
    tabs_only : bool
        Whether only tabs may separate fields.

    Raises
    ------
    BadTable
        If there is no text, or no row.
    """
    at, given = _separator_line(lines)
    start = at + _n_comments(lines[at:])
    dialect = given or find_dialect(lines[start:], tabs_only=tabs_only)
    records = _records(dialect, lines, start)
    if not records:
        raise BadTable(f"{file} is empty. A table needs a line of column names, then rows.")
    if start > at and (names := _names_in_comment(dialect, lines[at:start], records)) is not None:
        return _named(dialect, [_Record(names, start), *records], ())
    notes: tuple[str, ...] = ()
    if n_comments := sum(map(_is_comment, lines[at:start])):
        notes = (f"{_counted(n_comments, 'comment line')} at the beginning left out.",)
    title = _n_title_lines(records)
    if title:
        notes += (_told_of_title(records, title),)
        records = records[title:]
    heading = _of_logger(dialect, records) or _named(dialect, records, notes)
    row = next((line for line in lines[heading.skip :] if line.strip()), "")
    return replace(heading, quoted=row.lstrip().startswith(dialect.quote))


def sheet_heading(rows: Sequence[Sequence[str]]) -> Heading:
    """Find out where the rows of a sheet begin, below a title and one or more lines of names.

    Parameters
    ----------
    rows : sequence of sequence of str
        Its first rows as text, all of one length.
    """
    records = [_Record(list(each), place) for place, each in enumerate(rows[:MAX_JUDGED], 1)]
    filled = [sum(bool(text.strip()) for text in each.fields) for each in records]
    title = next((place for place, count in enumerate(filled) if count > 1), 0)
    notes = (_told_of_title(records, title),) if title else ()
    first, *others = records[title:]
    names = tuple(first.fields)
    heading = Heading(Dialect(","), first.end, names, len(names), names, notes=notes)
    return _with_second_header(heading, others)


def _told_of_title(records: Sequence[_Record], title: int) -> str:
    written = (text for record in records[:title] for text in record.fields if text.strip())
    if first := next(written, ""):
        shown = f": {quoted(first)}" if title == 1 else f", from {quoted(first)} on"
    else:
        shown = ""
    return f"{_counted(title, 'line')} before the column names left out{shown}."


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _separator_line(lines: Sequence[str]) -> tuple[int, Dialect | None]:
    """Return how many lines say which delimiter is used (none or one), and the dialect."""
    found = SEPARATOR_LINE.fullmatch(lines[0]) if lines else None
    return (1, Dialect(found["delimiter"])) if found else (0, None)


def _is_comment(line: str) -> bool:
    return COMMENT.match(line) is not None


def _n_comments(lines: Sequence[str]) -> int:
    """Return how many lines at the beginning are comments or empty, if others follow."""
    for position, line in enumerate(lines):
        if line.strip() and not _is_comment(line):
            return position if any(map(_is_comment, lines[:position])) else 0
    return 0


def _records(dialect: Dialect, lines: Sequence[str], start: int) -> list[_Record]:
    """Return the records after ``start`` lines, up to the first with a wrong quotation mark."""
    reader = dialect.records(lines[start:])
    records = []
    try:
        for fields in reader:
            if not is_empty_line(fields):
                records.append(_Record(fields, start + reader.line_num))
    except csv.Error:
        pass
    if not records and any(line.strip() for line in lines[start:]):
        # The very first record is wrong: it has to be reported as one.
        records.append(_Record(lines[start].split(dialect.delimiter), start + 1))
    return records


def _names_in_comment(
    dialect: Dialect, comments: Sequence[str], records: Sequence[_Record]
) -> list[str] | None:
    """Return the column names if the last comment line holds them, as numpy.savetxt writes them."""
    line = [each for each in comments if each.strip()][-1]
    # "#rooms" and "% fat" are names, "# rooms" is a comment with a name in it.
    marked = re.match(r"#+\s+", line)
    text = line[marked.end() :] if marked else line
    try:
        names = next(dialect.records([text]), [])
    except csv.Error:
        return None
    rows = [record.fields for record in records]
    if len(names) < 2 or len(names) != usual_width(map(len, rows)):
        return None
    first, *others = rows
    return None if is_certain_header(first, others) else names


def _n_title_lines(records: Sequence[_Record]) -> int:
    """Return how many records come before the column names: text that is no row of the table."""
    fields = [record.fields for record in records[:MAX_JUDGED]]
    usual = usual_width(map(len, fields))
    if usual < 2:
        return 0
    whole = (at for at, each in enumerate(fields) if len(each) == usual and _n_filled(each) > 1)
    first = next(whole, 0)
    if first > MAX_TITLE_LINES or is_certain_header(fields[first], fields[first + 1 :]):
        return min(first, MAX_TITLE_LINES)
    # The line before may be names that are one short: those of the rows have none.
    if first and len(fields[first - 1]) == usual - 1:
        first -= 1
    return first if all(_n_filled(each) == 1 for each in fields[:first]) else 0


def _n_filled(fields: Sequence[str]) -> int:
    """Return the number of fields up to the last one with text in it."""
    filled = [position for position, text in enumerate(fields, start=1) if text.strip()]
    return max(filled, default=0)


def _named(dialect: Dialect, records: Sequence[_Record], notes: tuple[str, ...]) -> Heading:
    """Return the heading of which the first record holds the names, unless it holds values."""
    first = records[0]
    rows = [record.fields for record in records[1:] if any(record.fields)]
    width = len(first.fields)
    usual = usual_width(map(len, rows)) if rows else width
    fitting = [row for row in rows if len(row) == usual]
    if usual == width and holds_data(first.fields, fitting):
        skip = first.end - _height(records, 0)
        told = f"No line of column names: the columns are called 'column 1' to 'column {width}'."
        return Heading(dialect, skip, (), width, notes=(*notes, told))
    header = tuple(first.fields)
    if usual == width - 1 and not first.fields[-1].strip():
        # A delimiter at the end of the header alone.
        return Heading(dialect, first.end, header[:-1], usual, header, notes=notes)
    if usual == width + 1 and len(fitting) == len(rows):
        heading = Heading(dialect, first.end, header, usual, header, short=True, notes=notes)
    else:
        heading = Heading(dialect, first.end, header, width, header, notes=notes)
    return _with_second_header(heading, records[1:])


def _of_logger(dialect: Dialect, records: Sequence[_Record]) -> Heading | None:
    """Return the heading of a file of a data logger: its settings, then names, units and kinds."""
    if records[0].fields[0].strip() not in LOGGERS or len(records) < LOGGER_LINES:
        return None
    names, units, kinds = (each.fields for each in records[1:LOGGER_LINES])
    if not len(names) == len(units) == len(kinds):
        return None
    told = "The lines in which a data logger keeps its settings and units left out."
    end = records[LOGGER_LINES - 1].end
    return Heading(dialect, end, tuple(names), len(names), tuple(names), notes=(told,))


def _height(records: Sequence[_Record], position: int) -> int:
    """Return how many lines a record takes up: those that its line breaks make."""
    return 1 + sum(text.count("\n") or text.count("\r") for text in records[position].fields)


def _with_second_header(heading: Heading, records: Sequence[_Record]) -> Heading:
    """Return the heading with what further lines of text above columns of numbers say."""
    if _are_of_orange(heading, [each.fields for each in records[:3]]):
        told = "The lines in which Orange keeps kinds and roles of columns left out."
        return replace(heading, skip=records[1].end, notes=(*heading.notes, told))
    for record in records[:2]:
        if all(map(IMPORT_ID.fullmatch, record.fields)):
            told = "The lines in which Qualtrics keeps questions and numbers of columns left out."
            return replace(heading, skip=record.end, notes=(*heading.notes, told))
    for _ in range(MAX_EXTRA_HEADERS):
        rows = [each.fields for each in records if len(each.fields) == heading.width]
        if heading.short or not records or len(records[0].fields) != heading.width:
            return heading
        second = records[0].fields
        joined = _joined(heading.names, second)
        completes = len(set(heading.names)) < len(set(joined)) == len(heading.names) or any(
            text.strip() and not name.strip()
            for name, text in zip(heading.names, second, strict=True)
        )
        if not is_second_header(second, rows[1:], certain=completes):
            return heading
        if completes:
            told = f"Two lines of column names joined: {listed(joined)}."
            heading = replace(heading, names=joined, notes=(*heading.notes, told))
        else:
            shown = quoted(next(text for text in second if text.strip()))
            told = f"The second line of column names, such as {shown}, left out."
            heading = replace(heading, notes=(*heading.notes, told))
        heading = replace(heading, skip=records[0].end)
        records = records[1:]
    return heading


def _are_of_orange(heading: Heading, rows: Sequence[Sequence[str]]) -> bool:
    """Whether the next two rows are the second and third line of a file of Orange.

    Kinds, or the values of a discrete column; then roles, of which there must be one.
    """
    if len(rows) < 3 or heading.short or {len(each) for each in rows} != {heading.width}:
        return False
    kinds, roles = ([text.strip().lower() for text in each] for each in rows[:2])
    known = [each in KINDS_OF_ORANGE for each in kinds]
    listed_values = [" " in each for each in kinds]
    words = [word for each in roles for word in each.split()]
    return (
        any(known)
        and all(one or other for one, other in zip(known, listed_values, strict=True))
        and any(word in ROLES_OF_ORANGE for word in words)
        and all(word in ROLES_OF_ORANGE or "=" in word for word in words)
        and "" in roles
    )


def _joined(names: Sequence[str], second: Sequence[str]) -> tuple[str, ...]:
    """Return the names of both lines; an empty one of the first continues the one before it."""
    joined, upper = [], ""
    for name, lower in zip(names, second, strict=True):
        upper = name.strip() or upper
        joined.append(f"{upper} {lower.strip()}".strip())
    return tuple(joined)
