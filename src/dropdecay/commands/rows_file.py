"""``rows.csv``: the rows of the user's table, those predicted worst first, with what is noted."""

from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console

from dropdecay.arrays import Int64
from dropdecay.files import write_file
from dropdecay.report.run_files import ROWS
from dropdecay.report.terminal.writing import Page
from dropdecay.table.write import csv_text
from dropdecay.trust.out_of_fold import OutOfFold

MOST_ROWS = 100_000
"""Rows of the file, at most, besides all that have something noted."""


def write_rows(folder: Path, found: OutOfFold, numbers: Int64 | None = None) -> None:
    """Write the table of rows into the folder of a run; rows and folds count from 1.

    Parameters
    ----------
    folder : path
    found : OutOfFold
    numbers : shape (n_rows,), int64, or None
        Positions in the user's file of the rows given to ``fit``; None: the same.

    Raises
    ------
    BadInput
        If it cannot be written.
    """
    rows = found.rows()
    rows = rows[(np.arange(len(rows)) < MOST_ROWS) | (rows["noted"] != "")]
    position = rows["row"] if numbers is None else numbers[rows["row"]]
    short = {name: _short(rows[name]) for name in ("probability", "loss") if name in rows}
    rows = rows.assign(row=position + 1, fold=rows["fold"] + 1, **short)
    write_file(folder / ROWS, csv_text(rows))


def _short(values: pd.Series) -> pd.Series:
    """Return numbers with the digits of float32, unless they are too large or small for it."""
    with np.errstate(over="ignore", under="ignore"):
        short = values.astype(np.float32)
    fits = np.isfinite(short) == np.isfinite(values)
    return short if (fits & ((short == 0) == (values == 0))).all() else values


def tell_rows(console: Console, found: OutOfFold) -> None:
    """Print a line about labels and folds to look at, where there are any."""
    if found.odd_folds or (found.label_looks_like >= 0).any():
        Page(console).prose(f"Look at {ROWS}: {found.sentence}")
