"""Quotes inside quotes: what the nested layer of the reader found becomes quotes of the article."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from quotestance.quotes.assembly import (
    GAP_TO_MARK,
    QuotedText,
    SettleJoins,
    assemble,
    content_spans,
    join,
    make_quote,
)
from quotestance.quotes.decoding import BestTags, Piece, Run, best_sequence, decode, whole_pieces
from quotestance.quotes.grouping import settle_joins
from quotestance.reader.inference import Reading
from quotestance.reader.tokens import Tokens
from quotestance.text import Extent, Quotation
from quotestance.types import Quote

_SAME = 0.5  # of the characters of two contents together, those that they share where they are one quote


Layers = tuple[list[Piece], list[Piece]]
"""Pieces of content of a window: of quotes, and of quotes inside quotes."""


def decode_layers(reading: Reading, settings: Mapping[str, float], best_tags: BestTags = best_sequence) -> Layers:
    """Decode the pieces of content that begin or go on in the home of a window: of quotes, and of quotes inside them.

    Args:
        reading: What the model says of the window.
        settings: The decoder's thresholds, see :data:`quotestance.quotes.decoding.DECODING`.
        best_tags: Chooses the tags of the words.
    """
    outer = decode(reading, settings, best_tags)
    if reading.nested is None:
        return outer, []
    own = {**settings, "content_bias": settings["nested_bias"], "quoted": math.inf}  # marks have no vote
    return outer, decode(reading.nested, own, best_tags)


def assemble_layers(
    tokens: Tokens,
    windows: Iterable[Layers],
    settings: Mapping[str, float],
    settle: SettleJoins = settle_joins,
) -> list[Quote]:
    """Quotes of an article, and those inside them, from what :func:`decode_layers` gave for its windows."""
    outer: list[Piece] = []
    nested: list[Piece] = []
    for own in windows:
        outer += own[0]
        nested += own[1]
    quotes = assemble(tokens, whole_pieces(outer), settings, settle)
    return [*quotes, *assemble_nested(tokens, whole_pieces(nested), quotes, settings)]


def assemble_nested(
    tokens: Tokens, pieces: Sequence[Piece], outer: Sequence[Quote], settings: Mapping[str, float]
) -> Iterator[Quote]:
    """Quotes inside quotes, from their pieces of content, in the order of the text.

    Each has a source and a cue of its own; what is a quote of the outer layer already is none.

    Args:
        tokens: The article.
        pieces: Pieces of content of the nested layer.
        outer: The quotes of the outer layer, in the order of the text.
        settings: The decoder's thresholds, see :data:`quotestance.quotes.decoding.DECODING`.
    """
    known = sorted((span.start, span.end) for quote in outer for span in quote.content)  # a quote may split another
    for group in join(sorted(pieces, key=lambda piece: piece.run), settings["join"]):
        quoted = QuotedText(tokens.text, _own_marks(tokens, group))
        content = content_spans(tokens, quoted, group)
        if not content or _stands(content[0].start, content[-1].end, known):
            continue
        quote = make_quote(tokens, quoted, group, content, frozenset(), settings)
        if quote.source is not None and quote.cue is not None:
            yield quote


def _own_marks(tokens: Tokens, group: Sequence[Piece]) -> list[Quotation]:
    """Return the passages in marks that are what a nested quote says, and not part of what its source stands in."""
    start, end = int(tokens.starts[group[0].run[0]]), int(tokens.ends[group[-1].run[1] - 1])
    first, last = (
        bisect_left(tokens.quotations, place, key=lambda other: other.start) for place in (start - GAP_TO_MARK, end)
    )
    anchors = [int(tokens.starts[run[0]]) for piece in group for run in (_likeliest(piece.sources, piece.cues))]
    own: list[Quotation] = []
    for quotation in tokens.quotations[first:last]:
        holds = any(quotation.start <= place < quotation.end for place in anchors)
        if not holds and (not own or quotation.start >= own[-1].end):
            own.append(replace(quotation, depth=0))
    return own


def _likeliest(*votes: Mapping[Run | None, float]) -> Iterator[Run]:
    """Yield the run that has the most of each vote, where one has any."""
    for shares in votes:
        best = max((run for run in shares if run is not None), key=lambda run: shares[run], default=None)
        if best is not None:
            yield best


def _stands(start: int, end: int, known: Sequence[Extent]) -> bool:
    """Whether an extent is much the same as one of those known, which are in order."""
    place = bisect_left(known, start - (end - start), key=itemgetter(0))
    for first, last in map(known.__getitem__, range(place, len(known))):
        if first >= end:
            return False
        shared = min(end, last) - max(start, first)
        if shared > _SAME * (max(end, last) - min(start, first)):
            return True
    return False
