"""A folder of articles -> one table file, with bounded memory, and resumable.

While a run goes on, ``<output>.parts`` beside the output holds what is done: a manifest of the inputs and settings, and
parts of so many articles each, written one after the other, each at once. A run that was interrupted leaves them, and
the same call goes on from there; a run that ends turns them into the table, renames the folder to
``<output>.parts.done``, where nothing is ever read from, and removes it.

The last line of a part seals it: how many articles it holds, and a SHA-256 over its lines and the seal of the part
before. A part that is cut, changed, emptied, missing, doubled or of another run breaks the chain, and is done again
with all that come after it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Protocol

from quotestance.errors import FormatError
from quotestance.io.progress import with_progress
from quotestance.io.readers import article_files, is_one_article, read_articles, replacing
from quotestance.io.table import COLUMNS, ERROR_COLUMNS, Row, error_rows, rows, table_format, write_rows
from quotestance.types import Article

log = logging.getLogger(__name__)

_MANIFEST = "manifest.json"
_PARTIAL = re.compile(r"\.[0-9a-f]+\.partial")  # what a killed process leaves of a file that it was writing
_OURS = re.compile(rf"{re.escape(_MANIFEST)}|part-\d+\.jsonl|{_PARTIAL.pattern}")


class ArticleStream(Protocol):
    """What scores articles: a :class:`quotestance.pipeline.Pipeline`, or anything with its ``stream``."""

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """The articles in their order, none lost, filled in; with ``error`` set where that failed."""
        ...


@dataclass(frozen=True, slots=True)
class _Done:
    """The parts that are done, in order.

    Args:
        parts: Their files.
        articles: How many articles they hold.
        seal: The seal of the last one, or of the manifest where there is none yet.
    """

    parts: tuple[Path, ...]
    articles: int
    seal: str


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
    interrupted run is continued by the same call and gives the same table as one that was not. Parts of it that were
    damaged since are done again.

    Args:
        source: A file or a folder, as :func:`quotestance.io.readers.read_articles` reads it.
        output: The table; its suffix names the format: .parquet, .csv or .jsonl.
        pipe: What scores the articles.
        text_column, id_column, encoding: As in :func:`quotestance.io.readers.read_articles`.
        settings: Names the models and options behind ``pipe``, so that parts made with others are not mixed in.
        part_size: Articles a part, ``>= 1``; an interruption loses the work on at most so many. It has no part in the
            result.
        overwrite: Replace a table that is there, and throw away parts of a run with other inputs or settings, or whose
            manifest is damaged.
        progress: Show a progress bar on standard error.

    Raises:
        FileExistsError: The output is there, or parts of a run with other inputs or settings or a damaged manifest,
            and not ``overwrite``; or, whatever ``overwrite`` says, ``<output>.parts`` or ``<output>.parts.done`` is
            there and not the work of a run.
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
    manifest = _manifest(source, options, settings)
    folder = _open_parts(output, manifest, overwrite)
    before = _sound_parts(folder, manifest)
    scored = pipe.stream(islice(articles, before.articles, None))
    if progress:
        scored = with_progress(scored, _expected_articles(source), before.articles)
    done = _write_parts(scored, folder, before, part_size)
    quotes, failed = _combine(done.parts, output)
    _throw_away(folder)
    return BatchSummary(done.articles, quotes, failed, before.articles, time.perf_counter() - started)


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
    _remove_spent(folder)
    if folder.is_dir() and not all(_PARTIAL.fullmatch(file.name) for file in folder.iterdir()):
        fault = _difference(folder, manifest)
        if fault is None:
            return folder
        if not (overwrite and _is_ours(folder)):
            raise FileExistsError(fault)
        _throw_away(folder)
    if output.exists() and not overwrite:
        raise FileExistsError(f"{output} is there already. Name another output, or set overwrite=True.")
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / _MANIFEST) as stream:
        stream.write(json.dumps(manifest, indent=2).encode())
    return folder


def _difference(folder: Path, manifest: dict[str, str]) -> str | None:
    """Why the run that left a folder cannot be continued as one with this manifest, and what to do; None if it can."""
    try:
        earlier = json.loads((folder / _MANIFEST).read_bytes())
        changed = [name for name in manifest if earlier.get(name) != manifest[name]]
    except (OSError, ValueError, AttributeError):
        return (
            f"{folder} is not the work of an interrupted run: it has no {_MANIFEST} that can be read. "
            f"Name another output, or {_way_out(folder)}."
        )
    if not changed:
        return None
    return (
        f"{folder} holds parts of a run that differs in: {', '.join(changed)}. To continue that run, call it "
        f"with what it had; to start anew, {_way_out(folder)}."
    )


def _way_out(folder: Path) -> str:
    return "set overwrite=True or remove the folder" if _is_ours(folder) else "remove the folder, which holds more"


def _is_ours(folder: Path) -> bool:
    """Whether a folder holds nothing but files with the names that a run gives."""
    return all(_OURS.fullmatch(file.name) for file in folder.iterdir())


def _spent(folder: Path) -> Path:
    return folder.with_name(folder.name + ".done")


def _throw_away(folder: Path) -> None:
    """Remove the parts, which from the first moment on are taken for parts no more, even if this is interrupted."""
    shutil.rmtree(folder.rename(_spent(folder)))


def _remove_spent(folder: Path) -> None:
    """Finish :func:`_throw_away` where it was interrupted."""
    spent = _spent(folder)
    if not spent.exists():
        return
    if not (spent.is_dir() and _is_ours(spent)):
        raise FileExistsError(f"{spent} is in the way, and not the work of a run. Move it, or name another output.")
    shutil.rmtree(spent)


def _sound_parts(folder: Path, manifest: dict[str, str]) -> _Done:
    """The parts from the first on that follow one another whole; the files of all others are removed."""
    done = _Done((), 0, hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest())
    while found := _follow(done, folder):
        done = found
    rest = sorted(set(folder.glob("part-*.jsonl")) - set(done.parts))
    if rest:
        log.warning("%s is missing or damaged: done again, with all after it", _next_part(done, folder))
    for file in reversed(rest):
        file.unlink()
    return done


def _next_part(done: _Done, folder: Path) -> Path:
    return folder / f"part-{len(done.parts):08}.jsonl"


def _follow(done: _Done, folder: Path) -> _Done | None:
    """With the next part, if it is there, whole and made after these."""
    part, digest = _next_part(done, folder), hashlib.sha256(done.seal.encode())
    count, last = -1, b""
    try:
        with part.open("rb") as stream:
            for line in stream:
                digest.update(last)
                count, last = count + 1, line
    except FileNotFoundError:
        return None
    seal = digest.hexdigest()
    return _Done((*done.parts, part), done.articles + count, seal) if last == _sealing(count, seal) else None


def _sealing(count: int, seal: str) -> bytes:
    """The last line of a part."""
    return json.dumps({"articles": count, "seal": seal}).encode() + b"\n"


def _write_parts(scored: Iterator[Article], folder: Path, done: _Done, size: int) -> _Done:
    """Write what is left to do; tells of all parts, those that were there before included."""
    is_full = True
    while is_full:
        before = done.articles
        done = _write_part(islice(scored, size), _next_part(done, folder), done)
        is_full = done.articles - before == size
    return done


def _write_part(scored: Iterable[Article], path: Path, done: _Done) -> _Done:
    """A line for every article, with its rows in both tables, and the seal."""
    count, digest = 0, hashlib.sha256(done.seal.encode())
    with replacing(path) as stream:
        for article in scored:
            content = json.dumps({"quotes": list(rows([article])), "errors": list(error_rows([article]))})
            line = content.encode() + b"\n"
            stream.write(line)
            digest.update(line)
            count += 1
        stream.write(_sealing(count, digest.hexdigest()))
    return _Done((*done.parts, path), done.articles + count, digest.hexdigest())


def _rows_of(parts: Iterable[Path], table: str) -> Iterator[Row]:
    for part in parts:
        with part.open("rb") as stream:
            for line, _ in pairwise(stream):  # all but the seal
                yield from json.loads(line)[table]


def _combine(parts: tuple[Path, ...], output: Path) -> tuple[int, int]:
    """Make the two tables; tells how many quotes and errors there are."""
    errors = errors_path(output)
    failed = write_rows(_rows_of(parts, "errors"), errors, ERROR_COLUMNS)
    if not failed:
        errors.unlink()
    return write_rows(_rows_of(parts, "quotes"), output), failed


def _expected_articles(source: Path) -> int | None:
    """How many articles there are, where counting files tells it."""
    files = list(article_files(source))
    return len(files) if all(map(is_one_article, files)) else None
