"""Linking as a second pass over a table of quotes of any size: read once to count, once more to write.

What is held in memory grows with the distinct (name, kind, role, affiliation, country) and years, not with the rows.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from quotestance.errors import FormatError
from quotestance.identities.authority import read_known
from quotestance.identities.dates import date_of
from quotestance.identities.identity import IDENTITY_COLUMNS, identity_rows
from quotestance.identities.linking import Linkage, key_of, link
from quotestance.identities.sightings import Tally
from quotestance.io.arrow_values import is_missing, reading_parquet
from quotestance.io.delimited import restored
from quotestance.io.records import (
    CsvForm,
    Doubled,
    Record,
    advice_of_tables,
    csv_form,
    csv_records,
    jsonl_records,
    without_na,
)
from quotestance.io.saving import check_writable, replacing, resolved
from quotestance.io.table import Writing, table_format
from quotestance.text import json_line

_ROWS_TOGETHER = 10_000  # rows of a Parquet file that are held at a time
_SPEAKER = ("speaker_name", "speaker_kind", "speaker_role", "speaker_affiliation", "speaker_country")
_NEEDED = ("speaker_name", "speaker_kind")
_DATES = ("date", "published")
_MEANING = "id of the speaker across articles, as in the table of identities; empty where it is not told who that is"
_NEW = "speaker_id"


@dataclass(frozen=True, slots=True)
class LinkSummary:
    """What linking a table came to.

    Args:
        rows: Rows of the table.
        linked: Rows whose speaker has an id.
        identities: People and bodies.
        sightings: Distinct speakers by year that were held in memory.
    """

    rows: int
    linked: int
    identities: int
    sightings: int


class _Writer:
    """Ids for rows, counting them; rows of one article are taken to stand together."""

    def __init__(self, linkage: Linkage) -> None:
        self.linkage = linkage
        self.rows = self.linked = 0
        self.articles: Counter[str] = Counter()
        self._article: str | None = None
        self._here: set[str] = set()

    def id_of(self, row: Mapping[str, Any]) -> str | None:
        """Return the id of the speaker of a row."""
        found = self.linkage.id_of(_key(row), _published(row))
        self.rows += 1
        article = _text(row.get("article_id"))
        if article is None or article != self._article:
            self._article, self._here = article, set()
        if found is not None:
            self.linked += 1
            if found not in self._here:
                self._here.add(found)
                self.articles[found] += 1
        return found


def link_table(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    identities: str | os.PathLike[str],
    known: Any = None,
    *,
    overwrite: bool = False,
) -> LinkSummary:
    """Write a table of quotes anew with the column ``speaker_id``, and the table of identities.

    Every other column stays as it is. Both files appear when all is written, or neither does. Of CSV that was written
    for a spreadsheet (with a byte order mark) both are for one; its apostrophes before what looks like a formula are no
    part of a name.

    Args:
        path: A table of quotes as ``quotestance score`` writes it: .parquet, .csv, .tsv or .jsonl.
        output: The table with ids, of the same format; may be ``path`` itself, with ``overwrite``.
        identities: The table of identities: .parquet, .csv or .jsonl.
        known: See :func:`~quotestance.link_speakers`.
        overwrite: Replace files that are there.

    Raises:
        FileExistsError: A file is there, and not ``overwrite``.
        IsADirectoryError: A folder is there.
        FormatError: The table has no column ``speaker_name`` or ``speaker_kind``, a row cannot be read, or the formats
            do not fit.
        OSError: A file cannot be read or written; those that were there stay as they are.
    """
    source, target, beside = Path(path), Path(output), Path(identities)
    write_identities = table_format(beside)
    _check_files(source, target, beside, overwrite=overwrite)
    rows_of_known = [] if known is None else read_known(known)
    tally = Tally()
    form = _form(source)
    for row in _rows(source, (*_SPEAKER, *_DATES)):
        told = _as_it_was(row, form)
        if key := _key(told):
            tally.add(key, _published(told))
    linkage = link(tally, rows_of_known)
    writer = _Writer(linkage)
    with _replacing_both(target, beside) as (rows, people):
        _write(source, rows, writer, form)
        found = linkage.with_articles(writer.articles)
        writing = Writing(for_spreadsheet=form is not None and form.is_marked)
        write_identities(identity_rows(found), IDENTITY_COLUMNS, people, writing)
    return LinkSummary(writer.rows, writer.linked, len(linkage.identities), len(tally))


def _check_files(source: Path, target: Path, identities: Path, *, overwrite: bool) -> None:
    if source.is_dir():
        raise IsADirectoryError(f"{source} is a folder. Name one table; docs/scaling.md tells how it is made of many.")
    if source.suffix.lower() != target.suffix.lower():
        raise FormatError(
            f"{target}: the output is of the format of the input, {source.suffix}. Name it *{source.suffix}."
        )
    if not source.exists():
        raise FileNotFoundError(
            f"{source} does not exist. Name a table of quotes: quotestance score FOLDER -o {source}."
        )
    if resolved(identities) in map(resolved, (source, target)):
        raise FormatError(f"{identities}: the table of identities needs a file of its own.")
    for file in (target, identities):
        check_writable(file)
        if file.exists() and not overwrite:
            raise FileExistsError(f"{file} is there already. Name another output, or set overwrite=True.")


@contextmanager
def _replacing_both(one: Path, other: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open two files as :func:`~quotestance.io.saving.replacing` does; neither appears before both are on disk."""
    with replacing(other) as second, replacing(one) as first:
        yield first, second
        second.flush()  # so that nothing but its new name is left to do once the first has appeared
        os.fsync(second.fileno())


def _key(row: Mapping[str, Any]) -> Any:
    name, kind, *rest = (_text(row.get(column)) for column in _SPEAKER)
    return key_of(name, kind and kind.lower(), *rest)  # spreadsheets begin a cell with a capital: "Person"


def _as_it_was(row: Mapping[str, Any], form: CsvForm | None) -> Mapping[str, Any]:
    """Return a row of CSV as it was before a spreadsheet or R: without apostrophes before formulas, or ``NA``."""
    if form is None:
        return row
    return without_na({name: restored(cell) for name, cell in row.items()} if form.is_marked else row)


def _text(value: Any) -> str | None:
    """Return what a cell says, without the blanks around it that somebody leaves who corrects a table by hand."""
    return None if is_missing(value) else str(value).strip() or None


def _published(row: Mapping[str, Any]) -> str | None:
    return date_of(*(_text(row.get(column)) for column in _DATES))


def _rows(path: Path, columns: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Return the rows of a table, one after the other, with these columns at least."""
    if path.suffix.lower() == ".parquet":
        for batch in _batches(path):
            yield from _plain_rows(batch, columns)
    else:
        yield from (record.content for record in _records(path))


def _records(path: Path) -> Iterator[Record]:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        records = csv_records(path, None, "speaker_name", advice=advice_of_tables(path))
    elif suffix in (".jsonl", ".ndjson"):
        records = jsonl_records(path, None)
    else:
        raise FormatError(f"{path}: a table of quotes is .parquet, .csv, .tsv or .jsonl, not {suffix!r}.")
    for record in records:
        if record.error is not None or not isinstance(record.content, Mapping):
            raise FormatError(f"{path}, {record.where}: {record.error or 'not an object'}")
        if isinstance(record.content, Doubled):
            raise FormatError(f"{path}, {record.where}: {record.content.name!r} comes twice. Rename one of them.")
        if missing := [name for name in _NEEDED if name not in record.content]:
            raise FormatError(f"{path}, {record.where}: no column {missing[0]!r}. Is it a table of quotes?")
        yield record


def _batches(path: Path) -> Iterator[Any]:
    import pyarrow.parquet as pq

    with reading_parquet(f"{path}: "), closing(pq.ParquetFile(path)) as file:
        names = file.schema_arrow.names
        if missing := [name for name in _NEEDED if name not in names]:
            raise FormatError(f"{path}: no column {missing[0]!r}. Available: {', '.join(names)}.")
        yield from file.iter_batches(batch_size=_ROWS_TOGETHER)


def _plain_rows(batch: Any, columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    names = [name for name in columns if name in batch.schema.names]
    values = [batch.column(name).to_pylist() for name in names]
    return (dict(zip(names, cells, strict=True)) for cells in zip(*values, strict=True))


def _write(source: Path, stream: BinaryIO, writer: _Writer, form: CsvForm | None) -> None:
    if source.suffix.lower() == ".parquet":
        _write_parquet(source, stream, writer)
    elif form is not None:
        _write_csv(source, stream, writer, form)
    else:
        for record in _records(source):
            row = record.content
            stream.write(json_line({**row, _NEW: writer.id_of(row)}).encode() + b"\n")


def _write_parquet(source: Path, stream: BinaryIO, writer: _Writer) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    field = pa.field(_NEW, pa.string(), metadata={"meaning": _MEANING})
    schema = pq.read_schema(source)
    kept = [name for name in schema.names if name != _NEW]
    schema = pa.schema([schema.field(name) for name in kept], metadata=schema.metadata).append(field)
    with pq.ParquetWriter(stream, schema) as parquet:
        for batch in _batches(source):
            ids = [writer.id_of(row) for row in _plain_rows(batch, (*_SPEAKER, *_DATES, "article_id"))]
            columns = [batch.column(name) for name in kept]
            parquet.write_batch(pa.record_batch([*columns, pa.array(ids, pa.string())], schema=schema))


def _form(source: Path) -> CsvForm | None:
    """Return how a CSV or TSV file is written; ``None`` for another."""
    if source.suffix.lower() not in (".csv", ".tsv"):
        return None
    return csv_form(source, "speaker_name", advice=advice_of_tables(source))


def _write_csv(source: Path, stream: BinaryIO, writer: _Writer, form: CsvForm) -> None:
    file = io.TextIOWrapper(stream, encoding="utf-8-sig" if form.is_marked else "utf-8", newline="")
    out = csv.writer(file, delimiter=form.delimiter)
    kept = [place for place, name in enumerate(form.columns) if name != _NEW]  # names may be empty, and come twice
    out.writerow([*(form.columns[place] for place in kept), _NEW])
    for record in _records(source):
        found = writer.id_of(_as_it_was(record.content, form))
        out.writerow([*(record.cells[place] for place in kept), found])
    file.detach()  # flushes, and leaves the stream open
