"""The output of a run on many machines: a folder of parts, each written at once and each known by what it was made of.

    OUTPUT/quotes/part-000003-000017.parquet      rows of quotes, with quotestance.io.table.COLUMNS
    OUTPUT/articles/part-000003-000017.parquet    a row for every article, with ARTICLE_COLUMNS of that module
    OUTPUT/run.json                               settings; when all is done, the totals

The name of a part follows from the input alone, and its metadata hold a hash of its articles and the settings. So a
worker that is started again writes the same file, and a part that is there with that hash, whole, is not made again.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from quotestance.engines.sources import filesystem, is_local
from quotestance.io.readers import replacing
from quotestance.io.table import ARTICLE_COLUMNS, COLUMNS, Column, Row, arrow_schema, article_row, rows
from quotestance.text import scalar_values
from quotestance.types import Article

if TYPE_CHECKING:
    import pyarrow as pa

QUOTES, ARTICLES, RUN = "quotes", "articles", "run.json"
SKIPPED = "part-skipped"
"""The part of the table of articles that holds files of other kinds."""

_MADE_OF = b"quotestance.made_of"  # key of a part's metadata


@dataclass(frozen=True, slots=True)
class Counts:
    """What a part holds.

    Args:
        articles, quotes, failed: How many.
        reused: Whether the part was there.
    """

    articles: int
    quotes: int
    failed: int
    reused: bool = False


@dataclass(frozen=True, slots=True)
class PartFolder:
    """The folder that a run writes.

    Args:
        url: As fsspec names it.
    """

    url: str

    def make(self) -> None:
        """Make the folder."""
        system, root = filesystem(self.url)
        for table in (QUOTES, ARTICLES):
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
        system, root = filesystem(self.url)
        found = (Path(path).name for path in system.find(f"{root}/{table}"))
        return sorted(name.removesuffix(".parquet") for name in found)

    def remove(self, table: str, name: str) -> None:
        """Remove a part."""
        system, root = filesystem(self.url)
        system.rm_file(f"{root}/{table}/{name}.parquet")

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
        """Tell whether there is nothing there."""
        system, root = filesystem(self.url)
        return not system.exists(root) or (system.isdir(root) and not system.ls(root))

    def _put(self, name: str, data: bytes) -> None:
        system, root = filesystem(self.url)
        if not is_local(system):
            system.pipe_file(f"{root}/{name}", data)  # in an object store it appears at once
            return
        with replacing(Path(root) / name) as stream:
            stream.write(data)


def fingerprint(articles: Iterable[tuple[str, Article]], settings: str) -> str:
    """Hash what a part is made of: the articles, as they were read, and the settings."""
    digest = hashlib.sha256(settings.encode())
    for file, article in articles:
        known = [file, article.id, article.text, article.title, article.published, article.url, article.error]
        digest.update(json.dumps(known).encode())
    return digest.hexdigest()


def sound_part(folder: PartFolder, name: str, made_of: str) -> Counts | None:
    """Count what a part holds, if it is there, whole, and made of this."""
    try:
        quotes, articles = folder.read(QUOTES, name), folder.read(ARTICLES, name)
    except OSError:
        return None
    if any((content.schema.metadata or {}).get(_MADE_OF) != made_of.encode() for content in (quotes, articles)):
        return None
    return Counts(articles.num_rows, quotes.num_rows, articles["state"].to_pylist().count("failed"), reused=True)


def write_part(folder: PartFolder, name: str, scored: list[tuple[str, Article]], made_of: str) -> Counts:
    """Write the rows of scored articles, each given with its file."""
    quotes = list(rows(article for _, article in scored))
    articles = [_article_row(file, article) for file, article in scored]
    folder.write(QUOTES, name, part_table(quotes, COLUMNS, made_of))
    folder.write(ARTICLES, name, part_table(articles, ARTICLE_COLUMNS, made_of))
    return Counts(len(articles), len(quotes), sum(article.error is not None for _, article in scored))


def write_skipped(folder: PartFolder, files: Iterable[str]) -> None:
    """Write a row for every file of a kind that is not read."""
    why = "no kind of file that is read"
    nothing: Row = dict.fromkeys((column.name for column in ARTICLE_COLUMNS), None)
    table = [{**nothing, "file": scalar_values(file), "state": "skipped", "why": why} for file in files]
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


def _article_row(file: str, article: Article) -> Row:
    if article.error is not None:
        return article_row(article, file=file, state="failed", why=article.error, characters=None)
    return article_row(article, file=file, state="read", quotes=len(article.quotes))
