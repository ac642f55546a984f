"""Random numbers as tensors: the dropout decisions of ``kernels.masks``, drawn on any device.

A CPU draws them with that kernel, a GPU with Triton, and every other device with tensor operations.
"""

import importlib.util
import math
from collections.abc import Sequence
from functools import cache

import numpy as np
import torch

from dropdecay.arrays import UInt32
from dropdecay.kernels import masks, noise
from dropdecay.kernels.philox import LANES, PURPOSE_NOISE

_WORD = 0xFFFFFFFF


def decisions(
    key: UInt32, step: int, stream: int, n_elements: int, device: torch.device, call: int = 0
) -> torch.Tensor:
    """Return the 16-bit dropout decision of each element, 0 to 65535, as int32.

    An element is dropped where its decision is below ``kernels.masks.threshold_of`` its rate.
    """
    drawn = torch.empty(n_elements, dtype=torch.int32, device=device)
    draw_decisions(drawn, key, step, stream, call)
    return drawn


def draw_decisions(
    out: torch.Tensor, key: UInt32, step: int | torch.Tensor, stream: int, call: int = 0
) -> None:
    """Write the decision of each element of ``out``.

    Parameters
    ----------
    out : contiguous, any shape; int32 or floating
        Floats hold decisions exactly, and a CPU compares floats four times as fast as integers.
    key : shape (2,), uint32
    step : int or tensor of one int64 on the device of ``out``
        Counts from 1. A tensor is read when the decisions are drawn, so a captured CUDA graph can
        be replayed for other steps.
    stream : int
        Layer | purpose << 16.
    call : int
        Which call of a layer that a network uses several times in a step.
    """
    if out.device.type == "cpu":
        drawn = np.empty(masks.padded(out.numel()), np.uint16)
        masks.draw_decisions(0, int(step), stream, call, key, drawn)
        out.view(-1).numpy()[:] = drawn[: out.numel()]
    elif out.device.type == "cuda" and _has_triton():
        from dropdecay.engine.torch_masks_triton import draw

        draw(out, key, step, stream, call)
    else:
        draw_by_tensors(out, key, step, stream, call)


def draw_decisions_of_keys(
    out: torch.Tensor,
    keys: Sequence[UInt32],
    step: int | torch.Tensor,
    stream: int,
    call: int = 0,
) -> None:
    """Write the decisions of several keys, each into its place along the first axis of ``out``.

    Otherwise as ``draw_decisions``.
    """
    for key, place in zip(keys, out, strict=True):
        draw_decisions(place, key, step, stream, call)


def draw_normals_of_keys(out: torch.Tensor, keys: Sequence[UInt32], step: torch.Tensor) -> None:
    """Write the standard normal numbers of ``kernels.noise``, each key's into its place."""
    for key, place in zip(keys, out, strict=True):
        if out.device.type == "cpu":
            noise.draw_normals(int(step), key, place.view(-1).numpy())
        else:
            draw_normals_by_tensors(place, key, step)


def draw_normals_by_tensors(out: torch.Tensor, key: UInt32, step: int | torch.Tensor) -> None:
    """Do as ``kernels.noise.draw_normals`` with tensor operations alone."""
    n_blocks = -(-out.numel() // 4)
    drawn = _words(key, step, PURPOSE_NOISE << 16, 0, n_blocks, out.device)
    u0, v0, u1, v1 = ((words.double() + 0.5) * 2.0**-32 for words in drawn)
    numbers = [
        (-2.0 * u.log()).sqrt() * turned(2.0 * math.pi * v)
        for u, v in ((u0, v0), (u1, v1))
        for turned in (torch.cos, torch.sin)
    ]
    out.view(-1).copy_(torch.stack(numbers, dim=1).view(-1)[: out.numel()])


def draw_by_tensors(
    out: torch.Tensor, key: UInt32, step: int | torch.Tensor, stream: int, call: int = 0
) -> None:
    """Do as ``draw_decisions`` with tensor operations alone."""
    n_tiles = masks.padded(out.numel()) // masks.TILE
    words = _words(key, step, stream, call, n_tiles * LANES, out.device)
    halves = torch.stack([half for word in words for half in (word & 0xFFFF, word >> 16)])
    by_tile = halves.view(8, n_tiles, LANES).transpose(0, 1).reshape(-1)
    out.view(-1).copy_(by_tile[: out.numel()])


def _words(
    key: UInt32,
    step: int | torch.Tensor,
    stream: int,
    call: int,
    n_blocks: int,
    device: torch.device,
) -> tuple[torch.Tensor, ...]:
    """Return the four words of every block, as int64.

    int64 products wrap around, so that bits 32 to 63 of an unsigned 32 x 32 product are right.
    """
    c0 = torch.arange(n_blocks, dtype=torch.int64, device=device)
    c1 = torch.zeros_like(c0) + step
    c2, c3 = torch.full_like(c0, stream), torch.full_like(c0, call)
    k0, k1 = (int(word) for word in key)
    for _ in range(10):
        p0, p1 = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1 = (p1 >> 32 & _WORD) ^ c1 ^ k0, p1 & _WORD
        c2, c3 = (p0 >> 32 & _WORD) ^ c3 ^ k1, p0 & _WORD
        k0, k1 = k0 + 0x9E3779B9 & _WORD, k1 + 0xBB67AE85 & _WORD
    return c0, c1, c2, c3


@cache
def _has_triton() -> bool:
    return importlib.util.find_spec("triton") is not None
