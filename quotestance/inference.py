"""Batches of windows: padding, and running a model over them in the precision that the processor likes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from quotestance.attribution import Batch
from quotestance.windows import Tokens, Window

FloatArray = npt.NDArray[np.float32]

_MULTIPLE = 64  # windows of the attribution model are padded up to a multiple of this


def pad_batch(windows: Sequence[tuple[Tokens, Window]], tokenizer: Any, *, multiple: int = 1) -> Batch:
    """Windows as one padded batch, each between the tokenizer's special tokens.

    Args:
        windows: Each window with the tokens that it cuts from.
        tokenizer: Gives the ids of the special tokens.
        multiple: Pad the length up to a multiple of this.
    """
    longest = max(window.end - window.start for _, window in windows) + 2
    length = -(-longest // multiple) * multiple
    columns = {
        name: np.zeros((len(windows), length), dtype=np.int64)
        for name in ("ids", "mask", "shape", "quoting", "layout", "sentence", "paragraph")
    }
    columns["ids"][:] = tokenizer.pad_token_id
    for row, (tokens, window) in enumerate(windows):
        size = window.end - window.start
        columns["mask"][row, : size + 2] = 1
        columns["ids"][row, 0] = tokenizer.cls_token_id
        columns["ids"][row, size + 1] = tokenizer.sep_token_id
        for name in ("ids", "shape", "quoting", "layout", "sentence", "paragraph"):
            columns[name][row, 1 : size + 1] = getattr(tokens, name)[window.start : window.end]
    return Batch(**{name: torch.from_numpy(column) for name, column in columns.items()})


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


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one window; tokens are those of the window, special tokens left out.

    Args:
        tokens, window: What was read.
        tags: Log-probabilities ``(length, 7)`` in the order of :data:`quotestance.attribution.TAGS`.
        links: Probabilities ``(3, length, length + 1)`` in the order of
            :data:`quotestance.attribution.RELATIONS`; the last column is "none".
    """

    tokens: Tokens
    window: Window
    tags: FloatArray
    links: FloatArray


def read_windows(
    model: Any, tokenizer: Any, windows: Sequence[tuple[Tokens, Window]], *, batch_tokens: int = 2_048
) -> list[Reading]:
    """Run the attribution model over windows, in order.

    Args:
        model: An :class:`~quotestance.attribution.AttributionModel` in evaluation mode.
        tokenizer: Gives the ids of the special tokens.
        windows: Each window with the tokens that it cuts from.
        batch_tokens: About how many tokens, padding included, are read at once; a longer window is read by itself.
    """
    lengths = [window.end - window.start + 2 for _, window in windows]
    readings: dict[int, Reading] = {}
    for _, rows in equal_lengths(lengths, multiple=_MULTIPLE, batch_tokens=batch_tokens):
        readings |= zip(rows, _read(model, tokenizer, [windows[row] for row in rows]), strict=True)
    return [readings[row] for row in range(len(windows))]


def _read(model: Any, tokenizer: Any, windows: Sequence[tuple[Tokens, Window]]) -> list[Reading]:
    batch = pad_batch(windows, tokenizer, multiple=_MULTIPLE).to(model.device)
    with torch.inference_mode(), fast_precision(model.device):
        tags, links = (output.cpu().numpy() for output in model(batch))
    np.exp(links, out=links)
    readings = []
    for row, (tokens, window) in enumerate(windows):
        size = window.end - window.start
        own = links[row][:, 1 : size + 1]
        pointed = np.concatenate((own[:, :, 1 : size + 1], own[:, :, -1:]), axis=2)
        readings.append(Reading(tokens, window, tags[row, 1 : size + 1], pointed))
    return readings


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
