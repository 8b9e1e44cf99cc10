"""A folder of articles -> one table file, with bounded memory, and resumable.

While a run goes on, ``<output>.parts`` beside the output holds what is done: a manifest of the inputs and settings, and
parts of so many articles each, written one after the other, each at once. A run that was interrupted leaves them, and
the same call goes on from there; a run that ends turns them into the table and removes them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from quotestance.errors import FormatError
from quotestance.io.progress import with_progress
from quotestance.io.readers import article_files, is_one_article, read_articles, replacing
from quotestance.io.table import COLUMNS, ERROR_COLUMNS, Row, error_rows, rows, table_format, write_rows
from quotestance.types import Article

_MANIFEST = "manifest.json"


class ArticleStream(Protocol):
    """What scores articles: a :class:`quotestance.pipeline.Pipeline`, or anything with its ``stream``."""

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """The articles in their order, none lost, filled in; with ``error`` set where that failed."""
        ...


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a run over a folder came to.

    Args:
        articles: Articles of the source, those that failed and those that were done before included.
        quotes: Rows of the table.
        failed: Articles with an error: rows of ``<output stem>.errors.csv``.
        skipped: How many of the articles an earlier, interrupted run had done.
        seconds: Wall-clock time of this run, in seconds.
    """

    articles: int
    quotes: int
    failed: int
    skipped: int
    seconds: float


def score_folder(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    pipe: ArticleStream,
    text_column: str = "text",
    id_column: str | None = None,
    encoding: str | None = None,
    settings: str = "",
    part_size: int = 100,
    overwrite: bool = False,
    progress: bool = True,
) -> BatchSummary:
    """Find and classify the quotes of every article of a folder, and write the table of them.

    Articles that fail cost one row of ``<output stem>.errors.csv`` each, which is there only if any did. An
    interrupted run is continued by the same call and gives the same table as one that was not.

    Args:
        source: A file or a folder, as :func:`quotestance.io.readers.read_articles` reads it.
        output: The table; its suffix names the format: .parquet, .csv or .jsonl.
        pipe: What scores the articles.
        text_column, id_column, encoding: As in :func:`quotestance.io.readers.read_articles`.
        settings: Names the models and options behind ``pipe``, so that parts made with others are not mixed in.
        part_size: Articles a part, ``>= 1``; an interruption loses the work on at most so many. It has no part in the
            result.
        overwrite: Replace a table that is there, and throw away parts of a run with other inputs or settings.
        progress: Show a progress bar on standard error.

    Raises:
        FileExistsError: The output is there, or parts of a run with other inputs or settings, and not ``overwrite``;
            or, whatever ``overwrite`` says, ``<output>.parts`` is there and no work of an interrupted run.
        FileNotFoundError: There is no such source.
        IsADirectoryError: The output is a folder.
        FormatError: The source is a file of no known kind, or the encoding unknown; no table format has that suffix,
            or the output would be among the articles.
        ValueError: ``part_size`` is below 1.
        OSError: The parts or the table cannot be written.
    """
    if part_size < 1:
        raise ValueError(f"part_size is a number of articles, at least 1, got {part_size}.")
    started = time.perf_counter()
    source, output = Path(source), Path(output)
    articles = read_articles(source, text_column=text_column, id_column=id_column, encoding=encoding)
    _check_output(source, output)
    options = json.dumps([text_column, id_column, encoding])
    folder = _open_parts(output, _manifest(source, options, settings), overwrite)
    parts = _parts(folder)
    skipped = sum(1 for _ in _lines(parts))
    scored = pipe.stream(islice(articles, skipped, None))
    if progress:
        scored = with_progress(scored, _expected_articles(source), skipped)
    _write_parts(scored, folder, len(parts), part_size)
    counts = _combine(_parts(folder), output)
    shutil.rmtree(folder)
    return BatchSummary(*counts, skipped, time.perf_counter() - started)


def errors_path(output: str | os.PathLike[str]) -> Path:
    """Where the errors of a run go: ``quotes.errors.csv`` beside ``quotes.parquet``."""
    return Path(output).with_suffix(".errors.csv")


def _check_output(source: Path, output: Path) -> None:
    table_format(output)
    if output.is_dir():
        raise IsADirectoryError(f"{output} is a folder. Name a file for the table.")
    place, given = output.resolve(), source.resolve()
    if (source.is_dir() and place.is_relative_to(given)) or given in (place, errors_path(place)):
        raise FormatError(f"{output} would be among the articles of {source}. Write it to another folder.")


def _manifest(source: Path, options: str, settings: str) -> dict[str, str]:
    digest = hashlib.sha256()
    for file in article_files(source):
        try:
            state = file.stat()
            condition = f"{state.st_size} {state.st_mtime_ns}"
        except OSError:  # a broken link, which has its row of errors later
            condition = "unreadable"
        digest.update(os.fsencode(file.relative_to(source.parent)) + f"\0{condition}\n".encode())
    return {
        "inputs": digest.hexdigest(),
        "reading": options,
        "settings": settings,
        "columns": ", ".join(column.name for column in COLUMNS),
    }


def _open_parts(output: Path, manifest: dict[str, str], overwrite: bool) -> Path:
    """The folder of the parts, with those of an earlier run where it is to be continued."""
    folder = output.with_name(output.name + ".parts")
    if folder.is_dir() and any(folder.iterdir()):
        earlier = _read_manifest(folder)
        changed = [name for name in manifest if earlier.get(name) != manifest[name]]
        if not changed:
            return folder
        if not overwrite:
            raise FileExistsError(
                f"{folder} holds parts of a run that differs in: {', '.join(changed)}. To continue that run, call it "
                "with what it had; to start anew, set overwrite=True or remove the folder."
            )
        shutil.rmtree(folder)
    if output.exists() and not overwrite:
        raise FileExistsError(f"{output} is there already. Name another output, or set overwrite=True.")
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / _MANIFEST) as stream:
        stream.write(json.dumps(manifest, indent=2).encode())
    return folder


def _read_manifest(folder: Path) -> dict[str, str]:
    try:
        manifest = json.loads((folder / _MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise FileExistsError(
            f"{folder} is not the work of an interrupted run: it has no {_MANIFEST} that can be read. "
            "Remove the folder, or name another output."
        ) from error
    return manifest if isinstance(manifest, dict) else {}


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.jsonl"))


def _write_parts(scored: Iterator[Article], folder: Path, number: int, size: int) -> None:
    while _write_part(islice(scored, size), folder / f"part-{number:08}.jsonl") == size:
        number += 1


def _write_part(scored: Iterable[Article], path: Path) -> int:
    """A line for every article, with its rows in both tables."""
    count = 0
    with replacing(path) as stream:
        for article in scored:
            line = json.dumps({"quotes": list(rows([article])), "errors": list(error_rows([article]))})
            stream.write(line.encode() + b"\n")
            count += 1
    return count


def _lines(parts: Iterable[Path]) -> Iterator[bytes]:
    for part in parts:
        with part.open("rb") as stream:
            yield from stream


def _rows_of(parts: Iterable[Path], table: str) -> Iterator[Row]:
    for line in _lines(parts):
        yield from json.loads(line)[table]


def _combine(parts: list[Path], output: Path) -> tuple[int, int, int]:
    """Make the two tables; tells how many articles, quotes and errors there are."""
    errors = errors_path(output)
    failed = write_rows(_rows_of(parts, "errors"), errors, ERROR_COLUMNS)
    if not failed:
        errors.unlink()
    quotes = write_rows(_rows_of(parts, "quotes"), output)
    return sum(1 for _ in _lines(parts)), quotes, failed


def _expected_articles(source: Path) -> int | None:
    """How many articles there are, where counting files tells it."""
    files = list(article_files(source))
    return len(files) if all(map(is_one_article, files)) else None
