"""The pipeline that the options of a command ask for, and how far it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from quotestance.cli.messages import ending_at_once
from quotestance.folders import open_folder
from quotestance.io.progress import with_progress
from quotestance.types import Article

if TYPE_CHECKING:
    from quotestance.pipeline import Pipeline


def check_stance(stance: str | None, fast: bool, cascade: bool | None) -> None:
    """Check that what tells stance is chosen in one way.

    Raises:
        typer.BadParameter: It is chosen in two.
    """
    if fast and cascade:
        raise typer.BadParameter("give --fast or --cascade, not both: with --fast no other model is asked.")
    if fast and stance:
        raise typer.BadParameter("give --fast or --stance, not both: with --fast no other model is asked.")


def load_pipe(
    attribution: str | None,
    stance: str | None,
    fast: bool,
    cascade: bool | None,
    threads: int | None = None,
    min_confidence: float | None = None,
    device: str | None = None,
    stance_shares: str | None = None,
) -> Pipeline:
    """Load the pipeline that these options of the command line ask for.

    Raises:
        typer.BadParameter: Two ways of choosing what tells stance are given, or there is no such device.
        ValueError: The shares have no such name.
        CheckpointError: There is no such model; this is told before torch is imported.
    """
    check_stance(stance, fast, cascade)
    for name in filter(None, (attribution, stance)):
        open_folder(name)
    with ending_at_once():
        from quotestance.devices import find_device
        from quotestance.pipeline import load
    options: dict[str, Any] = {
        "attribution": attribution,
        "stance": stance,
        "fast": fast or None,
        "cascade": cascade,
        "threads": threads,
        "min_confidence": min_confidence,
        "device": device,
        "stance_shares": stance_shares,
    }
    given = {name: value for name, value in options.items() if value is not None}
    with ending_at_once():
        try:
            find_device(device or "cpu")
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--device") from None
        return load(**given)


def shown(scored: Iterator[Article], total: int | None) -> Iterator[Article]:
    """Yield articles as they are scored, with a progress bar where standard error is a terminal.

    Args:
        scored: The articles.
        total: How many there will be, where that is known; of a single one no bar is shown.
    """
    return scored if total == 1 or not sys.stderr.isatty() else with_progress(scored, total)
