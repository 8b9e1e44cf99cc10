"""The commands ``export``, articles for people to correct, and ``export-model``, a model for plain transformers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from quotestance.cli.messages import as_options, ending_at_once, in_options, refuse_idle, start_logging, tell
from quotestance.cli.models import load_pipe, shown
from quotestance.cli.options import (
    Attribution,
    Cascade,
    Device,
    EncodingOption,
    Fast,
    IdColumn,
    StanceModel,
    StanceShares,
    TextColumn,
    Verbose,
)
from quotestance.errors import FormatError
from quotestance.folders import open_folder
from quotestance.io.columns import ROW
from quotestance.io.outputs import check_not_among
from quotestance.io.readers import EMPTY, Input, read_inputs
from quotestance.io.saving import check_writable
from quotestance.render.wording import plural
from quotestance.types import Article

_MOST_SKIPPED = 5  # files that are named


class To(StrEnum):
    """What ``export`` writes for."""

    LABEL_STUDIO = "label-studio"
    BRAT = "brat"
    JSONL = "jsonl"


Articles = Annotated[
    Path,
    typer.Argument(help="Articles, a file or a folder, which are scored first; or Article JSONL with their quotes."),
]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="A new folder, for jsonl a new file; default: beside ARTICLES, as ARTICLES.brat."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to an app."""
    app.command()(export)
    app.command()(export_model)


def export(
    articles: Articles,
    to: Annotated[To, typer.Option("--to", help="Who reads it.")],
    output: Output = None,
    attribution: Attribution = None,
    stance: StanceModel = None,
    fast: Fast = False,
    cascade: Cascade = None,
    device: Device = None,
    stance_shares: StanceShares = None,
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    encoding: EncodingOption = None,
    verbose: Verbose = False,
) -> None:
    """Write articles with their quotes for people to correct, in Label Studio, in brat or in an editor.

    Nothing is overwritten. What comes back is gold for evaluate and agreement; docs/annotation.md walks through it.

    Examples:

      quotestance export articles/ --to label-studio -o to_correct

      quotestance export found.jsonl --to brat -o collection
    """
    from quotestance.annotation import export_articles

    start_logging(verbose)
    target = output or _beside(articles, to)
    if target.exists():
        raise FileExistsError(f"{target} is there already, maybe with corrections in it. Name another output (-o).")
    check_not_among(target, articles)
    check_writable(target)  # before the models are loaded
    found, places, skipped = _read(articles, text_column=text_column, id_column=id_column, encoding=encoding)
    _check(articles, found)
    if not places:
        models = {"attribution": attribution, "stance": stance, "fast": fast, "cascade": cascade}
        more = {"no_cascade": cascade is False, "device": device, "stance_shares": stance_shares}
        refuse_idle(
            as_options(models | more), "all articles were scored before, and no model is run. Leave such options out."
        )
    else:
        pipe = load_pipe(attribution, stance, fast, cascade, device=device, stance_shares=stance_shares)
        scored = shown(pipe.stream([found[place] for place in places]), len(places))
        for place, article in zip(places, scored, strict=True):
            found[place] = article
    done = export_articles(found, target, to.value)
    tell(f"{plural(done.articles, 'article')}, {plural(done.quotes, 'quote')} -> {done.path}")
    for words in _told_skipped([*((one.file, one.why) for one in skipped), *((one.id, EMPTY) for one in done.empty)]):
        tell(in_options(words))
    for article in done.failed:
        tell(in_options(f"Left out: {article.id}: {article.error}"))
    if done.failed:
        raise typer.Exit(1)


def export_model(
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    stance: Annotated[
        str, typer.Option(help="The stance model: a folder, a shipped name, or OWNER/NAME on the hub.")
    ] = "stance-en",
    stance_shares: StanceShares = None,
    verbose: Verbose = False,
) -> None:
    """Write a stance model as a float32 folder that plain transformers answers rightly from, with a card.

    pipeline("text-classification", FOLDER) then gives the same probabilities, without that of a condition. The model
    that finds quotes has an architecture of its own, which no pipeline of transformers reads.

    Example: quotestance export-model stance-float --stance stance-en
    """
    start_logging(verbose)
    if not folder.exists():
        check_writable(folder, makes_folders=True)  # before the model is loaded
    open_folder(stance)
    with ending_at_once():
        from quotestance.stance.plain import export_model as write
        from quotestance.stance.shares import shares_of

    shares = None if stance_shares is None else shares_of(stance_shares)
    tell(f"{stance} -> {write(stance, folder, shares=shares)}; see README.md there")


def _beside(articles: Path, to: To) -> Path:
    """Return the default output; one that a later call cannot take for its articles."""
    named = articles if articles.name not in ("", "..") else articles.resolve()  # "." has no name to go by
    return named.with_name(f"{named.stem}.{'export.jsonl' if to is To.JSONL else to.value}")


def _told_skipped(skipped: Sequence[tuple[str, str | None]]) -> Iterator[str]:
    """Say which files and articles were skipped and why; of many the first, and how many more."""
    for name, why in skipped[:_MOST_SKIPPED]:
        yield f"Skipped: {name}: {why}"
    if (more := len(skipped) - _MOST_SKIPPED) > 0:
        yield f"Skipped: {more} more"


def _read(path: Path, **reading: Any) -> tuple[list[Article], list[int], list[Input]]:
    """Return articles, the places of those to score, and the files that are not read.

    Scored are all if none has quotes, else those that tell nothing of them. Article JSONL tells by an empty list that
    an article has none: it was scored, or corrected.
    """
    given = [*read_inputs(path, **reading)]
    inputs, skipped = [one for one in given if one.article is not None], [one for one in given if one.article is None]
    found = [one.article for one in inputs if one.article is not None]
    if not any(article.quotes for article in found):
        return found, [*range(len(found))], skipped
    is_new = (not one.tells_quotes and article.error is None for one, article in zip(inputs, found, strict=True))
    return found, [place for place, new in enumerate(is_new) if new], skipped


def _check(path: Path, found: Sequence[Article]) -> None:
    """Check that there are articles, and not the rows of a table of quotes."""
    if not found:
        raise FormatError(f"{path}: no articles in it, so there is nothing to export.")
    if all(article.error is not None for article in found):
        raise FormatError(f"{path}: no article can be read. The first: {found[0].error}")
    if any(article.meta.keys() >= ROW for article in found):
        raise FormatError(f"{path} is a table of quotes, which has no texts. Export the articles that were scored.")
