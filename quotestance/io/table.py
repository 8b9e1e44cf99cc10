"""Articles -> a table with a row for every quote: DataFrame, CSV, JSON Lines, Parquet, Excel, ``datasets.Dataset``.

:data:`COLUMNS` documents every column, in order. An article without quotes has no row there; a table of its own,
:data:`ARTICLE_COLUMNS`, has a row for every input of a run, whatever became of it. Lone surrogates, which no file in
UTF-8 can hold, become U+FFFD; offsets stay as they are.
"""

from __future__ import annotations

import json
import os
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from quotestance.io.columns import (
    ARTICLE_COLUMNS,
    COLUMNS,
    EVIDENCE,
    LONGEST_FIELD,
    LONGEST_FIELDS,
    SHARED,
    Column,
    Row,
    data_dictionary,
    links,
    page_name,
    quote_anchor,
    stance_column,
)
from quotestance.io.dates import iso_date
from quotestance.io.readers import EMPTY
from quotestance.io.saving import replacing
from quotestance.io.writers import (
    METADATA_KEY,
    TableWriter,
    Writing,
    arrow_schema,
    check_suffix,
    has_columns,
    table_format,
    write_csv,
    write_excel,
    write_jsonl,
    write_parquet,
)
from quotestance.text import Extent, scalar_values, sentences
from quotestance.types import Article, Quote, Span, Speaker, given_articles

if TYPE_CHECKING:
    import datasets
    import pandas as pd

__all__ = [
    "ARTICLE_COLUMNS",
    "COLUMNS",
    "METADATA_KEY",
    "SHARED",
    "Column",
    "Row",
    "TableWriter",
    "Writing",
    "arrow_schema",
    "article_row",
    "data_dictionary",
    "has_columns",
    "input_row",
    "links",
    "outlet_of",
    "page_name",
    "quote_anchor",
    "rows",
    "skipped_row",
    "table_format",
    "to_csv",
    "to_dataframe",
    "to_dataset",
    "to_jsonl",
    "to_parquet",
    "to_xlsx",
    "write_rows",
]

_OUTLET = (
    "outlet",
    "publication",
    "publisher",
    "newspaper",
    "sitename",
    "source",
)  # fields, likeliest first
_CONTEXT = 300  # characters on either side of a quote, where its sentence is longer
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")  # none of them is white space that stands in prose


def rows(articles: Iterable[Article]) -> Iterator[Row]:
    """Yield a row for every quote, lazily, with the keys of :data:`COLUMNS`.

    >>> text = '"We will talk," Liu said.'
    >>> quote = Quote("direct", (Span.of(text, 1, 14),), source=Span.of(text, 16, 19))
    >>> [(row["article_id"], row["text"], row["source"]) for row in rows([Article(text, id="a", quotes=(quote,))])]
    [('a', 'We will talk,', 'Liu')]
    """
    for article in given_articles(articles):
        if article.quotes:
            shared, places = _article_values(article), sentences(article.text)
            for number, (quote, outer) in enumerate(zip(article.quotes, article.nested_in, strict=True)):
                values = {**shared, **_quote_values(article, number, quote, places), "nested_in": outer}
                yield {column.name: _cell(column, values.get(column.name)) for column in COLUMNS}


def article_row(article: Article, **known: str | int | None) -> Row:
    """Return what an article tells of itself, with the keys of :data:`ARTICLE_COLUMNS`.

    Args:
        article: The article.
        known: What else is known of it, by column.
    """
    values: Row = {**_article_values(article), "characters": len(article.text), **known}
    return {column.name: _cell(column, values.get(column.name)) for column in ARTICLE_COLUMNS}


def input_row(article: Article, *, file: str, note: str | None = None) -> Row:
    """Return the row of an input that was read in the table of articles: it failed, holds no text, or has state "read".

    Args:
        article: The article.
        file: Where it comes from.
        note: What is to be said of it, if it has state "read".
    """
    if article.error is not None:
        characters = len(article.text) or None
        return article_row(article, file=file, state="failed", why=article.error, characters=characters)
    if not article.text.strip():
        return article_row(article, file=file, state="skipped", why=EMPTY)
    return article_row(article, file=file, state="read", why=note or _guessed_encoding(article))


def _guessed_encoding(article: Article) -> str | None:
    """Tell how an article was decoded, where that is a guess."""
    name, confidence = (article.meta.get(key) for key in ("encoding", "encoding_confidence"))
    return f"read as {name}, with confidence {confidence:.2f}" if name and isinstance(confidence, float) else None


def skipped_row(file: str, why: str | None) -> Row:
    """Return the row of a file that is not read in the table of articles.

    Args:
        file: The file.
        why: Why it is not read.
    """
    return article_row(Article(""), article_id=None, characters=None, file=file, state="skipped", why=why)


def outlet_of(meta: Mapping[str, Any]) -> str | None:
    """Return who published an article, as the further fields of its record tell, whatever their case.

    Those fields are called outlet, publication, publisher, newspaper, site_name or source, and hold a string or an
    object with a name.

    >>> outlet_of({"Source": {"id": None, "name": "The Post"}}), outlet_of({"section": "World"})
    ('The Post', None)
    """
    found = _outlet_field(meta)
    return None if found is None else _named(meta[found])


def _outlet_field(meta: Mapping[str, Any]) -> str | None:
    fields = {re.sub(r"[\W_]", "", str(name)).lower(): name for name in reversed(list(meta))}
    return next((fields[name] for name in _OUTLET if name in fields and _named(meta[fields[name]])), None)


def _named(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("name")
    return value.strip() or None if isinstance(value, str) else None


def _further(meta: Mapping[str, Any]) -> str | None:
    """Return the fields that have no column, as a JSON object of bounded length; ``None`` where there are none."""
    own = _outlet_field(meta)
    kept: list[str] = []
    room, left_out = LONGEST_FIELDS, 0
    for name, value in meta.items():
        if name == own or _is_missing(value):
            continue
        field = f"{json.dumps(str(name)[: LONGEST_FIELD + 1], ensure_ascii=False)}: {_json(value)}"
        if len(field) > min(room, LONGEST_FIELD):
            left_out += 1
        else:
            room -= len(field)
            kept.append(field)
    if left_out:
        kept.append(f'"left_out": {left_out}')
    return f"{{{', '.join(kept)}}}" if kept else None


def _is_missing(value: Any) -> bool:
    """Whether a value stands for one that is missing: ``None``, NaN, and what pandas has for them."""
    try:
        return value is None or bool(value != value)
    except (TypeError, ValueError):  # pandas.NA equals nothing; an array is compared value by value
        return type(value).__name__ == "NAType"


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)
    except (ValueError, TypeError, RecursionError):  # NaN, a circle, keys that JSON does not know
        return json.dumps(f"{type(value).__name__} that JSON cannot hold")


def to_dataframe(articles: Iterable[Article]) -> pd.DataFrame:
    """Build the table of quotes in memory, with the nullable types of :data:`COLUMNS` even where it is empty.

    Raises:
        TypeError: It is one article, or no iterable of articles.
    """
    return _dataframe(rows(articles), COLUMNS)


def to_csv(articles: Iterable[Article], path: str | os.PathLike[str], *, spreadsheet: bool = False) -> int:
    """Write the table of quotes as CSV (UTF-8, RFC 4180) and tell how many rows it has.

    By default every cell is exactly what the table holds. A spreadsheet takes a cell that begins with ``=``, ``+``,
    ``-``, ``@``, a tab or a line break for a formula, and articles are written by strangers: for a file that people
    will open in one, ask for ``spreadsheet``, or write Excel's own format (:func:`to_xlsx`).

    Args:
        articles: The articles, taken one at a time.
        path: The file, which appears at once, when all is written.
        spreadsheet: Put an apostrophe before text that would be a formula, as OWASP advises against CSV injection,
            and a byte order mark before all, by which Excel knows UTF-8.

    Raises:
        FormatError: The file has the suffix of another format.
        OSError: The file cannot be written; one that was there stays as it is.
        TypeError: It is one article, or no iterable of articles.
    """
    check_suffix(path, ".csv")
    with replacing(path) as stream:
        return write_csv(rows(articles), COLUMNS, stream, Writing(for_spreadsheet=spreadsheet))


def to_jsonl(articles: Iterable[Article], path: str | os.PathLike[str]) -> int:
    """Write the table of quotes as JSON Lines, every line with every column, and tell how many rows it has.

    Args:
        articles: The articles, taken one at a time.
        path: The file, which appears at once, when all is written.

    Raises:
        FormatError: The file has the suffix of another format.
        OSError: The file cannot be written; one that was there stays as it is.
        TypeError: It is one article, or no iterable of articles.
    """
    check_suffix(path, ".jsonl")
    with replacing(path) as stream:
        return write_jsonl(rows(articles), COLUMNS, stream, Writing())


def to_parquet(articles: Iterable[Article], path: str | os.PathLike[str]) -> int:
    """Write the table of quotes as Parquet and tell how many rows it has.

    The schema follows from :data:`COLUMNS`, whose meanings are its fields' metadata.

    Args:
        articles: The articles, taken one at a time.
        path: The file, which appears at once, when all is written.

    Raises:
        FormatError: The file has the suffix of another format.
        OSError: The file cannot be written; one that was there stays as it is.
        TypeError: It is one article, or no iterable of articles.
    """
    check_suffix(path, ".parquet")
    with replacing(path) as stream:
        return write_parquet(rows(articles), COLUMNS, stream, Writing())


def to_xlsx(articles: Iterable[Article], path: str | os.PathLike[str]) -> int:
    """Write the table of quotes as an Excel workbook and tell how many rows it has.

    Text is text: nothing from an article is a formula or a link. A cell holds 32,767 characters; longer ones are cut,
    and the log says how many.

    Args:
        articles: The articles, taken one at a time.
        path: The file, which appears at once, when all is written.

    Raises:
        FormatError: The file has the suffix of another format; there are more rows than a sheet holds (1,048,575); or
            XlsxWriter is not installed.
        OSError: The file cannot be written; one that was there stays as it is.
        TypeError: It is one article, or no iterable of articles.
    """
    check_suffix(path, ".xlsx")
    with replacing(path) as stream:
        return write_excel(rows(articles), COLUMNS, stream, Writing())


def to_dataset(articles: Iterable[Article]) -> datasets.Dataset:
    """Build the table of quotes as a Hugging Face dataset, held in memory.

    Raises:
        TypeError: It is one article, or no iterable of articles.
    """
    import datasets

    features = datasets.Features({field.name: datasets.Value(str(field.type)) for field in arrow_schema(COLUMNS)})
    return datasets.Dataset.from_dict(_by_column(rows(articles), COLUMNS), features=features)


def write_rows(table: Iterable[Row], path: str | os.PathLike[str], columns: tuple[Column, ...] = COLUMNS) -> int:
    """Write rows in the format that the file's suffix names (.csv, .jsonl, .parquet, .xlsx); tell how many there were.

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
        return write(table, columns, stream, Writing())


def _article_values(article: Article) -> Row:
    """Return the values of the columns that the quotes of an article have in common."""
    return {
        "article_id": article.id,
        "title": article.title,
        "published": article.published,
        "date": iso_date(article.published),
        "url": article.url,
        "outlet": outlet_of(article.meta),
        "meta": _further(article.meta),
    }


def _quote_values(article: Article, number: int, quote: Quote, places: list[Extent]) -> Row:
    stance, speaker = quote.stance, quote.speaker
    return {
        **links(article.id, number, quote.start),
        "quote": number,
        "kind": quote.kind,
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "context": _context(article.text, quote, places),
        "cue": _words(quote.cue),
        "source": _words(quote.source),
        "confidence": quote.confidence,
        "via": _words(quote.via),
        **({} if speaker is None else _speaker_values(speaker)),
        **({} if stance is None else {"stance": stance.label, "conditional": stance.conditional}),
        **({} if stance is None else {stance_column(label): p for label, p in stance.probabilities.items()}),
    }


def _context(text: str, quote: Quote, places: list[Extent]) -> str:
    """Return the sentences that a quote stands in, or of very long ones what is near it; controls as U+FFFD.

    Args:
        text: Of the article.
        quote: The quote.
        places: Extents of the sentences.
    """
    low, high = quote.start, quote.end
    first = bisect_right(places, (low, len(text))) - 1
    if first >= 0 and low < places[first][1]:
        low = max(places[first][0], low - _CONTEXT)
    last = bisect_right(places, (high - 1, len(text))) - 1
    if last >= 0 and high <= places[last][1]:
        high = min(places[last][1], high + _CONTEXT)
    return _CONTROLS.sub("\ufffd", text[low:high])


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
        "speaker_country_words": _words(speaker.evidence.get("country")),
        **{
            f"speaker_{field}_{edge}": getattr(speaker.evidence.get(field), edge, None)
            for field in EVIDENCE
            for edge in ("start", "end")
        },
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
