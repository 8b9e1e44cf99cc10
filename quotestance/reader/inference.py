"""Batches of windows: padding them, and running the model over them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from quotestance.batching import FloatArray, Precision, computing, equal_lengths, rounded_up
from quotestance.reader.model import Batch, Output, PeopleOutput
from quotestance.reader.tokens import MULTIPLE, SPECIAL_TOKENS, IntArray, Tokens, Window

HalfArray = npt.NDArray[np.float16]

_BATCH_TOKENS = 2_048  # that are read at once, about, padding included; a longer window is read by itself
_OUTSIDE = 0.98  # probability of being no part of a quote from which nothing is noted of a token outside marks; what a
# quote lacks for it is read again (quotestance/stance/reader_classifier.py)


def pad_batch(windows: Sequence[tuple[Tokens, Window]], tokenizer: Any, *, multiple: int = 1) -> Batch:
    """Windows as one padded batch, each between the tokenizer's special tokens.

    Args:
        windows: Each window with the tokens that it cuts from.
        tokenizer: Gives the ids of the special tokens.
        multiple: Pad the length up to a multiple of this.
    """
    longest = max(window.end - window.start for _, window in windows) + SPECIAL_TOKENS
    length = rounded_up(longest, multiple)
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
        stance: What it notes for the stance of quotes; ``None`` where the model reads none.
    """

    tokens: Tokens
    window: Window
    tags: FloatArray
    links: FloatArray
    people: PeopleReading | None = None
    rows: IntArray | None = None
    nested: Reading | None = None
    stance: StanceReading | None = None

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


@dataclass(frozen=True, slots=True)
class StanceReading:
    """What the model notes of the tokens of a window for the stance of quotes.

    See :class:`~quotestance.reader.stances.StanceHead`. Only tokens of the window's home that may be part of a
    quote, or are known to be, are there.

    Args:
        places: These tokens, counted from the start of the article, ``(n,)``, in order.
        focus: How much they count for each part of a quote, ``(n, 3)``.
        values: Their numbers, ``(n, 3 * size)``.
    """

    places: IntArray
    focus: HalfArray
    values: HalfArray


def read_windows(
    model: Any,
    tokenizer: Any,
    windows: Sequence[tuple[Tokens, Window]],
    *,
    precision: Precision = "auto",
    notes_stance: bool = False,
) -> list[Reading]:
    """Run the attribution model over windows, in order.

    Args:
        model: A :class:`~quotestance.reader.model.PlainReader`, or an
            :class:`~quotestance.reader.pretrained.AttributionModel` in evaluation mode.
        tokenizer: Gives the ids of the special tokens.
        windows: Each window with the tokens that it cuts from.
        precision: See :func:`quotestance.batching.computing`.
        notes_stance: Keep what a model with a head for stance notes.
    """
    lengths = [window.end - window.start + SPECIAL_TOKENS for _, window in windows]
    readings: dict[int, Reading] = {}
    for _, rows in equal_lengths(lengths, multiple=MULTIPLE, batch_tokens=_BATCH_TOKENS):
        own = _read(model, tokenizer, [windows[row] for row in rows], precision, notes_stance)
        readings |= zip(rows, own, strict=True)
    return [readings[row] for row in range(len(windows))]


def read_stance(
    model: Any,
    tokenizer: Any,
    windows: Sequence[tuple[Tokens, Window, IntArray]],
    *,
    precision: Precision = "auto",
) -> list[StanceReading]:
    """Run a reader with a head for stance over windows for that alone, in order.

    Args:
        model, tokenizer, precision: As for :func:`read_windows`.
        windows: Each with the tokens that it cuts from, and those that are noted, counted from the start of the
            article, in order; all lie in the window.
    """
    lengths = [window.end - window.start + SPECIAL_TOKENS for _, window, _ in windows]
    found: dict[int, StanceReading] = {}
    for _, rows in equal_lengths(lengths, multiple=MULTIPLE, batch_tokens=_BATCH_TOKENS):
        batch = pad_batch([windows[row][:2] for row in rows], tokenizer, multiple=MULTIPLE).to(model.device)
        with torch.inference_mode(), computing(model.device, precision, held=model.dtype):
            notes = model.stance_notes(batch)
        found |= {row: _noted(notes, at, windows[row][1], windows[row][2]) for at, row in enumerate(rows)}
    return [found[row] for row in range(len(windows))]


def _read(
    model: Any,
    tokenizer: Any,
    windows: Sequence[tuple[Tokens, Window]],
    precision: Precision,
    notes_stance: bool,
) -> list[Reading]:
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
    if notes_stance and output.stance is not None:
        readings = [replace(one, stance=_stance(output.stance, row, one)) for row, one in enumerate(readings)]
    return readings


def _reading(output: Output, row: int, tokens: Tokens, window: Window) -> Reading:
    """Return what the model says of the quotes of one of its windows."""
    assert output.rows is not None  # noqa: S101  # there are no gradients
    size = window.end - window.start
    asked, links = _links(output.rows, output.links, row, size)
    return Reading(tokens, window, output.tags[row, 1 : size + 1].cpu().numpy(), links, rows=asked)


def _stance(notes: tuple[Tensor, Tensor], row: int, reading: Reading) -> StanceReading:
    """Return what the model notes of the tokens of a window that may be part of a quote."""
    window, tokens = reading.window, reading.tokens
    layers = [reading.tags] if reading.nested is None else [reading.tags, reading.nested.tags]
    outside = np.minimum.reduce([tags[:, 0] for tags in layers])
    wanted = (np.exp(outside) < _OUTSIDE) | (tokens.quoting[window.start : window.end] > 0)
    wanted[: window.home_start - window.start] = False
    wanted[window.home_end - window.start :] = False
    return _noted(notes, row, window, (np.flatnonzero(wanted) + window.start).astype(np.int32))


def _noted(notes: tuple[Tensor, Tensor], row: int, window: Window, places: IntArray) -> StanceReading:
    """Return the notes on some tokens of a window."""
    rows = torch.from_numpy((places - window.start + 1).astype(np.int64)).to(notes[0].device)
    focus, values = (one[row].index_select(0, rows).half().cpu().numpy() for one in notes)
    return StanceReading(places, focus, values)


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
