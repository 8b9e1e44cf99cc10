"""From what the model says of a window to pieces of content, each with its source, its cue and its quote.

The tags are decoded over words with the Viterbi algorithm under the rule that an inside tag follows its own kind.
Quotation marks vote as a block: a passage in marks whose words read as content on average is content as a whole, so
that direct speech ends where its marks do. A mark that was never closed has no vote.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from quotestance.batching import FloatArray
from quotestance.reader.inference import Reading
from quotestance.reader.model import RELATIONS, TAGS
from quotestance.reader.runs import viterbi, word_scores, word_starts
from quotestance.reader.tokens import IntArray
from quotestance.text import Quotation

Run = tuple[int, int]
"""Half-open token indices in the article."""

DECODING: Mapping[str, float] = {
    "content_bias": 0.0,  # added to the log-odds of content
    "quoted": 0.5,  # mean content probability from which a passage in quotation marks is content
    "join": 0.5,  # probability from which two pieces are one quote
    "source": 0.5,  # odds against "none" from which a source is given
    "nested_bias": 0.0,  # added to the log-odds of content of a quote inside a quote
    "min_confidence": 0.0,  # confidence below which a quote is left out, where the caller does not say
    "confidence_intercept": 0.0,  # the logistic function of the confidence
    "confidence_content": 0.5,
    "confidence_source": 0.5,
    "speaker_intercept": 0.0,  # the logistic function of a speaker's confidence, of the log-odds of the answer
    "speaker_slope": 1.0,
}
"""Defaults of the decoder's thresholds; a checkpoint's ``config.decoding`` overrides them."""

PROBABILITIES = frozenset(("quoted", "join", "min_confidence"))
"""Those of them that are in [0, 1]."""

_IMPOSSIBLE = -1e4
_LABEL = 0.2  # content probability below which the first words of a passage in marks are no part of it
_CONTENT = (TAGS.index("B-content"), TAGS.index("I-content"))


@dataclass(slots=True)
class Piece:
    """A contiguous piece of content and where the model points from it.

    Args:
        run: Its tokens.
        probability: Mean probability of its words being content.
        head: Token index that the piece points at as the first of its quote, and how surely.
        sources, cues: Candidate runs with their share of the pointing; ``None`` is the share of "none".
        is_rest: It begins before the home of its window, and is no more than the rest of a piece that was cut.
        may_be_rest: It may be that: it begins there, or with its window, and not with the text.
        is_cut: It runs to the end of its window, and the text goes on.
    """

    run: Run
    probability: float
    head: tuple[int, float]
    sources: dict[Run | None, float] = field(default_factory=dict)
    cues: dict[Run | None, float] = field(default_factory=dict)
    is_rest: bool = False
    may_be_rest: bool = False
    is_cut: bool = False


BestTags = Callable[[FloatArray], IntArray]
"""Log-probabilities ``(n, 7)`` of the tags of words to one tag for each, ``(n,)``."""


def best_sequence(scores: FloatArray, learned: FloatArray | None = None) -> IntArray:
    """Find the best tags ``(n,)`` for log-probabilities ``(n, 7)`` in which no inside tag follows another kind.

    Args:
        scores: Of every word.
        learned: Scores of a tag after another, ``(7, 7)``, beside that rule.
    """
    return viterbi(scores, TAGS, learned)


def decode(reading: Reading, settings: Mapping[str, float], best_tags: BestTags = best_sequence) -> list[Piece]:
    """Decode the pieces of content that begin in the home of a window, or go on there from before it.

    What goes on is for :func:`whole_pieces`.

    Args:
        reading: What the model says of the window.
        settings: The decoder's thresholds, see :data:`DECODING`.
        best_tags: Chooses the tags of the words.
    """
    words = word_starts(reading.tokens, reading.window)
    scores, content = word_scores(reading.tags, words, TAGS), _content(reading.tags, words)
    scores[:, _CONTENT] += settings["content_bias"]
    sums, places = _sums(content), words.tolist()
    _vote(scores, content, sums, reading, words, settings["quoted"])
    runs = _Runs.of(best_tags(scores), words, len(reading.tags))
    offset, window = reading.window.start, reading.window
    pieces = []
    for kind, (start, end) in zip(runs.kinds, runs.extents, strict=True):
        if kind == "content" and start + offset < window.home_end and window.home_start < end + offset:
            first, last = bisect_left(places, start), bisect_left(places, end)
            piece = _piece((start, end), (sums[last] - sums[first]) / (last - first), reading, runs)
            piece.is_rest = piece.run[0] < window.home_start
            piece.may_be_rest = piece.is_rest or 0 < piece.run[0] == window.start
            piece.is_cut = piece.run[1] == window.end < len(reading.tokens)
            pieces.append(piece)
    return pieces


def whole_pieces(pieces: Iterable[Piece]) -> list[Piece]:
    """Put together what the ends of windows cut, so that a piece may be longer than a window.

    Every window answers for its home: a piece that begins there ends one that a window before carried over the border.

    Args:
        pieces: What :func:`decode` gave for the windows of an article, one window after the other.
    """
    whole: list[Piece] = []
    for piece in pieces:
        last = whole[-1] if whole else None
        reaches = last is not None and piece.run[0] <= last.run[1]
        if last and reaches and last.is_cut and piece.may_be_rest and last.run[1] < piece.run[1]:
            whole[-1] = _together(last, piece)
        elif not piece.is_rest:
            if last and reaches:
                whole[-1] = replace(last, run=(last.run[0], piece.run[0]), is_cut=False)
            whole.append(piece)
    return whole


def _together(piece: Piece, rest: Piece) -> Piece:
    """Return a piece with its rest; source and cue are told by the window that is surest that there is one."""
    size, more = piece.run[1] - piece.run[0], rest.run[1] - piece.run[1]
    return Piece(
        (piece.run[0], rest.run[1]),
        (piece.probability * size + rest.probability * more) / (size + more),
        piece.head,
        min(piece.sources, rest.sources, key=_share_of_none),
        min(piece.cues, rest.cues, key=_share_of_none),
        is_cut=rest.is_cut,
    )


def _share_of_none(votes: Mapping[Run | None, float]) -> float:
    return votes.get(None, 1.0)


def _content(tags: FloatArray, words: IntArray) -> FloatArray:
    """Probabilities ``(words,)`` of being content, as means over the logarithms of a word's tokens ``(tokens, 7)``."""
    either = np.logaddexp(tags[:, _CONTENT[0]], tags[:, _CONTENT[1]])
    sizes = np.diff(np.append(words, len(tags))).astype(np.float32)
    return np.exp(np.add.reduceat(either, words) / sizes).astype(np.float32)


def _vote(
    scores: FloatArray, content: FloatArray, sums: list[float], reading: Reading, words: IntArray, threshold: float
) -> None:
    """Make every passage in quotation marks that reads as content content throughout.

    Its first words stay free while they read as something else: transcripts put the speaker's name inside the marks.
    """
    starts = reading.tokens.starts[reading.window.start : reading.window.end][words].tolist()
    outside = [tag for tag in range(len(TAGS)) if tag not in _CONTENT]
    for quotation in _outermost(reading):
        if _is_slip(quotation, reading.tokens.quotations):
            continue
        first, last = bisect_left(starts, quotation.inner_start), bisect_left(starts, quotation.inner_end)
        if first < last and sums[last] - sums[first] >= threshold * (last - first):
            while first < last and content[first] < _LABEL:
                first += 1
            scores[first:last, outside] = _IMPOSSIBLE / 2
            scores[first + 1 : last, _CONTENT[0]] = _IMPOSSIBLE / 2  # one passage is one piece


def _sums(values: FloatArray) -> list[float]:
    """Return the sums of the first 0, 1, ... of some values."""
    sums: list[float] = np.cumsum(values, dtype=np.float64).tolist()
    return [0.0, *sums]


def _is_slip(quotation: Quotation, quotations: Sequence[Quotation]) -> bool:
    """Whether a passage was left open by mistake: no paragraph goes on with it, so that its end is unknown."""
    if quotation.is_closed or quotation.continues:
        return False
    place = bisect_left(quotations, quotation.end, key=lambda other: other.start)
    return place == len(quotations) or not quotations[place].continues


def _outermost(reading: Reading) -> list[Quotation]:
    """Return the outermost quotations that reach into a window."""
    low = reading.tokens.starts[reading.window.start]
    high = reading.tokens.ends[reading.window.end - 1]
    found = reading.tokens.outermost
    first, last = (bisect_left(found, place, key=lambda quotation: quotation.start) for place in (low, high))
    first = max(0, first - 1)  # the window may begin in the one before
    return [q for q in found[first:last] if q.inner_end > low and q.inner_start < high]


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs of source, cue and content in a window, in order.

    Args:
        kinds: Of each.
        extents: Token indices in the window.
        edges: The same in a row, by which a pointing is summed over every run.
        free: For source and cue the tokens ``(length,)`` that neither a run of it nor content has: 1, else 0.
    """

    kinds: list[str]
    extents: list[Run]
    edges: IntArray
    free: dict[str, FloatArray]

    @classmethod
    def of(cls, tags: IntArray, words: IntArray, length: int) -> _Runs:
        """Read them from the tags of the words, which begin at these of ``length`` tokens."""
        edges = [*words.tolist(), length]
        kinds: list[str] = []
        extents: list[Run] = []
        for place in np.flatnonzero(tags).tolist():
            name = TAGS[tags[place]]
            if name.startswith("B-"):
                kinds.append(name[2:])
                extents.append((edges[place], edges[place + 1]))
            else:
                extents[-1] = (extents[-1][0], edges[place + 1])
        free = {kind: np.ones(length, dtype=np.float32) for kind in ("source", "cue")}
        for kind, (start, end) in zip(kinds, extents, strict=True):
            for other, tokens in free.items():
                if kind in (other, "content"):
                    tokens[start:end] = 0
        return cls(kinds, extents, np.asarray(extents, dtype=np.int32).ravel(), free)

    def sums(self, pointed: FloatArray) -> FloatArray:
        """Return what every run has of some pointings ``(n, length + 1)``, as ``(n, runs)``."""
        found: FloatArray = np.add.reduceat(pointed, self.edges, axis=1)[:, ::2]
        return found


def _piece(run: Run, probability: float, reading: Reading, runs: _Runs) -> Piece:
    pointed = reading.pointing(*run)
    sums = runs.sums(pointed)
    offset = reading.window.start
    heads = dict(zip(runs.extents, sums[RELATIONS.index("quote")].tolist(), strict=True))
    own = heads[run]
    others = {
        other: heads[other]
        for kind, other in zip(runs.kinds, runs.extents, strict=True)
        if kind == "content" and other != run
    }
    best = max(others, key=lambda other: others[other], default=run)
    share = others.get(best, 0.0) / max(1e-9, own + others.get(best, 0.0))
    sources, cues = (_candidates(pointed, sums, kind, reading, runs) for kind in ("source", "cue"))
    return Piece((run[0] + offset, run[1] + offset), probability, (best[0] + offset, share), sources, cues)


def _candidates(
    pointed: FloatArray, sums: FloatArray, kind: str, reading: Reading, runs: _Runs
) -> dict[Run | None, float]:
    """Return the runs of a kind with the share of the pointing that they catch.

    Where most of the pointing falls on words that were tagged as nothing, the words around its peak that come nearest
    to the kind are a candidate too.
    """
    offset, relation = reading.window.start, RELATIONS.index(kind)
    found: dict[Run | None, float] = {None: float(pointed[relation, -1])}
    for name, (start, end), share in zip(runs.kinds, runs.extents, sums[relation].tolist(), strict=True):
        if name == kind:
            found[start + offset, end + offset] = share
    free: FloatArray = pointed[relation, :-1] * runs.free[kind]
    if free.sum() > max(found.values()):
        start, end = _grow(int(free.argmax()), free, reading, kind)
        found[start + offset, end + offset] = float(free[start:end].sum())
    return found


def _grow(peak: int, free: FloatArray, reading: Reading, kind: str) -> Run:
    """Return the words around a peak that carry pointing or look like the kind."""
    chance = np.exp(reading.tags[:, TAGS.index(f"B-{kind}")]) + np.exp(reading.tags[:, TAGS.index(f"I-{kind}")])
    words = reading.tokens.words[reading.window.start : reading.window.end]
    fits = (free > 0) & ((free > 0.2 * free[peak]) | (chance > 0.2))
    start = end = peak
    while start > 0 and (fits[start - 1] or words[start - 1] == words[start]):
        start -= 1
    while end + 1 < len(free) and (fits[end + 1] or words[end + 1] == words[end]):
        end += 1
    return start, end + 1
