"""Turns of a transcript: lines that open with who speaks, "WALLACE: ...", "Mr. PENCE. ...", "Q: ...".

What the label says is certain where the model only guesses: in a text with at least two such lines, a turn's words are
one speaker's, the label is their source, and no turn is one quote with another. Where most turns read as speech, all
are, to the end of their lines (in a hard-wrapped text, of their paragraphs). A paragraph in marks that goes on from a
turn left open is part of it. Datelines ("KABUL: ...") and headings open no turn.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from quotestance.countries import country_code, region_code, seat_code, state_name
from quotestance.quotes.decoding import Piece, Run
from quotestance.reader.tokens import Tokens
from quotestance.text.lexicon import lexicon
from quotestance.text.segments import LINE_ENDS

_BLANK = rf"[^\S{LINE_ENDS}]"
_TITLE = rf"(?:(?:Mr|Mrs|Ms|Dr|Sen|Rep)\.{_BLANK})"
_UPPER = "".join(char for char in map(chr, range(0x250)) if char.isupper())
_CAPITALS = rf"[{_UPPER}][{_UPPER}'’-]+(?:\.?{_BLANK}[{_UPPER}0-9][{_UPPER}0-9'’-]*){{0,4}}"
_LABEL = re.compile(
    rf"(?<![^{LINE_ENDS}]){_BLANK}{{0,8}}[\"“”]?(?:"
    rf"(?P<speaker>{_TITLE}?{_CAPITALS}(?:, [a-z][a-z ]{{2,24}})?):"
    rf"|(?P<titled>(?:{_TITLE}|(?:The|THE){_BLANK}){_CAPITALS})\."
    r"|(?P<letter>[QA])[:.]"
    r")(?=\s)"
)
_LEAST_TURNS = 2
_MOST_SPACES = 8  # characters between a label and the marks that its line opens with
_COMPLETED = 0.6  # probability given to the words of a turn that did not read as speech by itself
_MOST_SILENT = 0.5  # share of the turns below which those that do not read as speech count as speech too


@dataclass(frozen=True, slots=True)
class Turn:
    """Token indices of a turn: its first, and the runs of its label, the mark behind that, and its line's speech."""

    start: int
    label: Run
    mark: Run
    speech: Run


def find_turns(tokens: Tokens) -> list[Turn]:
    """Find the labelled lines of a text, in order; none where there are fewer than two."""
    turns: list[tuple[str, Turn]] = []
    labels = list(_LABEL.finditer(tokens.text))
    limits = [*(label.start() for label in labels[1:]), len(tokens.text)]
    for found, limit in zip(labels, limits, strict=False):
        start, end = found.span(found.lastgroup or 0)
        stop = min(limit, _paragraph_end(tokens, start))
        label = " ".join(found[found.lastgroup or 0].split())
        if label in lexicon("no_speaker_labels.txt") or _says_who(tokens, found.end(), stop):
            continue
        offsets = (found.start(), start, end, found.end(), stop)
        begin, first, mark, speech, last = (int(np.searchsorted(tokens.starts, np.int32(one))) for one in offsets)
        if first < mark < speech < last:
            turns.append((label, Turn(begin, (first, mark), (mark, speech), (speech, last))))
    labelled = Counter(label for label, _ in turns)
    places = {label for label in labelled if _is_dateline(label)}
    is_talk = len(places) < len(labelled) or _alternate([label for label, _ in turns])
    spoken = [turn for label, turn in turns if label not in places or (is_talk and labelled[label] > 1)]
    return spoken if len(spoken) >= _LEAST_TURNS else []


def _alternate(labels: Sequence[str]) -> bool:
    """Whether labels are those of states that speak in turn, as datelines are not: each comes back after another."""
    is_other = all(one != following for one, following in pairwise(labels))
    return is_other and min(Counter(labels).values(), default=0) > 1


def _is_dateline(label: str) -> bool:
    """Whether a label is a place or an agency; "JORDAN" may be somebody, who then speaks more than once."""
    is_region = bool(country_code(label) or seat_code(label) or region_code(label))
    return is_region or (state_name(label) or "").upper() == label or label in lexicon("datelines.txt")


def _says_who(tokens: Tokens, start: int, stop: int) -> bool:
    """Whether a passage in marks opens a line and more follows: ``KYIV: "We will fight," said Ann Lee.``"""
    place = bisect_left(tokens.quotations, start, key=lambda quotation: quotation.start)
    if place == len(tokens.quotations) or not tokens.quotations[place].is_closed:
        return False
    quotation = tokens.quotations[place]
    if quotation.start - start > _MOST_SPACES or tokens.text[start : quotation.start].strip():
        return False
    rest = tokens.text[quotation.end : stop]
    goes_on = tokens.text[quotation.inner_end - 1] in ",?!…—" or rest.startswith(",")
    return goes_on and any(map(str.isalnum, rest))


def _paragraph_end(tokens: Tokens, start: int) -> int:
    """Return where the paragraph ends in which the word at an offset stands."""
    number = tokens.paragraph[np.searchsorted(tokens.starts, np.int32(start))]
    return int(tokens.ends[np.searchsorted(tokens.paragraph, number, side="right") - 1])


def read_turns(tokens: Tokens, turns: Sequence[Turn], pieces: Sequence[Piece]) -> list[Piece]:
    """Cut pieces of content where a turn begins, with its label for a source; other pieces stay as they are.

    Args:
        tokens: The article.
        turns: What :func:`find_turns` found in it.
        pieces: In the order of the text.
    """
    if not turns:
        return list(pieces)
    begins = [turn.start for turn in turns]
    cut = [part for piece in pieces for part in _cut(piece, turns, begins)]
    starts = [piece.run[0] for piece in cut]
    silent = [turn for turn in turns if not _is_spoken(turn, cut, starts)]
    if len(silent) < _MOST_SILENT * len(turns):
        cut = list(_whole_lines(turns, cut))
    return list(_with_paragraphs(tokens, sorted(cut, key=lambda piece: piece.run), {turn.speech[0] for turn in turns}))


def _with_paragraphs(tokens: Tokens, pieces: Iterable[Piece], spoken: Set[int]) -> Iterator[Piece]:
    """Join a paragraph that goes on from a turn whose marks are still open to that turn."""
    marks = [place for q in tokens.quotations if q.continues for place in (q.start, q.inner_start)]
    begins = set(np.searchsorted(tokens.starts, np.asarray(marks, dtype=np.int32)).tolist())
    turn: Piece | None = None
    for piece in pieces:
        if piece.run[0] in spoken:
            turn = piece
        elif piece.run[0] not in begins:
            turn = None
        elif turn is not None:
            piece = replace(turn, run=piece.run, probability=piece.probability, head=(turn.run[0], 1.0))
        yield piece


def _cut(piece: Piece, turns: Sequence[Turn], begins: Sequence[int]) -> Iterator[Piece]:
    """Cut a piece into what stands before the first turn that begins in it, and a part for each such turn."""
    start, end = piece.run
    first = bisect_left(begins, start)
    if first and start <= turns[first - 1].speech[0]:  # it opens with the label's rest or right behind it
        first -= 1
    inside = turns[first : bisect_left(begins, end)]
    if not inside:
        yield piece
        return
    if start < inside[0].start:
        yield replace(piece, run=(start, inside[0].start))
    for turn, following in zip(inside, [*inside[1:], None], strict=True):
        last = end if following is None else min(end, following.start)
        if turn.speech[0] < last:
            yield _turn_piece(turn, piece.probability, last)


def _whole_lines(turns: Sequence[Turn], pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Keep the pieces outside the lines of turns, and make each line, with what it runs on into, one piece."""
    starts = [piece.run[0] for piece in pieces]
    outside = 0
    for turn in turns:
        first, last = bisect_left(starts, turn.speech[0]), bisect_left(starts, turn.speech[1])
        yield from pieces[outside:first]
        inside, outside = pieces[first:last], last
        sure = max((piece.probability for piece in inside), default=_COMPLETED)
        yield _turn_piece(turn, sure, max([turn.speech[1], *(piece.run[1] for piece in inside)]))
    yield from pieces[outside:]


def _turn_piece(turn: Turn, probability: float, end: int) -> Piece:
    run = (turn.speech[0], end)
    return Piece(run, probability, (run[0], 0.0), {turn.label: 1.0, None: 0.0}, {turn.mark: 1.0, None: 0.0})


def _is_spoken(turn: Turn, pieces: Sequence[Piece], starts: Sequence[int]) -> bool:
    """Whether at least half of a turn's words are content."""
    start, end = turn.speech
    first = max(0, bisect_right(starts, start) - 1)
    covered = 0
    for piece in pieces[first : bisect_left(starts, end)]:
        covered += max(0, min(end, piece.run[1]) - max(start, piece.run[0]))
    return 2 * covered >= end - start
