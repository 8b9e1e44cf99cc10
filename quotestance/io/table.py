"""Articles -> a table with a row for every quote: DataFrame, CSV, JSON Lines, Parquet, ``datasets.Dataset``.

:data:`COLUMNS` documents every column, in order. An article without quotes has no row there; a table of its own,
:data:`ARTICLE_COLUMNS`, has a row for every input of a run, whatever became of it. Lone surrogates, which no file in
UTF-8 can hold, become U+FFFD; offsets stay as they are.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from quotestance.errors import FormatError
from quotestance.io.readers import replacing
from quotestance.text import scalar_values
from quotestance.types import STANCES, Article, Quote, Span, Speaker

if TYPE_CHECKING:
    import datasets
    import pandas as pd
    import pyarrow as pa

Row = dict[str, Any]
"""Column name to value, ``None`` where there is none."""

TableWriter = Callable[[Iterable[Row], "tuple[Column, ...]", BinaryIO], int]
"""Writes rows with these columns into a binary file and tells how many there were."""

_LONGEST_HEADER = 1 << 20  # bytes of a first line
_ROWS_TOGETHER = 10_000  # rows that are written to Parquet as one row group


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table.

    Args:
        name: Its name.
        dtype: ``string``, ``Int64`` or ``Float64``: pandas' nullable type; Arrow's and JSON's follow from it.
        meaning: What it holds.
    """

    name: str
    dtype: Literal["string", "Int64", "Float64"]
    meaning: str


def _stance_column(label: str) -> str:
    return f"p_{label.replace('-', '_')}"


COLUMNS: tuple[Column, ...] = (
    Column("article_id", "string", "id of the article: its path, its path#record or the id that its record gives"),
    Column("title", "string", "title of the article"),
    Column("published", "string", "when the article was published, as its source words it"),
    Column("url", "string", "address of the article"),
    Column("quote", "Int64", "number of the quote in its article, from 0"),
    Column("kind", "string", "direct (all of it in quotation marks), mixed (some of it) or indirect (none)"),
    Column("text", "string", "what was said; the pieces of an interrupted quote are parted by a space"),
    Column("start", "Int64", "offset of its first character in the text of the article, in code points"),
    Column("end", "Int64", "offset after its last character"),
    Column("cue", "string", "the words that attribute it: said, according to"),
    Column("source", "string", "the words that name its source, as they stand in the article"),
    Column("speaker_name", "string", "fullest name of the speaker; of a group, its members' names, parted by '; '"),
    Column("speaker_kind", "string", "person, organization, group or unnamed"),
    Column("speaker_role", "string", "title or function of the speaker, as worded"),
    Column("speaker_affiliation", "string", "organisation, government or country that the role belongs to, as worded"),
    Column("speaker_country", "string", "country of the speaker, ISO 3166-1 alpha-3"),
    Column("speaker_description", "string", "the article's words for a speaker without a name"),
    Column("speaker_confidence", "Float64", "probability that name and kind of the speaker are right"),
    Column("speaker_id", "string", "who that is across articles, once link_speakers or quotestance link has told"),
    Column("stance", "string", f"the most probable stance toward escalation: {', '.join(STANCES)}"),
    *(Column(_stance_column(label), "Float64", f"probability that the stance is {label}") for label in STANCES),
    Column("conditional", "Float64", "probability that the stance hangs on a condition (if, unless, until)"),
    Column("confidence", "Float64", "probability that this is a quote and has this source"),
    Column("via", "string", "the medium that relays the source, as it stands in the article"),
)
"""The columns of the table of quotes."""

ARTICLE_COLUMNS: tuple[Column, ...] = (
    Column("article_id", "string", "id of the article, as in the table of quotes; none for a file that is not read"),
    Column("file", "string", "path of its file, relative to the folder that was read"),
    Column("state", "string", "read, skipped or failed"),
    Column("why", "string", "why it was skipped or failed, and what to do; or what is odd about it"),
    Column("title", "string", "title of the article"),
    Column("published", "string", "when the article was published, as its source words it"),
    Column("url", "string", "address of the article"),
    Column("outlet", "string", "who published the article, as its page or its record tells"),
    Column("characters", "Int64", "length of its text in code points"),
    Column("quotes", "Int64", "how many quotes were found in it"),
)
"""The columns of the table of articles."""

SHARED = ("article_id", "title", "published", "url")
"""The columns that the quotes of one article have in common."""


def rows(articles: Iterable[Article]) -> Iterator[Row]:
    """Yield a row for every quote, lazily, with the keys of :data:`COLUMNS`.

    >>> text = '"We will talk," Liu said.'
    >>> quote = Quote("direct", (Span.of(text, 1, 14),), source=Span.of(text, 16, 19))
    >>> [(row["article_id"], row["text"], row["source"]) for row in rows([Article(text, id="a", quotes=(quote,))])]
    [('a', 'We will talk,', 'Liu')]
    """
    for article in articles:
        for number, quote in enumerate(article.quotes):
            values = _quote_values(article, number, quote)
            yield {column.name: _cell(column, values.get(column.name)) for column in COLUMNS}


def article_row(article: Article, **known: str | int | None) -> Row:
    """Return what an article tells of itself, with the keys of :data:`ARTICLE_COLUMNS`.

    Args:
        article: The article.
        known: What else is known of it, by column.
    """
    outlet = article.meta.get("outlet")
    values: Row = {
        "article_id": article.id,
        "title": article.title,
        "published": article.published,
        "url": article.url,
        "outlet": outlet if isinstance(outlet, str) else None,
        "characters": len(article.text),
        **known,
    }
    return {column.name: _cell(column, values.get(column.name)) for column in ARTICLE_COLUMNS}


def to_dataframe(articles: Iterable[Article]) -> pd.DataFrame:
    """Build the table of quotes in memory, with the nullable types of :data:`COLUMNS` even where it is empty."""
    return _dataframe(rows(articles), COLUMNS)


def to_csv(articles: Iterable[Article], path: str | os.PathLike[str], *, spreadsheet: bool = False) -> int:
    """Write the table of quotes as CSV (UTF-8, RFC 4180) and tell how many rows it has.

    By default every cell is exactly what the table holds. A spreadsheet takes a cell that begins with ``=``, ``+``,
    ``-``, ``@``, a tab or a carriage return for a formula, and articles are written by strangers: for a file that
    people will open in one, ask for ``spreadsheet``.

    Args:
        articles: The articles, taken one at a time.
        path: The file, which appears at once, when all is written.
        spreadsheet: Put an apostrophe before text that would be a formula, as OWASP advises against CSV injection,
            and a byte order mark before all, by which Excel knows UTF-8.

    Raises:
        OSError: The file cannot be written; one that was there stays as it is.
    """
    with replacing(path) as stream:
        return _write_csv(rows(articles), COLUMNS, stream, spreadsheet)


def to_jsonl(articles: Iterable[Article], path: str | os.PathLike[str]) -> int:
    """Write the table of quotes as JSON Lines, every line with every column, and tell how many rows it has.

    Args:
        articles: The articles, taken one at a time.
        path: The file, which appears at once, when all is written.

    Raises:
        OSError: The file cannot be written; one that was there stays as it is.
    """
    with replacing(path) as stream:
        return _write_jsonl(rows(articles), COLUMNS, stream)


def to_parquet(articles: Iterable[Article], path: str | os.PathLike[str]) -> int:
    """Write the table of quotes as Parquet and tell how many rows it has.

    The schema follows from :data:`COLUMNS`, whose meanings are its fields' metadata.

    Args:
        articles: The articles, taken one at a time.
        path: The file, which appears at once, when all is written.

    Raises:
        OSError: The file cannot be written; one that was there stays as it is.
    """
    with replacing(path) as stream:
        return _write_parquet(rows(articles), COLUMNS, stream)


def to_dataset(articles: Iterable[Article]) -> datasets.Dataset:
    """Build the table of quotes as a Hugging Face dataset, held in memory."""
    import datasets

    features = datasets.Features({field.name: datasets.Value(str(field.type)) for field in arrow_schema(COLUMNS)})
    return datasets.Dataset.from_dict(_by_column(rows(articles), COLUMNS), features=features)


def write_rows(table: Iterable[Row], path: str | os.PathLike[str], columns: tuple[Column, ...] = COLUMNS) -> int:
    """Write rows in the format that the file's suffix names (.csv, .jsonl, .parquet) and tell how many there were.

    Args:
        table: The rows, taken one at a time, each with a key for every column.
        path: The file, which appears at once, when all is written.
        columns: The columns of the table, in order.

    Raises:
        FormatError: No format has that suffix.
        OSError: The file cannot be written; one that was there stays as it is.
    """
    write = table_format(path)
    with replacing(path) as stream:
        return write(table, columns, stream)


def table_format(
    path: str | os.PathLike[str],
) -> TableWriter:
    """Return the function that writes rows in the format that the file's suffix names.

    Raises:
        FormatError: No format has that suffix.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        raise FormatError(f"{path}: no table format has the suffix {suffix!r}. Available: {', '.join(_WRITERS)}.")
    return _WRITERS[suffix]


def has_columns(path: str | os.PathLike[str], columns: tuple[Column, ...]) -> bool:
    """Whether a file is a table with these columns, as its suffix has it, and as :func:`write_rows` writes it.

    Raises:
        OSError: The file cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = [column.name for column in columns]
    try:
        if Path(path).suffix.lower() == ".parquet":
            return list(pq.read_schema(path).names) == names
        with Path(path).open("rb") as stream:
            line = stream.readline(_LONGEST_HEADER).decode()
        return (
            list(json.loads(line)) == names
            if Path(path).suffix.lower() == ".jsonl"
            else line.split() == [",".join(names)]
        )
    except (ValueError, TypeError, pa.ArrowException):
        return False


def _quote_values(article: Article, number: int, quote: Quote) -> Row:
    stance, speaker = quote.stance, quote.speaker
    return {
        "article_id": article.id,
        "title": article.title,
        "published": article.published,
        "url": article.url,
        "quote": number,
        "kind": quote.kind,
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "cue": _words(quote.cue),
        "source": _words(quote.source),
        "confidence": quote.confidence,
        "via": _words(quote.via),
        **({} if speaker is None else _speaker_values(speaker)),
        **({} if stance is None else {"stance": stance.label, "conditional": stance.conditional}),
        **({} if stance is None else {_stance_column(label): p for label, p in stance.probabilities.items()}),
    }


def _speaker_values(speaker: Speaker) -> Row:
    return {
        "speaker_name": speaker.name or "; ".join(speaker.members) or None,
        "speaker_kind": speaker.kind,
        "speaker_role": speaker.role,
        "speaker_affiliation": speaker.affiliation,
        "speaker_country": speaker.country,
        "speaker_description": speaker.description,
        "speaker_confidence": speaker.confidence,
        "speaker_id": speaker.id,
    }


def _words(span: Span | None) -> str | None:
    return None if span is None else span.text


def _cell(column: Column, value: Any) -> str | int | float | None:
    if value is None:
        return None
    if column.dtype == "string":
        return scalar_values(str(value))
    if column.dtype == "Int64":
        return int(value)
    return float(value)


def _by_column(table: Iterable[Row], columns: tuple[Column, ...]) -> dict[str, list[Any]]:
    values: dict[str, list[Any]] = {column.name: [] for column in columns}
    for row in table:
        for name, cells in values.items():
            cells.append(row[name])
    return values


def _dataframe(table: Iterable[Row], columns: tuple[Column, ...]) -> pd.DataFrame:
    import pandas as pd

    values = _by_column(table, columns)
    return pd.DataFrame({column.name: pd.array(values[column.name], dtype=column.dtype) for column in columns})


def arrow_schema(columns: tuple[Column, ...]) -> pa.Schema:
    """Give the Arrow schema of a table with these columns; their meanings are its fields' metadata."""
    import pyarrow as pa

    types = {"string": pa.string(), "Int64": pa.int64(), "Float64": pa.float64()}
    return pa.schema([pa.field(c.name, types[c.dtype], metadata={"meaning": c.meaning}) for c in columns])


def _write_csv(table: Iterable[Row], columns: tuple[Column, ...], stream: BinaryIO, spreadsheet: bool = False) -> int:
    names = [column.name for column in columns]
    file = io.TextIOWrapper(stream, encoding="utf-8-sig" if spreadsheet else "utf-8", newline="")
    writer = csv.writer(file)
    writer.writerow(names)
    count = 0
    for row in table:
        cells = (row[name] for name in names)
        writer.writerow(map(_defused, cells) if spreadsheet else cells)
        count += 1
    file.detach()  # flushes, and leaves the stream open
    return count


def _defused(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _write_jsonl(table: Iterable[Row], columns: tuple[Column, ...], stream: BinaryIO) -> int:
    count = 0
    for row in table:
        line = json.dumps({column.name: row[column.name] for column in columns}, ensure_ascii=False)
        stream.write(line.encode() + b"\n")
        count += 1
    return count


def _write_parquet(table: Iterable[Row], columns: tuple[Column, ...], stream: BinaryIO) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    remaining, schema, count = iter(table), arrow_schema(columns), 0
    with pq.ParquetWriter(stream, schema) as writer:
        while chunk := list(islice(remaining, _ROWS_TOGETHER)):
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
            count += len(chunk)
    return count


_WRITERS: Mapping[str, TableWriter] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
}
