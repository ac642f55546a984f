"""Outputs of trained networks for dense or sparse rows, by the kernels; sampled ones too."""

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


def compiled_outputs(network: Network, params: Floating, X: Matrix) -> Floating:
    """Compute what :func:`dropdecay.engine.predict.predict_each` does, for any number of rows."""
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
