"""Philox4x32-10 and the mask layout, written from the paper with Python's own integers."""

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
