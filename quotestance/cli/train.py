"""The command ``train stance``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quotestance.cli.evaluate import Device
from quotestance.cli.messages import Overwrite, Verbose, ending_at_once, start_logging, tell
from quotestance.folders import open_folder

if TYPE_CHECKING:
    from quotestance.training import StanceTraining

app = typer.Typer(help="Train a model on labels of your own.", no_args_is_help=True, rich_markup_mode=None)


def register(parent: typer.Typer) -> None:
    """Add the commands of this module to an app."""
    app.callback()(_train)
    app.command()(stance)
    parent.add_typer(app, name="train")


def _train() -> None:
    """Train a model on labels of your own."""


def stance(
    labels: Annotated[
        Path,
        typer.Argument(
            help="A CSV, TSV or JSON Lines with 'text' and 'stance' (and 'context', 'conditional', 'split' if you have "
            "them), or annotated articles, as evaluate takes them."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the run, which becomes the model.")],
    start: Annotated[
        str | None,
        typer.Option(
            help="Stance model to go on from, or an encoder: a folder, a shipped name, or OWNER/NAME on the hub. "
            "Default: stance-en-fast, on a GPU stance-en."
        ),
    ] = None,
    epochs: Annotated[int, typer.Option(min=1, help="Times that the rows are read.")] = 5,
    rate: Annotated[
        float | None, typer.Option(help="Learning rate; by default 1e-4 for a small encoder, 3e-5 for a larger one.")
    ] = None,
    rows_a_step: Annotated[int, typer.Option(min=1, help="Rows that a step learns from.")] = 16,
    seed: Annotated[int, typer.Option(help="Of the draw of dev and the order of the rows.")] = 13,
    device: Device = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads.")] = None,
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")] = False,
    verbose: Verbose = False,
) -> None:
    """Fine-tune a stance model on your own labels; the folder is what --stance takes.

    A fifth of the rows without a split is held out as dev: temperature and biases are fitted on it. The folder gets a
    model card, metrics.json and log.txt. A run that was interrupted goes on with the same command.

    Example: quotestance train stance labels.csv -o my-stance
    """
    start_logging(verbose)
    if start is not None:
        open_folder(start)
    with ending_at_once():
        from quotestance.training import train_stance
        from quotestance.training.progress import StepProgress

    with StepProgress(is_shown=not quiet and sys.stderr.isatty()) as bar:
        done = train_stance(
            labels,
            output,
            start=start,
            epochs=epochs,
            rate=rate,
            rows_a_step=rows_a_step,
            seed=seed,
            device=device or "auto",
            threads=threads,
            overwrite=overwrite,
            progress=bar,
        )
    _report(done)


def _report(done: StanceTraining) -> None:
    if done.was_done:
        tell(f"{done.folder} holds this very run already: same labels, same settings.")
    before = done.metrics["before"]
    for name in ("dev", "test"):
        if name in done.metrics:
            one = done.metrics[name]
            was = f", {100 * before[name]:.1f} before" if name in before else ""
            tell(f"{name}: macro-F1 {100 * one['macro_f1']:.1f}{was}, of {one['quotes']} quotes")
    tell(f"{sum(done.rows.values())} rows -> {done.folder}; use it with --stance {done.folder}")
