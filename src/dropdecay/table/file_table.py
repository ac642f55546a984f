"""What reading a file gives: its table, and what was found and decided on the way."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class FileTable:
    """A table and how its file was read.

    Parameters
    ----------
    frame : DataFrame
        From a text file every cell is the text that was written.
    notes : tuple of str
        One line each on what the user might not expect, such as columns left out.
    encoding : str or None
        Of a text file.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    encoding: str | None = None
