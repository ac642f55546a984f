"""A table -> a file in the format that its ending names: text, JSON lines, Parquet, Arrow, Excel.

Tables come in parts, so that those that are larger than memory can be written too.
"""

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from dropdecay.errors import BadInput
from dropdecay.files import growing_file, growing_folder
from dropdecay.safe_text import quoted, visible
from dropdecay.table.names import did_you_mean
from dropdecay.table.write_excel import EXCEL, check_excel, write_excel

Types = Mapping[str, pa.DataType]
"""Arrow types of columns, where those of the first part need not be those of all."""

Writer = Callable[[Iterable[pd.DataFrame], BinaryIO, Types], None]


def writer_for(path: Path) -> Writer:
    """Return what writes the parts of a table to this file.

    Raises
    ------
    BadInput
        If no known format ends like this.
    """
    name = path.name.lower()
    fitting = [ending for ending in WRITERS if name.endswith(ending)]
    if fitting == [EXCEL]:
        check_excel(visible(path))
    if fitting:
        return WRITERS[fitting[0]]
    found = f"has the ending {quoted(path.suffix)}" if path.suffix else "has no ending"
    raise BadInput(
        f"{visible(path)} {found}, so its format is not known."
        f"{did_you_mean(path.suffix, list(WRITERS))} Name a file that ends in {', '.join(WRITERS)}."
    )


def write_table(parts: Iterable[pd.DataFrame], path: Path, types: Types | None = None) -> None:
    """Write a table, completely or not at all; of its parts only one is needed at a time.

    Parameters
    ----------
    parts : iterable of DataFrame
        At least one.
    path : path
        Must not exist.
    types : mapping, optional

    Raises
    ------
    BadInput
        If its ending is not known, or the file cannot be written.
    """
    write = writer_for(path)
    with growing_file(path) as file:
        write(parts, file, types or {})


def write_tables(
    tables: Iterable[tuple[str, Iterable[pd.DataFrame]]], folder: Path, types: Types | None = None
) -> None:
    """Write a new folder of Parquet files, completely or not at all.

    Parameters
    ----------
    tables : iterable of (str, iterable of DataFrame)
        The name of each file, and the parts of its table; without any, it has the columns of the
        first, which needs one.
    folder : path
        Must not exist.
    types : mapping, optional

    Raises
    ------
    BadInput
        If the folder cannot be written.
    """
    with growing_folder(folder) as new_file:
        no_rows: pd.DataFrame | None = None
        for name, parts in tables:
            every = iter(parts)
            first = next(every, no_rows)
            assert first is not None  # the first table has a part
            no_rows = first[:0] if no_rows is None else no_rows
            with new_file(name) as file:
                _parquet(chain([first], every), file, types or {})


def csv_text(table: pd.DataFrame, separator: str = ",", *, header: bool = True) -> str:
    """Return a table as CSV text, with or without its line of column names."""
    text: str = table.to_csv(index=False, sep=separator, lineterminator="\n", header=header)
    if "\r" in text:  # ends a line for most readers, yet Python 3.11 leaves it unquoted
        text = table.to_csv(
            index=False, sep=separator, lineterminator="\n", header=header,
            quoting=csv.QUOTE_NONNUMERIC,
        )  # fmt: skip
    return text


def _text(parts: Iterable[pd.DataFrame], file: BinaryIO, types: Types, *, separator: str) -> None:
    for number, part in enumerate(parts):
        file.write(csv_text(part, separator, header=number == 0).encode())


def _zipped(writer: Writer) -> Writer:
    def write(parts: Iterable[pd.DataFrame], file: BinaryIO, types: Types) -> None:
        # Without the time of day, the same table gives the same file.
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as zipped:
            writer(parts, zipped, types)  # type: ignore[arg-type]  # a file like any other

    return write


def _columns(
    parts: Iterable[pd.DataFrame],
    file: BinaryIO,
    types: Types,
    *,
    opened: Callable[[BinaryIO, pa.Schema], Any],
) -> None:
    every = iter(parts)
    first = next(every)
    schema = pa.Table.from_pandas(first, preserve_index=False).schema.remove_metadata()
    for name, kind in types.items():
        schema = schema.set(schema.get_field_index(name), pa.field(name, kind))
    with opened(file, schema) as writer:
        for part in chain([first], every):
            writer.write_table(pa.Table.from_pandas(part, schema, preserve_index=False))


def _json_lines(parts: Iterable[pd.DataFrame], file: BinaryIO, types: Types) -> None:
    for part in parts:
        exact = part.astype(object)
        for name in part.select_dtypes(np.float32):
            # By their own digits: as float64, 0.3 is 0.30000001192092896.
            own = [float(str(each)) for each in part[name].to_numpy()]
            exact[name] = pd.Series(own, part.index, dtype=object)
        for row in exact.where(part.notna(), None).to_dict("records"):
            file.write(f"{json.dumps(row, ensure_ascii=False, default=str)}\n".encode())


_csv, _tsv = partial(_text, separator=","), partial(_text, separator="\t")
_parquet = partial(_columns, opened=pa.parquet.ParquetWriter)
_arrow = partial(_columns, opened=pa.ipc.new_file)

WRITERS: dict[str, Writer] = {
    ".csv": _csv,
    ".csv.gz": _zipped(_csv),
    ".tsv": _tsv,
    ".tsv.gz": _zipped(_tsv),
    ".parquet": _parquet,
    ".feather": _arrow,
    ".arrow": _arrow,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    EXCEL: write_excel,
}
"""The formats by ending; Feather is Arrow's own file format."""
