"""Whether spaCy's component finds what the pipeline finds, and how its spans and speakers are aligned.

    python benchmarks/spacy_component.py FOLDER [--articles 200] [--model en_core_web_sm] [--characters 1000]

Reads the articles once with ``Pipeline.stream`` and once with ``nlp.pipe``, in the same batches, and prints how many
have the same quotes (kind, spans, speaker, stance and its probabilities), how many spans end at tokens or had to be
widened, and how many named speakers are an entity of the model's. Exits with 1 where an article differs or a span is
lost. Without ``--model`` the tokenizer alone is used, and there are no entities.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import spacy

from quotestance import Article, load, read_articles
from quotestance.spacy.component import QuotesComponent

_TOGETHER = 16  # articles held at once, the same number in both


def count_spans(doc: Any, counts: Counter[str]) -> None:
    """Count spans by how they are aligned, and speakers by whether they are an entity."""
    for quote in doc._.quotes:
        counts["spans expected"] += len(quote.content) + (quote.source is not None) + (quote.cue is not None)
    for group, kind in (("quotes", "content"), ("sources", "source"), ("cues", "cue")):
        for span in doc.spans[group]:
            pieces = getattr(span._.quote, kind)
            inside = [
                piece
                for piece in (pieces if kind == "content" else (pieces,))
                if span.start_char <= piece.start and piece.end <= span.end_char
            ]
            counts["spans that hold their piece"] += bool(inside)
            counts["spans that are their piece"] += any(piece.text == span.text for piece in inside)
    for span in {span.id_: span for span in doc.spans["quotes"]}.values():
        if span._.speaker is not None and span._.speaker.name is not None:
            counts["quotes with a named speaker"] += 1
            counts["speakers that are an entity"] += span._.speaker_entity is not None


def main() -> int:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=200)
    parser.add_argument("--model", help="a spaCy pipeline; by default a blank English one")
    parser.add_argument("--characters", type=int, help="read no more of each article, where time is short")
    args = parser.parse_args()
    whole = (one for one in read_articles(args.folder) if one.text and not one.error)
    texts = [article.text[: args.characters] for article in islice(whole, args.articles)]
    pipe = load(fast=True)
    expected: list[Article] = list(pipe.stream(texts, batch_size=_TOGETHER))
    nlp = spacy.load(args.model) if args.model else spacy.blank("en")
    component = QuotesComponent(pipe)
    counts: Counter[str] = Counter()
    for article, doc in zip(expected, component.pipe(nlp.pipe(texts), batch_size=_TOGETHER), strict=True):
        counts["articles"] += 1
        counts["articles with the same quotes"] += doc._.quotes == article.quotes
        counts["quotes"] += len(article.quotes)
        count_spans(doc, counts)
    for name, count in counts.items():
        print(f"{name:30s} {count:7d}")
    is_same = counts["articles"] == counts["articles with the same quotes"]
    return int(not (is_same and counts["spans expected"] == counts["spans that hold their piece"]))


if __name__ == "__main__":
    sys.exit(main())
