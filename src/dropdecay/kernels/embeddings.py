"""Embeddings of categories inside a kernel: multiplied out before a batch, pulled back after it.

An embedding of a category is a linear layer over its one-hot columns. Multiplied by the first layer
it is one matrix, so that a batch passes through the network as if there were no embedding; what is
found for that matrix is then the gradient of both factors by the chain rule.
"""

from typing import NamedTuple

from dropdecay.arrays import Floating, Int64
from dropdecay.kernels.compiled import inner_kernel, kernel
from dropdecay.kernels.copying import copy_matrix
from dropdecay.kernels.network import Shape
from dropdecay.kernels.products import Blas, blas_product
from dropdecay.kernels.views import matrix_view, vector_view


class Embedding(NamedTuple):
    """How parameters with embeddings become those of the network that is evaluated."""

    segments: Int64  # (n_segments, 5), columns of ``engine.embeddings.Segment``; empty: there is no
    shape: Shape  # of the network over embedded columns, whose parameters come first
    params: Floating  # scratch, those that are evaluated
    grads: Floating  # scratch, their gradient


@kernel
def multiply_out(
    blas: Blas,
    embedding: Embedding,
    params: Floating,  # with embeddings, after everything else
    into: Floating,  # written: those of the network over one-hot columns
) -> None:
    """Compute the parameters that are evaluated."""
    width = embedding.shape.sizes[1]
    last = embedding.segments.shape[0] - 1
    for i in range(last + 1):
        column, n_columns, row, n_rows, start = embedding.segments[i]
        out = matrix_view(into, column * width, n_columns, width)
        below = matrix_view(params, row * width, n_rows, width)
        if start >= 0:
            values = matrix_view(params, start, n_columns, n_rows)
            blas_product(blas, 0, 0, values, below, out)
        else:
            copy_matrix(below, out)
    rest = (embedding.segments[last, 0] + embedding.segments[last, 1]) * width
    upper = embedding.shape.sizes[0] * width
    into_rest = vector_view(into, rest, into.size - rest)
    params_rest = vector_view(params, upper, into.size - rest)
    for i in range(into_rest.size):
        into_rest[i] = params_rest[i]


@inner_kernel
def pull_back(
    blas: Blas,
    embedding: Embedding,  # with the gradient of what is evaluated
    params: Floating,
    grads: Floating,  # written
) -> None:
    """Compute the gradient of parameters with embeddings."""
    width = embedding.shape.sizes[1]
    last = embedding.segments.shape[0] - 1
    for i in range(last + 1):
        column, n_columns, row, n_rows, start = embedding.segments[i]
        found = matrix_view(embedding.grads, column * width, n_columns, width)
        below = matrix_view(grads, row * width, n_rows, width)
        if start >= 0:
            values = matrix_view(params, start, n_columns, n_rows)
            blas_product(blas, 1, 0, values, found, below)
            weights = matrix_view(params, row * width, n_rows, width)
            blas_product(blas, 0, 1, found, weights, matrix_view(grads, start, n_columns, n_rows))
        else:
            copy_matrix(found, below)
    rest = (embedding.segments[last, 0] + embedding.segments[last, 1]) * width
    upper = embedding.shape.sizes[0] * width
    found_rest = vector_view(embedding.grads, rest, embedding.grads.size - rest)
    grads_rest = vector_view(grads, upper, found_rest.size)
    for i in range(found_rest.size):
        grads_rest[i] = found_rest[i]
