"""Which rows are held out: scikit-learn's splitters, stratified where there are classes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    StratifiedGroupKFold,
    StratifiedKFold,
    check_cv,
)

from dropdecay.arrays import AnyArray
from dropdecay.data.fold_rows import Fold
from dropdecay.errors import BadInput, BadSetting
from dropdecay.safe_text import quoted
from dropdecay.settings import check_count


def make_folds(
    n_rows: int,
    labels: AnyArray | None,
    cv: Any,
    groups: AnyArray | None,
    random_state: int,
) -> list[Fold]:
    """Cut the rows into training and validation rows, once, before anything is trained.

    Parameters
    ----------
    n_rows : int
    labels : shape (n_rows,) or None
        Class of every row, to stratify by; None for regression.
    cv : int, splitter or iterable
        Number of folds, any scikit-learn splitter, or pairs (training rows, validation rows).
    groups : shape (n_rows,) or None
        Rows of one group never stand on both sides of a fold.
    random_state : int
        Shuffles the rows before an int ``cv`` cuts them.

    Raises
    ------
    BadInput
        If a class has fewer rows than there are folds, or groups are too few.
    BadSetting
        If ``cv`` is none of the above.
    """
    if isinstance(cv, (int, np.integer)) and not isinstance(cv, bool):
        n_folds = check_count("folds", int(cv), least=2)
        _check_enough(n_folds, n_rows, labels, groups)
        splitter: Any = _default_splitter(n_folds, labels, groups, random_state)
    elif not isinstance(cv, str) and (hasattr(cv, "split") or isinstance(cv, Iterable)):
        splitter = check_cv(cv)
    else:
        raise BadSetting(
            f"cv must be a number of folds, a scikit-learn splitter or a list of (training rows, "
            f"validation rows). Got {cv!r}."
        )
    nothing = np.zeros((n_rows, 1))
    y = np.zeros(n_rows) if labels is None else labels
    folds = [(np.asarray(a), np.asarray(b)) for a, b in splitter.split(nothing, y, groups)]
    for number, (training, validation) in enumerate(folds):
        if training.size == 0 or validation.size == 0:
            raise BadInput(f"Fold {number} has no training or no validation rows. Check cv.")
    return folds


def _default_splitter(
    n_folds: int, labels: AnyArray | None, groups: AnyArray | None, random_state: int
) -> Any:
    seed = random_state % 2**32
    if labels is None:
        if groups is None:
            return KFold(n_folds, shuffle=True, random_state=seed)
        return GroupKFold(n_folds, shuffle=True, random_state=seed)
    if groups is None:
        return StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed)


def _check_enough(
    n_folds: int, n_rows: int, labels: AnyArray | None, groups: AnyArray | None
) -> None:
    if n_rows < n_folds:
        raise BadInput(
            f"{n_folds} folds need at least {n_folds} rows. Got {n_rows}. Use fewer folds."
        )
    if labels is not None:
        names, counts = np.unique(labels, return_counts=True)
        rarest = int(counts.argmin())
        if counts[rarest] < n_folds:
            raise BadInput(
                f"Class {quoted(names[rarest])} has {_rows(counts[rarest])}, fewer than the "
                f"{n_folds} folds. Use fewer folds, or leave out or merge this class."
            )
    if groups is not None and np.unique(groups).size < n_folds:
        raise BadInput(
            f"There are {np.unique(groups).size} groups, fewer than the {n_folds} folds. "
            "Use fewer folds."
        )


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
