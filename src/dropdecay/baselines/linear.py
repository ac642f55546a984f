"""Logistic and ridge regression, their penalty tuned within the training rows."""

from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from dropdecay.arrays import AnyArray, Float64, Int64
from dropdecay.baselines.inner_parts import inner_folds
from dropdecay.baselines.rows import FoldRows, answers, is_sparse, probabilities
from dropdecay.data.output_losses import losses_of_outputs
from dropdecay.engine.protocol import Matrix

PENALTIES = tuple(10.0**power for power in range(5, -3, -1))
"""From the strongest on. Columns have variance 1, so these do for any table."""

PATIENCE = 2
"""Weaker penalties are not tried once the loss rose so often, one after the other."""


def linear_outputs(rows: FoldRows) -> Float64:
    """Return what the linear model says of the held-out rows, one model an output.

    Returns
    -------
    shape (n_held_out, n_outputs)
        Probabilities or values.
    """
    scaler = StandardScaler(with_mean=not is_sparse(rows.X)).fit(_exact(rows.X))
    X = scaler.transform(_exact(rows.X))
    return answers(rows, lambda y: _tuned(X, y, rows), lambda X: scaler.transform(_exact(X)))


def _exact(X: Matrix) -> Any:
    return X.astype(np.float64)


def _model(penalty: float, kind: str) -> LogisticRegression | Ridge:
    if kind == "values":
        return Ridge(alpha=penalty)
    return LogisticRegression(C=1.0 / penalty, max_iter=1000, warm_start=True)


def _tuned(X: Matrix, y: AnyArray, rows: FoldRows) -> LogisticRegression | Ridge:
    """Return the model with the penalty that has the lowest loss on inner folds."""
    return _model(_best_penalty(X, y, rows), rows.kind).fit(X, y, rows.sample_weight)


def _best_penalty(X: Matrix, y: AnyArray, rows: FoldRows) -> float:
    is_of_values = rows.kind == "values"
    folds = [
        fold for fold in inner_folds(y, rows) if is_of_values or np.unique(y[fold[0]]).size > 1
    ]
    if not folds:
        return 1.0
    models = [_model(1.0, rows.kind) for _ in folds]
    losses: list[float] = []
    for penalty in PENALTIES:
        value = {"alpha": penalty} if is_of_values else {"C": 1.0 / penalty}
        of_folds = [
            _inner_loss(model.set_params(**value), X, y, fold, rows)
            for model, fold in zip(models, folds, strict=True)
        ]
        losses.append(float(np.mean(of_folds)))
        if len(losses) > PATIENCE and (np.diff(losses[-PATIENCE - 1 :]) > 0.0).all():
            break
    return PENALTIES[int(np.argmin(losses))]


def _inner_loss(
    model: LogisticRegression | Ridge,
    X: Matrix,
    y: AnyArray,
    fold: tuple[Int64, Int64],
    rows: FoldRows,
) -> float:
    training, held_out = fold
    weights, loss = rows.sample_weight, "half_squared_error"
    of_training, of_held_out = (None if weights is None else weights[each] for each in fold)
    model.fit(X[training], y[training], of_training)
    if rows.kind == "values":
        said = model.predict(X[held_out])[:, None]
    else:
        loss = "categorical_cross_entropy"
        n_classes = rows.n_outputs if rows.kind == "classes" else 2
        said = probabilities(
            model.predict_proba(X[held_out]), model.classes_, n_classes, training.size
        )
    losses = losses_of_outputs(loss, said, y[held_out][:, None])
    if of_held_out is not None and of_held_out.sum() > 0:
        return float(np.average(losses, weights=of_held_out))
    return float(losses.mean())


def seconds_of(n_rows: int, n_columns: int, n_outputs: int, kind: str) -> float:
    """Return how long it takes on a usual core to fit the linear model, from its size alone."""
    cells = n_rows * n_columns
    if kind == "values":
        return 0.01 + n_outputs * (0.01 + 1e-8 * cells * min(n_rows, n_columns))
    return 0.05 + 1e-6 * cells * n_outputs
