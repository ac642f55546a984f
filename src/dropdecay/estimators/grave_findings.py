"""What makes the answer worth nothing, told before a surface is trained on a table.

A look costs less than a hundredth of the training. The command line looks by itself and says more.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.errors import LeakWarning
from dropdecay.table.finding import Finding
from dropdecay.warn_user import warn_user

if TYPE_CHECKING:
    from dropdecay.estimators.surface_task import SurfaceTask

REMEDIES = {
    "leak": "Leave it out if not.",
    "hidden-groups": "Give fit this column as groups.",
    "row-order": "Give fit the times of the rows as times (np.arange(len(X)) if they stand in the "
    "order of time), or their places as groups.",
    "date-order-matters": "Give fit this column as times.",
}
"""Code of a finding -> what to do about it in Python."""


def warn_of_leaks(task: "SurfaceTask", y: ArrayLike | None, groups: ArrayLike | None) -> None:
    """Warn of columns, groups and orders by which networks are judged better than they are.

    Only tables with one output are looked at, and none inside scikit-learn's searches and
    validations, which read no verdict.

    Parameters
    ----------
    task : "SurfaceTask"
    y : shape (n_rows,), or None for what is no table
    groups : shape (n_rows,) or None
        Those of the user.
    """
    if task.whole is not None:
        y = task.target.labels if task.target.values is None else task.target.values
        groups = None if groups is None else task.groups
    target = np.squeeze(np.asarray(y))
    is_read = task.records and task.encoding.reading is not None
    if not is_read or not isinstance(task.rows, pd.DataFrame) or target.ndim != 1:
        return
    from dropdecay.table.look import look
    from dropdecay.table.row_order import OF_ORDER  # takes a second to import: arrays do without

    # Classes by their numbers: their names may be anything.
    labels = task.target.labels
    kind = "regression" if labels is None else "classification"
    known = pd.Series(target if labels is None else pd.factorize(np.asarray(labels))[0])
    kept = None if groups is None else np.asarray(groups)
    ours = isinstance(task.cv, (int, np.integer))
    found = look(task.rows, known, kind, len(task.folds), kept, cuts=ours,
                 folds=None if ours else task.folds)  # fmt: skip
    warn_of([each for each in found if not (task.by_time and each.code in OF_ORDER)])


def warn_of(found: Iterable[Finding]) -> None:
    """Warn of those among findings that make the answer worth nothing."""
    for each in found:
        if each.code in REMEDIES:
            said = f"{each.sentence} {REMEDIES[each.code]}"
            warn_user(said, LeakWarning)
