"""Equal rows of a table stay in one fold, and the user hears of it."""

import numpy as np
import pandas as pd

from dropdecay.arrays import AnyArray
from dropdecay.data.encoding import Table
from dropdecay.errors import TableWarning
from dropdecay.search import OnNotice
from dropdecay.table.equal_rows import equal_rows
from dropdecay.warn_user import warn_user


def with_equal_rows(
    rows: Table,
    cv: object,
    labels: AnyArray | None,
    groups: AnyArray | None,
    tell: OnNotice | None,
) -> AnyArray | None:
    """Return groups that keep equal rows of a table in one fold, and say if they do.

    Parameters
    ----------
    rows : table or array
    cv : int, splitter or iterable
        Where it is no number, the user cuts the folds, and groups stay as they are.
    labels : shape (n_rows,) or None
        To stratify by.
    groups : shape (n_rows,) or None
    tell : callable or None
        Called with a sentence if rows are kept together. None: a warning says so.
    """
    if not isinstance(cv, (int, np.integer)) or not isinstance(rows, pd.DataFrame) or cv < 2:
        return groups
    found = equal_rows(rows, int(cv), labels, groups)
    if found.kept:
        (tell or _warn)(found.sentence)
    return found.groups


def _warn(sentence: str) -> None:
    warn_user(sentence, TableWarning)
