"""Files that hold many records (JSON, JSON Lines, CSV, TSV, Parquet) -> their records, one after the other.

A record that cannot be read keeps its place and says why; the rest goes on.
"""

from __future__ import annotations

import base64
import codecs
import io
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from quotestance.errors import FormatError
from quotestance.io.arrow_values import UNREADABLE, python_value, reading_parquet
from quotestance.io.delimited import Row, read_rows, restored, split_line
from quotestance.io.encodings import MARKS, Encoding, decode_as, detect, detect_marked
from quotestance.io.files import open_file
from quotestance.text import scalar_values

_CHUNK = 1 << 16  # bytes looked at together in search of the first that is not ASCII
_WORDS_ENOUGH = 1_000  # words with characters beyond ASCII that tell whether a file is UTF-8
_MOST_UNDECODED = 0.1  # share of the characters beyond ASCII of a word, or of a sentence without spaces, in UTF-8
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_UNDECODED = re.compile("[\udc80-\udcff]")  # the lone surrogates that stand for bytes that do not fit
_ROWS_TOGETHER = 64  # Parquet rows decoded at once: a few MB of news text
_BYTES_TOGETHER = 64 << 20  # that they may take, were each as large as all of its column in the file
_DEEPEST = 200  # lists and objects inside one another; what writes and copies an article recurs for each
_LONGEST_NUMBER = 308  # digits; a float holds no longer one
_NAME_IT = "Name the one with the text (text_column)."
_MAY_SAY_NA = frozenset(("article_id", "file", "title", "text", "context"))  # columns in which NA may be what was read


def advice_of_tables(path: Path) -> str:
    """Return what to do about a file without the columns of a table of quotes."""
    return f"Is {path} a table that 'quotestance score' wrote?"


def without_na(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a table of quotes or articles, in CSV, with nothing in cells where R has written ``NA`` for it.

    >>> without_na({"speaker_name": "NA", "text": "NA"})
    {'speaker_name': '', 'text': 'NA'}
    """
    return {name: "" if cell == "NA" and name not in _MAY_SAY_NA else cell for name, cell in row.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file that holds many.

    Args:
        where: Its place for people: "line 7", "record 7".
        content: What it holds, a mapping in a well-made file.
        error: Why it holds nothing and what to do; else ``None``.
        encoding: Of its bytes, where that is a guess; else ``None``.
        cells: Those of a row of CSV or TSV by position, for several columns may have no name.
    """

    where: str
    content: Any = None
    error: str | None = None
    encoding: Encoding | None = None
    cells: tuple[str, ...] = ()


class Doubled(dict[str, Any]):
    """An object with a field that comes twice with different values, in it or inside it; it holds the last of them.

    Args:
        fields: What the object holds.
        name: The field.
    """

    def __init__(self, fields: Mapping[str, Any], name: str) -> None:
        super().__init__(fields)
        self.name = name

    @property
    def fault(self) -> str:
        """What is wrong, and what to do."""
        return f"{self.name!r} comes twice with different values. Remove the wrong one."


def parse_json(text: str) -> Any:
    """Return the value of a JSON text; NaN, Infinity and numbers beyond what a float holds become ``None``.

    An object with a key that comes twice with different values, in it or inside it, is a :class:`Doubled`.

    Raises:
        FormatError: It is no JSON, or nested too deeply.
    """
    try:
        value = json.loads(
            text.removeprefix("\ufeff"),
            parse_constant=lambda _: None,
            parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST_NUMBER else None,
            parse_float=lambda digits: found if math.isfinite(found := float(digits)) else None,
            object_pairs_hook=to_object,
        )
    except RecursionError as error:
        raise FormatError(_TOO_DEEP) from error
    except ValueError as error:
        told, advice = str(error), "Mend or remove it."
        if isinstance(error, json.JSONDecodeError):
            line = f"line {error.lineno} " if "\n" in text.strip() else ""
            told = f"{error.msg}: {line}column {error.colno}"
            if line and error.msg == "Extra data":
                advice = "Call it .jsonl if it holds a record a line; else mend or remove it."
        raise FormatError(f"not valid JSON: {told}. {advice}") from error
    if _is_deep(value):
        raise FormatError(_TOO_DEEP)
    return value


_TOO_DEEP = "nested too deeply to be an article. Mend or remove it."


def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its fields; a :class:`Doubled` where one comes twice with different values."""
    made = dict(pairs)
    # Columns without a name, as commas at the end of a header make them, have none that comes twice.
    twice = () if len(made) == len(pairs) else (name for name, value in pairs if name and made[name] != value)
    name = next(chain(twice, filter(None, map(_doubled_inside, made.values()))), None)
    return made if name is None else Doubled(made, name)


def _doubled_inside(value: Any) -> str | None:
    if isinstance(value, Doubled):
        return value.name
    return next(filter(None, map(_doubled_inside, value)), None) if isinstance(value, list) else None


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            item
            for container in level
            if isinstance(container, (dict, list))
            for item in (container.values() if isinstance(container, dict) else container)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


def jsonl_records(path: Path, encoding: str | None) -> Iterator[Record]:
    """Yield a record for every line that is not blank; one line is held at a time."""
    stream, guess = _open_text(path, encoding, newline="\n")
    with stream:
        for number, line in enumerate(stream, 1):
            if line.isspace():
                continue
            try:
                _check_decoded(line)
                yield Record(f"line {number}", parse_json(line.rstrip("\r\n")), encoding=guess)
            except FormatError as error:
                yield Record(f"line {number}", error=str(error))


@dataclass(frozen=True, slots=True)
class CsvForm:
    """How a CSV or TSV file is written.

    Args:
        columns: The names of its columns.
        delimiter: What parts them.
        is_marked: It begins with a byte order mark, by which a spreadsheet knows its encoding.
    """

    columns: tuple[str, ...]
    delimiter: str
    is_marked: bool


def csv_form(path: Path, column: str, *, advice: str) -> CsvForm:
    """Return how a CSV or TSV file is written, of whose columns ``column`` is one; see :func:`csv_records`."""
    stream, _ = _open_text(path, None, newline="")
    with stream:
        is_marked = stream.buffer.read(4).startswith(MARKS)
        stream.seek(0)
        delimiter = _delimiter_of(stream, path, column)
        return CsvForm(_header(read_rows(stream, delimiter), column, advice), delimiter, is_marked)


def csv_records(path: Path, encoding: str | None, column: str, *, advice: str = _NAME_IT) -> Iterator[Record]:
    """Yield a record for every row below the header that is not blank; one row is held at a time.

    The columns are parted by what makes ``column`` one of them: tab for .tsv, else comma, semicolon, tab or ``|``.

    Args:
        path: The file.
        encoding: Its encoding; by default it is detected.
        column: A column that it must have.
        advice: What to do where it has not.

    Raises:
        FormatError: There is no such column.
    """
    stream, guess = _open_text(path, encoding, newline="")
    with stream:
        rows = read_rows(stream, _delimiter_of(stream, path, column))
        header = _header(rows, column, advice)
        for row in rows:
            if row.cells or row.error:
                yield _csv_record(row, header, guess)


def own_csv_records(path: Path, column: str, *, advice: str) -> Iterator[Record]:
    """Yield the records of a CSV or TSV table as they were written, one for a spreadsheet without its apostrophes.

    Args:
        path, column, advice: As in :func:`csv_records`.

    Raises:
        FormatError: There is no such column.
    """
    is_marked = csv_form(path, column, advice=advice).is_marked
    for record in csv_records(path, None, column, advice=advice):
        if is_marked and record.error is None:
            record.content.update({name: restored(cell) for name, cell in record.content.items()})
        yield record


def known_names(names: Iterable[Any], wanted: Iterable[str]) -> dict[str, str]:
    """Of columns that are wanted and written in another case or with blanks around them, map each to its known name.

    One that is there as it is wanted is that one, and of several that are alike none is.

    >>> known_names(["ID", " text ", "Title", "title"], ["id", "text", "title"])
    {'ID': 'id', ' text ': 'text'}
    """
    there = [name for name in names if isinstance(name, str)]
    found = {one: [name for name in there if _alike(name) == _alike(one)] for one in wanted if one not in there}
    return {alike[0]: one for one, alike in found.items() if len(alike) == 1}


def _alike(name: str) -> str:
    return name.strip().casefold()


def with_known_names(record: Mapping[Any, Any], wanted: Iterable[str]) -> Mapping[Any, Any]:
    """Return a record with the columns that are wanted under their known names, see :func:`known_names`."""
    known = known_names(record, wanted)
    return {known.get(name, name): value for name, value in record.items()} if known else record


def _delimiter_of(stream: TextIO, path: Path, column: str) -> str:
    """Return what parts the columns of a CSV or TSV file, as its header tells, and go back to its beginning."""
    usual = "\t" if path.suffix.lower() == ".tsv" else ","
    delimiter = delimiter_by(first_line(stream), {column}, usual)
    stream.seek(0)
    return delimiter


def _header(rows: Iterator[Row], column: str, advice: str) -> tuple[str, ...]:
    """Return the header, the first row that is not blank, and leave the rows below it."""
    first = next((row for row in rows if row.cells or row.error), Row(1, 1))
    if first.error:
        raise FormatError(f"the header, line {first.first}, is not valid CSV: {first.error}. Mend it.")
    header = tuple(map(scalar_values, first.cells))  # bytes that do not fit become U+FFFD
    _own_name(list(header), column, advice)
    return header


def _csv_record(row: Row, header: tuple[str, ...], guess: Encoding | None) -> Record:
    where = f"line {row.first}" if row.first == row.last else f"lines {row.first} to {row.last}"
    try:
        if row.error:
            raise FormatError(
                f"not valid CSV: {row.error}. "
                "Put a field with quotation marks in quotation marks and double those inside."
            )
        if len(row.cells) != len(header):
            raise FormatError(
                f"{len(row.cells)} fields where the header has {len(header)}. "
                "Put fields that hold a delimiter or a line break in quotation marks."
            )
        for value in row.cells:
            _check_decoded(value)
        return Record(where, to_object([*zip(header, row.cells, strict=True)]), encoding=guess, cells=row.cells)
    except FormatError as error:
        return Record(where, error=str(error))


def first_line(stream: TextIO) -> str:
    """Read up to the first line of a table that is not blank, where its header is, and return it."""
    line = stream.readline(_CHUNK)
    while line and not line.strip("\r\n"):
        line = stream.readline(_CHUNK)
    return line


def delimiter_by(header: str, names: Set[str], usual: str) -> str:
    """Return what parts a header so that it has one of some names: the usual one, comma, semicolon, tab or ``|``."""
    alike = set(map(_alike, names))
    for delimiter in (usual, ",", ";", "\t", "|"):
        if not alike.isdisjoint(map(_alike, split_line(header, delimiter))):
            return delimiter
    return usual


def _own_name(names: list[str], column: str, advice: str) -> str:
    """Return a column as a file writes its name; raises :class:`FormatError` where there is none."""
    if column in names:
        return column
    if found := [*known_names(names, [column])]:
        return found[0]
    available = ", ".join(names)[:500] or "none, the file is empty"
    raise FormatError(f"no column {column!r}. Available: {available}. {advice}")


def _open_text(path: Path, encoding: str | None, newline: str) -> tuple[TextIO, Encoding | None]:
    """Return a file opened for reading text, and its encoding where that is a guess."""
    stream = open_file(path)
    try:
        found = Encoding(encoding) if encoding else _detect(stream)
        stream.seek(0)
        name = _past_mark(found.name, stream.read(4))
        stream.seek(0)
    except BaseException:
        stream.close()
        raise
    # Bytes that do not fit become lone surrogates here, so that they cost their record and not the file.
    text = io.TextIOWrapper(stream, encoding=name, errors="surrogateescape", newline=newline)
    return text, found if found.confidence is not None else None


def _past_mark(name: str, beginning: bytes) -> str:
    """Return the encoding that reads the same, and a byte order mark at the beginning as no part of the text."""
    plain = codecs.lookup(name).name
    if plain == "utf-8":
        return "utf-8-sig"
    wide = plain.removesuffix("-le").removesuffix("-be")
    is_marked = wide in ("utf-16", "utf-32") and wide != plain and beginning.startswith("\ufeff".encode(plain))
    return wide if is_marked else name


def _detect(stream: BinaryIO) -> Encoding:
    """Return the encoding of a large file: its byte order mark or first bytes beyond ASCII decide."""
    sample = stream.read(_CHUNK)
    while _tells_nothing(sample) and (following := stream.read(_CHUNK)):
        sample = following
    if told := detect_marked(sample):
        return told
    first = next((offset for offset, byte in enumerate(sample) if byte > 0x7F), len(sample))
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample[first : first + 4])
    except UnicodeDecodeError:
        stream.seek(-len(sample), io.SEEK_CUR)
        return Encoding("utf-8") if _is_mostly_utf8(stream) else detect(sample, of_records=True)
    return Encoding("utf-8")


def _is_mostly_utf8(stream: BinaryIO) -> bool:
    """Whether the words beyond ASCII are UTF-8 but for a few: in other encodings hardly one happens to be."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    fitting = broken = 0
    while fitting + broken < _WORDS_ENOUGH and (chunk := stream.read(_CHUNK)):
        for word in _BEYOND_ASCII.findall(decoder.decode(chunk, final=len(chunk) < _CHUNK)):
            is_broken = len(_UNDECODED.findall(word)) > _MOST_UNDECODED * len(word)
            broken, fitting = broken + is_broken, fitting + (not is_broken)
    return fitting >= broken


def _tells_nothing(sample: bytes) -> bool:
    return sample.isascii() and b"\0" not in sample and b"\x1b" not in sample


def _check_decoded(text: str) -> None:
    if broken := _UNDECODED.search(text):
        byte = ord(broken.group()) - 0xDC00
        raise FormatError(f"the byte 0x{byte:02x} does not fit the encoding of the file. Save it as UTF-8.")


def parquet_records(path: Path, encoding: str | None, column: str, *, advice: str = _NAME_IT) -> Iterator[Record]:
    """Yield a record for every row; a batch of 64 is held at a time, of less where they are large.

    Binary values are decoded: those of the text column as a file's bytes are, others where they are UTF-8; what is no
    text at all becomes base64.

    Raises:
        FormatError: There is no such column, or the file is damaged.
    """
    import pyarrow.parquet as pq

    with reading_parquet(), open_file(path) as stream, pq.ParquetFile(stream) as file:
        column = _own_name(file.schema_arrow.names, column, advice)
        number = 0
        for batch in file.iter_batches(batch_size=_rows_together(file.metadata)):
            for row in range(batch.num_rows):
                number += 1
                yield _parquet_record(f"record {number}", batch, row, column, encoding)


def _rows_together(metadata: Any) -> int:
    """How many rows are decoded at once; a small file may hold a large value that comes in many of its rows."""
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    sizes = (group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns))
    return max(1, min(_ROWS_TOGETHER, _BYTES_TOGETHER // int(max(1, 1, *sizes))))


def _parquet_record(where: str, batch: Any, row: int, column: str, encoding: str | None) -> Record:
    try:
        names = batch.schema.names
        pairs = [(name, python_value(batch.column(i)[row])) for i, name in enumerate(names)]
        guess, place = None, names.index(column)
        if isinstance(data := pairs[place][1], bytes):
            found = Encoding(encoding) if encoding else detect(data)
            pairs[place] = (column, decode_as(data, found).removeprefix("\ufeff"))
            guess = found if found.confidence is not None else None
        return Record(where, to_object([(name, _plain(value)) for name, value in pairs]), encoding=guess)
    except UNREADABLE as error:
        return Record(where, error=f"a value cannot be read: {error}. Mend or remove it.")


def _plain(value: Any) -> Any:
    """Turn a value into one that JSON can hold."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return plain_bytes(value)
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def plain_bytes(value: bytes) -> str:
    """Turn bytes into text: decoded where they are UTF-8, else as base64."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(value).decode("ascii")
