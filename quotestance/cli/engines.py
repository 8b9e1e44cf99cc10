"""``quotestance score --engine ray``: what the command does on an engine for many machines."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quotestance.cli.messages import ending_at_once, tell

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
    words = f"{summary.articles} articles, {summary.quotes} quotes -> {output}/quotes in {summary.seconds:.0f} s"
    tell(words + (f" ({summary.reused} articles were done before)" if summary.reused else ""))
    if summary.renamed:
        tell(f"{summary.renamed} articles shared an id with one before them and got one of their own")
    if summary.skipped or summary.failed:
        told = f"{summary.failed} articles failed, {summary.skipped} files are of kinds that are not read"
        tell(f"{told}: see {output}/articles")
    if summary.failed:
        raise typer.Exit(2 if summary.failed == summary.articles else 1)
