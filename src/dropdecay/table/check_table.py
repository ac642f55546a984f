"""What the command ``dropdecay check`` shows, in Python: the account of a table."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.table.account import account_of
from dropdecay.table.check import check_features, check_target, recognise_task
from dropdecay.table.decide import decide
from dropdecay.table.look import look

N_FOLDS = 5


def check_table(
    X: object, y: ArrayLike | pd.Series | None = None, groups: ArrayLike | None = None
) -> pd.DataFrame:
    """Show how a table is read and what was noticed in it; nothing is trained.

    Parameters
    ----------
    X : pandas or polars DataFrame, or pyarrow Table
        The features.
    y : shape (n_rows,), optional
        The target. With it, what features and target say together is looked at too: equal rows,
        leaks, hidden groups, order.
    groups : shape (n_rows,), optional
        What folds will keep together.

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
    decided = decide(frame)
    typed, findings = decided.reading.typed(frame), decided.findings
    if y is not None:
        task, name = recognise_task(y).task, getattr(y, "name", None)
        target = pd.Series(check_target(y, task), name=name)
        kept = None if groups is None else np.asarray(groups)
        findings += look(typed, target, task, N_FOLDS, kept)
    account = account_of(decided.reading, typed, findings)
    account.attrs["findings"] = [str(each) for each in findings]
    return account
