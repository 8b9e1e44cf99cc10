"""Finding quotes: the attribution model run over articles, window by window, and again inside what is quoted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from quotestance.attribution import AttributionModel
from quotestance.checkpoints import load_model, load_tokenizer
from quotestance.decoding import DECODING, Piece, decode
from quotestance.inference import read_windows
from quotestance.quotes import assemble
from quotestance.relay import tell_media_apart
from quotestance.types import Article, Quote, Span
from quotestance.windows import Tokens, Window, plan_windows, tokenize

_WINDOWS_AT_ONCE = 16  # each is held with its links, 3 MB; bounds the memory that a huge article takes


@dataclass(frozen=True, slots=True)
class QuoteFinder:
    """The attribution model with its tokenizer and thresholds.

    Args:
        model: An :class:`~quotestance.attribution.AttributionModel` in evaluation mode.
        tokenizer: Its fast tokenizer.
        min_confidence: Quotes below it are left out, in [0, 1].
    """

    model: Any
    tokenizer: Any
    min_confidence: float = 0.0

    @classmethod
    def load(cls, name: str | Path, *, device: str = "cpu", min_confidence: float = 0.0) -> QuoteFinder:
        """Load a folder or hub checkpoint of an attribution model."""
        model = load_model(AttributionModel, name).to(device)
        return cls(model, load_tokenizer(name), min_confidence)

    @property
    def settings(self) -> Mapping[str, float]:
        """The decoder's thresholds: the checkpoint's own over the defaults."""
        return {**DECODING, **self.model.config.decoding}

    def find(self, articles: Sequence[Article]) -> list[Article]:
        """The articles with the quotes that their texts hold; quotes that were there before are replaced."""
        texts = [article.text for article in articles]
        tokens, found = self._read(texts)
        inner = [
            (owner, span)
            for owner, quotes in enumerate(found)
            for span in _with_quotations_inside(tokens[owner], quotes)
        ]
        _, nested = self._read([span.text for _, span in inner])
        for (owner, span), quotes in zip(inner, nested, strict=True):
            found[owner] += [_shifted(quote, span.start, texts[owner]) for quote in quotes if _is_sure(quote)]
        return [
            article.replace(quotes=tuple(sorted(self._confident(tell_media_apart(article.text, quotes)), key=_place)))
            for article, quotes in zip(articles, found, strict=True)
        ]

    def _read(self, texts: Sequence[str]) -> tuple[list[Tokens], list[list[Quote]]]:
        settings = self.settings
        tokens = [tokenize(text, self.tokenizer) for text in texts]
        pieces: list[list[Piece]] = [[] for _ in texts]
        for owners, windows in self._chunks(tokens):
            for owner, reading in zip(owners, read_windows(self.model, self.tokenizer, windows), strict=True):
                pieces[owner] += decode(reading, settings)
        return tokens, [list(assemble(own, found, settings)) for own, found in zip(tokens, pieces, strict=True)]

    def _chunks(self, tokens: Sequence[Tokens]) -> Iterator[tuple[list[int], list[tuple[Tokens, Window]]]]:
        config = self.model.config
        stream = (
            (owner, (own, window))
            for owner, own in enumerate(tokens)
            for window in plan_windows(own, length=config.window, before=config.before, after=config.after)
        )
        while chunk := list(islice(stream, _WINDOWS_AT_ONCE)):
            yield [owner for owner, _ in chunk], [item for _, item in chunk]

    def _confident(self, quotes: Iterable[Quote]) -> Iterator[Quote]:
        return (quote for quote in quotes if (quote.confidence or 0.0) >= self.min_confidence)


def _place(quote: Quote) -> tuple[int, int]:
    return quote.start, -quote.end


def _with_quotations_inside(tokens: Tokens, quotes: Iterable[Quote]) -> list[Span]:
    """The pieces of direct speech in which somebody is quoted in turn."""
    nested = [quotation.start for quotation in tokens.quotations if quotation.depth]
    spans = [span for quote in quotes if quote.kind != "indirect" for span in quote.content]
    return [span for span in spans if bisect_left(nested, span.start + 1) < bisect_left(nested, span.end)]


def _is_sure(quote: Quote) -> bool:
    """Whether a quotation inside another is speech with a source of its own, not a title or a scare quote."""
    return (
        quote.kind == "direct" and quote.source is not None and quote.cue is not None and (quote.confidence or 0) > 0.6
    )


def _shifted(quote: Quote, offset: int, text: str) -> Quote:
    """A quote of a piece of a text as a quote of the text."""

    def moved(span: Span) -> Span:
        return Span.of(text, span.start + offset, span.end + offset)

    return replace(
        quote,
        content=tuple(moved(span) for span in quote.content),
        cue=quote.cue and moved(quote.cue),
        source=quote.source and moved(quote.source),
        via=quote.via and moved(quote.via),
    )
