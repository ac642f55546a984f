"""What became of a network's weights: their norm, and the share of them near zero."""

import math

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import kernel

NEAR_ZERO = 1e-3
"""A weight nearer to zero than this adds next to nothing to inputs of the order of 1."""

LANES = 256


@kernel
def weigh(weights: Floating) -> tuple[float, float]:
    """Return the L2 norm of weights and the share of them below ``NEAR_ZERO`` in absolute value.

    Squares are added up in float64 and in ``LANES`` lanes: side by side, which one running sum
    would forbid the processor, and in an order that is always the same.
    """
    squares, near, limit = np.zeros(LANES), 0, weights.dtype.type(NEAR_ZERO)
    for start in range(0, weights.size, LANES):
        part = weights[start : start + LANES]
        for lane in range(part.size):
            value = np.float64(part[lane])  # float() would leave float32 as it is
            squares[lane] += value * value
    for i in range(weights.size):
        near += abs(weights[i]) < limit
    return math.sqrt(squares.sum()), near / weights.size
