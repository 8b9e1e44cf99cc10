"""Where the time of the pipeline goes, stage by stage.

    python benchmarks/profile.py FOLDER_OF_ARTICLES [--accurate] [--articles 30] [--repeats 3]

Prints the share of each stage in the processor time of this process, which works with one thread: unlike the time on
the clock, it hardly moves when the machine has other work to do. A stage is counted without the stages that it calls.
"""

from __future__ import annotations

import argparse
import functools
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from quotestance import Article, Pipeline

if __name__ == "profile":  # torch asks for the standard library's module of this name, and from here finds this one
    _own = spec_from_file_location("profile", Path(os.__file__).with_name("profile.py"))
    assert _own is not None
    assert _own.loader is not None
    sys.modules["profile"] = module_from_spec(_own)
    _own.loader.exec_module(sys.modules["profile"])

OTHER = "everything else"
STAGES: dict[str, tuple[str, ...]] = {
    "tokenising": (
        "quotestance.pipeline.Segments.of",
        "quotestance.quotes.finder.Segments.of",
        "quotestance.quotes.finder.tokenize",
        "quotestance.quotes.finder.plan_windows",
        "quotestance.reader.inference.pad_batch",
    ),
    "heads": ("quotestance.reader.inference._read",),
    "decoding": (
        "quotestance.quotes.finder.decode",
        "quotestance.quotes.finder.assemble",
        "quotestance.quotes.finder.tell_media_apart",
    ),
    "speakers": (
        "quotestance.pipeline.resolve_speakers",
        "quotestance.speakers.notes.Notebook.add",
    ),
    "stance preparation": ("quotestance.pipeline.classify_stance",),
}
"""Functions by stage; of a function, what the stages that it calls take is not counted."""


class Clock:
    """Processor seconds by stage, each without the stages inside it."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._stack: list[str] = [OTHER]
        self._since = time.process_time()

    def _turn(self) -> None:
        now = time.process_time()
        self.seconds[self._stack[-1]] = self.seconds.get(self._stack[-1], 0.0) + now - self._since
        self._since = now

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done inside for a stage."""
        self._turn()
        self._stack.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stack.pop()

    def counting(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that counts what another takes for a stage."""

        @functools.wraps(function)
        def counted(*args: Any, **options: Any) -> Any:
            with self.stage(name):
                return function(*args, **options)

        return counted

    def stop(self) -> dict[str, float]:
        """Return the seconds by stage."""
        self._turn()
        return self.seconds


def _place(path: str) -> tuple[Any, str] | None:
    """Return what holds the object of a dotted path and its name there, or None where there is no such object."""
    parts = path.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        holder: Any = sys.modules.get(".".join(parts[:cut]))
        if holder is not None:
            for part in parts[cut:-1]:
                holder = getattr(holder, part, None)
            return (holder, parts[-1]) if hasattr(holder, parts[-1]) else None
    return None


def profile(pipe: Pipeline, articles: list[Article]) -> dict[str, float]:
    """Return the processor seconds of one run over articles, by stage."""
    clock = Clock()
    models = [("encoder", pipe.finder.model.encoder), *(("stance pass", model) for model in stance_models(pipe))]
    with ExitStack() as stack:
        for name, model in models:
            stack.enter_context(patch.object(model, "forward", clock.counting(name, model.forward)))
        for name, paths in STAGES.items():
            for holder, attribute in filter(None, map(_place, paths)):
                counted = clock.counting(name, getattr(holder, attribute))
                stack.enter_context(patch.object(holder, attribute, counted))
        list(pipe.stream(articles))
    return clock.stop()


def stance_models(pipe: Pipeline) -> list[Any]:
    """Return what is run for stance alone: models, and of the reader, which has read by then, its head."""
    told: Any = pipe.classifier
    parts = [told.fast, told.accurate] if hasattr(told, "accurate") else [told]
    models = [part.model for part in parts if hasattr(part, "model")]
    return [model.stance if model is pipe.finder.model else model for model in models]


def tokens_read(pipe: Pipeline, articles: list[Article]) -> float:
    """Return how many tokens the reader reads for each token of the texts, padding and a second reading left out."""
    from quotestance.reader.tokens import SPECIAL_TOKENS, plan_windows, tokenize

    config, read, all_in_all = pipe.finder.model.config, 0, 0
    for article in articles:
        tokens = tokenize(article.text, pipe.finder.tokenizer)
        windows = plan_windows(tokens, length=config.window, before=config.before, after=config.after)
        read += sum(window.end - window.start + SPECIAL_TOKENS for window in windows)
        all_in_all += len(tokens)
    return read / all_in_all


def main() -> None:
    """Measure and print."""
    from quotestance import load, read_articles

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--accurate", action="store_true", help="load() as it is, instead of fast=True")
    parser.add_argument("--articles", type=int, default=30, help="so many of the folder, from the first")
    parser.add_argument("--repeats", type=int, default=3, help="runs, of which the shortest is shown")
    args = parser.parse_args()
    articles = [article for article in read_articles(args.folder) if article.text and not article.error]
    articles = articles[: args.articles]
    pipe = load(fast=not args.accurate, threads=1)
    list(pipe.stream(articles[:1]))
    runs = [profile(pipe, articles) for _ in range(args.repeats)]
    best = min(runs, key=lambda seconds: sum(seconds.values()))
    total, words = sum(best.values()), sum(len(article.text.split()) for article in articles)
    print(f"{len(articles)} articles, {words} words, {words / total:.0f} words a second of the processor, one thread")
    for name in ("tokenising", "encoder", "heads", "decoding", "speakers", "stance preparation", "stance pass", OTHER):
        print(f"{name:20s} {best.get(name, 0.0):7.2f} s  {best.get(name, 0.0) / total:6.1%}")
    models = sum(best.get(name, 0.0) for name in ("encoder", "heads", "stance pass"))
    print(f"{'all but the models':20s} {total - models:7.2f} s  {1 - models / total:6.1%}")
    print(f"The reader reads {tokens_read(pipe, articles):.2f} tokens for each token of the texts.")


if __name__ == "__main__":
    main()
