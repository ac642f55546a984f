"""The layers of a fitted network, those of an ensemble stacked into one array a layer."""

from collections.abc import Iterator

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.engine.buffers import views
from dropdecay.estimators.base import NetworkEstimator


def stacked_layers(estimator: NetworkEstimator) -> Iterator[tuple[Floating, Floating]]:
    """Yield weights and biases of each layer.

    Weights have shape (n_inputs, n_outputs) and biases (n_outputs,); of an ensemble (n_networks,
    n_inputs, n_outputs) and (n_networks, 1, n_outputs).
    """
    if estimator.ensemble_params_ is None:
        yield from zip(estimator.coefs_, estimator.intercepts_, strict=True)
        return
    networks = [views(estimator.network_, params) for params in estimator.ensemble_params_]
    for i in range(len(estimator.coefs_)):
        weights = np.array([weights[i] for weights, _ in networks])
        yield weights, np.array([biases[i][None] for _, biases in networks])


def ensemble_temperature(estimator: NetworkEstimator) -> float | None:
    """Return what the averaged probabilities of an ensemble are scaled by; None: by nothing.

    That of a single network is in its last layer.
    """
    found: float | None = getattr(estimator, "temperature_", None)
    return None if estimator.ensemble_params_ is None else found
