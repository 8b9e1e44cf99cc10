"""The command ``analyze``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from shutil import get_terminal_size
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from quotestance.cli.messages import in_options, refuse_idle, start_logging, tell
from quotestance.cli.models import load_pipe, shown
from quotestance.cli.options import (
    Attribution,
    Cascade,
    Device,
    EncodingOption,
    Fast,
    IdColumn,
    MinConfidence,
    Spreadsheet,
    StanceModel,
    StanceShares,
    TextColumn,
    Threads,
    Verbose,
)
from quotestance.cli.stdin import read_standard_input
from quotestance.errors import FormatError
from quotestance.io.outputs import check_not_among
from quotestance.io.readers import is_one_article, read_articles
from quotestance.io.saving import check_writable, replacing, saving
from quotestance.io.table import to_csv
from quotestance.render import Explanations, to_text
from quotestance.render.html import to_page
from quotestance.text import scalar_values
from quotestance.types import Article

if TYPE_CHECKING:
    from quotestance.pipeline import Pipeline

_MOST_COLUMNS = 100  # of a line of text


class Format(StrEnum):
    """Output of ``analyze``."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


_FORMAT_OF = {
    ".txt": Format.TEXT,
    ".md": Format.TEXT,
    ".json": Format.JSON,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".csv": Format.CSV,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    "": Format.TEXT,
}
"""The format that the suffix of ``--output`` stands for."""

Explain = Annotated[bool, typer.Option("--explain", help="With --format html: shade what carried each stance (slow).")]


def register(app: typer.Typer) -> None:
    """Add the command of this module to an app."""
    app.command()(analyze)


def analyze(
    file: Annotated[
        Path,
        typer.Argument(
            help="An article (.txt, .md, .html, .json, .jsonl, .csv ...), a folder, or - for standard input."
        ),
    ],
    format: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="How to print what was found; by default as OUTPUT ends, else as text."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of printing.")] = None,
    attribution: Attribution = None,
    stance: StanceModel = None,
    fast: Fast = False,
    cascade: Cascade = None,
    stance_shares: StanceShares = None,
    threads: Threads = None,
    min_confidence: MinConfidence = None,
    explain: Explain = False,
    device: Device = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    encoding: EncodingOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace OUTPUT if it is there.")] = False,
    spreadsheet: Spreadsheet = False,
    verbose: Verbose = False,
) -> None:
    """Show the quotes of one article, or of every article in a file or a folder.

    Examples:

      quotestance analyze article.txt

      quotestance analyze article.html --explain -o article.quotes.html

      curl -s https://example.org/story | quotestance analyze - --format jsonl
    """
    start_logging(verbose)
    format = format or _format_of(output)
    _check_options(format, output, explain, spreadsheet, overwrite)
    articles = _input(file, text_column, id_column, encoding)
    if output is not None:
        _check_output(output, file, overwrite)
    pipe = load_pipe(attribution, stance, fast, cascade, threads, min_confidence, device, stance_shares)
    done = list(shown(pipe.stream(articles), 1 if str(file) == "-" or is_one_article(file) else None))
    explanations = [_explanations(pipe, article) if explain else None for article in done]
    is_shown = output is None and sys.stdout.isatty()
    data = _csv(done, spreadsheet) if format is Format.CSV else _formatted(done, format, explanations, is_shown)
    _write(data, output)
    _report_errors(done)


def _format_of(output: Path | None) -> Format:
    """Return the format that the name of the output stands for.

    Raises:
        typer.BadParameter: It stands for none.
    """
    if output is None:
        return Format.TEXT
    suffix = output.suffix.lower()
    if suffix not in _FORMAT_OF:
        raise typer.BadParameter(
            f"{output} ends in none of {', '.join(filter(None, _FORMAT_OF))}. Give --format; score writes tables.",
            param_hint="--output",
        )
    return _FORMAT_OF[suffix]


def _check_options(format: Format, output: Path | None, explain: bool, spreadsheet: bool, overwrite: bool) -> None:
    """Refuse options that do not go together, and printing where nothing can be printed."""
    if explain and format is not Format.HTML:
        raise typer.BadParameter("--explain shades words in a page: give --format html with it.")
    if spreadsheet and format is not Format.CSV:
        raise typer.BadParameter("--spreadsheet is a manner of CSV: give --format csv with it.")
    if output is None:
        refuse_idle({"--overwrite": overwrite}, "nothing is written. Name a file with --output.")
        if sys.stdout is None:
            raise FormatError("Standard output is closed. Name a file with --output.")


def _check_output(output: Path, file: Path, overwrite: bool) -> None:
    """Check that a page or table may be written there."""
    if output.is_dir():
        raise IsADirectoryError(f"{output} is a folder. Name a file.")
    if str(file) != "-" and output.exists() and output.samefile(file):
        raise FileExistsError(f"{output} is the article itself. Name another output.")
    if file.is_dir():
        check_not_among(output, file)  # the next call would read it
    if output.is_file() and not overwrite:
        raise FileExistsError(f"{output} is there already. Name another output, or give --overwrite.")
    if output.is_file() or not output.exists():  # no device
        check_writable(output)


def _input(file: Path, text_column: str, id_column: str | None, encoding: str | None) -> Iterable[Article]:
    if str(file) != "-":
        return read_articles(file, text_column=text_column, id_column=id_column, encoding=encoding)
    columns = {"--text-column": text_column != "text", "--id-column": id_column}
    refuse_idle(columns, "standard input is one text or page. Name a file for records.")
    return [read_standard_input(encoding)]


def _csv(articles: list[Article], spreadsheet: bool) -> bytes:
    with TemporaryDirectory() as folder:
        to_csv(articles, path := Path(folder) / "quotes.csv", spreadsheet=spreadsheet)
        return path.read_bytes()


def _explanations(pipe: Pipeline, article: Article) -> Explanations:
    return {number: pipe.explain(article, quote) for number, quote in enumerate(article.quotes)}


def _formatted(
    articles: list[Article], format: Format, explanations: Sequence[Explanations | None], is_shown: bool
) -> bytes:
    """Write articles in a format, in UTF-8; what a terminal shows is as wide as that, and coloured."""
    if format is Format.HTML:
        parts = [to_page(articles, explanations)]
    elif format is Format.JSONL:
        parts = [json.dumps(article.to_dict(), ensure_ascii=True) for article in articles]
    elif format is Format.JSON:
        data = [article.to_dict() for article in articles]
        parts = [json.dumps(data[0] if len(data) == 1 else data, indent=2, ensure_ascii=True)]
    else:
        parts = [to_text(article, width=_width(is_shown), color=is_shown) for article in articles]
    return scalar_values("".join(part + "\n" for part in parts)).encode()


def _width(is_shown: bool) -> int:
    """Columns of the terminal; where the output is no terminal, or the terminal very wide, as many as read well."""
    return min(_MOST_COLUMNS, get_terminal_size().columns) if is_shown else _MOST_COLUMNS


def _write(data: bytes, output: Path | None) -> None:
    """Write to standard output, to a device, or to a file, which appears when all is written."""
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():  # a device
        output.write_bytes(data)
    else:
        with saving(output), replacing(output.resolve()) as stream:
            stream.write(data)


def _report_errors(articles: list[Article]) -> None:
    failed = [article for article in articles if article.error is not None]
    for article in failed:
        tell(in_options(f"{article.id}: {article.error}"))
    if not any(article.text.strip() for article in articles if article.error is None):
        if not failed:
            tell("quotestance: there is no text to read. Name a text, or a file or folder with articles.")
        raise typer.Exit(2)
    if failed:
        raise typer.Exit(1)
