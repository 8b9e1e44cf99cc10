"""What each part of the model and of the decoder is worth: dev figures with one part after the other switched off.

    python -m training.attribution.ablate CHECKPOINT POLNEAR_DIR/data/dev

CHECKPOINT may be models/attribution-en. Prints a Markdown table of F1 in %. Nothing is trained again: a part that is
switched off was there in training. Quotations inside quotations and telling apart of media are left out of all rows but
the last, which is the whole of ``find_quotes``.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from quotestance.batching import FloatArray
from quotestance.evaluation import evaluate, read_gold
from quotestance.quotes.decoding import Piece
from quotestance.quotes.finder import QuoteFinder
from quotestance.reader.inference import Reading
from quotestance.reader.model import RELATIONS, TAGS
from quotestance.reader.tokens import IntArray, Tokens
from quotestance.types import Article
from training.attribution.dev import COLUMN_NAMES, Decoder, Read, decode_all, find_all, read_all, row
from training.cards import head

PARTS: Mapping[str, Mapping[str, float]] = {
    "the decoder as it is shipped": {},
    "no bias on content": {"content_bias": 0.0},
    "quotes below the least confidence are kept": {"min_confidence": 0.0},
    "a source only where it outweighs none": {"source": 0.5},
    "quotation marks have no vote": {"quoted": 2.0},
    "pieces are never joined": {"join": 2.0},
}
"""Settings of the decoder that switch a part of it off."""

WINDOWS_TRIED = (256, 128)
"""Tokens read at once, instead of the checkpoint's own."""


def without_marks(tokens: Tokens) -> Tokens:
    """The tokens of an article as if every word stood outside quotation marks."""
    return replace(tokens, quoting=np.zeros_like(tokens.quoting))


def nearest(reading: Reading) -> Reading:
    """Links to the nearest source and the nearest cue instead of those that the link head points at."""
    size = len(reading.tags)
    links = np.zeros((len(RELATIONS), size, size + 1), dtype=np.float32)
    links[:, :, -1] = 1.0
    links[:, slice(None) if reading.rows is None else reading.rows] = reading.links
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
    return replace(reading, links=links, rows=None)


def likeliest(scores: FloatArray) -> IntArray:
    """The likeliest tag of every word by itself; an inside tag that follows another kind begins a run."""
    tags: IntArray = scores.argmax(1).astype(np.int32)
    for place, tag in enumerate(tags):
        before = TAGS[tags[place - 1]] if place else "O"
        if TAGS[tag].startswith("I-") and before[2:] != TAGS[tag][2:]:
            tags[place] = tag - 1
    return tags


def as_linked(tokens: Tokens, pieces: Sequence[Piece]) -> list[Piece]:  # noqa: ARG001  # as settle_joins takes them
    """The pieces as the link head joins them."""
    return list(pieces)


def ablate(finder: QuoteFinder, gold: Sequence[Article]) -> None:
    """Print the rows of the table."""
    read = read_all(finder, gold)

    def show(
        name: str, readings: Read, changes: Mapping[str, float] | None = None, decoder: Decoder | None = None
    ) -> None:
        predicted = decode_all(gold, readings, {**finder.settings, **(changes or {})}, decoder or Decoder())
        print(row(name, evaluate(gold, predicted, draws=0)), flush=True)

    for name, changes in PARTS.items():
        show(name, read, changes)
    show("every word by itself instead of the Viterbi algorithm", read, decoder=Decoder(best_tags=likeliest))
    show("the cue beside a passage has no say over the link head", read, decoder=Decoder(settle=as_linked))
    show("nearest source and cue instead of the link head", [(t, list(map(nearest, r))) for t, r in read])
    blind = read_all(finder, gold, without_marks)
    show("quotation marks are no features", blind)
    show("quotation marks are no features and have no vote", blind, {"quoted": 2.0})
    for window in WINDOWS_TRIED:
        show(f"windows of {window} tokens", read_all(finder, gold, window=window))
    print(row("as shipped, with quotations inside quotations", evaluate(gold, find_all(finder, gold), draws=0)))


def main() -> None:
    """Print the table."""
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    torch.set_num_threads(2)
    print(head("what", *COLUMN_NAMES))
    ablate(QuoteFinder.load(sys.argv[1]), read_gold(Path(sys.argv[2]), annotator="first"))


if __name__ == "__main__":
    main()
