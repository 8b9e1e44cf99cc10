"""From what the model says of a window to pieces of content, each with its source, its cue and its quote.

The tags are decoded over words with the Viterbi algorithm under the rule that an inside tag follows its own kind.
Quotation marks vote as a block: a passage in marks whose words read as content on average is content as a whole, so
that direct speech ends where its marks do. A mark that was never closed has no vote.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

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
    """

    run: Run
    probability: float
    head: tuple[int, float]
    sources: dict[Run | None, float] = field(default_factory=dict)
    cues: dict[Run | None, float] = field(default_factory=dict)


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
    """Decode the pieces of content that begin in the home of a window.

    Args:
        reading: What the model says of the window.
        settings: The decoder's thresholds, see :data:`DECODING`.
        best_tags: Chooses the tags of the words.
    """
    words = word_starts(reading.tokens, reading.window)
    scores, content = word_scores(reading.tags, words, TAGS), _content(reading.tags, words)
    scores[:, _CONTENT] += settings["content_bias"]
    _vote(scores, content, reading, words, settings["quoted"])
    runs = _runs(best_tags(scores), words, len(reading.tags))
    offset, window = reading.window.start, reading.window
    pieces = []
    for kind, (start, end) in runs:
        if kind == "content" and window.home_start <= start + offset < window.home_end:
            inside = content[np.searchsorted(words, start) : np.searchsorted(words, end)]
            pieces.append(_piece((start, end), float(inside.mean()), reading, runs))
    return pieces


def _content(tags: FloatArray, words: IntArray) -> FloatArray:
    """Probabilities ``(words,)`` of being content, as means over the logarithms of a word's tokens ``(tokens, 7)``."""
    either = np.logaddexp(tags[:, _CONTENT[0]], tags[:, _CONTENT[1]])
    sizes = np.diff(np.append(words, len(tags))).astype(np.float32)
    return np.exp(np.add.reduceat(either, words) / sizes).astype(np.float32)


def _vote(scores: FloatArray, content: FloatArray, reading: Reading, words: IntArray, threshold: float) -> None:
    """Make every passage in quotation marks that reads as content content throughout.

    Its first words stay free while they read as something else: transcripts put the speaker's name inside the marks.
    """
    starts = reading.tokens.starts[reading.window.start : reading.window.end][words]
    outside = [tag for tag in range(len(TAGS)) if tag not in _CONTENT]
    for quotation in _outermost(reading):
        if _is_slip(quotation, reading.tokens.quotations):
            continue
        first, last = np.searchsorted(starts, (quotation.inner_start, quotation.inner_end))
        if first < last and content[first:last].mean() >= threshold:
            while first < last and content[first] < _LABEL:
                first += 1
            scores[first:last, outside] = _IMPOSSIBLE / 2
            scores[first + 1 : last, _CONTENT[0]] = _IMPOSSIBLE / 2  # one passage is one piece


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
    found = reading.tokens.quotations
    first, last = (bisect_left(found, place, key=lambda quotation: quotation.start) for place in (low, high))
    first -= 1  # the quotation that the window begins in, under those that stand inside it
    while first > 0 and found[first].depth:
        first -= 1
    return [q for q in found[max(0, first) : last] if not q.depth and q.inner_end > low and q.inner_start < high]


def _runs(tags: IntArray, words: IntArray, length: int) -> list[tuple[str, Run]]:
    """Find the runs of source, cue and content, as token indices in the window."""
    edges = np.append(words, length)
    runs: list[tuple[str, Run]] = []
    for place, tag in enumerate(tags):
        name = TAGS[tag]
        if name.startswith("B-"):
            runs.append((name[2:], (int(edges[place]), int(edges[place + 1]))))
        elif name.startswith("I-"):
            kind, (start, _) = runs[-1]
            runs[-1] = (kind, (start, int(edges[place + 1])))
    return runs


def _piece(run: Run, probability: float, reading: Reading, runs: list[tuple[str, Run]]) -> Piece:
    pointed = reading.pointing(*run)
    offset = reading.window.start
    heads = pointed[RELATIONS.index("quote")]
    own = float(heads[run[0] : run[1]].sum())
    others = {
        other: float(heads[other[0] : other[1]].sum()) for kind, other in runs if kind == "content" and other != run
    }
    best = max(others, key=lambda other: others[other], default=run)
    share = others.get(best, 0.0) / max(1e-9, own + others.get(best, 0.0))
    return Piece(
        (run[0] + offset, run[1] + offset),
        probability,
        (best[0] + offset, share),
        _candidates(pointed[RELATIONS.index("source")], "source", reading, runs),
        _candidates(pointed[RELATIONS.index("cue")], "cue", reading, runs),
    )


def _candidates(
    pointed: FloatArray, kind: str, reading: Reading, runs: list[tuple[str, Run]]
) -> dict[Run | None, float]:
    """Return the runs of a kind with the share of the pointing that they catch.

    Where most of the pointing falls on words that were tagged as nothing, the words around its peak that come nearest
    to the kind are a candidate too.
    """
    offset = reading.window.start
    found: dict[Run | None, float] = {None: float(pointed[-1])}
    free = pointed[:-1].copy()
    for name, (start, end) in runs:
        if name == kind:
            found[start + offset, end + offset] = float(pointed[start:end].sum())
        if name in (kind, "content"):
            free[start:end] = 0
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
