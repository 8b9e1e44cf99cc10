"""The command ``score``, on this machine; on an engine for many machines, see engines.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quotestance.cli.engines import Address, EngineOption, check_engine, score_on_engine
from quotestance.cli.messages import refuse_idle, start_logging, tell
from quotestance.cli.models import check_stance, load_pipe
from quotestance.cli.options import (
    Attribution,
    Cascade,
    Device,
    EncodingOption,
    Fast,
    IdColumn,
    MinConfidence,
    Quiet,
    Spreadsheet,
    StanceModel,
    StanceShares,
    TextColumn,
    Threads,
    Verbose,
)
from quotestance.io.batch import BatchSummary, check_run, score_folder
from quotestance.render.wording import plural

Workers = Annotated[
    int,
    typer.Option(min=1, help="Processes that score, one thread each; as many as there are cores is fastest for many."),
]


def register(app: typer.Typer) -> None:
    """Add the command of this module to an app."""
    app.command()(score)


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
    quiet: Quiet = False,
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
        again = "not scored again: the same text was read before, in this run or an earlier one"
        tell(f"{plural(summary.reused, 'article')} {again}")
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
