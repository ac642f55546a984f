"""A table -> a file in the format that its ending names: CSV, TSV, Parquet, Feather or Arrow."""

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from dropdecay.errors import BadInput
from dropdecay.files import write_file
from dropdecay.safe_text import quoted, visible

Writer = Callable[[pd.DataFrame], bytes]


def writer_for(path: Path) -> Writer:
    """Return what turns a table into the contents of this file.

    Raises
    ------
    BadInput
        If no known format ends like this.
    """
    name = path.name.lower()
    fitting = [ending for ending in WRITERS if name.endswith(ending)]
    if fitting:
        return WRITERS[fitting[0]]
    found = f"has the ending {quoted(path.suffix)}" if path.suffix else "has no ending"
    raise BadInput(
        f"{visible(path)} {found}, so its format is not known. Name a file that ends in "
        f"{', '.join(WRITERS)}."
    )


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a table, completely or not at all.

    Raises
    ------
    BadInput
        If its ending is not known, or the file cannot be written.
    """
    write_file(path, writer_for(path)(table))


def csv_text(table: pd.DataFrame, separator: str = ",") -> str:
    """Return a table as CSV text."""
    text: str = table.to_csv(index=False, sep=separator, lineterminator="\n")
    if "\r" in text:  # ends a line for most readers, yet Python 3.11 leaves it unquoted
        text = table.to_csv(
            index=False, sep=separator, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC
        )
    return text


def _csv(table: pd.DataFrame) -> bytes:
    return csv_text(table).encode()


def _tsv(table: pd.DataFrame) -> bytes:
    return csv_text(table, "\t").encode()


def _zipped(writer: Writer) -> Writer:
    # Without the time of day, the same table gives the same file.
    return lambda table: gzip.compress(writer(table), mtime=0)


def _parquet(table: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    pa.parquet.write_table(_arrow(table), written)
    return written.getvalue()


def _feather(table: pd.DataFrame) -> bytes:
    written = io.BytesIO()
    pa.feather.write_feather(_arrow(table), written)
    return written.getvalue()


def _arrow(table: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(table, preserve_index=False)


WRITERS: dict[str, Writer] = {
    ".csv": _csv,
    ".csv.gz": _zipped(_csv),
    ".tsv": _tsv,
    ".tsv.gz": _zipped(_tsv),
    ".parquet": _parquet,
    ".feather": _feather,
    ".arrow": _feather,
}
"""The formats by ending; Feather is Arrow's own file format."""
