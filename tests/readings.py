"""Hand-made readings: what an attribution model would say of a text, told by the words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from tiny import tiny_tokenizer

from quotestance.reader.inference import Reading
from quotestance.reader.model import RELATIONS, TAGS
from quotestance.reader.tokens import Tokens, Window, tokenize

TOKENIZER = tiny_tokenizer()
Place = tuple[str, int] | str
"""A passage of the text, or a passage and which of its occurrences is meant, from 0."""


def run_of(tokens: Tokens, place: Place) -> tuple[int, int]:
    """Half-open token indices of a passage."""
    passage, number = (place, 0) if isinstance(place, str) else place
    start = -1
    for _ in range(number + 1):
        start = tokens.text.index(passage, start + 1)
    first, last = np.searchsorted(tokens.starts, (start, start + len(passage)))
    return int(first), int(last)


def reading(
    text: str,
    tagged: Mapping[Place, tuple[str, float]],
    links: Mapping[tuple[Place, str], Mapping[Place | None, float]] | None = None,
    window: Window | None = None,
) -> Reading:
    """Make a reading in which passages are source, cue or content, and point at others, with probabilities.

    Args:
        text: The article.
        tagged: Passage to (kind, probability that it is of the kind).
        links: (passage, relation) to what its words point at, with the shares; None is "none".
        window: The tokens that were read; all of them by default.
    """
    tokens = tokenize(text, TOKENIZER)
    chances = np.zeros((len(tokens), len(TAGS)), dtype=np.float32)
    chances[:, 0] = 1
    for place, (kind, chance) in tagged.items():
        first, last = run_of(tokens, place)
        chances[first:last] = 0
        chances[first:last, 0] = 1 - chance
        chances[first, TAGS.index(f"B-{kind}")] = chance
        chances[first + 1 : last, TAGS.index(f"I-{kind}")] = chance
    pointed = np.zeros((len(RELATIONS), len(tokens), len(tokens) + 1), dtype=np.float32)
    pointed[:, :, -1] = 1
    for (place, relation), targets in (links or {}).items():
        first, last = run_of(tokens, place)
        row = pointed[RELATIONS.index(relation), first:last]
        row[:] = 0
        for target, share in targets.items():
            begin, end = (len(tokens), len(tokens) + 1) if target is None else run_of(tokens, target)
            row[:, begin:end] = share / (end - begin)
    window = window or Window(0, len(tokens), 0, len(tokens))
    cut = slice(window.start, window.end)
    kept = np.concatenate((pointed[:, cut, cut], pointed[:, cut, -1:]), axis=2)
    return Reading(tokens, window, np.log(chances[cut] + 1e-6), kept)
