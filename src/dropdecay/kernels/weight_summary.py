"""A summary of a network's weights: their norm, and the share that is near zero."""

import math

import numpy as np

from dropdecay.arrays import Floating
from dropdecay.kernels.compiled import kernel

NEAR_ZERO = 1e-3
"""A smaller weight contributes next to nothing for inputs of order 1."""

LANES = 256


@kernel
def weigh(weights: Floating) -> tuple[float, float]:
    """Return the L2 norm of weights and the share of them below ``NEAR_ZERO`` in absolute value.

    Squares are summed in float64 in ``LANES`` lanes, which can be vectorized, unlike a single
    running sum, and always in the same order.
    """
    squares, near, limit = np.zeros(LANES), 0, weights.dtype.type(NEAR_ZERO)
    for start in range(0, weights.size, LANES):
        part = weights[start : start + LANES]
        for lane in range(part.size):
            value = np.float64(part[lane])  # float() keeps float32 in numba
            squares[lane] += value * value
    for i in range(weights.size):
        near += abs(weights[i]) < limit
    return math.sqrt(squares.sum()), near / weights.size
