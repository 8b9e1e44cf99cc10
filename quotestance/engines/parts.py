"""The output of a run on many machines: a folder of parts, each written at once and each known by what it was made of.

    OUTPUT/quotes/part-000003-000017.parquet      rows of quotes, with quotestance.io.table.COLUMNS
    OUTPUT/articles/part-000003-000017.parquet    a row for every article, with ARTICLE_COLUMNS of that module
    OUTPUT/run.json                               settings; when all is done, the totals
    OUTPUT/new/                                   what is made anew, while that of an earlier run stays

The name of a part follows from the input alone, and its metadata hold a hash of its articles and the settings. So a
worker that is started again writes the same file, and a part that is there with that hash, whole, is not made again.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from quotestance.engines.sources import Part, filesystem, is_local
from quotestance.io.locking import locked
from quotestance.io.progress import word_count
from quotestance.io.readers import NO_ARTICLE
from quotestance.io.saving import replacing
from quotestance.io.table import ARTICLE_COLUMNS, COLUMNS, Column, Row, arrow_schema, input_row, rows, skipped_row
from quotestance.text import scalar_values
from quotestance.types import Article

if TYPE_CHECKING:
    import pyarrow as pa

QUOTES, ARTICLES, RUN, LOCK = "quotes", "articles", "run.json", ".lock"
NEW = "new/"
"""Before the name of a table: of parts that wait until all are done, and then take the place of others."""
SKIPPED = "part-skipped"
"""The part of the table of articles that holds files of other kinds."""

_PART = re.compile(rf"(part-\d{{6,}}-\d{{6,}}|{SKIPPED})\.parquet")
_LEFTOVER = re.compile(r"\.[0-9a-f]+\.partial")  # of a part that a killed worker was writing
_MADE_OF = b"quotestance.made_of"  # key of a part's metadata
_MOVERS = 16  # threads that wait for files


@dataclass(frozen=True, slots=True)
class Counts:
    """What a part holds.

    Args:
        articles, quotes, failed: How many.
        skipped: Articles without text, not among ``articles``.
        words: About how many words were scored.
        reused: Whether the part was there.
        waits: Whether it waits in :data:`NEW`.
    """

    articles: int
    quotes: int
    failed: int
    skipped: int = 0
    words: int = 0
    reused: bool = False
    waits: bool = False


@dataclass(frozen=True, slots=True)
class PartFolder:
    """The folder that a run writes.

    Args:
        url: As fsspec names it.
    """

    url: str

    def make(self, *, keeps: bool = False) -> None:
        """Make the folder; also the place for parts that wait, where what is there is to be kept."""
        system, root = filesystem(self.url)
        for table in (*_tables(False), *(_tables(True) if keeps else ())):
            system.makedirs(f"{root}/{table}", exist_ok=True)

    def write(self, table: str, name: str, content: pa.Table) -> None:
        """Write a part, which appears at once."""
        import pyarrow.parquet as pq

        buffer = io.BytesIO()
        pq.write_table(content, buffer, compression="zstd", write_page_checksum=True)
        self._put(f"{table}/{name}.parquet", buffer.getvalue())

    def read(self, table: str, name: str) -> pa.Table:
        """Read a part, its checksums compared.

        Raises:
            OSError: It is missing or damaged.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        system, root = filesystem(self.url)
        path = f"{root}/{table}/{name}.parquet"
        try:
            return pq.ParquetFile(io.BytesIO(system.cat_file(path)), page_checksum_verification=True).read()
        except (ValueError, pa.ArrowException) as error:
            raise OSError(f"{path} is damaged: {error}. The same command makes it again.") from error

    def names(self, table: str) -> list[str]:
        """List the parts that are there, in order."""
        return sorted(Path(path).stem for path in self._own_files(table) if path.endswith(".parquet"))

    def count(self, table: str) -> int:
        """Count the rows of the parts that are there, as their footers tell; none in one that is damaged."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        system, root = filesystem(self.url)

        def rows_of(name: str) -> int:
            try:
                with system.open(f"{root}/{table}/{name}.parquet", "rb") as stream:
                    return int(pq.read_metadata(stream).num_rows)
            except (OSError, pa.ArrowException):
                return 0

        with ThreadPoolExecutor(_MOVERS) as pool:
            return sum(pool.map(rows_of, self.names(table)))

    def clear_others(self, table: str, names: Collection[str]) -> None:
        """Remove parts of other names, and what killed workers left half-written; files that no run wrote stay."""
        kept = {f"{name}.parquet" for name in names}
        for path in self._own_files(table):
            if Path(path).name not in kept:
                filesystem(self.url)[0].rm_file(path)

    def strangers(self) -> list[str]:
        """List Parquet files in the tables, or in folders in them, that no run wrote: readers take them for parts."""
        root = filesystem(self.url)[1]
        found = (path for one in _tables(False) for path in self._files(one) if not _is_own(path, f"{root}/{one}"))
        return sorted(path for path in found if path.endswith(".parquet") and not Path(path).name.startswith("."))

    def publish(self, names: Iterable[str]) -> None:
        """Put parts that wait in the place of those that are there, and remove the others that wait."""
        system, root = filesystem(self.url)

        def move(name: str) -> None:
            for table in (QUOTES, ARTICLES):
                waiting, place = f"{root}/{NEW}{table}/{name}.parquet", f"{root}/{table}/{name}.parquet"
                if is_local(system):
                    system.mv(waiting, place)
                else:  # whose mv would take a name with brackets for a pattern
                    system.cp_file(waiting, place)
                    system.rm_file(waiting)

        with ThreadPoolExecutor(_MOVERS) as pool:
            for _ in pool.map(move, names):
                pass
        for path in self._files(NEW):
            system.rm_file(path)
        if is_local(system):  # elsewhere there are no folders
            shutil.rmtree(Path(root) / NEW, ignore_errors=True)

    def _files(self, table: str) -> list[str]:
        system, root = filesystem(self.url, is_listed=True)
        return list(system.find(f"{root}/{table}"))

    def _own_files(self, table: str) -> list[str]:
        folder = f"{filesystem(self.url)[1]}/{table}"
        return [path for path in self._files(table) if _is_own(path, folder)]

    def run(self) -> Row | None:
        """Read what stands in run.json; ``None`` where there is none that can be read."""
        system, root = filesystem(self.url)
        try:
            content = json.loads(system.cat_file(f"{root}/{RUN}"))
        except (OSError, ValueError):
            return None
        return content if isinstance(content, dict) else None

    def note(self, run: Row) -> None:
        """Write run.json."""
        self._put(RUN, json.dumps(run, indent=1).encode() + b"\n")

    def is_empty(self) -> bool:
        """Tell whether there is nothing there but what a run writes before it notes its settings."""
        system, root = filesystem(self.url, is_listed=True)
        if not system.exists(root):
            return True
        names = [Path(path).name for path in system.ls(root, detail=False)] if system.isdir(root) else [root]
        return all(name == LOCK or name.endswith(".partial") for name in names)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one run while the block runs; one that is not local cannot be held.

        Raises:
            RunError: Another run holds it.
        """
        system, root = filesystem(self.url)
        if not is_local(system):
            system.makedirs(root, exist_ok=True)
            yield
            return
        Path(root).mkdir(parents=True, exist_ok=True)
        with locked(Path(root) / LOCK):
            yield

    def _put(self, name: str, data: bytes) -> None:
        system, root = filesystem(self.url)
        if not is_local(system):
            system.pipe_file(f"{root}/{name}", data)  # in an object store it appears at once
            return
        with replacing(Path(root) / name) as stream:
            stream.write(data)


def fingerprint(articles: Part, settings: str) -> str:
    """Hash what a part is made of: the articles, as they were read, and the settings."""
    digest = hashlib.sha256(settings.encode())
    for file, one in articles:
        own = [] if one is None else [one.id, one.text, one.title, one.published, one.url, one.error, dict(one.meta)]
        digest.update(json.dumps([file, *own], default=str).encode())
    return digest.hexdigest()


def sound_part(folder: PartFolder, name: str, made_of: str, *, waits: bool = False) -> Counts | None:
    """Count what a part holds, if it is there, or waits there, whole, and made of this."""
    try:
        quotes, articles = (folder.read(table, name) for table in _tables(waits))
    except OSError:
        return None
    if any((content.schema.metadata or {}).get(_MADE_OF) != made_of.encode() for content in (quotes, articles)):
        return None
    return _counts(articles["state"].to_pylist(), quotes.num_rows, reused=True, waits=waits)


def write_part(folder: PartFolder, name: str, scored: Part, made_of: str, *, waits: bool = False) -> Counts:
    """Write the rows of scored articles, each given with its file.

    Args:
        folder: Holds the parts.
        name: Of the part.
        scored: The articles.
        made_of: The fingerprint.
        waits: The part is to wait until all are done, and what is there to stay.
    """
    found = [article for _, article in scored if article is not None]
    quotes = list(rows(found))
    articles = [_article_row(file, article) for file, article in scored]
    of_quotes, of_articles = _tables(waits)
    folder.write(of_quotes, name, part_table(quotes, COLUMNS, made_of))
    folder.write(of_articles, name, part_table(articles, ARTICLE_COLUMNS, made_of))
    words = sum(word_count(article.text) for article in found)
    return _counts([row["state"] for row in articles], len(quotes), words=words, waits=waits)


def first_failure(folder: PartFolder, name: str, *, waits: bool) -> Row:
    """Return the row of the first article of a part that failed; one did."""
    found: list[Row] = folder.read(_tables(waits)[1], name).to_pylist()
    return next(row for row in found if row["state"] == "failed")


def _is_own(path: str, folder: str) -> bool:
    """Whether a file has a name which a run gives, and lies in a folder itself."""
    file = PurePosixPath(path)
    is_named = _PART.fullmatch(file.name) or _LEFTOVER.fullmatch(file.name)
    return is_named is not None and file.parent == PurePosixPath(folder)


def _tables(waits: bool) -> tuple[str, str]:
    return (NEW + QUOTES, NEW + ARTICLES) if waits else (QUOTES, ARTICLES)


def _counts(states: list[Any], quotes: int, *, waits: bool, words: int = 0, reused: bool = False) -> Counts:
    skipped = states.count("skipped")
    return Counts(len(states) - skipped, quotes, states.count("failed"), skipped, words, reused, waits)


def write_skipped(folder: PartFolder, files: Iterable[tuple[str, str]]) -> None:
    """Write a row for everything that is not read, each with the reason."""
    table = [skipped_row(scalar_values(file), why) for file, why in files]
    folder.write(ARTICLES, SKIPPED, part_table(table, ARTICLE_COLUMNS))


def part_table(table: list[Row], columns: tuple[Column, ...], made_of: str = "") -> pa.Table:
    """Make rows the content of a part.

    Args:
        table: The rows.
        columns: Their columns.
        made_of: The fingerprint; without one, a later run makes the part anew.
    """
    import pyarrow as pa

    schema = arrow_schema(columns).with_metadata({_MADE_OF: made_of.encode()})
    return pa.Table.from_pylist(table, schema=schema)


def _article_row(file: str, article: Article | None) -> Row:
    if article is None:
        return skipped_row(scalar_values(file), NO_ARTICLE)
    row = input_row(article, file=scalar_values(file))
    return row | {"quotes": len(article.quotes)} if row["state"] == "read" else row
