"""The command ``report``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quotestance.cli.messages import as_options, ending_at_once, refuse_idle, start_logging, tell
from quotestance.cli.models import load_pipe
from quotestance.cli.options import EncodingOption, Fast, IdColumn, Overwrite, TextColumn, Verbose

if TYPE_CHECKING:
    from quotestance.report import ReportSummary

Quotes = Annotated[
    Path,
    typer.Argument(
        help="Table that 'quotestance score' wrote (.parquet, .csv, .jsonl), articles with quotes (.jsonl), "
        "or a folder of articles, which is scored and linked first."
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
    fast: Fast = False,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    encoding: EncodingOption = None,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Make pages of a table of quotes: who is quoted, which way they push, every quote in its article.

    The folder needs no network and no server: open its index.html, or send it.

    Of a folder of articles the tables are written beside the report, as OUTPUT.quotes.parquet and so on.

    Example: quotestance report quotes.parquet --articles articles/ -o site
    """
    start_logging(verbose)
    with ending_at_once():
        from quotestance.report import check_report_folder, write_report

    failed, begun = 0, None
    reading: dict[str, Any] = {"text_column": text_column, "id_column": id_column, "encoding": encoding}
    if not quotes.is_dir():
        refuse_idle({"--fast": fast}, "a table was scored before. Leave it out, or name a folder of articles.")
        if articles is None:
            told = {**reading, "text_column": text_column != "text"}
            refuse_idle(as_options(told), "no articles are read. Name them with --articles.")
    check_report_folder(output, overwrite=overwrite)
    if quotes.is_dir():
        title = title or f"Quotes of {quotes.resolve().name}"
        articles = articles or quotes
        quotes, failed = _tables_of(quotes, output, fast=fast, overwrite=overwrite, reading=reading)
        begun = _marker(output)
    summary = write_report(
        quotes,
        output,
        articles=articles,
        texts=texts,
        limit=limit,
        title=title,
        **reading,
    )
    if begun is not None:
        begun.unlink(missing_ok=True)
    for words in _told(summary):
        tell(words)
    if failed:
        raise typer.Exit(1)


def _told(summary: ReportSummary) -> Iterator[str]:
    """Say what was made, and what does not fit together."""
    from quotestance.render.wording import plural

    counts = {"quote": summary.shown, "speaker": summary.speakers, "article": summary.articles}
    yield f"{', '.join(plural(count, noun) for noun, count in counts.items())} -> open {summary.index}"
    if lost := summary.lost:
        yield (
            f"{plural(lost, 'quote')} {'does' if lost == 1 else 'do'} not stand in the text given for "
            f"{'its' if lost == 1 else 'their'} article: is it the one that was scored?"
        )
    if textless := summary.textless:
        yield (
            f"{plural(textless, 'article')} with quotes {'has' if textless == 1 else 'have'} no text among those "
            "given: texts are found by the article_id of the table. Were ids read as numbers (007 as 7)?"
        )


def _marker(output: Path) -> Path:
    """Return the file that stands beside a report while it is made of a folder; it holds the path of the folder."""
    return output.with_name(f".{output.name}.begun")


def _tables_of(folder: Path, output: Path, *, fast: bool, overwrite: bool, reading: dict[str, Any]) -> tuple[Path, int]:
    """Score a folder and link its speakers; return the table of quotes, beside the report, and how many failed.

    A marker tells from then on, until the report is made, that the tables come of a run that did not end.
    """
    from quotestance.identities.tables import link_table
    from quotestance.io.batch import check_run, score_folder
    from quotestance.io.saving import check_writable, saving
    from quotestance.render.wording import plural

    table, people = (output.with_name(f"{output.name}.{name}.parquet") for name in ("quotes", "identities"))
    begun, words = _marker(output), os.fsencode(folder.resolve())
    overwrite = overwrite or (begun.is_file() and begun.read_bytes() == words)
    check_run(folder, table, overwrite=overwrite)  # before the models are loaded
    check_writable(people, makes_folders=True)
    if people.exists() and not overwrite:
        raise FileExistsError(f"{people} is there already. Name another output, or set overwrite=True.")
    pipe = load_pipe(attribution=None, stance=None, fast=fast, cascade=None)
    done = score_folder(folder, table, pipe=pipe, overwrite=overwrite, **reading)
    with saving(begun):  # not before, lest tables of another's making be taken for those of this run
        begun.write_bytes(words)
    link_table(table, table, people, overwrite=True)
    tell(f"{done.read} read, {done.skipped} skipped, {done.failed} failed; {plural(done.quotes, 'quote')} -> {table}")
    return table, done.failed
