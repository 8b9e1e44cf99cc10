"""How fast the stance models are, beside the same encoders run plainly, and beside each other.

    python benchmarks/stance_speed.py FOLDER_OF_ARTICLES [--threads 2] [--quotes 512]

Reads the quotes that the attribution model finds in the articles. The plain pass is what a first script would do: the
same weights in float32, 32 quotes at a time in the order of the text, each batch padded to its longest quote. Absolute
figures are noise on a shared machine; the ratios are what to look at.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

import torch
from timing import best_seconds
from transformers import AutoModelForSequenceClassification

from quotestance import load, read_articles
from quotestance.checkpoints import load_both, shipped
from quotestance.stance.classifier import StanceClassifier
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


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--quotes", type=int, default=512)
    args = parser.parse_args()
    pipe = load(fast=True, threads=args.threads)
    texts: list[str] = []
    contexts: list[str] = []
    for article in read_articles(args.folder):
        if len(texts) < args.quotes and article.text and not article.error:
            found = pipe.find_quotes(article)
            texts += [utterance(found, quote) for quote in found.quotes]
            contexts += [context(found, quote) for quote in found.quotes]
    texts, contexts = texts[: args.quotes], contexts[: args.quotes]
    print(f"{len(texts)} quotes, {args.threads} threads")
    rates: dict[str, float] = {}
    for name in ("stance-en", "stance-en-fast"):
        classifier = StanceClassifier.load(shipped(name))
        both = load_both(AutoModelForSequenceClassification, shipped(name))
        rates[name] = len(texts) / best_seconds(partial(classifier.classify, texts, contexts))
        plain = len(texts) / best_seconds(partial(plain_pass, *both, texts, contexts))
        print(f"{name:15s} {rates[name]:7.0f} quotes/s   plain float32 {plain:7.0f}   ratio {rates[name] / plain:.2f}")
    print(f"stance-en-fast beside stance-en: {rates['stance-en-fast'] / rates['stance-en']:.1f}")


if __name__ == "__main__":
    main()
