"""How the time grows with the length of an article, the number of articles and the number of quotes.

    python benchmarks/growth.py FOLDER_OF_ARTICLES [--largest 1000000] [--most 64] [--accurate] [--repeats 3]

Prints processor seconds of the whole chain with one thread, their ratio to a plain float32 pass of the encoder over the
same text (above 1 the pipeline is faster), and the exponent of their growth from the line above: 1 is linear. The texts
are the articles of the folder, one after the other until a text is long enough. Processor seconds hardly move when the
machine has other work to do.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path

from speed import plain_finder, plain_pass
from timing import best

from quotestance import Article, Pipeline, load, read_articles
from quotestance.quotes.finder import QuoteFinder

SHORTEST = 1_000  # characters
STEP = 10  # from one length, or number, to the next


def text_of(articles: Sequence[Article], characters: int) -> Article:
    """Make an article of some length out of others."""
    parts: list[str] = []
    size = 0
    for article in cycle(articles):
        parts.append(article.text)
        size += len(article.text) + 2
        if size >= characters:
            return Article("\n\n".join(parts)[:characters])
    raise ValueError("There are no articles.")


class Table:
    """Lines with the cost of sets of articles.

    Args:
        title: Of the first column.
        pipe: The pipeline.
        plain: The encoder that it is set beside.
        repeats: Runs of each.
    """

    def __init__(self, title: str, pipe: Pipeline, plain: QuoteFinder, repeats: int) -> None:
        self._pipe, self._plain, self._repeats = pipe, plain, repeats
        self._before: tuple[float, float] | None = None
        print(f"\n{title:>20s} {'words':>9s} {'seconds':>9s} {'words/s':>9s} {'beside plain':>13s} {'exponent':>9s}")

    def line(self, name: str, articles: Sequence[Article], size: float | None = None) -> None:
        """Measure and print one; with a size, the exponent from the one before."""
        words = sum(len(article.text.split()) for article in articles)
        own = best(lambda: list(self._pipe.stream(articles)), self._repeats).processor
        plain = best(lambda: plain_pass(self._plain, articles), self._repeats).processor
        exponent = ""
        if size is not None and self._before is not None:
            exponent = f"{math.log(own / self._before[1]) / math.log(size / self._before[0]):.2f}"
        self._before = None if size is None else (size, own)
        print(f"{name:>20s} {words:9d} {own:9.2f} {words / own:9.0f} {plain / own:13.2f} {exponent:>9s}", flush=True)


def sizes(first: int, last: int) -> Iterable[int]:
    """Yield numbers that grow by a constant factor."""
    while first <= last:
        yield first
        first *= STEP


def thirds(articles: Sequence[Article]) -> dict[str, list[Article]]:
    """Part articles with quotes by how many they have for their length."""
    ordered = sorted(articles, key=lambda article: len(article.quotes) / max(1, len(article.text)))
    third = -(-len(ordered) // 3)
    names = ("few quotes", "more quotes", "many quotes")
    return {name: ordered[place * third : (place + 1) * third] for place, name in enumerate(names)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--largest", type=int, default=1_000_000, help="characters of the longest text")
    parser.add_argument("--most", type=int, default=64, help="articles of the largest set")
    parser.add_argument("--accurate", action="store_true", help="load() as it is, instead of fast=True")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each, of which the shortest counts")
    args = parser.parse_args()
    articles = [article for article in read_articles(args.folder) if article.text and not article.error]
    pipe, plain = load(fast=not args.accurate, threads=1), plain_finder()
    found = list(pipe.stream(articles[: args.most]))
    table = Table("characters", pipe, plain, args.repeats)
    for size in sizes(SHORTEST, args.largest):
        table.line(str(size), [text_of(articles, size)], size)
    table = Table("articles", pipe, plain, args.repeats)
    for size in sizes(1, args.most):
        table.line(str(size), list(islice(cycle(articles), size)), size)
    table = Table("articles with", pipe, plain, args.repeats)
    for name, some in thirds(found).items():
        if some:
            table.line(name, some)


if __name__ == "__main__":
    main()
