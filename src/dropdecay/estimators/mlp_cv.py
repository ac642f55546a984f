"""MLPClassifierCV and MLPRegressorCV: the surface, its choice, and a network refitted by it."""

import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.multiclass import check_classification_targets

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.scoring import score_of
from dropdecay.data.targets import (
    Target,
    class_probabilities,
    class_target,
    predicted_classes,
    value_target,
)
from dropdecay.estimators.base import (
    keep_parameters,
)
from dropdecay.estimators.base_cv import BaseMLPCV
from dropdecay.estimators.defaults import (
    DROPOUTS,
    HIDDEN_LAYER_SIZES,
    WEIGHT_DECAYS,
)
from dropdecay.estimators.docstrings import SURFACE_ATTRIBUTES, SURFACE_PARAMETERS, choices
from dropdecay.parts import CLASSIFIER_LOSSES


class MLPClassifierCV(ClassifierMixin, BaseMLPCV):  # type: ignore[misc]
    __doc__ = f"""A neural network for classes that finds its own dropout and weight decay.

    Trains the surface of ``dropouts`` x ``weight_decays`` over folds and seeds, chooses from it by
    log loss, says how sure the choice is, and refits on all rows.

    Parameters
    ----------{SURFACE_PARAMETERS}
    loss : {choices(CLASSIFIER_LOSSES)}, default "log_loss"
        Squared error uses logistic outputs and needs two classes.
    class_weight : dict, "balanced" or None, default None
        Weight of each class, times ``sample_weight``: in what is descended and in what chooses.
    label_smoothing : float, default 0.0
        Share, [0, 1), of every label that is spread evenly over the classes (Szegedy et al. 2016)
        in what is descended; what chooses, and every curve of ``results_``, is of the labels as
        they are.

    Attributes
    ----------
    classes_ : array{SURFACE_ATTRIBUTES}

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from dropdecay import MLPClassifierCV
    >>> X, y = load_breast_cancer(return_X_y=True)
    >>> search = MLPClassifierCV(
    ...     16, dropouts=(0, 0.3), weight_decays=(0, 0.1, 1), max_iter=30, random_state=0
    ... )
    >>> search.fit(X, y).predict(X).shape
    (569,)
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = HIDDEN_LAYER_SIZES,
        activation: str = "relu",
        *,
        dropouts: Iterable[float] = DROPOUTS,
        weight_decays: Iterable[float] = WEIGHT_DECAYS,
        axes: Mapping[str, object] | None = None,
        input_dropout: float = 0.0,
        decay: str = "decoupled",
        max_norm: float | None = None,
        max_grad_norm: float | None = None,
        loss: str = "log_loss",
        class_weight: Any = None,
        label_smoothing: float = 0.0,
        cv: Any = 5,
        n_seeds: int = 1,
        rule: str = "best",
        criterion: str = "loss",
        extend: bool = True,
        race: bool | str = "auto",
        nested: bool = False,
        scoring: Any = None,
        encoder: Any = "auto",
        solver: str = "adam",
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int | str = "auto",
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        random_state: Any = None,
        n_jobs: int | None = -1,
        verbose: bool = False,
        store: str | os.PathLike[str] | None = None,
    ) -> None:
        keep_parameters(self, locals())

    def _target(self, y: AnyArray, weights: Floating | None) -> Target:
        check_classification_targets(y)
        target = class_target(y, self.loss, np.float32)
        self.classes_, self._many_labels = np.asarray(target.classes), target.labels is None
        return target

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of every row, (n_rows,), or the table of labels."""
        outputs = self._outputs(self._encoded(X))
        return predicted_classes(outputs, self.classes_, many_labels=self._many_labels)

    def predict_proba(self, X: Any) -> Floating:
        """Return the probability of every class, (n_rows, n_classes)."""
        outputs = self._outputs(self._encoded(X))
        return outputs if self._many_labels else class_probabilities(outputs)

    def predict_log_proba(self, X: Any) -> Floating:
        """Return the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return ``scoring`` on rows that are new, or accuracy where none was given."""
        return score_of(self, super().score, X, y, sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressorCV(RegressorMixin, BaseMLPCV):  # type: ignore[misc]
    __doc__ = f"""A neural network for values that finds its own dropout and weight decay.

    Trains the surface of ``dropouts`` x ``weight_decays`` over folds and seeds, chooses from it by
    mean squared error, says how sure the choice is, and refits on all rows. Targets are brought to
    mean 0 and variance 1 inside; losses and predictions are in the units of ``y``.

    Parameters
    ----------{SURFACE_PARAMETERS}

    Attributes
    ----------{SURFACE_ATTRIBUTES}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from dropdecay import MLPRegressorCV
    >>> X, y = load_diabetes(return_X_y=True)
    >>> search = MLPRegressorCV(
    ...     16, dropouts=(0, 0.3), weight_decays=(0, 0.1, 1), max_iter=30, random_state=0
    ... )
    >>> search.fit(X, y).predict(X).shape
    (442,)
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = HIDDEN_LAYER_SIZES,
        activation: str = "relu",
        *,
        dropouts: Iterable[float] = DROPOUTS,
        weight_decays: Iterable[float] = WEIGHT_DECAYS,
        axes: Mapping[str, object] | None = None,
        input_dropout: float = 0.0,
        decay: str = "decoupled",
        max_norm: float | None = None,
        max_grad_norm: float | None = None,
        cv: Any = 5,
        n_seeds: int = 1,
        rule: str = "best",
        criterion: str = "loss",
        extend: bool = True,
        race: bool | str = "auto",
        nested: bool = False,
        scoring: Any = None,
        encoder: Any = "auto",
        solver: str = "adam",
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int | str = "auto",
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        random_state: Any = None,
        n_jobs: int | None = -1,
        verbose: bool = False,
        store: str | os.PathLike[str] | None = None,
    ) -> None:
        keep_parameters(self, locals())

    def _target(self, y: AnyArray, weights: Floating | None) -> Target:
        target = value_target(y, np.float32, standardize=True, sample_weight=weights)
        self._flat, self.target_center_, self.target_scale_ = (
            np.ndim(y) == 1, target.center, target.scale,
        )  # fmt: skip
        return target

    def predict(self, X: Any) -> Floating:
        """Return the value of every row in the units of ``y``, (n_rows,) or (n_rows, n_outputs)."""
        outputs = self._outputs(self._encoded(X))
        values = self.target_center_ + self.target_scale_ * outputs.astype(np.float64)
        return values[:, 0] if self._flat else values

    def score(self, X: Any, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return ``scoring`` on rows that are new, or R2 where none was given."""
        return score_of(self, super().score, X, y, sample_weight)
