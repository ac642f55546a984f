"""MLPClassifierCV and MLPRegressorCV: train a surface, choose from it, and refit."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import Tags

from dropdecay.arrays import AnyArray, Bool, Float64, Floating
from dropdecay.data.encoding import RowsLike, Table
from dropdecay.data.fold_rows import Fold
from dropdecay.data.scoring import Scoring, score_of
from dropdecay.data.targets import (
    Target,
    class_probabilities,
    class_target,
    predicted_classes,
    value_target,
)
from dropdecay.engine.protocol import Matrix
from dropdecay.estimators.base import (
    ClassWeight,
    RandomState,
    averages_folds,
    check_kept,
    keep_parameters,
)
from dropdecay.estimators.base_cv import BaseMLPCV
from dropdecay.estimators.defaults import AUTO, HIDDEN_LAYER_SIZES
from dropdecay.estimators.docstrings import (
    FOUND_BY_OUTPUTS,
    SURFACE_ATTRIBUTES,
    SURFACE_PARAMETERS,
    USE_OF_OUTPUTS,
    choices,
)
from dropdecay.estimators.intervals import LEVEL, class_sets, value_intervals
from dropdecay.estimators.out_of_fold import check_use_of_outputs
from dropdecay.parts import CLASSIFIER_LOSSES, LOSSES
from dropdecay.trust.temperature import at_temperature
from dropdecay.trust.threshold import Wanted

if TYPE_CHECKING:
    from dropdecay.estimators.refit import Refit


class MLPClassifierCV(ClassifierMixin, BaseMLPCV):  # type: ignore[misc]
    __doc__ = f"""A neural network classifier that finds its own dropout and weight decay.

    Trains networks at every point of ``dropouts`` x ``weight_decays`` on all folds and seeds,
    chooses a point by log loss, reports how certain the choice is, and refits on all rows.

    Parameters
    ----------{SURFACE_PARAMETERS}
    loss : {choices(CLASSIFIER_LOSSES)}, default "log_loss"
        Training loss; squared error uses sigmoid outputs and supports two classes only.
    class_weight : dict, list of dict (multilabel), "balanced" or None, default None
        Weight of each class, multiplied by ``sample_weight``, in the training loss and the
        selection criterion, which is then named weighted log loss; ``verdict_`` and
        ``cv_results_`` have the plain one beside it.
    label_smoothing : float, default 0.0
        Share, [0, 1), of each label that is spread evenly over the classes (Szegedy et al. 2016) in
        the training loss. The selection criterion and the curves in ``results_`` ignore smoothing.
{USE_OF_OUTPUTS}

    Attributes
    ----------
    classes_ : array
        Class labels in sorted order.{FOUND_BY_OUTPUTS}
        It is part of ``coefs_``: the last layer is divided by it. Of an ensemble it is applied to
        the averaged probabilities.{SURFACE_ATTRIBUTES}

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
        hidden_layer_sizes: int | Sequence[int] = HIDDEN_LAYER_SIZES,
        activation: str = "relu",
        *,
        dropouts: Iterable[float | Sequence[float]] | str = AUTO,
        weight_decays: Iterable[float] | str = AUTO,
        axes: Mapping[str, object] | None = None,
        dropout: float | Sequence[float] | None = None,
        weight_decay: float | None = None,
        input_dropout: float = 0.0,
        input_noise: float = 0.0,
        decay: str = "decoupled",
        max_norm: float | None = None,
        l1: float = 0.0,
        weight_average: float = 0.0,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        dropconnect: float = 0.0,
        max_grad_norm: float | None = None,
        loss: str = "log_loss",
        class_weight: ClassWeight = None,
        label_smoothing: float = 0.0,
        temperature: bool = False,
        threshold: Wanted = None,
        cv: int | BaseCrossValidator | Iterable[Fold] = 5,
        n_seeds: int = 1,
        n_ensemble: int | str = 1,
        rule: str = "best",
        criterion: str = "loss",
        extend: bool = True,
        race: bool | str = "auto",
        futility: bool = False,
        tune: bool | Mapping[str, Sequence[object]] = False,
        cocktail: bool = False,
        nested: bool = False,
        n_repeats: int = 10,
        until_sure: bool = False,
        baselines: bool | Mapping[str, BaseEstimator] | Iterable[BaseEstimator] = True,
        budget: float | None = None,
        scoring: Scoring = None,
        search_rows: int | None = None,
        encoder: str | BaseEstimator | None = "auto",
        numeric_encoding: str | None = None,
        category_encoding: str = "one_hot",
        solver: str = "adam",
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int | str = "auto",
        fixed_epochs: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        random_state: RandomState = None,
        n_jobs: int | None = -1,
        cluster: str | None = None,
        engine: str = "numba",
        device: str = "auto",
        verbose: bool = False,
        store: str | os.PathLike[str] | None = None,
        keep_folds: bool | str = "auto",
    ) -> None:
        keep_parameters(self, locals())

    def _target(self, y: AnyArray, weights: Floating | None, rows: Table) -> Target:
        target = class_target(y, self.loss, np.float32)
        self.classes_, self._many_labels = np.asarray(target.classes), target.labels is None
        check_use_of_outputs(self, target)
        return target

    def _keep_network(self, refitted: "Refit") -> None:
        super()._keep_network(refitted)
        if self.temperature_ is not None and self.ensemble_params_ is None:
            # So whatever predicts, saves or exports the network has the temperature in it.
            for layers in (self.coefs_, self.intercepts_):
                layers[-1] = layers[-1] / self.temperature_

    def _outputs(self, X: Matrix) -> Floating:
        outputs = super()._outputs(X)
        # Probabilities are averaged first, as those were by which the temperature was found.
        return outputs if self.ensemble_params_ is None else self._cooled(outputs)

    def _outputs_of(self, X: RowsLike) -> Floating:
        outputs = super()._outputs_of(X)
        return self._cooled(outputs) if averages_folds(self) else outputs

    def _cooled(self, outputs: Floating) -> Floating:
        """Return averaged probabilities at the temperature, where there is one."""
        temperature = getattr(self, "temperature_", None)
        if temperature is None:
            return outputs
        of_labels = LOSSES[self.network_.loss].output.name == "logistic"
        cooled = at_temperature(outputs.astype(np.float64), temperature, of_labels=of_labels)
        return cooled.astype(outputs.dtype)

    def predict(self, X: RowsLike) -> AnyArray:
        """Return the class of each row by ``threshold_``, or the most likely one, (n_rows,).

        Of several labels, indicators.
        """
        outputs = self._outputs_of(X)
        classes: AnyArray = predicted_classes(
            outputs, self.classes_, many_labels=self._many_labels,
            threshold=getattr(self, "threshold_", None),
        )  # fmt: skip
        return classes

    def predict_proba(self, X: RowsLike) -> Floating:
        """Return the probability of every class, (n_rows, n_classes)."""
        outputs = self._outputs_of(X)
        return outputs if self._many_labels else class_probabilities(outputs)

    def predict_set(self, X: RowsLike, level: float = LEVEL) -> Bool:
        """Return which classes to expect of each row, (n_rows, n_classes), by CV+.

        The true class is in the sets of about ``level`` of new rows; ``fold_networks_`` says when.
        The likeliest class is always in the set.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        level : float, default 0.9

        Raises
        ------
        BadInput
            If the networks of the folds were not kept.
        """
        return class_sets(self, X, level, self.predict_proba(X))

    def predict_log_proba(self, X: RowsLike) -> Floating:
        """Return the logarithm of :meth:`predict_proba`, (n_rows, n_classes)."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def score(self, X: RowsLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the score of new rows by ``scoring``, or their accuracy if it is None.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        y : shape (n_rows,) or (n_rows, n_outputs)
        sample_weight : shape (n_rows,), optional
        """
        check_kept(self, "scoring")
        return score_of(self, super().score, X, y, sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressorCV(RegressorMixin, BaseMLPCV):  # type: ignore[misc]
    __doc__ = f"""A neural network regressor that finds its own dropout and weight decay.

    Trains networks at every point of ``dropouts`` x ``weight_decays`` on all folds and seeds,
    chooses a point by mean squared error, reports how certain the choice is, and refits on all
    rows. Targets are standardized internally; losses and predictions are in the units of ``y``.
    Several outputs are standardized one by one, and their losses are the mean over outputs in units
    of each one's variance; predictions are in the units of ``y`` as ever.

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
        hidden_layer_sizes: int | Sequence[int] = HIDDEN_LAYER_SIZES,
        activation: str = "relu",
        *,
        dropouts: Iterable[float | Sequence[float]] | str = AUTO,
        weight_decays: Iterable[float] | str = AUTO,
        axes: Mapping[str, object] | None = None,
        dropout: float | Sequence[float] | None = None,
        weight_decay: float | None = None,
        input_dropout: float = 0.0,
        input_noise: float = 0.0,
        decay: str = "decoupled",
        max_norm: float | None = None,
        l1: float = 0.0,
        weight_average: float = 0.0,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        dropconnect: float = 0.0,
        max_grad_norm: float | None = None,
        cv: int | BaseCrossValidator | Iterable[Fold] = 5,
        n_seeds: int = 1,
        n_ensemble: int | str = 1,
        rule: str = "best",
        criterion: str = "loss",
        extend: bool = True,
        race: bool | str = "auto",
        futility: bool = False,
        tune: bool | Mapping[str, Sequence[object]] = False,
        cocktail: bool = False,
        nested: bool = False,
        n_repeats: int = 10,
        until_sure: bool = False,
        baselines: bool | Mapping[str, BaseEstimator] | Iterable[BaseEstimator] = True,
        budget: float | None = None,
        scoring: Scoring = None,
        search_rows: int | None = None,
        encoder: str | BaseEstimator | None = "auto",
        numeric_encoding: str | None = None,
        category_encoding: str = "one_hot",
        solver: str = "adam",
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        max_iter: int | str = "auto",
        fixed_epochs: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        random_state: RandomState = None,
        n_jobs: int | None = -1,
        cluster: str | None = None,
        engine: str = "numba",
        device: str = "auto",
        verbose: bool = False,
        store: str | os.PathLike[str] | None = None,
        keep_folds: bool | str = "auto",
    ) -> None:
        keep_parameters(self, locals())

    def _target(self, y: AnyArray, weights: Floating | None, rows: Table) -> Target:
        target = value_target(y, np.float32, standardize=True, sample_weight=weights)
        self._flat = np.ndim(y) == 1
        self._keep_units(target.center, target.scale)
        return target

    def _keep_units(self, center: Float64, scale: Float64) -> None:
        """Store what turns outputs into values, (n_outputs,) each; a single scale is a number."""
        self.target_center_ = center
        self.target_scale_ = float(scale[0]) if scale.size == 1 else scale

    def predict(self, X: RowsLike) -> Floating:
        """Return the predicted values in units of ``y``, (n_rows,) or (n_rows, n_outputs)."""
        outputs = self._outputs_of(X)
        values = self.target_center_ + self.target_scale_ * outputs.astype(np.float64)
        return values[:, 0] if self._flat else values

    def predict_interval(self, X: RowsLike, level: float = LEVEL) -> Float64:
        """Return the interval of each value, (n_rows, 2) or (n_rows, n_outputs, 2), by CV+.

        The true value is in the intervals of about ``level`` of new rows; ``fold_networks_`` says
        when. Each of several outputs has its own; all together they hold less often.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        level : float, default 0.9

        Raises
        ------
        BadInput
            If the networks of the folds were not kept.
        """
        intervals = value_intervals(self, X, level)
        return intervals[:, 0] if self._flat else intervals

    def score(self, X: RowsLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Return the score of new rows by ``scoring``, or their R2 if it is None.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        y : shape (n_rows,) or (n_rows, n_outputs)
        sample_weight : shape (n_rows,), optional
        """
        check_kept(self, "scoring")
        return score_of(self, super().score, X, y, sample_weight)
