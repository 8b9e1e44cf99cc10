"""Which pieces of content begin a quote of their own, where a cue and a source beside them leave no doubt.

A passage that a cue and a source stand right behind (``"One," said Tighe.``) is what that source said, whatever the
model links, and begins a quote where a new paragraph or another cue parts it from the piece before: two speakers in one
sentence, or in turns, are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from quotestance.decoding import Piece, Run
from quotestance.windows import Tokens

_CLOSED = re.compile(r"[,?!…—–-](?:''|[\"'”’»“‘])[ \u00a0]?")  # how a passage ends that goes on with its cue
_MARK = re.compile(r"[.,?!…—–-]?(?:''|[\"'”’»“‘])")
_BESIDE = re.compile(r",?\s?(?:\w+ly\s)?")  # between a cue and its source
_INTRODUCES = re.compile(r",?\s?(?:that\s)?[\"'“‘«]?")  # between them and what they introduce


def settle_joins(tokens: Tokens, pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces; those with a cue and a source behind them begin a quote and have these alone.

    What was joined to such a piece stays with it.

    Args:
        tokens: The article.
        pieces: Its pieces of content, in the order of the text.
    """
    moved: dict[int, int] = {}  # the first token of what now begins a quote, by the head that it had
    settled = []
    for number, piece in enumerate(pieces):
        following = pieces[number + 1].run[0] if number + 1 < len(pieces) else len(tokens)
        own = _own(tokens, piece, following)
        is_first = piece.head[0] >= piece.run[0] or not piece.head[1]
        if own is None or not (is_first or _is_apart(tokens, pieces[number - 1], piece)):
            settled.append(replace(piece, head=(moved.get(piece.head[0], piece.head[0]), piece.head[1])))
            continue
        if not is_first:
            moved[piece.head[0]] = piece.run[0]
        source, cue = own
        settled.append(replace(piece, head=(piece.run[0], 0.0), sources={source: 1.0}, cues={cue: 1.0}))
    return settled


def _is_apart(tokens: Tokens, before: Piece, piece: Piece) -> bool:
    """Whether a closing mark, and then a new paragraph or a cue, stand between two pieces."""
    start, end = int(tokens.ends[before.run[1] - 1]), int(tokens.starts[piece.run[0]])
    if not (_MARK.match(tokens.text, start) or _MARK.match(tokens.text, max(0, start - 1))):
        return False
    cues = [run for run in piece.cues if run is not None and before.run[1] <= run[0] and run[1] <= piece.run[0]]
    return "\n" in tokens.text[start:end] or bool(cues)


def _own(tokens: Tokens, piece: Piece, following: int) -> tuple[Run, Run] | None:
    """The source and the cue right behind a passage in marks, before the next piece."""
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
