"""scikit-learn's histogram gradient boosting, stopped early within the training rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.baselines.inner_parts import stopping_part
from dropdecay.baselines.rows import FoldRows, answers, is_sparse, probabilities
from dropdecay.data.output_losses import losses_of_outputs
from dropdecay.engine.protocol import Matrix
from dropdecay.errors import BadInput

MAX_CELLS = 20_000_000
"""Boosting knows no sparse rows; a matrix of more cells is not made dense."""

STEPS_AT_ONCE, PATIENCE = 20, 10
"""Trees an output that are grown before the loss is looked at, and how many may be in vain."""

USUAL_TREES = 50
"""Trees an output, for a forecast: measured 30 to 100."""


@dataclass(frozen=True)
class Boosted:
    """What boosting says, and how many trees it grew."""

    outputs: Float64
    n_trees: int


def boosting_outputs(rows: FoldRows) -> Boosted:
    """Return what boosting says of the held-out rows, (n_held_out, n_outputs), one model an output.

    Columns that encode the categories of one column of the table are put together again: boosting
    takes categories as they are, and needs a quarter of the time for it.

    Raises
    ------
    BadInput
        If rows are sparse and too many to be made dense.
    """
    n_cells = rows.X.shape[0] * rows.X.shape[1]
    if is_sparse(rows.X) and n_cells > MAX_CELLS:
        raise BadInput(
            f"it needs dense rows, and these have {rows.X.shape[1]:,} columns, too many for that"
        )
    X = with_categories(rows.X, rows)
    of_categories = np.arange(X.shape[1]) >= X.shape[1] - len(rows.categories)
    is_of_values = rows.kind == "values"
    kind = HistGradientBoostingRegressor if is_of_values else HistGradientBoostingClassifier
    part, n_trees = stopping_part(rows), []

    def fit(y: AnyArray) -> Any:
        model = kind(
            early_stopping=part is None, categorical_features=of_categories, random_state=rows.seed
        )
        if part is None:
            fitted = model.fit(X, y, rows.sample_weight)
        else:
            fitted = _stopped_by(part, model, X, y, rows)
        n_trees.append(model.n_iter_ * model.n_trees_per_iteration_)
        return fitted

    outputs = answers(rows, fit, lambda X: with_categories(X, rows))
    return Boosted(outputs, sum(n_trees))


@dataclass(frozen=True)
class _Stopped:
    """A model as it was after some of its steps."""

    model: HistGradientBoostingClassifier | HistGradientBoostingRegressor
    n_steps: int

    @property
    def classes_(self) -> AnyArray:
        found: AnyArray = self.model.classes_
        return found

    def predict(self, X: Floating) -> AnyArray:
        """Return values."""
        return self._at_last_step(self.model.staged_predict(X))

    def predict_proba(self, X: Floating) -> AnyArray:
        """Return probabilities."""
        return self._at_last_step(self.model.staged_predict_proba(X))

    def _at_last_step(self, stages: Iterator[AnyArray]) -> AnyArray:
        return next(islice(stages, self.n_steps - 1, None))


def _stopped_by(
    part: tuple[Int64, Int64],
    model: HistGradientBoostingClassifier | HistGradientBoostingRegressor,
    X: Floating,
    y: AnyArray,
    rows: FoldRows,
) -> _Stopped:
    """Grow a model on one part of the rows, and stop it where it is best on the other.

    scikit-learn's own early stopping draws rows, which may be copies of others or later than they
    are; from version 1.7 on it takes a part, but keeps the trees that came after the best one.
    """
    training, stops = part
    if rows.kind != "values" and np.unique(y[training]).size < 2:
        training, stops = np.arange(len(y)), stops[:0]
    weights = None if rows.sample_weight is None else rows.sample_weight[training]
    most, best = model.max_iter, model.max_iter
    model.set_params(warm_start=True)
    for n_steps in range(STEPS_AT_ONCE, most + 1, STEPS_AT_ONCE):
        model.set_params(max_iter=n_steps).fit(X[training], y[training], weights)
        if stops.size:
            best = 1 + int(np.argmin(_losses_by_step(model, X, y, stops, rows)))
            if best + PATIENCE <= n_steps:
                break
    return _Stopped(model, best)


def _losses_by_step(
    model: HistGradientBoostingClassifier | HistGradientBoostingRegressor,
    X: Floating,
    y: AnyArray,
    stops: Int64,
    rows: FoldRows,
) -> list[float]:
    """Return the mean loss of some rows after each step."""
    weights = None if rows.sample_weight is None else rows.sample_weight[stops]
    if weights is not None and not weights.any():
        weights = None
    true = y[stops][:, None]
    if rows.kind == "values":
        losses = (
            losses_of_outputs("half_squared_error", np.asarray(said, np.float64)[:, None], true)
            for said in model.staged_predict(X[stops])
        )
    else:
        n_classes = rows.n_outputs if rows.kind == "classes" else 2
        stages = (
            probabilities(said, model.classes_, n_classes, rows.n_training)
            for said in model.staged_predict_proba(X[stops])
        )
        losses = (losses_of_outputs("categorical_cross_entropy", said, true) for said in stages)
    return [float(np.average(each, weights=weights)) for each in losses]


def with_categories(X: Matrix, rows: FoldRows) -> Floating:
    """Return dense rows with one column of codes, at the end, for each column of categories.

    A category that no training row has is missing: NaN.
    """
    given: Any = X
    dense = np.asarray(given.toarray() if is_sparse(X) else given)
    if not rows.categories:
        return dense
    codes = [
        np.where(dense[:, own].any(axis=1), dense[:, own].argmax(axis=1), np.nan)
        for own in rows.categories
    ]
    others = np.delete(dense, np.concatenate(rows.categories), axis=1)
    return np.column_stack([others, *codes])


def seconds_of(n_rows: int, n_columns: int, n_trees: int) -> float:
    """Return how long it takes on a usual core to grow trees, from their number and size alone."""
    return n_trees * (2.5e-3 + 6e-5 * n_columns + 5e-9 * n_rows * n_columns)
