"""The first sheet of an Excel file, and JSON lines, as tables."""

import io
import json
import zipfile

import pandas as pd

from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted, reason_of
from dropdecay.table.contents import looks_like
from dropdecay.table.delimited import column_names
from dropdecay.table.file_table import FileTable
from dropdecay.table.heading import sheet_heading
from dropdecay.table.two_tables import stand_apart
from dropdecay.table.unpack import check_archive

FIRST_ROWS = 250
"""So many tell where a table begins."""

INSTALL = 'Install what reads it: pip install "dropdecay[excel]"; or save the sheet as CSV (UTF-8).'


def read_excel(data: bytes, file: str) -> FileTable:
    """Read the first sheet of an .xlsx file; below a title, a row holds the names of columns.

    Raises
    ------
    BadTable
        If openpyxl is not installed, or the file is damaged or no such file.
    """
    if not data.startswith(b"PK\x03\x04"):
        raise BadTable(
            f"{file} does not match its extension: it is {looks_like(data)}, not an Excel file. "
            "Correct the extension, or save the table again."
        )
    try:
        import openpyxl
    except ImportError:
        raise BadTable(f"{file} is a spreadsheet. {INSTALL}") from None
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            check_archive(archive, file, len(data))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        cells = [row for row in book.worksheets[0].values if any(each is not None for each in row)]
    except BadTable:
        raise
    except Exception as error:  # noqa: BLE001  # damaged bytes fail anywhere inside zip and XML
        raise BadTable(
            f"{file} is damaged: {reason_of(error)}. Save it again, or as CSV (UTF-8)."
        ) from None
    if not cells:
        raise BadTable(f"{file} is empty. A table needs a line of column names, then rows.")
    first = [["" if each is None else str(each) for each in row] for row in cells[:FIRST_ROWS]]
    heading = sheet_heading(first)
    names = heading.names
    rows = pd.DataFrame(cells[heading.skip :], columns=range(len(names)), dtype=object)
    rows = rows.infer_objects()
    used = [number for number, name in enumerate(names) if name or rows[number].notna().any()]
    found: pd.DataFrame = rows[used]
    given, apart = column_names(names, file), stand_apart(names, used)
    found.columns = pd.Index([given[number] for number in used])
    return FileTable(found, (*heading.notes, *([apart] if apart else [])))


def read_json_lines(data: bytes, file: str) -> pd.DataFrame:
    """Read one JSON object a line, with texts, numbers, true, false and null.

    Raises
    ------
    BadTable
        If a line is no such object; the message names it.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise BadTable(f"{file} is not UTF-8, as JSON must be. Write it again.") from None
    rows = [
        _row(line, number, file) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    ]
    if not rows:
        raise BadTable(f"{file} is empty. A table needs a JSON object a line.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    frame = pd.DataFrame({name: [row.get(name) for row in rows] for name in names})
    frame.columns = pd.Index(column_names(names, file))
    return frame


def _row(line: str, number: int, file: str) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadTable(
            f"{file}, line {number} is no JSON: {reason_of(error)}. Write an object a line."
        ) from None
    if not isinstance(row, dict):
        raise BadTable(f"{file}, line {number} is no JSON object. Write an object a line.")
    for name, value in row.items():
        if isinstance(value, (dict, list)):
            raise BadTable(
                f"{file}, line {number}: {quoted(name)} holds {quoted(value)}. Write texts, "
                "numbers, true, false or null, a column each."
            )
    return row
