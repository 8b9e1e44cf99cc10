"""From labels of tokens to runs of words: begin/inside labels decoded with the Viterbi algorithm, word by word."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from quotestance.batching import FloatArray
from quotestance.reader.tokens import IntArray, Tokens, Window

_IMPOSSIBLE = -1e4


@dataclass(frozen=True, slots=True)
class LabelledRun:
    """Neighbouring words of one kind.

    Args:
        kind: The label without "B-" or "I-".
        start, end: Tokens, counted from the start of the window.
        probability: Geometric mean over its words, in [0, 1].
    """

    kind: str
    start: int
    end: int
    probability: float


def word_starts(tokens: Tokens, window: Window) -> IntArray:
    """Tokens of a window that begin a word, counted from its start."""
    numbers = tokens.words[window.start : window.end]
    return np.flatnonzero(np.diff(numbers, prepend=numbers[0] - 1)).astype(np.int32)


def word_scores(scores: FloatArray, words: IntArray, labels: Sequence[str]) -> FloatArray:
    """Log-probabilities ``(words, labels)`` as means over those of a word's tokens ``(tokens, labels)``.

    A word that begins a run has the begin label on its first token and the inside label on the others, so of those the
    inside label counts for both.
    """
    tokens = scores.copy()
    inner = np.ones(len(tokens), dtype=bool)
    inner[words] = False
    for begin in (number for number, label in enumerate(labels) if label.startswith("B-")):
        tokens[inner, begin] = tokens[inner, begin + 1]
    sizes = np.diff(np.append(words, len(tokens))).astype(np.float32)
    means: FloatArray = (np.add.reduceat(tokens, words, axis=0) / sizes[:, None]).astype(np.float32)
    return means


@dataclass(frozen=True, slots=True)
class _Rules:
    """What a set of labels allows.

    Args:
        first: Scores of the labels at the start of a sequence, where none is inside, ``(labels,)``.
        transitions: Scores of a label after another, ``(labels, labels)``.
        own: For every inside label, the labels of its kind, which it may follow.
        begins: The label that begins a run of the kind of each, ``(labels,)``; of no run, itself.
        kinds: Number of the kind of each label, ``(labels,)``.
        insides: Whether a label is inside, ``(labels,)``.
    """

    first: FloatArray
    transitions: FloatArray
    own: dict[int, list[int]]
    begins: IntArray
    kinds: IntArray
    insides: npt.NDArray[np.bool_]


@lru_cache(maxsize=8)
def _rules(labels: tuple[str, ...]) -> _Rules:
    kinds = [label[2:] for label in labels]
    numbers = np.asarray([kinds.index(kind) for kind in kinds], dtype=np.int32)
    insides = np.asarray([label.startswith("I-") for label in labels])
    forbidden = insides[None, :] & (numbers[:, None] != numbers[None, :])
    own = {place: np.flatnonzero(numbers == numbers[place]).tolist() for place in np.flatnonzero(insides).tolist()}
    first, transitions = (np.where(where, _IMPOSSIBLE, 0).astype(np.float32) for where in (insides, forbidden))
    begins = np.asarray([labels.index(f"B-{label[2:]}" if label[0] == "I" else label) for label in labels])
    return _Rules(first, transitions, own, begins, numbers, insides)


def viterbi(scores: FloatArray, labels: Sequence[str], learned: FloatArray | None = None) -> IntArray:
    """Find the best sequence ``(n,)`` of labels in which an inside label follows its own kind only.

    Args:
        scores: Log-probabilities ``(n, labels)``.
        labels: Names of the labels, as in "O", "B-cue", "I-cue".
        learned: Scores of a label after another, ``(labels, labels)``, beside that rule.
    """
    rules = _rules(tuple(labels))
    if learned is not None:
        return _best_path(scores, rules.first, rules.transitions + learned)
    likeliest: IntArray = scores.argmax(1).astype(np.int32)  # the best of all sequences, where the rule allows it
    follows_own = np.append(-1, rules.kinds[likeliest[:-1]]) == rules.kinds[likeliest]
    broken = rules.insides[likeliest] & ~follows_own
    return _mended(scores, rules, likeliest, broken) if broken.any() else likeliest


def _mended(scores: FloatArray, rules: _Rules, likeliest: IntArray, broken: npt.NDArray[np.bool_]) -> IntArray:
    """Return the best sequence that the rule allows; only what stands near a place that breaks it is gone through.

    To begin a run at each of these places is allowed and loses so much in all; so the best sequence has the likeliest
    label wherever every other loses more.
    """
    second, top = np.partition(scores, -2, axis=1)[:, -2:].T
    lost = (top[broken] - scores[broken, rules.begins[likeliest[broken]]]).sum(dtype=np.float64)
    firm = top - second > lost * (1 + 1e-6)
    path = likeliest.copy()
    turns = np.flatnonzero(np.diff(np.concatenate(([True], firm, [True]))))
    for start, end in zip(turns[::2].tolist(), turns[1::2].tolist(), strict=True):
        if broken[start:end].any():
            first, last = max(start - 1, 0), min(end + 1, len(scores))
            rows = scores[first:last].astype(np.float64)
            others = np.arange(scores.shape[1]) != likeliest[first:last, None]
            rows[firm[first:last, None] & others] = -np.inf
            path[first:last] = _best_allowed(rows, rules, at_start=start == 0)
    return path


def _best_path(scores: FloatArray, first: FloatArray, transitions: FloatArray) -> IntArray:
    best = scores[0] + first
    back: IntArray = np.zeros(scores.shape, dtype=np.int32)
    for place in range(1, len(scores)):
        paths = best[:, None] + transitions
        back[place] = paths.argmax(0)
        best = paths.max(0) + scores[place]
    came: list[list[int]] = [list(map(int, row)) for row in back]
    return _traced(int(best.argmax()), came)


def _best_allowed(scores: npt.NDArray[np.float64], rules: _Rules, *, at_start: bool) -> IntArray:
    """Return what :func:`_best_path` returns for the rule alone, without going through all pairs of labels."""
    best: list[float] = (scores[0] + rules.first if at_start else scores[0]).tolist()
    back: list[list[int]] = [[]]
    for row in scores[1:].tolist():
        top = max(best)
        came = [best.index(top)] * len(best)
        sums = [top + score for score in row]
        for label, own in rules.own.items():
            before = max(own, key=best.__getitem__)
            if best[before] >= top + _IMPOSSIBLE:
                came[label], sums[label] = before, best[before] + row[label]
            else:
                sums[label] += _IMPOSSIBLE
        best = sums
        back.append(came)
    return _traced(best.index(max(best)), back)


def _traced(last: int, back: Sequence[Sequence[int]]) -> IntArray:
    """Follow a path from its last label to the first."""
    path = [last]
    for came in reversed(back[1:]):
        path.append(came[path[-1]])
    return np.asarray(path[::-1], dtype=np.int32)


def labelled_runs(
    scores: FloatArray, words: IntArray, labels: Sequence[str], *, bias: float = 0.0
) -> list[LabelledRun]:
    """Decode the runs of a window, in order.

    Args:
        scores: Log-probabilities of its tokens ``(tokens, labels)``.
        words: Tokens that begin a word.
        labels: Names of the labels, the first for what is no run.
        bias: Taken off the log-probability of being no run.
    """
    of_words = word_scores(scores, words, labels)
    of_words[:, 0] -= bias
    if (of_words.argmax(1) == 0).all():
        return []
    edges = np.append(words, len(scores)).tolist()
    best = viterbi(of_words, labels)
    runs: list[tuple[str, int, int]] = []
    for place in np.flatnonzero(best).tolist():
        label = labels[best[place]]
        if label.startswith("B-"):
            runs.append((label[2:], place, place + 1))
        else:
            runs[-1] = (*runs[-1][:2], place + 1)
    sums = np.append(0.0, np.cumsum(of_words[np.arange(len(best)), best], dtype=np.float64))
    return [
        LabelledRun(kind, edges[first], edges[last], math.exp((sums[last] - sums[first]) / (last - first)))
        for kind, first, last in runs
    ]


def joined_runs(runs: Sequence[LabelledRun], paragraphs: IntArray) -> list[LabelledRun]:
    """Return runs of one kind with no word between as one: two names are parted by a comma, a word or a paragraph.

    Args:
        runs: Runs of a window, in order.
        paragraphs: Number of the paragraph of each of its tokens.
    """
    joined: list[LabelledRun] = []
    for run in (part for one in runs for part in _parted(one, paragraphs)):
        before = joined[-1] if joined else None
        if before is not None and _goes_on(before, run, paragraphs):
            probability = min(before.probability, run.probability)
            joined[-1] = LabelledRun(run.kind, before.start, run.end, probability)
        else:
            joined.append(run)
    return joined


def _goes_on(before: LabelledRun, run: LabelledRun, paragraphs: IntArray) -> bool:
    is_next = before.kind == run.kind and before.end == run.start
    return is_next and bool(paragraphs[run.start - 1] == paragraphs[run.start])


def _parted(run: LabelledRun, paragraphs: IntArray) -> Iterator[LabelledRun]:
    """Cut a run where paragraphs begin: a caption from the name of the photographer below it."""
    if paragraphs[run.start] == paragraphs[run.end - 1]:
        yield run
        return
    begun = run.start + 1 + np.flatnonzero(np.diff(paragraphs[run.start : run.end]))
    for start, end in pairwise((run.start, *begun.tolist(), run.end)):
        yield replace(run, start=start, end=end)
