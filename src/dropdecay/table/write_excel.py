"""A table -> the first sheet of an Excel file, as it comes in parts."""

from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from typing import Any, BinaryIO

import pandas as pd
import pyarrow as pa

from dropdecay.errors import BadInput

EXCEL = ".xlsx"

MOST_ROWS = 1_048_575
"""Rows of a sheet below its heading."""

LONGEST = 32_767
"""Characters of a cell; the rest of a longer text is cut off."""


def check_excel(name: str) -> None:
    """Refuse to write an Excel file where what writes it is not installed.

    Raises
    ------
    BadInput
    """
    if find_spec("openpyxl") is None:
        raise BadInput(
            f'{name} is a spreadsheet. Install what writes it: pip install "dropdecay[excel]"; or '
            "write CSV."
        )


def write_excel(
    parts: Iterable[pd.DataFrame], file: BinaryIO, types: Mapping[str, pa.DataType]
) -> None:
    """Write a heading and a row for each row; texts stay texts, also those that look like formulas.

    Raises
    ------
    BadInput
        If a sheet has no room for so many rows.
    """
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell

    book = Workbook()
    sheet = book.active

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return None if pd.isna(value) else value
        text = Cell(sheet)
        text.value = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", value)[:LONGEST]
        text.data_type = "s"  # or a text that begins with "=" would be computed
        return text

    n_rows = 0
    for number, part in enumerate(parts):
        if number == 0:
            sheet.append([cell(str(name)) for name in part])
        n_rows += len(part)
        if n_rows > MOST_ROWS:
            raise BadInput(f"A sheet has room for {MOST_ROWS:,} rows. Write .parquet or .csv.")
        for row in part.astype(object).itertuples(index=False, name=None):
            sheet.append([cell(value) for value in row])
    book.save(file)
