"""Windows of an article around its quotes: what a model that reads quotes in their article is given.

Only text near quotes is read, and neighbouring quotes share a window. A quote too long for one is read in pieces, whose
logits are averaged by their tokens. Takes time linear in the length of the article.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from quotestance.reader.stances import PARTS
from quotestance.reader.tokens import IntArray, Tokens
from quotestance.stance.article_model import StanceBatch
from quotestance.stance.marked import Places

LEAST_ROOM = 16
"""Tokens that a window has for a quote, at least, whatever its context."""


@dataclass(frozen=True, slots=True)
class QuoteWindow:
    """A run of tokens ``start:end`` and the quotes or pieces that are told from it."""

    start: int
    end: int
    inside: tuple[Places, ...]


def plan(tokens: Tokens, pieces: Sequence[Places], *, window: int, before: int, after: int) -> list[QuoteWindow]:
    """Windows in the order of the text; every piece is told from one of them.

    Args:
        tokens: The article.
        pieces: What :func:`places_of` gives for ``longest = window - before - after``.
        window: Most tokens in a window, special tokens not counted.
        before, after: Tokens of context on either side of the first and last piece of a window, where there are any.
    """
    waiting = sorted(pieces, key=lambda piece: int(piece.content[0]))
    found: list[QuoteWindow] = []
    first = 0
    while first < len(waiting):
        start = _start(tokens, max(0, int(waiting[first].content[0]) - before), before // 3)
        last = int(waiting[first].content[-1])
        stop = first + 1
        while stop < len(waiting) and _fits(waiting[stop], start, last, window, before, after):
            last = max(last, int(waiting[stop].content[-1]))
            stop += 1
        end = min(len(tokens), last + 1 + after, start + window)
        found.append(QuoteWindow(start, end, tuple(waiting[first:stop])))
        first = stop
    return found


def _fits(piece: Places, start: int, last: int, window: int, before: int, after: int) -> bool:
    """Whether a piece can join a window, and is near enough that the text between is not read for nothing."""
    first, end = int(piece.content[0]), int(piece.content[-1]) + 1
    return first - last <= before + after and end + after - start <= window


def _start(tokens: Tokens, earliest: int, spare: int) -> int:
    """Return the first start of a sentence among the ``spare`` tokens after ``earliest``, else ``earliest``."""
    begins = np.flatnonzero(tokens.layout[earliest : earliest + spare] > 0)
    return earliest + int(begins[0]) if len(begins) else earliest


def pad(windows: Sequence[tuple[Tokens, IntArray, QuoteWindow]], tokenizer: Any, length: int) -> StanceBatch:
    """Windows as one batch, each between the tokenizer's special tokens.

    Args:
        windows: Each with the tokens that it cuts from and their marks (:func:`marks_of`).
        tokenizer: Gives the ids of the special tokens.
        length: What they are padded to, special tokens counted.
    """
    most = max(len(window.inside) for _, _, window in windows)
    ids = np.full((len(windows), length), tokenizer.pad_token_id, dtype=np.int64)
    mask, marks = np.zeros_like(ids), np.zeros_like(ids)
    parts = np.zeros((len(windows), most, len(PARTS), length), dtype=np.bool_)
    for row, (tokens, marked, window) in enumerate(windows):
        size = window.end - window.start
        ids[row, 0], ids[row, size + 1] = tokenizer.cls_token_id, tokenizer.sep_token_id
        ids[row, 1 : size + 1] = tokens.ids[window.start : window.end]
        mask[row, : size + 2] = 1
        marks[row, 1 : size + 1] = marked[window.start : window.end]
        for place, piece in enumerate(window.inside):
            for part, name in enumerate(PARTS):
                parts[row, place, part, 1 + _within(getattr(piece, name), window)] = True
    return StanceBatch(*map(torch.from_numpy, (ids, mask, marks, parts)))


def _within(places: IntArray, window: QuoteWindow) -> npt.NDArray[np.int32]:
    inside: npt.NDArray[np.int32] = places[(places >= window.start) & (places < window.end)] - window.start
    return inside


def marks_of(tokens: Tokens, pieces: Sequence[Places]) -> IntArray:
    """Return what each token is part of: 0 of no quote, else 1 + the index in PARTS; the later part wins."""
    marks = np.zeros(len(tokens), dtype=np.int32)
    for name in PARTS:
        for piece in pieces:
            marks[getattr(piece, name)] = 1 + PARTS.index(name)
    return marks
