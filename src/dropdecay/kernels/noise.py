"""Gaussian noise on the inputs of a batch."""

import math

import numpy as np

from dropdecay.arrays import Floating, UInt32
from dropdecay.kernels.compiled import inner_kernel, kernel
from dropdecay.kernels.philox import PURPOSE_NOISE, philox_words
from dropdecay.kernels.views import flat_view, vector_view

_BLOCKS = 64
"""Drawn at a time: few, so that they stay in the cache."""


@kernel
def draw_normals(
    step: int,  # counts from 1
    key: UInt32,  # (2,)
    normals: Floating,  # (n,), written
) -> None:
    """Draw standard normal numbers for the inputs of a batch, by Box & Muller 1958.

    Numbers 4 b to 4 b + 3 come from block b: the first two from its words 0 and 1, the others from
    its words 2 and 3. Word w stands for (w + 0.5) / 2 ** 32.
    """
    words, dtype = np.empty((4, _BLOCKS), np.uint32), normals.dtype.type
    for first in range(0, normals.size, 4 * _BLOCKS):
        philox_words(first // 4, step, PURPOSE_NOISE << 16, 0, key, words)
        part = vector_view(normals, first, min(4 * _BLOCKS, normals.size - first))
        for i in range(0, part.size, 2):
            one, other = words[i & 2, i >> 2], words[(i & 2) + 1, i >> 2]
            radius = math.sqrt(-2.0 * math.log((np.float64(one) + 0.5) * 2.0**-32))
            angle = 2.0 * math.pi * (np.float64(other) + 0.5) * 2.0**-32
            part[i] = dtype(radius * math.cos(angle))
            if i + 1 < part.size:
                part[i + 1] = dtype(radius * math.sin(angle))


@inner_kernel
def add_noise(
    inputs: Floating,  # (n_rows, n_inputs), updated in place
    deviation: float,
    step: int,
    key: UInt32,  # (2,)
    normals: Floating,  # (n_rows, n_inputs), written: the noise at a deviation of 1
) -> None:
    """Add noise of a standard deviation to inputs (Bishop 1995)."""
    x, noise, scale = flat_view(inputs), flat_view(normals), inputs.dtype.type(deviation)
    draw_normals(step, key, noise)
    for i in range(x.size):
        x[i] += scale * noise[i]
