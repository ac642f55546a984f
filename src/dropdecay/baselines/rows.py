"""The rows of one fold as other models get them, and the form in which they answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import issparse

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.data.targets import Target
from dropdecay.engine.protocol import Matrix
from dropdecay.parts import Targets

ROWS_AT_ONCE = 50_000
"""Rows that are predicted at once: models turn them into float64."""


@dataclass(frozen=True)
class HeldOut:
    """Rows that are held out, taken as they are asked for: of a table on disk all are too many.

    Parameters
    ----------
    X : matrix
        Those of all rows.
    rows : shape (n_held_out,)
    """

    X: Matrix
    rows: Int64

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.rows.size)

    def part(self, start: int) -> Matrix:
        """Return as many rows as are predicted at once."""
        return self.X[self.rows[start : start + ROWS_AT_ONCE]]


@dataclass(frozen=True)
class FoldRows:
    """What a model learns from, and what it is asked of.

    Parameters
    ----------
    X : matrix
        Training rows, encoded by what they teach.
    held_out : HeldOut
        Validation rows, encoded likewise.
    y : shape (n_training, n_targets), float64
        Class numbers, 0 and 1, or standardized values, as ``kind`` says.
    kind : {"classes", "labels", "values"}
    n_outputs : int
        Classes, labels or values that are predicted.
    sample_weight : shape (n_training,) or None
    groups : shape (n_training,) or None
    categories : tuple of arrays of int
        Columns of ``X`` that are one category each of the same column of the table.
    seed : int
    n_in_fold : int
        Training rows of the fold, of which these may be a part.
    moments : shape (n_training,), int64, or None
        Order of the rows in time; equal ones are of one time.
    """

    X: Matrix
    held_out: HeldOut
    y: Float64
    kind: Targets
    n_outputs: int
    sample_weight: Floating | None
    groups: AnyArray | None
    categories: tuple[Int64, ...]
    seed: int
    n_in_fold: int
    moments: Int64 | None = None

    @property
    def n_training(self) -> int:
        """Number of training rows."""
        return len(self.y)


def exact_targets(target: Target) -> Float64:
    """Return the targets as models learn them, (n_rows, n_targets).

    Values are standardized as for the network, but not rounded to its float32.
    """
    if target.values is None:
        return target.matrix.astype(np.float64)
    return (target.values - target.center) / target.scale


def probabilities(said: Float64, classes: AnyArray, n_classes: int, n_training: int) -> Float64:
    """Return one column a class, whichever of them a model met, (n_rows, n_classes).

    A class that no training row has gets the odds of one row: with none at all, a single row of it
    would decide the loss.
    """
    met = np.asarray(classes).astype(int)
    found = np.zeros((len(said), n_classes))
    found[:, met] = said
    unmet = np.setdiff1d(np.arange(n_classes), met)
    odds = 1.0 / (n_training + n_classes)
    found[:, met] *= 1.0 - odds * unmet.size
    found[:, unmet] = odds
    return found


def answers(
    rows: FoldRows,
    fit: Callable[[AnyArray], Any],
    prepare: Callable[[Matrix], Any] = lambda X: X,
) -> Float64:
    """Return what a model says of the held-out rows, (n_held_out, n_outputs), one model an output.

    Parameters
    ----------
    rows : FoldRows
    fit : callable
        Targets of the training rows, (n_training,), class numbers or values -> a fitted estimator.
    prepare : callable
        Some of the held-out rows -> what that estimator takes.
    """
    if rows.kind == "values":
        return np.column_stack([_asked(fit(y).predict, rows, prepare)[:, 0] for y in rows.y.T])
    labels = rows.y.astype(np.int64)
    if rows.kind == "classes":
        return _odds(rows, labels[:, 0], rows.n_outputs, fit, prepare)
    return np.column_stack([_odds(rows, y, 2, fit, prepare)[:, 1] for y in labels.T])


def _odds(
    rows: FoldRows,
    y: AnyArray,
    n_classes: int,
    fit: Callable[[AnyArray], Any],
    prepare: Callable[[Matrix], Any],
) -> Float64:
    """Return the probabilities of the held-out rows, (n_held_out, n_classes)."""
    met = np.unique(y)
    said = np.ones((rows.held_out.n_rows, 1))
    if met.size > 1:  # else there is nothing to learn
        fitted = fit(y)
        met, said = fitted.classes_, _asked(fitted.predict_proba, rows, prepare)
    return probabilities(said, met, n_classes, rows.n_training)


def _asked(
    predict: Callable[[Any], AnyArray], rows: FoldRows, prepare: Callable[[Matrix], Any]
) -> Float64:
    """Return what an estimator says of the held-out rows, (n_held_out, ...), some at a time."""
    held_out, n_rows = rows.held_out, rows.held_out.n_rows
    parts = [
        np.asarray(predict(prepare(held_out.part(start))), np.float64)
        for start in range(0, n_rows, ROWS_AT_ONCE)
    ]
    return np.concatenate(parts).reshape(n_rows, -1)


def is_sparse(X: Matrix) -> bool:
    """Return whether rows are sparse."""
    return bool(issparse(X))
