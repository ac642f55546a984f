"""Why a row does not have as many fields as the others, in one line with the remedy."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.dialect import DELIMITERS, Dialect, is_empty_line
from dropdecay.table.heading import Heading
from dropdecay.table.shapes import is_number
from dropdecay.table.two_tables import REMEDY, begins_another

DIGITS = re.compile(r"\s*[+-]?[^\w\s.+-]{0,3}\d+\s*")
"""Before a mark in a number; a currency may stand before."""

FRACTION = re.compile(r"\s*\d+\s*")
THOUSANDS = re.compile(r"\D{0,4}[1-9]\d{0,2},\d{3}")


@dataclass(frozen=True)
class WrongRow:
    """A row of the wrong length and what stands around it.

    Parameters
    ----------
    fields : list of str
    first, last : int
        The lines in which it begins and ends.
    following : list of str
        The fields of the next row; empty: it is the last one.
    is_cut : bool
        Whether the file ends with it, without a line break.
    text : str
        Its last line as it was written.
    is_apart : bool
        Whether an empty line stands before it.
    """

    fields: list[str]
    first: int
    last: int
    following: list[str]
    is_cut: bool
    text: str
    is_apart: bool


def reject_first_wrong_row(heading: Heading, lines: Iterable[str], file: str) -> None:
    """Raise an error about the first row that does not fit the heading, if there is one.

    Parameters
    ----------
    heading : Heading
    lines : iterable of str
        All lines of the file.
    file : str
        Name of the file in messages.

    Raises
    ------
    BadTable
    """
    seen = _Ends(islice(lines, heading.skip, None))
    reader = heading.dialect.records(seen)
    row = last = 0
    is_apart = False
    try:
        for fields in reader:
            first, last = last + 1, reader.line_num
            if heading.is_no_row(fields):
                is_apart = is_empty_line(fields)
                continue
            row += 1
            if len(fields) != heading.width:
                text = seen.final
                following = next((each for each in reader if not is_empty_line(each)), [])
                is_cut = not following and not seen.final.endswith(("\n", "\r"))
                begin, end = heading.skip + first, heading.skip + last
                wrong = WrongRow(fields, begin, end, following, is_cut, text, is_apart)
                raise BadTable(_sentence(wrong, row, heading, file))
            is_apart = False
    except csv.Error as error:
        raise BadTable(
            _about_quotes(error, heading.skip + last + 1, heading.skip + reader.line_num,
                          heading.dialect, file)
        ) from None  # fmt: skip


class _Ends:
    """Lines that pass by; the latest one is kept."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.final = ""

    def __iter__(self) -> "_Ends":
        return self

    def __next__(self) -> str:
        self.final = next(self._lines)
        return self.final


def _about_quotes(error: csv.Error, first: int, last: int, dialect: Dialect, file: str) -> str:
    mark = "double quote" if dialect.quote == '"' else "single quote"
    if "expected after" in str(error) and first == last:
        return (
            f"{file}, line {first}: the quotes do not match: text goes on after a closing {mark}. "
            f"Double every {mark} inside a field, or remove the stray one."
        )
    until = f"closes only in line {last}" if "expected after" in str(error) else "is never closed"
    return (
        f"{file}, line {first}: the quotes do not match: the one that opens a field there {until}. "
        f"Close every {mark}, and double any {mark} inside a field."
    )


def _sentence(wrong: WrongRow, row: int, heading: Heading, file: str) -> str:
    others = "the header has" if heading.header else "the others have"
    where = f"{file}, row {row} (line {wrong.first})"
    n_fields = "1 field" if len(wrong.fields) == 1 else f"{len(wrong.fields)} fields"
    cause = _cause(wrong, heading.width, heading.dialect)
    width = heading.width - heading.short
    return f"{where} has {n_fields}, {others} {width}. {cause}"


def _cause(wrong: WrongRow, width: int, dialect: Dialect) -> str:
    if any("\n" in text or "\r" in text for text in wrong.fields):
        mark = "double" if dialect.quote == '"' else "single"
        return (
            f"A {mark} quote opens in line {wrong.first} and closes only in line {wrong.last}: "
            "remove the stray one, or double it inside a field."
        )
    titled = wrong.is_apart and len(wrong.fields) == 1 < len(wrong.following)
    # Two rows may be halves of one.
    halved = len(wrong.fields) + len(wrong.following) == width + 1 and not wrong.is_apart
    certain = not halved or all(map(is_number, wrong.following))
    if titled or (certain and begins_another(wrong.fields, wrong.following)):
        return f"A second table seems to begin there: {REMEDY}."
    if len(wrong.fields) < width:
        return _why_short(wrong, width, dialect)
    return _why_long(wrong, width, dialect)


def _why_short(wrong: WrongRow, width: int, dialect: Dialect) -> str:
    fields, following = wrong.fields, wrong.following
    if wrong.is_cut:
        return (
            "The file ends there without a line break, so it seems to be cut off: copy or download "
            "it again, or remove this line."
        )
    if fields[0].lstrip().startswith(("#", "%", "//")):
        return "It seems to be a comment: remove the line."
    if len(fields) == 1:
        for other, word in DELIMITERS.items():
            if other != dialect.delimiter and fields[0].count(other) == width - 1:
                return f"Its separator is the {word}, that of other lines the {dialect.word}."
    if not following and not is_number(fields[0]) and (len(fields) == 1 or wrong.is_apart):
        return f"{quoted(wrong.text.strip())} seems to be a note below the table: remove the line."
    if following and len(following) != width and len(fields) + len(following) == width + 1:
        return (
            f"A line break in a field seems to split it: line {wrong.last + 1} holds the rest. "
            "Remove the line break, or put the field in double quotes."
        )
    if dialect.delimiter == " ":
        return "Between blanks an empty field cannot be seen: write NA for a missing value."
    return f"Fields are missing: add them, or leave them empty between {dialect.word}s."


def _why_long(wrong: WrongRow, width: int, dialect: Dialect) -> str:
    fields, comma = wrong.fields, dialect.word
    if not any(text.strip() for text in fields[width:]):
        return f"It has a {comma} too many at its end: remove it."
    if dialect.delimiter == "," and (number := _split_number(fields, len(fields) - width)):
        if THOUSANDS.fullmatch(number):
            return (
                f"Numbers seem to have commas within, such as {number}, while commas also separate "
                "the fields: put such numbers in double quotes, or save the table with semicolons "
                "between fields."
            )
        return (
            f"Numbers seem to have a decimal comma, such as {number}, while commas also separate "
            "the fields: save the table with semicolons between fields, or with decimal points."
        )
    quotes = [text for text in fields if dialect.quote in text]
    if quotes:
        return (
            f"A quote inside a field, such as {quoted(quotes[0])}, does not protect the {comma} "
            "beside it: put the whole field in double quotes, and double those inside it."
        )
    # Commas within text mostly have a blank after them, those between fields have none.
    mark = re.escape(dialect.delimiter)
    joined = re.findall(rf"[^{mark}]+{mark} [^{mark}\r\n]+", wrong.text)
    such = f", such as {quoted(joined[0])}," if len(joined) == len(fields) - width else ""
    return f"A field with a {comma} in it{such} must be in double quotes."


def _split_number(fields: Sequence[str], n_extra: int) -> str | None:
    """Return a number that its decimal comma seems to have split, if there are enough of them."""
    pairs = [
        (a.strip(), b.strip())
        for a, b in pairwise(fields)
        if DIGITS.fullmatch(a) and FRACTION.fullmatch(b)
    ]
    return ",".join(pairs[0]) if len(pairs) >= n_extra else None
