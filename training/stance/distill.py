"""Teach a small encoder what a trained stance classifier thinks of every quote in the corpora.

    python -m training.stance.distill TEACHER_DIR CORPORA_DIR SOFT.jsonl
    python -m training.stance.train OUT_DIR --encoder MINILM --corpora CORPORA_DIR --soft SOFT.jsonl \\
        --rate 2e-4 --epochs 4

The first writes texts with the teacher's probabilities, the second trains on them. The texts are the candidates, the
quotes that the shipped attribution model finds in the news of ``docs_*.jsonl``, the quotes of our own writing and the
labelled quotes of train, each with the sentence before it where there is one; documents whose labels are held out are
left out, and texts of other documents that repeat a held-out quote, contain it or are a part of it (``copies`` in
data.py). Labelled texts keep their labels, softened, since the teacher was taught them; the teacher tells the others.
Of those that it is sure to be neutral only a share is kept: there are too many.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from quotestance.checkpoints import shipped
from quotestance.quotes.finder import QuoteFinder
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.shares import BALANCED
from quotestance.stance.utterance import context, sentence_before, utterance
from quotestance.types import STANCES, Article
from training.fitting import SEED, log, start
from training.stance.data import DOCUMENTS, Row, copies, project_rows, read_jsonl, split_of, texts
from training.stance.train import NEUTRAL_SHARE

LEAST_WORDS = 4
"""Words of a text that the teacher is asked about."""

SOFTENED = 0.1
"""Probability that a label leaves to the other two."""

MOST_FOUND = 9_000
"""Quotes found in documents that the teacher is asked about, drawn at random."""

SURELY_NEUTRAL = 0.9
"""Probability from which an unlabelled quote is one of too many, of which NEUTRAL_SHARE is kept."""

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


def unlabelled_reads(corpora: Path, rows: Sequence[Row]) -> dict[str, str]:
    """Texts without a label, with the sentence before each, that share nothing with the held-out rows."""
    labelled = {row["text"] for row in rows if row["split"] == "train"}
    reads: dict[str, str] = {}
    for text, before in unlabelled(corpora):
        if len(text.split()) >= LEAST_WORDS and text not in labelled:
            reads.setdefault(text, before)
    return without_held_out(reads, [row["text"] for row in rows if row["split"] != "train"])


def write(file: TextIO, text: str, before: str, soft: list[float], conditional: float) -> None:
    """Write one line."""
    file.write(json.dumps({"text": text, "context": before, "soft": soft, "conditional": conditional}) + "\n")


def write_labelled(file: TextIO, rows: Iterable[Row], dice: random.Random) -> None:
    """Write labelled texts with their labels, softened, and of the neutral quotes of news a share."""
    for row in {row["text"]: row for row in rows if row["split"] == "train"}.values():
        soft = [1 - SOFTENED if name == row["label"] else SOFTENED / 2 for name in STANCES]
        if not row.get("is_common") or dice.random() < NEUTRAL_SHARE:
            write(file, row["text"], row.get("context", ""), soft, float(row["conditional"]))


def write_taught(file: TextIO, reads: dict[str, str], teacher: StanceClassifier, dice: random.Random) -> None:
    """Write texts with the teacher's probabilities, and of those that it is sure to be neutral a share."""
    stances = teacher.classify(list(reads), list(reads.values()))
    for (text, before), stance in zip(reads.items(), stances, strict=True):
        if stance.probabilities["neutral"] < SURELY_NEUTRAL or dice.random() < NEUTRAL_SHARE:
            soft = [stance.probabilities[name] for name in STANCES]
            write(file, text, before, soft, stance.conditional or 0.0)


def main() -> None:
    """Collect texts, ask the teacher, write."""
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    start()
    teacher, corpora, out = (Path(argument) for argument in sys.argv[1:4])
    rows = project_rows(corpora)
    reads = unlabelled_reads(corpora, rows)
    log.info("%d texts without a label", len(reads))
    dice = random.Random(SEED)
    with out.open("w", encoding="utf-8") as file:
        write_labelled(file, rows, dice)
        write_taught(file, reads, replace(StanceClassifier.load(teacher), shares=BALANCED), dice)


if __name__ == "__main__":
    main()
