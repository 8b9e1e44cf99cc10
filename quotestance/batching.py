"""Batches of sequences of like length, and the precision that the processor is fast in."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch

FloatArray = npt.NDArray[np.float32]


def equal_lengths(lengths: Sequence[int], *, multiple: int, batch_tokens: int) -> Iterator[tuple[int, list[int]]]:
    """The length that sequences are padded to, and the indices of those to read together; every one comes once.

    A sequence is padded to a length that depends on nothing but its own, so that the company in which it is read does
    not change the result.

    Args:
        lengths: Tokens of every sequence, special tokens counted, ``>= 1``.
        multiple: They are padded up to a multiple of this, ``>= 1``.
        batch_tokens: About how many tokens, padding included, are read at once; a longer sequence is read by itself.

    >>> list(equal_lengths([3, 5, 4, 2], multiple=4, batch_tokens=8))
    [(4, [0, 2]), (4, [3]), (8, [1])]
    """
    padded = [-(-length // multiple) * multiple for length in lengths]
    for length in sorted(set(padded)):
        rows = [row for row, own in enumerate(padded) if own == length]
        size = max(1, batch_tokens // length)
        for first in range(0, len(rows), size):
            yield length, rows[first : first + size]


def fast_precision(device: torch.device) -> AbstractContextManager[object]:
    """bfloat16 where it is the faster one, else float32."""
    if device.type == "cpu" and not _has_fast_bfloat16():
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


@lru_cache(maxsize=1)
def _has_fast_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 in hardware, and faster than float32.

    Measured, once, in some 0.1 s: with AMX or on AMD's Zen 4 it is two to eight times as fast, but Intel's processors
    whose AMX is hidden, as on many virtual machines, have the instructions of AVX-512 BF16 and are slower with them.
    """
    has_instructions = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    if not (has_instructions and torch.backends.cpu.get_cpu_capability().startswith("AVX512")):
        return False
    short, full = (_time_of_product(kind) for kind in (torch.bfloat16, torch.float32))
    return short < full


def _time_of_product(kind: torch.dtype) -> float:
    """Seconds for a product of the size of an encoder's layer, the best of some."""
    left, right = torch.ones(256, 384, dtype=kind), torch.ones(384, 1536, dtype=kind)
    times = []
    for _ in range(6):
        began = time.perf_counter()
        torch.mm(left, right)
        times.append(time.perf_counter() - began)
    return min(times)
