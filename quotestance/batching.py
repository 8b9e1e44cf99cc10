"""Batches of sequences of like length, and the precision that the processor is fast in."""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch

FloatArray = npt.NDArray[np.float32]

Precision = Literal["auto", "float32", "bfloat16"]
"""What models compute in; see :func:`computing`."""


def rounded_up(length: int, multiple: int) -> int:
    """Return the least multiple that is not below a length.

    >>> rounded_up(5, 4), rounded_up(8, 4)
    (8, 8)
    """
    return -(-length // multiple) * multiple


def equal_lengths(lengths: Sequence[int], *, multiple: int, batch_tokens: int) -> Iterator[tuple[int, list[int]]]:
    """Yield the length that sequences are padded to, with the indices of those to read together; each index once.

    A sequence is padded to a length that depends on nothing but its own, so that the company in which it is read does
    not change the result, but for its last digits.

    Args:
        lengths: Tokens of every sequence, special tokens counted, ``>= 1``.
        multiple: They are padded up to a multiple of this, ``>= 1``.
        batch_tokens: About how many tokens, padding included, are read at once; a longer sequence is read by itself.

    >>> list(equal_lengths([3, 5, 4, 2], multiple=4, batch_tokens=8))
    [(4, [0, 2]), (4, [3]), (8, [1])]
    """
    padded = [rounded_up(length, multiple) for length in lengths]
    for length in sorted(set(padded)):
        rows = [row for row, own in enumerate(padded) if own == length]
        size = max(1, batch_tokens // length)
        for first in range(0, len(rows), size):
            yield length, rows[first : first + size]


def check_precision(precision: str) -> None:
    """Check the name of a precision.

    Raises:
        ValueError: There is none of this name.
    """
    if precision not in get_args(Precision):
        raise ValueError(f"Unknown precision {precision!r}. Available: {', '.join(get_args(Precision))}.")


def dtype_of(device: torch.device, precision: Precision = "auto") -> torch.dtype:
    """Return the type of number that a precision means on a device.

    Args:
        device: Where the model is.
        precision: ``float32``, ``bfloat16``, or ``auto``: bfloat16 on an accelerator and on processors that are known
            to be faster with it (:func:`has_fast_bfloat16`), else float32.

    Raises:
        ValueError: The precision is none of these.
    """
    check_precision(precision)
    is_short = has_fast_bfloat16() or device.type != "cpu" if precision == "auto" else precision == "bfloat16"
    return torch.bfloat16 if is_short else torch.float32


def computing(
    device: torch.device, precision: Precision = "auto", *, held: torch.dtype = torch.float32
) -> AbstractContextManager[object]:
    """Return a context in which models compute in a precision.

    Args:
        device: Where the model is.
        precision: See :func:`dtype_of`.
        held: What its weights are held in; those in bfloat16 are not cast anew at every pass.

    Raises:
        ValueError: The precision is unknown.
    """
    dtype = dtype_of(device, precision)
    return nullcontext() if dtype is torch.float32 or held is dtype else torch.autocast(device.type, dtype)


@lru_cache(maxsize=1)
def has_fast_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 faster than float32, by what it says of itself.

    With AMX, or with AVX-512 BF16 on AMD (Zen 4 and later), bfloat16 is two to eight times as fast. Slow are Intel's
    processors with AVX-512 BF16 whose AMX is hidden, as on many virtual machines: they have the instructions and take
    longer with them. Other processors are read as slow.
    """
    if not torch.backends.cpu.get_cpu_capability().startswith("AVX512"):
        return False
    if getattr(torch.cpu, "_is_amx_tile_supported", lambda: False)():
        return True
    has_instructions = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return bool(has_instructions) and "AuthenticAMD" in _processor_vendor()


def _processor_vendor() -> str:
    """Return what Linux calls the vendor of the processor; empty where it does not tell."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            return next((line for line in lines if line.startswith("vendor_id")), "")
    except OSError:
        return platform.processor()
