"""Which pieces of content begin a quote of their own or go on with one, where what stands beside them leaves no doubt.

A passage that a cue and a source stand right behind (``"One," said Tighe.``) is what that source said, whatever the
model links, and begins a quote where a new paragraph or another cue parts it from the piece before: two speakers in one
sentence, or in turns, are told apart. So does a passage that has a cue right before it, the second between it and the
piece before (``"One," said Tighe, and Orto asked, "Where?"``). A passage that goes on in lower case and in mid-sentence
after one that ends in a comma is the same quote. PolNeAR's annotators agree in 67 of 67 and in 65 of 69 such places
(``training/attribution/rules.py``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from quotestance.quotes.decoding import Piece, Run
from quotestance.reader.tokens import Tokens
from quotestance.text.segments import LINE_END, LINE_ENDS

_CLOSED = re.compile(r"[,?!…—–-](?:''|[\"'”’»“‘])[ \u00a0]?")  # how a passage ends that goes on with its cue
_MARK = re.compile(r"[.,?!…—–-]?(?:''|[\"'”’»“‘])")
_BESIDE = re.compile(r",?\s?(?:\w+ly\s)?")  # between a cue and its source
_INTRODUCES = re.compile(r",?\s?(?:that\s)?[\"'“‘«]?")  # between them and what they introduce
_ADDRESSED = re.compile(r"(?:\s(?:her|him|them|me|us|it|reporters|[A-Z]\w+))?[,:]?\s?(?:''|[\"'“‘«])?")
_PARTED = re.compile(rf"[,.?!…—–-]?(?:''|[\"'”’»])[^{LINE_ENDS}]*(?:''|[\"'“‘«])")  # two passages in marks on one line
_HALVED = re.compile(  # halves of a sentence
    rf"(?:,(?:''|[\"'”’»])|(?:''|[\"'”’»]),)[^{LINE_ENDS}]{{,160}},\s(?:''|[\"'“‘«])"
)
_LAST_MARKS = re.compile(r"[,.?!…—–\"'”’»“‘«\s-]{,8}\Z")
_FIRST_MARKS = re.compile(r"[\"'”’»“‘«\s]{,4}")
_MARKS_WIDTH = 8  # characters in which punctuation and marks stand


def settle_joins(tokens: Tokens, pieces: Sequence[Piece]) -> list[Piece]:
    """Make pieces with a cue and a source behind them, or a second cue before them, begin a quote with these.

    What was joined to such a piece stays with it. A piece that goes on in mid-sentence joins the one before.

    Args:
        tokens: The article.
        pieces: Its pieces of content, in the order of the text.
    """
    moved: dict[int, int] = {}  # the first token of what now begins a quote, by the head that it had
    settled = []
    for number, piece in enumerate(pieces):
        beginning = _beginning(tokens, pieces, number)
        if beginning is None:
            head, share = _first_half(tokens, pieces, number) or piece.head
            settled.append(replace(piece, head=(moved.get(head, head), share)))
            continue
        if piece.head[0] < piece.run[0]:
            moved[piece.head[0]] = piece.run[0]
        settled.append(beginning)
    return settled


def _beginning(tokens: Tokens, pieces: Sequence[Piece], number: int) -> Piece | None:
    """Return a piece that certainly begins a quote as its head, with the source and the cue that are certain."""
    piece = pieces[number]
    before = pieces[number - 1] if number else None
    own = _own(tokens, piece, pieces[number + 1].run[0] if number + 1 < len(pieces) else len(tokens))
    is_first = piece.head[0] >= piece.run[0] or not piece.head[1]
    if own is not None and (is_first or before is None or _is_apart(tokens, before, piece)):
        return replace(piece, head=(piece.run[0], 0.0), sources={own[0]: 1.0}, cues={own[1]: 1.0})
    cue = None if before is None else _introduction(tokens, before, piece)
    if cue is None:
        return None
    subject = next((run for run in piece.sources if run is not None and _beside(tokens, run, [cue])), None)
    sources: dict[Run | None, float] = piece.sources if subject is None else {subject: 1.0}
    return replace(piece, head=(piece.run[0], 0.0), sources=sources, cues={cue: 1.0})


def _first_half(tokens: Tokens, pieces: Sequence[Piece], number: int) -> tuple[int, float] | None:
    """Find the head of a passage that goes on with another's sentence, at most one piece between them."""
    halves = pieces[max(0, number - 2) : number]
    return next(((half.run[0], 1.0) for half in halves if _goes_on(tokens, half, pieces[number])), None)


def _introduction(tokens: Tokens, before: Piece, piece: Piece) -> Run | None:
    """Find the cue right before a passage, if it is not the only one between it and another on its line."""
    cues = sorted(_behind(piece.cues, before, piece.run[0]))
    if len(cues) < 2 or not _PARTED.fullmatch(tokens.text, *_gap(tokens, before, piece)):
        return None
    words = _ADDRESSED.match(tokens.text, int(tokens.ends[cues[-1][1] - 1]))
    return cues[-1] if words is not None and words.end() >= tokens.starts[piece.run[0]] else None


def _goes_on(tokens: Tokens, before: Piece, piece: Piece) -> bool:
    """Whether a passage goes on with the sentence of another that stops at a comma for its cue."""
    if tokens.sentence[before.run[1] - 1] != tokens.sentence[piece.run[0]]:
        return False
    start, end = _gap(tokens, before, piece)
    return tokens.text[end : end + 1].islower() and _HALVED.fullmatch(tokens.text, start, end) is not None


def _gap(tokens: Tokens, before: Piece, piece: Piece) -> tuple[int, int]:
    """From the last word of a piece to the first of another: offsets of what stands between, with its marks."""
    start, end = int(tokens.ends[before.run[1] - 1]), int(tokens.starts[piece.run[0]])
    last, first = (
        _LAST_MARKS.search(tokens.text, max(0, start - _MARKS_WIDTH), start),
        _FIRST_MARKS.match(tokens.text, end),
    )
    return (last.start() if last else start), (first.end() if first else end)


def _is_apart(tokens: Tokens, before: Piece, piece: Piece) -> bool:
    """Whether a closing mark, and then a new paragraph or a cue, stand between two pieces."""
    start, end = int(tokens.ends[before.run[1] - 1]), int(tokens.starts[piece.run[0]])
    if not (_MARK.match(tokens.text, start) or _MARK.match(tokens.text, max(0, start - 1))):
        return False
    return LINE_END.search(tokens.text, start, end) is not None or bool(_behind(piece.cues, before, piece.run[0]))


def _own(tokens: Tokens, piece: Piece, following: int) -> tuple[Run, Run] | None:
    """Find the source and the cue right behind a passage in marks, before the next piece."""
    end = int(tokens.ends[piece.run[1] - 1])
    closed = _CLOSED.match(tokens.text, end) or _CLOSED.match(tokens.text, end - 1)
    if closed is None:
        return None
    sources, cues = (_behind(runs, piece, following) for runs in (piece.sources, piece.cues))
    for first, second in ((sources, cues), (cues, sources)):
        for run in first:
            other = _beside(tokens, run, second) if tokens.starts[run[0]] == closed.end() else None
            if other is not None and not _introduces(tokens, other, following):
                return (run, other) if first is sources else (other, run)
    return None


def _behind(runs: dict[Run | None, float], piece: Piece, following: int) -> list[Run]:
    return [run for run in runs if run is not None and piece.run[1] <= run[0] and run[1] <= following]


def _beside(tokens: Tokens, run: Run, others: Sequence[Run]) -> Run | None:
    """Which of the others begins right behind a run."""
    gap = _BESIDE.match(tokens.text, int(tokens.ends[run[1] - 1]))
    return next((other for other in others if gap and tokens.starts[other[0]] == gap.end()), None)


def _introduces(tokens: Tokens, run: Run, following: int) -> bool:
    """Whether the next piece stands right behind a run, so that it is what cue and source are about."""
    if following >= len(tokens):
        return False
    gap = _INTRODUCES.match(tokens.text, int(tokens.ends[run[1] - 1]))
    return gap is not None and gap.end() >= int(tokens.starts[following])
