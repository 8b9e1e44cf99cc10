"""Quotes marked in a text, and the tokens of their parts: what a reader is asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from quotestance.reader.tokens import IntArray, Tokens
from quotestance.stance.logits import check_one_each
from quotestance.text import Extent, Segments
from quotestance.types import Article, Quote


@dataclass(frozen=True, slots=True)
class Marked:
    """A quote by its places in a text: the extents of its content, and those of source and cue where it has them."""

    content: tuple[Extent, ...]
    source: Extent | None = None
    cue: Extent | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """The tokens of a quote, or of a piece of one: sorted indices for each of its parts."""

    quote: int
    content: IntArray
    source: IntArray
    cue: IntArray


Text = tuple[str, Sequence[Marked], Collection[int] | None, Segments | None]
"""A text, its marked quotes, the numbers of those asked for (``None``: all), and its segments where they are known."""


def marked(quote: Quote) -> Marked:
    """Return the places of a quote: content, source and cue."""
    source, cue = (None if span is None else (span.start, span.end) for span in (quote.source, quote.cue))
    return Marked(tuple((span.start, span.end) for span in quote.content), source, cue)


def texts_of(
    articles: Sequence[Article],
    asked: Sequence[Collection[int]] | None = None,
    segments: Sequence[Segments] | None = None,
) -> list[Text]:
    """Articles with all their quotes marked; the arguments are those of ``classify_quotes``."""
    wanted = [None] * len(articles) if asked is None else asked
    known = [None] * len(articles) if segments is None else segments
    return [
        (article.text, [marked(quote) for quote in article.quotes], numbers, known_of)
        for article, numbers, known_of in zip(articles, wanted, known, strict=True)
    ]


def bare_texts(texts: Sequence[str], contexts: Sequence[str] | None = None) -> list[Text]:
    """Texts as one quote each, after what stands before them; the arguments are those of ``classify``.

    Raises:
        ValueError: There are not as many contexts as texts.
        TypeError: Texts are one text.
    """
    check_one_each(texts, contexts, "context")
    before = [""] * len(texts) if contexts is None else [f"{context} " if context else "" for context in contexts]
    return [
        (lead + text, [Marked(((len(lead), len(lead) + max(1, len(text))),))], None, None)
        for lead, text in zip(before, texts, strict=True)
    ]


def places_of(tokens: Tokens, quotes: Sequence[Marked], longest: int) -> Iterator[Places]:
    """Tokens of every quote, in pieces of at most ``longest`` from first to last; none of a quote without a token."""
    for number, quote in enumerate(quotes):
        content = np.unique(np.concatenate([_run(tokens, extent) for extent in quote.content]))
        source, cue = (_run(tokens, extent) for extent in (quote.source or (0, 0), quote.cue or (0, 0)))
        rest = content
        while len(rest):
            piece = rest[: int(np.searchsorted(rest, rest[0] + longest))]
            rest = rest[len(piece) :]
            yield Places(number, piece, source, cue)


def _run(tokens: Tokens, extent: Extent) -> IntArray:
    """Return the indices of the tokens that share a character with an extent."""
    first = int(np.searchsorted(tokens.ends, np.int32(extent[0]), side="right"))
    last = int(np.searchsorted(tokens.starts, np.int32(extent[1]), side="left"))
    return np.arange(first, max(first, last), dtype=np.int32)
