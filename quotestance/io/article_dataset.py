"""Articles with all that was found in them -> ``datasets.Dataset``; :func:`~quotestance.to_articles` reads it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from quotestance.errors import FormatError
from quotestance.io.article_lines import plain_record
from quotestance.io.columns import EVIDENCE
from quotestance.io.objects import Articles, to_articles
from quotestance.types import STANCES, Article

if TYPE_CHECKING:
    import datasets
    import pyarrow as pa

_ARTICLES_TOGETHER = 1_000  # articles of one record batch


def articles_to_dataset(articles: Articles) -> datasets.Dataset:
    """Build a Hugging Face dataset with a row for every article, quotes and all, held in memory.

    The columns are the fields of :class:`~quotestance.Article`; ``quotes`` is a list of structs as
    :meth:`Article.to_dict` has them, with null for what is not known, and ``meta`` a JSON object as a string.
    ``quotestance.to_articles(dataset)`` gives the articles back, and so does :func:`quotestance.read_articles` of the
    Parquet file that the dataset writes, after which it names those whose id is empty. For one row a quote see
    :func:`quotestance.to_dataset`.

    Lone surrogates become U+FFFD; offsets stay. Values in ``meta`` that JSON does not know become strings.

    Args:
        articles: The articles, taken one at a time.

    Raises:
        TypeError: It is one article, or no iterable of articles.
        FormatError: A stance has other labels than escalatory, de-escalatory and neutral, or a speaker has evidence on
            other fields than role, affiliation and country.

    >>> dataset = articles_to_dataset([Article("Liu said no.", id="a", meta={"outlet": "Herald"})])
    >>> dataset[0]["text"], dataset[0]["meta"], dataset[0]["quotes"]
    ('Liu said no.', '{"outlet": "Herald"}', [])
    """
    import datasets
    import pyarrow as pa

    schema = article_schema()
    rows = map(_row, to_articles(articles))
    batches = [pa.RecordBatch.from_pylist(part, schema=schema) for part in _parts(rows)]
    return datasets.Dataset(pa.Table.from_batches(batches, schema=schema))


def article_schema() -> pa.Schema:
    """Give the Arrow schema of a table of articles."""
    import pyarrow as pa

    text, number, probability = pa.string(), pa.int64(), pa.float64()
    span = pa.struct([("start", number), ("end", number), ("text", text)])
    speaker = pa.struct(
        [
            *((name, text) for name in ("name", "kind", "role", "affiliation", "country", "description")),
            ("members", pa.list_(text)),
            ("confidence", probability),
            ("evidence", pa.struct([(name, span) for name in EVIDENCE])),
            ("id", text),
        ]
    )
    labels = pa.struct([(label, probability) for label in STANCES])
    quote = pa.struct(
        [
            ("kind", text),
            ("content", pa.list_(span)),
            *((name, span) for name in ("cue", "source", "via")),
            ("speaker", speaker),
            ("stance", pa.struct([("probabilities", labels), ("conditional", probability), ("prior", labels)])),
            ("confidence", probability),
        ]
    )
    fields = [(name, text) for name in ("id", "title", "published", "url", "meta", "text")]
    return pa.schema([*fields, ("quotes", pa.list_(quote)), ("error", text)])


def _parts(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while part := list(islice(rows, _ARTICLES_TOGETHER)):
        yield part


def _row(article: Article) -> dict[str, Any]:
    for quote in article.quotes:
        labels = quote.stance.probabilities if quote.stance else ()
        evidence = quote.speaker.evidence if quote.speaker else ()
        if others := {*labels}.difference(STANCES) | {*evidence}.difference(EVIDENCE):
            raise FormatError(
                f"Article {article.id!r}: no column for {', '.join(sorted(others))} of a stance or the evidence on a "
                "speaker. quotestance.write_articles keeps all there is."
            )
    record = plain_record(article)
    return {**record, "meta": json.dumps(record.get("meta", {}), ensure_ascii=False)}
