"""Finding quotes: the attribution model run over articles, window by window, and again inside what is quoted."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from quotestance.batching import Precision, dtype_of
from quotestance.checkpoints import TRIAL, check_outputs, loading
from quotestance.errors import CheckpointError
from quotestance.folders import is_number
from quotestance.quotes.decoding import DECODING, PROBABILITIES
from quotestance.quotes.media import tell_media_apart
from quotestance.quotes.nested import Layers, assemble_layers, decode_layers
from quotestance.reader.inference import Reading, read_windows
from quotestance.reader.loading import load_reader
from quotestance.reader.tokens import Tokens, Window, plan_windows, tokenize
from quotestance.text import Segments
from quotestance.types import Article, Quote, Span, check_threshold, place_of

Observer = Callable[[int, Reading], None]
"""Told the number of an article and what the model says of a window of it."""

_SURE = 0.5  # confidence above which a quote inside a quote is kept
_LEAST_WORDS = 4  # of what is not the name of a show or a slogan
_ENDS = (",", ".", "?", "!", "…", "—")  # with which a sentence or its part before a cue ends inside the marks
_WINDOWS_AT_ONCE = 32  # each is held with its links, 1 MB; bounds the memory that a huge article takes


@dataclass(frozen=True, slots=True)
class QuoteFinder:
    """The attribution model with its tokenizer and thresholds.

    Args:
        model: A :class:`~quotestance.reader.model.PlainReader`, or an
            :class:`~quotestance.reader.pretrained.AttributionModel` in evaluation mode.
        tokenizer: Its fast tokenizer.
        min_confidence: Quotes below it are left out, in [0, 1]; None: where the checkpoint says (its
            ``config.decoding``), else none.
        precision: What the model computes in; see :func:`quotestance.batching.computing`.

    Raises:
        ValueError: ``min_confidence`` is not in [0, 1].
    """

    model: Any
    tokenizer: Any
    min_confidence: float | None = None
    precision: Precision = "auto"

    def __post_init__(self) -> None:
        if self.min_confidence is not None:
            check_threshold("min_confidence", self.min_confidence)

    @classmethod
    def load(
        cls,
        name: str | Path,
        *,
        device: str = "cpu",
        min_confidence: float | None = None,
        precision: Precision = "auto",
    ) -> QuoteFinder:
        """Load an attribution model.

        Args:
            name: Folder or hub name of its checkpoint.
            device: A torch device ("cpu", "cuda").
            min_confidence: Quotes below it are left out, in [0, 1]; None: where the checkpoint says.
            precision: What the model computes in; see :func:`quotestance.batching.computing`.

        Raises:
            CheckpointError: The checkpoint is missing, incomplete or of the wrong kind, or a setting in its config is.
            ValueError: ``min_confidence`` is not in [0, 1].
        """
        dtype = dtype_of(torch.device(device), precision)
        model, tokenizer = load_reader(name, device=device, dtype=dtype)
        _check_probabilities(name, model)
        _try_out(name, model, tokenizer)
        return cls(model, tokenizer, min_confidence, precision)

    @property
    def reads_people(self) -> bool:
        """Whether the model tells who is named, and whom sources stand for."""
        return bool(self.model.config.reads_people)

    @property
    def reads_stance(self) -> bool:
        """Whether the model notes what the stance of quotes is told from."""
        return bool(self.model.config.reads_stance)

    @property
    def settings(self) -> Mapping[str, float]:
        """The decoder's thresholds: the checkpoint's own over the defaults."""
        return {**DECODING, **self.model.config.decoding}

    def find(
        self,
        articles: Sequence[Article],
        segments: Sequence[Segments] | None = None,
        observe: Observer | None = None,
        *,
        notes_stance: bool = False,
    ) -> list[Article]:
        """Find the quotes that the texts of articles hold, in the order of the text.

        Every quote has its content, kind and confidence, and cue, source and via where there are any; quotes that were
        there before are replaced.

        Args:
            articles: Articles at any stage.
            segments: Those of every text, where they are known.
            observe: Called with the number of an article and what the model says of each window of it, in order.
            notes_stance: Whether that holds what a reader of stance notes.
        """
        texts = [article.text for article in articles]
        segments = segments or [Segments.of(text) for text in texts]
        tokens, found = self._read(texts, segments, observe, notes_stance=notes_stance)
        if not self.model.config.reads_nested:
            self._read_again(tokens, found)
        return [
            article.replace(
                quotes=tuple(sorted(self._confident(tell_media_apart(article.text, quotes, own)), key=place_of))
            )
            for article, quotes, own in zip(articles, found, segments, strict=True)
        ]

    def _read_again(self, tokens: Sequence[Tokens], found: Sequence[list[Quote]]) -> None:
        """Add the direct speech that stands in marks inside direct speech, by reading that by itself."""
        inner = [
            (owner, span)
            for owner, quotes in enumerate(found)
            for span in _with_quotations_inside(tokens[owner], quotes)
        ]
        pieces = [span.text for _, span in inner]
        nested_tokens, nested = self._read(pieces, [Segments.of(piece) for piece in pieces])
        for (owner, span), own, quotes in zip(inner, nested_tokens, nested, strict=True):
            speech = filter(None, (_speech(own, quote) for quote in quotes))
            found[owner].extend(_shifted(quote, span.start, tokens[owner].text) for quote in speech)

    def observe(self, article: Article, observe: Observer) -> None:
        """Read an article whose quotes are known, its sources asked whom they stand for."""
        sources = [quote.source for quote in article.quotes if quote.source is not None]
        tokens = tokenize(article.text, self.tokenizer).asking((span.start, span.end) for span in sources)
        for _, windows in self._chunks([tokens]):
            for reading in self._readings(windows):
                observe(0, reading)

    def _read(
        self,
        texts: Sequence[str],
        segments: Sequence[Segments],
        observe: Observer | None = None,
        *,
        notes_stance: bool = False,
    ) -> tuple[list[Tokens], list[list[Quote]]]:
        settings = self.settings
        tokens = [tokenize(text, self.tokenizer, own) for text, own in zip(texts, segments, strict=True)]
        pieces: list[list[Layers]] = [[] for _ in texts]
        for owners, windows in self._chunks(tokens):
            for owner, reading in zip(owners, self._readings(windows, notes_stance=notes_stance), strict=True):
                pieces[owner].append(decode_layers(reading, settings))
                if observe is not None:
                    observe(owner, reading)
        return tokens, [assemble_layers(own, found, settings) for own, found in zip(tokens, pieces, strict=True)]

    def _readings(self, windows: Sequence[tuple[Tokens, Window]], *, notes_stance: bool = False) -> list[Reading]:
        return read_windows(self.model, self.tokenizer, windows, precision=self.precision, notes_stance=notes_stance)

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
        least = self.settings["min_confidence"] if self.min_confidence is None else self.min_confidence
        return (quote for quote in quotes if (quote.confidence or 0.0) >= least)


def _check_probabilities(name: str | Path, model: Any) -> None:
    """Check the decoder's thresholds that are probabilities, where a mistake would spoil every article."""
    found = {key: model.config.decoding[key] for key in sorted(PROBABILITIES & model.config.decoding.keys())}
    if faults := [key for key, value in found.items() if not is_number(value, 0, 1)]:
        told = "; ".join(f"decoding.{key} is {found[key]!r}, where a probability belongs" for key in faults)
        raise CheckpointError(f"The attribution model {str(name)!r} has a config.json that is not sound: {told}.")


def _try_out(name: str | Path, model: Any, tokenizer: Any) -> None:
    """Read a short text, so that a checkpoint that cannot is told from one that can before there are articles."""
    with loading("an attribution model that runs", name):
        tokens = tokenize(TRIAL, tokenizer)
        whole = Window(0, len(tokens), 0, len(tokens))
        (reading,) = read_windows(model, tokenizer, [(tokens, whole)])
        check_outputs(name, reading.tags, reading.links)


def _with_quotations_inside(tokens: Tokens, quotes: Iterable[Quote]) -> list[Span]:
    """Find the pieces of direct speech in which somebody is quoted in turn."""
    nested = [quotation.start for quotation in tokens.quotations if quotation.depth]
    spans = [span for quote in quotes if quote.kind != "indirect" for span in quote.content]
    return [span for span in spans if bisect_left(nested, span.start + 1) < bisect_left(nested, span.end)]


def _speech(tokens: Tokens, quote: Quote) -> Quote | None:
    """Return what is quoted inside a quote, if it is speech with its own source, not a title or scare quote.

    Around it everything is speech, of the outer speaker, so that of a mixed quote only passages in marks are left.
    """
    if quote.source is None or quote.cue is None or (quote.confidence or 0) <= _SURE or quote.kind == "indirect":
        return None
    if quote.kind == "direct":
        return quote
    passages = tuple(
        Span.of(tokens.text, passage.inner_start, passage.inner_end)
        for passage in tokens.quotations
        if not passage.depth and any(piece.start <= passage.inner_start < piece.end for piece in quote.content)
    )
    is_speech = passages and all(_is_sentence(span.text) for span in passages)
    return replace(quote, kind="direct", content=passages) if is_speech else None


def _is_sentence(words: str) -> bool:
    return words[:1].isupper() and words[-1:] in _ENDS and len(words.split()) >= _LEAST_WORDS


def _shifted(quote: Quote, offset: int, text: str) -> Quote:
    """Turn a quote of a piece of a text into a quote of the text."""

    def moved(span: Span) -> Span:
        return Span.of(text, span.start + offset, span.end + offset)

    return replace(
        quote,
        content=tuple(moved(span) for span in quote.content),
        cue=quote.cue and moved(quote.cue),
        source=quote.source and moved(quote.source),
        via=quote.via and moved(quote.via),
    )
