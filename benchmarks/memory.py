"""How much memory a run over many articles holds: ``python benchmarks/memory.py [--articles 5000] [--sentences 6]``.

Scores invented articles with tiny random models through ``score_folder`` and looks at the resident memory of the
process after every hundred. Ends with exit code 1 where it grows by more than 50 MB after the first 200 articles.
``--folder`` reads articles of your own with ``fast=True`` instead.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from invented import tiny_models, write_lines

from quotestance import Article, load, score_folder
from quotestance.pipeline import Pipeline

EVERY, FIRST = 100, 200  # articles
MOST_GROWTH = 50  # MB


def resident() -> float:
    """Memory of this process, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Watched:
    """A pipeline that notes how much memory there is.

    Args:
        pipe: The pipeline.
    """

    def __init__(self, pipe: Pipeline) -> None:
        self.pipe, self.identity = pipe, pipe.identity
        self.done = 0
        self.seen: dict[int, float] = {}

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Yield the articles, scored."""
        for article in self.pipe.stream(articles):
            yield article
            self.done += 1
            if self.done % EVERY == 0:
                gc.collect()
                self.seen[self.done] = resident()


def main() -> None:
    """Score, look and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--articles", type=int, default=5_000)
    parser.add_argument("--sentences", type=int, default=6)
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    with TemporaryDirectory() as place:
        models = {} if args.folder else tiny_models(Path(place))
        pipe = load(**models, threads=1) if models else load(fast=True, threads=1)  # type: ignore[arg-type]
        source = args.folder or write_lines(Path(place) / "news.jsonl", args.articles, args.sentences)
        watched, start = Watched(pipe), time.perf_counter()
        summary = score_folder(source, Path(place) / "q.parquet", pipe=watched, progress=False)
    later = {done: memory for done, memory in watched.seen.items() if done >= FIRST}
    first, most = later[min(later)], max(later.values())
    print(f"{summary.read} articles, {summary.quotes} quotes in {time.perf_counter() - start:.0f} s")
    steps = sorted({min(later), *(done for done in later if done % 1_000 == 0), max(later)})
    print("resident memory, MB: " + ", ".join(f"{later[done]:.0f} after {done}" for done in steps))
    print(
        f"grown by at most {most - first:.1f} MB after the first {min(later)} articles; at the end {resident():.0f} MB"
    )
    sys.exit(most - first > MOST_GROWTH)


if __name__ == "__main__":
    main()
