"""What all runs of a store have in common: the data, by content, and every setting they share."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from dropdecay.data.fold_rows import Fold
from dropdecay.data.scoring import score_name
from dropdecay.engine.cpu import train
from dropdecay.engine.protocol import Engine
from dropdecay.estimators.base import hidden_sizes, smoothing_of
from dropdecay.surface.store import Store, with_store


@contextmanager
def engine_with_store(estimator: Any, task: Any, folds: list[Fold]) -> Iterator[Engine]:
    """Give the engine; where the estimator has a ``store`` it remembers every finished run."""
    if estimator.store is None:
        yield train
        return
    with Store(estimator.store, identity_of(estimator, task, folds)) as kept:
        yield with_store(train, kept)


def identity_of(estimator: Any, task: Any, folds: list[Fold]) -> dict[str, Any]:
    """Return what must be equal for a finished run to count, as plain JSON values.

    The values on the axes and the number of seeds are left out: a larger surface may go on from a
    smaller one.

    Parameters
    ----------
    estimator : MLPClassifierCV or MLPRegressorCV
    task
        Its rows, target, weights, schedule and random state.
    folds : list of (training rows, validation rows)
    """
    rows, target = task.rows, task.target
    weights = () if task.weights is None else (task.weights,)
    parts = (rows, target.matrix, *(part for fold in folds for part in fold), *weights)
    return {
        "data": content_hash(*parts),
        "version": version("dropdecay"),
        "hidden_layer_sizes": list(hidden_sizes(estimator.hidden_layer_sizes)),
        "activation": str(estimator.activation),
        "loss": target.loss,
        "label_smoothing": smoothing_of(estimator),
        "input_dropout": float(estimator.input_dropout),
        "decay": str(estimator.decay),
        "encoder": repr(estimator.encoder),
        "scoring": score_name(estimator.scoring, target),
        "random_state": task.random_state,
        **asdict(task.schedule),
    }


def content_hash(*parts: Any) -> str:
    """Return a SHA-256 over tables and arrays: their values, types, shapes and names."""
    digest = hashlib.sha256()
    for part in parts:
        _add(digest, part)
    return digest.hexdigest()


def _add(digest: Any, part: Any) -> None:
    if hasattr(part, "to_pandas"):
        part = part.to_pandas()
    if hasattr(part, "tocsr"):
        part = part.tocsr()
        _add(digest, np.array(part.shape))
        for array in (part.data, part.indices, part.indptr):
            _add(digest, array)
        return
    if isinstance(part, pd.DataFrame):
        digest.update(repr(part.shape).encode())
        for name in part.columns:
            column = part[name]
            digest.update(f"{name!r} {column.dtype}".encode())
            digest.update(_column_hash(column))
        return
    array = np.ascontiguousarray(part)
    digest.update(f"{array.dtype} {array.shape}".encode())
    digest.update(repr(array.tolist()).encode() if array.dtype == object else array.tobytes())


def _column_hash(column: pd.Series) -> bytes:
    try:
        hashed = pd.util.hash_pandas_object(column, index=False, categorize=False)
    except TypeError:  # values of several kinds, such as lists, have no hash
        return repr(column.tolist()).encode()
    return np.asarray(hashed).tobytes()
