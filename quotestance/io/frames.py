"""Tables in memory -> their rows, and a row -> an article.

A frame is a pandas DataFrame, an Arrow table or record batch, or a mapping of column names to lists or arrays.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from quotestance.errors import FormatError
from quotestance.io.arrow_values import UNREADABLE, python_value, python_values
from quotestance.io.encodings import decode
from quotestance.io.record_articles import id_of, record_article
from quotestance.io.records import known_names, plain_bytes, with_known_names
from quotestance.types import Article

Values = dict[str, Any]
"""Column name to value, in one row, of whatever types the table has."""


class _Unreadable:
    """Stands for a value that cannot be read.

    Args:
        reason: Why not.
    """

    def __init__(self, reason: Exception) -> None:
        self.reason = reason


def is_frame(thing: object) -> bool:
    """Tell whether something is one frame."""
    import pandas as pd
    import pyarrow as pa

    return isinstance(thing, pd.DataFrame | pa.Table | pa.RecordBatch | Mapping)


def frame_rows(frame: Any) -> Iterator[Values]:
    """Yield the rows of a frame, in order.

    Raises:
        FormatError: Columns differ in length.
    """
    columns = _columns(frame)
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise FormatError(f"Columns of a frame are of one length, got {', '.join(map(str, sorted(lengths)))}.")
    return (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))


def check_columns(names: Iterable[str], *, text_column: str, id_column: str | None) -> None:
    """Check that a table has the columns of text and id, and each once.

    Raises:
        FormatError: There is no such column, or there are several.
    """
    available = list(names)
    check_once(available, text_column=text_column, id_column=id_column)
    for name in (text_column, id_column):
        if name is not None and name not in available and not known_names(available, [name]):
            raise FormatError(
                f"no column {name!r}. Available: {', '.join(available)[:500]}. Name the ones with text and id "
                "(text_column, id_column)."
            )


def check_once(names: Iterable[str], *, text_column: str, id_column: str | None) -> None:
    """Check that no two columns have the name of the one with text or id.

    Raises:
        FormatError: Several have.
    """
    counts = Counter(names)
    for name in (text_column, id_column or "id"):
        if counts[name] > 1:
            raise FormatError(f"{counts[name]} columns are named {name!r}. Rename or drop all but one.")


def row_article(
    values: Mapping[str, Any], name_of: Callable[[Values], str], *, text_column: str, id_column: str | None
) -> Article:
    """Make an article of a row; one that cannot be has ``error`` set.

    Args:
        values: The row.
        name_of: Gives the id of a row that has none.
        text_column: Column of the text.
        id_column: Column of the id; by default ``id``, where the row has one.
    """
    values = with_known_names(values, (text_column, id_column or "id"))
    try:
        record = {
            str(name): _plain_text(value) if name == text_column else _plain(value) for name, value in values.items()
        }
    except (ValueError, OverflowError, RecursionError) as error:
        readable = {name: value for name, value in values.items() if not isinstance(value, _Unreadable)}
        name = _given_id(readable, id_column) or name_of(readable)
        where = name or "a record"
        return Article("", id=name, error=f"{where}: a value cannot be read: {error}. Mend or remove it.")
    name = _given_id(record, id_column) or name_of(record)
    return record_article(record, name, text_column=text_column, id_column=id_column)


def _given_id(record: Mapping[str, Any], id_column: str | None) -> str:
    given = record.get(id_column or "id")
    return id_of(given) if isinstance(given, str | int | float) else ""


def column_names(frame: Any) -> list[str]:
    """Return the names of the columns of a frame, as often as they come."""
    return [str(name) for name in (frame.schema.names if hasattr(frame, "schema") else frame)]


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
        return python_values(column)
    except UNREADABLE:  # it costs its row
        return [_arrow_value(value) for value in column]


def _arrow_value(value: Any) -> Any:
    try:
        return python_value(value)
    except UNREADABLE as error:
        return _Unreadable(error)


def _plain_text(value: Any) -> Any:
    return decode(value) if isinstance(value, bytes) else _plain(value)


def _plain(value: Any) -> Any:
    """Give the value as JSON could hold it; what pandas, numpy and Arrow take for missing is ``None``."""
    if value is None or isinstance(value, str | bool | int):
        return value
    import numpy as np
    import pandas as pd

    if value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, bytes):
        return plain_bytes(value)
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
    if isinstance(value, UUID | Decimal):
        return str(value)
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)
