"""Outputs of a trained network, or means over several, for dense or sparse rows."""

from collections.abc import Iterator

import numpy as np

from dropdecay.arrays import Floating, UInt32
from dropdecay.engine.buffers import make_workspace, shape_of
from dropdecay.engine.densify import dense_parts, read_only
from dropdecay.engine.machine import check_compiler
from dropdecay.engine.one_blas_thread import one_blas_thread
from dropdecay.engine.protocol import Matrix
from dropdecay.engine.training import EVALUATION_ROWS, thresholds_of
from dropdecay.kernels.evaluation import evaluate_rows, sample_rows
from dropdecay.kernels.losses import outputs_from_logits
from dropdecay.kernels.network import Dropout
from dropdecay.kernels.products import find_blas
from dropdecay.settings import Network, Regularization


def predict(network: Network, params: Floating, X: Matrix) -> Floating:
    """Compute probabilities or values, (n_rows, n_outputs), in evaluation mode.

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
    check_compiler()
    shape, rows = shape_of(network), np.arange(X.shape[0])
    outputs = np.empty((len(params), rows.size, network.n_outputs), X.dtype)
    workspace = make_workspace(network, EVALUATION_ROWS, 1, X.dtype)
    with one_blas_thread():
        for start, part, taken in dense_parts(X, rows, EVALUATION_ROWS):
            dense, places = read_only(part), read_only(taken)
            for own, said in zip(params, outputs, strict=True):
                into = said[start : start + taken.size]
                evaluate_rows(find_blas()[0], shape, own, workspace, dense, places, into)
    for said in outputs:
        outputs_from_logits(shape.loss, said)
    return outputs


def sampled_outputs(
    network: Network,
    params: Floating,
    X: Matrix,
    regularization: Regularization,
    key: UInt32,
    n_samples: int,
) -> Iterator[Floating]:
    """Yield the outputs for all rows under ``n_samples`` draws of the dropout masks."""
    dropout, shape = Dropout(thresholds_of(network, regularization), key), shape_of(network)
    rows, workspace = np.arange(X.shape[0]), make_workspace(network, EVALUATION_ROWS, 1, X.dtype)
    n_batches = -(-rows.size // EVALUATION_ROWS)
    for sample in range(n_samples):
        outputs = np.empty((rows.size, network.n_outputs), X.dtype)
        for start, part, taken in dense_parts(X, rows, EVALUATION_ROWS):
            sample_rows(
                find_blas()[0], shape, params, workspace, read_only(part), read_only(taken),
                dropout, 1 + sample * n_batches + start // EVALUATION_ROWS,
                outputs[start : start + taken.size],
            )  # fmt: skip
        outputs_from_logits(shape.loss, outputs)
        yield outputs
