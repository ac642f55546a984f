"""One dense layer, forward and backward: product, bias, activation, mask."""

from dropdecay.arrays import Floating, UInt16, UInt32
from dropdecay.kernels.activations import (
    bias_activation,
    bias_activation_dropout,
    bias_activation_slope,
)
from dropdecay.kernels.compiled import inner_kernel
from dropdecay.kernels.masks import TILE, draw_decisions, scale_of
from dropdecay.kernels.products import Blas, blas_product
from dropdecay.kernels.views import flat_view, matrix_view, vector_view


@inner_kernel
def evaluate_layer(
    blas: Blas,
    activation: int,
    inputs: Floating,  # (n_rows, n_inputs)
    weights: Floating,  # (n_inputs, n_outputs)
    bias: Floating,  # (n_outputs,)
    outputs: Floating,  # (n_rows, n_outputs), written
) -> None:
    """Compute a layer's outputs with nothing dropped."""
    blas_product(blas, 0, 0, inputs, weights, outputs)
    bias_activation(activation, outputs, bias)


@inner_kernel
def layer_decisions(
    step: int,
    layer: int,  # 0 is the input
    key: UInt32,  # (2,)
    shape: tuple[int, int],
    decisions: UInt16,  # buffer of whole tiles, at least n_rows * width
) -> UInt16:
    """Draw a layer's dropout decisions; return them in the layer's shape."""
    size = shape[0] * shape[1]
    tiles = (size + TILE - 1) // TILE
    draw_decisions(0, step, layer, 0, key, vector_view(decisions, 0, tiles * TILE))
    return matrix_view(decisions, 0, shape[0], shape[1])


@inner_kernel
def drop_inputs(
    inputs: Floating,  # (n_rows, n_inputs), updated in place
    threshold: int,
    decisions: UInt16,  # (n_rows, n_inputs)
) -> None:
    """Apply dropout to a batch of inputs."""
    x, d = flat_view(inputs), flat_view(decisions)
    scale, nothing = inputs.dtype.type(scale_of(threshold)), inputs.dtype.type(0.0)
    for i in range(x.size):
        x[i] *= scale if d[i] >= threshold else nothing


@inner_kernel
def forward_layer(
    blas: Blas,
    activation: int,
    inputs: Floating,  # (n_rows, n_inputs)
    weights: Floating,  # (n_inputs, n_outputs)
    bias: Floating,  # (n_outputs,)
    outputs: Floating,  # (n_rows, n_outputs), written
    slopes: Floating,  # (n_rows, n_outputs), written: derivative of the outputs, mask included
    threshold: int,  # dropped where decision < threshold
    step: int,
    layer: int,  # counts from 1
    key: UInt32,
    decisions: UInt16,  # buffer
) -> None:
    """Compute a layer's outputs and their derivative with respect to the product, with dropout."""
    blas_product(blas, 0, 0, inputs, weights, outputs)
    if threshold == 0:
        bias_activation_slope(activation, outputs, bias, slopes)
    else:
        drawn = layer_decisions(step, layer, key, outputs.shape, decisions)
        scale = scale_of(threshold)
        bias_activation_dropout(activation, outputs, bias, slopes, drawn, threshold, scale)


@inner_kernel
def backward_parameters(
    blas: Blas,
    inputs: Floating,  # (n_rows, n_inputs)
    delta: Floating,  # (n_rows, n_outputs): gradient with respect to the layer's product
    grad_weights: Floating,  # (n_inputs, n_outputs), written
    grad_bias: Floating,  # (n_outputs,), written
) -> None:
    """Compute the gradient with respect to a layer's weights and biases."""
    blas_product(blas, 1, 0, inputs, delta, grad_weights)
    for i in range(grad_bias.size):
        grad_bias[i] = delta[0, i]
    for row in range(1, delta.shape[0]):
        d = delta[row]
        for i in range(grad_bias.size):
            grad_bias[i] += d[i]


@inner_kernel
def backward_inputs(
    blas: Blas,
    delta: Floating,  # (n_rows, n_outputs): gradient with respect to the layer's product
    weights: Floating,  # (n_inputs, n_outputs)
    slopes: Floating,  # (n_rows, n_inputs): slopes of the layer below
    below: Floating,  # (n_rows, n_inputs), written: the same for the layer below
) -> None:
    """Propagate the gradient back through a layer's weights and the activation below it."""
    blas_product(blas, 0, 1, delta, weights, below)
    b, s = flat_view(below), flat_view(slopes)
    for i in range(b.size):
        b[i] *= s[i]
