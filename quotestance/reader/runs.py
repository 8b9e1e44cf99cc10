"""From labels of tokens to runs of words: begin/inside labels decoded with the Viterbi algorithm, word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

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


@lru_cache(maxsize=8)
def _transitions(labels: tuple[str, ...]) -> FloatArray:
    allowed = np.zeros((len(labels), len(labels)), dtype=np.float32)
    for after, label in enumerate(labels):
        if label.startswith("I-"):
            for before, previous in enumerate(labels):
                if previous[2:] != label[2:]:
                    allowed[before, after] = _IMPOSSIBLE
    return allowed


def viterbi(scores: FloatArray, labels: Sequence[str], learned: FloatArray | None = None) -> IntArray:
    """Find the best sequence ``(n,)`` of labels in which an inside label follows its own kind only.

    Args:
        scores: Log-probabilities ``(n, labels)``.
        labels: Names of the labels, as in "O", "B-cue", "I-cue".
        learned: Scores of a label after another, ``(labels, labels)``, beside that rule.
    """
    transitions = _transitions(tuple(labels))
    if learned is not None:
        transitions = transitions + learned
    best = scores[0] + np.where([label.startswith("I-") for label in labels], _IMPOSSIBLE, 0).astype(np.float32)
    back = np.zeros(scores.shape, dtype=np.int32)
    for place in range(1, len(scores)):
        paths = best[:, None] + transitions
        back[place] = paths.argmax(0)
        best = paths.max(0) + scores[place]
    chosen = np.empty(len(scores), dtype=np.int32)
    chosen[-1] = best.argmax()
    for place in range(len(scores) - 1, 0, -1):
        chosen[place - 1] = back[place, chosen[place]]
    return chosen


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
    edges = np.append(words, len(scores))
    runs: list[tuple[str, int, int, list[float]]] = []
    for place, number in enumerate(viterbi(of_words, labels)):
        label = labels[number]
        if label.startswith("B-"):
            runs.append((label[2:], int(edges[place]), int(edges[place + 1]), [float(of_words[place, number])]))
        elif label.startswith("I-"):
            kind, start, _, chances = runs[-1]
            runs[-1] = (kind, start, int(edges[place + 1]), [*chances, float(of_words[place, number])])
    return [LabelledRun(kind, start, end, float(np.exp(np.mean(chances)))) for kind, start, end, chances in runs]
