"""What all estimators share: conversion of parameters, and prediction by a fitted network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from joblib import cpu_count
from joblib.parallel import (
    LokyBackend,
    MultiprocessingBackend,
    ParallelBackendBase,
    SequentialBackend,
    ThreadingBackend,
    get_active_backend,
)
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from dropdecay.arrays import Floating
from dropdecay.engine.buffers import views
from dropdecay.engine.ending import MOST_AUTO
from dropdecay.engine.predict import predict_each
from dropdecay.engine.protocol import Matrix
from dropdecay.errors import BadSetting, ParallelWarning, Parameter
from dropdecay.parts import LOSSES
from dropdecay.safe_text import visible
from dropdecay.settings import Network, check_count
from dropdecay.warn_user import warn_user

ClassWeight = Mapping[int, float] | Mapping[str, float] | Sequence[Mapping[int, float]] | str | None
"""A weight for each class, "balanced", or None: 1 for all."""

RandomState = int | np.random.RandomState | None
"""What ``random_state`` can be, as in scikit-learn."""

FOLDS = "folds"
"""The value of ``n_ensemble`` that asks for the networks of the folds."""

LARGEST_SEED = 2**32 - 1


@dataclass(frozen=True)
class NotKept:
    """Stands for the value of a parameter that a stored model does not hold.

    Parameters
    ----------
    was : str
        What it was, for messages.
    """

    was: str

    def __repr__(self) -> str:
        return f"<not stored: {self.was}>"


def other_regularizers(estimator: BaseEstimator) -> dict[str, Any]:
    """Return what a ``Regularization`` holds besides dropout and weight decay, by its names.

    Searches and single networks have these parameters alike.
    """
    names = (
        "input_dropout", "decay", "max_norm", "l1", "input_noise", "weight_average", "mixup",
        "cutmix", "dropconnect",
    )  # fmt: skip
    return {name: getattr(estimator, name) for name in names}


def averages_folds(estimator: BaseEstimator) -> bool:
    """Return whether a model is the mean of the networks of the folds."""
    asked = getattr(estimator, "n_ensemble", 1)
    return isinstance(asked, str) and asked == FOLDS


def check_kept(estimator: BaseEstimator, *names: str) -> None:
    """Refuse an estimator that was loaded without some of its parameters.

    Parameters
    ----------
    estimator : BaseEstimator
    *names : str
        Those that matter. Default: all.

    Raises
    ------
    BadSetting
        Naming the parameters, what they were, and how to give them again.
    """
    lost = {
        name: value for name, value in estimator.get_params(deep=False).items()
        if isinstance(value, NotKept) and (not names or name in names)
    }  # fmt: skip
    if lost:
        listed = " and ".join(f"{name} ({value.was})" for name, value in lost.items())
        given = ", ".join(f"{name}=..." for name in lost)
        raise BadSetting(
            f"This model was loaded without {listed}, which cannot be stored. Give "
            f"{'it' if len(lost) == 1 else 'them'} again: set_params({given})."
        )


def hidden_sizes(value: int | Sequence[int]) -> tuple[int, ...]:
    """Return hidden layer sizes as a tuple, for one layer or several."""
    listed = [value] if isinstance(value, Integral) else list(np.asarray(value).tolist())
    return tuple(check_count("hidden_layer_sizes", size) for size in listed)


def dropout_rates(value: float | Sequence[float]) -> float | tuple[float, ...]:
    """Return a dropout rate as it is, and a sequence of one rate per layer as a tuple."""
    return tuple(value) if isinstance(value, (list, tuple, np.ndarray)) else value  # type: ignore[return-value]  # a number


def auto_batch_size(value: int | str, n_rows: int, auto: int) -> int:
    """Return the batch size, ``auto`` or as given, but no more than the number of rows."""
    size = auto if value == "auto" else check_count("batch_size", value)
    return min(size, n_rows)


def most_epochs(
    value: int | str,
    usual: int,
    *,
    fixed: bool,
    horizon: Parameter | None,
    most_auto: int = MOST_AUTO,
) -> int:
    """Return how long a network is trained at most, or, with fixed epochs, always.

    Parameters
    ----------
    value : int or "auto"
        The parameter ``max_iter``.
    usual : int
        How many epochs networks need as a rule.
    fixed : bool
        Whether all are trained equally long.
    horizon : Parameter, optional
        The schedule, where its learning rate falls along a known number of epochs.
    most_auto : int
        How many times the usual epochs "auto" allows.

    Raises
    ------
    BadSetting
        If the number must be known and is not given.
    """
    if not (isinstance(value, str) and value == "auto"):
        return check_count("max_iter", value)
    if fixed:
        return usual
    if horizon is not None:
        raise BadSetting(
            horizon, " falls along a number of epochs that must be known beforehand, which ",
            Parameter("max_iter", "auto"), " is not. Give a number, such as ",
            Parameter("max_iter", usual), ", or ", Parameter("fixed_epochs", True), ".",
        )  # fmt: skip
    return most_auto * usual


def drawn_state(random_state: RandomState) -> int:
    """Return the seed of all random numbers of a fit.

    Raises
    ------
    BadSetting
        If it is a number that NumPy's generators do not take.
    """
    if isinstance(random_state, Integral) and not 0 <= random_state <= LARGEST_SEED:
        raise BadSetting(
            Parameter("random_state"),
            f" must be a whole number from 0 to {LARGEST_SEED}. Got {visible(random_state, 30)}.",
        )
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def n_threads(n_jobs: int | None) -> int:
    """Return the number of threads for ``n_jobs``, which has scikit-learn's meaning.

    None is what ``joblib.parallel_config`` says, or else 1; -1 is all cores of this machine, -2 all
    but one. Slots of a cluster that joblib may know of are no threads of this process.
    """
    if n_jobs is not None and (not isinstance(n_jobs, Integral) or n_jobs == 0):
        raise BadSetting(
            Parameter("n_jobs"),
            f" must be a whole number other than 0, or None. Got {n_jobs!r}.",
        )
    if n_jobs is None:
        backend, configured = get_active_backend()
        n_jobs = configured if configured and not _is_foreign(backend) else 1
    return int(n_jobs) if n_jobs > 0 else max(int(cpu_count() + 1 + n_jobs), 1)


def warn_of_foreign_backend() -> None:
    """Warn if ``joblib.parallel_config`` asks for a cluster, which nothing here goes out to."""
    backend, _ = get_active_backend()
    # Inside a task that joblib has sent to a cluster nobody asks for that.
    if _is_foreign(backend) and not backend.nesting_level:
        warn_user(
            f"joblib.parallel_config with {type(backend).__name__} has no effect here: networks "
            "are trained in threads of this process, as many as n_jobs says.",
            ParallelWarning,
        )


def _is_foreign(backend: ParallelBackendBase) -> bool:
    """Return whether a backend is none of joblib's own, which stay on this machine."""
    # By type, not by isinstance: that of Ray is derived from the one of multiprocessing.
    own = (LokyBackend, MultiprocessingBackend, SequentialBackend, ThreadingBackend)
    return type(backend) not in own


class NetworkEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator with a fitted network, or an ensemble of them.

    An ensemble has ``ensemble_params_``, (n_networks, n_params): the parameters of each network,
    all weights before all biases. The first is that of ``coefs_`` and ``intercepts_``.
    """

    coefs_: list[Floating]
    intercepts_: list[Floating]
    network_: Network
    ensemble_params_: Floating | None = None

    def _flat_params(self) -> Floating:
        """Copy all parameters into one buffer, as the engine takes them."""
        return np.concatenate([part.ravel() for part in (*self.coefs_, *self.intercepts_)])

    def _outputs(self, X: Matrix) -> Floating:
        """Return the outputs of the network, or the mean of an ensemble's, for encoded rows."""
        params = self._stacked_params()
        said = predict_each(self.network_, params, X.astype(params.dtype, copy=False))
        mean: Floating = said.mean(axis=0, dtype=np.float64).astype(params.dtype)
        return mean

    def _stacked_params(self) -> Floating:
        """Return the parameters of each network, (n_networks, n_params)."""
        several = self.ensemble_params_
        return self._flat_params()[None] if several is None else several

    def _keep(self, network: Network, params: Floating) -> None:
        """Store a trained network as scikit-learn's attributes."""
        self.network_, self.ensemble_params_ = network, None
        self.coefs_, self.intercepts_ = views(network, params)
        self.n_layers_ = len(network.sizes)
        self.n_outputs_ = network.n_outputs
        self.out_activation_ = LOSSES[network.loss].output.name


def label_smoothing_of(estimator: NetworkEstimator) -> float:
    """Return the label smoothing of a classifier, or 0 for a regressor.

    Raises
    ------
    BadSetting
        In scikit-learn's words, if it is not a number in [0, 1).
    """
    value = getattr(estimator, "label_smoothing", 0.0)
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= float(value) < 1.0:
        raise BadSetting(
            f"The 'label_smoothing' parameter of {type(estimator).__name__} must be a float in the "
            f"range [0.0, 1.0). Got {value!r} instead."
        )
    return float(value)


def keep_parameters(estimator: NetworkEstimator, given: Mapping[str, object]) -> None:
    """Store the arguments of ``__init__`` unchanged and unchecked, as scikit-learn requires."""
    for name in type(estimator)._get_param_names():
        setattr(estimator, name, given[name])
