"""Outputs of a trained network for rows, few or many."""

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
    if are_few(network, X.shape[0]):
        return outputs_of_few(network, params, X)
    from dropdecay.engine.compiled_outputs import compiled_outputs  # and numba with it

    return compiled_outputs(network, params, X)
