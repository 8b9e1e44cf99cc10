"""Quotes in the texts of their articles: highlighted articles from rows, and the words around a quote.

A row holds the offsets of a quote and its pieces as one string. Where the pieces lie is found again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import get_args

from quotestance.io.pieces import occurrences, pieces_of, whole_words
from quotestance.render.wording import country_name
from quotestance.report.tables import QuoteRow
from quotestance.types import Article, Quote, QuoteKind, Span, Speaker, SpeakerKind, Stance

_AROUND = 300  # characters before and after a quote in which its cue and source are looked for
_CONTEXT = 160  # characters shown on either side of a quote
_IN_WORD = re.compile(r"\w\w")
_MOST_PLACES = 100  # of a quote in its context that are looked at
_PARAGRAPH = re.compile(r"\n\s*\n|[\r\n\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Highlighted:
    """An article with the quotes of its rows.

    Args:
        article: The article.
        anchors: Number of a row to the place of its quote in ``article.quotes``, from 0.
        lost: Rows whose quote does not stand at its offsets: the text is not the one that was scored.
    """

    article: Article
    anchors: dict[int, int]
    lost: tuple[QuoteRow, ...]


def highlight(article: Article, rows: Sequence[QuoteRow]) -> Highlighted:
    """Put the quotes of rows into the text of their article; quotes that it brings itself give their exact spans."""
    own: dict[tuple[int, ...], Quote] = {(quote.start, quote.end): quote for quote in article.quotes}
    own |= {(number, quote.start, quote.end): quote for number, quote in enumerate(article.quotes)}
    found = [(row, _quote(row, article.text, own)) for row in rows]
    placed = sorted(((row, quote) for row, quote in found if quote is not None), key=lambda pair: pair[0].number)
    quotes = tuple(quote for _, quote in placed)
    anchors = {row.number: place for place, (row, _) in enumerate(placed)}
    return Highlighted(article.replace(quotes=quotes), anchors, tuple(row for row, quote in found if quote is None))


def _quote(row: QuoteRow, text: str, own: Mapping[tuple[int, ...], Quote]) -> Quote | None:
    if row.start is None or row.end is None or not 0 <= row.start < row.end <= len(text):
        return None
    known = own.get((row.number, row.start, row.end)) or own.get((row.start, row.end))
    if known is not None and known.text == row.text:
        return replace(known, speaker=to_speaker(row) or known.speaker, stance=to_stance(row) or known.stance)
    content = tuple(pieces_of(row.text, text, row.start, row.end))
    if not content:
        return None
    return Quote(
        kind=next((kind for kind in get_args(QuoteKind) if kind == row.kind), "indirect"),
        content=content,
        cue=_nearest(row.cue, text, content),
        source=_nearest(row.source, text, content),
        speaker=to_speaker(row),
        stance=to_stance(row),
        confidence=row.confidence,
    )


def to_speaker(row: QuoteRow) -> Speaker | None:
    """Return the speaker of a row, with the name of the country; ``None`` where nobody is named or described."""
    if not (row.name or row.description or row.role):
        return None
    kind: SpeakerKind = next((one for one in get_args(SpeakerKind) if one == row.speaker_kind), "unnamed")
    country = country_name(row.country) if row.country else None
    return Speaker(row.name, kind, row.role, row.affiliation, country, row.description)


def to_stance(row: QuoteRow) -> Stance | None:
    """Return the stance of a row; a label without a probability counts as certain, as in gold."""
    if row.stance is None:
        return None
    rest = {label: p for label, p in row.probabilities.items() if label != row.stance}
    return Stance({row.stance: row.probabilities.get(row.stance, 1.0), **rest}, row.conditional)


def _nearest(words: str | None, text: str, content: Sequence[Span]) -> Span | None:
    """Return the occurrence of words outside a quote that stands nearest to it."""
    if not words:
        return None
    low, high = max(0, content[0].start - _AROUND), content[-1].end + _AROUND
    spans = [Span.of(text, *match.span()) for match in re.compile(whole_words(words)).finditer(text, low, high)]
    outside = [span for span in spans if all(span.end <= piece.start or span.start >= piece.end for piece in content)]
    return min(outside, key=lambda span: _distance(span, content), default=None)


def _distance(span: Span, content: Sequence[Span]) -> int:
    return min(max(piece.start - span.end, span.start - piece.end) for piece in content)


def context(row: QuoteRow, text: str | None) -> tuple[str, str]:
    """Return the words before and after a quote in its paragraph; empty where neither text nor table has them.

    >>> context(QuoteRow("a", 0, "direct", "No.", 6, 9), 'One.\\n"No.", he said.')
    ('"', '", he said.')
    """
    if text is not None and row.start is not None and row.end is not None and row.end <= len(text):
        before = text[max(0, row.start - _CONTEXT) : row.start]
        after = text[row.end : row.end + _CONTEXT]
        return _clipped_start(_PARAGRAPH.split(before)[-1], row.start), _clipped_end(_PARAGRAPH.split(after)[0])
    around = row.context or ""
    places = list(islice(occurrences(row.text, around), _MOST_PLACES))
    if not places:
        return "", ""
    whole = (place for place in places if _is_whole(around, place, place + len(row.text)))
    start = next(whole, places[0])
    return around[:start], around[start + len(row.text) :]


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a piece of a text parts no word."""
    return not any(_IN_WORD.match(text, edge - 1) for edge in (start, end) if edge)


def _clipped_start(words: str, start: int) -> str:
    if len(words) < _CONTEXT or start <= _CONTEXT:
        return words
    return f"…{words[words.find(' ') :]}" if " " in words else words


def _clipped_end(words: str) -> str:
    return f"{words[: words.rfind(' ')]} …" if len(words) == _CONTEXT and " " in words else words
