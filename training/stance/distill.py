"""Teach a small encoder what a trained stance classifier thinks of every quote in the corpora.

    python training/stance/distill.py TEACHER_DIR CORPORA_DIR SOFT.jsonl
    python training/stance/train.py OUT_DIR --encoder MINILM --corpora CORPORA_DIR --soft SOFT.jsonl --rate 2e-4 \\
        --epochs 4

The first writes texts with the teacher's probabilities, the second trains on them. The texts are the candidates, the
quotes that the shipped attribution model finds in the news of ``docs_*.jsonl``, the quotes of our own writing and the
labelled quotes of train, each with the sentence before it where there is one; documents whose labels are held out are
left out, and texts of other documents that repeat a held-out quote, contain it or are a part of it (``copies`` in
data.py). Labelled texts keep their labels, softened, since the teacher was taught them; the teacher tells the others.
Of those that it is sure to be neutral only a share is kept: there are too many.
"""

from __future__ import annotations

import json
import logging
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import torch
from data import DOCUMENTS, copies, read_jsonl, split_of, texts
from train import project_rows

from quotestance.checkpoints import shipped
from quotestance.quotes.finder import QuoteFinder
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.utterance import context, sentence_before, utterance
from quotestance.types import STANCES, Article

LEAST_WORDS = 4
SOFTENED = 0.1  # probability that a label leaves to the other two
MOST_FOUND = 9_000  # quotes found in documents that the teacher is asked about, drawn at random
SURELY_NEUTRAL = 0.9  # probability from which an unlabelled quote is one of too many
NEUTRAL_SHARE = 0.5  # of those kept, and of the labelled neutral quotes of news
SEED = 13

log = logging.getLogger("distill")
Read = tuple[str, str]
"""A text and the sentence before it."""


def quotes_in_documents(corpora: Path) -> Iterator[Read]:
    """What the classifier would read of every quote in the documents whose labels are not held out."""
    finder = QuoteFinder.load(shipped("attribution-en"))
    for name in DOCUMENTS[1:]:  # the first holds statements without quotes; the candidates cover it
        rows = read_jsonl(corpora / "stance" / f"{name}.jsonl")
        articles = [Article(row["text"]) for row in rows if split_of(row["repo"], row["path"]) == "train"]
        for first in range(0, len(articles), 32):
            for article in finder.find(articles[first : first + 32]):
                yield from ((utterance(article, quote), context(article, quote)) for quote in article.quotes)
        log.info("%s read", name)


def unlabelled(corpora: Path) -> Iterator[Read]:
    """Every candidate, and quotes of the documents."""
    documents, _ = texts(corpora)
    for row in read_jsonl(corpora / "stance" / "candidates.jsonl"):
        place = row["source_repo"], row["source_path"]
        if split_of(*place) == "train":
            yield row["text"], sentence_before(documents.get(place, ""), row["char_start"])
    found = list(quotes_in_documents(corpora))
    yield from random.Random(SEED).sample(found, min(MOST_FOUND, len(found)))


def without_held_out(reads: dict[str, str], held_out: list[str]) -> dict[str, str]:
    """Texts, with the sentence before each, that hold no copy of a held-out quote and are no part of one."""
    shared = {text for _, text in copies(held_out, reads)} | {text for text, _ in copies(reads, held_out)}
    return {text: before for number, (text, before) in enumerate(reads.items()) if number not in shared}


def main() -> None:
    """Collect texts, ask the teacher, write."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    teacher, corpora, out = (Path(argument) for argument in sys.argv[1:4])
    rows = project_rows(corpora)
    labels = {row["text"]: row for row in rows if row["split"] == "train"}
    reads: dict[str, str] = {}
    for text, before in unlabelled(corpora):
        if len(text.split()) >= LEAST_WORDS and text not in labels:
            reads.setdefault(text, before)
    reads = without_held_out(reads, [row["text"] for row in rows if row["split"] != "train"])
    log.info("%d labelled texts, %d others", len(labels), len(reads))
    stances = StanceClassifier.load(teacher).classify(list(reads), list(reads.values()))
    dice = random.Random(SEED)
    with out.open("w", encoding="utf-8") as file:
        for text, row in labels.items():
            soft = [1 - SOFTENED if name == row["label"] else SOFTENED / 2 for name in STANCES]
            if not row.get("is_common") or dice.random() < NEUTRAL_SHARE:
                write(file, text, row.get("context", ""), soft, float(row["conditional"]))
        for (text, before), stance in zip(reads.items(), stances, strict=True):
            if stance.probabilities["neutral"] < SURELY_NEUTRAL or dice.random() < NEUTRAL_SHARE:
                soft = [stance.probabilities[name] for name in STANCES]
                write(file, text, before, soft, stance.conditional or 0.0)


def write(file: TextIO, text: str, before: str, soft: list[float], conditional: float) -> None:
    """One line."""
    file.write(json.dumps({"text": text, "context": before, "soft": soft, "conditional": conditional}) + "\n")


if __name__ == "__main__":
    main()
