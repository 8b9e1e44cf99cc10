"""Teach a small encoder what a trained stance classifier thinks of every quote in the corpora.

    python training/stance/distill.py TEACHER_DIR CORPORA_DIR SOFT.jsonl
    python training/stance/train.py OUT_DIR --encoder MINILM --corpora CORPORA_DIR --soft SOFT.jsonl --rate 2e-4 \\
        --epochs 4

The first writes texts with the teacher's probabilities, the second trains on them. The texts are the candidates, the
quotes that the shipped attribution model finds in ``docs_*.jsonl``, the quotes of our own writing and the labelled
quotes of train, each with the sentence before it where there is one; documents whose labels are held out, and copies of
their quotes in other documents, are left out.
Labelled texts take the mean of the teacher's opinion and the label. Of the quotes that the teacher is sure to be
neutral only a share is kept, since there are too many.
"""

from __future__ import annotations

import json
import logging
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from data import DOCUMENTS, read_jsonl, split_of, texts, words_of
from train import project_rows

from quotestance.checkpoints import shipped
from quotestance.finder import QuoteFinder
from quotestance.stance import StanceClassifier, context, sentence_before, utterance
from quotestance.types import STANCES, Article

LEAST_WORDS = 4
LABEL_SHARE = 0.5  # of the target that the label gives, where there is one
SURELY_NEUTRAL = 0.9  # probability from which an unlabelled quote is one of too many
NEUTRAL_SHARE = 0.4  # of those kept
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
    """Every text, whether we have a label or not."""
    documents, _ = texts(corpora)
    for row in read_jsonl(corpora / "stance" / "candidates.jsonl"):
        place = row["source_repo"], row["source_path"]
        if split_of(*place) == "train":
            yield row["text"], sentence_before(documents.get(place, ""), row["char_start"])
    yield from quotes_in_documents(corpora)


def main() -> None:
    """Collect texts, ask the teacher, write."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    teacher, corpora, out = (Path(argument) for argument in sys.argv[1:4])
    labels = {row["text"]: row for row in project_rows(corpora) if row["split"] == "train"}
    reads = {text: row.get("context", "") for text, row in labels.items()}
    for text, before in unlabelled(corpora):
        if len(text.split()) >= LEAST_WORDS:
            reads.setdefault(text, before)
    held_out = {words_of(row["text"]) for row in project_rows(corpora) if row["split"] != "train"}
    reads = {text: before for text, before in reads.items() if text in labels or words_of(text) not in held_out}
    log.info("%d texts, %d of them labelled", len(reads), len(labels))
    stances = StanceClassifier.load(teacher).classify(list(reads), list(reads.values()))
    dice = random.Random(SEED)
    with out.open("w", encoding="utf-8") as file:
        for (text, before), stance in zip(reads.items(), stances, strict=True):
            soft = [stance.probabilities[name] for name in STANCES]
            row = {"text": text, "context": before, "soft": soft, "conditional": stance.conditional}
            if text in labels:
                gold = [float(name == labels[text]["label"]) for name in STANCES]
                row["soft"] = [LABEL_SHARE * a + (1 - LABEL_SHARE) * b for a, b in zip(gold, soft, strict=True)]
                row["conditional"] = float(labels[text]["conditional"])
            elif stance.probabilities["neutral"] >= SURELY_NEUTRAL and dice.random() > NEUTRAL_SHARE:
                continue
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
