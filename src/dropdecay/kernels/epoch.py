"""One network, one epoch: the only loop over batches.

Activations of all layers lie in one buffer, and the gradient in a layer's product overwrites the
layer's activations as soon as nobody reads them any more.
"""

import math
from typing import NamedTuple

import numpy as np

from dropdecay.arrays import Floating, Int64, UInt16, UInt32
from dropdecay.kernels.activations import IDENTITY
from dropdecay.kernels.compiled import inner_kernel, kernel, no_literal
from dropdecay.kernels.dense import (
    backward_inputs,
    backward_parameters,
    drop_inputs,
    evaluate_layer,
    forward_layer,
    layer_decisions,
)
from dropdecay.kernels.losses import loss_gradient, measure_rows
from dropdecay.kernels.optimizers import Constants, optimizer_step
from dropdecay.kernels.philox import PURPOSE_SHUFFLE, philox_words
from dropdecay.kernels.products import Blas
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
    smoothing: float  # of the labels in the descended loss


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


class UpdateRule(NamedTuple):
    """How one network goes down: optimizer, both kinds of decay, the penalty of scikit-learn."""

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


@inner_kernel
def _copy(values: Floating, into: Floating) -> None:
    """Copy a matrix; ``into[:] = values`` would make numba compile a message for unequal shapes."""
    for row in range(values.shape[0]):
        out_of, to = values[row], into[row]
        for i in range(out_of.size):
            to[i] = out_of[i]


@kernel
def batch_gradient(
    blas: Blas,
    shape: Shape,
    buffers: Buffers,  # grads written
    workspace: Workspace,  # inputs of the batch in layer 0, targets and shares filled
    n_rows: int,
    thresholds: Int64,  # (n_layers,): input, then each hidden layer
    step: int,
    key: UInt32,
) -> float:
    """Write the gradient of one batch's descended loss; return its weighted mean loss."""
    n_layers = shape.sizes.size - 1
    units, slopes = workspace.activations, workspace.slopes
    inputs = layer_units(shape, units, INPUT, n_rows)
    if thresholds[0] > 0:
        drawn = layer_decisions(step, INPUT, key, inputs.shape, workspace.decisions)
        drop_inputs(inputs, thresholds[0], drawn)
    for layer in range(1, n_layers):
        forward_layer(
            blas, shape.activation,
            layer_units(shape, units, layer - 1, n_rows),
            layer_weights(shape, buffers.params, layer), layer_bias(shape, buffers.params, layer),
            layer_units(shape, units, layer, n_rows), layer_units(shape, slopes, layer, n_rows),
            thresholds[layer], step, layer, key, workspace.decisions,
        )  # fmt: skip
    logits = layer_units(shape, units, n_layers, n_rows)
    evaluate_layer(
        blas, IDENTITY, layer_units(shape, units, n_layers - 1, n_rows),
        layer_weights(shape, buffers.params, n_layers),
        layer_bias(shape, buffers.params, n_layers), logits,
    )  # fmt: skip
    losses, shares = (
        vector_view(workspace.losses, 0, n_rows), vector_view(workspace.shares, 0, n_rows)
    )  # fmt: skip
    targets = matrix_view(workspace.targets, 0, n_rows, workspace.targets.shape[1])
    hits = vector_view(workspace.hits, 0, n_rows)
    loss_gradient(shape.loss, shape.smoothing, logits, targets, shares, losses, hits)
    for layer in range(n_layers, 0, -1):
        delta = layer_units(shape, units, layer, n_rows)
        below = layer_units(shape, units, layer - 1, n_rows)
        backward_parameters(
            blas, below, delta,
            layer_weights(shape, buffers.grads, layer), layer_bias(shape, buffers.grads, layer),
        )  # fmt: skip
        if layer > 1:
            weights = layer_weights(shape, buffers.params, layer)
            below_slopes = layer_units(shape, slopes, layer - 1, n_rows)
            backward_inputs(blas, delta, weights, below_slopes, below)
    total = 0.0
    for i in range(n_rows):
        total += losses[i] * shares[i]
    return total


@kernel
def shuffle(
    rows: Int64,  # (n_rows,), shuffled in place
    epoch: int,
    key: UInt32,
) -> None:
    """Shuffle by Fisher and Yates; position i uses word i mod 4 of block i div 4."""
    words = np.empty((4, rows.size // 4 + 1), np.uint32)
    philox_words(0, epoch, PURPOSE_SHUFFLE << 16, 0, key, words)
    for i in range(rows.size - 1, 0, -1):
        # A word times (i + 1), shifted, is uniform over 0..i to within 2 ** -32 * (i + 1).
        product = np.uint64(words[i & 3, i >> 2]) * np.uint64(i + 1)
        j = np.int64(product >> np.uint64(32))
        rows[i], rows[j] = rows[j], rows[i]


@inner_kernel
def clip_gradient(
    grads: Floating,  # (n_params,), shortened in place
    max_grad_norm: float,
) -> None:
    """Shorten a gradient to a norm (Pascanu, Mikolov & Bengio 2013)."""
    squares = 0.0
    for i in range(grads.size):
        # float() would leave a float32 one, whose square may overflow.
        squares += np.float64(grads[i]) * np.float64(grads[i])
    if squares > max_grad_norm * max_grad_norm:
        factor = grads.dtype.type(max_grad_norm / math.sqrt(squares))
        for i in range(grads.size):
            grads[i] *= factor


@inner_kernel
def constrain_norms(
    shape: Shape,
    params: Floating,  # (n_params,), updated in place
    max_norm: float,
) -> None:
    """Shorten the weights into every hidden unit to a norm (Srivastava et al. 2014, section 5)."""
    for layer in range(1, shape.sizes.size - 1):
        weights = layer_weights(shape, params, layer)
        squares = np.zeros(weights.shape[1])
        for i in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                squares[j] += np.float64(weights[i, j]) * np.float64(weights[i, j])
        for j in range(squares.size):
            squares[j] = min(1.0, max_norm / math.sqrt(max(squares[j], 1e-300)))
        for i in range(weights.shape[0]):
            for j in range(weights.shape[1]):
                weights[i, j] *= weights.dtype.type(squares[j])


@kernel
def train_epoch(
    blas: Blas,
    shape: Shape,
    buffers: Buffers,  # all updated in place
    workspace: Workspace,
    inputs: Floating,  # (n_source, n_features)
    targets: Floating,  # (n_source, n_targets)
    weights: Floating,  # (n_source,) weights of the rows; length 0: all one
    rows: Int64,  # (n_rows,) training rows in the order of this epoch
    batch_size: int,
    thresholds: Int64,  # (n_layers,): input, then each hidden layer
    descent: UpdateRule,
    learning_rates: Floating,  # (n_steps,) float64
    first_step: int,  # counts from 1 over the whole training
    key: UInt32,
) -> float:
    """Train one epoch; return the mean loss in training mode, NaN or infinite if it diverged."""
    n_weights, total, total_weight = shape.bias_starts[0], 0.0, 0.0
    for batch in range(learning_rates.size):
        start = batch * batch_size
        taken = vector_view(rows, start, min(batch_size, rows.size - start))
        gather(inputs, taken, layer_units(shape, workspace.activations, INPUT, taken.size))
        gather(targets, taken, workspace.targets)
        batch_weight = float(taken.size)
        if weights.size > 0:
            batch_weight = 0.0
            for i in range(taken.size):
                batch_weight += weights[taken[i]]
            if batch_weight <= 0.0:
                continue
            for i in range(taken.size):
                workspace.shares[i] = weights[taken[i]] / batch_weight
        else:
            workspace.shares[: taken.size] = 1.0 / batch_weight
        step = first_step + batch
        loss = batch_gradient(blas, shape, buffers, workspace, taken.size, thresholds, step, key)
        total += loss * batch_weight
        total_weight += batch_weight
        if not math.isfinite(loss):
            return loss
        if descent.max_grad_norm > 0.0:
            clip_gradient(buffers.grads, descent.max_grad_norm)
        l2 = 2.0 * descent.l2 + descent.alpha / batch_weight
        optimizer_step(
            descent.optimizer, buffers.params, buffers.grads, buffers.first, buffers.second,
            n_weights, step, learning_rates[batch], l2, descent.weight_decay, descent.constants,
        )  # fmt: skip
        if descent.max_norm > 0.0:
            constrain_norms(shape, buffers.params, descent.max_norm)
    return total / total_weight if total_weight > 0.0 else 0.0


@inner_kernel
def evaluate_batch(
    blas: Blas,
    shape: Shape,
    params: Floating,
    workspace: Workspace,
    inputs: Floating,  # (n_source, n_features)
    rows: Int64,  # (n_rows,), at most as many as the workspace holds
) -> Floating:
    """Compute the logits of a batch in evaluation mode; return a view into the workspace."""
    n_layers, units = shape.sizes.size - 1, workspace.activations
    gather(inputs, rows, layer_units(shape, units, INPUT, rows.size))
    for layer in range(1, n_layers + 1):
        evaluate_layer(
            blas, shape.activation if layer < n_layers else IDENTITY,
            layer_units(shape, units, layer - 1, rows.size),
            layer_weights(shape, params, layer), layer_bias(shape, params, layer),
            layer_units(shape, units, layer, rows.size),
        )  # fmt: skip
    return layer_units(shape, units, n_layers, rows.size)


@kernel
def evaluate_rows(
    blas: Blas,
    shape: Shape,
    params: Floating,
    workspace: Workspace,
    inputs: Floating,  # (n_source, n_features)
    rows: Int64,  # (n_rows,)
    logits: Floating,  # (n_rows, n_outputs), written
) -> None:
    """Compute the logits of rows in evaluation mode, as many at a time as the workspace holds."""
    room = workspace.shares.size
    for start in range(0, rows.size, room):
        taken = rows[start : start + room]
        batch = evaluate_batch(blas, shape, params, workspace, inputs, taken)
        _copy(batch, logits[start : start + taken.size])


@kernel
def evaluate_losses(
    blas: Blas,
    shape: Shape,
    params: Floating,
    workspace: Workspace,
    inputs: Floating,  # (n_source, n_features)
    rows: Int64,  # (n_rows,) in inputs
    targets: Floating,  # (n_targeted, n_targets)
    targeted: Int64,  # (n_rows,) the same rows in targets
    losses: Floating,  # (n_rows,), written
    hits: Floating,  # (n_rows,), written
    outputs: Floating,  # (n_rows, n_outputs), written: what the network says; (0, 0): not wanted
) -> None:
    """Measure the loss and the hit of every row in evaluation mode."""
    room, n_targets = workspace.shares.size, targets.shape[1]
    for start in range(0, rows.size, room):
        taken, here = rows[start : start + room], targeted[start : start + room]
        batch = evaluate_batch(blas, shape, params, workspace, inputs, taken)
        wanted = matrix_view(workspace.targets, 0, taken.size, n_targets)
        gather(targets, here, wanted)
        n_rows, stop = taken.size, start + taken.size
        lost, hit = vector_view(workspace.losses, 0, n_rows), vector_view(workspace.hits, 0, n_rows)
        measure_rows(shape.loss, batch, wanted, lost, hit)
        for i in range(n_rows):
            losses[start + i], hits[start + i] = lost[i], hit[i]
        if outputs.size > 0:
            _copy(batch, outputs[start:stop])


@kernel
def sample_rows(
    blas: Blas,
    shape: Shape,
    params: Floating,
    workspace: Workspace,
    inputs: Floating,  # (n_source, n_features)
    rows: Int64,  # (n_rows,)
    thresholds: Int64,  # (n_layers,): input, then each hidden layer
    first_step: int,  # counts on by one a batch; no two calls with a key may overlap
    key: UInt32,
    logits: Floating,  # (n_rows, n_outputs), written
) -> None:
    """Compute the logits of rows with units dropped, as in training."""
    n_layers, room = shape.sizes.size - 1, workspace.shares.size
    for start in range(0, rows.size, room):
        taken, step = rows[start : start + room], first_step + start // room
        batch = layer_units(shape, workspace.activations, INPUT, taken.size)
        gather(inputs, taken, batch)
        if thresholds[0] > 0:
            drawn = layer_decisions(step, INPUT, key, batch.shape, workspace.decisions)
            drop_inputs(batch, thresholds[0], drawn)
        for layer in range(1, n_layers):
            forward_layer(
                blas, shape.activation,
                layer_units(shape, workspace.activations, layer - 1, taken.size),
                layer_weights(shape, params, layer), layer_bias(shape, params, layer),
                layer_units(shape, workspace.activations, layer, taken.size),
                layer_units(shape, workspace.slopes, layer, taken.size),
                thresholds[layer], step, layer, key, workspace.decisions,
            )  # fmt: skip
        units = layer_units(shape, workspace.activations, n_layers, taken.size)
        evaluate_layer(
            blas, IDENTITY, layer_units(shape, workspace.activations, n_layers - 1, taken.size),
            layer_weights(shape, params, n_layers), layer_bias(shape, params, n_layers), units,
        )  # fmt: skip
        _copy(units, logits[start : start + taken.size])
