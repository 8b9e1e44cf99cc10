"""Batches of windows: padding them, and running the model over them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from quotestance.batching import FloatArray, Precision, computing, equal_lengths
from quotestance.reader.model import Batch, Output, PeopleOutput
from quotestance.reader.tokens import MULTIPLE, SPECIAL_TOKENS, IntArray, Tokens, Window


def pad_batch(windows: Sequence[tuple[Tokens, Window]], tokenizer: Any, *, multiple: int = 1) -> Batch:
    """Windows as one padded batch, each between the tokenizer's special tokens.

    Args:
        windows: Each window with the tokens that it cuts from.
        tokenizer: Gives the ids of the special tokens.
        multiple: Pad the length up to a multiple of this.
    """
    longest = max(window.end - window.start for _, window in windows) + SPECIAL_TOKENS
    length = -(-longest // multiple) * multiple
    columns = {
        name: np.zeros((len(windows), length), dtype=np.int64)
        for name in ("ids", "mask", "shape", "quoting", "layout", "sentence", "paragraph", "asked")
    }
    columns["ids"][:] = tokenizer.pad_token_id
    for row, (tokens, window) in enumerate(windows):
        size = window.end - window.start
        columns["mask"][row, : size + 2] = 1
        columns["ids"][row, 0] = tokenizer.cls_token_id
        columns["ids"][row, size + 1] = tokenizer.sep_token_id
        for name in ("ids", "shape", "quoting", "layout", "sentence", "paragraph"):
            columns[name][row, 1 : size + 1] = getattr(tokens, name)[window.start : window.end]
        if tokens.asked is not None:
            columns["asked"][row, 1 : size + 1] = tokens.asked[window.start : window.end]
    return Batch(**{name: torch.from_numpy(column) for name, column in columns.items()})


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one window; tokens are those of the window, special tokens left out.

    Args:
        tokens, window: What was read.
        tags: Log-probabilities ``(length, 7)`` in the order of :data:`quotestance.reader.model.TAGS`.
        links: Probabilities ``(3, asked, length + 1)`` in the order of
            :data:`quotestance.reader.model.RELATIONS`; the last column is "none".
        people: What it says of names, roles and homes; ``None`` where the model reads no people.
        rows: The tokens that were asked where they point, ``(asked,)``, in order; ``None`` where all were.
        nested: What it says of quotes inside quotes; ``None`` where the model reads none.
    """

    tokens: Tokens
    window: Window
    tags: FloatArray
    links: FloatArray
    people: PeopleReading | None = None
    rows: IntArray | None = None
    nested: Reading | None = None

    def pointing(self, start: int, end: int) -> FloatArray:
        """Where the tokens ``start:end`` point on average, ``(3, length + 1)``: at "none" if none of them was asked."""
        first, last = (start, end) if self.rows is None else (bisect_left(self.rows, at) for at in (start, end))
        if first < last:
            mean: FloatArray = np.add.reduce(self.links[:, first:last], axis=1) / np.float32(last - first)
            return mean
        nowhere = np.zeros((len(self.links), self.links.shape[2]), dtype=np.float32)
        nowhere[:, -1] = 1
        return nowhere


@dataclass(frozen=True, slots=True)
class PeopleReading:
    """What the model says of the people of one window; tokens are those of the window, special tokens left out.

    Args:
        mentions: Log-probabilities ``(length, 7)`` in the order of :data:`quotestance.reader.model.MENTIONS`.
        profiles: Log-probabilities ``(length, 9)`` in the order of :data:`quotestance.reader.model.PROFILES`.
        rows: The tokens that point at somebody, ``(asked,)``, in order.
        links: Probabilities ``(6, asked, length + 1)`` in the order of
            :data:`quotestance.reader.model.PEOPLE_RELATIONS`; the last column is "none".
    """

    mentions: FloatArray
    profiles: FloatArray
    rows: IntArray
    links: FloatArray


def read_windows(
    model: Any,
    tokenizer: Any,
    windows: Sequence[tuple[Tokens, Window]],
    *,
    batch_tokens: int = 2_048,
    precision: Precision = "auto",
) -> list[Reading]:
    """Run the attribution model over windows, in order.

    Args:
        model: A :class:`~quotestance.reader.model.PlainReader`, or an
            :class:`~quotestance.reader.pretrained.AttributionModel` in evaluation mode.
        tokenizer: Gives the ids of the special tokens.
        windows: Each window with the tokens that it cuts from.
        batch_tokens: About how many tokens, padding included, are read at once; a longer window is read by itself.
        precision: See :func:`quotestance.batching.computing`.
    """
    lengths = [window.end - window.start + SPECIAL_TOKENS for _, window in windows]
    readings: dict[int, Reading] = {}
    for _, rows in equal_lengths(lengths, multiple=MULTIPLE, batch_tokens=batch_tokens):
        readings |= zip(rows, _read(model, tokenizer, [windows[row] for row in rows], precision), strict=True)
    return [readings[row] for row in range(len(windows))]


def _read(model: Any, tokenizer: Any, windows: Sequence[tuple[Tokens, Window]], precision: Precision) -> list[Reading]:
    batch = pad_batch(windows, tokenizer, multiple=MULTIPLE).to(model.device)
    with torch.inference_mode(), computing(model.device, precision, held=model.dtype):
        output = model(batch)
    readings = [_reading(output, row, *window) for row, window in enumerate(windows)]
    if output.people is not None:
        sizes = (window.end - window.start for _, window in windows)
        people = (_people(output.people, row, size) for row, size in enumerate(sizes))
        readings = [replace(one, people=own) for one, own in zip(readings, people, strict=True)]
    if output.nested is not None:
        nested = (_reading(output.nested, row, *window) for row, window in enumerate(windows))
        readings = [replace(one, nested=own) for one, own in zip(readings, nested, strict=True)]
    return readings


def _reading(output: Output, row: int, tokens: Tokens, window: Window) -> Reading:
    """Return what the model says of the quotes of one of its windows."""
    assert output.rows is not None  # noqa: S101  # there are no gradients
    size = window.end - window.start
    asked, links = _links(output.rows, output.links, row, size)
    return Reading(tokens, window, output.tags[row, 1 : size + 1].cpu().numpy(), links, rows=asked)


def _people(people: PeopleOutput, row: int, size: int) -> PeopleReading:
    """Return what the model says of the people of one of its windows."""
    asked, links = _links(people.rows, people.links, row, size)
    return PeopleReading(
        people.mentions[row, 1 : size + 1].cpu().numpy(),
        people.profiles[row, 1 : size + 1].cpu().numpy(),
        asked,
        links,
    )


def _links(rows: Tensor, links: Tensor, row: int, size: int) -> tuple[IntArray, FloatArray]:
    """Return the tokens that were asked in one window, and where they point, without special tokens and padding."""
    asked = rows[row].cpu().numpy()
    order = np.argsort(asked)
    order = order[(asked[order] >= 1) & (asked[order] <= size)]
    own = links[row][:, torch.from_numpy(order).to(links.device)].exp().cpu().numpy()
    pointed = np.concatenate((own[:, :, 1 : size + 1], own[:, :, -1:]), axis=2)
    return (asked[order] - 1).astype(np.int32), pointed
