"""A folder of articles -> a table of quotes and a table of articles, with bounded memory, and nothing done twice.

A run reads the inputs in order, lists each in a spool, and scores those whose content has no result yet, a few at a
time; results go to a :class:`~quotestance.io.store.Store` at once. At the end the spool and the store become the
tables. So a run that was interrupted goes on with the same call, a file that was renamed or moved is not scored again,
and of a folder that has grown only what is new is.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from quotestance.errors import FormatError, RunError
from quotestance.identity import code_digest
from quotestance.io.columns import ARTICLE_COLUMNS, COLUMNS, LINKS, SHARED, Column, Row, links
from quotestance.io.locking import locked
from quotestance.io.outputs import LOCK, SPOOL, Outputs, nothing_done
from quotestance.io.progress import Progress, word_count
from quotestance.io.readers import Input, count_inputs, read_inputs
from quotestance.io.saving import check_writable, saving
from quotestance.io.store import Result, Store
from quotestance.io.table import input_row, rows, skipped_row
from quotestance.io.writers import Writing, row_count, table_format
from quotestance.text import scalar_values
from quotestance.types import Article, check_count
from quotestance.version import __version__
from quotestance.workers import check_workers, read_in_processes

log = logging.getLogger(__name__)

_FORMAT = 1  # of what is kept; results of another format are not seen
_OWN = tuple(column.name for column in COLUMNS if column.name not in (*SHARED, *LINKS))  # what a quote tells of itself
_TYPES: dict[str, Any] = {"string": str | None, "Int64": int | None, "Float64": int | float | None}
_OWN_TYPES = tuple(_TYPES[column.dtype] for column in COLUMNS if column.name in _OWN)
_NUMBER, _START = _OWN.index("quote"), _OWN.index("start")
_MOST_REASONS = 3  # that the message of a run without any article names


class ArticleStream(Protocol):
    """What scores articles: a :class:`quotestance.pipeline.Pipeline`, or anything with its ``stream``.

    What it finds in an article must follow from its text and title alone. An attribute ``identity``, a string, tells
    it from others that find other things; an attribute ``about``, strings by heading, is told by the table; an
    attribute ``device`` names the torch device, if that is no processor.
    """

    def stream(self, articles: Iterable[Article]) -> Iterator[Article]:
        """Yield the articles in their order, none lost, filled in; with ``error`` set where that failed."""
        ...


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a run over a folder came to.

    Args:
        read: Articles that were read and scored, those without quotes included.
        skipped: Files that are not read and articles without text.
        failed: Inputs that could not be read or scored.
        quotes: Rows of the table of quotes.
        reused: How many of the articles that were read had a text that was read before, in this run or an earlier one.
        doubled: How many articles had the id of another, and were given one of their own.
        damaged: Damaged lines among what was kept, whose articles were scored again.
        cache_bytes: What is kept for the next run, in bytes.
        seconds: Wall-clock time of this run, in seconds.
        quotes_table, articles_table: The tables.
        cache: The folder with what is kept.
    """

    read: int
    skipped: int
    failed: int
    quotes: int
    reused: int
    doubled: int
    damaged: int
    cache_bytes: int
    seconds: float
    quotes_table: Path
    articles_table: Path
    cache: Path


def score_folder(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    pipe: ArticleStream,
    text_column: str = "text",
    id_column: str | None = None,
    encoding: str | None = None,
    settings: str = "",
    group_size: int = 3,
    workers: int = 1,
    overwrite: bool = False,
    cache: bool = True,
    progress: bool = True,
    spreadsheet: bool = False,
) -> BatchSummary:
    """Find and classify the quotes of every article of a folder, and write the tables of quotes and of articles.

    The table of articles, ``<output stem>.articles.<suffix>``, has a row for every input with what became of it. What
    is done is kept by content in ``<output>.cache``: an interrupted run is continued by the same call and gives the
    same tables as one that was not (but for the last digits of probabilities), and later runs score only
    what is new. Articles that failed are tried again by the next run. A Parquet table tells with which version, models
    and options it was made, and when, under :data:`~quotestance.io.writers.METADATA_KEY` in its metadata.

    Args:
        source: A file or a folder, as :func:`quotestance.io.readers.read_articles` reads it.
        output: The table of quotes; its suffix names the format: .parquet, .csv, .jsonl or .xlsx. A link is written
            through.
        pipe: What scores the articles.
        text_column, id_column, encoding: As in :func:`quotestance.io.readers.read_articles`.
        settings: Names the models and options behind a ``pipe`` without ``identity``, so that results made with others
            are not taken for its own.
        group_size: Articles that are scored together, ``>= 1``; a run that is killed loses the work on at most so
            many, with workers on three times so many for each.
        workers: Processes that score, ``>= 1``; 1 scores in this process. The tables are the same. See
            :mod:`quotestance.workers`.
        overwrite: Replace tables that are there; not by one of less than half the quotes where articles failed, as
            when a disk is away. Where none failed, the log warns of such a loss, and this run drops no results but
            without ``cache``.
        cache: Keep the results when the tables are written. Those of a pipe of unknown identity without ``settings``
            are never kept.
        progress: Show a progress bar on standard error.
        spreadsheet: Write CSV that people can open in a spreadsheet, as :func:`quotestance.to_csv` does.

    Raises:
        FileExistsError: A table is there, and not ``overwrite``; or a file in the way is not the work of a run.
        FileNotFoundError: There is no such source.
        IsADirectoryError: The output is a folder.
        FormatError: The source is a file of no known kind, or the encoding unknown; no table format has that suffix,
            the output would be among the articles, or it is an address, as ``s3://...`` is.
        RunError: Another run writes to this output; there is nothing to read, or not one article could be scored;
            articles failed, and a table that is there would lose more than half of its rows; or something cannot be
            written. What was done before is kept.
        ValueError: ``group_size`` or ``workers`` is below 1, ``workers`` is above 1 and the pipe on a device that is no
            processor, or the pipe does not give an article for every one that it is given.
    """
    check_count("group_size", group_size, "articles")
    check_workers(workers, getattr(pipe, "device", "cpu"))
    started = time.perf_counter()
    source, outputs = Path(source), Outputs.of(output)
    inputs = read_inputs(source, text_column=text_column, id_column=id_column, encoding=encoding)
    outputs.check(source, overwrite=overwrite)
    outputs.make_folder()
    identity = [getattr(pipe, "identity", ""), settings]
    with locked(outputs.folder / LOCK):
        outputs.check(source, overwrite=overwrite)  # another run may have ended since
        outputs.clear_leftovers()
        with Store(outputs.folder, _basis(identity)) as store:
            run = _Run(outputs, store, pipe, group_size, workers, Writing(spreadsheet, _about(pipe, settings)))
            with run.telling_what_is_saved(), Progress(count_inputs(source), is_shown=progress) as bar:
                run.score(inputs, bar)
            run.finish(source, overwrite=overwrite, keep=cache and any(identity))
            return run.summary(time.perf_counter() - started)


def check_run(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    encoding: str | None = None,
    overwrite: bool = False,
) -> None:
    """Check what :func:`score_folder` checks before it begins, for those who would load models first.

    Args:
        source, output, encoding, overwrite: As in :func:`score_folder`.

    Raises:
        FileExistsError, FileNotFoundError, IsADirectoryError, FormatError: As :func:`score_folder`.
        RunError: The tables cannot be written there.
    """
    read_inputs(Path(source), encoding=encoding)
    outputs = Outputs.of(output)
    outputs.check(Path(source), overwrite=overwrite)
    for file in (outputs.quotes, outputs.folder / LOCK):
        check_writable(file, makes_folders=True)


def _basis(identity: list[str]) -> str:
    columns = [column.name for column in COLUMNS]
    return json.dumps([_FORMAT, __version__, code_digest(), columns, *identity])


def _about(pipe: ArticleStream, settings: str) -> dict[str, str]:
    """Return what a table tells of its making."""
    named = {"options": settings} if settings else {}
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return {"version": __version__, **getattr(pipe, "about", named), "date": date}


@dataclass(slots=True)
class _Run:
    """A run on its way: what it has counted so far.

    Args:
        outputs: Its files.
        store: What is done, of this run and of those before.
        pipe: What scores the articles.
        group_size: Articles that are scored together.
        workers: Processes that score.
        writing: How the tables are written.
    """

    outputs: Outputs
    store: Store
    pipe: ArticleStream
    group_size: int
    workers: int
    writing: Writing
    counts: dict[str, int] = field(default_factory=lambda: {"read": 0, "skipped": 0, "failed": 0})
    quotes: int = 0
    reused: int = 0
    scored: int = 0
    doubled: int = 0
    is_some_lost: bool = False  # a disk may have dropped out, and results of what it holds are to be kept
    failures: list[str] = field(default_factory=list)
    outcomes: list[int | str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def score(self, inputs: Iterable[Input], bar: Progress) -> None:
        """List every input in the spool, and score those whose content has no result yet."""
        with _lines_to(self.outputs.folder / SPOOL) as write:
            keys: deque[list[str]] = deque()  # of the groups on their way
            groups = self._new(inputs, keys, write, bar)
            for articles, done in self._scored(groups):
                self._keep(keys.popleft(), articles, done, bar)

    def _new(
        self, inputs: Iterable[Input], keys: deque[list[str]], write: Callable[[Any], None], bar: Progress
    ) -> Iterator[list[Article]]:
        """Yield groups of articles that have no result yet, while their keys are put down and all inputs are listed."""
        pending: dict[str, Article] = {}
        for one in inputs:
            row, key = self._listed(one)
            write([row, key])
            if key is None or key in self.store or key in pending or any(key in group for group in keys):
                self.reused += key is not None
                bar.advance(failed=row["state"] == "failed")
            elif one.article is not None:
                pending[key] = one.article
            if len(pending) == self.group_size:
                keys.append(list(pending))
                yield list(pending.values())
                pending.clear()
        if pending:
            keys.append(list(pending))
            yield list(pending.values())

    def _scored(self, groups: Iterable[list[Article]]) -> Iterator[tuple[Sequence[Article], list[Article]]]:
        read = partial(_stream, self.pipe)
        if self.workers > 1:
            return read_in_processes(read, groups, self.workers)
        return ((articles, read(articles)) for articles in groups)

    def _listed(self, one: Input) -> tuple[Row, str | None]:
        """Return the row of an input in the table of articles, and the key of its result, where it is to have one."""
        article = one.article
        if article is None:
            return skipped_row(one.file, one.why), None
        self.doubled += one.why is not None
        self.is_some_lost |= one.is_lost
        row = input_row(article, file=one.file, note=one.why)
        return row, self.store.key(article.text, article.title) if row["state"] == "read" else None

    def _keep(self, keys: Sequence[str], articles: Sequence[Article], done: Sequence[Article], bar: Progress) -> None:
        """Put the results of a group into the store."""
        if [article.text for article in done] != [article.text for article in articles]:
            raise ValueError("The pipe's stream must give one article for each that it was given, in order.")
        self.store.add({key: _result(article) for key, article in zip(keys, done, strict=True)})
        failed = [key for key, article in zip(keys, done, strict=True) if article.error is not None]
        self.store.forget(failed, at_once=False)  # should this run not come to its end, the next one tries them again
        self.scored += len(done) - len(failed)
        for article in done:
            bar.advance(words=word_count(article.text), failed=article.error is not None)

    def finish(self, source: Path, *, overwrite: bool, keep: bool) -> None:
        """Make the tables of the spool and the store, and give them their names."""
        with self.telling_what_is_saved():
            self._write(self.outputs.partial_quotes, self._quote_rows(), COLUMNS)
            self._write(self.outputs.partial_articles, self._article_rows(), ARTICLE_COLUMNS)
            if self.counts["read"]:
                self.outputs.check(source, overwrite=overwrite)  # somebody may have put a file there since
                self._check_loss()
                self.outputs.publish()
        try:
            if keep and self.counts["read"] and not self.is_some_lost:
                self.store.tidy()
            self.store.forget(self.failures)  # last: what is tidied has no place for it
        except RunError as error:  # the tables are whole, and what is kept is sound
            log.warning("%s", error)
        is_done = self.counts["read"] > 0
        self.outputs.clear(keep_results=keep if is_done else len(self.store) > 0)
        if not is_done:
            raise nothing_done(source, self.reasons, self.counts["skipped"], self.counts["failed"])

    def _check_loss(self) -> None:
        """Check that what failed, as when a disk has dropped out, does not cost a table that is there most of its rows.

        Where nothing failed, files may be gone that are meant to be: it is told, and for once no results are dropped,
        unless none are kept.

        Raises:
            RunError: It does.
        """
        table = self.outputs.quotes
        if not (had := row_count(table, above=2 * self.quotes) if table.exists() else 0):
            return
        if self.counts["failed"]:
            first = next(row for row in self._article_rows() if row["state"] == "failed")
            raise RunError(
                f"{table} stays: it has {had} rows, the new one would have {self.quotes}, since "
                f"{self.counts['failed']} failed. Mend that, or move the table to get the new one. The first that "
                f"failed: {first['file']}: {first['why']}"
            )
        self.is_some_lost = True
        log.warning(
            "%s had %d rows, and has %d now. If files are missing, as those of a disk that is away, bring them back "
            "and run the same again.", table, had, self.quotes,
        )  # fmt: skip

    def _write(self, path: Path, table: Iterable[Row], columns: tuple[Column, ...]) -> None:
        writer = table_format(self.outputs.quotes)
        with saving(path), path.open("w+b") as stream:
            try:
                writer(table, columns, stream, self.writing)
            except FormatError as error:  # what is kept is of no format
                error.add_note(f"Rename {self.outputs.folder} to NAME.parquet.cache: nothing is then scored again.")
                raise
            stream.flush()
            os.fsync(stream.fileno())

    def _entries(self) -> Iterator[tuple[Row, str | None]]:
        with (self.outputs.folder / SPOOL).open("rb") as spool:
            for line in spool:
                row, key = json.loads(line)
                yield row, key

    def _quote_rows(self) -> Iterator[Row]:
        """Yield the table of quotes; what became of each article is noted on the way."""
        for row, key in self._entries():
            result: Result = self.store.get(key) if key is not None else {"quotes": [], "error": None}
            if not _is_result(result):
                raise RunError(
                    f"{self.outputs.folder} holds results that no run wrote. Remove it, and run the same again."
                )
            error, state = result["error"], row["state"]
            if key is not None and error is not None:
                self.failures.append(key)
                state = "failed"
            self.counts[state] += 1
            self.quotes += len(result["quotes"])
            self.outcomes.append(len(result["quotes"]) if error is None else error)
            if state != "read" and len(self.reasons) < _MOST_REASONS:
                self.reasons.append(f"{row['file']}: {error or row['why']}")
            shared = {name: row[name] for name in SHARED}
            for values in result["quotes"]:
                places = links(str(row["article_id"]), values[_NUMBER], values[_START])
                yield shared | places | dict(zip(_OWN, values, strict=True))

    def _article_rows(self) -> Iterator[Row]:
        for (row, _), outcome in zip(self._entries(), self.outcomes, strict=True):
            if isinstance(outcome, str):
                yield row | {"state": "failed", "why": outcome}
            else:
                yield row | {"quotes": outcome} if row["state"] == "read" else row

    @contextmanager
    def telling_what_is_saved(self) -> Iterator[None]:
        """Add to whatever ends the run what of it is saved."""
        try:
            yield
        except BaseException as error:
            if self.outputs.folder.is_dir():
                saved = f"{self.scored + self.reused} articles are saved in {self.outputs.folder}"
                again = "" if isinstance(error, FormatError) else ": run the same again to go on from there"
                error.add_note(f"{saved}{again}.")
            else:
                error.add_note(f"{self.outputs.folder} is gone: nothing is saved.")
            raise

    def summary(self, seconds: float) -> BatchSummary:
        """Return what the run came to.

        Args:
            seconds: How long it took.
        """
        folder = self.outputs.folder
        return BatchSummary(
            **self.counts, quotes=self.quotes, reused=self.reused, doubled=self.doubled, damaged=self.store.damaged,
            cache_bytes=self.store.size() if folder.is_dir() else 0, seconds=seconds, quotes_table=self.outputs.quotes,
            articles_table=self.outputs.articles, cache=folder,
        )  # fmt: skip


def _stream(pipe: ArticleStream, articles: Sequence[Article]) -> list[Article]:
    return list(pipe.stream(articles))


def _result(article: Article) -> Result:
    if article.error is not None:
        return {"quotes": [], "error": scalar_values(article.error)}
    return {"quotes": [[row[name] for name in _OWN] for row in rows([article])], "error": None}


def _is_result(result: Result) -> bool:
    """Whether a result has the form that :func:`_result` gives; whoever can write to the folder can forge one."""
    quotes, error = result.get("quotes"), result.get("error", 0)
    return (
        (error is None or isinstance(error, str))
        and isinstance(quotes, list)
        and all(isinstance(quote, list) and len(quote) == len(_OWN) for quote in quotes)
        and all(isinstance(cell, kind) for quote in quotes for cell, kind in zip(quote, _OWN_TYPES, strict=True))
        and all(isinstance(quote[place], int) for quote in quotes for place in (_NUMBER, _START))
    )


@contextmanager
def _lines_to(path: Path) -> Iterator[Callable[[Any], None]]:
    """Open a file, and give a function that writes values into it, each as a line of JSON."""
    with saving(path):
        stream = path.open("wb")

    def write(value: Any) -> None:
        with saving(path):
            stream.write(json.dumps(value).encode() + b"\n")

    try:
        yield write
    finally:
        with saving(path):
            stream.close()
