"""The values a network is made of inside a kernel, and views of its layers.

Parameters, gradient and moments are flat; activations of all layers lie in one buffer.
"""

from typing import NamedTuple

from dropdecay.arrays import Floating, Int64, UInt16, UInt32
from dropdecay.kernels.compiled import inner_kernel, kernel, no_literal
from dropdecay.kernels.optimizers import Constants
from dropdecay.kernels.views import matrix_view, vector_view

INPUT = no_literal(0)
"""The layer of the inputs."""


class Shape(NamedTuple):
    """Sizes of a network and where its layers lie in the flat buffers."""

    sizes: Int64  # (n_layers + 1,): inputs, hidden units, outputs
    weight_starts: Int64  # (n_layers,) in params
    bias_starts: Int64  # (n_layers,) in params
    unit_starts: Int64  # (n_layers + 1,) in a row's activations
    activation: int
    loss: int
    smoothing: float  # of the labels in the training loss


class Buffers(NamedTuple):
    """A network's parameters, their gradient and the optimizer's two moments: flat, one length."""

    params: Floating
    grads: Floating
    first: Floating
    second: Floating


class Workspace(NamedTuple):
    """Scratch memory of one thread; nothing in it outlives a call."""

    activations: Floating  # (n_rows * n_units,)
    slopes: Floating  # (n_rows * n_units,)
    targets: Floating  # (n_rows, n_targets)
    shares: Floating  # (n_rows,)
    losses: Floating  # (n_rows,)
    hits: Floating  # (n_rows,)
    decisions: UInt16  # whole tiles, at least n_rows * widest layer


class DenseData(NamedTuple):
    """A dense table with the targets and weights of its rows."""

    inputs: Floating  # (n_source, n_features)
    targets: Floating  # (n_source, n_targets)
    sample_weight: Floating  # (n_source,); length 0: all one


class Dropout(NamedTuple):
    """Which units a network drops."""

    thresholds: Int64  # (n_layers,): input, then each hidden layer
    key: UInt32  # (2,) of the masks


class UpdateRule(NamedTuple):
    """What an optimizer step does: the rule, its constants, the decays and the limits."""

    optimizer: int
    constants: Constants
    l2: float  # lambda of L + lambda * sum(W ** 2)
    weight_decay: float  # decoupled
    alpha: float  # scikit-learn's: 0.5 * alpha / sum of the batch's weights * sum(W ** 2)
    max_grad_norm: float = 0.0  # longest gradient over all parameters; 0: any
    max_norm: float = 0.0  # longest vector of weights into a hidden unit; 0: any


@kernel
def layer_weights(shape: Shape, flat: Floating, layer: int) -> Floating:
    """View the weights that lead into ``layer`` (1, 2, ...) as (n_inputs, n_outputs)."""
    n_inputs, n_outputs = shape.sizes[layer - 1], shape.sizes[layer]
    start = shape.weight_starts[layer - 1]
    return matrix_view(flat, start, n_inputs, n_outputs)


@inner_kernel
def layer_bias(shape: Shape, flat: Floating, layer: int) -> Floating:
    """View the biases of ``layer`` (1, 2, ...)."""
    start = shape.bias_starts[layer - 1]
    return vector_view(flat, start, shape.sizes[layer])


@kernel
def layer_units(shape: Shape, flat: Floating, layer: int, n_rows: int) -> Floating:
    """View the units of ``layer`` (0: the input) for a batch as (n_rows, size)."""
    # Every layer has room for as many rows as the buffer was made for.
    room = flat.size // shape.unit_starts[-1]
    start, size = room * shape.unit_starts[layer], shape.sizes[layer]
    return matrix_view(flat, start, n_rows, size)


@kernel
def gather(
    source: Floating,  # (n_source, n_columns)
    rows: Int64,  # (n_rows,)
    batch: Floating,  # (n_rows, n_columns), written
) -> None:
    """Copy rows into a batch."""
    for i in range(rows.size):
        into, out_of = batch[i], source[rows[i]]
        for j in range(into.size):
            into[j] = out_of[j]
