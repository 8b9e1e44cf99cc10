"""Progress of a long run on standard error: articles done, words a second, and what failed so far."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from quotestance.types import Article

if TYPE_CHECKING:
    from rich.progress import TaskID


class Progress:
    """A bar that counts articles; a context manager, which shows it and takes it away.

    Args:
        total: How many articles there are, or ``None`` where that is not known.
        is_shown: Whether to show anything.
    """

    def __init__(self, total: int | None, *, is_shown: bool = True) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("articles {task.fields[told]}"), TimeRemainingColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), disable=not is_shown)
        self._task: TaskID = self._bar.add_task("", total=total, told="")
        self._began = time.perf_counter()
        self._words = self._failed = 0

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def advance(self, articles: int = 1, *, words: int = 0, failed: int = 0) -> None:
        """Count articles.

        Args:
            articles: How many.
            words: Words of them that were scored, 0 where they were not.
            failed: How many of them failed.
        """
        self._words += words
        self._failed += failed
        speed = self._words / max(1e-9, time.perf_counter() - self._began)
        told = f"{speed:,.0f} words/s" + (f", {self._failed} failed" if self._failed else "")
        self._bar.update(self._task, advance=articles, told=told)


def word_count(text: str) -> int:
    """About how many words a text has, at no cost."""
    return text.count(" ") + 1


def with_progress(scored: Iterator[Article], total: int | None) -> Iterator[Article]:
    """Yield the articles as they come, counted on a bar.

    Args:
        scored: Articles that are being scored.
        total: How many there are, or ``None`` where that is not known.
    """
    with Progress(total) as progress:
        for article in scored:
            progress.advance(words=word_count(article.text), failed=article.error is not None)
            yield article
