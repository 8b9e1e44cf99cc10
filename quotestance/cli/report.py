"""The command ``report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quotestance.cli.messages import (
    EncodingOption,
    IdColumn,
    Overwrite,
    TextColumn,
    Verbose,
    ending_at_once,
    start_logging,
    tell,
)

Quotes = Annotated[
    Path,
    typer.Argument(
        help="Table that 'quotestance score' wrote (.parquet, .csv, .jsonl), or articles with quotes (.jsonl)."
    ),
]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of the report.")]
Articles = Annotated[
    Path | None, typer.Option(help="The articles that were scored, a file or a folder: their texts, highlighted.")
]
Texts = Annotated[bool, typer.Option("--texts/--no-texts", help="Show the texts of the articles, or only the quotes.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Show a sample of so many quotes; counts are of all.")]
Title = Annotated[str | None, typer.Option(help="Heading of the first page.")]


def register(app: typer.Typer) -> None:
    """Add the command of this module to an app."""
    app.command()(report)


def report(
    quotes: Quotes,
    output: Output,
    articles: Articles = None,
    texts: Texts = True,
    limit: Limit = None,
    title: Title = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    encoding: EncodingOption = None,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Make pages of a table of quotes: who is quoted, which way they push, every quote in its article.

    The folder needs no network and no server: open its index.html, or send it.

    Example: quotestance report quotes.parquet --articles articles/ -o site
    """
    start_logging(verbose)
    with ending_at_once():
        from quotestance.report import holds_report, write_report

    if holds_report(output) and not overwrite:
        raise FileExistsError(f"{output} holds a report already. Name another folder, or set overwrite=True.")
    summary = write_report(
        quotes,
        output,
        articles=articles,
        texts=texts,
        limit=limit,
        title=title,
        text_column=text_column,
        id_column=id_column,
        encoding=encoding,
    )
    pages = f"{summary.shown} quotes, {summary.speakers} speakers, {summary.articles} articles"
    tell(f"{pages} -> open {summary.index}")
    if summary.lost:
        tell(f"{summary.lost} quotes do not stand in the texts given: are they those that were scored?")
