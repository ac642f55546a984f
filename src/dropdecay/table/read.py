"""A file -> a table, and a table -> features and target, with a clear message for a bad file."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from dropdecay.errors import BadSetting, BadTable
from dropdecay.file_limits import CELLS
from dropdecay.safe_text import quoted, reason_of, visible
from dropdecay.table.contents import REMEDIES, SHEET, binary_kind, looks_like, other_text
from dropdecay.table.delimited import column_names, read_delimited
from dropdecay.table.file_table import FileTable
from dropdecay.table.known_heading import KnownColumns
from dropdecay.table.names import did_you_mean, listed
from dropdecay.table.sheets import read_excel, read_json_lines
from dropdecay.table.unpack import UNPACKERS, missing, only_member, read_bytes, unpacked

DASH = Path("-")
"""In place of a file: standard input, or standard output."""

DAMAGE = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError,
    NotImplementedError,
)  # fmt: skip
"""What pandas and Arrow raise where a file's own words about its columns are wrong."""

SPREADSHEETS = (".xls", ".xlsm", ".xlsb", ".ods")


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return the table of a file, as :func:`read_file` reads it."""
    return read_file(path).frame


def read_file(
    path: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    known: KnownColumns | None = None,
) -> FileTable:
    """Read a table from text (CSV, TSV, TXT; also compressed), Parquet, Arrow, JSONL or Excel.

    The extension decides which. The separator, the first row and the encoding of a text are found
    out; every cell of it stays text. Empty names become "column 3"; a column with neither a name
    nor any value is left out.

    Parameters
    ----------
    path : str or path-like
    encoding : str, optional
        The encoding of a text file. Default: the one that its bytes are in.
    known : KnownColumns, optional
        Those of the model that the table is for: they tell where the rows of a text file begin, and
        every row counts, one of nothing but separators too.

    Raises
    ------
    BadTable
        If there is no such file, it does not match its extension, or it holds no valid table. The
        message is one line and says what to do.
    BadSetting
        If there is no such encoding, or the file is not text.
    """
    path = Path(path)
    name = visible(path.name)
    ending, packing = _endings(path)
    data = read_bytes(path)
    if not data:
        raise BadTable(f"{name} is empty. A table needs a line of column names, then rows.")
    if packing == ".zip":
        member, data = only_member(data, name)
        ending, _ = _endings(Path(member), f"{visible(member)} in {name}")
    elif packing:
        data = unpacked(data, packing, name, _rename(name))
    if ending in TEXTS:
        found = TEXTS[ending](data, name, encoding=encoding, known=known)
    elif encoding is not None:
        raise BadSetting(f"--encoding is for text files. {name} says itself how it is encoded.")
    else:
        found = COLUMNAR[ending](data, name)
    return _with_rows(found, name)


def standard_input() -> BinaryIO:
    """Return the bytes of standard input.

    Raises
    ------
    BadTable
        If it is closed, as by ``<&-`` or in a program without a console.
    """
    stream: TextIO | None = sys.stdin
    if stream is None:
        raise BadTable("Standard input is closed, so - has nothing to read. Give a file.")
    return stream.buffer


def read_standard_input(
    stream: BinaryIO, *, encoding: str | None = None, known: KnownColumns | None = None
) -> FileTable:
    """Read the CSV text that comes from standard input, as :func:`read_file` reads a file.

    Raises
    ------
    BadTable
        If nothing comes, or something else than a table of text.
    """
    data, name = stream.read(), "Standard input"
    if not data:
        raise BadTable(f"{name} is empty. A table needs a line of column names, then rows.")
    if kind := binary_kind(data):
        raise BadTable(
            f"{name} holds {kind}, not CSV text. Give the name of the file instead of -."
        )
    return _with_rows(_read_text(data, name, encoding=encoding, known=known), name)


def split_target(table: pd.DataFrame, column: str) -> tuple[pd.DataFrame, pd.Series]:
    """Split a table into its features and its target.

    Parameters
    ----------
    table : DataFrame
    column : str
        Name of the target column.

    Raises
    ------
    BadTable
        If there is no such column (similar names are suggested), or more than one.
    """
    names = [str(name) for name in table.columns]
    column = column if column in names else column.strip()
    if names.count(column) > 1:
        raise BadTable(
            f"The table has more than one column named {quoted(column)}. Rename or remove the "
            "duplicates."
        )
    require_column(column, names)
    position = names.index(column)
    rest = [number for number in range(len(names)) if number != position]
    return table.iloc[:, rest], table.iloc[:, position]


def require_column(column: str, names: Sequence[str]) -> None:
    """Raise BadTable, with similar names, if ``column`` is not one of the names of a table."""
    if column not in names:
        raise BadTable(
            f"The table has no column {quoted(column)}.{did_you_mean(column, names)} "
            f"Its columns are {listed(names)}."
        )


def _with_rows(found: FileTable, name: str) -> FileTable:
    if found.frame.shape[0] == 0:
        raise BadTable(f"{name} has column names but no rows. Add at least one row.")
    return found


def _endings(path: Path, called: str = "") -> tuple[str, str]:
    """Return the extension of the format, and that of the compression or an empty text."""
    lower = path.name.lower()
    packing = next((each for each in (*UNPACKERS, ".zip") if lower.endswith(each)), "")
    inner = lower.removesuffix(packing)
    ending = next((each for each in (*TEXTS, *COLUMNAR) if inner.endswith(each)), None)
    if ending is not None and (not packing or ending in TEXTS):
        return ending, packing
    if packing == ".zip" and not called:
        return "", packing
    if not called:
        _refuse_no_file(path)
    name = called or visible(path.name)
    if lower.endswith(SPREADSHEETS):
        raise BadTable(f"{name} is a spreadsheet, not a text file. {SHEET}")
    found = f"has the extension {quoted(path.suffix)}" if path.suffix else "has no extension"
    raise BadTable(
        f"{name} {found}, so its format is not known. Files ending in "
        f"{', '.join((*TEXTS, *COLUMNAR))} can be read, the first five also with "
        f"{', '.join((*UNPACKERS, '.zip'))}. Save the table as one of these."
    )


def _refuse_no_file(path: Path) -> None:
    if path.is_dir():
        raise BadTable(f"{visible(path)} is a folder. Give a file in it.")
    if not path.exists():
        raise missing(path)


def _rename(file: str) -> str:
    return f"Correct the extension, or save the table again as {Path(file).suffix}."


def _read_text(
    data: bytes,
    file: str,
    *,
    encoding: str | None,
    tabs_only: bool = False,
    columns_needed: int = 1,
    known: KnownColumns | None = None,
) -> FileTable:
    if kind := binary_kind(data):
        raise BadTable(
            f"{file} does not match its extension: it is {kind}, not text. "
            f"{REMEDIES.get(kind, _rename(file))}"
        )
    if kind := other_text(data):
        raise BadTable(f"{file} does not hold a table: it is {kind}. {REMEDIES[kind]}")
    return read_delimited(
        data, file, tabs_only=tabs_only, columns_needed=1 if known else columns_needed,
        encoding=encoding, known=known,
    )  # fmt: skip


def _read_parquet(data: bytes, file: str) -> pd.DataFrame:
    if not data.startswith(b"PAR1"):
        raise BadTable(
            f"{file} does not match its extension: it is {looks_like(data)}, not a Parquet file. "
            f"{_rename(file)}"
        )

    def read(source: pa.BufferReader) -> pa.Table:
        opened = pa.parquet.ParquetFile(source)
        about = opened.metadata
        _check_cells(about.num_rows, about.num_columns, data, file)
        return opened.read()

    return _from_arrow(read, data, file)


def _check_cells(n_rows: int, n_columns: int, data: bytes, file: str) -> None:
    """Refuse a table of more cells than a file of this size may hold: equal ones take no room."""
    CELLS.check(file, 8 * n_rows * n_columns, len(data), BadTable)


def _read_arrow(data: bytes, file: str) -> pd.DataFrame:
    if data.startswith(b"FEA1"):
        raise BadTable(f"{file} is in Feather format 1. Save it again as Parquet.")
    if data.startswith(b"ARROW1"):
        return _from_arrow(lambda source: pa.ipc.open_file(source).read_all(), data, file)
    if data.startswith(b"\xff\xff\xff\xff"):
        return _from_arrow(lambda source: pa.ipc.open_stream(source).read_all(), data, file)
    raise BadTable(
        f"{file} does not match its extension: it is {looks_like(data)}, not an Arrow file. "
        f"{_rename(file)}"
    )


def _from_arrow(
    read: Callable[[pa.BufferReader], pa.Table], data: bytes, file: str
) -> pd.DataFrame:
    try:
        stored = read(pa.BufferReader(data))
        column_names(stored.column_names, file)
        _check_cells(stored.num_rows, stored.num_columns, data, file)
        table = _as_pandas(stored)
        # A named pandas index becomes a column, as it would in a CSV file.
        named = [name for name in table.index.names if name is not None]
        table = table.reset_index(named) if named else table
    except BadTable:
        raise
    except (*DAMAGE, pa.ArrowException, OSError) as error:
        raise BadTable(
            f"{file} is damaged or truncated: {reason_of(error)}. Copy it or write it again."
        ) from None
    table.columns = pd.Index(column_names([str(name) for name in table.columns], file))
    return table.reset_index(drop=True)


def _as_pandas(stored: pa.Table) -> pd.DataFrame:
    """Return a table as pandas has it, with its index if what the file says of it is sound."""
    # As floats, long numbers beside missing ones would lose digits.
    options = {"date_as_object": False, "integer_object_nulls": True}
    try:
        table: pd.DataFrame = stored.to_pandas(**options)
    except DAMAGE:
        table = stored.replace_schema_metadata(None).to_pandas(**options)
    return table


def _without_notes(
    read: Callable[[bytes, str], pd.DataFrame],
) -> Callable[[bytes, str], FileTable]:
    """Return a reader of files that say themselves what they hold."""
    return lambda data, file: FileTable(read(data, file))


_read_loose_text = partial(_read_text, columns_needed=2)

TEXTS: dict[str, Callable[..., FileTable]] = {
    ".csv": _read_text,
    ".tsv": partial(_read_text, tabs_only=True),
    # Any text may have these extensions.
    ".txt": _read_loose_text,
    ".data": _read_loose_text,
    ".dat": _read_loose_text,
}
COLUMNAR: dict[str, Callable[[bytes, str], FileTable]] = {
    ".parquet": _without_notes(_read_parquet),
    ".feather": _without_notes(_read_arrow),
    ".arrow": _without_notes(_read_arrow),
    ".jsonl": _without_notes(read_json_lines),
    ".ndjson": _without_notes(read_json_lines),
    ".xlsx": read_excel,
}
