"""Optimizer steps: one pass over a network's flat buffers, weight decay included.

A network keeps its parameters in one buffer, weights first, biases last, so "decay weights, never
biases" is one loop over the first part and another over the rest. Names are in ``parts.py``.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable

from dropdecay.arrays import Floating, Scalar
from dropdecay.kernels.codes import ADAM, NESTEROV, SGD
from dropdecay.kernels.compiled import kernel, variant
from dropdecay.kernels.transcendentals import COMPILED
from dropdecay.kernels.views import vector_view


class Constants(NamedTuple):
    """Hyperparameters of an optimizer that are constant during training."""

    momentum: float
    beta_1: float
    beta_2: float
    epsilon: float


def _adam(cautious: bool) -> Callable[..., None]:
    """Return Adam's update of one part of the buffers, compiled for one kind of decay."""

    def adam_part(
        w: Floating,
        g: Floating,
        m: Floating,
        s: Floating,
        keep: Scalar,
        l2: Scalar,
        pace: Scalar,
        spread: Scalar,
        constants: Constants,
    ) -> None:
        """Update one part of the buffers; scalars have the dtype of ``w``."""
        dtype = w.dtype.type
        one = dtype(1.0)
        b1, b2, epsilon = dtype(constants.beta_1), dtype(constants.beta_2), dtype(constants.epsilon)
        r1, r2 = one - b1, one - b2
        for i in range(w.size):
            gradient = g[i] + l2 * w[i]
            m[i] = b1 * m[i] + r1 * gradient
            s[i] = b2 * s[i] + r2 * gradient * gradient
            move = pace * m[i] / (np.sqrt(s[i]) * spread + epsilon)
            if cautious:
                w[i] = (keep if move * w[i] >= dtype(0.0) else one) * w[i] - move
            else:
                w[i] = keep * w[i] - move

    made: Callable[..., None] = register_jitable(**COMPILED)(
        variant(adam_part, f"cautious_{cautious}")
    )
    return made


def _descent(cautious: bool) -> Callable[..., None]:
    """Return the update of one part by gradient descent, compiled for one kind of decay."""

    def descent_part(
        w: Floating,
        g: Floating,
        m: Floating,
        keep: Scalar,
        l2: Scalar,
        pace: Scalar,
        momentum: Scalar,
        ahead: Scalar,
    ) -> None:
        """Update one part with momentum; ``ahead`` is 1 for Nesterov's, else 0."""
        dtype = w.dtype.type
        one = dtype(1.0)
        for i in range(w.size):
            move = pace * (g[i] + l2 * w[i])
            m[i] = momentum * m[i] - move
            if cautious:
                change = ahead * (momentum * m[i] - move) + (one - ahead) * m[i]
                w[i] = (keep if change * w[i] <= dtype(0.0) else one) * w[i] + change
            else:
                w[i] = keep * w[i] + ahead * (momentum * m[i] - move) + (one - ahead) * m[i]

    made: Callable[..., None] = register_jitable(**COMPILED)(
        variant(descent_part, f"cautious_{cautious}")
    )
    return made


_adam_part, _cautious_adam_part = _adam(False), _adam(True)
_descent_part, _cautious_descent_part = _descent(False), _descent(True)


@kernel
def optimizer_step(
    optimizer: int,
    params: Floating,  # (n_params,), updated in place, weights before biases
    grads: Floating,  # (n_params,)
    first: Floating,  # (n_params,), first moment or velocity, updated in place
    second: Floating,  # (n_params,), second moment, updated in place (only by Adam)
    n_weights: int,  # params[:n_weights] are decayed
    step: int,  # counts from 1
    learning_rate: float,
    l2: float,  # added to the gradient as l2 * weight: 2 * lambda
    weight_decay: float,  # decoupled, times the learning rate, as in torch.optim.AdamW
    constants: Constants,
    cautious: bool,  # decoupled decay of those weights alone that the step takes towards zero
) -> None:
    """Take one step: Adam (Kingma & Ba 2015), or gradient descent with or without momentum.

    Decoupled decay is applied beside the gradient step and never enters the moments (Loshchilov &
    Hutter 2019, algorithm 2); ``l2`` does enter them. Cautious decay spares every weight whose sign
    is not that of what the optimizer subtracts from it (Chen et al. 2025, algorithm 1).
    """
    dtype = params.dtype.type
    # Both bias corrections become scalars here, so that the loop stays in float32.
    pace, spread = dtype(learning_rate), dtype(1.0)
    if optimizer == ADAM:
        pace = dtype(learning_rate / (1.0 - constants.beta_1**step))
        spread = dtype(1.0 / np.sqrt(1.0 - constants.beta_2**step))
    momentum = dtype(0.0 if optimizer == SGD else constants.momentum)
    ahead = dtype(1.0 if optimizer == NESTEROV else 0.0)
    keep, penalty = dtype(1.0 - learning_rate * weight_decay), dtype(l2)
    for part in range(2):
        # View first, loop from 0: a loop over range(start, stop) ran 7 times slower.
        if part == 0:
            start, size = 0, n_weights
        else:
            start, size = n_weights, params.size - n_weights
            keep, penalty = dtype(1.0), dtype(0.0)
        w, g = vector_view(params, start, size), vector_view(grads, start, size)
        m, s = vector_view(first, start, size), vector_view(second, start, size)
        if optimizer == ADAM and cautious:
            _cautious_adam_part(w, g, m, s, keep, penalty, pace, spread, constants)
        elif optimizer == ADAM:
            _adam_part(w, g, m, s, keep, penalty, pace, spread, constants)
        elif cautious:
            _cautious_descent_part(w, g, m, keep, penalty, pace, momentum, ahead)
        else:
            _descent_part(w, g, m, keep, penalty, pace, momentum, ahead)
