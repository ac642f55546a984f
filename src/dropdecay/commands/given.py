"""What ``dropdecay fit`` is given: a table in memory, or files that are looked at in a part."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pandas as pd

from dropdecay.arrays import AnyArray
from dropdecay.commands.options import FitOptions
from dropdecay.commands.prepare import Prepared, prepared
from dropdecay.commands.roles import read_as_of, takes_rows_as_they_stand
from dropdecay.data.asked_of_files import Asked
from dropdecay.data.column_pass import Roles
from dropdecay.errors import BadSetting, Parameter
from dropdecay.estimators.base import drawn_state
from dropdecay.estimators.from_files import stays_on_disk
from dropdecay.surface.fingerprint import content_hash
from dropdecay.table.file_table import FileTable
from dropdecay.table.files import ParquetFiles, in_files, names_files, parquet_files
from dropdecay.table.names import AS_THEY_STAND
from dropdecay.table.read import (
    DASH,
    read_file,
    read_standard_input,
    require_column,
    standard_input,
)
from dropdecay.table.times import read_times


@dataclass(frozen=True)
class Given:
    """A table as an estimator gets it.

    Parameters
    ----------
    found : Prepared
        Of files, what their teaching rows show.
    X : DataFrame or ParquetFiles
    y : array, or name of a column
    groups, weights, times : Series, names of columns, or None
    n_rows : int
    about : str
        What it is, for the user.
    identity : callable
        Returns a hash of features and target.
    """

    found: Prepared
    X: pd.DataFrame | ParquetFiles
    y: AnyArray | str
    groups: pd.Series | str | None
    weights: pd.Series | str | None
    times: pd.Series | str | None
    n_rows: int
    about: str
    identity: Callable[[], str]


def read_given(table: Path, encoding: str | None) -> FileTable:
    """Read the table of a file, or the text that comes from standard input."""
    if table == DASH:
        return read_standard_input(standard_input(), encoding=encoding)
    return read_file(table, encoding=encoding)


def files_of(options: FitOptions, table: Path) -> ParquetFiles | None:
    """Return the files of a table that is more than one, or is to be encoded on disk."""
    if table == DASH or (not names_files(table) and options.encoder_rows is None):
        return None
    return parquet_files(table, encoder_rows=options.encoder_rows)


def given_frame(options: FitOptions, frame: pd.DataFrame) -> Given:
    """Look at a table in memory."""
    found = prepared(options, frame)
    X, roles = found.features, found.roles
    return Given(
        found, X, found.target, roles.groups, roles.weights, roles.times, len(X),
        f"{len(X)} rows", lambda: content_hash(X, found.target),
    )  # fmt: skip


def given_files(options: FitOptions, files: ParquetFiles) -> Given:
    """Look at the teaching rows of files, or at all rows where they fit into memory.

    Raises
    ------
    BadSetting
        If an option needs a table in memory.
    """
    if not stays_on_disk(files):
        return given_frame(options, whole_frame(files))
    _check(options, files)
    found = prepared(options, teaching_frame(options, files), is_part=True)
    roles = found.roles
    groups, weights, times = (
        None if each is None else str(each.name)
        for each in (roles.groups, roles.weights, roles.times)
    )
    others = [str(roles.target.name), *filter(None, (groups, weights, times))]
    if times is not None:
        found = replace(found, roles=replace(roles, times=_span(options, files, times)))
    used = files.with_columns([*map(str, roles.features), *dict.fromkeys(others)])
    about = (
        f"{len(files):,} rows in {in_files(len(files.files))}, of which {len(found.features):,} "
        "that teach the encoder were looked at"
    )
    return Given(
        found, used, str(roles.target.name), groups, weights, times, len(files), about,
        lambda: used.identity,
    )  # fmt: skip


def whole_frame(files: ParquetFiles) -> pd.DataFrame:
    """Return files that fit into memory as one table."""
    (frame,) = files.parts(size=len(files))
    return frame


def teaching_frame(options: FitOptions, files: ParquetFiles) -> pd.DataFrame:
    """Return the rows that teach the encoder; of groups, a sample of as many rows."""
    values = options.values
    drawn = drawn_state(cast(int, values["random_state"]))
    time = cast(str | None, values["time"])
    if time is not None:
        require_column(time, files.names)
    asked = Asked(
        files, Roles(options.target, times=time), False, cast(int, values["folds"]),
        cast(int | None, values["search_rows"]), drawn,
    )  # fmt: skip
    return files.rows(asked.teaching_rows()).reset_index(drop=True)


def _span(options: FitOptions, files: ParquetFiles, name: str) -> pd.Series:
    """Return the first and the last time of all rows."""
    parts = [part[name] for part in files.parts([name])]
    times, _ = read_times(pd.concat(parts, ignore_index=True), read_as_of(options))
    return pd.Series([times.min(), times.max()], name=name)


def _check(options: FitOptions, files: ParquetFiles) -> None:
    if takes_rows_as_they_stand(options, files.names):
        raise BadSetting(
            f"--time {AS_THEY_STAND} needs a table in memory, and this one stays on disk. Add a "
            "column that numbers its rows, and name it."
        )
    if options.values["drop_missing_target"]:
        raise BadSetting(
            Parameter("drop_missing_target", True), " needs a table in memory, and this one stays "
            "on disk. Leave such rows out of its files before.",
        )  # fmt: skip
