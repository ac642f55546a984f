"""What the command ``dropdecay check`` shows, in Python: the account of a table."""

import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.table.account import account_of
from dropdecay.table.check import check_features, check_target, recognise_task
from dropdecay.table.decide import decide


def check_table(X: object, y: ArrayLike | pd.Series | None = None) -> pd.DataFrame:
    """Show how a table is read and what was noticed in it; nothing is trained.

    Parameters
    ----------
    X : pandas or polars DataFrame, or pyarrow Table
        The features.
    y : shape (n_rows,), optional
        The target, which is checked too.

    Returns
    -------
    DataFrame, a row for each column: "column"; "read as"; "missing", the share of missing values
    in [0, 1]; "distinct", the number of different values; "noticed", the codes of findings,
    separated by commas. ``attrs["findings"]`` holds a sentence for each finding.

    Raises
    ------
    BadTable
        If no network could be trained on it; the message names the cell and the remedy.
    """
    frame = check_features(X)
    if y is not None:
        check_target(y, recognise_task(y).task)
    decided = decide(frame)
    account = account_of(decided.reading, decided.reading.typed(frame), decided.findings)
    account.attrs["findings"] = [str(each) for each in decided.findings]
    return account
