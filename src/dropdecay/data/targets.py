"""y -> what the engine needs: a matrix, the loss, and the way back to classes or units."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike
from sklearn.utils.multiclass import type_of_target, unique_labels

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.errors import BadInput, BadSetting, unknown_choice
from dropdecay.parts import CLASSIFIER_LOSSES, LOSSES, REGRESSOR_LOSSES, Targets, loss_for
from dropdecay.safe_text import quoted, visible
from dropdecay.settings import check_choice


@dataclass(frozen=True)
class OwnLoss:
    """What a loss of the user's own is called, and what it is for the best constant outputs.

    Parameters
    ----------
    title : str
    baseline : float
    is_scored : bool
        Whether the outputs are classes or values, so that accuracy or R2 means something.
    """

    title: str
    baseline: float
    is_scored: bool = True


@dataclass(frozen=True)
class Target:
    """A target in the form that the engine trains on.

    Parameters
    ----------
    matrix : shape (n_rows, n_targets), float32 or float64
        Class numbers (several classes), 0 and 1 (two classes, or many labels), or values.
    loss : str
        A name of ``parts.LOSSES``.
    n_outputs : int
        Number of logits.
    classes : array or None
        The user's classes in order; None for regression.
    labels : shape (n_rows,) or None
        Class of every row, to stratify by; None for regression and many labels.
    center, scale : shape (n_targets,), float64
        Values are center + scale * matrix; 0 and 1 for classes.
    values : shape (n_rows, n_targets), float64, or None
        The user's values, which the matrix holds no more than nearly; None for classes.
    own_loss : OwnLoss, optional
        In place of ``loss``, where the user gave another.
    """

    matrix: Floating
    loss: str
    n_outputs: int
    classes: AnyArray | None
    labels: AnyArray | None
    center: Float64
    scale: Float64
    values: Float64 | None = None
    own_loss: OwnLoss | None = None

    @property
    def loss_title(self) -> str:
        """What the loss is called."""
        return LOSSES[self.loss].title if self.own_loss is None else self.own_loss.title

    @property
    def loss_scale(self) -> np.float64:
        """Converts the engine's loss: to the user's units, or for several outputs not at all.

        Not a plain float, by which float32 would stay float32, which holds no 1e40.

        Outputs in different units have no common one: their losses are means over outputs, each in
        units of its own variance.
        """
        return np.float64(self.scale[0] ** 2 if self.scale.size == 1 else 1.0)

    @property
    def output_names(self) -> tuple[str, ...]:
        """What each output is: the probability of a class or label, by its name, or a value."""
        if self.classes is None:
            return tuple(str(number) for number in range(self.n_outputs))
        # A single sigmoid gives the probability of the second class.
        classes = self.classes[-1:] if self.n_outputs == 1 else self.classes
        return tuple(visible(each, None) for each in classes.tolist())

    @property
    def exact_outputs(self) -> Floating:
        """The outputs that say what the targets are, (n_rows, n_outputs)."""
        matrix = self.matrix
        if self.n_outputs > matrix.shape[1]:  # one column with the number of the class
            one_hot: Floating = np.eye(self.n_outputs, dtype=matrix.dtype)
            matrix = one_hot[matrix[:, 0].astype(int)]
        return matrix

    def constant_outputs(self, sample_weight: Floating | None = None) -> Floating:
        """Return the outputs of the best constant prediction for all rows, (n_rows, n_outputs)."""
        exact = self.exact_outputs
        mean = np.average(exact.astype(np.float64), axis=0, weights=sample_weight)
        return np.broadcast_to(mean.astype(exact.dtype), exact.shape)

    def part(self, rows: Int64) -> "Target":
        """Return the target of some of the rows."""
        labels = None if self.labels is None else np.asarray(self.labels)[rows]
        values = None if self.values is None else self.values[rows]
        return replace(self, matrix=self.matrix[rows], labels=labels, values=values)

    def of_rows(self, matrix: Floating) -> "Target":
        """Return the target of other rows with the same classes, or the same center and scale.

        Parameters
        ----------
        matrix : shape (n_rows, n_targets)
        """
        if self.classes is None:
            values: Float64 = self.center + self.scale * matrix.astype(np.float64)
            return replace(self, matrix=matrix, values=values)
        labels = None
        if self.labels is not None:
            labels = np.asarray(self.classes)[matrix[:, 0].astype(np.int64)]
        return replace(self, matrix=matrix, labels=labels)

    def baseline_loss(self, sample_weight: Floating | None = None) -> float:
        """Loss of the best constant prediction on all rows, in the units of ``loss_scale``."""
        if self.own_loss is not None:
            return self.own_loss.baseline
        return float(self.loss_scale * LOSSES[self.loss].baseline(self.matrix, sample_weight))


def class_target(
    y: AnyArray,
    loss: str,
    dtype: DTypeLike,
    classes: AnyArray | None = None,
    *,
    min_classes: int = 2,
) -> Target:
    """Turn classes, or a table of 0 and 1 (many labels), into a target.

    Parameters
    ----------
    y : shape (n_rows,) or (n_rows, n_labels)
    loss : str
        One of ``parts.CLASSIFIER_LOSSES``. Squared error uses sigmoid outputs and needs two
        classes or many labels.
    dtype : float32 or float64
    classes : array, optional
        All classes, where ``y`` may hold only some of them.
    min_classes : int
        1: a single class is treated as the first of two, as in scikit-learn's networks.

    Raises
    ------
    ValueError
        If ``y`` holds values instead of classes, or only one class, or ``loss`` does not fit.
    """
    check_choice("loss", loss, CLASSIFIER_LOSSES)
    kind = check_classes(y)
    known = unique_labels(y) if classes is None else np.asarray(classes)
    if kind == "multilabel-indicator":
        matrix = np.asarray(y, dtype)
        name = _class_loss(loss, "labels", "needs three classes or more")
        return Target(matrix, name, matrix.shape[1], known, None, *_as_is(matrix))
    if known.size < min_classes:
        raise BadInput(
            f"A classifier needs at least two classes; y has one class, {quoted(known[0])}."
        )
    numbers = np.searchsorted(known, y)
    if not (known[np.minimum(numbers, known.size - 1)] == y).all():
        raise BadInput("y holds classes that an earlier fit did not have.")
    matrix = np.ascontiguousarray(numbers[:, None], dtype)
    if known.size <= 2:
        name = _class_loss(loss, "labels", "needs three classes or more")
        return Target(matrix, name, 1, known, y, *_as_is(matrix))
    name = _class_loss(loss, "classes", f"needs two classes, y has {known.size}")
    return Target(matrix, name, known.size, known, y, *_as_is(matrix))


LARGEST_SCALE = 1e70
"""Standard deviation of the largest values; that of the smallest is one divided by it.

Their losses are squares, and standard errors squares of these, which fit into float64."""

CLASSES = ("binary", "multiclass", "multilabel-indicator")

# They begin with the words that scikit-learn requires of its estimators.
NO_CLASSES = {
    "continuous": "y holds numbers with fractions. Use a regressor, or give classes as whole "
    "numbers or text.",
    "continuous-multioutput": "y holds columns of numbers with fractions. Use a regressor.",
    "multiclass-multioutput": "y holds several columns of classes. Fit a classifier for each "
    "column; many labels are a table of 0 and 1.",
}


def check_classes(y: AnyArray) -> str:
    """Return what scikit-learn calls a target of classes.

    Raises
    ------
    BadInput
        If ``y`` holds no classes, or two that differ in blanks alone.
    """
    kind: str = type_of_target(y, input_name="y")
    if kind not in CLASSES:
        raise BadInput(f"Unknown label type: {kind}. {NO_CLASSES.get(kind, '')}")
    if y.dtype.kind in "OU" and y.ndim == 1:
        spelled: dict[str, object] = {}
        for each in np.unique(y):
            if (same := spelled.setdefault(str(each).strip(), each)) is not each:
                raise BadInput(
                    f"y has the classes {quoted(same)} and {quoted(each)}, which differ in blanks "
                    "alone. Cut the blanks off: [each.strip() for each in y]."
                )
    return kind


def value_target(
    y: AnyArray,
    dtype: DTypeLike,
    *,
    standardize: bool,
    loss: str = "squared_error",
    sample_weight: Floating | None = None,
) -> Target:
    """Turn values into a target; ``standardize`` scales each output to mean 0 and variance 1.

    So several outputs count alike, whatever their units: the mean squared error is a mean over
    outputs in units of each one's variance. An output that does not vary keeps its scale. Mean and
    variance are weighted by ``sample_weight``.

    Raises
    ------
    ValueError
        If ``loss`` is not a regression loss, or a value is below the lowest one it allows.
    """
    found = loss_for(loss, "values")
    if found is None:
        raise unknown_choice("loss", loss, REGRESSOR_LOSSES)
    values = np.asarray(y, np.float64)
    values = values[:, None] if values.ndim == 1 else values
    center, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
    if standardize:
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            center = np.average(values, axis=0, weights=sample_weight)
            spread = np.sqrt(np.average((values - center) ** 2, axis=0, weights=sample_weight))
        counting = values if sample_weight is None else values[np.asarray(sample_weight) > 0]
        scale = np.where((counting != counting[:1]).any(axis=0), spread, 1.0)
        _check_scale(scale, values)
    if values.min() < found.lowest_target:
        raise BadInput(
            f"loss={loss!r} needs y >= {found.lowest_target:g}; the smallest is "
            f"{values.min():g}. Use loss='squared_error'."
        )
    with np.errstate(over="ignore"):
        matrix = np.ascontiguousarray((values - center) / scale, dtype)
        if not np.isfinite(matrix**2).all():
            raise BadInput(
                f"y reaches {np.abs(values).max():.0e}, whose square does not fit into "
                f"{np.dtype(dtype)}. Give it in other units."
            )
    return Target(matrix, found.name, matrix.shape[1], None, None, center, scale, values)


def _check_scale(scale: Float64, values: Float64) -> None:
    """Refuse values whose squared errors, in their own units, cannot be compared in float64."""
    # Losses of several outputs are in units of their variances.
    largest = LARGEST_SCALE if scale.size == 1 else LARGEST_SCALE**2
    fits = (scale >= 1.0 / largest) & (scale <= largest)
    if not fits.all():
        size = np.abs(values[:, ~fits]).max()
        raise BadInput(
            f"y has values such as {size:.0e}, whose squared errors are beyond what numbers can "
            "hold. Give it in other units, in which it varies by about 1."
        )


def _class_loss(parameter: str, targets: Targets, need: str) -> str:
    """Return the name of the loss that ``parameter`` stands for with these targets."""
    found = loss_for(parameter, targets)
    if found is None:
        fitting = (loss.parameter for loss in LOSSES.values() if loss.targets == targets)
        listed = " or ".join(f"loss={each!r}" for each in fitting)
        raise BadSetting(f"loss={parameter!r} {need}. Use {listed}.")
    return found.name


def _as_is(matrix: Floating) -> tuple[Float64, Float64]:
    return np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])


def class_probabilities(outputs: Floating) -> Floating:
    """Return one column per class: two for a single sigmoid output."""
    return np.column_stack([1 - outputs[:, 0], outputs[:, 0]]) if outputs.shape[1] == 1 else outputs


def predicted_classes(
    outputs: Floating, classes: AnyArray, *, many_labels: bool, threshold: float | None = None
) -> AnyArray:
    """Return the most likely class of every row, or for many labels the table of 0 and 1.

    ``threshold``: of two classes the second is predicted from this probability on.
    """
    if threshold is not None:
        from_it_on: AnyArray = classes[(outputs[:, -1] >= threshold).astype(int)]
        return from_it_on
    if many_labels:
        return (outputs > 0.5).astype(np.int64)
    if len(classes) == 1:
        return np.repeat(classes, len(outputs))
    numbers = (outputs[:, 0] > 0.5).astype(int)
    if outputs.shape[1] > 1:
        numbers = outputs.argmax(axis=1)
    likeliest: AnyArray = classes[numbers]
    return likeliest
