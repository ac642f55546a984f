"""CSV and TSV text -> a table: encoding, delimiter, header, rows of equal length, decimal comma.

pandas alone would rename duplicate columns, fill short rows and shift long ones without a word, so
the text is read once with Python's own reader, to find what is wrong, before pandas types it.
"""

import codecs
import csv
import io
from collections import Counter
from itertools import islice
from typing import Any

import pandas as pd

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.names import listed

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
SAMPLED_ROWS = 100
DECIMAL_COMMA = r"\s*[+-]?(?:\d+(?:,\d*)?|,\d+)(?:[eE][+-]?\d+)?\s*"


def read_delimited(data: bytes, file: str, *, tabs_only: bool) -> pd.DataFrame:
    """Turn the bytes of a CSV or TSV file into a table.

    Text is UTF-8, or UTF-16 with a byte order mark. The delimiter of a CSV file is the one of
    comma, semicolon, tab and bar that the header and the first rows agree on. Where it is the
    semicolon, a column of numbers with decimal commas becomes numbers.

    Parameters
    ----------
    data : bytes
    file : str
        What messages call the file.
    tabs_only : bool
        Whether fields are separated by tabs and nothing else (TSV).

    Raises
    ------
    BadTable
        If the text cannot be decoded, names repeat, a row is longer or shorter than the header,
        or there are no rows.
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
    )
    return _without_decimal_commas(table) if delimiter == ";" else table


def _decode(data: bytes, file: str) -> str:
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        where = "" if wide else f", line {line}"
        raise BadTable(
            f"{file}{where}: the text is not {'UTF-16' if wide else 'UTF-8'} (byte "
            f"0x{data[error.start]:02x}). Tables are read as UTF-8. Save the file as UTF-8 and "
            "try again."
        ) from None
    if "\0" in text:
        raise BadTable(
            f"{file} is not a text file: it holds zero bytes. Give the file the ending of what "
            "it is, or save it as CSV in UTF-8."
        )
    if not text.strip():
        raise BadTable(f"{file} is empty. A table needs a line of column names, and rows.")
    return text


def _records(text: str, delimiter: str) -> Any:  # Python gives the reader's type no public name
    lines = io.StringIO(text, newline="")
    return csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)


def _is_blank(record: list[str]) -> bool:
    return not record or (len(record) == 1 and not record[0].strip())


def _delimiter(text: str) -> str:
    """Return the delimiter that most sampled rows agree on with the header; a tie: more fields."""

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
    """Return the column names after looking at the length of every row."""
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
                    f"fields that hold a {DELIMITERS[delimiter]} in double quotes."
                )
    except csv.Error as error:
        raise BadTable(
            f"{file}, line {records.line_num}: the quotes do not fit together ({error}). Close "
            "every double quote, and write a double quote inside a field twice."
        ) from None
    if row == 0:
        raise BadTable(f"{file} has column names but no rows. Add at least one row.")
    return names


def _fields(count: int) -> str:
    return "1 field" if count == 1 else f"{count} fields"


def column_names(given: list[str], file: str) -> list[str]:
    """Return one name a column; an empty one becomes "column 3"; a repeated one is refused.

    Raises
    ------
    BadTable
        If two columns have the same name.
    """
    names = [name.strip() for name in given]
    repeated = [name for name, count in Counter(names).items() if count > 1 and name]
    if repeated:
        raise BadTable(
            f"{file} has more than one column named {listed(repeated)}. Column names must differ. "
            "Rename or remove the others."
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
                f"{file} is not what its ending says: its columns are not separated by tabs but, "
                f"it seems, by a {word} ({quoted(header)}). Rename it to end in .csv."
            )


def _without_decimal_commas(table: pd.DataFrame) -> pd.DataFrame:
    # Column by column, not pandas' decimal=",", which would leave a column of 1.5 as text.
    for name in table.select_dtypes(["object", "str"]):
        values = table[name].dropna().astype(str)
        if not values.empty and values.str.fullmatch(DECIMAL_COMMA).all():
            table[name] = pd.to_numeric(table[name].astype("str").str.replace(",", "."))
    return table
