"""A network inside a kernel: its data structures, and views of its layers.

Parameters, gradient and moments are flat buffers; so are the activations of all layers together.
"""

from typing import NamedTuple

from dropdecay.arrays import Floating, Int64, UInt16, UInt32
from dropdecay.kernels.compiled import inner_kernel, kernel, no_literal
from dropdecay.kernels.optimizers import Constants
from dropdecay.kernels.views import matrix_view, vector_view

INPUT = no_literal(0)
"""The number of the input layer."""


class Shape(NamedTuple):
    """Layer sizes of a network and the offsets of its layers in the flat buffers."""

    sizes: Int64  # (n_layers + 1,): inputs, hidden units, outputs
    weight_starts: Int64  # (n_layers,) in params
    bias_starts: Int64  # (n_layers,) in params
    unit_starts: Int64  # (n_layers + 1,) in a row's activations
    activation: int
    loss: int
    smoothing: float  # of the labels in the training loss


class Buffers(NamedTuple):
    """Parameters, gradient, the optimizer's two moments and an average: flat, of equal length."""

    params: Floating
    grads: Floating
    first: Floating
    second: Floating
    average: Floating  # of the parameters over steps; empty: there is none


class Workspace(NamedTuple):
    """Scratch memory of one thread; its contents are meaningless between calls."""

    activations: Floating  # (n_rows * n_units,)
    slopes: Floating  # (n_rows * n_units,)
    targets: Floating  # (n_rows, n_targets)
    shares: Floating  # (n_rows,)
    losses: Floating  # (n_rows,)
    hits: Floating  # (n_rows,)
    decisions: UInt16  # whole tiles, at least n_rows * widest layer
    partners: Floating  # (n_rows, n_targets)
    partner_shares: Floating  # (n_rows,)
    factors: Floating  # (n_params,), or empty: no connections are dropped
    connected: Floating  # of the same size


class DenseData(NamedTuple):
    """A dense table with its targets and sample weights."""

    inputs: Floating  # (n_source, n_features)
    targets: Floating  # (n_source, n_targets)
    sample_weight: Floating  # (n_source,), or empty: all 1


class Dropout(NamedTuple):
    """Dropout thresholds, other random changes, and the key that all of them follow from."""

    thresholds: Int64  # (n_layers,): input, then each hidden layer
    key: UInt32  # (2,)
    noise: float = 0.0  # standard deviation of the noise on inputs
    connections: int = 0  # threshold of the weights into hidden units


class Mixing(NamedTuple):
    """How rows are mixed with their partners in each batch of an epoch; empty: they are not."""

    kept: Floating  # (n_steps, n_features) or (n_steps, 1), float64: own share of inputs
    shares: Floating  # (n_steps,), float64: own share of the target
    offsets: Int64  # (n_steps,): how many rows further the partner is


class UpdateRule(NamedTuple):
    """All that defines an optimizer step: rule, constants, decay and norm limits."""

    optimizer: int
    constants: Constants
    l2: float  # lambda of L + lambda * sum(W ** 2)
    weight_decay: float  # decoupled
    alpha: float  # scikit-learn's: 0.5 * alpha / sum of the batch's weights * sum(W ** 2)
    max_grad_norm: float = 0.0  # limit on the norm of the whole gradient; 0: none
    max_norm: float = 0.0  # limit on the norm of the weights into a hidden unit; 0: none
    l1: float = 0.0  # times the learning rate: what every weight is shrunk by
    cautious: bool = False  # whether decoupled decay spares weights that grow
    weight_average: float = 0.0  # memory of the average of parameters; 0: there is none


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
    # Each layer has room for as many rows as the buffer was allocated for.
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
