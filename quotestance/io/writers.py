"""Rows of a table -> a file: CSV, JSON Lines, Parquet and Excel, one row at a time.

Text from strangers is never a formula: an Excel file holds text as text, and CSV that is meant for a spreadsheet has an
apostrophe before whatever would be one.
"""

from __future__ import annotations

import csv
import io
import json
import logging
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from quotestance.errors import FormatError
from quotestance.io.columns import Column, Row
from quotestance.io.delimited import defused, read_rows

if TYPE_CHECKING:
    import pyarrow as pa

log = logging.getLogger(__name__)

_T = TypeVar("_T")

METADATA_KEY = b"quotestance"
"""Key in the metadata of a Parquet table under which a run tells of itself: a JSON object of strings."""

_LONGEST_HEADER = 1 << 20  # bytes of a first line
_ROWS_TOGETHER = 10_000  # rows that are written to Parquet as one row group
_MOST_EXCEL_ROWS = 1_048_576
_LONGEST_EXCEL_CELL = 32_767  # characters; Excel holds no more
_NO_XML = re.compile("[\ufffe\uffff]")
_EXCEL_TEXT = re.compile(rb"<t(?: [^>]*)?>([^<]*)</t>")


@dataclass(frozen=True, slots=True)
class Writing:
    """How a table is written.

    Args:
        for_spreadsheet: Of CSV: for people who open it in a spreadsheet, with a byte order mark and no formulas.
        about: What a Parquet file tells of its making, by heading.
    """

    for_spreadsheet: bool = False
    about: Mapping[str, str] = field(default_factory=dict)


TableWriter = Callable[[Iterable[Row], "tuple[Column, ...]", BinaryIO, Writing], int]
"""Writes rows with these columns into a binary file and tells how many there were."""


def table_format(path: str | os.PathLike[str]) -> TableWriter:
    """Return the function that writes rows in the format that the file's suffix names.

    Raises:
        FormatError: No format has that suffix, or what writes it is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in _WRITERS:
        raise FormatError(f"{path}: no table format has the suffix {suffix!r}. Available: {', '.join(_WRITERS)}.")
    if suffix == ".xlsx":
        _excel_library()
    return _WRITERS[suffix]


def check_suffix(path: str | os.PathLike[str], suffix: str) -> None:
    """Check that a file's suffix names no other format than that in which it is written; ``v1.2`` has none.

    Args:
        path: The file.
        suffix: That of the format.

    Raises:
        FormatError: It has the suffix of another format.
    """
    given = Path(path).suffix.lower()
    if given in _FORMATS and suffix not in _FORMATS[given]:
        other = "".join(f", or call to_{one[1:]}" for one in _FORMATS[given])
        raise FormatError(f"{path}: what is written is {suffix}. Name a file that ends in {suffix}{other}.")


def has_columns(path: str | os.PathLike[str], columns: tuple[Column, ...]) -> bool:
    """Whether a file is a table with these columns, as its suffix has it, and as this module writes it.

    Raises:
        OSError: The file cannot be read.
    """
    return column_names(path) == [column.name for column in columns]


def column_names(path: str | os.PathLike[str]) -> list[str]:
    """Return the columns of a table as its suffix has it, and as this module writes it; of another file none.

    Raises:
        OSError: The file cannot be read.
    """
    return _read_as_suffix(path, _HEADERS) or []


def row_count(path: str | os.PathLike[str], above: int = 0) -> int:
    """Count the rows of a table as its suffix has it, and as this module writes it; 0 for another file.

    Args:
        path: The table.
        above: A count up to which it is 0 as well: a CSV of so few lines need not be parsed, which takes long.

    Raises:
        OSError: The file cannot be read.
    """
    if Path(path).suffix.lower() == ".csv" and _line_count(Path(path)) <= above:
        return 0
    count = _read_as_suffix(path, _COUNTS) or 0
    return count if count > above else 0


def _read_as_suffix(path: str | os.PathLike[str], readers: Mapping[str, Callable[[Path], _T]]) -> _T | None:
    """Give what the reader for the file's suffix returns; ``None`` for a file that is no such table."""
    import pyarrow as pa

    read = readers.get(Path(path).suffix.lower())
    damaged = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, pa.ArrowException)
    try:
        return None if read is None else read(Path(path))
    except (ValueError, TypeError, KeyError, *damaged):
        return None


def arrow_schema(columns: tuple[Column, ...], about: Mapping[str, str] | None = None) -> pa.Schema:
    """Give the Arrow schema of a table with these columns; their meanings are its fields' metadata.

    Args:
        columns: The columns.
        about: What the table tells of its making, by heading.
    """
    import pyarrow as pa

    types = {"string": pa.string(), "Int64": pa.int64(), "Float64": pa.float64()}
    fields = [pa.field(c.name, types[c.dtype], metadata={"meaning": c.meaning}) for c in columns]
    return pa.schema(fields, metadata={METADATA_KEY: json.dumps(dict(about)).encode()} if about else None)


def write_csv(table: Iterable[Row], columns: tuple[Column, ...], stream: BinaryIO, how: Writing) -> int:
    """Write rows as CSV; see :data:`TableWriter`."""
    names = [column.name for column in columns]
    file = io.TextIOWrapper(stream, encoding="utf-8-sig" if how.for_spreadsheet else "utf-8", newline="")
    writer = csv.writer(file)
    writer.writerow(names)
    count = 0
    for row in table:
        cells = (row[name] for name in names)
        writer.writerow(map(defused, cells) if how.for_spreadsheet else cells)
        count += 1
    file.detach()  # flushes, and leaves the stream open
    return count


def write_jsonl(table: Iterable[Row], columns: tuple[Column, ...], stream: BinaryIO, _: Writing) -> int:
    """Write rows as JSON Lines; see :data:`TableWriter`."""
    count = 0
    for row in table:
        line = json.dumps({column.name: row[column.name] for column in columns}, ensure_ascii=False)
        stream.write(line.encode() + b"\n")
        count += 1
    return count


def write_parquet(table: Iterable[Row], columns: tuple[Column, ...], stream: BinaryIO, how: Writing) -> int:
    """Write rows as Parquet; see :data:`TableWriter`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    remaining, schema, count = iter(table), arrow_schema(columns, how.about), 0
    with pq.ParquetWriter(stream, schema) as writer:
        while chunk := list(islice(remaining, _ROWS_TOGETHER)):
            writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
            count += len(chunk)
    return count


def write_excel(table: Iterable[Row], columns: tuple[Column, ...], stream: BinaryIO, _: Writing) -> int:
    """Write rows as an Excel workbook of one sheet; see :data:`TableWriter`.

    Raises:
        FormatError: There are more rows than a sheet holds, or the library is not installed.
        OSError: The file, or one of those beside it in the folder for temporary files, cannot be written.
    """
    xlsxwriter = _excel_library()
    plain = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(stream, {"constant_memory": True, **plain})
    book.set_properties({"created": datetime(2000, 1, 1)})  # the same rows give the same file
    sheet = book.add_worksheet("table")
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        sheet.write_string(0, place, column.name)
    count = cut = 0
    try:
        for count, row in enumerate(table, 1):
            if count == _MOST_EXCEL_ROWS:
                raise FormatError(f"An Excel sheet holds {_MOST_EXCEL_ROWS - 1:,} rows. Write .parquet or .csv.")
            for place, column in enumerate(columns):
                cut += _write_excel_cell(sheet, count, place, row[column.name])
        sheet.autofilter(0, 0, count, len(columns) - 1)
        book.close()
    except xlsxwriter.exceptions.XlsxWriterException as error:
        raise (error.__context__ if isinstance(error.__context__, OSError) else OSError(str(error))) from error
    finally:
        _drop_excel_leftovers(book, sheet)
    if cut:
        log.warning("%d cells were cut after %d characters: an Excel cell holds no more", cut, _LONGEST_EXCEL_CELL)
    return count


def _write_excel_cell(sheet: Any, row: int, place: int, value: Any) -> bool:
    """Write a cell as text or number, never as a formula or link, and tell whether it had to be cut."""
    if isinstance(value, str):
        sheet.write_string(row, place, _NO_XML.sub("\ufffd", value[:_LONGEST_EXCEL_CELL]))
        return len(value.encode("utf-16-le")) > 2 * _LONGEST_EXCEL_CELL  # Excel counts an emoji as two
    if value is not None:
        sheet.write_number(row, place, value)
    return False


def _drop_excel_leftovers(book: Any, sheet: Any) -> None:
    """Close and remove the file in which the library keeps rows until a workbook is whole, if it never became so."""
    book.fileclosed = True  # else it would be written when it is collected
    rows = getattr(sheet, "row_data_fh", None)
    if rows is not None and not rows.closed:
        with suppress(OSError):  # it may be the very file that there is no room for
            rows.close()
        Path(sheet.row_data_filename).unlink(missing_ok=True)


def _excel_library() -> Any:
    try:
        import xlsxwriter
    except ImportError as error:
        raise FormatError("Excel files need XlsxWriter: pip install 'quotestance[xlsx]'.") from error
    return xlsxwriter


_WRITERS: Mapping[str, TableWriter] = {
    ".parquet": write_parquet,
    ".csv": write_csv,
    ".jsonl": write_jsonl,
    ".xlsx": write_excel,
}


_FORMATS: Mapping[str, tuple[str, ...]] = {
    **{suffix: (suffix,) for suffix in _WRITERS},
    ".pq": (".parquet",),
    ".txt": (".csv", ".jsonl"),
    **dict.fromkeys((".json", ".ndjson"), (".jsonl",)),
    **dict.fromkeys((".tsv", ".xls", ".gz", ".zip", ".zst", ".bz2", ".xz"), ()),
}
"""Suffixes that name formats, each with those of the formats of this module that a file of that name may have."""


def _parquet_header(path: Path) -> list[str]:
    import pyarrow.parquet as pq

    return list(pq.read_schema(path).names)


def _csv_header(path: Path) -> list[str]:
    words = _first_line(path).removeprefix("\ufeff").split()
    return words[0].split(",") if len(words) == 1 else []


def _jsonl_header(path: Path) -> list[str]:
    row = json.loads(_first_line(path))
    return list(row) if isinstance(row, dict) else []


def _first_line(path: Path) -> str:
    with path.open("rb") as stream:
        return stream.readline(_LONGEST_HEADER).decode()


def _excel_header(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        first_row = sheet.read(_LONGEST_HEADER).partition(b"</row>")[0]
        return [name.decode() for name in _EXCEL_TEXT.findall(first_row)]


_HEADERS: Mapping[str, Callable[[Path], list[str]]] = {
    ".parquet": _parquet_header,
    ".csv": _csv_header,
    ".jsonl": _jsonl_header,
    ".xlsx": _excel_header,
}


def _parquet_count(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _csv_count(path: Path) -> int:
    with path.open(encoding="utf-8", newline="") as lines:
        return sum(1 for row in read_rows(lines, ",") if row.cells) - 1


def _line_count(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)


def _excel_count(path: Path) -> int:
    end, count, tail = b"</row>", 0, b""
    with zipfile.ZipFile(path) as book, book.open("xl/worksheets/sheet1.xml") as sheet:
        while piece := sheet.read(_LONGEST_HEADER):
            count += (tail + piece).count(end)
            tail = (tail + piece)[1 - len(end) :]
    return count - 1


_COUNTS: Mapping[str, Callable[[Path], int]] = {
    ".parquet": _parquet_count,
    ".csv": _csv_count,
    ".jsonl": _line_count,
    ".xlsx": _excel_count,
}
