"""The commands ``train quotes`` and ``train stance``."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from quotestance.cli.messages import ending_at_once, start_logging, tell, telling_warnings
from quotestance.cli.options import Annotator, Overwrite, Quiet, Threads, Verbose
from quotestance.folders import open_folder

if TYPE_CHECKING:
    from quotestance.training import QuoteTraining, StanceTraining

app = typer.Typer(help="Train a model on labels of your own.", no_args_is_help=True, rich_markup_mode=None)

Output = Annotated[Path, typer.Option("--output", "-o", help="Folder of the run, which becomes the model.")]
Device = Annotated[
    str,
    typer.Option(metavar="[cpu|cuda|auto]", help="Where the model learns; auto takes a GPU where there is one."),
]

_Done = TypeVar("_Done")


def register(parent: typer.Typer) -> None:
    """Add the commands of this module to an app."""
    app.callback()(_train)
    app.command()(quotes)
    app.command()(stance)
    parent.add_typer(app, name="train")


def _train() -> None:
    """Train a model on labels of your own."""


def quotes(
    gold: Annotated[
        Path,
        typer.Argument(
            help="Annotated articles, as evaluate takes them: Article JSONL, a brat folder or Label Studio's export."
        ),
    ],
    output: Output,
    start: Annotated[
        str, typer.Option(help="Attribution model to go on from: a folder, a shipped name, or OWNER/NAME on the hub.")
    ] = "attribution-en",
    annotator: Annotator = None,
    epochs: Annotated[int, typer.Option(min=1, help="Times that the articles are read.")] = 4,
    rate: Annotated[
        float, typer.Option(help="Learning rate of the encoder; its heads learn four times as fast.")
    ] = 5e-5,
    tokens_a_step: Annotated[int, typer.Option(min=1, help="Tokens that a step learns from.")] = 1_536,
    seed: Annotated[int, typer.Option(help="Of the draw of dev and the order of the articles.")] = 13,
    device: Device = "auto",
    threads: Threads = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Fine-tune the model that finds quotes on your own annotated articles; the folder is what --attribution takes.

    A fifth of the articles without a split is held out as dev, to measure on. The folder gets a model card,
    metrics.json and log.txt. A run that was interrupted goes on with the same command.

    Example: quotestance train quotes corrected.json -o my-quotes
    """
    start_logging(verbose)
    _check_there(gold)
    open_folder(start)
    with ending_at_once():
        from quotestance.training import train_quotes
    settings = {"epochs": epochs, "rate": rate, "tokens_a_step": tokens_a_step, "seed": seed, "annotator": annotator}
    where = {"device": device, "threads": threads, "overwrite": overwrite}
    done = _with_progress(train_quotes, quiet, gold, output, start=start, **settings, **where)
    _report_quotes(done)


def stance(
    labels: Annotated[
        Path,
        typer.Argument(
            help="A CSV, TSV or JSON Lines with 'text' and 'stance' (and 'context', 'conditional', 'split' if you have "
            "them), or annotated articles, as evaluate takes them."
        ),
    ],
    output: Output,
    start: Annotated[
        str | None,
        typer.Option(
            help="Stance model to go on from, or an encoder: a folder, a shipped name, or OWNER/NAME on the hub. "
            "Default: stance-en, the lower half of whose layers stays as it is on a processor, which is faster."
        ),
    ] = None,
    annotator: Annotator = None,
    epochs: Annotated[int, typer.Option(min=1, help="Times that the rows are read.")] = 5,
    rate: Annotated[
        float | None, typer.Option(help="Learning rate; by default 1e-4 for a small encoder, 3e-5 for a larger one.")
    ] = None,
    rows_a_step: Annotated[int, typer.Option(min=1, help="Rows that a step learns from.")] = 16,
    seed: Annotated[int, typer.Option(help="Of the draw of dev and the order of the rows.")] = 13,
    device: Device = "auto",
    threads: Threads = None,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Fine-tune a stance model on your own labels; the folder is what --stance takes.

    A fifth of the rows without a split is held out as dev: temperature and biases are fitted on it. The folder gets a
    model card, metrics.json and log.txt. A run that was interrupted goes on with the same command.

    Example: quotestance train stance labels.csv -o my-stance
    """
    start_logging(verbose)
    _check_there(labels)
    if start is not None:
        open_folder(start)
    with ending_at_once():
        from quotestance.training import train_stance
    settings = {"epochs": epochs, "rate": rate, "rows_a_step": rows_a_step, "seed": seed, "annotator": annotator}
    where = {"device": device, "threads": threads, "overwrite": overwrite}
    done = _with_progress(train_stance, quiet, labels, output, start=start, **settings, **where)
    _report_stance(done)


def _check_there(gold: Path) -> None:
    """Check that there is something to learn from, before torch is imported."""
    from quotestance.evaluation.formats.gold import check_there

    check_there(gold)


def _with_progress(train: Callable[..., _Done], quiet: bool, *arguments: Path, **options: Any) -> _Done:
    """Train with a progress bar, and tell what was odd about the gold."""
    from quotestance.training.progress import StepProgress

    is_shown = not quiet and sys.stderr.isatty()
    with telling_warnings(), StepProgress(is_shown=is_shown) as bar:
        return train(*arguments, **options, progress=bar)


def _report_quotes(done: QuoteTraining) -> None:
    if done.was_done:
        tell(f"{done.folder} holds this very run already: same gold, same settings.")
    figure = "quotes.all.end_to_end.f1"
    for name in ("dev", "test"):
        if name in done.metrics:
            now, before = (_percent(one[name], figure) for one in (done.metrics, done.metrics["before"]))
            quotes = done.metrics["articles"][name]["quotes"]
            tell(f"{name}: F1 of content and source {now}, {before} before, of {quotes} quotes")
    tell(f"{sum(done.articles.values())} articles -> {done.folder}; use it with --attribution {done.folder}")


def _percent(figures: Mapping[str, float], name: str) -> str:
    return f"{100 * figures[name]:.1f}" if name in figures else "none"


def _report_stance(done: StanceTraining) -> None:
    if done.was_done:
        tell(f"{done.folder} holds this very run already: same labels, same settings.")
    before = done.metrics["before"]
    for name in ("dev", "test"):
        if name in done.metrics:
            one = done.metrics[name]
            was = f", {100 * before[name]:.1f} before" if name in before else ""
            tell(f"{name}: macro-F1 {100 * one['macro_f1']:.1f}{was}, of {one['quotes']} quotes")
    tell(f"{sum(done.rows.values())} rows -> {done.folder}; use it with --stance {done.folder}")
