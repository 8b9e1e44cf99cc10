"""Files that hold many records (JSON, JSON Lines, CSV, TSV, Parquet) -> their records, one after the other.

A record that cannot be read keeps its place and says why; the rest goes on.
"""

from __future__ import annotations

import codecs
import csv
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from quotestance.errors import FormatError
from quotestance.io.encodings import encoding_of

_CHUNK = 1 << 16  # bytes looked at together in search of the first that is not ASCII
_LONGEST_FIELD = 100_000_000  # characters; the csv module's own limit of 131,072 is less than a long read
_ROWS_TOGETHER = 64  # Parquet rows decoded at once: a few MB of news text


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file that holds many.

    Args:
        where: Its place for people: "line 7", "record 7".
        content: What it holds, a mapping in a well-made file.
        error: Why it holds nothing and what to do; else ``None``.
    """

    where: str
    content: Any = None
    error: str | None = None


def parse_json(text: str) -> Any:
    """Parse a JSON text; NaN and Infinity, which JSON does not know, become ``None``.

    Raises:
        FormatError: It is no JSON, or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except RecursionError as error:
        raise FormatError("nested too deeply to be an article. Mend or remove it.") from error
    except ValueError as error:
        raise FormatError(f"not valid JSON: {error}. Mend or remove it.") from error


def jsonl_records(path: Path, encoding: str | None) -> Iterator[Record]:
    """Yield a record for every line that is not blank; one line is held at a time."""
    with _open_text(path, encoding, newline="\n") as stream:
        for number, line in enumerate(stream, 1):
            if line.isspace():
                continue
            try:
                _check_decoded(line)
                yield Record(f"line {number}", parse_json(line))
            except FormatError as error:
                yield Record(f"line {number}", error=str(error))


def csv_records(path: Path, encoding: str | None, column: str) -> Iterator[Record]:
    """Yield a record for every row below the header that is not blank; one row is held at a time.

    The columns are parted by what makes ``column`` one of them: tab for .tsv, else comma, semicolon, tab or ``|``.

    Raises:
        FormatError: There is no such column.
    """
    with _open_text(path, encoding, newline="") as stream:
        delimiter = _delimiter(stream.readline(_CHUNK), column, "\t" if path.suffix.lower() == ".tsv" else ",")
        stream.seek(0)
        # strict: a stray quotation mark is an error, where it would else quietly swallow text and columns
        rows = csv.reader(stream, delimiter=delimiter, strict=True)
        header = _next_row(rows) or []
        _check_column(header, column)
        first = 1
        while first <= rows.line_num:
            first = rows.line_num + 1
            record = _csv_record(rows, header, first)
            if record is not None:
                yield record


def _csv_record(rows: Any, header: list[str], first: int) -> Record | None:
    """Return the next row, which begins on line ``first``; ``None`` for a blank line and at the end."""
    try:
        row = _next_row(rows)
        if not row:
            return None
        if len(row) != len(header):
            raise FormatError(
                f"{len(row)} fields where the header has {len(header)}. "
                "Put fields that hold a delimiter or a line break in quotation marks."
            )
        for value in row:
            _check_decoded(value)
        return Record(f"line {first}", dict(zip(header, row, strict=True)))
    except FormatError as error:
        where = f"line {first}" if rows.line_num <= first else f"lines {first} to {rows.line_num}"
        return Record(where, error=str(error))


def _delimiter(header: str, column: str, usual: str) -> str:
    for delimiter in (usual, ",", ";", "\t", "|"):
        if column in next(csv.reader([header], delimiter=delimiter), []):
            return delimiter
    return usual


def _next_row(rows: Iterator[list[str]]) -> list[str] | None:
    limit = csv.field_size_limit(_LONGEST_FIELD)  # a setting of the whole process: lent for one row, then given back
    try:
        return next(rows, None)
    except csv.Error as error:
        raise FormatError(
            f"not valid CSV: {error}. Put a field with quotation marks in quotation marks and double those inside."
        ) from error
    finally:
        csv.field_size_limit(limit)


def _check_column(names: list[str], column: str) -> None:
    if column not in names:
        available = ", ".join(names)[:500] or "none, the file is empty"
        raise FormatError(f"no column {column!r}. Available: {available}. Name the one with the text (text_column).")


def _open_text(path: Path, encoding: str | None, newline: str) -> TextIO:
    encoding = encoding or _encoding_of(path)
    if codecs.lookup(encoding).name == "utf-8":
        encoding = "utf-8-sig"
    # Bytes that do not fit become lone surrogates here, so that they cost their record and not the file.
    return path.open(encoding=encoding, errors="surrogateescape", newline=newline)


def _encoding_of(path: Path) -> str:
    """Detect the encoding of a large file: its byte order mark or its first bytes beyond ASCII decide."""
    with path.open("rb") as stream:
        sample = stream.read(_CHUNK)
        while sample.isascii() and b"\0" not in sample and (following := stream.read(_CHUNK)):
            sample = following
    first = next((offset for offset, byte in enumerate(sample) if byte > 0x7F), len(sample))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample[first : first + 4])
    except UnicodeDecodeError:
        return encoding_of(sample, is_partial=True)
    return "utf-8" if b"\0" not in sample else encoding_of(sample, is_partial=True)


def _check_decoded(text: str) -> None:
    if broken := re.search("[\udc80-\udcff]", text):
        byte = ord(broken.group()) - 0xDC00
        raise FormatError(f"the byte 0x{byte:02x} does not fit the encoding of the file. Save it as UTF-8.")


def parquet_records(path: Path, column: str) -> Iterator[Record]:
    """Yield a record for every row; a batch of 64 is held at a time.

    Raises:
        FormatError: There is no such column, or the file is damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            _check_column(file.schema_arrow.names, column)
            number = 0
            for batch in file.iter_batches(batch_size=_ROWS_TOGETHER):
                for row in range(batch.num_rows):
                    number += 1
                    yield _parquet_record(f"record {number}", batch, row)
    except pa.ArrowException as error:
        raise FormatError(f"not valid Parquet: {error}. Write the file anew.") from error


def _parquet_record(where: str, batch: Any, row: int) -> Record:
    try:
        names = batch.schema.names
        return Record(where, {name: _plain(batch.column(i)[row].as_py()) for i, name in enumerate(names)})
    except (ValueError, OverflowError) as error:  # text that is not UTF-8, a date beyond the year 9999
        return Record(where, error=f"a value cannot be read: {error}. Mend or remove it.")


def _plain(value: Any) -> Any:
    """Turn a value into one that JSON can hold."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else repr(value)
