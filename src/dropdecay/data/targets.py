"""y -> what the engine needs: a matrix, the loss, and the way back to the user's words."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import type_of_target, unique_labels

from dropdecay.arrays import AnyArray, Float64, Floating
from dropdecay.errors import BadInput, BadSetting
from dropdecay.safe_text import quoted
from dropdecay.settings import check_choice

CLASSIFIER_LOSSES = ("log_loss", "squared_error")
REGRESSOR_LOSSES = {"squared_error": "half_squared_error", "poisson": "half_poisson"}


@dataclass(frozen=True)
class Target:
    """A target as numbers.

    Parameters
    ----------
    matrix : shape (n_rows, n_targets), float32 or float64
        Class numbers (several classes), 0 and 1 (two classes, or many labels), or values.
    loss : str
        A name of ``kernels.losses.LOSSES``.
    n_outputs : int
        Logits the network needs.
    classes : array or None
        The user's classes in order; None for regression.
    labels : shape (n_rows,) or None
        What folds are stratified by; None for regression and many labels.
    center : shape (n_targets,), float64
    scale : float
        Values are center + scale * matrix; 0 and 1 for classes.
    """

    matrix: Floating
    loss: str
    n_outputs: int
    classes: AnyArray | None
    labels: AnyArray | None
    center: Float64
    scale: float

    def baseline_loss(self, weights: Floating | None = None) -> float:
        """Loss of always saying the same best thing, in the user's units (measured on all rows)."""
        if self.loss == "categorical_cross_entropy":
            shares = np.bincount(self.matrix[:, 0].astype(int), weights)
            shares = shares[shares > 0] / shares.sum()
            return float(-(shares * np.log(shares)).sum())
        values = self.matrix.astype(np.float64)
        mean = np.average(values, axis=0, weights=weights)
        if self.loss == "binary_cross_entropy":
            p = np.clip(mean, 1e-300, 1 - 1e-16)
            return float(-(p * np.log(p) + (1 - p) * np.log1p(-p)).sum())
        spread = np.average((values - mean) ** 2, axis=0, weights=weights)
        return float(self.scale**2 * spread.mean())


def class_target(
    y: AnyArray,
    loss: str,
    dtype: Any,
    classes: AnyArray | None = None,
    *,
    least_classes: int = 2,
) -> Target:
    """Turn classes, or a table of 0 and 1 (many labels), into a target.

    Parameters
    ----------
    y : shape (n_rows,) or (n_rows, n_labels)
    loss : {"log_loss", "squared_error"}
        Squared error stands on logistic outputs and needs two classes or many labels.
    dtype : float32 or float64
    classes : array, optional
        All classes, where ``y`` may hold only some of them.
    least_classes : int
        1: a single class is taken for the first of two, as scikit-learn's networks do.

    Raises
    ------
    ValueError
        If ``y`` holds values instead of classes, one class only, or ``loss`` does not fit.
    """
    check_choice("loss", loss, CLASSIFIER_LOSSES)
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass", "multilabel-indicator"):
        raise BadInput(
            f"Unknown label type: {kind}. A classifier needs classes; use the regressor for values."
        )
    known = unique_labels(y) if classes is None else np.asarray(classes)
    if kind == "multilabel-indicator":
        matrix = np.asarray(y, dtype)
        return Target(matrix, _independent(loss), matrix.shape[1], known, None, *_as_is(matrix))
    if known.size < least_classes:
        raise BadInput(
            f"A classifier needs at least two classes; y has one class, {quoted(known[0])}."
        )
    numbers = np.searchsorted(known, y)
    if not (known[np.minimum(numbers, known.size - 1)] == y).all():
        raise BadInput("y holds classes that were not there before.")
    matrix = np.ascontiguousarray(numbers[:, None], dtype)
    if known.size <= 2:
        return Target(matrix, _independent(loss), 1, known, y, *_as_is(matrix))
    if loss == "squared_error":
        raise BadSetting(
            f"loss='squared_error' needs two classes, y has {known.size}. Use loss='log_loss'."
        )
    return Target(matrix, "categorical_cross_entropy", known.size, known, y, *_as_is(matrix))


def value_target(
    y: AnyArray,
    dtype: Any,
    *,
    standardize: bool,
    loss: str = "squared_error",
    weights: Floating | None = None,
) -> Target:
    """Turn values into a target; ``standardize`` brings them to mean 0 and overall variance 1.

    All outputs share one scale, so that the mean squared error stays the one of the user's units,
    up to a factor. Rows count by their weights: one of weight 0 moves nothing.

    Raises
    ------
    ValueError
        If ``loss`` is none of a regressor's, or is ``"poisson"`` and a value is below 0.
    """
    check_choice("loss", loss, REGRESSOR_LOSSES)
    values = np.asarray(y, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    center, scale = np.zeros(values.shape[1]), 1.0
    if standardize:
        center = np.average(values, axis=0, weights=weights)
        squares = ((values - center) ** 2).mean(axis=1)
        scale = float(np.sqrt(np.average(squares, weights=weights))) or 1.0
    if loss == "poisson" and values.min() < 0.0:
        raise BadInput(
            f"loss='poisson' needs y >= 0; the smallest is {values.min():g}. Use "
            "loss='squared_error'."
        )
    matrix = np.ascontiguousarray((values - center) / scale, dtype)
    return Target(matrix, REGRESSOR_LOSSES[loss], matrix.shape[1], None, None, center, scale)


def row_weights(
    target: Target, sample_weight: Floating | None, class_weight: Any, dtype: Any
) -> Floating | None:
    """Multiply the weights of the rows and of their classes; None: all one."""
    if class_weight is None:
        return sample_weight
    labels = target.matrix if target.labels is None else target.labels
    of_class: Floating = compute_sample_weight(class_weight, labels).astype(dtype)
    return of_class if sample_weight is None else of_class * sample_weight


def _independent(loss: str) -> str:
    return "binary_cross_entropy" if loss == "log_loss" else "logistic_squared_error"


def _as_is(matrix: Floating) -> tuple[Float64, float]:
    return np.zeros(matrix.shape[1]), 1.0


def class_probabilities(outputs: Floating) -> Floating:
    """Return one column a class: two for a single logistic output."""
    return np.column_stack([1 - outputs[:, 0], outputs[:, 0]]) if outputs.shape[1] == 1 else outputs


def predicted_classes(outputs: Floating, classes: Any, *, many_labels: bool) -> Any:
    """Return the likeliest class of every row, or the table of labels."""
    if many_labels:
        return (outputs > 0.5).astype(np.int64)
    if len(classes) == 1:
        return np.repeat(classes, len(outputs))
    if outputs.shape[1] == 1:
        return classes[(outputs[:, 0] > 0.5).astype(int)]
    return classes[outputs.argmax(axis=1)]
