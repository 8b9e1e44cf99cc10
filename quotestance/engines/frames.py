"""Frames as engines hand them over -> articles, and scored articles -> frames of the same kind.

A frame is a pandas DataFrame, an Arrow table or record batch, or a mapping of column names to lists or arrays.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from quotestance.errors import FormatError
from quotestance.io.encodings import decode
from quotestance.io.readers import record_article
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


class _Unreadable:
    """Stands for a value that cannot be read.

    Args:
        reason: Why not.
    """

    def __init__(self, reason: Exception) -> None:
        self.reason = reason


def spark_ddl() -> str:
    """Give the schema of a scored frame as Spark writes schemas."""
    return ", ".join(f"`{column.name}` {_DDL_TYPES[column.dtype]}" for column in SCORED_COLUMNS)


def is_frame(thing: object) -> bool:
    """Tell whether something is one frame of a kind that can be scored."""
    import pandas as pd
    import pyarrow as pa

    return isinstance(thing, pd.DataFrame | pa.Table | pa.RecordBatch | Mapping)


def articles_of(frame: Any, *, text_column: str, id_column: str | None) -> Iterator[Article]:
    """Make an article of every row, in order, lazily; one that cannot be has ``error`` set.

    Args:
        frame: The frame.
        text_column: Column of the text.
        id_column: Column of the id; by default ``id`` where a row has it, else a hash of the text.

    Raises:
        FormatError: There is no such column, or columns differ in length.
    """
    columns = _columns(frame)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise FormatError(f"Columns of a frame are of one length, got {', '.join(map(str, sorted(lengths)))}.")
    if any(lengths):
        for name in (text_column, id_column):
            _check_column(name, columns)
    for values in zip(*columns.values(), strict=True):
        yield _article(dict(zip(columns, values, strict=True)), text_column, id_column)


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


def _columns(frame: Any) -> dict[str, list[Any]]:
    import pandas as pd
    import pyarrow as pa

    if isinstance(frame, pd.DataFrame):
        return {str(name): list(frame.iloc[:, place]) for place, name in enumerate(frame.columns)}
    if isinstance(frame, pa.Table | pa.RecordBatch):
        return {name: _arrow_values(frame.column(place)) for place, name in enumerate(frame.schema.names)}
    return {str(name): list(frame[name]) for name in frame}


def _arrow_values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):  # text that is not UTF-8, a date beyond the year 9999: it costs its row
        return [_arrow_value(value) for value in column]


def _arrow_value(value: Any) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError) as error:
        return _Unreadable(error)


def _check_column(name: str | None, columns: Mapping[str, object]) -> None:
    if name is not None and name not in columns:
        raise FormatError(
            f"no column {name!r}. Available: {', '.join(columns)[:500]}. Name the ones with text and id: "
            "Scorer(text_column=..., id_column=...)."
        )


def _article(values: Row, text_column: str, id_column: str | None) -> Article:
    readable = {name: value for name, value in values.items() if not isinstance(value, _Unreadable)}
    try:
        record = {name: _plain(value) for name, value in values.items()}
    except (ValueError, OverflowError) as error:
        name = _name(readable, text_column, id_column)
        return Article("", id=name, error=f"{name}: a value cannot be read: {error}. Mend or remove it.")
    return record_article(record, _name(record, text_column, id_column), text_column=text_column, id_column=id_column)


def _name(record: Row, text_column: str, id_column: str | None) -> str:
    """Name an article by its id, where it has one, else by a hash, the same on every engine and at every try."""
    given, text = record.get(id_column or "id"), record.get(text_column)
    if isinstance(given, str | int | float) and given != "":
        return str(given)
    return _name_of(text if isinstance(text, str) else repr(record))


def _name_of(content: str) -> str:
    digest = hashlib.sha256(content.encode(errors="surrogatepass")).hexdigest()
    return f"sha256:{digest[:_NAME_LENGTH]}"


def _plain(value: Any) -> Any:
    """Give the value as JSON could hold it; what pandas, numpy and Arrow take for missing is ``None``."""
    import numpy as np
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, bytes):
        return decode(value)
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.datetime64):
        return _plain(pd.Timestamp(value))
    if isinstance(value, np.ndarray | np.generic):
        return _plain(value.tolist())
    if isinstance(value, _Unreadable):
        raise ValueError(value.reason)
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)
