"""scikit-learn's histogram gradient boosting, stopped early within the training rows."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from dropdecay.arrays import AnyArray, Float64, Floating
from dropdecay.baselines.rows import FoldRows, answers, is_sparse
from dropdecay.engine.protocol import Matrix
from dropdecay.errors import BadInput

MAX_CELLS = 20_000_000
"""Boosting knows no sparse rows; a matrix of more cells is not made dense."""

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
    n_trees = []

    def fit(y: AnyArray) -> HistGradientBoostingClassifier | HistGradientBoostingRegressor:
        model = kind(
            early_stopping=True, categorical_features=of_categories, random_state=rows.seed
        ).fit(X, y, rows.sample_weight)
        n_trees.append(model.n_iter_ * model.n_trees_per_iteration_)
        return model

    outputs = answers(rows, fit, lambda X: with_categories(X, rows))
    return Boosted(outputs, sum(n_trees))


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
