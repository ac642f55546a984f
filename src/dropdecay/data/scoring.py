"""How held-out rows are scored: accuracy, R2, or any scikit-learn scorer."""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import check_scoring, get_scorer_names

from dropdecay.arrays import AnyArray, Float64, Floating, Int64
from dropdecay.data.targets import Target, class_probabilities, predicted_classes
from dropdecay.engine.protocol import Score
from dropdecay.errors import BadSetting, Parameter
from dropdecay.near_names import suggestion
from dropdecay.safe_text import reason_of

Scorer = Callable[..., float]
"""A callable (estimator, X, y), as scikit-learn's scorers are."""

Scoring = str | Scorer | None
"""A scikit-learn scorer by name, any scorer, or None: the default."""

SHORT = {
    "mse": "neg_mean_squared_error", "rmse": "neg_root_mean_squared_error",
    "mae": "neg_mean_absolute_error", "mape": "neg_mean_absolute_percentage_error",
    "auc": "roc_auc", "logloss": "neg_log_loss", "cross_entropy": "neg_log_loss",
    "brier": "neg_brier_score", "mcc": "matthews_corrcoef",
}  # fmt: skip
"""Scorers by the short names that are no names of scikit-learn's."""

USUAL_OF_CLASSES = ("accuracy", "neg_log_loss", "roc_auc", "balanced_accuracy", "f1_macro")

MIN_IMBALANCE = 3.0
"""Classes count as imbalanced from this ratio of the largest to the smallest on."""


class ScoredEstimator(Protocol):
    """A fitted estimator with a ``scoring`` parameter."""

    scoring: Scoring


def score_name(scoring: Scoring, target: Target) -> str:
    """Return what the score is called."""
    if scoring is None:
        if target.own_loss is not None and not target.own_loss.is_scored:
            return f"minus {target.loss_title}"
        if target.classes is None:
            return "r2"
        return "balanced accuracy" if is_imbalanced(target) else "accuracy"
    return scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "score")


def loss_name(target: Target, *, class_weighted: bool = False) -> str:
    """Return what the loss is called, as its units and the weights of classes have it."""
    name = target.loss_title
    if target.classes is None and target.n_outputs > 1 and target.own_loss is None:
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
        if target.own_loss is not None and not target.own_loss.is_scored:
            return None
        if target.classes is None:
            return _R2(target.matrix.astype(np.float64), sample_weight)
        if not is_imbalanced(target):
            return None
        return _BalancedAccuracy(target.matrix[:, 0].astype(np.int64))
    stand_in = _stand_in(target)
    return _ByScorer(known_scorer(stand_in, scoring), stand_in, _user_targets(target))


def _stand_in(target: Target) -> BaseEstimator:
    return _OutputsAsValues(target) if target.classes is None else _OutputsAsClasses(target)


def check_scoring_fits(scoring: Scoring, target: Target) -> None:
    """Refuse a scorer that cannot score this target, by letting it score made-up answers.

    Raises
    ------
    BadSetting
        If it fails, or gives no finite number; the message names scorers that fit.
    """
    if scoring is None:
        return
    why = _obstacle(known_scorer(_stand_in(target), scoring), target)
    if why is None:
        return
    kind = _in_words(target)
    if not isinstance(scoring, str):
        raise BadSetting(
            Parameter("scoring"), f" ({score_name(scoring, target)}) cannot score this target of "
            f"{kind}: {why}. It is called with an estimator, the outputs of a network in place of "
            "X, and y, and must return a number.",
        )  # fmt: skip
    advice: list[str | Parameter] = []
    for name in _fitting(scoring, target):
        advice += [" or " if advice else " Use ", Parameter("scoring", name)]
    raise BadSetting(
        Parameter("scoring", scoring), f" cannot score this target of {kind}: {why}.",
        *advice or [" Leave it out"], ".",
    )  # fmt: skip


def _obstacle(scorer: Scorer, target: Target) -> str | None:
    """Return why a scorer gives no number for good answers; None: it gives one.

    They lie halfway between the truth and a constant prediction: classes are right, probabilities
    neither 0 nor 1, values vary, and are positive wherever a deviance needs them to be.
    """
    stand_in = _stand_in(target)
    outputs = (target.exact_outputs + target.constant_outputs()) / 2
    try:
        with warnings.catch_warnings(action="ignore"):  # training warns again, where it matters
            score = scorer(stand_in, outputs, _user_targets(target))
            is_finite = math.isfinite(score)
    except Exception as error:  # noqa: BLE001  # whatever a scorer of the user raises
        first = str(error).split(". ")[0].replace(type(stand_in).__name__, "the estimator")
        return f"{type(error).__name__}: {reason_of(Exception(first))}"
    return None if is_finite else f"it gives {score} for good predictions"


def _in_words(target: Target) -> str:
    """Return what a target holds, for messages."""
    if target.classes is None:
        return "numbers" if target.n_outputs == 1 else f"{target.n_outputs} outputs"
    return f"{len(target.classes)} {'labels' if target.labels is None else 'classes'}"


def _fitting(name: str, target: Target) -> list[str]:
    """Return two names of scorers that fit the target, those like ``name`` first."""
    like = [f"{name}{ending}" for ending in ("_macro", "_ovr", "_weighted", "_samples")]
    usual = ("r2", "neg_mean_squared_error") if target.classes is None else USUAL_OF_CLASSES
    names = [each for each in (*like, *usual) if each in get_scorer_names()]
    stand_in = _stand_in(target)
    found = (each for each in names if _obstacle(known_scorer(stand_in, each), target) is None)
    return [*islice(found, 2)]


def known_scorer(estimator: BaseEstimator, scoring: object) -> Scorer:
    """Return scikit-learn's scorer; an unknown name raises an error that suggests close ones."""
    if not isinstance(scoring, str) and not callable(scoring):
        raise BadSetting(
            Parameter("scoring"), " must be one scorer: the name of scikit-learn's, such as "
            f"'roc_auc' or 'r2', or a callable. Got a {type(scoring).__name__}.",
        )  # fmt: skip
    names = get_scorer_names()
    if isinstance(scoring, str) and scoring not in names:
        lower = scoring.lower()
        known = [each for each in (f"neg_{lower}", SHORT.get(lower, ""), lower) if each in names]
        near = known or get_close_matches(lower, names, n=3)
        listed = ", ".join(map(repr, ("accuracy", "roc_auc", "r2")))
        raise BadSetting(
            Parameter("scoring"),
            f" must be the name of a scikit-learn scorer, such as {listed}. Got {scoring!r}."
            + suggestion(near),
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


# Scores are values rather than closures: they are sent to other processes.


@dataclass(frozen=True, eq=False)
class _ByScorer:
    """A scorer of scikit-learn's, or one like them."""

    scorer: Scorer
    stand_in: BaseEstimator
    true: AnyArray

    def __call__(self, rows: Int64, outputs: Floating) -> float:
        return float(self.scorer(self.stand_in, outputs, self.true[rows]))


@dataclass(frozen=True, eq=False)
class _BalancedAccuracy:
    """Mean recall over the classes that occur among the held-out rows."""

    classes: Int64

    def __call__(self, rows: Int64, outputs: Floating) -> float:
        predicted = outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5)
        true = self.classes[rows]
        n_rows = np.bincount(true)
        hits = np.bincount(true, predicted == true)
        return float((hits[n_rows > 0] / n_rows[n_rows > 0]).mean())


@dataclass(frozen=True, eq=False)
class _R2:
    """R2, averaged over outputs."""

    true: Float64
    sample_weight: Floating | None

    def __call__(self, rows: Int64, outputs: Floating) -> float:
        weights = np.ones(len(rows))
        if self.sample_weight is not None:
            weights = self.sample_weight[rows].astype(np.float64)
        return float(r2_by_output(self.true[rows], outputs, weights).mean())


def r2_by_output(true: Floating, predicted: Floating, weights: Floating) -> Float64:
    """Return the R2 of every output, (n_outputs,); 0 where its true values do not vary."""
    total = weights @ (true - np.average(true, axis=0, weights=weights)) ** 2
    residual = weights @ (true - predicted) ** 2
    explained = 1.0 - residual / np.where(total > 0, total, 1.0)
    return np.where(total > 0, explained, 0.0)


def _user_targets(target: Target) -> AnyArray:
    """Return the targets as the user gave them."""
    if target.values is not None:
        return target.values[:, 0] if target.values.shape[1] == 1 else target.values
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
