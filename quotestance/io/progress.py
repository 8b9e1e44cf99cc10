"""Progress of a long run on standard error: articles done, words a second, and what failed so far."""

from __future__ import annotations

import time
from collections.abc import Iterator

from quotestance.types import Article


def with_progress(scored: Iterator[Article], total: int | None, done: int) -> Iterator[Article]:
    """Yield the articles as they come, counted on a bar.

    Args:
        scored: Articles that are being scored.
        total: How many there are with those done before, or ``None`` where that is not known.
        done: How many were done before.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("articles {task.fields[told]}"), TimeRemainingColumn())
    began, words, failed = time.perf_counter(), 0, 0
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=total, completed=done, told="")
        for article in scored:
            words += article.text.count(" ") + 1
            failed += article.error is not None
            speed = words / max(1e-9, time.perf_counter() - began)
            told = f"{speed:,.0f} words/s" + (f", {failed} failed" if failed else "")
            bar.update(task, advance=1, told=told)
            yield article
