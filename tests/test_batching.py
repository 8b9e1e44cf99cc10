from __future__ import annotations

import pytest
import torch

from quotestance import load
from quotestance.batching import computing, equal_lengths, has_fast_bfloat16


def product(precision: str) -> torch.dtype:
    with computing(torch.device("cpu"), precision):  # type: ignore[arg-type]
        return torch.mm(torch.ones(2, 2), torch.ones(2, 2)).dtype


def test_batching_computes_in_the_precision_that_is_asked_for() -> None:
    assert product("float32") is torch.float32
    assert product("bfloat16") is torch.bfloat16


def test_batching_auto_follows_what_the_processor_says_of_itself() -> None:
    assert product("auto") is (torch.bfloat16 if has_fast_bfloat16() else torch.float32)


def test_batching_load_refuses_an_unknown_precision() -> None:
    with pytest.raises(ValueError, match="Available: auto, float32, bfloat16"):
        load(precision="half")  # type: ignore[arg-type]


def test_batching_every_sequence_comes_once() -> None:
    lengths = [7, 1, 300, 12, 12, 64]
    rows = [row for _, found in equal_lengths(lengths, multiple=8, batch_tokens=24) for row in found]
    assert sorted(rows) == list(range(len(lengths)))
