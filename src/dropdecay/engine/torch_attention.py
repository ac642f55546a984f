"""Attention with our mask on its weights; torch's kernels draw a mask of their own inside."""

import math
from typing import Any

import torch
from torch.nn import functional

from dropdecay.engine.torch_drop import Draw, drop
from dropdecay.engine.torch_inside import from_inside

_NUM_HEADS, _DROPOUT_P = 4, 10
"""Places in the arguments of ``F.multi_head_attention_forward``, which torch hands on by place."""


def attention(
    draw: Draw,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,  # the mask knows its rate
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> torch.Tensor:
    """Do as ``F.scaled_dot_product_attention``; the mask has the shape of the weights."""
    kept = draw((*query.shape[:-1], key.shape[-2]), query.device)
    if kept is None:
        return functional.scaled_dot_product_attention(
            query, key, value, attn_mask, 0.0, is_causal, scale=scale, enable_gqa=enable_gqa
        )
    if enable_gqa:
        repeats = query.shape[-3] // key.shape[-3]
        key, value = (each.repeat_interleave(repeats, dim=-3) for each in (key, value))
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = (query * scale) @ key.transpose(-2, -1)
    if is_causal:
        attn_mask = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).tril()
    weights = _softmax(scores, attn_mask)
    return (weights * kept.factors(weights.dtype)) @ value


def _softmax(scores: torch.Tensor, attn_mask: torch.Tensor | None) -> torch.Tensor:
    if attn_mask is None:
        return scores.softmax(dim=-1)
    if attn_mask.dtype == torch.bool:
        scores = scores.masked_fill(~attn_mask, -math.inf)
    else:
        scores = scores + attn_mask
    # A query that may look at nothing gets zeros, as from torch's kernels; softmax gives NaN.
    blind = scores.isneginf().all(dim=-1, keepdim=True)
    return scores.masked_fill(blind, 0.0).softmax(dim=-1).masked_fill(blind, 0.0)


def multi_head_attention(draw: Draw, *args: Any, **kwargs: Any) -> Any:
    """Do as ``F.multi_head_attention_forward``: run its own code, with our dropout handed over.

    The mask has shape (batch, heads, queries, keys), whether weights are asked for or not.
    """

    def dropout(weights: torch.Tensor, p: float) -> torch.Tensor:  # (batch * heads, ..)
        heads = args[_NUM_HEADS]
        by_head = weights.view(-1, heads, *weights.shape[1:])
        return drop(draw, by_head, by_head.shape, inplace=False).view_as(weights)

    def scaled_dot_product_attention(*inner: Any) -> torch.Tensor:
        return attention(draw, *inner)

    ours = from_inside(
        functional.multi_head_attention_forward,
        dropout=dropout,
        scaled_dot_product_attention=scaled_dot_product_attention,
    )
    # Any rate above 0 makes it call dropout; the mask knows its own.
    return ours(*args[:_DROPOUT_P], 0.5, *args[_DROPOUT_P + 1 :], **kwargs)
