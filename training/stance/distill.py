"""Teach a small encoder what a trained stance classifier thinks of every quote in the corpora.

    python training/stance/distill.py TEACHER_DIR CORPORA_DIR SOFT.jsonl
    python training/stance/train.py OUT_DIR --encoder MINILM --corpora CORPORA_DIR --soft SOFT.jsonl --rate 2e-4 \\
        --epochs 4

The first writes texts with the teacher's probabilities, the second trains on them. The texts are the candidates, the
quotes that the shipped attribution model finds in ``docs_*.jsonl``, the quotes of our own writing and the labelled
quotes of train; documents whose labels are held out are left out. Labelled texts take the mean of the teacher's opinion
and the label.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from data import DOCUMENTS, load_items, load_pairs, load_written, read_jsonl, split_of

from quotestance.checkpoints import shipped
from quotestance.finder import QuoteFinder
from quotestance.stance import StanceClassifier, utterance
from quotestance.types import STANCES, Article

LEAST_WORDS = 4
LABEL_SHARE = 0.5  # of the target that the label gives, where there is one

log = logging.getLogger("distill")


def quotes_in_documents(corpora: Path) -> Iterator[str]:
    """What the classifier would read of every quote in the documents whose labels are not held out."""
    finder = QuoteFinder.load(shipped("attribution-en"))
    for name in DOCUMENTS[1:]:  # the first holds statements without quotes; the candidates cover it
        rows = read_jsonl(corpora / "stance" / f"{name}.jsonl")
        articles = [Article(row["text"]) for row in rows if split_of(row["repo"], row["path"]) == "train"]
        for first in range(0, len(articles), 32):
            for article in finder.find(articles[first : first + 32]):
                yield from (utterance(article, quote) for quote in article.quotes)
        log.info("%s read", name)


def unlabelled(corpora: Path) -> Iterator[str]:
    """Every text without a label of ours."""
    for row in read_jsonl(corpora / "stance" / "candidates.jsonl"):
        if split_of(row["source_repo"], row["source_path"]) == "train":
            yield row["text"]
    yield from quotes_in_documents(corpora)


def main() -> None:
    """Collect texts, ask the teacher, write."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(2)
    teacher, corpora, out = (Path(argument) for argument in sys.argv[1:4])
    labelled: list[dict[str, Any]] = [row for row in load_pairs() if row["split"] == "train"] + load_written()
    labelled += [
        {"text": item.text, "label": item.label, "conditional": item.conditional}
        for item in load_items(corpora)
        if item.split == "train"
    ]
    labels = {row["text"]: row for row in labelled}
    texts = list(dict.fromkeys([*labels, *unlabelled(corpora)]))
    texts = [text for text in texts if text in labels or len(text.split()) >= LEAST_WORDS]
    log.info("%d texts, %d of them labelled", len(texts), len(labels))
    stances = StanceClassifier.load(teacher).classify(texts)
    with out.open("w", encoding="utf-8") as file:
        for text, stance in zip(texts, stances, strict=True):
            soft = [stance.probabilities[name] for name in STANCES]
            conditional = stance.conditional
            if text in labels:
                gold = [float(name == labels[text]["label"]) for name in STANCES]
                soft = [LABEL_SHARE * a + (1 - LABEL_SHARE) * b for a, b in zip(gold, soft, strict=True)]
                conditional = float(labels[text]["conditional"])
            file.write(json.dumps({"text": text, "soft": soft, "conditional": conditional}) + "\n")


if __name__ == "__main__":
    main()
