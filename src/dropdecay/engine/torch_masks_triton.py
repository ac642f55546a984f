"""Dropout decisions drawn by Triton; imported only where a GPU draws them."""

# mypy: disable-error-code="no-untyped-def, untyped-decorator"
# The kernel's arguments are Triton's values.

import torch
import triton
import triton.language as tl

from dropdecay.arrays import UInt32
from dropdecay.kernels.masks import TILE, padded
from dropdecay.kernels.philox import LANES

_BLOCKS_A_PROGRAM = 256


def draw(out: torch.Tensor, key: UInt32, step: int | torch.Tensor, stream: int, call: int) -> None:
    """Do as ``torch_masks.draw_decisions``, in one launch."""
    if isinstance(step, int):
        step = torch.full((1,), step, dtype=torch.int64, device=out.device)
    n_blocks = padded(out.numel()) // TILE * LANES
    seed = int(key[0]) | int(key[1]) << 32
    _draw[(triton.cdiv(n_blocks, _BLOCKS_A_PROGRAM),)](
        out, step, out.numel(), seed, stream, call, BLOCKS=_BLOCKS_A_PROGRAM
    )


# Types are given and values not specialized: else another key or layer might be compiled again.
@triton.jit(do_not_specialize=["n_elements", "seed", "stream", "call"])
def _draw(
    out,
    step,  # one int64
    n_elements: tl.int32,
    seed: tl.uint64,  # both words of the key, the first one low
    stream: tl.uint32,
    call: tl.uint32,
    BLOCKS: tl.constexpr,
):
    block = tl.program_id(0) * BLOCKS + tl.arange(0, BLOCKS)
    c0, c1 = block.to(tl.uint32), tl.load(step).to(tl.uint32)
    w0, w1, w2, w3 = tl.philox(seed, c0, c1, stream.to(tl.uint32), call.to(tl.uint32), 10)
    # Tiles of 16 lanes x 8 decisions: see kernels/masks.py.
    at = (block // 16) * 128 + block % 16
    tl.store(out + at, w0 & 0xFFFF, mask=at < n_elements)
    tl.store(out + at + 16, w0 >> 16, mask=at + 16 < n_elements)
    tl.store(out + at + 32, w1 & 0xFFFF, mask=at + 32 < n_elements)
    tl.store(out + at + 48, w1 >> 16, mask=at + 48 < n_elements)
    tl.store(out + at + 64, w2 & 0xFFFF, mask=at + 64 < n_elements)
    tl.store(out + at + 80, w2 >> 16, mask=at + 80 < n_elements)
    tl.store(out + at + 96, w3 & 0xFFFF, mask=at + 96 < n_elements)
    tl.store(out + at + 112, w3 >> 16, mask=at + 112 < n_elements)
