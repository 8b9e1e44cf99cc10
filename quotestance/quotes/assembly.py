"""Pieces of content become quotes: joined, given their source and cue, cut to their quotation marks.

This is where token indices become character spans of the untouched text.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

import numpy as np

from quotestance.logistic import logistic
from quotestance.quotes.decoding import Piece, Run
from quotestance.quotes.grouping import settle_joins
from quotestance.quotes.transcripts import find_turns, read_turns
from quotestance.reader.tokens import Tokens
from quotestance.text import Quotation
from quotestance.text.segments import LINE_END
from quotestance.types import Quote, QuoteKind, Span

_TRIM = " \t\n\r\u00a0,;:–—-"
_EMPTY = re.compile(r"\W*(?:(?:that|the|an?|of|to)\W*)?", re.IGNORECASE)  # what is left of a content with no word
_ANSWER = re.compile(r"A[:.]\s")
_DASH = re.compile(r"[.,!?…]?[\"'”’»]{0,2}\s{0,4}[—–―-]{1,2}\s?(?=[^\W\d_a-z])")
_DANGLING = re.compile(r"(?<=\w)[\s,]+(?:who|which|that|on|in|at|of|for|from|with|and)\Z", re.IGNORECASE)
_LED_BY = re.compile(r"(?P<word>that)\s+(?=\S)|(?P<and>and|but)\s+(?=[\"'“‘«])")
_COORDINATION = re.compile(r"\b(?:and|but|or|then)\s+(?:\w+ly\s+|also\s+|then\s+)?\Z")
_JOINT = 32  # characters in which "and" and an adverb stand before a verb
GAP_TO_MARK = 16  # characters of punctuation and space between words and the mark that they belong to
_CLOSING = "”’»›」』"


SettleJoins = Callable[[Tokens, Sequence[Piece]], list[Piece]]
"""Pieces of an article to the same pieces, joined where what stands beside them leaves no doubt."""


def assemble(
    tokens: Tokens, pieces: Sequence[Piece], settings: Mapping[str, float], settle: SettleJoins = settle_joins
) -> tuple[Quote, ...]:
    """Quotes of an article from its pieces of content, in the order of the text.

    Args:
        tokens: The article.
        pieces: Its pieces of content.
        settings: The decoder's thresholds, see :data:`quotestance.quotes.decoding.DECODING`.
        settle: Has its say over the link head, see :func:`quotestance.quotes.grouping.settle_joins`.
    """
    quoted = QuotedText(tokens.text, tokens.quotations)
    turns = find_turns(tokens)
    labels = {turn.label for turn in turns}
    quotes = []
    ordered = read_turns(tokens, turns, sorted(pieces, key=lambda piece: piece.run))
    for group in join(settle(tokens, list(_after_signatures(tokens, ordered))), settings["join"]):
        content = content_spans(tokens, quoted, group)
        if content:
            quotes.append(make_quote(tokens, quoted, group, content, labels, settings))
    return tuple(_with_subjects(tokens, sorted(quotes, key=lambda quote: (quote.start, quote.end))))


def _with_subjects(tokens: Tokens, quotes: Sequence[Quote]) -> Iterator[Quote]:
    """Give "..., adding that ..." and "... and warned ..." the source of the quote before it in its sentence."""
    before: tuple[int, Span] | None = None
    for quote in quotes:
        anchor = quote.source or quote.cue
        sentence = None if anchor is None else _sentence(tokens, anchor)
        shares_subject = quote.cue is not None and (
            _is_participle(quote.cue) or _is_coordinated(tokens.text, quote.cue)
        )
        if quote.source is None and shares_subject and before is not None and before[0] == sentence:
            quote = replace(quote, source=before[1])
        if quote.source is not None and sentence is not None:
            before = (sentence, quote.source)
        yield quote


def _is_participle(cue: Span) -> bool:
    return "".join(cue.text.split()[:1]).lower().endswith("ing")  # of blanks alone there is no first word


def _is_coordinated(text: str, cue: Span) -> bool:
    """Whether nothing but an adverb stands between "and" and a cue, which then has the subject of the verb before."""
    return _COORDINATION.search(text, max(0, cue.start - _JOINT), cue.start) is not None


def _sentence(tokens: Tokens, span: Span) -> int:
    return int(tokens.sentence[np.searchsorted(tokens.starts, np.int32(span.start))])


def join(pieces: Sequence[Piece], threshold: float) -> list[list[Piece]]:
    """Group pieces that are one quote: a piece joins the one that holds the token it points at."""
    starts = [piece.run[0] for piece in pieces]
    groups: list[list[Piece]] = []
    place: dict[int, int] = {}
    for number, piece in enumerate(pieces):
        target, share = piece.head
        other = bisect_right(starts, target) - 1
        if share > threshold and 0 <= other < number and target < pieces[other].run[1]:
            place[number] = place[other]
            groups[place[other]].append(piece)
        else:
            place[number] = len(groups)
            groups.append([piece])
    return groups


def _after_signatures(tokens: Tokens, pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Part from what stands before them the pieces that open a line after a signed quote."""
    end = 0
    for piece in pieces:
        start = int(tokens.starts[piece.run[0]])
        if end and _DASH.match(tokens.text, end) and LINE_END.search(tokens.text, end, start):
            piece = replace(piece, head=(piece.run[0], 0.0))
        end = int(tokens.ends[piece.run[1] - 1])
        yield piece


class QuotedText:
    """A text with its quotation marks, for asking what stands inside them.

    Args:
        text: The article's text.
        quotations: What :func:`quotestance.text.quotations` found in it.
    """

    def __init__(self, text: str, quotations: Iterable[Quotation]) -> None:
        self.text = text
        self.outer = [quotation for quotation in quotations if quotation.depth == 0]
        self._starts = [quotation.start for quotation in self.outer]

    def around(self, start: int, end: int) -> list[Quotation]:
        """Return the outermost quotations that share a character with ``start:end``."""
        first, last = max(0, bisect_right(self._starts, start) - 1), bisect_left(self._starts, end)
        return [quotation for quotation in self.outer[first:last] if quotation.end > start]

    def kind(self, content: Sequence[Span]) -> QuoteKind:
        """Whether all, some or none of the letters and digits of a content stand in quotation marks."""
        letters = quoted = 0
        for span in content:
            letters += sum(map(str.isalnum, span.text))
            for quotation in self.around(span.start, span.end):
                start, end = max(span.start, quotation.inner_start), min(span.end, quotation.inner_end)
                quoted += sum(map(str.isalnum, self.text[start:end]))
        if not quoted:
            return "indirect"
        return "direct" if quoted >= letters else "mixed"

    def fit(self, start: int, end: int) -> tuple[int, int]:
        """Cut ``start:end`` to what was said.

        A passage in marks of which it lacks nothing but punctuation and space is taken whole; marks that merely
        enclose it are left out, a mark whose partner stands inside is taken along; white space and loose punctuation
        go, and so does a leading "that", or an "and" before a mark, which belongs to the sentence around. Nothing is
        left of what holds no word.
        """
        start, end = self._trim(start, end)
        if not any(map(str.isalnum, self.text[start:end])):
            return start, start
        if (led := _LED_BY.match(self.text, start, end)) and not self.around(start, led.end(led.lastgroup or 0)):
            start = led.end()
        for quotation in self.around(start, end):
            if quotation.start <= start and self._is_bare(quotation.start, start):
                start = quotation.start
            if end <= quotation.end and self._is_bare(end, quotation.end):
                end = quotation.end
        for quotation in self.around(start, end):
            if quotation.start == start and quotation.end >= end:
                return self._trim(max(start, quotation.inner_start), min(end, quotation.inner_end), punctuation="")
            if quotation.end == end and quotation.start < start:
                end = quotation.inner_end
            elif quotation.start == start and not quotation.is_closed and quotation.end < end:
                start = quotation.inner_start
        return start, end

    def _is_bare(self, start: int, end: int) -> bool:
        return end - start <= GAP_TO_MARK and not any(map(str.isalnum, self.text[start:end]))

    def _trim(self, start: int, end: int, punctuation: str = _TRIM) -> tuple[int, int]:
        while start < end and (self.text[start].isspace() or self.text[start] in punctuation + _CLOSING + ".?!"):
            start += 1
        while start < end and (self.text[end - 1].isspace() or self.text[end - 1] in punctuation):
            end -= 1
        return start, end


def content_spans(tokens: Tokens, quoted: QuotedText, group: Sequence[Piece]) -> tuple[Span, ...]:
    """Cut the pieces of a quote to what was said; none is left where they hold no word."""
    spans: list[Span] = []
    for piece in group:
        start, end = quoted.fit(int(tokens.starts[piece.run[0]]), int(tokens.ends[piece.run[1] - 1]))
        start = max(start, spans[-1].end if spans else 0)
        if start < end and not _EMPTY.fullmatch(tokens.text, start, end):
            spans.append(Span.of(tokens.text, start, end))
    return tuple(spans)


def make_quote(
    tokens: Tokens,
    quoted: QuotedText,
    group: Sequence[Piece],
    content: tuple[Span, ...],
    labels: Set[Run],
    settings: Mapping[str, float],
) -> Quote:
    """Make a quote of its pieces.

    Args:
        tokens, quoted: The article, and its marks.
        group: The pieces.
        content: What is left of them.
        labels: Sources that label the turns of a transcript.
        settings: The decoder's thresholds, see :data:`quotestance.quotes.decoding.DECODING`.
    """
    sources = [piece.sources for piece in group]
    source, sure = _signature(tokens, content[-1].end, sources) or _choose(sources, group, settings["source"])
    cue, _ = _choose([piece.cues for piece in group], group, 0.5)
    weight = sum(piece.run[1] - piece.run[0] for piece in group)
    found = sum(piece.probability * (piece.run[1] - piece.run[0]) for piece in group) / weight
    return Quote(
        kind="direct" if source in labels else quoted.kind(content),  # the turns of a transcript need no marks
        content=content,
        cue=_span(tokens, cue),
        source=_named(tokens.text, _span(tokens, source)),
        confidence=confidence(found, sure, settings),
    )


def _signature(
    tokens: Tokens, end: int, votes: Sequence[Mapping[Run | None, float]]
) -> tuple[Run | None, float] | None:
    """Find the source that signs a quote ("...", a dash and a name), as in press releases, letters and lists."""
    dash = _DASH.match(tokens.text, end)
    if dash is None:
        return None
    signing = {run for shares in votes for run in shares if run is not None and tokens.starts[run[0]] == dash.end()}
    return next(((run, 1.0) for run in signing), None)


def _choose(
    votes: Sequence[Mapping[Run | None, float]], group: Sequence[Piece], against_none: float
) -> tuple[Run | None, float]:
    """Return the run that the pieces of a group point at most, weighted by their length, and its share."""
    total: dict[Run | None, float] = {}
    weight = sum(piece.run[1] - piece.run[0] for piece in group)
    for piece, shares in zip(group, votes, strict=True):
        for run, share in shares.items():
            total[run] = total.get(run, 0.0) + share * (piece.run[1] - piece.run[0]) / weight
    none = total.pop(None, 0.0)
    if not total:
        return None, none
    best = max(total, key=lambda run: total[run])
    odds = total[best] / max(1e-9, total[best] + none)
    return (best, total[best]) if odds >= against_none else (None, none)


def _named(text: str, source: Span | None) -> Span | None:
    """Return a source without a relative pronoun or preposition at its end; ``None`` for a mere article or mark.

    The "A:" of questions and answers is a source.
    """
    if source is None or (_EMPTY.fullmatch(source.text) and not _ANSWER.match(text, source.start)):
        return None
    dangling = _DANGLING.search(source.text)
    return Span.of(text, source.start, source.start + dangling.start()) if dangling else source


def _span(tokens: Tokens, run: Run | None) -> Span | None:
    if run is None:
        return None
    start, end = int(tokens.starts[run[0]]), int(tokens.ends[run[1] - 1])
    return Span.of(tokens.text, start, end)


def confidence(found: float, sure: float, settings: Mapping[str, float]) -> float:
    """Probability that content and source are right, by a logistic function fitted on held-out articles.

    Args:
        found: Mean probability of the content words.
        sure: Share of the pointing that the chosen source caught.
        settings: The decoder's thresholds, see :data:`quotestance.quotes.decoding.DECODING`.
    """
    score = settings["confidence_intercept"]
    for name, value in (("confidence_content", found), ("confidence_source", sure)):
        value = min(max(value, 1e-4), 1 - 1e-4)
        score += settings[name] * math.log(value / (1 - value))
    return logistic(score)
