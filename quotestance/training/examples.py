"""Gold articles as training examples for the reader's heads for quotes: labels, link targets, windows and batches."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from quotestance.reader.inference import pad_batch
from quotestance.reader.model import RELATIONS, TAGS, Batch
from quotestance.reader.tokens import LAYOUT, QUOTING, SHAPES, IntArray, Tokens, Window, tokenize
from quotestance.types import Article, Span, place_of

ROLES = ("source", "cue", "content")

UNKNOWN = -100
"""A label that is not asked for."""

_WINDOWS_SORTED = 16  # batches whose windows are sorted by length together


@dataclass(frozen=True, slots=True)
class Example:
    """An article's tokens with gold: tags ``(n,)``, each content token's quote (-1: none), and each quote's links.

    ``links[q]`` holds the token runs ``(start, end)`` of source, cue and first content token; ``None``: there is none.
    """

    tokens: Tokens
    tags: IntArray
    quote: IntArray
    links: tuple[tuple[tuple[int, int] | None, ...], ...]


def layers_of(article: Article) -> tuple[Article, Article]:
    """Part the quotes of an article, in the order of the text, into those inside no other and those inside another."""
    pairs = sorted(zip(article.quotes, article.nested_in, strict=True), key=lambda pair: place_of(pair[0]))
    outer, nested = ([quote for quote, place in pairs if (place is None) is alone] for alone in (True, False))
    return article.replace(quotes=outer), article.replace(quotes=nested)


def make_example(article: Article, tokenizer: Any) -> Example:
    """Make tags and link targets of a gold article.

    Where annotations overlap, the first one keeps the tags; links lead to a quote's own source and cue all the same.
    """
    tokens = tokenize(article.text, tokenizer)
    tags = np.zeros(len(tokens), dtype=np.int32)
    quote_of = np.full(len(tokens), -1, dtype=np.int32)
    links: list[tuple[tuple[int, int] | None, ...]] = []
    for quote in article.quotes:
        runs: dict[str, list[tuple[int, int]]] = {role: [] for role in ROLES}
        spans = {"source": (quote.source,), "cue": (quote.cue,), "content": quote.content}
        for role in ROLES:
            for span in spans[role]:
                run = token_run(tokens, span)
                if run and not tags[run[0] : run[1]].any():
                    tags[run[0] : run[1]] = TAGS.index(f"I-{role}")
                    tags[run[0]] = TAGS.index(f"B-{role}")
                    runs[role].append(run)
        if not runs["content"]:
            continue
        for start, end in runs["content"]:
            quote_of[start:end] = len(links)
        head = runs["content"][0][0]
        named = (
            runs[role][0] if runs[role] else token_run(tokens, spans[role][0])  # several quotes may share it
            for role in ("source", "cue")
        )
        links.append((*named, (head, head + 1)))
    return Example(tokens, tags, quote_of, tuple(links))


def token_run(tokens: Tokens, span: Span | None) -> tuple[int, int] | None:
    """Return the token indices that a span covers, half-open; ``None`` where it covers none."""
    if span is None:
        return None
    first = int(np.searchsorted(tokens.ends, span.start, side="right"))
    last = int(np.searchsorted(tokens.starts, span.end, side="left"))
    return (first, last) if first < last else None


class Tokenized(Protocol):
    """What holds the tokens of an article."""

    @property
    def tokens(self) -> Tokens:
        """The tokens."""


def sample_windows(example: Tokenized, length: int, overlap: int, dice: random.Random) -> list[Window]:
    """Cut an article anew: windows begin at a paragraph and the first has a random length."""
    total = len(example.tokens)
    begins = np.flatnonzero(example.tokens.layout >= 2)
    windows = []
    start, end = 0, min(total, dice.randint(length // 3, length))
    while True:
        windows.append(Window(start, end, start, end))
        if end >= total:
            return windows
        near = begins[(begins > start) & (begins <= end - overlap // 2)]
        start = int(near[-1]) if len(near) and near[-1] > end - 3 * overlap else end - overlap
        end = min(total, start + length)


Readable = TypeVar("Readable", bound=Tokenized)


def batches(
    examples: Sequence[Readable], dice: random.Random, *, length: int, overlap: int, tokens_a_step: int
) -> list[list[tuple[Readable, Window]]]:
    """Put windows of like length together, in random order.

    Args:
        examples: Each is cut anew.
        dice: Where it is cut, and the order.
        length, overlap: Most tokens of a window, and those that two windows share.
        tokens_a_step: Most tokens of a batch, padding included.
    """
    cut = [(example, window) for example in examples for window in sample_windows(example, length, overlap, dice)]
    dice.shuffle(cut)
    chunk = max(1, _WINDOWS_SORTED * tokens_a_step // length)
    found: list[list[tuple[Readable, Window]]] = []
    for first in range(0, len(cut), chunk):
        rows: list[tuple[Readable, Window]] = []
        for item in sorted(cut[first : first + chunk], key=lambda item: item[1].end - item[1].start):
            if rows and (len(rows) + 1) * (item[1].end - item[1].start) > tokens_a_step:
                found.append(rows)
                rows = []
            rows.append(item)
        found.append(rows)
    dice.shuffle(found)
    return found


@dataclass(frozen=True, slots=True)
class Targets:
    """What a batch should answer.

    Args:
        tags: Of quotes ``(windows, length)``, :data:`UNKNOWN` where no answer is asked.
        links: Tokens that count as right for every relation, ``(windows, 3, length, length + 1)``; a row without any
            asks for no answer.
    """

    tags: Tensor
    links: Tensor


def collate(cut: Sequence[tuple[Example, Window]], tokenizer: Any) -> tuple[Batch, Targets]:
    """Pad windows into one batch with its targets."""
    batch = pad_batch([(example.tokens, window) for example, window in cut], tokenizer)
    windows, length = batch.ids.shape
    tags = torch.full((windows, length), UNKNOWN)
    links = torch.zeros((windows, len(RELATIONS), length, length + 1), dtype=torch.bool)
    for row, (example, window) in enumerate(cut):
        size = window.end - window.start
        tags[row, 1 : size + 1] = torch.from_numpy(example.tags[window.start : window.end].astype(np.int64))
        quote = example.quote[window.start : window.end]
        for number in np.unique(quote[quote >= 0]):
            asking = torch.from_numpy(np.flatnonzero(quote == number) + 1)
            for relation, run in enumerate(example.links[number]):
                if run is None:
                    links[row, relation, asking, length] = True
                elif run[0] >= window.start and run[1] <= window.end:
                    columns = torch.arange(run[0] - window.start + 1, run[1] - window.start + 1)
                    links[row, relation, asking[:, None], columns[None, :]] = True
    return batch, Targets(tags, links)


def distort(batch: Batch, tokenizer: Any, dice: random.Random, masked: float, masked_names: float) -> Batch:
    """Vary what should not matter in a batch.

    A few words are hidden, names more often, since whose they are says nothing about the form of an attribution;
    quotation marks are written in another style; or their features are lost.

    Args:
        batch: The windows.
        tokenizer: Knows the ids of marks and of the mask.
        dice: For the marks; words are drawn by torch's generator.
        masked, masked_names: Share of the words, and of the capitalised words, that are hidden, in [0, 1].
    """
    ids, quoting = batch.ids.clone(), batch.quoting.clone()
    styles = [tokenizer.convert_tokens_to_ids(list(pair)) for pair in ('""', "“”", "‘’", "«»")]
    marks = torch.tensor(sorted({mark for pair in styles for mark in pair}))
    capitalized = (batch.shape == SHAPES.index("capitalized")) & (batch.layout == LAYOUT.index("within"))
    rate = torch.where(capitalized, masked_names, masked)
    hide = (torch.rand(ids.shape) < rate) & (batch.mask == 1) & ~torch.isin(ids, marks)
    hide[:, 0] = False
    ids[hide] = tokenizer.mask_token_id
    doubles = torch.tensor(styles[0] + styles[1])
    for row in range(len(ids)):
        fate = dice.random()
        if fate < 0.35:
            opening, closing = dice.choices(styles, weights=(3, 3, 3, 1))[0]
            for state, mark in (("opening", opening), ("closing", closing)):
                ids[row, (quoting[row] == QUOTING.index(state)) & torch.isin(ids[row], doubles)] = mark
            if opening == styles[2][0]:
                quoting[row, quoting[row] == QUOTING.index("inside")] = QUOTING.index("inside_single")
        elif fate < 0.40:
            quoting[row] = 0
    return replace(batch, ids=ids, quoting=quoting)
