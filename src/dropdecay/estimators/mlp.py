"""MLPClassifier and MLPRegressor: one network, in the manner of scikit-learn's.

Existing code changes one import; dropout and decoupled weight decay come in addition.
"""

from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.callback import with_callbacks
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    unique_labels,
)
from sklearn.utils.validation import check_is_fitted

from dropdecay.arrays import AnyArray, Floating
from dropdecay.data.encoding import single_pairs, single_rows
from dropdecay.data.targets import (
    Target,
    class_probabilities,
    class_target,
    predicted_classes,
    value_target,
)
from dropdecay.errors import BadInput
from dropdecay.estimators.base import keep_parameters
from dropdecay.estimators.docstrings import SINGLE_ATTRIBUTES, SINGLE_PARAMETERS, choices
from dropdecay.estimators.fit_network import BaseMLP
from dropdecay.parts import CLASSIFIER_LOSSES, REGRESSOR_LOSSES


def _takes_steps(estimator: Any) -> bool:
    """Whether the solver can take up training where it ended."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic."
        )
    return True


class MLPClassifier(ClassifierMixin, BaseMLP):  # type: ignore[misc]
    __doc__ = f"""A neural network for classes, with dropout and weight decay.

    Parameters
    ----------{SINGLE_PARAMETERS}
    loss : {choices(CLASSIFIER_LOSSES)}, default "log_loss"
        Training loss; squared error uses logistic outputs and needs two classes.
    class_weight : dict, "balanced" or None, default None
        Weight of each class in the loss, times ``sample_weight``.
    label_smoothing : float, default 0.0
        Share, [0, 1), of every label that is spread evenly over the classes while training
        (Szegedy et al. 2016): (1 - e) * onehot + e / n_classes, as torch's ``CrossEntropyLoss``;
        each of many labels counts as two classes. ``loss_curve_`` is the smoothed loss that is
        descended; validation losses and scores are of the labels as they are.

    Attributes
    ----------
    classes_ : array
        The classes in order.{SINGLE_ATTRIBUTES}

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
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        dropout: Any = 0.0,
        input_dropout: float = 0.0,
        weight_decay: float = 0.0,
        decay: str = "decoupled",
        loss: str = "log_loss",
        max_norm: float | None = None,
        max_grad_norm: float | None = None,
        class_weight: Any = None,
        label_smoothing: float = 0.0,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
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
    ) -> None:
        keep_parameters(self, locals())

    @with_callbacks  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network on rows ``X`` (n_rows, n_features) and classes ``y``."""
        goes_on = self._goes_on(incremental=False)
        X, y = single_pairs(self, X, y, reset=not goes_on)
        check_classification_targets(y)
        if goes_on:
            self._require_same_classes(y)
        else:
            self.classes_ = unique_labels(y)
        return self._fit(X, y, self._target(y, X.dtype), sample_weight)

    @available_if(_takes_steps)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def partial_fit(
        self,
        X: Any,
        y: Any,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | None = None,
    ) -> Self:
        """Train one epoch on these rows, beginning where training last ended.

        Parameters
        ----------
        X : shape (n_rows, n_features)
        y : shape (n_rows,) or (n_rows, n_labels)
        sample_weight : shape (n_rows,), optional
        classes : array, optional
            All classes there will ever be; needed in the first call.
        """
        _check_partial_fit_first_call(self, classes)
        X, y = single_pairs(self, X, y, reset=not self._goes_on(incremental=True))
        check_classification_targets(y)
        if y.ndim == 1 and len(np.setdiff1d(unique_labels(y), self.classes_)):
            raise BadInput(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {unique_labels(y)}."
            )
        return self._fit(X, y, self._target(y, X.dtype), sample_weight, incremental=True)

    def _require_same_classes(self, y: AnyArray) -> None:
        if set(unique_labels(y)) != set(self.classes_):
            raise BadInput(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {unique_labels(y)}"
            )

    def _target(self, y: AnyArray, dtype: Any) -> Target:
        target = class_target(y, self.loss, dtype, self.classes_, min_classes=1)
        self._many_labels = target.labels is None
        return target

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of every row, (n_rows,), or the table of labels."""
        check_is_fitted(self)
        outputs = self._outputs(single_rows(self, X))
        return predicted_classes(outputs, self.classes_, many_labels=self._many_labels)

    def predict_proba(
        self,
        X: ArrayLike,
        *,
        mc_dropout: int = 0,
        return_std: bool = False,
        random_state: Any = None,
    ) -> Any:
        """Return the probability of every class, (n_rows, n_classes).

        Parameters
        ----------
        X : shape (n_rows, n_features)
        mc_dropout : int, default 0
            Average this many networks that drop their units as in training (Gal & Ghahramani
            2016); 0: nothing is dropped.
        return_std : bool, default False
            Whether the standard deviation over these networks comes too: (mean, spread).
        random_state : int, RandomState or None, default None
            Which units are dropped.
        """
        check_is_fitted(self)
        X = single_rows(self, X)
        if not (mc_dropout or return_std):
            return self._as_columns(self._outputs(X))
        mean, spread = self._sampled(X, mc_dropout, random_state)
        if return_std:
            # One logistic output: both classes have the same spread.
            both = not self._many_labels and spread.shape[1] == 1
            return self._as_columns(mean), np.repeat(spread, 2, axis=1) if both else spread
        return self._as_columns(mean)

    def _as_columns(self, outputs: Floating) -> Floating:
        return outputs if self._many_labels else class_probabilities(outputs)

    def predict_log_proba(self, X: ArrayLike) -> Floating:
        """Return the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            logarithms: Floating = np.log(self.predict_proba(X))
        return logarithms

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.input_tags.sparse = True
        return tags


class MLPRegressor(RegressorMixin, BaseMLP):  # type: ignore[misc]
    __doc__ = f"""A neural network for values, with dropout and weight decay.

    Targets are taken as they are:
    bring large ones near 1 yourself, or use ``MLPRegressorCV``, which does.

    Parameters
    ----------
    loss : {choices(REGRESSOR_LOSSES)}, default "squared_error"
        Half the squared error, or half the Poisson deviance on exponential outputs,
        which needs y >= 0.{SINGLE_PARAMETERS}

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
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        dropout: Any = 0.0,
        input_dropout: float = 0.0,
        weight_decay: float = 0.0,
        decay: str = "decoupled",
        max_norm: float | None = None,
        max_grad_norm: float | None = None,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
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
    ) -> None:
        keep_parameters(self, locals())

    @with_callbacks  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network on rows ``X`` (n_rows, n_features) and values ``y``."""
        X, y, target = self._checked(X, y, reset=not self._goes_on(incremental=False))
        return self._fit(X, y, target, sample_weight)

    @available_if(_takes_steps)  # type: ignore[untyped-decorator]  # scikit-learn has no types
    def partial_fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train one epoch on these rows, beginning where training last ended."""
        X, y, target = self._checked(X, y, reset=not self._goes_on(incremental=True))
        return self._fit(X, y, target, sample_weight, incremental=True)

    def _checked(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, AnyArray, Target]:
        X, y = single_pairs(self, X, y, numeric=True, reset=reset)
        self._flat = np.ndim(y) == 1
        return X, y, value_target(y, X.dtype, standardize=False, loss=self.loss)

    def predict(
        self,
        X: ArrayLike,
        *,
        mc_dropout: int = 0,
        return_std: bool = False,
        random_state: Any = None,
    ) -> Any:
        """Return the value of every row, (n_rows,) or (n_rows, n_outputs).

        Parameters
        ----------
        X : shape (n_rows, n_features)
        mc_dropout : int, default 0
            Average this many networks that drop their units as in training (Gal & Ghahramani
            2016); 0: nothing is dropped.
        return_std : bool, default False
            Whether the standard deviation over these networks comes too: (mean, spread).
        random_state : int, RandomState or None, default None
            Which units are dropped.
        """
        check_is_fitted(self)
        X = single_rows(self, X)
        if not (mc_dropout or return_std):
            return self._shaped(self._outputs(X))
        mean, spread = self._sampled(X, mc_dropout, random_state)
        return (self._shaped(mean), self._shaped(spread)) if return_std else self._shaped(mean)

    def _shaped(self, outputs: Floating) -> Floating:
        return outputs[:, 0] if self._flat else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
