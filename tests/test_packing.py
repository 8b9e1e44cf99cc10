"""Packed layers say what plain ones in bfloat16 say, and are copied as those are."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from tiny import tiny_encoder

from quotestance.encoders import Encoder
from quotestance.packing import can_pack, pack


@pytest.mark.skipif(not can_pack(torch.bfloat16, "cpu"), reason="this processor or this torch packs no weights")
def test_packing_reads_the_same() -> None:
    torch.manual_seed(0)
    encoder = Encoder(tiny_encoder().to_dict()).eval().requires_grad_(requires_grad=False)
    ids = torch.randint(5, 128, (2, 150), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        exact = encoder(ids).last_hidden_state
        usual = encoder.bfloat16()(ids).last_hidden_state.float()
        packed = copy.deepcopy(encoder)
        pack(packed)
        read = packed(ids).last_hidden_state
        assert (read.float() - exact).abs().mean() < 1.2 * (usual - exact).abs().mean()
        for copied in (copy.deepcopy(packed), pickle.loads(pickle.dumps(packed))):  # noqa: S301  # as workers get it
            assert torch.equal(copied(ids).last_hidden_state, read)


@pytest.mark.parametrize(
    ("dtype", "device"), [(torch.float32, "cpu"), (torch.float16, "cpu"), (torch.bfloat16, "cuda")]
)
def test_packing_is_for_bfloat16_on_a_processor(dtype: torch.dtype, device: str) -> None:
    assert not can_pack(dtype, device)
