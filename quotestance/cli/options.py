"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from quotestance.io.encodings import check_encoding

Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log what is done on standard error.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress bar.")]
TextColumn = Annotated[str, typer.Option(help="Field that holds the text in JSON, CSV and Parquet records.")]
IdColumn = Annotated[str | None, typer.Option(help="Field that holds the id in such records.")]


def _known_encoding(name: str | None) -> str | None:
    """Refuse a name that no encoding has before anything else is done."""
    check_encoding(name)
    return name


EncodingOption = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        help="Encoding of the input, as utf-8 or cp1252; by default it is detected.",
        callback=_known_encoding,
    ),
]
Spreadsheet = Annotated[
    bool,
    typer.Option("--spreadsheet", help="Write CSV for a spreadsheet: Excel knows its encoding, nothing is a formula."),
]
Annotator = Annotated[
    str | None,
    typer.Option(
        help="Whose annotation is the gold, where an article has several: a name, or 'first' for the first of each."
    ),
]
Attribution = Annotated[
    str | None, typer.Option(help="Another attribution model: a folder, a shipped name, or OWNER/NAME on the hub.")
]
StanceModel = Annotated[
    str | None,
    typer.Option("--stance", help="Another stance model: a folder, a shipped name, or OWNER/NAME on the hub."),
]
Fast = Annotated[
    bool,
    typer.Option("--fast", help="The model that finds quotes tells their stance too: faster, less accurate."),
]
Cascade = Annotated[
    bool | None,
    typer.Option(
        "--cascade/--no-cascade",
        help="Ask the stance model only where the model that finds quotes is not sure, or about every quote. "
        "Default: --cascade, with --stance --no-cascade.",
    ),
]
StanceShares = Annotated[
    str | None,
    typer.Option(
        metavar="[news|balanced]",
        help="Tell stance probabilities as they hold where the labels fall as in news, or are equally frequent. "
        "Default: as the model's card says.",
    ),
]
Device = Annotated[
    str | None,
    typer.Option(
        metavar="[cpu|cuda|auto]", help="Where models compute; auto takes a GPU where there is one. Default: cpu."
    ),
]
Threads = Annotated[int | None, typer.Option(min=1, help="Processor threads.")]
MinConfidence = Annotated[
    float | None,
    typer.Option(
        min=0.0, max=1.0, help="Leave out quotes below this confidence; 0 keeps all, the default is the model's."
    ),
]
