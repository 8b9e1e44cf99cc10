"""Values of Arrow -> values of Python, those of Arrow's JSON type read, which Arrow gives as strings.

Columns of mixed objects have that type (https://arrow.apache.org/docs/format/CanonicalExtensions.html#json) in
datasets from version 5 on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from quotestance.errors import FormatError

if TYPE_CHECKING:
    import pyarrow as pa

UNREADABLE = (ValueError, OverflowError, LookupError, RecursionError)
"""What a value ends in that is no UTF-8 or no JSON, or JSON that is too deep, a date beyond 9999, an unknown zone."""

_JSON = "arrow.json"


def python_values(column: Any) -> list[Any]:
    """Return the values of a column.

    Args:
        column: An Arrow array, or one in chunks.

    Raises:
        UNREADABLE: One of these: a value cannot be read.
    """
    values = list(column.to_pylist())
    return [_read(value, column.type) for value in values] if _has_json(column.type) else values


def python_value(value: Any) -> Any:
    """Return one value, an Arrow scalar.

    Raises:
        UNREADABLE: One of these: it cannot be read.
    """
    return _read(value.as_py(), value.type)


def is_missing(value: Any) -> bool:
    """Whether a value is none: in a column of numbers that is NaN.

    >>> is_missing(None), is_missing(float("nan")), is_missing("nan"), is_missing(0)
    (True, True, False, False)
    """
    return value is None or bool(value != value)


@contextmanager
def reading_parquet(where: str = "") -> Iterator[None]:
    """Tell in words, in a block that reads a Parquet file, that the file is damaged.

    Args:
        where: What the message begins with, such as ``"a.parquet: "``.

    Raises:
        FormatError: The file is damaged. What the system says of it is raised as it is.
    """
    import pyarrow as pa

    try:
        yield
    except FormatError:
        raise
    except (pa.ArrowException, ValueError, OSError) as error:
        if getattr(error, "errno", None) is not None:  # of the system; Arrow's own have no number
            raise
        raise FormatError(f"{where}not valid Parquet: {error}. Write the file anew.") from error


def _has_json(kind: pa.DataType) -> bool:
    return _is_json(kind) or any(_has_json(field.type) for field in _fields(kind))


def _is_json(kind: pa.DataType) -> bool:
    return getattr(kind, "extension_name", "") == _JSON


def _fields(kind: pa.DataType) -> list[pa.Field]:
    """Return what a type is made of: the fields of a struct, the items of a list or map; of others nothing."""
    import pyarrow as pa

    is_made_of_others = pa.types.is_nested(kind) and not pa.types.is_union(kind)
    return [kind.field(place) for place in range(kind.num_fields)] if is_made_of_others else []


def _read(value: Any, kind: pa.DataType) -> Any:
    if value is None or not _has_json(kind):
        return value
    if _is_json(kind):
        return json.loads(value)
    fields = _fields(kind)
    if isinstance(value, dict):
        return {field.name: _read(value[field.name], field.type) for field in fields}
    if isinstance(value, tuple):  # a key of a map and its value
        return tuple(_read(one, field.type) for one, field in zip(value, fields, strict=True))
    return [_read(one, fields[0].type) for one in value]
