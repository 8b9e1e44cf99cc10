"""Attention by groups of heads reads what attention in full precision reads, whatever the scores and the padding."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from quotestance.attention import attend

ROWS, HEADS, LENGTH, SIZE = 3, 4, 90, 16


def parts(scale: float = 1.0) -> tuple[Tensor, Tensor, Tensor]:
    """Query, key and value in bfloat16; with a greater scale some tokens look at few others."""
    dice = torch.Generator().manual_seed(3)
    query, key, value = torch.randn(3, ROWS, HEADS, LENGTH, SIZE, generator=dice).bfloat16()
    return scale * query, key, value


def whole(query: Tensor, key: Tensor, value: Tensor, added: Tensor | None = None) -> Tensor:
    """Read the same in float32 by torch's own function."""
    read = scaled_dot_product_attention(query.float(), key.float(), value.float(), attn_mask=added)
    return read.transpose(1, 2).flatten(2)


@pytest.mark.parametrize(("scale", "within"), [(1.0, 0.02), (20.0, 0.3), (300.0, 0.3)])
def test_scores_of_any_size_are_read(scale: float, within: float) -> None:
    """Beyond a scale of 20 exponentials of scores overflow; what is read is as exact as scores in bfloat16 can be."""
    query, key, value = parts(scale)
    with torch.inference_mode():
        read = attend(query, key, value)
    assert read.shape == (ROWS, LENGTH, HEADS * SIZE)
    apart = (read.float() - whole(query, key, value)).abs()
    assert apart.mean() < within / 5
    assert apart.quantile(0.98) < within


@pytest.mark.parametrize("scale", [1.0, 300.0])
def test_padding_is_never_read(scale: float) -> None:
    query, key, value = parts(scale)
    seen = torch.ones(ROWS, LENGTH, dtype=torch.bool)
    seen[0, 70:] = seen[2, 5:] = False
    with torch.inference_mode():
        read = attend(query, key, value, seen=seen)
        other = attend(query, torch.where(seen[:, None, :, None], key, 50), value, seen=seen)
        alone = attend(*(part[2:, :, :5] for part in (query, key, value)))
    assert torch.allclose(read.float(), other.float(), atol=0.02)
    assert torch.allclose(read[2:, :5].float(), alone.float(), atol=0.02)
    assert read.isfinite().all()


def test_a_bias_for_distance_is_added() -> None:
    query, key, value = parts()
    bias = torch.randn(1, HEADS, LENGTH, LENGTH, generator=torch.Generator().manual_seed(4)).bfloat16()
    seen = torch.ones(ROWS, LENGTH, dtype=torch.bool)
    seen[1, 40:] = False
    with torch.inference_mode():
        read = attend(query, key, value, bias=bias, seen=seen)
    added = bias.float().masked_fill(~seen[:, None, None], -torch.inf)
    assert torch.allclose(read.float(), whole(query, key, value, added), atol=0.03)


def test_great_scores_do_not_make_values_overflow() -> None:
    query, key, value = (torch.zeros(1, 1, 16, 4, dtype=torch.bfloat16) for _ in range(3))
    query[..., 0], key[..., 0] = 2, 84  # exp(84) fits, and eight times the sum of 16 does not
    with torch.inference_mode():
        assert torch.allclose(attend(query, key, value + 8).float(), torch.tensor(8.0))


def test_a_row_is_read_alike_alone_and_in_company() -> None:
    query, key, value = parts(20.0)
    with torch.inference_mode():
        together = attend(query, key, value)
        alone = torch.cat([attend(*(part[row : row + 1] for part in (query, key, value))) for row in range(ROWS)])
    assert torch.equal(together, alone)


def test_full_precision_is_torchs_own() -> None:
    query, key, value = (part.float() for part in parts())
    assert torch.equal(attend(query, key, value), whole(query, key, value))
