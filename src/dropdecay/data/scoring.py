"""How held-out rows are scored: accuracy, R2, or any scikit-learn scorer."""

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import check_scoring, get_scorer_names

from dropdecay.arrays import AnyArray, Floating, Int64
from dropdecay.data.targets import Target, class_probabilities, predicted_classes
from dropdecay.engine.protocol import Score
from dropdecay.errors import BadSetting
from dropdecay.parts import LOSSES

Scoring = str | Callable[..., float] | None
"""A scorer of scikit-learn by name, any callable (estimator, X, y), or None: the default."""

IMBALANCE = 3.0


def score_name(scoring: Any, target: Target) -> str:
    """Return what the score is called."""
    if scoring is None:
        if target.classes is None:
            return "r2"
        return "balanced accuracy" if is_imbalanced(target) else "accuracy"
    return scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "score")


def describe(
    target: Target, scoring: Any, weights: Floating | None
) -> dict[str, str | float | int]:
    """Say what the numbers of the results mean."""
    beside = {"beside": "accuracy"} if scoring is None and is_imbalanced(target) else {}
    return {
        "task": "regression" if target.classes is None else "classification",
        "loss_name": LOSSES[target.loss].title,
        "score_name": score_name(scoring, target),
        "baseline_loss": target.baseline_loss(weights),
        **beside,
    }


def make_score(scoring: Any, target: Target, weights: Floating | None = None) -> Score | None:
    """Return the engine's score; None: accuracy, which the engine counts itself.

    Weights of the rows enter accuracy and R2; a scorer that was asked for counts all rows alike,
    as in GridSearchCV. Where classes are imbalanced, accuracy praises whoever always says the
    common one; there the default is balanced accuracy, with accuracy beside it.

    A scikit-learn scorer asks an estimator, so it is given one that repeats what the network
    said.
    """
    if scoring is None:
        if target.classes is None:
            return _r2(target, weights)
        return _balanced_accuracy(target) if is_imbalanced(target) else None
    speaker: Any = _RegressorSpeaker(target)
    if target.classes is not None:
        speaker = _ClassifierSpeaker(target)
    scorer = known_scorer(speaker, scoring)
    truth = _user_targets(target)
    return lambda rows, outputs: float(scorer(speaker, outputs, truth[rows]))


def known_scorer(speaker: Any, scoring: Any) -> Callable[[Any, Any, Any], float]:
    """Return scikit-learn's scorer, or say which names come near."""
    if not isinstance(scoring, str):
        scorer: Callable[[Any, Any, Any], float] = check_scoring(speaker, scoring=scoring)
        return scorer
    names = get_scorer_names()
    if scoring not in names:
        near = get_close_matches(scoring, names, n=3) or ["accuracy", "roc_auc", "r2"]
        listed = ", ".join(repr(name) for name in near)
        raise BadSetting(
            f"scoring must be a scorer of scikit-learn, such as {listed}. Got {scoring!r}."
        )
    return check_scoring(speaker, scoring=scoring)  # type: ignore[no-any-return]  # no types


def score_of(
    estimator: Any, plain: Callable[..., float], X: Any, y: Any, sample_weight: Any
) -> float:
    """Return the score of a fitted surface: by its ``scoring``, as GridSearchCV's, or plainly."""
    if estimator.scoring is None:
        return plain(X, y, sample_weight)
    scorer: Callable[..., float] = known_scorer(estimator, estimator.scoring)
    weights = {} if sample_weight is None else {"sample_weight": sample_weight}
    return scorer(estimator, X, y, **weights)


def is_imbalanced(target: Target) -> bool:
    """Return whether the commonest class has at least three times the rows of the rarest."""
    if target.labels is None:
        return False
    _, counts = np.unique(target.labels, return_counts=True)
    return bool(counts.max() >= IMBALANCE * counts.min())


def _balanced_accuracy(target: Target) -> Score:
    """Mean over the classes that are held out of the share of their rows that is recognised."""
    numbers = target.matrix[:, 0].astype(np.int64)

    def score(rows: Int64, outputs: Floating) -> float:
        said = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5)
        truth = numbers[rows]
        n_rows = np.bincount(truth)
        hits = np.bincount(truth, said == truth)
        return float((hits[n_rows > 0] / n_rows[n_rows > 0]).mean())

    return score


def _r2(target: Target, weights: Floating | None) -> Score:
    """R2, averaged over outputs; 0 where the held-out values do not vary."""
    matrix = target.matrix.astype(np.float64)

    def score(rows: Int64, outputs: Floating) -> float:
        truth = matrix[rows]
        share = np.ones(len(rows)) if weights is None else weights[rows].astype(np.float64)
        spread = share @ (truth - np.average(truth, axis=0, weights=share)) ** 2
        missed = share @ (truth - outputs) ** 2
        explained = 1.0 - missed / np.where(spread > 0, spread, 1.0)
        return float(np.where(spread > 0, explained, 0.0).mean())

    return score


def _user_targets(target: Target) -> AnyArray:
    """Return the targets in the user's words."""
    if target.classes is None:
        values = target.center + target.scale * target.matrix.astype(np.float64)
        return values[:, 0] if values.shape[1] == 1 else values
    if target.labels is None:
        return target.matrix.astype(np.int64)
    return np.asarray(target.labels)


class _RegressorSpeaker(RegressorMixin, BaseEstimator):  # type: ignore[misc]
    """Repeats values; its ``X`` is what the network said."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> Any:
        """Do nothing: there is nothing to learn."""
        return self

    def predict(self, X: Floating) -> AnyArray:
        """Return values in the user's units."""
        values = self.target.center + self.target.scale * X.astype(np.float64)
        return values[:, 0] if values.shape[1] == 1 else values


class _ClassifierSpeaker(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Repeats probabilities; its ``X`` is what the network said."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.classes_ = target.classes

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> Any:
        """Do nothing: there is nothing to learn."""
        return self

    def predict(self, X: Floating) -> Any:
        """Return the likeliest classes."""
        many = self.target.labels is None
        return predicted_classes(X, self.classes_, many_labels=many)

    def predict_proba(self, X: Floating) -> Floating:
        """Return the probabilities."""
        # In float64 and summing to one, as scikit-learn's metrics ask.
        proba = (X if self.target.labels is None else class_probabilities(X)).astype(np.float64)
        return proba if self.target.labels is None else proba / proba.sum(axis=1, keepdims=True)
