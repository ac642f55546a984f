"""The rows of a large, regular text file, read by pyarrow in a fraction of the time.

What pyarrow would read otherwise than ``text_rows`` does, or where a line is to be left out or to
be refused, is left to it.
"""

from collections.abc import Callable, Iterable
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from dropdecay.arrays import AnyArray, Int64
from dropdecay.table.heading import Heading

MIN_SIZE = 1 << 20
"""Bytes; a smaller file takes no time."""

MAX_COLUMNS = 2_000
MARK = b"\xef\xbb\xbf"


def read_regular(
    heading: Heading, lines: Callable[[], Iterable[str]], data: bytes, encoding: str
) -> AnyArray | None:
    """Return the cells of all rows as text, shape (n_columns, n_rows); None: it is not so simple.

    Parameters
    ----------
    heading : Heading
    lines : callable
        Returns all lines of the file, from the first one.
    data : bytes
        Of the file.
    encoding : str
    """
    start = len(MARK) if encoding == "utf-8-sig" and data.startswith(MARK) else 0
    if len(data) < MIN_SIZE or encoding not in ("utf-8", "utf-8-sig") or data.find(MARK, start) > 0:
        return None
    start += sum(len(line.encode()) for line in islice(lines(), heading.skip))
    delimiter = heading.dialect.delimiter
    if not 1 < heading.width <= MAX_COLUMNS or not _is_regular(heading, data, start):
        return None
    names = [str(place) for place in range(heading.width)]
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(start)),
            csv.ReadOptions(use_threads=False, column_names=names, block_size=1 << 24),
            csv.ParseOptions(delimiter=delimiter, double_quote=False, newlines_in_values=True,
                             ignore_empty_lines=False),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()),
                               null_values=[], strings_can_be_null=False),
        )  # fmt: skip
    except pa.ArrowInvalid:  # a row of another length, of which text_rows tells
        return None
    if table.num_rows == 0 or _leaves_lines_out(heading, table):
        return None
    cells = np.empty((heading.width, table.num_rows), object)
    for place in range(heading.width):
        cells[place] = _words(table.column(place))
    return cells


def _is_regular(heading: Heading, data: bytes, start: int) -> bool:
    """Whether quotes stand around whole fields only, and no field begins with a blank."""
    delimiter = heading.dialect.delimiter.encode()
    if heading.dialect.delimiter == " " or heading.dialect.quote != '"' or data.endswith(b"\x1a"):
        return False
    if any(data.find(each + b" ", start - 1) >= 0 for each in (delimiter, b"\n", b"\r")):
        return False
    around = np.frombuffer(b"\n" + data[start:] + b"\n", np.uint8)
    quotes = np.flatnonzero(around == ord('"'))
    ends = np.frombuffer(delimiter + b"\n\r", np.uint8)
    before, after = around[quotes[::2] - 1], around[quotes[1::2] + 1]
    return bool(quotes.size % 2 == 0 and np.isin(before, ends).all() and np.isin(after, ends).all())


def _leaves_lines_out(heading: Heading, table: pa.Table) -> bool:
    """Whether a row may hold nothing but separators, or the names of the columns once more."""
    first = table.column(0)
    if heading.header and pc.any(pc.equal(first, heading.header[0])).as_py():
        return True
    empty = pc.equal(first, "")
    for column in table.columns[1:]:
        if not pc.any(empty).as_py():
            return False
        empty = pc.and_(empty, pc.equal(column, ""))
    return bool(pc.any(empty).as_py())


def _words(column: pa.ChunkedArray) -> AnyArray:
    """Return a column of text in which equal cells are one object."""
    coded = column.combine_chunks().dictionary_encode()
    words: AnyArray = np.array(coded.dictionary.to_pylist(), object)
    places: Int64 = coded.indices.to_numpy()
    return words[places]
