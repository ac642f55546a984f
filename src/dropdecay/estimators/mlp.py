"""MLPClassifier and MLPRegressor: one network, in the manner of scikit-learn's.

Existing code changes one import; dropout and decoupled weight decay come in addition.
"""

import warnings
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from dropdecay.arrays import Floating, Int64
from dropdecay.engine.buffers import views
from dropdecay.engine.cpu import predict, train
from dropdecay.engine.seam import REFIT_FOLD, Dataset, Run, Score, run_key
from dropdecay.errors import BadInput, FailedWork
from dropdecay.estimators.patience import Patience
from dropdecay.estimators.rows import checked_pairs, checked_rows
from dropdecay.estimators.targets import (
    Target,
    class_probabilities,
    class_target,
    predicted_classes,
    value_target,
)
from dropdecay.estimators.wording import SINGLE_ATTRIBUTES, SINGLE_PARAMETERS
from dropdecay.settings import (
    Network,
    Regularization,
    Schedule,
    check_choice,
    check_count,
    check_nonnegative,
)
from dropdecay.surface.plan import fold_rows

SOLVERS = ("adam", "sgd")


def hidden_sizes(value: int | ArrayLike) -> tuple[int, ...]:
    """Return hidden layer sizes as a tuple, whether one number was given or several."""
    listed = [value] if isinstance(value, Integral) else list(np.asarray(value).tolist())
    return tuple(check_count("hidden_layer_sizes", size) for size in listed)


def optimizer_name(solver: str, momentum: float, nesterovs_momentum: bool) -> str:
    """Translate scikit-learn's solver and momentum into one optimizer."""
    check_choice("solver", solver, SOLVERS)
    if solver == "adam":
        return "adam"
    if momentum == 0:
        return "sgd"
    return "nesterov" if nesterovs_momentum else "momentum"


def auto_batch_size(value: int | str, n_rows: int, auto: int) -> int:
    """Return the rows a step: ``auto``, or as given, but never more than there are."""
    size = auto if value == "auto" else check_count("batch_size", value)  # type: ignore[arg-type]
    return min(size, n_rows)


def keep_parameters(estimator: Any, given: dict[str, Any]) -> None:
    """Keep what ``__init__`` was given, unchanged and unchecked, as scikit-learn asks."""
    for name in type(estimator)._get_param_names():
        setattr(estimator, name, given[name])


class NetworkEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """What every estimator with a fitted network shares: the way from rows to its outputs."""

    coefs_: list[Floating]
    intercepts_: list[Floating]
    network_: Network

    def _outputs(self, X: Floating) -> Floating:
        """Return what the network says about rows that are already numbers."""
        flat = [part.ravel() for part in (*self.coefs_, *self.intercepts_)]
        return predict(self.network_, np.concatenate(flat), X)

    def _keep(self, network: Network, params: Floating) -> None:
        """Keep a trained network in scikit-learn's form."""
        self.network_ = network
        self.coefs_, self.intercepts_ = views(network, params)
        self.n_layers_ = len(network.sizes)
        self.n_outputs_ = network.n_outputs
        self.out_activation_ = {
            "categorical_cross_entropy": "softmax",
            "half_squared_error": "identity",
        }.get(network.loss, "logistic")


class _SingleNetwork(NetworkEstimator):
    """One network on numbers."""

    def _fit(self, X: Floating, target: Target, sample_weight: ArrayLike | None) -> Self:
        rng = check_random_state(self.random_state)
        seed = int(rng.randint(np.iinfo(np.int32).max))
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(
                sample_weight, X, dtype=X.dtype, ensure_non_negative=True
            )
        network = Network(
            X.shape[1], hidden_sizes(self.hidden_layer_sizes), target.n_outputs,
            self.activation, target.loss,
        )  # fmt: skip
        training, validation = self._hold_out(len(X), target, seed)
        schedule = self._schedule(training.size)
        regularization = self._regularization()
        schedule.check_against(regularization)
        patience = Patience(
            network, self.tol, check_count("n_iter_no_change", self.n_iter_no_change),
            schedule.batch_size, self.early_stopping, bool(self.verbose),
        )  # fmt: skip
        rows = fold_rows(training, validation, seed, REFIT_FOLD)
        run = Run(regularization, REFIT_FOLD, 0, run_key(seed, REFIT_FOLD, 0), rows)
        dataset = Dataset(X, target.matrix, weights)
        (fit,) = train(
            network, dataset, [run], schedule,
            score=self._score_of(target), on_epoch=patience, keep_params=True,
        )  # fmt: skip
        if fit.diverged or fit.params is None:
            raise FailedWork(
                f"Training diverged in epoch {len(patience.loss_curve) + 1}: the loss is not a "
                "number any more. Lower learning_rate_init, or scale X (and y)."
            )
        best = patience.best_params
        self._keep(network, fit.params if best is None else best)
        self._keep_curves(patience, schedule, training.size)
        return self

    def _hold_out(self, n_rows: int, target: Target, seed: int) -> tuple[Int64, Int64]:
        """Split off the rows that early stopping looks at."""
        if not self.early_stopping:
            return np.arange(n_rows), np.arange(0)
        training, validation = train_test_split(
            np.arange(n_rows), test_size=self.validation_fraction, random_state=seed,
            stratify=target.labels,
        )  # fmt: skip
        if validation.size < 2:
            raise BadInput(
                "The validation set is too small: early_stopping needs at least 2 rows. Raise "
                "validation_fraction or set early_stopping=False."
            )
        return training, validation

    def _schedule(self, n_rows: int) -> Schedule:
        return Schedule(
            epochs=check_count("max_iter", self.max_iter),
            batch_size=auto_batch_size(self.batch_size, n_rows, auto=200),
            optimizer=optimizer_name(self.solver, self.momentum, self.nesterovs_momentum),
            learning_rate=self.learning_rate_init,
            shuffle=self.shuffle,
            momentum=self.momentum,
            beta_1=self.beta_1,
            beta_2=self.beta_2,
            epsilon=self.epsilon,
        )

    def _regularization(self) -> Regularization:
        dropout = self.dropout
        return Regularization(
            dropout=tuple(dropout) if isinstance(dropout, (list, tuple, np.ndarray)) else dropout,
            input_dropout=self.input_dropout,
            weight_decay=self.weight_decay,
            decay=self.decay,
            alpha=check_nonnegative("alpha", self.alpha),
        )

    def _score_of(self, target: Target) -> Score | None:
        """Return how held-out rows are scored; None: accuracy, which the engine counts itself."""
        if target.classes is not None:
            return None
        return lambda rows, outputs: float(r2_score(target.matrix[rows], outputs))

    def _keep_curves(self, patience: Patience, schedule: Schedule, n_rows: int) -> None:
        self.loss_curve_ = patience.loss_curve
        self.loss_ = patience.loss_curve[-1]
        self.n_iter_ = len(patience.loss_curve)
        self.t_ = self.n_iter_ * n_rows
        if self.early_stopping:
            self.validation_scores_ = patience.validation_scores
            self.validation_loss_curve_ = patience.validation_loss_curve
            self.best_validation_score_ = max(patience.validation_scores)
            self.best_loss_ = None
        else:
            self.best_loss_ = min(patience.loss_curve)
        if self.n_iter_ == schedule.epochs and not patience.stopped:
            warnings.warn(
                f"Stochastic Optimizer: Maximum iterations ({schedule.epochs}) reached and the "
                "optimization hasn't converged yet. Raise max_iter, or take the network as it is.",
                ConvergenceWarning,
                stacklevel=4,
            )


class MLPClassifier(ClassifierMixin, _SingleNetwork):  # type: ignore[misc]
    __doc__ = f"""A neural network for classes, with dropout and weight decay.

    Parameters
    ----------{SINGLE_PARAMETERS}
    loss : {{"log_loss", "squared_error"}}, default "log_loss"
        What is descended; squared error stands on logistic outputs and needs two classes.

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
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
    ) -> None:
        keep_parameters(self, locals())

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network on rows ``X`` (n_rows, n_features) and classes ``y``."""
        X, y = checked_pairs(self, X, y)
        check_classification_targets(y)
        target = class_target(y, self.loss, X.dtype)
        self._many_labels = target.labels is None
        self.classes_ = target.classes
        return self._fit(X, target, sample_weight)

    def predict(self, X: Any) -> Any:
        """Return the likeliest class of every row, (n_rows,), or the table of labels."""
        check_is_fitted(self)
        outputs = self._outputs(checked_rows(self, X))
        return predicted_classes(outputs, self.classes_, many_labels=self._many_labels)

    def predict_proba(self, X: ArrayLike) -> Floating:
        """Return the probability of every class, (n_rows, n_classes)."""
        check_is_fitted(self)
        outputs = self._outputs(checked_rows(self, X))
        return outputs if self._many_labels else class_probabilities(outputs)

    def predict_log_proba(self, X: ArrayLike) -> Floating:
        """Return the logarithm of :meth:`predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


class MLPRegressor(RegressorMixin, _SingleNetwork):  # type: ignore[misc]
    __doc__ = f"""A neural network for values, with dropout and weight decay.

    It descends half the squared error, as scikit-learn's does. Targets are taken as they are:
    bring large ones near 1 yourself, or use ``MLPRegressorCV``, which does.

    Parameters
    ----------{SINGLE_PARAMETERS}

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
        hidden_layer_sizes: Any = (100,),
        activation: str = "relu",
        *,
        dropout: Any = 0.0,
        input_dropout: float = 0.0,
        weight_decay: float = 0.0,
        decay: str = "decoupled",
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: int | str = "auto",
        learning_rate_init: float = 0.001,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: int = 10,
    ) -> None:
        keep_parameters(self, locals())

    def fit(self, X: Any, y: Any, sample_weight: ArrayLike | None = None) -> Self:
        """Train the network on rows ``X`` (n_rows, n_features) and values ``y``."""
        X, y = checked_pairs(self, X, y, numeric=True)
        self._flat = np.ndim(y) == 1
        return self._fit(X, value_target(y, X.dtype, standardize=False), sample_weight)

    def predict(self, X: ArrayLike) -> Floating:
        """Return the value of every row, (n_rows,) or (n_rows, n_outputs)."""
        check_is_fitted(self)
        outputs = self._outputs(checked_rows(self, X))
        return outputs[:, 0] if self._flat else outputs
