"""The parameters of a network: one flat buffer, views by layer, and initial values."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from dropdecay.arrays import AnyArray, Float64, Floating, UInt32
from dropdecay.parts import ACTIVATIONS, LOSSES
from dropdecay.settings import Network

if TYPE_CHECKING:  # functions import kernels, and numba with them: views need none
    from dropdecay.kernels.network import Shape, Workspace


def shape_of(network: Network) -> Shape:
    """Return the offsets of the layers of ``network``: all weights first, then all biases."""
    from dropdecay.kernels.network import Shape

    sizes = np.array(network.sizes, np.int64)
    weight_ends = np.cumsum(sizes[:-1] * sizes[1:])
    bias_ends = weight_ends[-1] + np.cumsum(sizes[1:])
    return Shape(
        sizes=sizes,
        weight_starts=np.concatenate(([0], weight_ends[:-1])),
        bias_starts=np.concatenate((weight_ends[-1:], bias_ends[:-1])),
        unit_starts=np.concatenate(([0], np.cumsum(sizes))),
        activation=ACTIVATIONS[network.activation].code,
        loss=LOSSES[network.loss].code,
        smoothing=float(network.label_smoothing),
    )


def n_params(network: Network) -> int:
    """Count weights and biases."""
    return sum(a * b + b for a, b in pairwise(network.sizes))


def views(network: Network, params: Floating) -> tuple[list[Floating], list[Floating]]:
    """View a flat buffer as weights (n_inputs, n_outputs) and biases (n_outputs,) of each layer."""
    shapes = [*pairwise(network.sizes), *((n_out,) for n_out in network.sizes[1:])]
    ends = accumulate(map(math.prod, shapes))
    parts = [
        params[end - math.prod(shape) : end].reshape(shape)
        for shape, end in zip(shapes, ends, strict=True)
    ]
    n_layers = len(network.sizes) - 1
    return parts[:n_layers], parts[n_layers:]


def initial_params(network: Network, key: UInt32, dtype: DTypeLike = np.float32) -> Floating:
    """Draw initial weights and biases.

    Uniform in +-sqrt(f / (n_inputs + n_outputs)) for each layer (Glorot & Bengio 2010), biases
    included, as in scikit-learn; f is the ``glorot`` of the activation, usually 6.
    """
    from dropdecay.kernels.philox import PURPOSE_WEIGHTS, stream_words

    params = aligned_zeros(n_params(network), dtype)
    factor = ACTIVATIONS[network.activation].glorot
    for layer, (weights, bias) in enumerate(zip(*views(network, params), strict=True)):
        n_in, n_out = weights.shape
        bound = np.sqrt(factor / (n_in + n_out))
        stream = (layer + 1) | PURPOSE_WEIGHTS << 16
        drawn = bound * uniform(stream_words(key, 0, stream, weights.size + bias.size))
        weights[...] = drawn[: weights.size].reshape(weights.shape)
        bias[...] = drawn[weights.size :]
    return params


def uniform(words: AnyArray) -> Float64:
    """Map 32-bit words to the midpoints of 2**32 equal parts of (-1, 1)."""
    return (words.astype(np.float64) + 0.5) * 2.0**-31 - 1.0


def make_workspace(
    network: Network,
    n_rows: int,
    n_targets: int,
    dtype: DTypeLike = np.float32,
    *,
    connections: bool = False,
) -> Workspace:
    """Allocate one thread's scratch memory for batches of up to ``n_rows`` rows.

    With ``connections`` there is room to drop them.
    """
    from dropdecay.kernels.masks import padded
    from dropdecay.kernels.network import Workspace

    n_dropped = n_params(network) if connections else 0
    n_units, widest = sum(network.sizes), max(network.sizes)
    return Workspace(
        activations=aligned_zeros(n_rows * n_units, dtype),
        slopes=aligned_zeros(n_rows * n_units, dtype),
        targets=np.zeros((n_rows, n_targets), dtype),
        shares=np.zeros(n_rows, dtype),
        losses=np.zeros(n_rows, dtype),
        hits=np.zeros(n_rows, dtype),
        decisions=aligned_zeros(padded(n_rows * widest), np.uint16),
        partners=np.zeros((n_rows, n_targets), dtype),
        partner_shares=np.zeros(n_rows, dtype),
        factors=aligned_zeros(n_dropped, dtype),
        connected=aligned_zeros(n_dropped, dtype),
    )


def aligned_zeros(size: int, dtype: DTypeLike) -> AnyArray:
    """Allocate zeros aligned to a cache line, so that no 64-byte vector spans two of them."""
    itemsize = np.dtype(dtype).itemsize
    room = np.zeros(size + 64 // itemsize, dtype)
    start = -room.ctypes.data % 64 // itemsize
    return room[start : start + size]


def aligned_copy(values: Floating) -> Floating:
    """Copy a vector into memory aligned to a cache line."""
    copied = aligned_zeros(values.size, values.dtype)
    copied[:] = values
    return copied
