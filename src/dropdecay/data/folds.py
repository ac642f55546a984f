"""Which rows are held out: scikit-learn's splitters, stratified if there are classes."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
)

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.fold_rows import Fold
from dropdecay.errors import BadInput, BadSetting
from dropdecay.safe_text import quoted
from dropdecay.settings import check_count


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
        Number of folds, any scikit-learn splitter, or pairs (training rows, validation rows).
    groups : shape (n_rows,) or None
        Rows of one group are never on both sides of a fold.
    random_state : int
        Shuffles the rows first, where ``cv`` is an int.

    Raises
    ------
    BadInput
        If a class has fewer rows than there are folds, or there are too few groups.
    BadSetting
        If ``cv`` is none of the above.
    """
    if isinstance(cv, (int, np.integer)) and not isinstance(cv, bool):
        n_folds = check_count("folds", int(cv), minimum=2)
        _check_enough(n_folds, n_rows, labels, groups)
        splitter = _default_splitter(n_folds, labels, groups, random_state)
    elif not isinstance(cv, str) and (hasattr(cv, "split") or isinstance(cv, Iterable)):
        splitter = check_cv(cv)
    else:
        raise BadSetting(
            f"cv must be a number of folds, a scikit-learn splitter or a list of pairs (training "
            f"rows, validation rows). Got {cv!r}."
        )
    X = np.zeros((n_rows, 1))  # splitters only count its rows
    y = np.zeros(n_rows) if labels is None else labels
    folds = [(np.asarray(a), np.asarray(b)) for a, b in splitter.split(X, y, groups)]
    for number, (training, validation) in enumerate(folds):
        if training.size == 0 or validation.size == 0:
            raise BadInput(f"Fold {number} has no training rows or no validation rows. Check cv.")
    if folds and np.unique(np.concatenate([validation for _, validation in folds])).size < 2:
        raise BadInput("All folds hold out the same single row. Check cv: two rows or more judge.")
    return folds


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
    if labels is None:
        kind = KFold if groups is None else GroupKFold
    else:
        kind = StratifiedKFold if groups is None else StratifiedGroupKFold
    splitter: Splitter = kind(n_folds, shuffle=True, random_state=random_state % 2**32)
    return splitter


def _check_enough(
    n_folds: int, n_rows: int, labels: AnyArray | None, groups: AnyArray | None
) -> None:
    if n_rows < n_folds:
        raise BadInput(
            f"{n_folds} folds need at least {n_folds} rows; there are {n_rows}. Use fewer folds."
        )
    if labels is not None:
        names, counts = np.unique(labels, return_counts=True)
        rarest = int(counts.argmin())
        if counts[rarest] < n_folds:
            raise BadInput(
                f"Class {quoted(names[rarest])} has {_rows(counts[rarest])}, fewer than the "
                f"{n_folds} folds. Use fewer folds, or drop this class or merge it with another."
            )
    if groups is not None and np.unique(groups).size < n_folds:
        raise BadInput(
            f"There are {np.unique(groups).size} groups, fewer than the {n_folds} folds. "
            "Use fewer folds."
        )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
