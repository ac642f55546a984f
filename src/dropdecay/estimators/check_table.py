"""What the command ``dropdecay check`` shows, in Python: the account of a table."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.arrays import AnyArray
from dropdecay.data.fold_rows import Fold
from dropdecay.table.account import account_of
from dropdecay.table.check import check_features, check_target, recognise_task
from dropdecay.table.decide import decide
from dropdecay.table.look import look
from dropdecay.table.row_order import OF_ORDER

N_FOLDS = 5


def check_table(
    X: object,
    y: ArrayLike | pd.Series | None = None,
    groups: ArrayLike | None = None,
    *,
    times: ArrayLike | None = None,
    cv: object = N_FOLDS,
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
    times : shape (n_rows,), optional
        Dates or numbers, if folds will be blocks of time.
    cv : int, splitter or iterable
        The folds, as a search takes them; on those that are given leaks are looked for.

    Returns
    -------
    DataFrame, a row for each column: "column"; "read as"; "missing", the share of missing values
    in [0, 1]; "distinct", the number of different values; "noticed", the codes of findings,
    separated by commas. ``attrs["findings"]`` holds a sentence for each finding.

    Raises
    ------
    BadTable
        If no network could be trained on it; the message names the cell and the remedy.

    Examples
    --------
    >>> import pandas as pd
    >>> from dropdecay import check_table
    >>> check_table(pd.DataFrame({"height": [1.71, 1.82, None]}))["missing"].round(2).tolist()
    [0.33]
    """
    frame = check_features(X)
    decided = decide(frame)
    typed, findings = decided.reading.typed(frame), decided.findings
    if y is not None:
        task, name = recognise_task(y).task, getattr(y, "name", None)
        target = pd.Series(check_target(y, task), name=name)
        kept = None if groups is None else np.asarray(groups)
        ours = times is None and isinstance(cv, int)
        folds = None if ours else _folds(target, task, kept, times, cv)
        n_folds = cv if isinstance(cv, int) else len(folds or ())
        noticed = look(typed, target, task, n_folds, kept, cuts=ours, folds=folds)
        findings += tuple(each for each in noticed if times is None or each.code not in OF_ORDER)
    account = account_of(decided.reading, typed, findings)
    account.attrs["findings"] = [str(each) for each in findings]
    return account


def _folds(
    target: pd.Series, task: str, groups: AnyArray | None, times: ArrayLike | None, cv: object
) -> list[Fold]:
    """Return the folds that the user decides."""
    if times is not None:
        from dropdecay.data.time_folds import folds_in_time  # takes time to import

        return folds_in_time(times, cv, len(target))
    from dropdecay.data.folds import make_folds

    labels = target.to_numpy() if task == "classification" else None
    return make_folds(len(target), labels, cv, groups, random_state=0)
