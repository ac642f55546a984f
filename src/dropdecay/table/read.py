"""A file -> a table, and a table -> features and target, with a clear message for a bad file."""

import gzip
import os
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted, reason_of, visible
from dropdecay.table.delimited import column_names, read_delimited
from dropdecay.table.names import did_you_mean, listed

ENDINGS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".feather", ".arrow")
MAGIC = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow or Feather file",
    b"\xff\xff\xff\xff": "an Arrow stream",
    b"\x1f\x8b": "a gzip file",
    b"PK\x03\x04": "a zip file or spreadsheet",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"SQLite format 3": "a SQLite database",
}


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table from CSV, TSV (both also gzipped), Parquet, Feather or Arrow.

    The extension decides which; ``.csv`` may also be separated by semicolons, tabs or bars. Empty
    names become "column 3"; a column with neither a name nor any value is left out.

    Parameters
    ----------
    path : str or path-like

    Raises
    ------
    BadTable
        If there is no such file, it does not match its extension, or it holds no valid table. The
        message is one line and says what to do.
    """
    return table_of(source_in(path))


@dataclass(frozen=True)
class Source:
    """A table that is not parsed yet.

    Parameters
    ----------
    name : str
        What messages call it.
    ending : str
        One of ``ENDINGS``, without ``.gz``.
    data : bytes
    """

    name: str
    ending: str
    data: bytes


def source_in(path: str | os.PathLike[str]) -> Source:
    """Return the contents of a file, unzipped; raises as :func:`read_table` does."""
    path = Path(path)
    ending = _ending(path)
    data = _bytes(path)
    name = visible(path.name)
    _refuse_nothing(data, name)
    if ending.endswith(".gz"):
        data = _unzipped(data, name)
    return Source(name, ending.removesuffix(".gz"), data)


def standard_input(stream: BinaryIO) -> Source:
    """Return the CSV text that comes from standard input.

    Raises
    ------
    BadTable
        If nothing comes, or another format does.
    """
    data = stream.read()
    _refuse_nothing(data, "Standard input")
    if data.startswith(tuple(MAGIC)):
        raise BadTable(
            f"Standard input holds {_looks_like(data)}, not CSV text. Give the name of the file "
            "instead of -."
        )
    return Source("Standard input", ".csv", data)


def table_of(source: Source, *, as_written: bool = False) -> pd.DataFrame:
    """Parse a table.

    Parameters
    ----------
    source : Source
    as_written : bool
        Whether every cell stays what it is in the file: text in CSV and TSV, so that 007 is not
        7, and whole numbers and dates in the other formats, even if some are missing.

    Raises
    ------
    BadTable
        As for :func:`read_table`.
    """
    table = READERS[source.ending](source.data, source.name, as_written)
    if table.shape[0] == 0:
        raise BadTable(f"{source.name} has column names but no rows. Add at least one row.")
    return table


def _refuse_nothing(data: bytes, name: str) -> None:
    if not data:
        raise BadTable(f"{name} is empty. A table needs a line of column names, then rows.")


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


def _ending(path: Path) -> str:
    lower = path.name.lower()
    for ending in sorted(ENDINGS, key=len, reverse=True):
        if lower.endswith(ending):
            return ending
    if path.is_dir():
        raise BadTable(f"{visible(path)} is a folder. Give a file in it.")
    if not path.exists():
        raise _missing(path)
    found = f"has the extension {quoted(path.suffix)}" if path.suffix else "has no extension"
    raise BadTable(
        f"{visible(path.name)} {found}, so its format is not known. Files ending in "
        f"{', '.join(ENDINGS)} can be read. Save the table as one of these."
    )


def _missing(path: Path) -> BadTable:
    folder = path.parent
    try:
        neighbours = sorted(each.name for each in folder.iterdir())
    except OSError:
        return BadTable(
            f"{visible(path)} does not exist: there is no folder {visible(folder)}. Check the path."
        )
    return BadTable(
        f"There is no file {visible(path)}.{did_you_mean(path.name, neighbours)} Check the name "
        "and the folder."
    )


def _bytes(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise BadTable(f"{visible(path)} is a folder. Give a file in it.")
        if not path.exists():
            raise _missing(path)
        if not path.is_file():
            raise BadTable(
                f"{visible(path)} is not a regular file. Save the table to a file first."
            )
        return path.read_bytes()
    except PermissionError:
        raise BadTable(
            f"{visible(path)} cannot be read: permission denied. Ask for permission to read it."
        ) from None
    except OSError as error:
        raise BadTable(
            f"{visible(path)} cannot be read: {error.strerror}. Check the path."
        ) from None


def _unzipped(data: bytes, file: str) -> bytes:
    if not data.startswith(b"\x1f\x8b"):
        raise BadTable(
            f"{file} does not match its extension: it is {_looks_like(data)}, not a gzip file. "
            f"{_rename(file)}"
        )
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        raise BadTable(
            f"{file} is damaged or truncated: it cannot be unzipped. Copy or download it again."
        ) from None


def _looks_like(data: bytes) -> str:
    for magic, kind in MAGIC.items():
        if data.startswith(magic):
            return kind
    sample = data[:4096]
    is_text = not re.search(rb"[\x00-\x08\x0e-\x1f]", sample)
    return "text" if is_text else "something else"


def _rename(file: str) -> str:
    return f"Correct the extension, or save the table again as {Path(file).suffix}."


def _read_text(data: bytes, file: str, as_written: bool, *, tabs_only: bool) -> pd.DataFrame:
    if data.startswith(tuple(MAGIC)):
        raise BadTable(
            f"{file} does not match its extension: it is {_looks_like(data)}, not text. "
            f"{_rename(file)}"
        )
    table = read_delimited(data, file, tabs_only=tabs_only, as_written=as_written)
    return _named_or_filled(table)


def _read_csv(data: bytes, file: str, as_written: bool) -> pd.DataFrame:
    return _read_text(data, file, as_written, tabs_only=False)


def _read_tsv(data: bytes, file: str, as_written: bool) -> pd.DataFrame:
    return _read_text(data, file, as_written, tabs_only=True)


def _read_parquet(data: bytes, file: str, as_written: bool) -> pd.DataFrame:
    if not data.startswith(b"PAR1"):
        raise BadTable(
            f"{file} does not match its extension: it is {_looks_like(data)}, not a Parquet file. "
            f"{_rename(file)}"
        )
    return _from_arrow(lambda source: pa.parquet.ParquetFile(source).read(), data, file, as_written)


def _read_arrow(data: bytes, file: str, as_written: bool) -> pd.DataFrame:
    if data.startswith(b"FEA1"):
        raise BadTable(f"{file} is in Feather format 1. Save it again as Parquet.")
    if data.startswith(b"ARROW1"):
        return _from_arrow(
            lambda source: pa.ipc.open_file(source).read_all(), data, file, as_written
        )
    if data.startswith(b"\xff\xff\xff\xff"):
        return _from_arrow(
            lambda source: pa.ipc.open_stream(source).read_all(), data, file, as_written
        )
    raise BadTable(
        f"{file} does not match its extension: it is {_looks_like(data)}, not an Arrow file. "
        f"{_rename(file)}"
    )


def _from_arrow(
    read: Callable[[pa.BufferReader], pa.Table], data: bytes, file: str, as_written: bool
) -> pd.DataFrame:
    try:
        stored = read(pa.BufferReader(data))
        column_names(stored.column_names, file)
        table: pd.DataFrame = stored.to_pandas(
            date_as_object=as_written, integer_object_nulls=as_written
        )
        # A named pandas index becomes a column, as it would in a CSV file.
        named = [name for name in table.index.names if name is not None]
        table = table.reset_index(named) if named else table
    except BadTable:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise BadTable(
            f"{file} is damaged or truncated: {reason_of(error)}. Copy it or write it again."
        ) from None
    table.columns = pd.Index(column_names([str(name) for name in table.columns], file))
    return table.reset_index(drop=True)


def _named_or_filled(table: pd.DataFrame) -> pd.DataFrame:
    # A delimiter at the end of every line makes a last column with no name and no values.
    nothing = [
        name
        for position, name in enumerate(table.columns, start=1)
        if name == f"column {position}" and table[name].isna().all()
    ]
    return table.drop(columns=nothing)


READERS: dict[str, Callable[[bytes, str, bool], pd.DataFrame]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".parquet": _read_parquet,
    ".feather": _read_arrow,
    ".arrow": _read_arrow,
}
