"""The command ``link``: one person across articles, as a second pass over a table of quotes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from quotestance.cli.messages import ending_at_once, start_logging, tell
from quotestance.cli.options import Overwrite, Verbose


def register(app: typer.Typer) -> None:
    """Add the command of this module to an app."""
    app.command()(link)


def link(
    table: Annotated[
        Path, typer.Argument(help="A table of quotes, as score writes it: .parquet, .csv, .tsv or .jsonl.")
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="The table with speaker_id; default: TABLE.linked.SUFFIX.")
    ] = None,
    identities: Annotated[
        Path | None, typer.Option(help="The table of identities: .parquet, .csv or .jsonl; default: beside the output.")
    ] = None,
    known: Annotated[
        Path | None,
        typer.Option(
            help="Your own table of names (id, name, aliases, country, roles, from, to), or another table's identities."
        ),
    ] = None,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
) -> None:
    """Tell who is one person or body across articles: a column speaker_id, and a table of identities.

    Every column stays as it is. Speakers that cannot be told apart for sure get no id.

    Example: quotestance link quotes.parquet --known people.csv
    """
    start_logging(verbose)
    with ending_at_once():
        from quotestance.identities.tables import link_table
        from quotestance.render.wording import plural

    target = output or table.with_name(f"{table.stem}.linked{table.suffix}")
    suffix = table.suffix if table.suffix.lower() in (".parquet", ".csv", ".jsonl") else ".csv"
    beside = identities or target.with_name(f"{target.stem.removesuffix('.linked')}.identities{suffix}")
    done = link_table(table, target, beside, known, overwrite=overwrite)
    found = "1 identity" if done.identities == 1 else f"{done.identities} identities"
    tell(f"{plural(done.rows, 'row')}, {done.linked} with a speaker_id -> {target}; {found} -> {beside}")
