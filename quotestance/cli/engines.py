"""``quotestance score --engine ray``: what the command does on an engine for many machines."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quotestance.cli.messages import ending_at_once, refuse_idle, tell
from quotestance.render.wording import plural

if TYPE_CHECKING:
    from quotestance.engines.on_ray import EngineSummary


class Engine(StrEnum):
    """Engines of ``score``."""

    RAY = "ray"


EngineOption = Annotated[
    Engine | None,
    typer.Option("--engine", help="Score on many machines, into a folder of Parquet files; see docs/scaling.md."),
]
Address = Annotated[
    str | None, typer.Option(help="With --engine: the cluster (auto, ray://HOST:10001); by default this machine.")
]


def check_engine(*, encoding: str | None, workers: int, cache: bool) -> None:
    """Refuse options of ``score`` that are not for an engine.

    Raises:
        typer.BadParameter: One was given.
    """
    if encoding is not None:
        raise typer.BadParameter("--encoding is not for --engine, which detects the encoding of every file.")
    if workers > 1:
        raise typer.BadParameter("give --workers or --engine, not both: an engine starts workers of its own.")
    refuse_idle({"--no-cache": not cache}, "--engine keeps no cache. Leave out one or the other.")


def score_on_engine(
    source: str, output: str, *, address: str | None, overwrite: bool, quiet: bool, **settings: Any
) -> None:
    """Run ``score`` on Ray.

    Args:
        source, output: File or folder of articles, and the folder to write, as fsspec names them.
        address, overwrite, quiet: The options of the command.
        settings: Those of :class:`quotestance.Scorer`.
    """
    with ending_at_once():
        from quotestance.engines.on_ray import score_on_ray
        from quotestance.engines.scorer import Scorer

    try:
        scorer = Scorer(**settings)
        summary = score_on_ray(source, output, scorer=scorer, address=address, overwrite=overwrite, progress=not quiet)
    except KeyboardInterrupt as error:
        error.add_note("The same command goes on from here.")
        raise
    _report(summary, output)


def _report(summary: EngineSummary, output: str) -> None:
    read = summary.articles - summary.failed
    states = f"{read} read, {summary.skipped} skipped, {summary.failed} failed"
    tell(f"{states}; {plural(summary.quotes, 'quote')} -> {output}/quotes in {summary.seconds:.0f} s")
    if summary.reused:
        tell(f"{plural(summary.reused, 'article')} not scored again: in parts that were done before")
    if summary.renamed:
        tell(f"{plural(summary.renamed, 'article')} had the id of another and got one of their own")
    tell(f"What became of each input: {output}/articles")
    if not read:
        raise typer.Exit(2)
    if summary.failed:
        raise typer.Exit(1)
