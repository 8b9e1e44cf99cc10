"""The command line: ``quotestance analyze | score | evaluate | ...``. Only here and in the report commands is printed.

Exit codes: 0 done; 1 some articles failed, the rest is done; 2 nothing could be done: wrong use, nothing to read, or
all failed; 130 interrupted, 143 ended by SIGTERM.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from shutil import get_terminal_size
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from quotestance.cli import export, link, report, train
from quotestance.cli.engines import Address, EngineOption, check_engine, score_on_engine
from quotestance.cli.evaluate import (
    Attribution,
    Cascade,
    Device,
    Fast,
    StanceModel,
    StanceShares,
    check_stance,
    load_pipe,
    register,
    shown,
)
from quotestance.cli.messages import (
    EncodingOption,
    IdColumn,
    TextColumn,
    Verbose,
    in_options,
    refuse_idle,
    start_logging,
    stopping_in_words,
    tell,
    tell_error,
)
from quotestance.cli.stdin import read_standard_input
from quotestance.errors import FormatError, QuotestanceError
from quotestance.io.batch import BatchSummary, check_run, score_folder
from quotestance.io.readers import is_one_article, read_articles, replacing
from quotestance.io.saving import check_writable, saving
from quotestance.io.table import to_csv
from quotestance.render import Explanations, to_html, to_text
from quotestance.render.wording import plural
from quotestance.text import scalar_values
from quotestance.types import Article
from quotestance.version import __version__

if TYPE_CHECKING:
    from quotestance.pipeline import Pipeline

log = logging.getLogger(__name__)


class _Commands(TyperGroup):
    """The commands, which end in words wherever they are interrupted."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take the arguments; an empty one would be the current folder, where a shell's variable was never set."""
        if "" in args:
            raise typer.BadParameter("an argument is empty. Is a variable of the shell not set?")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        start_logging(verbose=False)
        with stopping_in_words():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Find the quotes of news articles, who said them, and whether they push toward war or away from it.",
    epilog="Start with: quotestance analyze ARTICLE.txt    The models are shipped; nothing is fetched.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


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

Threads = Annotated[int | None, typer.Option(min=1, help="Processor threads.")]
Workers = Annotated[
    int,
    typer.Option(min=1, help="Processes that score, one thread each; as many as there are cores is fastest for many."),
]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="Leave out quotes below this confidence; 0 keeps all, the default is the model's."
    ),
]
Spreadsheet = Annotated[
    bool,
    typer.Option("--spreadsheet", help="Write CSV for a spreadsheet: Excel knows its encoding, nothing is a formula."),
]
Explain = Annotated[bool, typer.Option("--explain", help="With --format html: shade what carried each stance (slow).")]


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
    if explain and format is not Format.HTML:
        raise typer.BadParameter("--explain shades words in a page: give --format html with it.")
    if spreadsheet and format is not Format.CSV:
        raise typer.BadParameter("--spreadsheet is a manner of CSV: give --format csv with it.")
    if output is None:
        refuse_idle({"--overwrite": overwrite}, "nothing is written. Name a file with --output.")
        if sys.stdout is None:
            raise FormatError("Standard output is closed. Name a file with --output.")
    articles = _input(file, text_column, id_column, encoding)
    if output is not None:
        _check_output(output, file, overwrite)
    pipe = load_pipe(attribution, stance, fast, cascade, threads, min_confidence, device, stance_shares)
    done = list(shown(pipe.stream(articles), 1 if str(file) == "-" or is_one_article(file) else None))
    explanations = [_explanations(pipe, article) if explain else None for article in done]
    is_shown = output is None and sys.stdout.isatty()
    data = _csv(done, spreadsheet) if format is Format.CSV else _formatted(done, format, explanations, is_shown)
    if output is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    elif output.exists() and not output.is_file():  # a device
        output.write_bytes(data)
    else:
        with saving(output), replacing(output.resolve()) as stream:
            stream.write(data)
    _report_errors(done)


@app.command()
def score(
    folder: Annotated[str, typer.Argument(help="Folder of articles (or one file with many).")],
    output: Annotated[str, typer.Option("--output", "-o", help="The table: .parquet, .csv, .jsonl or .xlsx.")],
    attribution: Attribution = None,
    stance: StanceModel = None,
    fast: Fast = False,
    cascade: Cascade = None,
    stance_shares: StanceShares = None,
    threads: Threads = None,
    min_confidence: MinConfidence = None,
    device: Device = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    encoding: EncodingOption = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace tables that are there.")] = False,
    cache: Annotated[
        bool, typer.Option("--cache/--no-cache", help="Keep what is done in OUTPUT.cache, for runs to come.")
    ] = True,
    spreadsheet: Spreadsheet = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    workers: Workers = 1,
    engine: EngineOption = None,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Score a folder of articles into a table with one row per quote.

    Beside it OUTPUT's .articles table tells what became of every file and record: read, skipped or failed, and why.
    The same command goes on where an interrupted run stopped; later, with --overwrite, only what is new or changed is
    scored.

    Exit codes: 0 done, 1 some articles failed, 2 nothing could be done, 130 interrupted, 143 ended by SIGTERM.

    Examples:

      quotestance score articles/ -o quotes.parquet --fast

      quotestance score s3://bucket/news -o s3://bucket/scored --fast --engine ray --address auto
    """
    start_logging(verbose)
    if spreadsheet and (engine is not None or Path(output).suffix.lower() != ".csv"):
        raise typer.BadParameter("--spreadsheet is a manner of CSV: name an output that ends in .csv.")
    if threads is not None and threads > 1 and workers > 1:
        raise typer.BadParameter("give --threads or --workers, not both: a worker has one thread.")
    if engine is None:
        refuse_idle({"--address": address}, "no engine is asked for. Give --engine too.")
    else:
        check_engine(encoding=encoding, workers=workers, cache=cache)
        check_stance(stance, fast, cascade)
        models = {"attribution": attribution, "stance": stance, "fast": fast, "cascade": cascade}
        reading = {"min_confidence": min_confidence, "text_column": text_column, "id_column": id_column}
        settings = {**models, **reading, "threads": threads or 1, "device": device or "cpu"}
        settings |= {"stance_shares": stance_shares}
        score_on_engine(folder, output, address=address, overwrite=overwrite, quiet=quiet, **settings)
        return
    check_run(folder, output, encoding=encoding, overwrite=overwrite)  # before the models are loaded
    summary = score_folder(
        folder,
        output,
        pipe=load_pipe(attribution, stance, fast, cascade, threads, min_confidence, device, stance_shares),
        text_column=text_column,
        id_column=id_column,
        encoding=encoding,
        overwrite=overwrite,
        workers=workers,
        cache=cache,
        progress=not quiet,
        spreadsheet=spreadsheet,
    )
    _report_summary(summary)


def _report_summary(summary: BatchSummary) -> None:
    states = f"{summary.read} read, {summary.skipped} skipped, {summary.failed} failed"
    tell(f"{states}; {plural(summary.quotes, 'quote')} -> {summary.quotes_table} in {summary.seconds:.0f} s")
    if summary.reused:
        tell(f"{plural(summary.reused, 'article')} not scored again: the same text was done before")
    if summary.damaged:
        tell(f"{plural(summary.damaged, 'damaged line')} in {summary.cache}: what they held was scored again")
    if summary.doubled:
        tell(f"{plural(summary.doubled, 'article')} had the id of another and got one of their own")
    tell(f"What became of each input: {summary.articles_table}")
    if summary.cache_bytes:
        size = f"{summary.cache_bytes / 1e6:.1f} MB"
        tell(f"Kept so that later runs score only what is new: {summary.cache}, {size} (--no-cache keeps nothing)")
    if summary.failed:
        raise typer.Exit(1)


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


def _check_output(output: Path, file: Path, overwrite: bool) -> None:
    """Check that a page or table may be written there."""
    if output.is_dir():
        raise IsADirectoryError(f"{output} is a folder. Name a file.")
    if str(file) != "-" and output.exists() and output.samefile(file):
        raise FileExistsError(f"{output} is the article itself. Name another output.")
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
        parts = [
            to_html(article, explanations=words, ids=f"qs-{number}-" if number else "qs-")  # all are in one page
            for number, (article, words) in enumerate(zip(articles, explanations, strict=True))
        ]
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


def run() -> None:
    """Run the command line; errors become a line on standard error and exit code 2."""
    if sys.stderr is None:  # closed: what is told there would be printed among the output
        sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
    try:
        app(prog_name="quotestance")
    except (QuotestanceError, OSError, ValueError, ImportError) as error:
        log.debug("It ended here", exc_info=True)
        tell_error(error)
    except KeyboardInterrupt as error:
        tell_error(error)
        sys.exit(130)
    except Exception as error:
        log.debug("It ended here", exc_info=True)
        tell(f"quotestance: {type(error).__name__}: {error}. This is a fault: please report what --verbose shows.")
    sys.exit(2)


register(app)
export.register(app)
link.register(app)
report.register(app)
train.register(app)
