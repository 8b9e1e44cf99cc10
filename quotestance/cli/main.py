"""The command line: ``quotestance analyze | score | evaluate | ...``. Only here and in the report commands is printed.

Exit codes: 0 done; 1 something failed, the rest is done (articles with errors); 2 wrong use, or input that cannot be
read at all; 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from quotestance.cli.engines import Address, EngineOption, score_on_engine
from quotestance.cli.evaluate import Attribution, Cascade, Fast, StanceModel, load_pipe, register
from quotestance.errors import QuotestanceError
from quotestance.io.batch import BatchSummary, errors_path, score_folder
from quotestance.io.encodings import decode
from quotestance.io.readers import read_articles
from quotestance.io.table import to_csv
from quotestance.render import Explanations, to_html, to_text
from quotestance.text import scalar_values
from quotestance.types import Article
from quotestance.version import __version__

if TYPE_CHECKING:
    from quotestance.pipeline import Pipeline

app = typer.Typer(
    help="Find the quotes of news articles, who said them, and whether they push toward war or away from it.",
    epilog="Start with: quotestance analyze ARTICLE.txt    The models are shipped; nothing is fetched.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """Output of ``analyze``."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


Threads = Annotated[int | None, typer.Option(min=1, help="Processor threads.")]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="Leave out quotes below this confidence; 0 keeps all, the default is the model's."
    ),
]
Explain = Annotated[bool, typer.Option("--explain", help="With --format html: shade what carried each stance (slow).")]
TextColumn = Annotated[str, typer.Option(help="Field that holds the text in JSON, CSV and Parquet records.")]
IdColumn = Annotated[str | None, typer.Option(help="Field that holds the id in such records.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"quotestance {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Find the quotes of news articles, who said them, and whether they push toward war or away from it."""


@app.command()
def analyze(
    file: Annotated[
        Path,
        typer.Argument(help="An article (.txt, .md, .html, .json, .jsonl, .csv ...), or - for text on standard input."),
    ],
    format: Annotated[Format, typer.Option("--format", "-f", help="How to print what was found.")] = Format.TEXT,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of printing.")] = None,
    attribution: Attribution = None,
    stance: StanceModel = None,
    fast: Fast = False,
    cascade: Cascade = False,
    threads: Threads = None,
    min_confidence: MinConfidence = None,
    explain: Explain = False,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
) -> None:
    """Show the quotes of one article, or of every article in one file.

    Examples:

      quotestance analyze article.txt

      quotestance analyze article.html --format html --explain -o article.quotes.html

      curl -s https://example.org/story | quotestance analyze - --format jsonl
    """
    if explain and format is not Format.HTML:
        raise typer.BadParameter("--explain shades words in a page: give --format html with it.")
    articles = _input(file, text_column, id_column)
    pipe = load_pipe(attribution, stance, fast, cascade, threads, min_confidence)
    done = list(pipe.stream(articles))
    explanations = [_explanations(pipe, article) if explain else None for article in done]
    data = _csv(done) if format is Format.CSV else _formatted(done, format, explanations)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        output.write_bytes(data)
    _report_errors(done)


@app.command()
def score(
    folder: Annotated[str, typer.Argument(help="Folder of articles (or one file with many).")],
    output: Annotated[str, typer.Option("--output", "-o", help="The table: .parquet, .csv or .jsonl.")],
    attribution: Attribution = None,
    stance: StanceModel = None,
    fast: Fast = False,
    cascade: Cascade = False,
    threads: Threads = None,
    min_confidence: MinConfidence = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a table that is there, and drop an interrupted run.")
    ] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    engine: EngineOption = None,
    address: Address = None,
) -> None:
    """Score a folder of articles into a table with one row per quote.

    An interrupted run goes on where it stopped when the same command is given again. A file that cannot be read costs
    one row in OUTPUT's .errors.csv, and exit code 1.

    Example:

      quotestance score articles/ -o quotes.parquet --fast

      quotestance score s3://bucket/news -o s3://bucket/scored --fast --engine ray --address auto
    """
    if engine is not None:
        models = {"attribution": attribution, "stance": stance, "fast": fast, "cascade": cascade}
        reading = {"min_confidence": min_confidence, "text_column": text_column, "id_column": id_column}
        settings = {**models, **reading, "threads": threads or 1}
        score_on_engine(folder, output, address=address, overwrite=overwrite, quiet=quiet, **settings)
        return
    pipe = load_pipe(attribution, stance, fast, cascade, threads, min_confidence)
    try:
        summary = score_folder(
            folder,
            output,
            pipe=pipe,
            settings=json.dumps([__version__, attribution, stance, fast, cascade, min_confidence]),
            text_column=text_column,
            id_column=id_column,
            overwrite=overwrite,
            progress=not quiet,
        )
    except KeyboardInterrupt:  # caught here, for typer ends without a word
        print("quotestance: interrupted; the same command goes on from here", file=sys.stderr)
        raise typer.Exit(130) from None
    _report_summary(summary, output)


def _report_summary(summary: BatchSummary, output: str) -> None:
    words = f"{summary.articles} articles, {summary.quotes} quotes -> {output} in {summary.seconds:.0f} s"
    print(words + (f" ({summary.skipped} articles were done before)" if summary.skipped else ""), file=sys.stderr)
    if summary.failed:
        print(f"{summary.failed} articles failed: see {errors_path(output)}", file=sys.stderr)
        raise typer.Exit(1)


def _input(file: Path, text_column: str, id_column: str | None) -> Iterable[Article]:
    if str(file) != "-":
        return read_articles(file, text_column=text_column, id_column=id_column)
    return [Article(decode(sys.stdin.buffer.read()), id="standard input")]


def _csv(articles: list[Article]) -> bytes:
    with TemporaryDirectory() as folder:
        to_csv(articles, path := Path(folder) / "quotes.csv")
        return path.read_bytes()


def _explanations(pipe: Pipeline, article: Article) -> Explanations:
    return {number: pipe.explain(article, quote) for number, quote in enumerate(article.quotes)}


def _formatted(articles: list[Article], format: Format, explanations: Sequence[Explanations | None]) -> bytes:
    """The articles in a format, in UTF-8."""
    if format is Format.HTML:
        parts = [to_html(article, explanations=words) for article, words in zip(articles, explanations, strict=True)]
    elif format is Format.JSONL:
        parts = [json.dumps(article.to_dict(), ensure_ascii=True) for article in articles]
    elif format is Format.JSON:
        data = [article.to_dict() for article in articles]
        parts = [json.dumps(data[0] if len(data) == 1 else data, indent=2, ensure_ascii=True)]
    else:
        parts = [to_text(article, color=sys.stdout.isatty()) for article in articles]
    return scalar_values("".join(part + "\n" for part in parts)).encode()


def _report_errors(articles: list[Article]) -> None:
    failed = [article for article in articles if article.error is not None]
    for article in failed:
        print(f"{article.id}: {article.error}", file=sys.stderr)
    if failed:
        raise typer.Exit(2 if len(failed) == len(articles) else 1)


def run() -> None:
    """The console entry point: turns the errors of the library into a line on standard error and exit code 2."""
    try:
        app()
    except (QuotestanceError, OSError) as error:
        print(f"quotestance: {error}", file=sys.stderr)
        sys.exit(2)


register(app)
