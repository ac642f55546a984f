"""A text file -> a table in which every cell is the text that was written.

pandas would rename duplicate columns, pad short rows, shift long ones, and give each file types of
its own. Here nothing is converted, and a row that does not fit is an error with its cause.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise

import pandas as pd

from dropdecay.arrays import AnyArray
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.decoding import decoded_lines, find_encoding
from dropdecay.table.dialect import DELIMITERS
from dropdecay.table.file_table import FileTable
from dropdecay.table.heading import Heading, find_heading
from dropdecay.table.known_heading import UNNAMED, KnownColumns, known_heading
from dropdecay.table.names import listed
from dropdecay.table.regular_text import read_regular
from dropdecay.table.shapes import is_number
from dropdecay.table.text_rows import read_rows
from dropdecay.table.two_tables import REMEDY, stand_apart

SAMPLED_LINES = 1000
SAMPLED_TEXT = 1 << 20
WHOLE, SIGNED = re.compile(r"\s*\d+\s*"), re.compile(r"\s*[-+]?\d+\s*")
THOUSAND = re.compile(r"\s*[^\w\s.+-]{1,3} ?[1-9]\d{0,2}").fullmatch
LAST_DIGITS = re.compile(r"\d{3}").fullmatch
"""A currency and what stands before a comma of thousands, and behind it."""

OTHER_SEPARATORS = "^~\x01\x1f\u00a6\u00a7:"
FEWEST_LINES = 3
ROW_NAMES = "Names of rows in the first column, which has no header: left out."


def read_delimited(
    data: bytes,
    file: str,
    *,
    tabs_only: bool = False,
    columns_needed: int = 1,
    encoding: str | None = None,
    known: KnownColumns | None = None,
) -> FileTable:
    """Turn the bytes of a text file into a table of text.

    Parameters
    ----------
    data : bytes
    file : str
        Name of the file in messages.
    tabs_only : bool
        Whether only tabs may separate fields (TSV).
    columns_needed : int
        Fewer columns mean that the file is no table.
    encoding : str, optional
        Default: the one that the bytes are in.
    known : KnownColumns, optional
        Those of the model that the table is for.

    Raises
    ------
    BadTable
        If the text cannot be decoded, names are not unique, a row is longer or shorter than the
        others, or there are no rows.
    BadSetting
        If there is no such encoding.
    """
    found = find_encoding(data, file, encoding, known.encoding if known else None)

    def lines() -> Iterator[str]:
        return decoded_lines(data, found)

    first = _first(lines())
    heading = known_heading(first, known, tabs_only=tabs_only) if known else None
    heading = heading or find_heading(first, file, tabs_only=tabs_only)
    if tabs_only and heading.width == 1:
        _refuse_other_delimiter(heading, file)
    if heading.width == 1 and (mark := _unread_separator(first[heading.skip - 1 :])):
        raise BadTable(
            f"{file}: its columns seem to be separated by {quoted(mark)}, which is not read. Save "
            "it with commas, semicolons, tabs or bars between them."
        )
    if heading.width == 1 and (mark := _within_quotes(first[heading.skip - 1 :])):
        raise BadTable(
            f"{file}: every line as a whole is in double quotes, so that the {DELIMITERS[mark]} in "
            "it separates nothing. Remove the quotes around lines."
        )
    if heading.width < columns_needed:
        raise BadTable(
            f"{file}: nothing separates its lines into columns. Save the table as CSV, with commas "
            "between the fields."
        )
    names = _given_names(heading, file)
    cells, told = read_regular(heading, lines, data, found.name), heading.notes
    left_out: tuple[str, ...] = ()
    if cells is None:
        rows = read_rows(heading, lines, file)
        cells, left_out = rows.cells, rows.notes
    if heading.short and (split := _split_text(first[heading.skip :], heading)):
        raise BadTable(
            f"{file}: the header has {len(names)} names, but every row has {heading.width} fields. "
            f"A field with a {heading.dialect.word} in it, such as {quoted(split)}, must be in "
            "double quotes."
        )
    if known is None or heading.short or not known.has(names[0]):
        cells, names, notes = _without_row_names(cells, names, heading, file)
        told += notes
    names, kept = _without_nameless(names, cells, known)
    if known is None and (note := stand_apart(heading.names or names, kept)):
        told += (note,)
    return FileTable(
        pd.DataFrame(
            cells[kept].T, columns=pd.Index(names, dtype=object), dtype=object, copy=False
        ),
        (*found.notes, *told, *left_out),
        found.name,
    )


def _first(lines: Iterator[str]) -> list[str]:
    sample, size = [], 0
    for line in islice(lines, SAMPLED_LINES):
        sample.append(line)
        size += len(line)
        if size > SAMPLED_TEXT:
            break
    return sample


def _unread_separator(lines: Sequence[str]) -> str:
    """Return a mark that stands as often in every line, the names first; "": there is none."""
    rows = [line for line in lines if line.strip()]
    return next(
        (
            mark
            for mark in OTHER_SEPARATORS
            if len(rows) > FEWEST_LINES
            and len(counts := {line.count(mark) for line in rows}) == 1
            and counts != {0}
        ),
        "",
    )


def _within_quotes(lines: Sequence[str]) -> str:
    """Return the separator in lines that are quoted as a whole, the names first; "": they are not.

    Spreadsheets write so what was opened as one column.
    """
    rows = [line.strip() for line in lines if line.strip()]
    if len(rows) <= FEWEST_LINES or not all(each[0] == each[-1] == '"' for each in rows):
        return ""
    counts = {mark: {each.count(mark) for each in rows} for mark in ",;\t|"}
    return next((mark for mark, found in counts.items() if len(found) == 1 and found != {0}), "")


def _refuse_other_delimiter(heading: Heading, file: str) -> None:
    header = heading.header[0] if heading.header else ""
    for delimiter in ",;|":
        if delimiter in header:
            raise BadTable(
                f"{file} does not match its extension: its columns seem to be separated by a "
                f"{DELIMITERS[delimiter]} instead of tabs ({quoted(header)}). Rename it to end in "
                ".csv."
            )


def _given_names(heading: Heading, file: str) -> list[str]:
    """Return a name for each field of the header, or of a row if there is no header."""
    return column_names(heading.names or [""] * heading.width, file)


def column_names(given: Sequence[str], file: str) -> list[str]:
    """Return one name per column; an empty one becomes "column 3", a duplicate is an error.

    Raises
    ------
    BadTable
        If two columns have the same name.
    """
    names = [name.strip() for name in given]
    repeated = [name for name, count in Counter(names).items() if count > 1 and name]
    if repeated:
        first, second, *_ = (at for at, name in enumerate(names) if name == repeated[0])
        advice = "Rename or remove the duplicates."
        if "" in names[first:second]:
            advice = f"If two tables stand side by side, {REMEDY}."
        raise BadTable(
            f"{file} has more than one column named {listed(repeated)}. Column names must be "
            f"unique. {advice}"
        )
    for position, name in enumerate(names):
        if not name:
            fresh = f"column {position + 1}"
            while fresh in names:
                fresh += "'"
            names[position] = fresh
    return names


def _without_row_names(
    cells: AnyArray, names: list[str], heading: Heading, file: str
) -> tuple[AnyArray, list[str], tuple[str, ...]]:
    """Leave out a first column that names the rows, as R and pandas write it."""
    if not heading.short:
        unnamed = bool(heading.names) and not heading.names[0].strip() and len(names) > 1
        if unnamed and any(cells[0]) and (_are_whole(cells[0]) or _are_words(cells[0])):
            return cells[1:], names[1:], (ROW_NAMES,)
        return cells, names, ()
    if not any(cells[-1]):
        told = "The separator at the end of each row, where the header has none, left out."
        return cells[:-1], names, (told,)
    if not _name_rows(cells, heading):
        raise BadTable(
            f"{file}: the header has {len(names)} {'name' if len(names) == 1 else 'names'}, but "
            f"every row has {heading.width} fields. {_why_one_short(cells, heading)}"
        )
    return cells[1:], names, (ROW_NAMES,)


def _split_text(lines: Sequence[str], heading: Heading) -> str:
    """Return a text with a delimiter in it, if in every line one alone has a blank after it."""
    mark = heading.dialect.delimiter
    if mark not in ",;":
        return ""
    found = [
        re.findall(rf"[^{mark}]+{mark} [^{mark}\r\n]+", line)
        for line in lines
        if line.count(mark) == heading.width - 1 > 1 and heading.dialect.quote not in line
    ]
    is_everywhere = len(found) > 1 and all(len(each) == 1 for each in found)
    return found[0][0] if is_everywhere else ""


def _name_rows(cells: AnyArray, heading: Heading) -> bool:
    """Whether the first column certainly names the rows: different words, or their numbers."""
    if _are_words(cells[0]):
        # Names of two words have a blank between them.
        is_one_field = heading.dialect.delimiter != " " or heading.quoted
        return is_one_field and (heading.width > 2 or _are_numbers(cells[1]))
    if not _are_whole(cells[0]) or len(set(cells[0])) < cells.shape[1]:
        return False
    # A decimal comma would make two fields of one number. R puts names of rows in quotes.
    return heading.dialect.delimiter != "," or heading.quoted


def _why_one_short(cells: AnyArray, heading: Heading) -> str:
    for other, word in DELIMITERS.items():
        if other != " " and heading.header[0].count(other) == heading.width - 1:
            return f"Its separator is the {word}, that of the rows the {heading.dialect.word}."
    if heading.dialect.delimiter == ",":
        for place, (left, right) in enumerate(pairwise(cells)):
            # Further on, whole numbers side by side are nothing unusual.
            if all(map(THOUSAND, left)) and all(map(LAST_DIGITS, right)):
                return (
                    f"If {left[0]},{right[0]} is one number, it must be in double quotes, or save "
                    "the table with semicolons between fields; if not, give each column a name."
                )
            is_split = not place or any(each[:1] in "+-" for each in left if each)
            if is_split and all(map(SIGNED.fullmatch, left)) and _are_whole(right):
                return (
                    f"If {left[0]},{right[0]} is one number with a decimal comma, save the table "
                    "with semicolons between fields; if not, give each column a name."
                )
    return "Give each column a name."


def _are_whole(texts: AnyArray) -> bool:
    return all(map(WHOLE.fullmatch, texts))


def _are_numbers(texts: AnyArray) -> bool:
    return all(is_number(text) or not text for text in texts)


def _are_words(texts: AnyArray) -> bool:
    return len(set(texts)) == len(texts) and not any(map(is_number, texts)) and all(texts)


def _without_nameless(
    names: list[str], cells: AnyArray, known: KnownColumns | None
) -> tuple[list[str], list[int]]:
    """Leave out columns without name and values: a delimiter at the end of lines makes one."""
    kept = [
        position
        for position, name in enumerate(names)
        if not UNNAMED.fullmatch(name)
        or any(cells[position])
        or (known is not None and known.has(name))
    ]
    return [names[position] for position in kept], kept
