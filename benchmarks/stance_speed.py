"""How fast the stance models are, beside each other and beside the finding of the quotes that they read.

    python benchmarks/stance_speed.py FOLDER_OF_ARTICLES [--threads 2] [--articles 40] [--beside FOLDER]

Finds the quotes of the articles once, and lets every model tell their stance in the articles. ``--beside`` takes a
further model folder of any kind, such as one of an earlier version, for the cost of the shipped ones beside it.
Absolute
figures are noise on a shared machine; the ratios are what to look at.
"""

from __future__ import annotations

import argparse
from functools import partial
from itertools import islice
from pathlib import Path

from timing import best_seconds

from quotestance import load, read_articles
from quotestance.checkpoints import shipped
from quotestance.stance.loading import load_classifier
from quotestance.stance.quotes import stances_of


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--articles", type=int, default=40)
    parser.add_argument("--beside", type=Path)
    args = parser.parse_args()
    finder = load(fast=True, threads=args.threads).finder
    given = list(islice((one for one in read_articles(args.folder) if one.text and not one.error), args.articles))
    articles = finder.find(given)
    words = sum(len(article.text.split()) for article in articles)
    quotes = sum(len(article.quotes) for article in articles)
    print(f"{len(articles)} articles, {words} words, {quotes} quotes, {args.threads} threads")
    seconds = {"finding quotes": best_seconds(partial(finder.find, given))}
    for folder in (shipped("stance-en"), shipped("stance-en-fast"), *([args.beside] if args.beside else [])):
        seconds[str(folder.name)] = best_seconds(partial(stances_of, articles, load_classifier(folder)))
    for name, time in seconds.items():
        cells = "   ".join(f"{time / other:.2f} of {other_name}" for other_name, other in seconds.items())
        print(f"{name:16s} {words / time:7.0f} words/s   {cells}", flush=True)


if __name__ == "__main__":
    main()
