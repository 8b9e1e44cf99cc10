"""What each part of the model and of the decoder is worth: dev figures with one part after the other switched off.

    python training/attribution/ablate.py CHECKPOINT POLNEAR_DIR/data/dev

CHECKPOINT may be models/attribution-en. Prints a Markdown table of F1 in %. Nothing is trained again: a part that is
switched off was there in training. Quotations inside quotations and telling apart of media are left out of all rows but
the last, which is the whole of ``find_quotes``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from release import Read, decode_all, read_all

from quotestance.batching import FloatArray
from quotestance.evaluation import Report, evaluate, read_gold
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import Reading
from quotestance.reader.model import RELATIONS, TAGS
from quotestance.reader.tokens import IntArray, Tokens
from quotestance.types import Article

COLUMNS = (
    "quotes.all.end_to_end.f1",
    "quotes.direct_mixed.end_to_end.f1",
    "quotes.indirect.end_to_end.f1",
    "passages.three_words.end_to_end.f1",
)
PARTS = {
    "the decoder as it is shipped": {},
    "no bias on content": {"content_bias": 0.0},
    "quotes below the least confidence are kept": {"min_confidence": 0.0},
    "a source only where it outweighs none": {"source": 0.5},
    "quotation marks have no vote": {"quoted": 2.0},
    "pieces are never joined": {"join": 2.0},
}
WINDOWS = (256, 128)  # tokens read at once, instead of the checkpoint's own


def row(name: str, report: Report) -> str:
    """One line of the table."""
    return f"| {name} | " + " | ".join(f"{100 * (report.figure(column) or 0):.1f}" for column in COLUMNS) + " |"


def found_by(finder: QuoteFinder, gold: Sequence[Article]) -> list[Article]:
    """What ``find_quotes`` gives."""
    return [found for article in gold for found in finder.find([article.replace(quotes=(), meta={})])]


def without_marks(tokens: Tokens) -> Tokens:
    """The tokens of an article as if every word stood outside quotation marks."""
    return replace(tokens, quoting=np.zeros_like(tokens.quoting))


def nearest(reading: Reading) -> Reading:
    """Links to the nearest source and the nearest cue instead of those that the link head points at."""
    size = len(reading.tags)
    links = reading.links.copy()
    tags = reading.tags.argmax(1)
    for name in ("source", "cue"):
        begins = np.flatnonzero(tags == TAGS.index(f"B-{name}"))
        pointed = np.zeros((size, size + 1), dtype=links.dtype)
        if len(begins):
            distances = np.abs(np.arange(size)[:, None] - begins[None])
            pointed[np.arange(size), begins[distances.argmin(1)]] = 1.0
        else:
            pointed[:, -1] = 1.0
        links[RELATIONS.index(name)] = pointed
    return replace(reading, links=links)


def likeliest(scores: FloatArray) -> IntArray:
    """The likeliest tag of every word by itself; an inside tag that follows another kind begins a run."""
    tags: IntArray = scores.argmax(1).astype(np.int32)
    for place, tag in enumerate(tags):
        before = TAGS[tags[place - 1]] if place else "O"
        if TAGS[tag].startswith("I-") and before[2:] != TAGS[tag][2:]:
            tags[place] = tag - 1
    return tags


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    finder, gold = QuoteFinder.load(sys.argv[1]), read_gold(Path(sys.argv[2]))
    read = read_all(finder, gold)

    def show(name: str, readings: Read, changes: dict[str, float]) -> None:
        predicted = decode_all(gold, readings, {**finder.settings, **changes})
        print(row(name, evaluate(gold, predicted, draws=0)), flush=True)

    print("| what | all | direct + mixed | indirect | passages |\n| --- | --- | --- | --- | --- |")
    for name, changes in PARTS.items():
        show(name, read, changes)
    with mock.patch("quotestance.quotes.decoding.viterbi", likeliest):
        show("every word by itself instead of the Viterbi algorithm", read, {})
    with mock.patch("quotestance.quotes.assembly.settle_joins", lambda *given: given[1]):
        show("the cue beside a passage has no say over the link head", read, {})
    show("nearest source and cue instead of the link head", [(t, list(map(nearest, r))) for t, r in read], {})
    blind = read_all(finder, gold, without_marks)
    show("quotation marks are no features", blind, {})
    show("quotation marks are no features and have no vote", blind, {"quoted": 2.0})
    own = finder.model.config.window
    for finder.model.config.window in WINDOWS:
        show(f"windows of {finder.model.config.window} tokens", read_all(finder, gold), {})
    finder.model.config.window = own
    print(row("as shipped, with quotations inside quotations", evaluate(gold, found_by(finder, gold), draws=0)))


if __name__ == "__main__":
    main()
