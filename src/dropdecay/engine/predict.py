"""Outputs of a trained network, or of several, for rows, few or many."""

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.engine.few_rows import are_few, outputs_of_few
from dropdecay.engine.protocol import Matrix
from dropdecay.settings import Network


def predict(network: Network, params: Floating, X: Matrix) -> Floating:
    """Compute probabilities or values, (n_rows, n_outputs), in evaluation mode.

    Few rows are computed in float64 by NumPy, many by the kernels in the precision of ``params``;
    the two differ by rounding errors of the latter.

    Parameters
    ----------
    network : Network
    params : shape (n_params,)
    X : shape (n_rows, n_features), same dtype; in C order or CSR
    """
    outputs: Floating = predict_each(network, params[None], X)[0]
    return outputs


def predict_each(network: Network, params: Floating, X: Matrix) -> Floating:
    """Compute what each of several networks says, (n_networks, n_rows, n_outputs), in one pass.

    Rows are read, and sparse ones made dense, once for all networks; the bits are those that each
    network gives by itself.

    Parameters
    ----------
    network : Network
        Which all have in common.
    params : shape (n_networks, n_params)
    X : shape (n_rows, n_features), same dtype; in C order or CSR
    """
    if are_few(network, X.shape[0]):
        return np.stack([outputs_of_few(network, own, X) for own in params])
    from dropdecay.engine.compiled_outputs import compiled_outputs  # and numba with it

    return compiled_outputs(network, params, X)
