"""CSV and TSV text -> a table: encoding, delimiter, header, row lengths, decimal commas.

pandas alone would silently rename duplicate columns, pad short rows and shift long ones, so the
text is first read with Python's own reader, to find what is wrong, before pandas parses it.
"""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Protocol

import pandas as pd

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.names import listed

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLED_ROWS = 100
DECIMAL_COMMA = r"\s*[+-]?(?:\d+(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?\s*"


def read_delimited(
    data: bytes, file: str, *, tabs_only: bool, as_written: bool = False
) -> pd.DataFrame:
    """Turn the bytes of a CSV or TSV file into a table.

    Text is UTF-8, or UTF-16 with a byte order mark. The delimiter of a CSV file is whichever of
    comma, semicolon, tab and bar the header and the first rows agree on. If it is the semicolon,
    columns with decimal commas become numbers.

    Parameters
    ----------
    data : bytes
    file : str
        Name of the file in messages.
    tabs_only : bool
        Whether fields can only be separated by tabs (TSV).
    as_written : bool
        Whether every field stays text, the empty ones too.

    Raises
    ------
    BadTable
        If the text cannot be decoded, names are not unique, a row is longer or shorter than the
        header, or there are no rows.
    """
    text = _decode(data, file)
    delimiter = "\t" if tabs_only else _delimiter(text)
    names = _check_rows(text, delimiter, file)
    if tabs_only and len(names) == 1:
        _refuse_other_delimiter(names[0], file)
    table = pd.read_csv(
        io.StringIO(text, newline=""),
        sep=delimiter,
        header=0,
        names=names,
        index_col=False,
        skipinitialspace=True,
        low_memory=False,  # types a column at once; chunks would mix types and warn
        dtype="str" if as_written else None,
        na_filter=not as_written,
    )
    return _without_decimal_commas(table) if delimiter == ";" and not as_written else table


def _decode(data: bytes, file: str) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = "" if wide else f", line {line}"
        raise BadTable(
            f"{file}{where}: the text is not {'UTF-16' if wide else 'UTF-8'} (byte "
            f"0x{data[error.start]:02x}). Save the file as UTF-8 and try again."
        ) from None
    if "\0" in text:
        raise BadTable(
            f"{file} is not a text file: it contains zero bytes. Give it the extension of its "
            "real format, or save it as CSV in UTF-8."
        )
    if not text.strip():
        raise BadTable(f"{file} is empty. A table needs a line of column names, then rows.")
    return text


class _Records(Protocol):
    """What ``csv.reader`` returns; its type has no public name before Python 3.13."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


def _records(text: str, delimiter: str) -> _Records:
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _delimiter(text: str) -> str:
    """Return the delimiter for which most sampled rows match the header; in a tie, more fields."""

    def agreement(delimiter: str) -> tuple[int, int]:
        records = (each for each in _records(text, delimiter) if not _is_blank(each))
        try:
            sample = [len(each) for each in islice(records, SAMPLED_ROWS)]
        except csv.Error:
            return (0, 0)
        split = sample[0] > 1
        return (split * sample.count(sample[0]), split * sample[0])

    return max(DELIMITERS, key=agreement)


def _check_rows(text: str, delimiter: str, file: str) -> list[str]:
    """Check the length of every row, and return the column names."""
    records = _records(text, delimiter)
    names: list[str] = []
    row = 0
    try:
        for record in records:
            if _is_blank(record):
                continue
            if not names:
                names = column_names(record, file)
                continue
            row += 1
            if len(record) != len(names):
                raise BadTable(
                    f"{file}, row {row} (line {records.line_num}) has {_fields(len(record))}, the "
                    f"header has {len(names)}. Every row needs as many fields as the header; put "
                    f"fields that contain a {DELIMITERS[delimiter]} in double quotes."
                )
    except csv.Error as error:
        raise BadTable(
            f"{file}, line {records.line_num}: the quotes do not match ({error}). Close every "
            "double quote, and double any double quote inside a field."
        ) from None
    if row == 0:
        raise BadTable(f"{file} has column names but no rows. Add at least one row.")
    return names


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def column_names(given: list[str], file: str) -> list[str]:
    """Return one name per column; an empty one becomes "column 3", a duplicate is an error.

    Raises
    ------
    BadTable
        If two columns have the same name.
    """
    names = [name.strip() for name in given]
    repeated = [name for name, count in Counter(names).items() if count > 1 and name]
    if repeated:
        raise BadTable(
            f"{file} has more than one column named {listed(repeated)}. Column names must be "
            "unique. Rename or remove the duplicates."
        )
    for position, name in enumerate(names):
        if not name:
            fresh = f"column {position + 1}"
            while fresh in names:
                fresh += "'"
            names[position] = fresh
    return names


def _refuse_other_delimiter(header: str, file: str) -> None:
    for delimiter, word in DELIMITERS.items():
        if delimiter in header:
            raise BadTable(
                f"{file} does not match its extension: its columns seem to be separated by a "
                f"{word} instead of tabs ({quoted(header)}). Rename it to end in .csv."
            )


def _without_decimal_commas(table: pd.DataFrame) -> pd.DataFrame:
    # Column by column: with decimal="," pandas would leave a column with 1.5 as text.
    for name in table.select_dtypes(exclude=["number", "bool"]):
        values = table[name].dropna().astype(str)
        if not values.empty and values.str.fullmatch(DECIMAL_COMMA).all():
            table[name] = pd.to_numeric(table[name].str.replace(",", "."))
    return table
