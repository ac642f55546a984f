"""What a shell completes: columns of the table that is being typed, and choices."""

import csv
from collections.abc import Callable
from pathlib import Path

import typer

from dropdecay.commands.option import Option

AT_MOST = 2**16
"""Bytes of a text file that are read for its first line."""

COLUMNAR = (".parquet", ".feather", ".arrow")


def completer(option: Option) -> Callable[[typer.Context, str], list[str]] | None:
    """Return what completes the values of an option; None: the shell itself."""
    if choices := option.kind.choices or option.kind.words:
        return lambda ctx, incomplete: [each for each in choices if each.startswith(incomplete)]
    if (option.metavar or option.kind.metavar).startswith("COLUMN"):
        return columns_of_table
    return None


def columns_of_table(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the columns of the table on the command line that begin like what is typed."""
    # An option that waits for its value keeps arguments from being told apart.
    table = ctx.params.get("table") or next(iter(ctx.args), None)
    try:
        names = [] if table is None else column_names(Path(str(table)))
    except (OSError, ValueError, csv.Error):
        return []
    return [each for each in names if each.startswith(incomplete)]


def column_names(table: Path) -> list[str]:
    """Return the names in the header of a file; a shell waits, so nothing else is read.

    Raises
    ------
    OSError, ValueError, csv.Error
        If they cannot be read.
    """
    if not table.is_file():  # reading a pipe would never end
        return []
    if table.suffix.lower() in COLUMNAR:
        return _columnar_names(table)
    with table.open("rb") as file:
        line = file.read(AT_MOST).decode("utf-8-sig", errors="replace").splitlines()[:1]
    if not line:
        return []
    separator = max("\t;|,", key=line[0].count)
    return [name.strip() for name in next(csv.reader(line, delimiter=separator))]


def _columnar_names(table: Path) -> list[str]:
    if table.suffix.lower() == ".parquet":
        from pyarrow.parquet import read_schema

        return list(read_schema(table).names)
    from pyarrow.ipc import open_file

    with table.open("rb") as file:
        return list(open_file(file).schema.names)
