"""How fast the pipeline is, beside a plain pass of the same encoder and, where it is installed, spaCy.

    python benchmarks/speed.py FOLDER_OF_ARTICLES [--threads 2] [--accurate]

Prints words/s, the ratio to the baselines that run in the same process on the same articles, and the peak memory.
Absolute figures are noise on a shared machine; the ratios are what to look at. The plain pass is the attribution
model's own encoder in float32 over windows of 256 tokens, padded to the longest, without heads, speakers or stance.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable
from pathlib import Path

import torch
from timing import best_seconds

from quotestance import Article, Pipeline, load, read_articles


def plain_pass(pipe: Pipeline, articles: list[Article]) -> None:
    """Run the encoder alone, in float32."""
    tokenizer, model = pipe.finder.tokenizer, pipe.finder.model
    for article in articles:
        ids = tokenizer.backend_tokenizer.encode(article.text, add_special_tokens=False).ids
        windows = [ids[start : start + 256] for start in range(0, len(ids), 256)]
        longest = max(map(len, windows))
        batch = torch.tensor([window + [0] * (longest - len(window)) for window in windows])
        mask = (torch.arange(longest)[None] < torch.tensor([[len(window)] for window in windows])).long()
        with torch.inference_mode():
            model.encoder(input_ids=batch, attention_mask=mask)


def spacy_pass(articles: list[Article]) -> Callable[[], object] | None:
    """spaCy's small English pipeline, if it is here."""
    try:
        import spacy

        nlp = spacy.load("en_core_web_sm")
    except (ImportError, OSError):
        return None
    return lambda: [len(document) for document in nlp.pipe(article.text for article in articles)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--accurate", action="store_true", help="the accurate stance model instead of the fast one")
    args = parser.parse_args()
    articles = [article for article in read_articles(args.folder) if article.text and not article.error]
    words = sum(len(article.text.split()) for article in articles)
    pipe = load(fast=not args.accurate, threads=args.threads)
    quotes = sum(len(article.quotes) for article in pipe.stream(articles))
    own = best_seconds(lambda: list(pipe.stream(articles)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(articles)} articles, {words} words, {quotes} quotes, {args.threads} threads")
    print(f"quotestance, whole pipeline   {words / own:8.0f} words/s   peak memory {peak:.0f} MB")
    stages = {
        "finding quotes": best_seconds(lambda: pipe.finder.find(articles)),
        "plain float32 encoder pass": best_seconds(lambda: plain_pass(pipe, articles)),
    }
    if spacy := spacy_pass(articles):
        stages["spaCy en_core_web_sm"] = best_seconds(spacy)
    for name, taken in stages.items():
        print(f"{name:29s} {words / taken:8.0f} words/s   pipeline runs at {taken / own:.2f} of its speed")


if __name__ == "__main__":
    main()
