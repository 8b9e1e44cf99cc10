"""What 8-bit products in the place of float32 would win, and what quotes they would change, on this processor.

    python benchmarks/int8.py FOLDER_OF_ARTICLES [--articles 10] [--repeats 3] [--accurate]

The layers of reader and stance model are quantised dynamically (weights once, activations at every pass; torch's own
``quantize_dynamic``). Both ways run in turns in this process with one thread, and the least processor time of each
counts. Prints ratios, and how many quotes have another content, source, speaker or stance.
"""

from __future__ import annotations

import argparse
import copy
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from timing import best
from torch import nn

from quotestance import Article, Pipeline, Quote, load, read_articles


def quantised(model: Any) -> Any:
    """Return a model whose encoder multiplies in int8."""
    made = copy.copy(model)
    made._modules = dict(model._modules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch would rather have torchao
        quantize: Any = torch.ao.quantization.quantize_dynamic
        made.encoder = quantize(copy.deepcopy(model.encoder), {nn.Linear}, torch.qint8)
    return made


def with_int8(pipe: Pipeline) -> Pipeline:
    """Return the same pipeline in int8."""
    classifier: Any = pipe.classifier
    reader = quantised(pipe.finder.model)
    told = reader if classifier.model is pipe.finder.model else quantised(classifier.model)
    return Pipeline(replace(pipe.finder, model=reader), replace(classifier, model=told))


def key(quote: Quote) -> tuple[object, ...]:
    """Return what a reader of the table would see of a quote, but for its probabilities."""
    stance = quote.stance.label if quote.stance else None
    return quote.content, quote.source, quote.speaker and quote.speaker.name, stance


def changed(before: Sequence[Article], after: Sequence[Article]) -> tuple[int, int]:
    """Count the quotes, and those that the other reading has not exactly so."""
    pairs = list(zip(before, after, strict=True))
    kept = sum(len({key(quote) for quote in a.quotes} & {key(quote) for quote in b.quotes}) for a, b in pairs)
    return sum(len(a.quotes) for a, _ in pairs), sum(len(a.quotes) for a, _ in pairs) - kept


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=10, help="so many of the folder, from the first")
    parser.add_argument("--repeats", type=int, default=3, help="turns")
    parser.add_argument("--accurate", action="store_true", help="stance-en about every quote, instead of fast=True")
    args = parser.parse_args()
    articles = [article for article in read_articles(args.folder) if article.text and not article.error]
    articles = articles[: args.articles]
    plain = load(fast=not args.accurate, cascade=False, threads=1, precision="float32")
    short = with_int8(plain)
    before, after = list(plain.stream(articles)), list(short.stream(articles))
    quotes, others = changed(before, after)
    told = changed(before, [short.classify_stance(article) for article in before])[1]
    print(f"{len(articles)} articles, {quotes} quotes in float32, {others} of them not so in int8,")
    print(f"{told} of them with another stance where what tells stance alone is in int8", flush=True)
    stages = {
        "finding quotes": lambda pipe: pipe.finder.find(articles),
        "stance": lambda pipe: [pipe.classify_stance(article) for article in before],
        "whole pipeline": lambda pipe: list(pipe.stream(articles)),
    }
    for name, work in stages.items():
        taken = {"float32": [0.0], "int8": [0.0]}
        for _ in range(args.repeats):
            for way, pipe in (("float32", plain), ("int8", short)):
                taken[way].append(best(lambda work=work, pipe=pipe: work(pipe), 1).processor)  # type: ignore[misc]
        least = {way: min(times[1:]) for way, times in taken.items()}
        print(f"{name:15s} int8 runs at {least['float32'] / least['int8']:.2f} of the speed of float32", flush=True)


if __name__ == "__main__":
    main()
