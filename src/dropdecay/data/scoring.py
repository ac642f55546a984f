"""How held-out rows are scored: accuracy, R2, or any scikit-learn scorer."""

import warnings
from collections.abc import Callable
from difflib import get_close_matches
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import check_scoring, get_scorer_names

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.data.targets import Target, class_probabilities, predicted_classes
from dropdecay.engine.protocol import Score
from dropdecay.errors import BadSetting, Parameter
from dropdecay.parts import LOSSES

Scorer = Callable[..., float]
"""A callable (estimator, X, y), as scikit-learn's scorers are."""

Scoring = str | Scorer | None
"""A scikit-learn scorer by name, any scorer, or None: the default."""

MIN_IMBALANCE = 3.0
"""Classes count as imbalanced from this ratio of the largest to the smallest on."""


class ScoredEstimator(Protocol):
    """A fitted estimator with a ``scoring`` parameter."""

    scoring: Scoring


def score_name(scoring: Scoring, target: Target) -> str:
    """Return what the score is called."""
    if scoring is None:
        if target.classes is None:
            return "r2"
        return "balanced accuracy" if is_imbalanced(target) else "accuracy"
    return scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "score")


def loss_name(target: Target, *, class_weighted: bool = False) -> str:
    """Return what the loss is called, as its units and the weights of classes have it."""
    name = LOSSES[target.loss].title
    if target.classes is None and target.n_outputs > 1:
        return f"{name} (in units of each output's variance)"
    return f"weighted {name}" if class_weighted else name


def describe(
    target: Target,
    scoring: Scoring,
    sample_weight: Floating | None,
    *,
    class_weighted: bool = False,
) -> dict[str, str | float | int]:
    """Return the attributes of the results: task, names of loss and score, baseline loss.

    Sample weights are part of the user's own loss and leave its name alone; class weights are a
    means of training, and the loss that they weigh says so.
    """
    beside = {"beside": "accuracy"} if scoring is None and is_imbalanced(target) else {}
    return {
        "task": "regression" if target.classes is None else "classification",
        "loss_name": loss_name(target, class_weighted=class_weighted),
        "score_name": score_name(scoring, target),
        "baseline_loss": target.baseline_loss(sample_weight),
        **beside,
    }


def make_score(
    scoring: Scoring, target: Target, sample_weight: Floating | None = None
) -> Score | None:
    """Return the engine's score; None: accuracy, which the engine counts itself.

    Sample weights enter accuracy and R2; a scorer given by the user counts all rows alike, as in
    GridSearchCV. Where classes are imbalanced, accuracy rewards a majority-class predictor, so
    the default there is balanced accuracy, with accuracy reported beside it.

    scikit-learn's scorers call an estimator's ``predict``; here they get a stand-in whose
    predictions are made from the network's outputs.
    """
    if scoring is None:
        if target.classes is None:
            return _r2(target, sample_weight)
        return _balanced_accuracy(target) if is_imbalanced(target) else None
    stand_in: BaseEstimator = (
        _OutputsAsValues(target) if target.classes is None else _OutputsAsClasses(target)
    )
    scorer = known_scorer(stand_in, scoring)
    true = _user_targets(target)
    if isinstance(scoring, str):
        _check_scores_the_target(scorer, scoring, stand_in, target, true)
    return lambda rows, outputs: float(scorer(stand_in, outputs, true[rows]))


def _check_scores_the_target(
    scorer: Scorer, name: str, stand_in: BaseEstimator, target: Target, true: AnyArray
) -> None:
    """Refuse a scorer for another kind of target, by scoring outputs that any scorer for it takes.

    They are the classes themselves; of numbers the mean, which is positive wherever a deviance
    needs it to be, though some rows may be 0.
    """
    outputs = target.matrix
    if target.classes is None:
        outputs = np.broadcast_to(outputs.mean(axis=0), outputs.shape)
    elif target.n_outputs > outputs.shape[1]:  # one column with the number of the class
        outputs = np.eye(target.n_outputs, dtype=outputs.dtype)[outputs[:, 0].astype(int)]
    try:
        with warnings.catch_warnings(action="ignore"):  # training warns again, where it matters
            scorer(stand_in, outputs, true)
    except (TypeError, ValueError, AttributeError) as error:
        kind, other = ("numbers", "r2") if target.classes is None else ("classes", "accuracy")
        said = str(error).splitlines()[0].rstrip(".")
        raise BadSetting(
            f"scoring={name!r} cannot score this target of {kind}: {said}. Choose a scorer for "
            f"{kind}, such as {other!r}."
        ) from error


def known_scorer(estimator: BaseEstimator, scoring: str | Scorer) -> Scorer:
    """Return scikit-learn's scorer; an unknown name raises an error that suggests close ones."""
    names = get_scorer_names()
    if isinstance(scoring, str) and scoring not in names:
        near = get_close_matches(scoring, names, n=3) or ["accuracy", "roc_auc", "r2"]
        listed = ", ".join(repr(name) for name in near)
        raise BadSetting(
            Parameter("scoring"),
            f" must be the name of a scikit-learn scorer, such as {listed}, or a callable. "
            f"Got {scoring!r}.",
        )
    scorer: Scorer = check_scoring(estimator, scoring=scoring)
    return scorer


def score_of(
    estimator: ScoredEstimator,
    default_score: Scorer,
    X: object,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
) -> float:
    """Score a fitted estimator with its ``scoring``, as GridSearchCV does, or the default score."""
    if estimator.scoring is None:
        return default_score(X, y, sample_weight)
    scorer = known_scorer(estimator, estimator.scoring)
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    return scorer(estimator, X, y, **weights)


def is_imbalanced(target: Target) -> bool:
    """Return whether the largest class has at least three times the rows of the smallest."""
    if target.labels is None:
        return False
    _, counts = np.unique(target.labels, return_counts=True)
    return bool(counts.max() >= MIN_IMBALANCE * counts.min())


def _balanced_accuracy(target: Target) -> Score:
    """Mean recall over the classes that occur among the held-out rows."""
    numbers = target.matrix[:, 0].astype(np.int64)

    def score(rows: Int64, outputs: Floating) -> float:
        predicted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5)
        true = numbers[rows]
        n_rows = np.bincount(true)
        hits = np.bincount(true, predicted == true)
        return float((hits[n_rows > 0] / n_rows[n_rows > 0]).mean())

    return score


def _r2(target: Target, sample_weight: Floating | None) -> Score:
    """R2, averaged over outputs; 0 where the held-out values do not vary."""
    matrix = target.matrix.astype(np.float64)

    def score(rows: Int64, outputs: Floating) -> float:
        true = matrix[rows]
        weights = np.ones(len(rows))
        if sample_weight is not None:
            weights = sample_weight[rows].astype(np.float64)
        total = weights @ (true - np.average(true, axis=0, weights=weights)) ** 2
        residual = weights @ (true - outputs) ** 2
        explained = 1.0 - residual / np.where(total > 0, total, 1.0)
        return float(np.where(total > 0, explained, 0.0).mean())

    return score


def _user_targets(target: Target) -> AnyArray:
    """Return the targets as the user gave them."""
    if target.classes is None:
        return _in_user_units(target, target.matrix)
    if target.labels is None:
        return target.matrix.astype(np.int64)
    return np.asarray(target.labels)


def _in_user_units(target: Target, standardized: Floating) -> AnyArray:
    values = target.center + target.scale * standardized.astype(np.float64)
    return values[:, 0] if values.shape[1] == 1 else values


class _OutputsAsValues(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # no types
    """A regressor whose ``X`` is the network's outputs."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: object, y: object) -> Self:
        """Do nothing: there is nothing to learn."""
        return self

    def predict(self, X: Floating) -> AnyArray:
        """Return values in the user's units."""
        return _in_user_units(self.target, X)


class _OutputsAsClasses(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # no types
    """A classifier whose ``X`` is the network's outputs."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.classes_ = np.asarray(target.classes)

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: object, y: object) -> Self:
        """Do nothing: there is nothing to learn."""
        return self

    def predict(self, X: Floating) -> AnyArray:
        """Return the most likely classes."""
        many = self.target.labels is None
        return predicted_classes(X, self.classes_, many_labels=many)

    def predict_proba(self, X: Floating) -> Floating:
        """Return the probabilities."""
        # In float64 and summing to one, as scikit-learn's metrics require.
        proba = (X if self.target.labels is None else class_probabilities(X)).astype(np.float64)
        return proba if self.target.labels is None else proba / proba.sum(axis=1, keepdims=True)
