"""Limits on the norm of the gradient and of the weights into a unit."""

import math

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import inner_kernel
from dropdecay.kernels.network import Shape, layer_weights


@inner_kernel
def clip_gradient(
    grads: Floating,  # (n_params,), scaled in place
    max_grad_norm: float,
) -> None:
    """Scale a gradient down to a norm (Pascanu, Mikolov & Bengio 2013)."""
    squares = 0.0
    for i in range(grads.size):
        # float() keeps float32 in numba, whose square may overflow.
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
    """Scale weights into each hidden unit down to a norm (Srivastava et al. 2014, section 5)."""
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
