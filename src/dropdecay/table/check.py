"""Checks on features and target before anything is trained, each with a one-line message."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.arrays import AnyArray, Float64
from dropdecay.errors import BadTable
from dropdecay.safe_text import quoted
from dropdecay.table.decide import as_numbers, kind_of
from dropdecay.table.frames import as_frame
from dropdecay.table.missing import tidied

TASKS = ("classification", "regression")
MAX_CODES = 20
MAX_CODE = 20
MIN_ROWS_PER_CODE = 10


@dataclass(frozen=True)
class Recognition:
    """The task that a target calls for.

    Parameters
    ----------
    task : {"classification", "regression"}
    reason : str
        One sentence that explains it.
    """

    task: str
    reason: str


def check_features(X: object) -> pd.DataFrame:
    """Return the features as a pandas DataFrame if a network can be trained on them.

    Parameters
    ----------
    X : DataFrame, shape (n_rows, n_features)

    Raises
    ------
    BadTable
        If there are no columns, or fewer than two rows, or if two columns have the same name.
    """
    frame = as_frame(X)
    if frame.shape[1] == 0:
        raise BadTable(
            "The table has no column to learn from. Give at least one besides the target."
        )
    check_rows(frame.shape[0])
    return frame


def check_rows(n_rows: int) -> None:
    """Reject a table with no rows, or only one."""
    needed = "Training needs at least two, and preferably a hundred or more."
    if n_rows == 0:
        raise BadTable(f"The table has no rows. {needed}")
    if n_rows == 1:
        raise BadTable(f"The table has only one row. {needed}")


def recognise_task(y: ArrayLike | pd.Series) -> Recognition:
    """Decide whether a target holds classes or quantities, and explain why.

    Booleans, text and declared categories are classes. Numbers are quantities, except where there
    are only two different ones, or whole numbers from -1 to 20 that occur 10 times each on
    average. So 0 and 1, digits, and ratings from 1 to 7 are classes; counts, years and prices are
    not.

    Parameters
    ----------
    y : shape (n_rows,)

    Raises
    ------
    BadTable
        If the target has no values, or holds dates.
    """
    column = as_column(y)
    name, kind = _target(column), kind_of(column)
    if kind == "nothing":
        raise BadTable(f"{name} has no value in any row. Choose another target.")
    if kind == "date":
        raise BadTable(
            f"{name} holds dates, which are neither classes nor quantities. Choose another "
            "target, or convert the dates to numbers, such as days since a fixed date."
        )
    if kind != "number":
        words = {"boolean": "true and false", "category": "names"}[kind]
        return Recognition("classification", f"{name} holds {words}, so it is treated as classes.")
    values = as_numbers(tidied(column))
    known = np.unique(values[~np.isnan(values)])
    return _recognise_numbers(name, known, int((~np.isnan(values)).sum()))


def _recognise_numbers(name: str, known: Float64, n_rows: int) -> Recognition:
    if known.size <= 2:
        which = " and ".join(f"{value:g}" for value in known)
        return Recognition(
            "classification", f"{name} holds only {which}, so it is treated as classes."
        )
    if not (known == np.round(known)).all():
        return Recognition(
            "regression", f"{name} holds numbers with fractions, so it is treated as a quantity."
        )
    n_codes = known.size
    few = n_codes <= MAX_CODES and n_rows >= MIN_ROWS_PER_CODE * n_codes
    if few and known[0] >= -1 and known[-1] <= MAX_CODE:
        return Recognition(
            "classification",
            f"{name} holds {n_codes} different small whole numbers, each "
            f"{n_rows // n_codes} times on average, so it is treated as classes.",
        )
    return Recognition(
        "regression",
        f"{name} holds {n_codes} different whole numbers from {known[0]:g} to {known[-1]:g}, so "
        "it is treated as a quantity.",
    )


def check_target(y: ArrayLike | pd.Series, task: str) -> AnyArray:
    """Return the target as an array of the type that the task needs.

    Parameters
    ----------
    y : shape (n_rows,)
    task : {"classification", "regression"}

    Returns
    -------
    shape (n_rows,): float64 for regression; bool, numbers or text (dtype object) for classes.

    Raises
    ------
    BadTable
        If values are missing or infinite, are not numbers (regression), are not whole numbers
        (classification), or are all the same.
    """
    column = as_column(y)
    check_rows(len(column))
    name = _target(column)
    missing = np.asarray(tidied(column).isna(), dtype=bool)
    if missing.any():
        first = int(missing.argmax()) + 1
        raise BadTable(
            f"{name} is missing in {int(missing.sum())} of {missing.size} rows (first in row "
            f"{first}). Every row needs a target. Fill it in or remove these rows."
        )
    return _values(column, name) if task == "regression" else _classes(column, name)


def _values(column: pd.Series, name: str) -> Float64:
    kind = kind_of(column)
    if kind != "number" and kind != "boolean":
        raise BadTable(
            f"{name} cannot be predicted by regression: row {_first_text(column)} is not a number. "
            "Use classification, or correct the column."
        )
    values = as_numbers(tidied(column))
    if (values == values[0]).all():
        raise BadTable(
            f"{name} is {values[0]:g} in every row. There is nothing to learn. Choose another "
            "target."
        )
    return values


def _first_text(column: pd.Series) -> str:
    numbers = pd.to_numeric(tidied(column).astype("str"), errors="coerce")
    row = int(np.asarray(numbers.isna(), dtype=bool).argmax())
    return f"{row + 1} holds {quoted(column.iloc[row])}, which"


def _classes(column: pd.Series, name: str) -> AnyArray:
    kind = kind_of(column)
    column = tidied(column)
    if kind == "boolean":
        classes = np.asarray(column, dtype=bool)
    elif kind == "number":
        classes = as_numbers(column)
        if (classes != np.round(classes)).any():
            row = int((classes != np.round(classes)).argmax())
            raise BadTable(
                f"{name}, row {row + 1}: {classes[row]:g} is not a whole number, so it cannot be "
                "a class. Use regression, or give whole numbers or text."
            )
        if np.abs(classes).max() < 2**53:
            classes = classes.astype(np.int64)
        else:  # scikit-learn would treat numbers too large for an integer as continuous
            classes = np.array([repr(float(value)) for value in classes + 0.0], dtype=object)
    else:
        classes = np.asarray(column.map(str), dtype=object)
    if (classes == classes[0]).all():
        raise BadTable(
            f"{name} has only one class, {quoted(classes[0])}. Classification needs at least two. "
            "Choose another target, or add rows of another class."
        )
    return classes


def check_folds(y: AnyArray, task: str, n_folds: int) -> None:
    """Reject more folds than there are rows, or rows of any class.

    Parameters
    ----------
    y : shape (n_rows,)
        From ``check_target``.
    task : {"classification", "regression"}
    n_folds : int

    Raises
    ------
    BadTable
        Naming the rare classes and how many rows they have.
    """
    if len(y) < n_folds:
        raise BadTable(
            f"The table has {len(y)} rows, fewer than the {n_folds} folds. Every fold needs a row. "
            "Use fewer folds or add rows."
        )
    if task == "regression":
        return
    classes, counts = np.unique(y, return_counts=True)
    short = [
        f"{quoted(each)} has {_rows(count)}"
        for each, count in zip(classes, counts, strict=True)
        if count < n_folds
    ]
    if short:
        more = f" and {len(short) - 3} more classes are as rare" if len(short) > 3 else ""
        raise BadTable(
            f"Class {', '.join(short[:3])}{more}: fewer than the {n_folds} folds. Every class "
            "needs a row in every fold. Use fewer folds, or remove or merge rare classes."
        )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def as_column(y: ArrayLike | pd.Series) -> pd.Series:
    """Return a target as a pandas column with rows numbered from 0.

    Raises
    ------
    BadTable
        If it has more than one column.
    """
    if hasattr(y, "to_pandas"):
        y = y.to_pandas()
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if not isinstance(y, pd.Series):
        if np.ndim(y) != 1:
            raise BadTable(
                f"The target must be a single column. Got an array with {np.ndim(y)} dimensions."
            )
        y = pd.Series(y)
    column: pd.Series = y.reset_index(drop=True)
    return column


def _target(column: pd.Series) -> str:
    return "The target" if column.name is None else f"Target {quoted(column.name)}"
