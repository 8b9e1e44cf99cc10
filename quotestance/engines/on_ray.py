"""A folder or files of any size -> partitioned Parquet, on one machine or many, with Ray Data.

One task reads a file, or a group of small ones, and hands out parts; actors, one a core with the models loaded, score a
part and write it. What is done is kept whatever happens: where a worker dies, Ray starts it again and gives its part to
another; where the run dies, the same call goes on.
"""

from __future__ import annotations

import dataclasses
import json
import logging
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quotestance.engines.ids import Hashes, hashes_of, name_apart
from quotestance.engines.parts import (
    ARTICLES,
    QUOTES,
    RUN,
    Counts,
    PartFolder,
    fingerprint,
    first_failure,
    sound_part,
    write_part,
    write_skipped,
)
from quotestance.engines.scorer import Scorer, checkpoints
from quotestance.engines.sources import (
    Listing,
    Part,
    Reading,
    Source,
    is_among,
    lasting,
    list_files,
    read_in_parts,
    readings,
)
from quotestance.errors import FormatError, RunError
from quotestance.identity import code_digest
from quotestance.io.progress import Progress
from quotestance.io.readers import is_one_article
from quotestance.io.table import Row
from quotestance.text import scalar_values
from quotestance.types import Article, check_count
from quotestance.version import __version__

log = logging.getLogger(__name__)

_TRIES = 10  # of a part whose worker dies; an article that kills every worker must not keep the run for ever
_BLOCK = 1  # bytes: Ray parts its blocks after each row, so that every part can go to another worker


@dataclass(frozen=True, slots=True)
class EngineSummary:
    """What a run came to.

    Args:
        articles: Articles of the source, those that failed included.
        quotes: Rows of the table of quotes.
        failed: Articles with an error.
        skipped: Files that are not read and articles without text.
        reused: Articles in parts that were there from an earlier run with the same articles and settings.
        renamed: Articles that shared an id with one before them, and got one of their own.
        seconds: Wall-clock time of this run, in seconds.
    """

    articles: int
    quotes: int
    failed: int
    skipped: int
    reused: int
    renamed: int
    seconds: float


def score_on_ray(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    scorer: Scorer,
    address: str | None = None,
    workers: int | None = None,
    part_size: int = 256,
    overwrite: bool = False,
    progress: bool = True,
) -> EngineSummary:
    """Score a folder or files of any size on Ray, into a folder of Parquet files.

    ``output/quotes`` holds the rows that :func:`quotestance.score_folder` gives, ``output/articles`` a row for every
    article and every file that is not read, ``output/run.json`` the totals once all is done. A run that was
    interrupted is continued by the same call. One that is finished is kept; with ``overwrite`` what is new, changed or
    damaged is made again, and parts with articles that could be read and not scored.

    Args:
        source: A file or folder of articles, local or remote, as fsspec names it; workers read it, so a local one must
            be there on every machine.
        output: The folder to write, likewise.
        scorer: Scores the articles; its columns name text and id in records.
        address: A Ray cluster ("auto", "ray://host:10001"); by default one is started on this machine, or the one that
            this process has started is used.
        workers: Processes that score, each with the models loaded, ``>= 1``; by default one for every core.
        part_size: Articles a part, ``>= 1``: what is scored again where a worker dies.
        overwrite: Bring a finished run up to date; throw away what one of other articles or settings has written there.
            What is there, also of a run that was interrupted, stays until all is done; also then, where articles failed
            and less than half of the quotes would be left, as when a disk is away. Where none failed, the log warns
            of such a loss.
        progress: Show a progress bar on standard error.

    Raises:
        ImportError: Ray is not installed.
        FileExistsError: The output is there, and not of such a run or finished; or its tables hold a Parquet file
            that no run wrote.
        FileNotFoundError: There is no such source.
        FormatError: The source holds nothing that is read; the output would be among the articles; or a path has a
            protocol that fsspec does not know.
        RunError: Another run writes to this output, which is not noticed on a file system that is not local; or
            articles failed, and what is there would lose more than half of its quotes: it stays.
        ValueError: ``workers`` or ``part_size`` is no whole number, or below 1.
        OSError: A part cannot be written, or Ray fails; what is done is kept.
    """
    if workers is not None:
        check_count("workers", workers, "processes")
    check_count("part_size", part_size, "articles")
    _check_ray()
    started = time.perf_counter()
    given = Source(lasting(source), scorer.text_column, scorer.id_column)
    listing = list_files(given)
    if not listing.names:
        raise FormatError(f"{given.url} holds nothing that is read ({len(listing.skipped)} files of other kinds).")
    folder, run = PartFolder(lasting(output)), _run(given, scorer, part_size)
    if is_among(folder.url, given.url):
        raise FormatError(f"{folder.url} would be among the articles of {given.url}. Write it to another folder.")
    _check(folder, run, overwrite)
    with folder.locked():
        _check(folder, run, overwrite)  # another run may have ended since
        earlier = folder.run() or {}
        finished = _quotes_before(earlier)
        had = folder.count(QUOTES) if finished is None else finished
        with _ray(address) as cores:
            folder.note(run if finished is None else {**run, _BEFORE: finished})
            folder.make(keeps=bool(earlier))
            work = _Work(given, folder, scorer, run["settings"], part_size, keeps=bool(earlier))
            done = _score_parts(work, listing, workers or cores, progress)
        _check_loss(folder, done, earlier, had)
        summary = _finish(folder, listing, done, started)
        folder.note({**run, "state": "finished", "totals": {name: getattr(summary, name) for name in _TOTALS}})
    return summary


_BEFORE = "quotes before"  # in run.json: of the finished run that this one brings up to date
_SETTINGS = ("version", "code", "options", "model folders")
_TOTALS = ("articles", "quotes", "failed", "skipped", "renamed")


@dataclass(frozen=True, slots=True)
class _Done:
    """What became of a part.

    Args:
        counts: What it holds.
        hashes: Of the ids of its articles.
    """

    counts: Counts
    hashes: Hashes


@dataclass(frozen=True)
class _Work:
    """What every worker knows.

    Args:
        source: What is read.
        folder: Where parts go.
        scorer: Scores the articles.
        settings: What results depend on beside the articles.
        part_size: Articles a part.
        keeps: Parts of an earlier run may be there, and stay until all is done.
    """

    source: Source
    folder: PartFolder
    scorer: Scorer
    settings: str
    part_size: int
    keeps: bool = False

    def read(self, batch: dict[str, Any]) -> Iterator[dict[str, list[Any]]]:
        """Read the files of a reading; a part at a time."""
        for line in batch["reading"]:
            reading = Reading(*json.loads(line))
            for number, part in enumerate(read_in_parts(self.source, reading, self.part_size)):
                articles = json.dumps([(file, one and one.to_dict()) for file, one in part], default=str)
                yield {"part": [f"part-{reading.number:06}-{number:06}"], "articles": [articles]}

    def score(self, name: str, articles: Part) -> Counts:
        """Score and write a part, unless it is there and no article that was read failed in it."""
        made_of = fingerprint(articles, self.settings)
        unread = sum(article is not None and article.error is not None for _, article in articles)
        for waits in (False, True) if self.keeps else (False,):
            there = sound_part(self.folder, name, made_of, waits=waits)
            if there is not None and there.failed <= unread:
                return there
        scored = self.scorer.stream(article for _, article in articles if article is not None)
        done: Part = [(file, None if article is None else next(scored)) for file, article in articles]
        return write_part(self.folder, name, done, made_of, waits=self.keeps)


class _PartScorer:
    """The actor that scores parts.

    Args:
        work: What it knows.
    """

    def __init__(self, work: _Work) -> None:
        self.work = work
        self.is_checked = False

    def __call__(self, row: Row) -> Row:
        """Score and write a part, and tell what it holds.

        Raises:
            RunError: Another version of quotestance, or other models, are on this machine than where the run began.
        """
        if not self.is_checked:
            _check_same(self.work)
            self.is_checked = True
        articles: Part = [(file, one and Article.from_dict(one)) for file, one in json.loads(row["articles"])]
        counts = self.work.score(row["part"], articles)
        hashes = hashes_of(scalar_values(article.id) for _, article in articles if article is not None).tobytes()
        return {"part": row["part"], "hashes": hashes, **dataclasses.asdict(counts)}


def _check_same(work: _Work) -> None:
    here, there = (json.loads(settings) for settings in (_settings(work.scorer), work.settings))
    other = [name for name, one, two in zip(_SETTINGS, here, there, strict=True) if one != two]
    if other:
        raise RunError(
            f"{socket.gethostname()} has another quotestance than the machine where the run was begun: "
            f"{', '.join(other)} differ. Install the same there, with the same models in the same place."
        )


def _check_ray() -> None:
    try:
        import ray.data  # noqa: F401
    except ImportError as error:
        raise ImportError(f"This needs Ray Data ({error}): pip install 'quotestance[ray]'.") from error


def _run(source: Source, scorer: Scorer, part_size: int) -> Row:
    """Return what run.json tells of a run before it is done."""
    return {
        "source": source.url,
        "reading": [source.text_column, source.id_column],
        "settings": _settings(scorer),
        "part_size": part_size,
        "state": "running",
    }


def _settings(scorer: Scorer) -> str:
    """Tell what results depend on beside the articles, as it is on this machine."""
    return json.dumps([__version__, code_digest(), scorer.options, checkpoints(scorer)], default=str)


def _told(name: str, old: Any, new: Any) -> str:
    """Say what differs; of settings, in which of them, and of options, what they were and are."""
    try:
        before, after = (dict(zip(_SETTINGS, json.loads(one), strict=True)) for one in (old, new))
        pairs = [(key, before["options"].get(key), value) for key, value in after["options"].items()]
    except (ValueError, TypeError, AttributeError):  # another version may have written it otherwise
        return name
    other = [key for key in _SETTINGS if before[key] != after[key]] if name == "settings" else []
    options = "; ".join(f"{key} was {one!r}, is {two!r}" for key, one, two in pairs if one != two)
    words = ", ".join(f"options: {options}" if key == "options" and options else key for key in other)
    return f"{name} ({words})" if words else name


def _check(folder: PartFolder, run: Row, overwrite: bool) -> None:
    """Check that the folder is free, or holds an earlier run that was the same."""
    earlier = folder.run()
    if earlier is None and not folder.is_empty():
        raise FileExistsError(f"{folder.url} is there, and not of a run: it has no {RUN}. Name another output.")
    changed = [] if earlier is None else [name for name in run if name != "state" and earlier.get(name) != run[name]]
    if earlier is not None and changed and not overwrite:
        told = [_told(name, earlier.get(name), run[name]) for name in changed]
        raise FileExistsError(
            f"{folder.url} holds a run that differs in: {', '.join(told)}. To continue it, call it with what it "
            "had; to start anew, name another output or set overwrite=True."
        )
    if earlier is not None and _is_done(earlier) and not overwrite:
        raise FileExistsError(
            f"{folder.url} holds a run that is finished. Name another output, or set overwrite=True: what is whole "
            "there, and made of the same articles, is not scored again."
        )
    if strangers := [] if earlier is None else folder.strangers():
        raise FileExistsError(f"{strangers[0]} is not the work of a run, and would be read as a part of it. Move it.")


def _is_done(run: Row) -> bool:
    """Whether a run came to its end, and read at least one article."""
    totals = run.get("totals")
    return run.get("state") == "finished" and isinstance(totals, dict) and totals["articles"] > totals["failed"]


def _quotes_before(earlier: Row) -> int | None:
    """Tell how many quotes the finished run had whose parts are there; ``None`` where there is none."""
    totals = earlier.get("totals")
    had = totals.get("quotes") if isinstance(totals, dict) else earlier.get(_BEFORE)
    return had if isinstance(had, int) else None


def _check_loss(folder: PartFolder, done: dict[str, _Done], earlier: Row, had: int) -> None:
    """Check that what failed, as when a disk has dropped out, does not cost an earlier run most of its quotes.

    Where nothing failed, files may be gone that are meant to be: it is told.

    Raises:
        RunError: It does; what run.json told before it tells again.
    """
    quotes = sum(one.counts.quotes for one in done.values())
    failing = [name for name in sorted(done, key=_place) if done[name].counts.failed]
    if 2 * quotes >= had:
        return
    if failing:
        folder.note(earlier)
        failed = sum(one.counts.failed for one in done.values())
        first = first_failure(folder, failing[0], waits=done[failing[0]].counts.waits)
        raise RunError(
            f"{folder.url} stays: it has {had} quotes, and would have {quotes}, since {failed} articles failed. Mend "
            f"that, or name another output. The first that failed: {first['file']}: {first['why']}"
        )
    log.warning(
        "%s had %d quotes, and has %d now. If files are missing, as those of a disk that is away, bring them back and "
        "run the same again, which scores them again.", folder.url, had, quotes,
    )  # fmt: skip


@contextmanager
def _ray(address: str | None) -> Iterator[int]:
    """Connect to Ray, and tell how many cores it has; what was started here is stopped in the end."""
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster that is started here reports to nobody
    is_ours = not ray.is_initialized()
    if is_ours:
        handler = signal.getsignal(signal.SIGTERM)
        ray.init(address=address, log_to_driver=False, logging_level="WARNING")
        if callable(handler) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)  # Ray puts one in its place that ends the process with a trace
    try:
        yield max(1, int(ray.cluster_resources().get("CPU", 1)))
    finally:
        if is_ours:
            ray.shutdown()


def _score_parts(work: _Work, listing: Listing, workers: int, progress: bool) -> dict[str, _Done]:
    """Read, score and write; tells of every part, in no order, each once however often it was tried."""
    import ray.data

    lines = [json.dumps(dataclasses.astuple(one)) for one in readings(listing.names, work.part_size)]
    with _data_context(), Progress(_count(listing), is_shown=progress) as bar:
        parts = ray.data.from_items([{"reading": line} for line in lines]).map_batches(
            work.read,
            batch_size=1,
            compute=ray.data.TaskPoolStrategy(size=workers),  # as no core is counted, there would be one a reading
            num_cpus=0,
        )
        scored = parts.map(
            _PartScorer,
            fn_constructor_args=(work,),
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
            max_task_retries=_TRIES,
        )
        try:
            return {row["part"]: _to_done(row, bar) for row in scored.iter_rows()}
        except ray.exceptions.RayError as error:
            raise OSError(
                f"Ray failed: {_reason(error)}. What is done is kept in {work.folder.url}; the same call goes on."
            ) from error


def _reason(error: Exception) -> str:
    """Tell the first cause of what Ray reports with the traces of several processes."""
    text = str(error).strip()
    cause = re.search(r"^[\w.]+(Error|Exception): .+", text, re.MULTILINE)
    return cause.group() if cause else text.splitlines()[-1]


def _count(listing: Listing) -> int | None:
    """Tell how many articles there are, where counting files tells it."""
    return len(listing.names) if all(is_one_article(Path(name)) for name in listing.names) else None


def _to_done(row: Row, bar: Progress) -> _Done:
    counts = Counts(**{field.name: row[field.name] for field in dataclasses.fields(Counts)})
    bar.advance(counts.articles + counts.skipped, words=counts.words, failed=counts.failed)
    return _Done(counts, np.frombuffer(row["hashes"], dtype=np.uint64))


@contextmanager
def _data_context() -> Iterator[None]:
    """Set Ray Data to small blocks and to silence, and put back what it was set to."""
    from ray.data import DataContext

    context, logger = DataContext.get_current(), logging.getLogger("ray.data")
    wanted = {"target_max_block_size": _BLOCK, "enable_progress_bars": False}
    before, level = {name: getattr(context, name) for name in wanted}, logger.level
    for name, value in wanted.items():
        setattr(context, name, value)
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)
        for name, value in before.items():
            setattr(context, name, value)


def _place(part: str) -> tuple[int, ...]:
    """Give the place of a part in the input: as text "1000000" would stand before "999999"."""
    return tuple(map(int, part.split("-")[1:]))


def _finish(folder: PartFolder, listing: Listing, done: dict[str, _Done], started: float) -> EngineSummary:
    """Remove what is not of this run, name articles apart, and add up."""
    parts = sorted(done, key=_place)
    folder.publish(name for name in parts if done[name].counts.waits)
    for table in (QUOTES, ARTICLES):
        folder.clear_others(table, parts)
    renamed = name_apart(folder, parts, [done[name].hashes for name in parts])
    write_skipped(folder, listing.skipped)
    counts = [one.counts for one in done.values()]
    return EngineSummary(
        articles=sum(one.articles for one in counts),
        quotes=sum(one.quotes for one in counts),
        failed=sum(one.failed for one in counts),
        skipped=len(listing.skipped) + sum(one.skipped for one in counts),
        reused=sum(one.articles for one in counts if one.reused),
        renamed=renamed,
        seconds=time.perf_counter() - started,
    )
