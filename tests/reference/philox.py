"""Philox4x32-10 and the mask layout, written from the paper with Python's own integers.

The same for whole arrays at its foot, for tests that train.
"""

import numpy as np

MASK = 0xFFFFFFFF


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & MASK, (p0 >> 32) ^ c[3] ^ k[1], p0 & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def decision(element, step, stream, key, call=0):
    place, block = (element // 16) % 8, 16 * (element // 128) + element % 16
    word = philox((block, step, stream, call), key)[place // 2]
    return (word >> (16 * (place % 2))) & 0xFFFF


def mask(shape, rate, step, layer, key, call=0):
    """Scale of every element of a layer: 0 where dropped."""
    key = [int(word) for word in key]
    threshold = round(rate * 65536)
    decisions = [decision(e, step, layer, key, call) for e in range(int(np.prod(shape)))]
    kept = np.array(decisions).reshape(shape) >= threshold
    return kept * (65536 / (65536 - threshold))


def decisions(n_elements, step, stream, key, call=0):
    """The decision of every element, all at once."""
    c = blocks(16 * -(-n_elements // 128), step, stream, key, call)
    low = np.uint64(0xFFFF)
    halves = [part for word in c for part in (word & low, word >> np.uint64(16))]
    # (place, tile, lane) -> tiles of 8 places of 16 lanes
    laid_out = np.stack(halves).reshape(8, -1, 16).swapaxes(0, 1).reshape(-1)
    return laid_out[:n_elements].astype(np.int64)


def blocks(n_blocks, step, stream, key, call=0):
    """The four words of every block, all at once."""
    c = [np.full(n_blocks, word, np.uint64) for word in (0, step, stream, call)]
    c[0] = np.arange(n_blocks, dtype=np.uint64)
    k = [int(word) for word in key]
    low, half = np.uint64(MASK), np.uint64(32)
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        k0, k1 = np.uint64(k[0]), np.uint64(k[1])
        c = [(p1 >> half) ^ c[1] ^ k0, p1 & low, (p0 >> half) ^ c[3] ^ k1, p0 & low]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def normals(shape, step, key):
    """Standard normal numbers by Box and Muller: two of each pair of words."""
    size = int(np.prod(shape))
    words = np.stack(blocks(-(-size // 4), step, 4 << 16, key), axis=1).astype(float).reshape(-1, 2)
    u, v = ((words + 0.5) / 2**32).T
    pairs = np.sqrt(-2 * np.log(u)) * np.array([np.cos(2 * np.pi * v), np.sin(2 * np.pi * v)])
    return pairs.T.reshape(-1)[:size].reshape(shape)


def whole_mask(shape, rate, step, layer, key, call=0):
    """As ``mask``, all at once."""
    threshold = round(rate * 65536)
    kept = decisions(int(np.prod(shape)), step, layer, key, call).reshape(shape) >= threshold
    return kept * (65536 / (65536 - threshold))
