"""The reader learns by groups of heads what it would learn with torch's own attention."""

from __future__ import annotations

import torch
from tiny import tiny_encoder
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention
from transformers import BertModel

from training.reader.attention import GroupedAttention, learn_by_groups

SHAPE = (2, 6, 40, 8)


def learned(read: Tensor, parts: list[Tensor], wanted: Tensor) -> list[Tensor]:
    """Gradients of query, key and value."""
    return [one.float() for one in torch.autograd.grad((read * wanted).sum(), parts)]


def test_gradients_are_those_of_torchs_attention() -> None:
    dice = torch.Generator().manual_seed(5)
    parts = [torch.randn(SHAPE, generator=dice).requires_grad_() for _ in range(3)]
    wanted = torch.randn(SHAPE, generator=dice)
    seen = torch.ones(SHAPE[0], SHAPE[2], dtype=torch.bool)
    seen[1, 25:] = False
    for mask in (None, seen):
        added = None if mask is None else mask[:, None, None]
        read = scaled_dot_product_attention(*parts, attn_mask=added)
        ours: Tensor = GroupedAttention.apply(*parts, mask)  # type: ignore[no-untyped-call]
        assert torch.allclose(ours, read, atol=1e-5)
        for own, theirs in zip(learned(ours, parts, wanted), learned(read, parts, wanted), strict=True):
            assert torch.allclose(own, theirs, atol=1e-4)


def test_an_encoder_of_transformers_learns_with_it() -> None:
    torch.manual_seed(0)
    model = BertModel(tiny_encoder(), add_pooling_layer=False)
    ids = torch.randint(5, 60, (2, 30))
    mask = torch.ones_like(ids)
    mask[1, 12:] = 0
    wanted = torch.randn(2, 30, model.config.hidden_size) * mask[..., None]

    def slope() -> Tensor:
        model.zero_grad()
        with torch.autocast("cpu", torch.bfloat16):
            states = model(input_ids=ids, attention_mask=mask).last_hidden_state
        (states.float() * wanted).sum().backward()
        gradient = model.encoder.layer[0].attention.self.value.weight.grad
        assert gradient is not None
        return gradient.clone()

    usual = slope()
    learn_by_groups(model)
    grouped = slope()
    assert not torch.equal(usual, grouped)
    assert torch.nn.functional.cosine_similarity(usual.flatten(), grouped.flatten(), dim=0) > 0.999
