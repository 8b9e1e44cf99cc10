"""The commands ``evaluate``, ``compare``, ``runs`` and ``agreement``."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from quotestance.cli.messages import as_options, ending_at_once, refuse_idle, start_logging, tell, telling_warnings
from quotestance.cli.models import load_pipe, shown
from quotestance.cli.options import (
    Annotator,
    Attribution,
    Cascade,
    Device,
    Fast,
    Overwrite,
    StanceModel,
    StanceShares,
    Verbose,
)
from quotestance.text import scalar_values

if TYPE_CHECKING:
    from quotestance.evaluation import Comparison, Report
    from quotestance.evaluation.runs import Run

Gold = Annotated[
    Path,
    typer.Argument(
        help="Annotated articles: Article JSONL, a brat folder (PolNeAR's layout), Label Studio's JSON export, "
        "or a CSV or JSON Lines with 'text' and 'stance'."
    ),
]
Predictions = Annotated[
    Path | None,
    typer.Option(help="Score this file or folder of predictions, of any system, instead of running a model."),
]
Out = Annotated[Path | None, typer.Option(help="Write a run folder here, as in runs/NAME.")]
Slices = Annotated[
    list[str] | None,
    typer.Option(
        "--slice",
        help="Report by kind, cue_position, source_form, speaker_kind, stance or a key of meta. Repeatable.",
    ),
]
ByPiece = Annotated[bool, typer.Option("--by-piece", help="Score the pieces of split quotes one by one.")]
Flat = Annotated[
    bool, typer.Option("--flat", help="Leave out quotes inside quotes: for gold that has none, such as PolNeAR.")
]
GoldQuotes = Annotated[
    bool, typer.Option("--gold-quotes", help="Give the model the gold quotes: score speakers and stance alone.")
]
Draws = Annotated[int, typer.Option(min=0, help="Bootstrap draws over articles behind the intervals; 0 for none.")]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the bootstrap draws.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to an app."""
    for command in (evaluate, compare, runs, agreement):
        app.command()(command)


def evaluate(
    gold: Gold,
    predictions: Predictions = None,
    attribution: Attribution = None,
    stance: StanceModel = None,
    fast: Fast = False,
    cascade: Cascade = None,
    stance_shares: StanceShares = None,
    device: Device = None,
    out: Out = None,
    overwrite: Overwrite = False,
    column: Slices = None,
    by_piece: ByPiece = False,
    flat: Flat = False,
    gold_quotes: GoldQuotes = False,
    annotator: Annotator = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Tell how good a model is on annotated articles: quotes, speakers and stance, with intervals.

    Example: quotestance evaluate seeds/gold.jsonl --slice kind --out runs/first
    """
    start_logging(verbose)
    with ending_at_once():
        from quotestance.evaluation import scoring
        from quotestance.evaluation.formats.quotes_csv import holds_labelled_quotes
        from quotestance.evaluation.outcomes import check_columns
        from quotestance.evaluation.runs import check_run_folder, hashed_inputs, write_run

    _check_options(predictions, out, overwrite, as_options({
        "attribution": attribution, "stance": stance, "fast": fast, "cascade": cascade, "no_cascade": cascade is False,
        "stance_shares": stance_shares, "device": device,
    }))  # fmt: skip
    if out is not None:
        check_run_folder(out, overwrite=overwrite)
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.perf_counter()
    with telling_warnings():
        articles, given = scoring.load_gold(gold, annotator), gold_quotes or holds_labelled_quotes(gold)
    check_columns(articles, column or ())
    system = predictions or load_pipe(attribution, stance, fast, cascade, device=device, stance_shares=stance_shares)
    models = {} if out is None or isinstance(system, Path) else system.folders
    inputs = None if out is None else hashed_inputs(gold, predictions, models)  # before somebody trains on meanwhile
    watch = partial(shown, total=len(articles))
    with telling_warnings():
        predicted = scoring.predict(articles, system, gold_quotes=given, watch=watch)
    settings = {"draws": draws, "seed": seed, "by_piece": by_piece, "flat": flat, "gold_quotes": given}
    report = scoring.score(articles, predicted, slices=column or ["kind"], settings=settings)
    _print(report, as_json)
    if out is not None:
        timing = {"started": started, "seconds": round(time.perf_counter() - clock, 3)}
        report = report.replace(about=_about(gold, predictions, models, started))
        write_run(out, report, predicted, timing=timing, inputs=inputs)
        tell(f"Wrote {out}: open {out / 'report.html'}")


def _check_options(predictions: Path | None, out: Path | None, overwrite: bool, models: Mapping[str, object]) -> None:
    """Refuse options of ``evaluate`` that would have no effect."""
    if predictions is not None:
        refuse_idle(models, "--predictions were made before, and no model is run. Leave out one or the other.")
    if out is None:
        refuse_idle({"--overwrite": overwrite}, "nothing is written. Name a run folder with --out.")


def _print(found: Report | Comparison, as_json: bool) -> None:
    """Print what was found; lone surrogates, which no output can hold, as U+FFFD."""
    typer.echo(json.dumps(found.to_dict(), indent=1) if as_json else scalar_values(str(found)))


def _about(gold: Path, predictions: Path | None, models: dict[str, Path], started: str) -> dict[str, str]:
    """Return what the head of a report says was evaluated."""
    named = {f"Model, {name}": str(path) for name, path in models.items()}
    return {
        **(named or {"Predictions": str(predictions)}),
        "Data": str(gold),
        "Date": started,
        "Command": shlex.join(["quotestance", *sys.argv[1:]]),
    }


def compare(
    a: Annotated[Path, typer.Argument(help="Run folder of system A.")],
    b: Annotated[Path, typer.Argument(help="Run folder of system B.")],
    draws: Draws = 1000,
    seed: Seed = 0,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Tell whether B is better than A: differences with p-values, and the quotes that changed.

    Example: quotestance compare runs/first runs/second
    """
    start_logging(verbose)
    with ending_at_once():
        from quotestance.evaluation import compare as compare_runs

    found = compare_runs(a, b, draws=draws, seed=seed)
    _print(found, as_json)


def runs(
    folder: Annotated[Path, typer.Argument(help="Folder with run folders.")] = Path("runs"),
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """List the runs in a folder with their headline figures."""
    start_logging(verbose)
    with ending_at_once():
        from quotestance.evaluation import list_runs

    found = list_runs(folder)
    if not found:
        tell(f"{folder} holds no run. Make one with 'quotestance evaluate GOLD --out {folder}/NAME'.")
    if as_json:
        typer.echo(json.dumps([_run_to_dict(run) for run in found], indent=1))
    elif found:
        typer.echo(scalar_values(_runs_table(found)))


def _run_to_dict(run: Run) -> dict[str, Any]:
    return {"path": str(run.path), "started": run.started, "articles": run.articles, "headline": dict(run.headline)}


def _runs_table(found: list[Run]) -> str:
    from quotestance.evaluation.report.tables import Table, render_text, shown

    columns = {
        "quotes.all.soft.f1": "content",
        "quotes.all.end_to_end.f1": "end to end",
        "quotes.direct_mixed.end_to_end.f1": "direct+mixed",
        "quotes.indirect.end_to_end.f1": "indirect",
        "speakers.name": "name",
        "stance.macro_f1": "stance macro-F1",
        "chain.f1": "whole chain",
    }
    rows = [
        (run.path.name, run.started, str(run.articles), *(shown(run.headline.get(name)) for name in columns))
        for run in found
    ]
    return render_text(Table("Runs, %", ("run", "started", "articles", *columns.values()), tuple(rows)))


def agreement(
    first: Annotated[Path, typer.Argument(help="An annotation; or a brat folder or Label Studio export with several.")],
    second: Annotated[Path | None, typer.Argument(help="Another annotation of the same articles.")] = None,
    draws: Draws = 1000,
    seed: Seed = 0,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Tell how far annotators agree, layer by layer.

    Examples:

      quotestance agreement anna.json ben.json

      quotestance agreement PolNeAR/data
    """
    start_logging(verbose)
    with ending_at_once():
        from quotestance.evaluation import agreement as measure_agreement

    with telling_warnings():
        report = measure_agreement(first, second, draws=draws, seed=seed)
    _print(report, as_json)
