"""Dropout masks: random words become 16-bit decisions, and decisions become masks.

A Philox block gives 8 decisions, laid out in tiles of 16 lanes x 8 = 128 elements: element e has
lane = e mod 16, decision = (e div 16) mod 8 (low half of a word first) and
block = 16 * (e div 128) + lane. An element is dropped where its decision < threshold,
threshold = round(rate * 65536); survivors are multiplied by 65536 / (65536 - threshold), so the
expectation is exact for the rate that is actually applied.
"""

import numpy as np

from dropdecay.arrays import Bool, Floating, UInt16, UInt32
from dropdecay.kernels.compiled import kernel
from dropdecay.kernels.philox import _WEYL_0, _WEYL_1, LANES, _round
from dropdecay.kernels.views import vector_view

TILE = 8 * LANES
ONE = 65536

_TILES_AT_ONCE = 4
"""Few, so that drawing (arithmetic) and applying (memory) overlap: 32 took 1.4 times as long."""

_LOW = np.uint32(0xFFFF)
_SIXTEEN = np.uint32(16)


def threshold_of(rate: float) -> int:
    """Return the integer below which a 16-bit decision drops: round(rate * 65536)."""
    return round(rate * ONE)


@kernel
def scale_of(threshold: int) -> float:
    """Return the factor of surviving units; 0 if none survive."""
    return ONE / (ONE - threshold) if threshold < ONE else 0.0


def padded(n_elements: int) -> int:
    """Round a number of elements up to whole tiles, the size of a decision buffer."""
    return -(-n_elements // TILE) * TILE


@kernel
def draw_decisions(
    first_tile: int,  # 0: decisions[0] belongs to element 0
    step: int,  # counts from 1
    stream: int,  # layer | purpose << 16
    last: int,  # counter word 3, 0 within a network
    key: UInt32,  # (2,)
    decisions: UInt16,  # (n_tiles * 128,), written
) -> None:
    """Write the dropout decisions of consecutive elements."""
    step_0, stream_0, last_0 = np.uint32(step), np.uint32(stream), np.uint32(last)
    key_0, key_1 = key[0], key[1]
    for tile in range(decisions.size // TILE):
        first = np.uint32((first_tile + tile) * LANES)
        at = tile * TILE
        d0, d1 = vector_view(decisions, at, LANES), vector_view(decisions, at + 16, LANES)
        d2, d3 = vector_view(decisions, at + 32, LANES), vector_view(decisions, at + 48, LANES)
        d4, d5 = vector_view(decisions, at + 64, LANES), vector_view(decisions, at + 80, LANES)
        d6, d7 = vector_view(decisions, at + 96, LANES), vector_view(decisions, at + 112, LANES)
        for lane in range(LANES):
            c0, c1, c2, c3 = np.uint32(first + np.uint32(lane)), step_0, stream_0, last_0
            k0, k1 = key_0, key_1
            for _ in range(10):
                c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
                k0 = np.uint32(k0 + _WEYL_0)
                k1 = np.uint32(k1 + _WEYL_1)
            d0[lane], d1[lane] = np.uint16(c0 & _LOW), np.uint16(c0 >> _SIXTEEN)
            d2[lane], d3[lane] = np.uint16(c1 & _LOW), np.uint16(c1 >> _SIXTEEN)
            d4[lane], d5[lane] = np.uint16(c2 & _LOW), np.uint16(c2 >> _SIXTEEN)
            d6[lane], d7[lane] = np.uint16(c3 & _LOW), np.uint16(c3 >> _SIXTEEN)


@kernel
def dropout_flat(
    values: Floating,  # (n,)
    threshold: int,  # dropped where decision < threshold
    key: UInt32,  # (2,)
    out: Floating,  # (n,), written
    mask: Bool,  # (n,) or (0,), written if not empty: True where an element survived
) -> None:
    """Apply dropout to an array, a few tiles at a time."""
    decisions = np.empty(_TILES_AT_ONCE * TILE, np.uint16)
    scale, nothing = values.dtype.type(scale_of(threshold)), values.dtype.type(0.0)
    for start in range(0, values.size, decisions.size):
        x, y = values[start : start + decisions.size], out[start : start + decisions.size]
        if threshold == 0:
            for i in range(x.size):
                y[i] = x[i]
        elif threshold == ONE:
            y[:] = nothing
        else:
            draw_decisions(start // TILE, 1, 0, 0, key, decisions)
            for i in range(x.size):
                product = x[i] * scale
                y[i] = product if decisions[i] >= threshold else nothing
        if mask.size > 0:
            m = mask[start : start + decisions.size]
            for i in range(m.size):
                m[i] = threshold == 0 or (threshold < ONE and decisions[i] >= threshold)
