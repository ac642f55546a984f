"""A folder, pattern or list of Parquet files -> one table that is read part by part.

Only the ends of the files are read until rows are asked for. Rows are numbered through all files,
in the order of their names, and come in parts of equal size however they are split into files.
"""

import glob
import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from dropdecay.arrays import Int64
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted, reason_of, visible
from dropdecay.table.read import require_column

PART_ROWS = 65_536
"""Rows that are read at a time."""

ENDING = ".parquet"

INDEX = "__index_level_"
"""Names of the columns in which pandas keeps row numbers of its own."""

READ_BYTES = 2**20


@dataclass(frozen=True)
class ParquetFile:
    """One file of a table.

    Parameters
    ----------
    path : path
    name : str
        Below the folder that holds all files.
    n_rows : int
    """

    path: Path
    name: str
    n_rows: int


@dataclass(frozen=True)
class ParquetFiles:
    """A table in Parquet files, which may be larger than memory; from :func:`parquet_files`.

    Parameters
    ----------
    files : tuple of ParquetFile
        In the order of their names.
    names : tuple of str
        Of the columns that are used.
    encoder_rows : int or None
        How many rows teach the encoder; None: as many as are usual for so many rows.
    """

    files: tuple[ParquetFile, ...]
    names: tuple[str, ...]
    encoder_rows: int | None = None

    def __len__(self) -> int:
        return sum(each.n_rows for each in self.files)

    def __repr__(self) -> str:
        return f"<{len(self):,} rows in {in_files(len(self.files))}, {len(self.names)} columns>"

    @property
    def types(self) -> dict[str, pa.DataType]:
        """Arrow types of the columns, by the first file that holds anything in them."""
        found: dict[str, pa.DataType] = {}
        for file in self.files:
            schema = _end_of(file.path, file.name)[0]
            for name in self.names:
                kind = schema.field(name).type
                if name not in found or pa.types.is_null(found[name]):
                    found[name] = kind
            if not any(map(pa.types.is_null, found.values())):
                break
        return found

    @cached_property
    def identity(self) -> str:
        """A hash of names, sizes, rows and contents of all files, read once and part by part."""
        digest = hashlib.sha256()
        for file in self.files:
            own = hashlib.sha256()
            with file.path.open("rb") as opened:
                while data := opened.read(READ_BYTES):
                    own.update(data)
            about = (file.name, file.path.stat().st_size, file.n_rows, own.hexdigest())
            digest.update(repr(about).encode())
        digest.update(repr(self.names).encode())
        return digest.hexdigest()

    def with_columns(self, names: Sequence[str]) -> "ParquetFiles":
        """Return the same table with these columns alone.

        Raises
        ------
        BadTable
            If there is no such column; similar names are suggested.
        """
        for name in names:
            require_column(name, self.names)
        return replace(self, names=tuple(names))

    def parts(
        self, names: Sequence[str] | None = None, size: int = PART_ROWS
    ) -> Iterator[pd.DataFrame]:
        """Yield the table in parts of ``size`` rows, the last one shorter.

        Their index holds the numbers of the rows. Default of ``names``: all columns.

        Raises
        ------
        BadTable
            If a file is damaged.
        """
        first = 0
        for part in self._of_equal_size(list(self.names if names is None else names), size):
            frame = _frame(part)
            frame.index = pd.RangeIndex(first, first + len(frame))
            first += len(frame)
            yield frame

    def rows(self, numbers: Int64) -> pd.DataFrame:
        """Return some rows in memory.

        Parameters
        ----------
        numbers : shape (n_rows,)
            Ascending; the index of what is returned.
        """
        first, found = 0, []
        for part in self._of_equal_size(list(self.names), PART_ROWS):
            start, stop = np.searchsorted(numbers, (first, first + part.num_rows))
            found.append(part.take(pa.array(numbers[start:stop] - first)))
            first += part.num_rows
        frame = _frame(pa.concat_tables(found, promote_options="permissive"))
        frame.index = pd.Index(numbers)
        return frame

    def place(self, row: int) -> str:
        """Return where a row stands, for messages: the name of its file, and its number there."""
        for file in self.files:
            if row < file.n_rows:
                return f"{visible(file.name)}, row {row + 1:,}"
            row -= file.n_rows
        raise IndexError(row)

    def _of_equal_size(self, names: list[str], size: int) -> Iterator[pa.Table]:
        waiting: list[pa.Table] = []
        n_waiting = 0
        for batch in self._batches(names, size):
            waiting.append(batch)
            n_waiting += batch.num_rows
            while n_waiting >= size:
                whole = pa.concat_tables(waiting, promote_options="permissive")
                yield whole.slice(0, size)
                waiting, n_waiting = [whole.slice(size)], n_waiting - size
        if n_waiting:
            yield pa.concat_tables(waiting, promote_options="permissive")

    def _batches(self, names: list[str], size: int) -> Iterator[pa.Table]:
        for file in self.files:
            try:
                with pa.parquet.ParquetFile(file.path) as opened:
                    for batch in opened.iter_batches(size, columns=names):
                        yield pa.Table.from_batches([batch]).select(names)
            except (pa.ArrowException, OSError, ValueError) as error:
                raise _damaged(file.name, error) from None


def parquet_files(
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
    *,
    encoder_rows: int | None = None,
) -> ParquetFiles:
    """Return the table in a folder, pattern or list of Parquet files, without reading its rows.

    Give it to ``fit`` as ``X``, and the names of columns as ``y``, ``groups`` and
    ``sample_weight``. All other columns are features.

    Parameters
    ----------
    source : path, pattern or list of paths
        A folder holds files that end in .parquet, also in folders within it; a pattern is such as
        ``"trips/2024-*.parquet"``. Their order has no influence.
    encoder_rows : int, optional
        How many rows, drawn at random, teach the encoder. No fold validates them. Default: 100,000
        where the table has a million rows or more; a smaller one is read into memory instead, and
        its encoder is fitted within each fold.

    Raises
    ------
    BadTable
        If there are no files, one is no Parquet file, or they have different columns.

    Examples
    --------
    >>> MLPRegressorCV().fit(parquet_files("trips/"), "price")  # doctest: +SKIP
    """
    paths = _found(source)
    folder = Path(os.path.commonpath([path.absolute().parent for path in paths]))
    named = sorted((path.absolute().relative_to(folder).as_posix(), path) for path in paths)
    first: tuple[str, pa.Schema] | None = None
    files = []
    for name, path in named:
        schema, n_rows = _end_of(path, name)
        first = first or (name, schema)
        _check_same(first, (name, schema))
        files.append(ParquetFile(path.absolute(), name, n_rows))
    if not any(file.n_rows for file in files):
        (first_file, *more) = files
        which = f"{in_files(len(files))} have" if more else f"{visible(first_file.name)} has"
        raise BadTable(f"{which} column names but no rows. Add at least one row.")
    assert first is not None  # there is at least one path
    used = [each for each in first[1].names if not each.startswith(INDEX)]
    return ParquetFiles(tuple(files), tuple(used), encoder_rows)


def names_files(path: Path) -> bool:
    """Return whether a path is a folder or a pattern, not a single file."""
    return path.is_dir() or (not path.exists() and glob.has_magic(str(path)))


def in_files(count: int) -> str:
    """Return "1 file" or "200 files"."""
    return "1 file" if count == 1 else f"{count:,} files"


def _frame(part: pa.Table) -> pd.DataFrame:
    # Without what pandas notes for itself, an index that has a name is a column like any other. As
    # floats, long numbers beside missing ones would lose digits.
    frame: pd.DataFrame = part.replace_schema_metadata(None).to_pandas(
        date_as_object=False, integer_object_nulls=True
    )
    return frame


def _found(source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the paths of all files, each once."""
    if not isinstance(source, (str, os.PathLike)):
        listed = [Path(each) for each in source]
        if not listed:
            raise BadTable("The list of files is empty. Name at least one Parquet file.")
        return _checked(dict.fromkeys(listed))
    path = Path(source)
    if path.is_dir():
        found = [each for each in path.rglob(f"*{ENDING}") if not _is_hidden(each, path)]
        if not found:
            raise BadTable(
                f"{visible(path)} holds no file that ends in {ENDING}. Name another folder, or a "
                "single file of another format."
            )
        keys = {part for each in found for part in each.relative_to(path).parts[:-1] if "=" in part}
        if keys:
            raise BadTable(
                f"{visible(path)} holds folders such as {quoted(min(keys))}, whose names are "
                "values of a column. Write the column into the files."
            )
        return found
    if glob.has_magic(str(path)) and not path.exists():
        found = [Path(each) for each in glob.glob(str(path), recursive=True)]  # noqa: PTH207  # pathlib wants a folder apart from the pattern
        if not found:
            raise BadTable(f"No file fits {quoted(path)}. Check the folder and the pattern.")
        return _checked(found)
    return _checked([path])


def _checked(paths: Iterable[Path]) -> list[Path]:
    kept = list(paths)
    for path in kept:
        if path.is_dir():
            raise BadTable(f"{visible(path)} is a folder. List the files in it.")
        if not path.exists():
            raise BadTable(f"There is no file {visible(path)}. Check the name.")
        if path.suffix.lower() != ENDING:
            raise BadTable(
                f"{visible(path)} is no Parquet file: its name does not end in {ENDING}. Leave it "
                "out, or save the table as Parquet."
            )
    return kept


def _is_hidden(path: Path, folder: Path) -> bool:
    """Whether a name marks something that other programs keep beside a table."""
    return any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)


def _end_of(path: Path, name: str) -> tuple[pa.Schema, int]:
    """Return the columns of a file and its number of rows, which its end tells."""
    try:
        with path.open("rb") as opened:
            is_parquet = opened.read(4) == b"PAR1"
        if not is_parquet:
            raise BadTable(
                f"{visible(name)} is no Parquet file, though its name ends in {ENDING}. Take it "
                "away, or write it again."
            )
        with pa.parquet.ParquetFile(path) as opened:
            return opened.schema_arrow, opened.metadata.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, BadTable):
            raise
        raise _damaged(name, error) from None


def _damaged(name: str, error: Exception) -> BadTable:
    return BadTable(
        f"{visible(name)} is damaged or truncated: {reason_of(error)}. Copy it or write it again."
    )


def _check_same(one: tuple[str, pa.Schema], other: tuple[str, pa.Schema]) -> None:
    """Refuse a file whose columns differ from those of the first."""
    (first, schema), (name, own) = one, other
    if len(set(own.names)) < len(own.names):
        twice = next(each for each in own.names if own.names.count(each) > 1)
        raise BadTable(f"{visible(name)} has more than one column named {quoted(twice)}. Rename "
                       "or remove the duplicates.")  # fmt: skip
    for column in schema.names:
        if column not in own.names:
            raise BadTable(
                f"{visible(name)} has no column {quoted(column)}, which {visible(first)} has. "
                "Write all files with the same columns."
            )
    for column in own.names:
        if column not in schema.names:
            raise BadTable(
                f"{visible(name)} has a column {quoted(column)}, which {visible(first)} has not. "
                "Write all files with the same columns."
            )
        here, there = own.field(column).type, schema.field(column).type
        # A column that holds nothing in one file has no type there.
        if here != there and not pa.types.is_null(here) and not pa.types.is_null(there):
            raise BadTable(
                f"Column {quoted(column)} is {here} in {visible(name)}, but {there} in "
                f"{visible(first)}. Write it with the same type in all files."
            )
