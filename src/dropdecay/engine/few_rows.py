"""Outputs of a trained network for few rows: NumPy in float64, so that numba need not be loaded.

Loading numba takes a third of a second, the rows of a form or of a request a millisecond. The
kernels do the same in the network's own precision; their outputs for float32 differ by its rounding
errors, less than 1e-6 of the largest logit.
"""

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.engine.buffers import n_params, views
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.engine.protocol import Matrix
from dropdecay.parts import ACTIVATIONS, LOSSES
from dropdecay.settings import Network

MOST_PRODUCTS = 4_000_000
"""Multiplications up to which rows are few: some milliseconds."""


def are_few(network: Network, n_rows: int) -> bool:
    """Return whether rows are so few for this network, whatever is loaded already."""
    return n_rows * n_params(network) <= MOST_PRODUCTS


def outputs_of_few(network: Network, params: Floating, X: Matrix) -> Floating:
    """Compute what :func:`dropdecay.engine.predict.predict` does, (n_rows, n_outputs)."""
    weights, biases = views(network, params.astype(np.float64))
    activate = ACTIVATIONS[network.activation].value
    # Sparse products add in another order, and the last digits would differ from dense rows.
    units = (X if isinstance(X, np.ndarray) else X.toarray()).astype(np.float64)
    # Where logits are huge, an exponential output is infinite, as by the kernels.
    with one_blas_thread(), np.errstate(over="ignore"):
        for number, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            if number:
                units = activate(units)
            units = units @ weight + bias
        return LOSSES[network.loss].output.value(units).astype(X.dtype)
