"""Train one network for one epoch: the only loop over batches.

The gradient with respect to a layer's product overwrites the layer's activations once they are no
longer needed.
"""

import math

import numpy as np

from dropdecay.arrays import Floating, Int64, UInt32
from dropdecay.kernels.activations import IDENTITY
from dropdecay.kernels.compiled import inner_kernel, kernel
from dropdecay.kernels.connections import drop_connections
from dropdecay.kernels.constraints import clip_gradient, constrain_norms
from dropdecay.kernels.dense import (
    backward_inputs,
    backward_parameters,
    drop_inputs,
    evaluate_layer,
    forward_layer,
    layer_decisions,
)
from dropdecay.kernels.embeddings import Embedding, multiply_out, pull_back
from dropdecay.kernels.losses import loss_gradient
from dropdecay.kernels.mixing import mix, mixed_loss_gradient, weighted_sum
from dropdecay.kernels.network import (
    INPUT,
    Buffers,
    DenseData,
    Dropout,
    Mixing,
    Shape,
    UpdateRule,
    Workspace,
    gather,
    layer_bias,
    layer_units,
    layer_weights,
)
from dropdecay.kernels.noise import add_noise
from dropdecay.kernels.optimizers import optimizer_step
from dropdecay.kernels.philox import PURPOSE_SHUFFLE, philox_words
from dropdecay.kernels.products import Blas
from dropdecay.kernels.proximal import shrink
from dropdecay.kernels.views import matrix_view, vector_view
from dropdecay.kernels.weight_average import average_in


@kernel
def train_epoch(
    blas: Blas,
    shape: Shape,
    buffers: Buffers,  # all updated in place
    workspace: Workspace,
    data: DenseData,
    rows: Int64,  # (n_rows,) training rows in this epoch's order
    batch_size: int,
    dropout: Dropout,
    update_rule: UpdateRule,
    learning_rates: Floating,  # (n_steps,) float64
    first_step: int,  # counts from 1 over all epochs
    mixing: Mixing,
    embedding: Embedding,
) -> float:
    """Train one epoch; return the mean loss in training mode, not finite if training diverged."""
    n_weights, sample_weight = embedding.shape.bias_starts[0], data.sample_weight
    total, total_weight = 0.0, 0.0
    for batch in range(learning_rates.size):
        start = batch * batch_size
        taken = vector_view(rows, start, min(batch_size, rows.size - start))
        gather(data.inputs, taken, layer_units(shape, workspace.activations, INPUT, taken.size))
        gather(data.targets, taken, workspace.targets)
        batch_weight = float(taken.size)
        if sample_weight.size > 0:
            batch_weight = 0.0
            for i in range(taken.size):
                batch_weight += sample_weight[taken[i]]
            if batch_weight <= 0.0:
                continue
            for i in range(taken.size):
                workspace.shares[i] = sample_weight[taken[i]] / batch_weight
        else:
            workspace.shares[: taken.size] = 1.0 / batch_weight
        step = first_step + batch
        own = 1.0
        if mixing.shares.size > 0:
            inputs = layer_units(shape, workspace.activations, INPUT, taken.size)
            own = mix(data, taken, mixing, batch, inputs, workspace)
        if embedding.segments.shape[0] > 0:
            multiply_out(blas, embedding, buffers.params, embedding.params)
            whole = Buffers(
                embedding.params, embedding.grads, buffers.first, buffers.second, buffers.average
            )
            loss = _gradient(blas, shape, whole, workspace, taken.size, dropout, step, own)
            pull_back(blas, embedding, buffers.params, buffers.grads)
        else:
            loss = _gradient(blas, shape, buffers, workspace, taken.size, dropout, step, own)
        total += loss * batch_weight
        total_weight += batch_weight
        if not math.isfinite(loss):
            return loss
        if update_rule.max_grad_norm > 0.0:
            clip_gradient(buffers.grads, update_rule.max_grad_norm)
        l2 = 2.0 * update_rule.l2 + update_rule.alpha / batch_weight
        optimizer_step(
            update_rule.optimizer, buffers.params, buffers.grads, buffers.first, buffers.second,
            n_weights, step, learning_rates[batch], l2, update_rule.weight_decay,
            update_rule.constants, update_rule.cautious,
        )  # fmt: skip
        _end_step(embedding.shape, buffers, update_rule, learning_rates[batch], step)
    return total / total_weight if total_weight > 0.0 else 0.0


@inner_kernel
def _gradient(
    blas: Blas,
    shape: Shape,
    buffers: Buffers,  # grads written
    workspace: Workspace,
    n_rows: int,
    dropout: Dropout,
    step: int,
    own_share: float,
) -> float:
    """Do as ``batch_gradient``, with connections dropped where they are to be."""
    if dropout.connections > 0:
        return _connected_gradient(
            blas, shape, buffers, workspace, n_rows, dropout, step, own_share
        )
    return batch_gradient(blas, shape, buffers, workspace, n_rows, dropout, step, own_share)


@inner_kernel
def _connected_gradient(
    blas: Blas,
    shape: Shape,
    buffers: Buffers,  # grads written
    workspace: Workspace,
    n_rows: int,
    dropout: Dropout,
    step: int,
    own_share: float,
) -> float:
    """Do as ``batch_gradient`` for a network some of whose weights are dropped."""
    factors, connected = workspace.factors, workspace.connected
    drop_connections(
        shape, buffers.params, dropout.connections, step, dropout.key, workspace.decisions,
        factors, connected,
    )  # fmt: skip
    left = Buffers(connected, buffers.grads, buffers.first, buffers.second, buffers.average)
    loss = batch_gradient(blas, shape, left, workspace, n_rows, dropout, step, own_share)
    for i in range(factors.size):
        buffers.grads[i] *= factors[i]
    return loss


@inner_kernel
def _end_step(
    shape: Shape,
    buffers: Buffers,  # params and average updated in place
    update_rule: UpdateRule,
    learning_rate: float,
    step: int,
) -> None:
    """Do what comes after the optimizer: shrink, limit and average its parameters."""
    if update_rule.l1 > 0.0:
        weights = vector_view(buffers.params, 0, shape.bias_starts[0])
        shrink(weights, learning_rate * update_rule.l1)
    if update_rule.max_norm > 0.0:
        constrain_norms(shape, buffers.params, update_rule.max_norm)
    if update_rule.weight_average > 0.0:
        average_in(buffers.average, buffers.params, update_rule.weight_average, step)


@kernel
def batch_gradient(
    blas: Blas,
    shape: Shape,
    buffers: Buffers,  # grads written
    workspace: Workspace,  # inputs of the batch in layer 0, targets and shares filled
    n_rows: int,
    dropout: Dropout,
    step: int,
    own_share: float,  # of rows that are mixed with their partners; 1: they are not
) -> float:
    """Write the gradient of one batch's training loss; return its weighted mean loss."""
    thresholds, key = dropout.thresholds, dropout.key
    n_layers = shape.sizes.size - 1
    units, slopes = workspace.activations, workspace.slopes
    inputs = layer_units(shape, units, INPUT, n_rows)
    if dropout.noise > 0.0:
        # Inputs have no slopes, so there is room.
        add_noise(inputs, dropout.noise, step, key, layer_units(shape, slopes, INPUT, n_rows))
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
    if own_share < 1.0:
        total = mixed_loss_gradient(
            shape.loss, shape.smoothing, logits, layer_units(shape, slopes, n_layers, n_rows),
            targets, matrix_view(workspace.partners, 0, n_rows, targets.shape[1]), shares,
            vector_view(workspace.partner_shares, 0, n_rows), own_share, losses, hits,
        )  # fmt: skip
    else:
        loss_gradient(shape.loss, shape.smoothing, logits, targets, shares, losses, hits)
        total = weighted_sum(losses, shares)
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
