"""How fast stance is told: by stance-en beside its encoder run plainly, and by the reader in its own pass.

    python benchmarks/stance_speed.py FOLDER_OF_ARTICLES [--threads 2] [--quotes 512]

Reads the quotes that the attribution model finds in the articles. The plain pass is what a first script would do: the
same weights in float32, 32 quotes at a time in the order of the text, each batch padded to its longest quote. Both ways
of telling stance stand beside the time that finding the quotes takes: what stance-en takes after that, and what it
takes to find them and have the reader tell their stance. What the default asks stance-en, about the quotes alone of
which the reader is not sure, stands beside stance-en asked about every quote, with what it reads before a quote and
with the sentence before alone, which is all that it read until commit 6995d98. Absolute figures are noise on a shared
machine; the ratios are what to look at.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import torch
from timing import best_seconds
from transformers import AutoModelForSequenceClassification

from quotestance import Article, Pipeline, load, read_articles
from quotestance.checkpoints import load_both, shipped
from quotestance.stance.cascade import Cascade
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.quotes import context_of
from quotestance.stance.reader_classifier import ReaderClassifier, StanceNotes
from quotestance.stance.utterance import context, utterance

BATCH = 32


def plain_pass(model: Any, tokenizer: Any, texts: list[str], contexts: list[str]) -> None:
    """Run the weights in float32 over padded batches."""
    for first in range(0, len(texts), BATCH):
        part = slice(first, first + BATCH)
        batch = tokenizer(
            texts[part], contexts[part], padding=True, truncation=True, max_length=512, return_tensors="pt"
        )
        with torch.inference_mode():
            model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"])


def find_and_tell(pipe: Pipeline, articles: list[Article]) -> None:
    """Find the quotes of articles, and tell their stance from what the reader notes meanwhile."""
    notes = [StanceNotes() for _ in articles]
    found = pipe.finder.find(articles, observe=lambda owner, reading: notes[owner].add(reading), notes_stance=True)
    assert isinstance(pipe.classifier, ReaderClassifier)
    pipe.classifier.classify_noted(found, notes)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quotes", type=int, default=512)
    args = parser.parse_args()
    pipe = load(fast=True, threads=args.threads)
    classifier = StanceClassifier.load(shipped("stance-en"))
    cascade = Cascade(pipe.classifier, classifier)
    before = context_of(classifier)
    texts: list[str] = []
    contexts: list[str] = []
    sentences: list[str] = []
    unsure: list[int] = []
    articles: list[Article] = []
    for article in read_articles(args.folder):
        if len(texts) < args.quotes and article.text and not article.error:
            found = pipe(article)
            articles.append(article)
            told = [quote.stance for quote in found.quotes if quote.stance]
            unsure += [len(texts) + place for place, stance in enumerate(told) if not cascade.is_sure(stance)]
            texts += [utterance(found, quote) for quote in found.quotes]
            contexts += [before(found, quote) for quote in found.quotes]
            sentences += [context(found, quote) for quote in found.quotes]
    print(f"{len(texts)} quotes of {len(articles)} articles, {args.threads} threads")
    both = load_both(AutoModelForSequenceClassification, shipped("stance-en"))
    own = best_seconds(partial(classifier.classify, texts, contexts))
    plain = best_seconds(partial(plain_pass, *both, texts, contexts))
    rates = f"{len(texts) / own:7.0f} quotes/s   plain float32 {len(texts) / plain:7.0f}   ratio {plain / own:.2f}"
    print(f"stance-en       {rates}")
    asked = ([texts[place] for place in unsure], [contexts[place] for place in unsure])
    least = best_seconds(partial(classifier.classify, *asked))
    former = best_seconds(partial(classifier.classify, texts, sentences))
    share = len(unsure) / len(texts)
    print(f"the default asks it about {share:.0%} of the quotes, which takes {least / own:.2f} of the time of all, and")
    print(f"{least / former:.2f} of the time of all with the sentence before alone")
    finding = best_seconds(lambda: pipe.finder.find(articles))
    telling = best_seconds(lambda: find_and_tell(pipe, articles))
    print(f"after finding the quotes, stance-en takes {own / finding:.2f} of the time of that")
    print(f"finding them and telling stance in the same pass takes {telling / finding:.2f} of the time of finding them")


if __name__ == "__main__":
    main()
