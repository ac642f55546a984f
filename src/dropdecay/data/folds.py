"""Which rows are held out: scikit-learn's splitters, stratified if there are classes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedKFold,
)

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.data.deal import MOST_PER_GROUP, DealtGroups, ShuffledGroups
from dropdecay.data.fold_rows import Fold
from dropdecay.errors import BadInput, BadSetting, Parameter
from dropdecay.safe_text import quoted, reason_of, visible
from dropdecay.settings import check_count

MAX_NAMED = 3
"""Rare classes that a message names."""


class Splitter(Protocol):
    """What cuts rows into folds, as scikit-learn's splitters do."""

    def split(
        self, X: AnyArray, y: AnyArray | None = None, groups: AnyArray | None = None
    ) -> Iterator[tuple[AnyArray, AnyArray]]:
        """Yield the training and validation rows of each fold."""
        ...


def make_folds(
    n_rows: int,
    labels: AnyArray | None,
    cv: object,
    groups: AnyArray | None,
    random_state: int,
) -> list[Fold]:
    """Split the rows into training and validation rows, once, before anything is trained.

    Parameters
    ----------
    n_rows : int
    labels : shape (n_rows,) or None
        Class of every row, to stratify by; None for regression.
    cv : int, splitter or iterable
        Number of folds, any scikit-learn splitter, or pairs (training rows, validation rows) as row
        numbers or masks.
    groups : shape (n_rows,) or None
        Rows of one group are never on both sides of a fold.
    random_state : int
        Shuffles the rows first, where ``cv`` is an int.

    Raises
    ------
    BadInput
        If a class has fewer rows than there are folds, there are too few groups, or a fold is empty
        or trains on rows that it holds out.
    BadSetting
        If ``cv`` is none of the above.
    """
    if isinstance(cv, (int, np.integer)) and not isinstance(cv, bool):
        n_folds = check_count("cv", int(cv), minimum=2)
        _check_enough(n_folds, n_rows, labels, groups)
        splitter = _default_splitter(n_folds, labels, groups, random_state)
        given = _split(splitter, n_rows, labels, groups)
    elif hasattr(cv, "split") and not isinstance(cv, str):
        given = _split(cv, n_rows, labels, groups)
    elif isinstance(cv, Iterable) and not isinstance(cv, (str, Mapping)):
        given = [*cv]
    else:
        raise BadSetting(
            Parameter("cv"),
            " must be a number of folds, a scikit-learn splitter or a list of pairs (training "
            f"rows, validation rows). Got {visible(repr(cv), 60)}.",
        )
    folds = [_fold(number, pair, n_rows) for number, pair in enumerate(given)]
    if not folds:
        raise BadInput(
            Parameter("cv"), " gives no folds. A generator does so once only: give a list of it."
        )
    if np.unique(np.concatenate([validation for _, validation in folds])).size < 2:
        raise BadInput("All folds hold out the same single row. Check cv: two rows or more judge.")
    return folds


def _split(
    splitter: Splitter, n_rows: int, labels: AnyArray | None, groups: AnyArray | None
) -> list[object]:
    X = np.zeros((n_rows, 1))  # splitters only count its rows
    try:
        return [*splitter.split(X, np.zeros(n_rows) if labels is None else labels, groups)]
    except ValueError as error:
        kind = type(splitter).__name__
        raise BadInput(
            Parameter("cv"), f" ({kind}) cannot split these rows: {reason_of(error)}."
        ) from None


def _fold(number: int, pair: object, n_rows: int) -> Fold:
    """Return a fold as a splitter or the user gives it, as row numbers that do not overlap."""
    if not isinstance(pair, (tuple, list, np.ndarray)) or len(pair) != 2:
        raise BadInput(
            Parameter("cv"), " must give pairs (training rows, validation rows), and its fold "
            f"{number} is no pair.",
        )  # fmt: skip
    training, validation = (_numbers(number, part, n_rows) for part in pair)
    if training.size == 0 or validation.size == 0:
        raise BadInput(f"Fold {number} has no training rows or no validation rows. Check cv.")
    trains, holds_out = np.zeros(n_rows, bool), np.bincount(validation, minlength=n_rows)
    trains[training] = True
    both = np.flatnonzero(trains & (holds_out > 0))
    if both.size:
        raise BadInput(
            f"Fold {number} trains on rows that it holds out, such as row {both[0]} "
            f"({both.size} in all; the first row is 0). Take them from one of the two."
        )
    if (holds_out > 1).any():
        raise BadInput(
            f"Fold {number} holds out row {holds_out.argmax()} more than once (the first row is "
            "0). Hold every row out once."
        )
    return training, validation


def _numbers(fold: int, part: object, n_rows: int) -> Int64:
    """Return row numbers from row numbers or a mask."""
    try:
        rows = np.asarray(part)
    except ValueError:
        rows = np.empty((0, 0))
    if rows.dtype == bool and rows.shape == (n_rows,):
        return np.flatnonzero(rows)
    if rows.ndim != 1 or (rows.size and rows.dtype.kind not in "iu"):
        raise BadInput(
            Parameter("cv"), " must give row numbers, or masks of as many truths as there are "
            f"rows ({n_rows}). Fold {fold} has {rows.dtype} of shape {rows.shape}.",
        )  # fmt: skip
    outside = (rows < 0) | (rows >= n_rows)
    if outside.any():
        raise BadInput(
            f"Fold {fold} names row {rows[outside][0]}, but the {n_rows} rows are 0 to "
            f"{n_rows - 1}. Check cv."
        )
    return rows.astype(np.int64)


def check_groups(groups: ArrayLike, n_rows: int) -> AnyArray:
    """Return one group per row, shape (n_rows,).

    Raises
    ------
    BadInput
        If there are more or fewer, or rows without one.
    """
    checked = np.asarray(groups)
    if checked.size != n_rows:
        raise BadInput(
            f"groups must give one group per row: {n_rows}. It has shape {checked.shape}."
        )
    checked = checked.reshape(n_rows)
    n_missing = int(pd.isna(checked).sum())
    if n_missing:
        raise BadInput(
            f"{_rows(n_missing).capitalize()} {'has' if n_missing == 1 else 'have'} no group. "
            "Fill in the groups, or drop these rows."
        )
    return checked


def check_weights(
    folds: Sequence[Fold], sample_weight: Floating | None, name: str = "fold {}"
) -> None:
    """Refuse a fold in which no row has any weight: it could not train, or say anything.

    Parameters
    ----------
    folds : sequence of (training rows, validation rows)
    sample_weight : shape (n_rows,) or None
    name : str
        What a fold is called, given its number.

    Raises
    ------
    BadInput
        Naming the fold.
    """
    if sample_weight is None:
        return
    for number, parts in enumerate(folds):
        for part, rows in zip(("training", "validation"), parts, strict=True):
            if not sample_weight[rows].any():
                raise BadInput(
                    f"All {part} rows of {name.format(number)} have weight 0. Drop rows of weight "
                    "0, or use fewer folds."
                )


def _default_splitter(
    n_folds: int, labels: AnyArray | None, groups: AnyArray | None, random_state: int
) -> Splitter:
    random_state %= 2**32
    if labels is None:
        kind = KFold if groups is None else GroupKFold
    else:
        if groups is not None:
            are_small = labels.size <= MOST_PER_GROUP * np.unique(groups).size
            return (DealtGroups if are_small else ShuffledGroups)(n_folds, random_state)
        kind = StratifiedKFold
    splitter: Splitter = kind(n_folds, shuffle=True, random_state=random_state)
    return splitter


def _check_enough(
    n_folds: int, n_rows: int, labels: AnyArray | None, groups: AnyArray | None
) -> None:
    if n_rows < n_folds:
        raise BadInput(
            f"{n_folds} folds need at least {n_folds} rows; there are {n_rows}. Use ",
            *_fewer(n_rows), " or add rows.",
        )  # fmt: skip
    if labels is not None:
        _check_classes(n_folds, labels)
    if groups is not None and (n_groups := np.unique(groups).size) < n_folds:
        raise BadInput(
            f"There are {n_groups} groups, fewer than the {n_folds} folds. Use ",
            *_fewer(n_groups), " or other groups.",
        )  # fmt: skip


def _check_classes(n_folds: int, labels: AnyArray) -> None:
    """Refuse classes that cannot be in every fold, all at once, with what to do about them."""
    classes, counts = np.unique(labels, return_counts=True)
    rare = np.flatnonzero(counts < n_folds)
    if not rare.size:
        return
    named = [f"{quoted(classes[each])} has {_rows(counts[each])}" for each in rare[:MAX_NAMED]]
    others = rare.size - len(named)
    more = "" if others == 0 else f" and {others} more classes are as rare"
    advice: list[str | Parameter] = ["Merge or leave out such classes"]
    if counts.min() > 1:
        advice += [", or use ", *_fewer(int(counts.min()))]
    if labels.dtype.kind in "iuf" and classes.size > 2:
        regression = Parameter("task", "regression", in_python="a regressor")
        advice += [", or, if the numbers are ratings or amounts, use ", regression]
    raise BadInput(
        f"Class {', '.join(named)}{more}, fewer than the {n_folds} folds, and every fold needs "
        "every class. ",
        *advice, ".",
    )  # fmt: skip


def _fewer(most: int) -> list[str | Parameter]:
    """Return words for a number of folds that is possible, if any is."""
    return [Parameter("cv", most)] if most > 1 else ["fewer folds"]


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
