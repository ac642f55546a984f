"""What a user gives as a table -> a pandas DataFrame with text as names, rows numbered from 0."""

from collections import Counter

import pandas as pd

from dropdecay.errors import BadTable
from dropdecay.safe_text import reason_of
from dropdecay.table.names import listed


def as_frame(table: object) -> pd.DataFrame:
    """Return a pandas DataFrame with text as column names, and rows numbered from 0.

    Parameters
    ----------
    table : pandas or polars DataFrame, or pyarrow Table

    Raises
    ------
    BadTable
        If it is none of these, two columns have the same name, or pandas cannot hold a value.
    """
    if not isinstance(table, pd.DataFrame):
        if not hasattr(table, "to_pandas") or not hasattr(table, "columns"):
            raise BadTable(
                f"A table must be a pandas or polars DataFrame. Got {type(table).__name__}. "
                "Wrap it: pandas.DataFrame(...)."
            )
        try:
            return as_frame(table.to_pandas())
        except (ValueError, OverflowError) as error:  # a date after the year 9999, for instance
            if isinstance(error, BadTable):
                raise
            raise BadTable(f"The table cannot be read by pandas: {reason_of(error)}.") from None
    frame = table.reset_index(drop=True)
    names = [str(name) for name in frame.columns]
    repeated = sorted(name for name, count in Counter(names).items() if count > 1)
    if repeated:
        raise BadTable(
            f"The table has more than one column named {listed(repeated)}. Column names must be "
            "unique. Rename or remove the duplicates."
        )
    frame.columns = pd.Index(names, dtype=object)
    return frame
