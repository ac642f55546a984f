"""Outputs and losses of a trained network, in evaluation mode or sampled with dropout on."""

from dropdecay.arrays import Floating, Int64
from dropdecay.kernels.activations import IDENTITY
from dropdecay.kernels.compiled import inner_kernel, kernel
from dropdecay.kernels.copying import copy_matrix
from dropdecay.kernels.dense import drop_inputs, evaluate_layer, forward_layer, layer_decisions
from dropdecay.kernels.losses import measure_rows
from dropdecay.kernels.network import (
    INPUT,
    DenseData,
    Dropout,
    Shape,
    Workspace,
    gather,
    layer_bias,
    layer_units,
    layer_weights,
)
from dropdecay.kernels.products import Blas
from dropdecay.kernels.views import matrix_view, vector_view


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
    """Compute the logits of rows in evaluation mode, in batches as large as the workspace."""
    room = workspace.shares.size
    for start in range(0, rows.size, room):
        taken = rows[start : start + room]
        batch = evaluate_batch(blas, shape, params, workspace, inputs, taken)
        copy_matrix(batch, logits[start : start + taken.size])


@kernel
def evaluate_losses(
    blas: Blas,
    shape: Shape,
    params: Floating,
    workspace: Workspace,
    data: DenseData,
    rows: Int64,  # (n_rows,)
    losses: Floating,  # (n_rows,), written
    hits: Floating,  # (n_rows,), written
    outputs: Floating,  # (n_rows, n_outputs), written; shape (0, 0): not wanted
) -> None:
    """Compute the loss of every row in evaluation mode, and whether it is classified correctly."""
    room, n_targets = workspace.shares.size, data.targets.shape[1]
    for start in range(0, rows.size, room):
        taken = rows[start : start + room]
        batch = evaluate_batch(blas, shape, params, workspace, data.inputs, taken)
        wanted = matrix_view(workspace.targets, 0, taken.size, n_targets)
        gather(data.targets, taken, wanted)
        n_rows, stop = taken.size, start + taken.size
        lost, hit = vector_view(workspace.losses, 0, n_rows), vector_view(workspace.hits, 0, n_rows)
        measure_rows(shape.loss, batch, wanted, lost, hit)
        for i in range(n_rows):
            losses[start + i], hits[start + i] = lost[i], hit[i]
        if outputs.size > 0:
            copy_matrix(batch, outputs[start:stop])


@kernel
def sample_rows(
    blas: Blas,
    shape: Shape,
    params: Floating,
    workspace: Workspace,
    inputs: Floating,  # (n_source, n_features)
    rows: Int64,  # (n_rows,)
    dropout: Dropout,
    first_step: int,  # one more for each batch; calls with the same key must not overlap
    logits: Floating,  # (n_rows, n_outputs), written
) -> None:
    """Compute the logits of rows with units dropped, as in training."""
    n_layers, room = shape.sizes.size - 1, workspace.shares.size
    thresholds, key = dropout.thresholds, dropout.key
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
        copy_matrix(units, logits[start : start + taken.size])
