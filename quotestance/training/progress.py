"""Progress of a training run on standard error."""

from __future__ import annotations

from types import TracebackType
from typing import Any


class StepProgress:
    """A bar that counts steps; a context manager, which shows it and takes it away, and a function of steps done.

    Args:
        is_shown: Whether to show anything.
    """

    def __init__(self, *, is_shown: bool) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), MofNCompleteColumn(), TextColumn("steps"), TimeRemainingColumn())
        self._bar = Progress(*columns, console=Console(stderr=True), disable=not is_shown)
        self._task: Any = None

    def __enter__(self) -> StepProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def __call__(self, done: int, total: int) -> None:
        """Show how many steps are done, of how many."""
        if self._task is None:
            self._task = self._bar.add_task("", total=total)
        self._bar.update(self._task, completed=done)
