"""Checks on features and target before anything is trained, each with a one-line message."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from dropdecay.arrays import AnyArray, Bool, Float64
from dropdecay.errors import BadTable, Parameter
from dropdecay.safe_text import quoted
from dropdecay.table.decide import as_booleans, as_numbers, kind_of
from dropdecay.table.frames import as_frame
from dropdecay.table.missing import MISSING_WORDS, tidied

TASKS = ("classification", "regression")
ANSWERS = frozenset(["none", "nil"])
"""Words for a missing value that people write as an answer, beside others."""

AMOUNT = re.compile(r"-?(?:[^\w\s]{1,2}\s?|[A-Z]{3}\s)?-?\d[\d.,' ]*(?:[^\w\s]|[^\W\d_]{1,4})?")
"""A number with a currency, a unit, or marks of thousands."""

MIN_AMOUNTS = 0.9
"""Share of such texts from which on a column of text is amounts."""

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
    is_open : bool
        Whether the other task is possible too.
    """

    task: str
    reason: str
    is_open: bool = False


@dataclass(frozen=True)
class _Target:
    """A target as it is read.

    Parameters
    ----------
    name : str
        What messages call it.
    column : Series
        None where it is missing; text without blanks around it.
    kind : str
        As of a feature: "number", "boolean", "date", "category" or "nothing".
    words_gone, words_kept : tuple of str
        Those of the words for a missing value that are missing here, and those that are classes.
    """

    name: str
    column: pd.Series
    kind: str
    words_gone: tuple[str, ...]
    words_kept: tuple[str, ...]


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


def recognise_task(y: ArrayLike | pd.Series, missing: Collection[str] | None = None) -> Recognition:
    """Decide whether a target holds classes or quantities, and explain why.

    Booleans, text and declared categories are classes. Numbers are quantities, except where there
    are only two different ones, or whole numbers from -1 to 20 that occur 10 times each on
    average. So 0 and 1, digits, and ratings from 1 to 7 are classes; counts, years and prices are
    not.

    Parameters
    ----------
    y : shape (n_rows,)
    missing : collection of str, optional
        See :func:`check_target`.

    Raises
    ------
    BadTable
        If the target has no values, or holds dates, amounts written as text, or hardly any text
        twice.
    """
    target = _read(y, missing)
    name, kind = target.name, target.kind
    if kind == "nothing":
        raise BadTable(f"{name} has no value in any row. Choose another target.")
    if kind == "date":
        raise BadTable(
            f"{name} holds dates, which are neither classes nor quantities. Choose another "
            "target, convert the dates to numbers, such as days since a fixed date, or, if each is "
            "a class, use ", Parameter("task", "classification"), ".",
        )  # fmt: skip
    if kind == "number":
        values = as_numbers(target.column)
        known = np.unique(values[~np.isnan(values)])
        return _recognise_numbers(name, known, int((~np.isnan(values)).sum()))
    if kind == "category":
        _check_recurs(target)
    words = {"boolean": "true and false", "category": "names"}[kind]
    kept = f", {_quoted_list(target.words_kept)} among them" if target.words_kept else ""
    return Recognition(
        "classification", f"{name} holds {words}{kept}, so it is treated as classes."
    )


def _check_recurs(target: _Target) -> None:
    """Refuse text that is amounts, or different in most rows: nobody means classes by it."""
    values = target.column.dropna()
    n_different = values.astype(str).nunique()
    if n_different <= MAX_CODES:
        return
    amounts = values.map(lambda value: AMOUNT.fullmatch(str(value)) is not None)
    if amounts.mean() >= MIN_AMOUNTS:
        first = quoted(values[amounts].iloc[0])
        raise BadTable(
            f"{target.name} holds amounts that are written as text, such as {first}. Write them "
            "as plain numbers, such as 1200.5, or, if each is a class, use ",
            Parameter("task", "classification"), ".",
        )  # fmt: skip
    if n_different > len(values) / 2:
        raise BadTable(
            f"{target.name} holds {n_different} different texts in {len(values)} rows, too many "
            "for classes. Choose another target, or, if each is a class, use ",
            Parameter("task", "classification"), ".",
        )  # fmt: skip


def _recognise_numbers(name: str, known: Float64, n_rows: int) -> Recognition:
    if known.size <= 2:
        which = " and ".join(f"{value:g}" for value in known)
        return Recognition(
            "classification",
            f"{name} holds only {which}, so it is treated as classes.",
            is_open=True,
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
            is_open=True,
        )
    return Recognition(
        "regression",
        f"{name} holds {n_codes} different whole numbers from {known[0]:g} to {known[-1]:g}, so "
        "it is treated as a quantity.",
        is_open=True,
    )


def check_target(
    y: ArrayLike | pd.Series, task: str, missing: Collection[str] | None = None
) -> AnyArray:
    """Return the target as an array of the type that the task needs.

    Text is read as in the features: blanks around it are cut off. An empty cell is missing. So is a
    word that programs write for a missing value, such as NA or null; but None and nil are answers
    like any other where the rest of the target is text, as in None, Mild, Severe.

    Parameters
    ----------
    y : shape (n_rows,)
    task : {"classification", "regression"}
    missing : collection of str, optional
        Words that are missing, in place of those; any other is a class.

    Returns
    -------
    shape (n_rows,): float64 for regression; bool, numbers or text (dtype object) for classes.

    Raises
    ------
    BadTable
        If values are missing or infinite, are not numbers (regression), are not whole numbers
        (classification), or are all the same.
    """
    target = _read(y, missing)
    check_rows(len(target.column))
    _check_present(target)
    return _values(target) if task == "regression" else _classes(target)


def missing_rows(y: ArrayLike | pd.Series, missing: Collection[str] | None = None) -> Bool:
    """Return which rows have no target, shape (n_rows,); see :func:`check_target`."""
    return np.asarray(_read(y, missing).column.isna(), dtype=bool)


def _check_present(target: _Target) -> None:
    gone = np.asarray(target.column.isna(), dtype=bool)
    if not gone.any():
        return
    said: list[str | Parameter] = [
        f"{target.name} is missing in {int(gone.sum())} of {gone.size} rows (first in row "
        f"{int(gone.argmax()) + 1}). Every row needs a target. Fill it in, or leave these rows "
        "out: ",
        Parameter("drop_missing_target", in_python="X[y.notna()]"), ".",
    ]  # fmt: skip
    if target.words_gone and target.kind == "category":
        words = _quoted_list(target.words_gone)
        said += [f" {words} counts as missing; ", Parameter("missing", "none"), " makes it a class"]
        said += ["."]
    raise BadTable(*said)


def _values(target: _Target) -> Float64:
    name = target.name
    if target.kind not in ("number", "boolean"):
        row, text = _first_text(target.column)
        advice: list[str | Parameter] = ["Use ", Parameter("task", "classification")]
        advice += [", or correct the column."]
        if AMOUNT.fullmatch(text):
            advice = ["Write amounts as plain numbers, such as 1200.5."]
        raise BadTable(
            f"{name} cannot be predicted by regression: row {row + 1} holds {quoted(text)}, which "
            "is not a number. ",
            *advice,
        )
    values = as_numbers(target.column)
    if (values == values[0]).all():
        raise BadTable(
            f"{name} is {values[0]:g} in every row. There is nothing to learn. Choose another "
            "target."
        )
    return values


def _first_text(column: pd.Series) -> tuple[int, str]:
    numbers = pd.to_numeric(column.astype("str"), errors="coerce")
    row = int(np.asarray(numbers.isna(), dtype=bool).argmax())
    return row, str(column.iloc[row])


def _classes(target: _Target) -> AnyArray:
    name, column = target.name, target.column
    classes: AnyArray
    if target.kind == "boolean":
        classes = as_booleans(column)
    elif target.kind == "number":
        classes = as_numbers(column)
        if (classes != np.round(classes)).any():
            row = int((classes != np.round(classes)).argmax())
            raise BadTable(
                f"{name}, row {row + 1}: {classes[row]:g} is not a whole number, so it cannot be "
                "a class. Use ",
                Parameter("task", "regression"), ", or give whole numbers or text.",
            )  # fmt: skip
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


def _read(y: ArrayLike | pd.Series, missing: Collection[str] | None) -> _Target:
    """Read a target by the rules of the features, except for words that may be classes."""
    given = as_column(y)
    name = "The target" if given.name is None else f"Target {quoted(given.name)}"
    given = given if missing is None else _without(given, missing)
    kind, cut = kind_of(given), [each.strip() for each in given if isinstance(each, str)]
    known = [each for each in dict.fromkeys(cut) if each and each.lower() in MISSING_WORDS]
    answers = [each for each in known if each.lower() in ANSWERS and kind == "category"]
    kept = answers if missing is None else known
    gone = [each for each in known if each not in kept]
    if kind != "category" and not kept:
        return _Target(name, tidied(given), kind, tuple(gone), ())
    lost = {"", *gone}  # with a word that is kept among them, numbers are names too
    texts = [each.strip() if isinstance(each, str) else each for each in given]
    here = [None if is_missing or each in lost else each
            for each, is_missing in zip(texts, given.isna(), strict=True)]  # fmt: skip
    column = pd.Series(here, dtype=object, name=given.name)
    return _Target(name, column, "category", tuple(gone), tuple(kept))


def _without(column: pd.Series, missing: Collection[str]) -> pd.Series:
    """Return the column without these words and numbers."""
    words = {each.strip().lower() for each in missing}
    amounts = [_number_or_nan(each) for each in words]
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return column.mask(np.isin(column, amounts))

    def is_gone(value: object) -> bool:
        if isinstance(value, str):
            return value.strip().lower() in words
        return isinstance(value, Real) and float(value) in amounts

    return column.astype(object).mask(column.map(is_gone).astype(bool), None)


def _number_or_nan(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan


def _quoted_list(words: Sequence[str]) -> str:
    return " and ".join(quoted(each) for each in words[:3])


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
