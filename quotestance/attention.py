"""Attention as the processor is fast with it.

torch's fused attention on a processor reads bfloat16 in small blocks, which takes half of the time of a layer over
windows of 500 tokens. Whole products of a few heads at a time, which stay in the cache, take less than half as long;
the exponentials need not be divided before they are multiplied, since a column of ones beside the values adds them up
(``python benchmarks/attention.py`` times both).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

_SCORES = 1 << 19  # for each thread, of the heads that are read at once: 1 MB of bfloat16


def attend(
    query: Tensor, key: Tensor, value: Tensor, *, bias: Tensor | None = None, seen: Tensor | None = None
) -> Tensor:
    """Return what each token reads from the others by scaled dot products (Vaswani et al., 2017).

    Args:
        query, key, value: ``(rows, heads, length, size)``.
        bias: Added to the scores, ``(1, heads, length, length)``.
        seen: Which tokens are attended to, ``(rows, length)`` of bool; ``None`` where all are.

    Returns:
        ``(rows, length, heads * size)``.
    """
    if query.dtype is torch.bfloat16 and query.device.type == "cpu" and not torch.is_grad_enabled():
        read = _by_groups(query, key, value, bias, seen)
    else:
        read = functional.scaled_dot_product_attention(query, key, value, attn_mask=_mask(query, bias, seen))
    rows, heads, length, size = query.shape
    return read.transpose(1, 2).reshape(rows, length, heads * size)


def _mask(query: Tensor, bias: Tensor | None, seen: Tensor | None) -> Tensor | None:
    """Return what attention adds to its scores, or where it may look; ``None`` where that is all."""
    if bias is None:
        return None if seen is None else seen[:, None, None].expand(-1, 1, query.shape[2], -1)
    bias = bias.to(query.dtype)
    return bias if seen is None else bias.masked_fill(~seen[:, None, None], torch.finfo(bias.dtype).min)


def _by_groups(query: Tensor, key: Tensor, value: Tensor, bias: Tensor | None, seen: Tensor | None) -> Tensor:
    """Return what tokens read, ``(rows, heads, length, size)``."""
    rows, heads, length, size = query.shape
    flat = rows * heads
    asking = (query * (1 / math.sqrt(size))).reshape(flat, length, size)
    asked = key.reshape(flat, length, size).transpose(1, 2)
    summed = value.new_ones(rows, heads, length, size + 1)
    summed[..., :size] = value
    if seen is not None:
        summed *= seen[:, None, :, None]
    summed = summed.view(flat, length, size + 1)
    read = torch.empty_like(summed)
    for group in groups_of_heads(flat, length, multiple=1 if bias is None else heads):
        scores = _scores(asking[group], asked[group], bias)
        torch.bmm(scores.exp_(), summed[group], out=read[group])
        if not _in_range(read[group][..., size]):
            scores = _scores(asking[group], asked[group], bias)
            if seen is not None:
                unseen = ~seen.repeat_interleave(heads, dim=0)[group, None]
                scores.masked_fill_(unseen, torch.finfo(scores.dtype).min)
            scores -= scores.amax(-1, keepdim=True)
            torch.bmm(scores.exp_(), summed[group], out=read[group])
    return (read[..., :size] / read[..., size:]).view(rows, heads, length, size)


def _scores(asking: Tensor, asked: Tensor, bias: Tensor | None) -> Tensor:
    scores = torch.bmm(asking, asked)
    if bias is not None:
        scores.view(-1, *bias.shape[1:]).add_(bias)
    return scores


def _in_range(total: Tensor) -> bool:
    """Whether sums of exponentials are so far from overflowing and vanishing that what they weigh is too."""
    return bool(((total > 1e-30) & (total < 1e30)).all())


def groups_of_heads(heads: int, length: int, *, multiple: int = 1) -> list[slice]:
    """Cut the heads of all rows into groups that are read at once: as many as the cache of every thread has room for.

    Args:
        heads: Of all rows together.
        length: Tokens of a row.
        multiple: A group has a multiple of so many heads.
    """
    most = max(1, _SCORES // length**2) * torch.get_num_threads()
    most = max(1, most // multiple) * multiple
    return [slice(first, min(first + most, heads)) for first in range(0, heads, most)]
