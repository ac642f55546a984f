"""MLPClassifier and MLPRegressor: drop-in replacements for scikit-learn's, with dropout.

Existing code only changes an import; dropout and decoupled weight decay are additions.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    unique_labels,
)
from sklearn.utils.validation import check_is_fitted

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.encoding import RowsLike, single_pairs, single_rows
from dropdecay.data.targets import (
    Target,
    check_classes,
    class_probabilities,
    class_target,
    predicted_classes,
    value_target,
)
from dropdecay.engine.protocol import Matrix
from dropdecay.errors import BadInput
from dropdecay.estimators.base import ClassWeight, RandomState, keep_parameters
from dropdecay.estimators.callback_support import with_callbacks
from dropdecay.estimators.docstrings import SINGLE_ATTRIBUTES, SINGLE_PARAMETERS, choices
from dropdecay.estimators.fit_network import BaseMLP
from dropdecay.estimators.other_networks import with_others
from dropdecay.parts import CLASSIFIER_LOSSES, REGRESSOR_LOSSES


def _is_stochastic(estimator: BaseMLP) -> bool:
    """Whether the solver can continue training, so that there is ``partial_fit``."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic."
        )
    return True


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    __doc__ = f"""A neural network classifier with dropout and weight decay.

    Parameters
    ----------{SINGLE_PARAMETERS}
    loss : {choices(CLASSIFIER_LOSSES)}, default "log_loss"
        Training loss; squared error uses sigmoid outputs and supports two classes only.
    class_weight : dict, list of dict, "balanced" or None, default None
        Weight of each class in the loss, multiplied by ``sample_weight``. Multilabel: a list with
        the weights of 0 and 1 of each label, whose product counts, as in scikit-learn.
    label_smoothing : float, default 0.0
        Share e, [0, 1), of each label that is spread evenly over the classes during training
        (Szegedy et al. 2016): targets are (1 - e) * onehot + e / n_classes, as in torch's
        ``CrossEntropyLoss``. With multilabel targets, each label counts as two classes.
        ``loss_curve_`` includes smoothing; validation losses and scores ignore it.

    Attributes
    ----------
    classes_ : array
        Class labels in sorted order.{SINGLE_ATTRIBUTES}

    Examples
    --------
    >>> from sklearn.datasets import make_classification
    >>> from dropdecay import MLPClassifier
    >>> X, y = make_classification(random_state=0)
    >>> network = MLPClassifier(dropout=0.2, weight_decay=0.1, max_iter=500, random_state=0)
    >>> network.fit(X, y).predict(X).shape
    (100,)
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        weight_decay: float = 0.0,
        input_noise: float = 0.0,
        decay: str = "decoupled",
        loss: str = "log_loss",
        max_norm: float | None = None,
        l1: float = 0.0,
        weight_average: float = 0.0,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        dropconnect: float = 0.0,
        max_grad_norm: float | None = None,
        class_weight: ClassWeight = None,
        label_smoothing: float = 0.0,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: RandomState = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        max_fun: int = 15000,
        n_ensemble: int = 1,
    ) -> None:
        keep_parameters(self, locals())

    @with_callbacks  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def fit(self, X: RowsLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        y : shape (n_rows,), classes, or (n_rows, n_labels) of 0 and 1
        sample_weight : shape (n_rows,), optional
            Weights of the rows, >= 0, in the loss.

        Raises
        ------
        BadInput
            If a parameter or the rows cannot be used; the message says what to do.
        Diverged
            If the network ends in NaN or infinity.
        """
        continues = self._continues(incremental=False)
        rows, labels = single_pairs(self, X, y, reset=not continues)
        check_classes(labels)
        if continues:
            self._require_same_classes(labels)
        else:
            self.classes_ = unique_labels(labels)
        self._fit(rows, labels, self._target(labels, rows.dtype), sample_weight)
        return with_others(self, X, y, sample_weight)

    @available_if(_is_stochastic)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def partial_fit(
        self,
        X: RowsLike,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train for one epoch on these rows, continuing from the current network.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        y : shape (n_rows,) or (n_rows, n_labels)
        sample_weight : shape (n_rows,), optional
        classes : array, optional
            All classes that may ever occur; required in the first call.
        """
        _check_partial_fit_first_call(self, classes)
        rows, labels = single_pairs(self, X, y, reset=not self._continues(incremental=True))
        check_classes(labels)
        if labels.ndim == 1 and len(np.setdiff1d(unique_labels(labels), self.classes_)):
            raise BadInput(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {unique_labels(labels)}."
            )
        target = self._target(labels, rows.dtype)
        return self._fit(rows, labels, target, sample_weight, incremental=True)

    def _require_same_classes(self, y: AnyArray) -> None:
        if set(unique_labels(y)) != set(self.classes_):
            raise BadInput(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {unique_labels(y)}"
            )

    def _target(self, y: AnyArray, dtype: DTypeLike) -> Target:
        target = class_target(y, self.loss, dtype, self.classes_, min_classes=1)
        self._many_labels = target.labels is None
        return target

    def predict(self, X: RowsLike) -> AnyArray:
        """Return the most likely class of each row, (n_rows,), or multilabel indicators."""
        check_is_fitted(self)
        outputs = self._outputs(single_rows(self, X))
        classes: AnyArray = predicted_classes(outputs, self.classes_, many_labels=self._many_labels)
        return classes

    def predict_proba(
        self,
        X: RowsLike,
        *,
        mc_dropout: int = 0,
        return_std: bool = False,
        random_state: RandomState = None,
    ) -> Floating | tuple[Floating, Floating]:
        """Return the probability of every class, (n_rows, n_classes).

        Parameters
        ----------
        X : shape (n_rows, n_features)
        mc_dropout : int, default 0
            Average over this many draws of dropout masks, as in training (Monte Carlo dropout,
            Gal & Ghahramani 2016), of each network of an ensemble; 0: no dropout.
        return_std : bool, default False
            Whether to return a tuple of mean and standard deviation over the draws.
        random_state : int, RandomState or None, default None
            Determines the masks.
        """
        check_is_fitted(self)
        rows = single_rows(self, X)
        if not (mc_dropout or return_std):
            return self._by_class(self._outputs(rows))
        mean, std = self._sampled(rows, mc_dropout, random_state)
        if return_std:
            # With one sigmoid output, both classes have the same standard deviation.
            both = not self._many_labels and std.shape[1] == 1
            return self._by_class(mean), np.repeat(std, 2, axis=1) if both else std
        return self._by_class(mean)

    def _by_class(self, outputs: Floating) -> Floating:
        return outputs if self._many_labels else class_probabilities(outputs)

    def predict_log_proba(self, X: RowsLike) -> Floating:
        """Return the logarithm of :meth:`predict_proba`, (n_rows, n_classes)."""
        with np.errstate(divide="ignore"):
            logarithms: Floating = np.log(self.predict_proba(X))
        return logarithms

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = True
        return tags


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    __doc__ = f"""A neural network regressor with dropout and weight decay.

    Targets are not scaled. Standardize large ones yourself, or use ``MLPRegressorCV``, which does.

    Parameters
    ----------
    loss : {choices(REGRESSOR_LOSSES)}, default "squared_error"
        Training loss: half the squared error, or half the Poisson deviance, which uses exponential
        outputs and needs y >= 0.{SINGLE_PARAMETERS}

    Attributes
    ----------{SINGLE_ATTRIBUTES}

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from dropdecay import MLPRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> network = MLPRegressor(dropout=0.1, max_iter=1000, random_state=0)
    >>> network.fit(X, y / 100).predict(X[:2]).shape
    (2,)
    """

    def __init__(
        self,
        loss: str = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str = "relu",
        *,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        weight_decay: float = 0.0,
        input_noise: float = 0.0,
        decay: str = "decoupled",
        max_norm: float | None = None,
        l1: float = 0.0,
        weight_average: float = 0.0,
        mixup: float = 0.0,
        cutmix: float = 0.0,
        dropconnect: float = 0.0,
        max_grad_norm: float | None = None,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: RandomState = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
        max_fun: int = 15000,
        n_ensemble: int = 1,
    ) -> None:
        keep_parameters(self, locals())

    @with_callbacks  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def fit(self, X: RowsLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        y : shape (n_rows,) or (n_rows, n_outputs)
        sample_weight : shape (n_rows,), optional
            Weights of the rows, >= 0, in the loss.

        Raises
        ------
        BadInput
            If a parameter or the rows cannot be used; the message says what to do.
        Diverged
            If the network ends in NaN or infinity.
        """
        rows, values, target = self._checked(X, y, reset=not self._continues(incremental=False))
        self._fit(rows, values, target, sample_weight)
        return with_others(self, X, y, sample_weight)

    @available_if(_is_stochastic)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def partial_fit(
        self, X: RowsLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Train for one epoch on these rows, continuing from the current network.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        y : shape (n_rows,) or (n_rows, n_outputs)
        sample_weight : shape (n_rows,), optional
        """
        rows, values, target = self._checked(X, y, reset=not self._continues(incremental=True))
        return self._fit(rows, values, target, sample_weight, incremental=True)

    def _checked(
        self, X: RowsLike, y: ArrayLike, *, reset: bool
    ) -> tuple[Matrix, AnyArray, Target]:
        rows, values = single_pairs(self, X, y, numeric=True, reset=reset)
        self._flat = np.ndim(values) == 1
        target = value_target(values, rows.dtype, standardize=False, loss=self.loss)
        return rows, values, target

    def predict(
        self,
        X: RowsLike,
        *,
        mc_dropout: int = 0,
        return_std: bool = False,
        random_state: RandomState = None,
    ) -> Floating | tuple[Floating, Floating]:
        """Return the predicted values, (n_rows,) or (n_rows, n_outputs).

        Parameters
        ----------
        X : shape (n_rows, n_features)
        mc_dropout : int, default 0
            Average over this many draws of dropout masks, as in training (Monte Carlo dropout,
            Gal & Ghahramani 2016), of each network of an ensemble; 0: no dropout.
        return_std : bool, default False
            Whether to return a tuple of mean and standard deviation over the draws.
        random_state : int, RandomState or None, default None
            Determines the masks.
        """
        check_is_fitted(self)
        rows = single_rows(self, X)
        if not (mc_dropout or return_std):
            return self._shaped(self._outputs(rows))
        mean, std = self._sampled(rows, mc_dropout, random_state)
        return (self._shaped(mean), self._shaped(std)) if return_std else self._shaped(mean)

    def _shaped(self, outputs: Floating) -> Floating:
        return outputs[:, 0] if self._flat else outputs

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
