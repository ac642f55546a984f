"""The rows that ``dropdecay predict`` is given: a table in memory, or Parquet files in parts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from dropdecay.errors import BadSetting, BadTable
from dropdecay.table.files import ENDING, ParquetFiles, names_files, parquet_files
from dropdecay.table.known_heading import KnownColumns
from dropdecay.table.read import DASH, read_file, read_standard_input, standard_input


@dataclass(frozen=True)
class RowsToPredict:
    """A table, part by part.

    Parameters
    ----------
    names : tuple of str
        Of its columns.
    parts : iterable of DataFrame
        Their index numbers the rows of the table.
    files : ParquetFiles or None
    notes : tuple of str
        What was found out about the file.
    """

    names: tuple[str, ...]
    parts: Iterable[pd.DataFrame]
    files: ParquetFiles | None = None
    notes: tuple[str, ...] = ()

    def types_of(self, names: Iterable[str]) -> dict[str, pa.DataType]:
        """Return the Arrow types of some columns, where they are known."""
        if self.files is None:
            return {}
        types = self.files.types
        return {name: types[name] for name in names}

    def by_file(self) -> Iterator[tuple[str, "RowsToPredict"]]:
        """Yield the rows of each Parquet file, those without any last.

        With them comes the name of the file, below the folder of all.
        """
        assert self.files is not None  # rows of other tables have no files
        for file in sorted(self.files.files, key=lambda each: each.n_rows == 0):
            own = replace(self.files, files=(file,))
            yield file.name, replace(self, parts=own.parts(), files=own)

    def placed(self, error: BadTable, part: pd.DataFrame) -> BadTable:
        """Return an error about a row of a part with the place where the part begins."""
        first = int(part.index[0])
        if self.files is None or first == 0:
            return error
        place = self.files.place(first)
        return BadTable(f"In the {len(part):,} rows from {place} on: {error}")


def rows_of(table: Path, known: KnownColumns | None, encoding: str | None) -> RowsToPredict:
    """Return the rows of a file, of Parquet files, or of standard input."""
    if names_files(table) or (table.is_file() and table.name.lower().endswith(ENDING)):
        if encoding is not None:
            raise BadSetting("--encoding is for text files. Parquet files need none.")
        files = parquet_files(table)
        return RowsToPredict(files.names, files.parts(), files)
    if table == DASH:
        found = read_standard_input(standard_input(), encoding=encoding, known=known)
    else:
        found = read_file(table, encoding=encoding, known=known)
    return RowsToPredict(tuple(map(str, found.frame)), [found.frame], notes=found.notes)
