"""Philox4x32-10: random words as a pure function of a key and a counter.

Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3". There is no state
to advance: key and counter determine the words, on any engine and in any order of work.
Counter = (block, step, layer | purpose << 16, 0).
"""

import numba
import numpy as np

from dropdecay.arrays import UInt32
from dropdecay.kernels.compiled import kernel

PURPOSE_DROPOUT = 0
PURPOSE_WEIGHTS = 1
PURPOSE_SHUFFLE = 2
PURPOSE_NOISE = 4
PURPOSE_MIXING = 5
PURPOSE_CONNECTIONS = 6

LANES = 16
WORDS_PER_TILE = 4 * LANES

_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint32(0x9E3779B9)
_WEYL_1 = np.uint32(0xBB67AE85)
_HALF = np.uint64(32)


@numba.njit(inline="always")  # becomes part of its caller
def _round(c0, c1, c2, c3, k0, k1):  # type: ignore[no-untyped-def]  # types are those of the caller
    """One round: two 32 x 32 -> 64 bit products, crossed over and keyed."""
    p0 = _MULTIPLIER_0 * np.uint64(c0)
    p1 = _MULTIPLIER_1 * np.uint64(c2)
    return (
        np.uint32(p1 >> _HALF) ^ c1 ^ k0,
        np.uint32(p1),
        np.uint32(p0 >> _HALF) ^ c3 ^ k1,
        np.uint32(p0),
    )


@kernel
def philox_words(
    first_block: int,  # counter word 0 of the first lane
    step: int,  # counter word 1
    stream: int,  # counter word 2: layer | purpose << 16
    last: int,  # counter word 3
    key: UInt32,  # (2,)
    words: UInt32,  # (4, n_lanes), written: words[w, lane] is word w of block first_block + lane
) -> None:
    """Write the four words of consecutive blocks, ten rounds each, planar."""
    key_0, key_1 = key[0], key[1]
    block_0 = np.uint32(first_block)
    step_0, stream_0, last_0 = np.uint32(step), np.uint32(stream), np.uint32(last)
    w0, w1, w2, w3 = words[0], words[1], words[2], words[3]
    for lane in range(w0.size):
        c0, c1, c2, c3 = np.uint32(block_0 + np.uint32(lane)), step_0, stream_0, last_0
        k0, k1 = key_0, key_1
        for _ in range(10):
            c0, c1, c2, c3 = _round(c0, c1, c2, c3, k0, k1)
            k0 = np.uint32(k0 + _WEYL_0)
            k1 = np.uint32(k1 + _WEYL_1)
        w0[lane], w1[lane], w2[lane], w3[lane] = c0, c1, c2, c3


def stream_words(key: UInt32, step: int, stream: int, n_words: int) -> UInt32:
    """Return words in order: word i is word i mod 4 of block i div 4. Shape (n_words,)."""
    words = np.empty((4, -(-n_words // 4)), np.uint32)
    philox_words(0, step, stream, 0, key, words)
    return np.ascontiguousarray(words.T).reshape(-1)[:n_words]
