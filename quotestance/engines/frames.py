"""Frames as engines hand them over -> articles, and scored articles -> frames of the same kind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from quotestance.io.frames import check_columns, column_names, frame_rows, row_article
from quotestance.io.table import COLUMNS, Column, Row, arrow_schema, rows
from quotestance.text import scalar_values
from quotestance.types import Article

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

SCORED_COLUMNS: tuple[Column, ...] = (
    *COLUMNS,
    Column("error", "string", "why the article failed, in a row that holds its article_id and nothing else"),
)
"""The columns of a scored frame: those of the table of quotes, and the reason where an article failed."""

_DDL_TYPES = {"string": "STRING", "Int64": "BIGINT", "Float64": "DOUBLE"}
_NAME_LENGTH = 16  # hexadecimal digits of the hash that names an article without an id


def spark_ddl() -> str:
    """Give the schema of a scored frame as Spark writes schemas."""
    return ", ".join(f"`{column.name}` {_DDL_TYPES[column.dtype]}" for column in SCORED_COLUMNS)


def articles_of(frame: Any, *, text_column: str, id_column: str | None) -> Iterator[Article]:
    """Make an article of every row, in order, lazily; one that cannot be has ``error`` set.

    Args:
        frame: The frame.
        text_column: Column of the text.
        id_column: Column of the id; by default ``id`` where a row has it, else a hash of the text.

    Raises:
        FormatError: There is no such column, or there are several, or columns differ in length.
    """
    for number, values in enumerate(frame_rows(frame)):
        if not number:
            check_columns(column_names(frame), text_column=text_column, id_column=id_column)
        name_of = partial(_name, text_column=text_column)
        yield row_article(values, name_of, text_column=text_column, id_column=id_column)


def frame_like(frame: Any, articles: Iterable[Article]) -> Any:
    """Make the rows of scored articles a frame: of a DataFrame or record batch one of these, else an Arrow table."""
    import pandas as pd
    import pyarrow as pa

    table = list(_scored_rows(articles))
    if isinstance(frame, pd.DataFrame):
        return dataframe(table)
    made = pa.Table.from_pylist(table, schema=arrow_schema(SCORED_COLUMNS))
    if isinstance(frame, pa.RecordBatch):
        return pa.RecordBatch.from_arrays([_whole(column) for column in made.columns], schema=made.schema)
    return made


def dataframe(table: list[Row]) -> pd.DataFrame:
    """Make rows with the keys of :data:`SCORED_COLUMNS` a DataFrame, typed even where there are none."""
    import pandas as pd

    return pd.DataFrame(
        {one.name: pd.array([row[one.name] for row in table], dtype=one.dtype) for one in SCORED_COLUMNS}
    )


def _whole(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.chunk(0) if hasattr(whole, "chunk") else whole


def _scored_rows(articles: Iterable[Article]) -> Iterator[Row]:
    nothing = dict.fromkeys(column.name for column in SCORED_COLUMNS)
    for article in articles:
        for row in rows([article]):
            yield {**row, "error": None}
        if article.error is not None:
            named = {"article_id": scalar_values(article.id), "error": scalar_values(article.error)}
            yield {**nothing, **named}


def _name(record: Row, text_column: str) -> str:
    """Name an article without an id by a hash, the same on every engine and at every try."""
    text = record.get(text_column)
    content = text if isinstance(text, str) else repr(record)
    digest = hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()
    return f"sha256:{digest[:_NAME_LENGTH]}"
