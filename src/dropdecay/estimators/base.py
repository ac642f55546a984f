"""What every estimator with a fitted network shares, and how parameters become settings."""

from numbers import Integral, Real
from typing import Any

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator

from dropdecay.arrays import Floating
from dropdecay.engine.buffers import views
from dropdecay.engine.predict import predict
from dropdecay.errors import BadSetting
from dropdecay.parts import LOSSES
from dropdecay.settings import Network, check_count


def hidden_sizes(value: int | ArrayLike) -> tuple[int, ...]:
    """Return hidden layer sizes as a tuple, whether one number was given or several."""
    listed = [value] if isinstance(value, Integral) else list(np.asarray(value).tolist())
    return tuple(check_count("hidden_layer_sizes", size) for size in listed)


def auto_batch_size(value: int | str, n_rows: int, auto: int) -> int:
    """Return the rows a step: ``auto``, or as given, but never more than there are."""
    size = auto if value == "auto" else check_count("batch_size", value)  # type: ignore[arg-type]
    return min(size, n_rows)


def n_threads(n_jobs: int | None) -> int:
    """Return the threads that ``n_jobs`` asks for, in scikit-learn's way: -1 is all cores."""
    if n_jobs is not None and (n_jobs == 0 or n_jobs != int(n_jobs)):
        raise BadSetting(f"n_jobs must be a whole number other than 0, or None. Got {n_jobs!r}.")
    return int(effective_n_jobs(n_jobs))


def smoothing_of(estimator: Any) -> float:
    """Return the label smoothing of a classifier, 0 for a regressor; refused in their words."""
    value = getattr(estimator, "label_smoothing", 0.0)
    if isinstance(value, bool) or not isinstance(value, Real) or not 0.0 <= float(value) < 1.0:
        raise BadSetting(
            f"The 'label_smoothing' parameter of {type(estimator).__name__} must be a float in the "
            f"range [0.0, 1.0). Got {value!r} instead."
        )
    return float(value)


def keep_parameters(estimator: Any, given: dict[str, Any]) -> None:
    """Keep what ``__init__`` was given, unchanged and unchecked, as scikit-learn asks."""
    for name in type(estimator)._get_param_names():
        setattr(estimator, name, given[name])


class NetworkEstimator(BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """The way from rows to what a fitted network says about them."""

    coefs_: list[Floating]
    intercepts_: list[Floating]
    network_: Network

    def _flat_params(self) -> Floating:
        """Copy all parameters into one buffer, as the engine wants them."""
        return np.concatenate([part.ravel() for part in (*self.coefs_, *self.intercepts_)])

    def _outputs(self, X: Any) -> Floating:
        """Return what the network says about rows that are already numbers."""
        params = self._flat_params()
        return predict(self.network_, params, X.astype(params.dtype, copy=False))

    def _keep(self, network: Network, params: Floating) -> None:
        """Keep a trained network in scikit-learn's form."""
        self.network_ = network
        self.coefs_, self.intercepts_ = views(network, params)
        self.n_layers_ = len(network.sizes)
        self.n_outputs_ = network.n_outputs
        self.out_activation_ = LOSSES[network.loss].output.name
