"""Options -> the estimator that they describe, and what is wrong with them without a table."""

from typing import cast

import numpy as np

from dropdecay.arrays import AnyArray
from dropdecay.commands.check import check_code
from dropdecay.commands.class_options import of_classes
from dropdecay.commands.options import FitOptions
from dropdecay.commands.roles import read_as_of
from dropdecay.errors import BadSetting
from dropdecay.estimators.from_arrays import task_from_arrays
from dropdecay.estimators.mlp_cv import MLPClassifierCV, MLPRegressorCV
from dropdecay.table.check import TASKS
from dropdecay.table.decoding import check_encoding

LONG_MEMORY = "tau:1e9"
ROWS_A_FOLD, MOST_FOLDS = 40, 100


def make_estimator(
    options: FitOptions, task: str, target: AnyArray | None = None
) -> MLPClassifierCV | MLPRegressorCV:
    """Build the estimator that the options describe.

    Without a target, weights of classes by name are left out.
    """
    kind = MLPClassifierCV if task == "classification" else MLPRegressorCV
    return kind(**options.parameters(), **of_classes(options, task, target))


def check_without_table(options: FitOptions) -> None:
    """Refuse options that no table could make good, before one is read.

    Whatever a fit checks before it trains is checked on made-up rows, plain ones and many. Where
    the task is open, options must be bad for both tasks.

    Raises
    ------
    BadSetting
        As a fit would.
    """
    if options.encoding is not None:
        check_encoding(options.encoding)
    read_as_of(options)
    for codes, option in ((options.ignored, "--ignore"), (options.fatal, "--fail-on")):
        for code in codes:
            check_code(code, option)
    tasks = TASKS if options.task == "auto" else (options.task,)
    wrong = [error for error in (_wrong(options, task) for task in tasks) if error is not None]
    if len(wrong) == len(tasks):
        raise wrong[0]


def _wrong(options: FitOptions, task: str) -> BadSetting | None:
    """Return what a fit of one task says about its parameters."""
    made = options
    if str(options.values["weight_decay"]).startswith("tau:"):
        # Which memories there are room for depends on the rows.
        made = options.changed(weight_decay=LONG_MEMORY)
    folds = min(cast(int, options.values["folds"]), MOST_FOLDS)
    n_rows = ROWS_A_FOLD * max(folds, 2)
    X = np.arange(2.0 * n_rows).reshape(n_rows, 2)
    y = np.arange(n_rows) % 2 if task == "classification" else X[:, 0] + 1.0
    try:
        estimator = make_estimator(made.changed(folds=folds, search_rows=None, cluster=None), task)
        estimator._futility()
        found = task_from_arrays(estimator, X, y, None, None, None, None, lambda _: None)
        for point in found.axes.points:
            point.applied_to(found.setting)
    except BadSetting as error:
        return error
    return None
