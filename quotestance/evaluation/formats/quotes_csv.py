"""Tables and JSON Lines of labelled quotes, for stance alone: one quote a row.

Gold needs the columns ``text`` (the quote) and ``stance``; ``id`` and ``context`` (the text around the quote, which
holds it) may be there, and every other column can be sliced by; ``conditional`` and ``split`` are read in training
(:mod:`quotestance.training.labels`). A table of quotes as ``quotestance score`` writes it holds answers of a model, and
is gold once somebody has corrected them; of a quote in pieces, which it holds as one string, the pieces are found again
in the context. Predictions need ``id`` and either ``stance`` or a
column of probabilities for every label; tables with a column ``content`` hold found quotes instead, as offsets.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from quotestance.errors import FormatError, GoldWarning
from quotestance.evaluation.formats.brat import is_brat
from quotestance.evaluation.formats.records import Record, located, read_json_records, read_text
from quotestance.evaluation.metrics.words import kind_of, marked_characters
from quotestance.io.columns import ROW, stance_column
from quotestance.io.delimited import read_rows as split_rows
from quotestance.io.delimited import restored
from quotestance.io.encodings import MARKS
from quotestance.io.files import open_file
from quotestance.io.pieces import occurrences, pieces_of
from quotestance.io.records import delimiter_by, first_line, known_names
from quotestance.types import STANCES, Article, Quote, Span, Stance

ANSWERED = ROW | {stance_column(label) for label in STANCES}
"""Columns of a table of quotes that a model has given stances."""

_KNOWN = ("id", "text", "context", "stance")
_COLUMNS = (*_KNOWN, "conditional", "split", "content", "source", *STANCES)
_HEADINGS = {"id", "text", "stance"}  # one of which every table has, by which its delimiter is told
_MOST_PLACES = 20  # of the first word of a quote in its context, at which its pieces are looked for
_MOST_PIECES = 100


def is_table(path: Path) -> bool:
    """Whether a path is a CSV or TSV file, by its name."""
    return path.suffix.lower() in (".csv", ".tsv")


def is_labelled_quote(record: Mapping[str, Any]) -> bool:
    """Whether a record of JSON is a labelled quote, and no article."""
    return "text" in record and "stance" in record and "quotes" not in record


def holds_labelled_quotes(path: Path) -> bool:
    """Whether a path holds labelled quotes for stance alone: a table, or JSON (a folder of it) that begins with one."""
    if is_table(path) or not path.exists() or is_brat(path):
        return is_table(path)
    first = next(read_json_records(path), None)
    return first is not None and is_labelled_quote(first.data)


def read_rows(path: Path) -> Iterator[Record]:
    """Read the rows of a table with a heading, as strings; empty cells, and rows of nothing else, are left out.

    A table for a spreadsheet, as a byte order mark tells, is read without the apostrophes before what were formulas.

    Raises:
        FormatError: A row has more cells than the heading, or two values for a column that is there twice.
    """
    # newline="": a line of a table ends with a line break, and not at U+2028 or a form feed inside a cell.
    lines = io.StringIO(read_text(path), newline="")
    with open_file(path) as stream:
        is_marked = stream.read(4).startswith(MARKS)
    rows = (row for row in split_rows(lines, _delimiter(lines, path)) if any(map(str.strip, row.cells)) or row.error)
    heading: tuple[str, ...] = ()
    for row in rows:
        place = f"{path}, line {row.last}"
        if row.error:
            raise FormatError(f"{path}, line {row.first}: not a table ({row.error}).")
        if not heading:
            known = known_names(row.cells, _COLUMNS)
            heading = tuple(known.get(name, name) for name in row.cells)
            continue
        if len(row.cells) > len(heading):
            raise FormatError(f"{place}: more cells than the heading has columns. Are commas inside quoted cells?")
        with located(place):
            data = _by_column(heading, [*map(restored, row.cells)] if is_marked else row.cells)
        yield Record(place, data)


def _by_column(heading: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in zip(heading, cells, strict=False):
        if value and data.setdefault(name, value) != value:
            raise FormatError(
                f"The column {name!r} is there twice, with {data[name]!r:.60} and {value!r:.60}. Keep one."
            )
    return data


def _delimiter(lines: io.StringIO, path: Path) -> str:
    """Return what parts the columns: tab for .tsv, else comma, or what a spreadsheet writes in its place."""
    delimiter = delimiter_by(first_line(lines), _HEADINGS, "\t" if path.suffix.lower() == ".tsv" else ",")
    lines.seek(0)
    return delimiter


def read_labelled_quotes(path: Path) -> list[Article]:
    """One article for every row: the context, or the quote alone, with the quote and its stance.

    Raises:
        FormatError: A column is missing, a label unknown, an id used twice, or a quote not in its context; or all
            labels are answers of a model (see :func:`check_labels`).

    Warns:
        GoldWarning: As :func:`check_labels` and :func:`warn_of_contexts`.
    """
    articles = []
    seen: dict[str, str] = {}
    records = list(read_rows(path))
    check_labels(path, (record.data for record in records))
    for number, record in enumerate(records, start=1):
        with located(record.place):
            article = labelled_quote(record.data, f"row-{number}")
            if article.id in seen:
                raise FormatError(
                    f"The id {article.id!r} was there before, in {seen[article.id]}. Every row needs its own."
                )
            seen[article.id] = record.place
            articles.append(article)
    warn_of_contexts(path, sum(map(lost_context, (record.data for record in records), articles)))
    return articles


def check_labels(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Check that labels in a table of quotes, as ``quotestance score`` writes it, were corrected by somebody.

    A row is as a model made it where its stance is the label that its own columns of probabilities tell.

    Args:
        path: Where the rows are.
        rows: Fields of each.

    Raises:
        FormatError: All rows are as a model made them.

    Warns:
        GoldWarning: Some are, and others were corrected.
    """
    verdicts = [_is_answer(row) for row in rows if row.keys() >= ANSWERED]
    if not any(verdicts):
        return
    if all(verdicts):
        raise FormatError(
            f"{path}: a table of quotes as 'quotestance score' makes it, in which every stance is the model's own "
            "answer, and no gold. Correct the column 'stance'. If people have read every quote and agree, take out "
            f"the columns of probabilities ({', '.join(map(stance_column, STANCES))})."
        )
    warnings.warn(
        f"{path}: in {sum(verdicts)} of {len(verdicts)} rows the stance is still the model's answer. A table of quotes "
        "is gold only where people have read every row.",
        GoldWarning,
        stacklevel=4,
    )


def lost_context(row: Mapping[str, Any], article: Article) -> bool:
    """Whether the article of a row is its quote alone, which was not found in the context."""
    return bool(row.get("context")) and article.text != row["context"]


def warn_of_contexts(path: Path, count: int) -> None:
    """Warn of rows whose context was left out, if there are any."""
    if count:
        warnings.warn(
            f"{path}: {count} quotes do not stand in their context and are read without it. Keep 'text' and 'context' "
            "as 'quotestance score' wrote them.",
            GoldWarning,
            stacklevel=4,
        )


def _is_answer(row: Mapping[str, Any]) -> bool:
    try:
        told = {label: float(row[stance_column(label)]) for label in STANCES}
    except (TypeError, ValueError):
        return False
    return row.get("stance") in told and told[row["stance"]] == max(told.values())


def labelled_quote(row: Mapping[str, Any], default_id: str) -> Article:
    """Make an article of a labelled quote: its context, or the quote alone, with the quote and its stance.

    A row of a table that ``quotestance score`` wrote loses a context in which the quote does not stand.

    Args:
        row: The fields of the quote.
        default_id: The id where it has none.

    Raises:
        FormatError: A field is missing, the label unknown, or the quote does not stand in its context.
    """
    for name in ("text", "stance"):
        if not isinstance(row.get(name), str) or not row[name].strip():
            raise FormatError(f"The column {name!r} is missing or empty. Gold for stance needs 'text' and 'stance'.")
    text = row.get("context") or row["text"]
    if not isinstance(text, str):
        raise FormatError(f"The context is a {type(text).__name__}. Give the text around the quote, or leave it out.")
    content = _places(row["text"], text, _length(row))
    if not content and row.keys() >= ROW:
        text = row["text"]
        content = (Span.of(text, 0, len(text)),)
    if not content:
        raise FormatError(
            f"The quote {row['text'][:60]!r} does not stand in its context. Copy it from there unchanged, "
            "or leave the context empty."
        )
    kind = kind_of(text, [(span.start, span.end) for span in content], marked_characters(text))
    meta = {name: value for name, value in row.items() if name not in _KNOWN}
    quote = Quote(kind, content, stance=Stance.certain(row["stance"]))
    name = default_id if row.get("id") in (None, "") else str(row["id"])
    return Article(text, id=name, meta=meta, quotes=(quote,))


def _places(words: str, context: str, length: int) -> tuple[Span, ...]:
    """Where a quote stands in its context, whole or in pieces; nothing where it does not.

    Args:
        words: The quote, a space between its pieces.
        context: The text around it.
        length: Characters from its beginning to its end, in a table that tells; else 0.
    """
    if (start := context.find(words)) >= 0:
        return (Span.of(context, start, start + len(words)),)
    for start in islice(occurrences(words.split(" ", 1)[0], context), _MOST_PLACES):
        end = start + length
        if end <= len(context) and (found := tuple(pieces_of(words, context, start, end, _MOST_PIECES))):
            return found
    return ()


def _length(row: Mapping[str, Any]) -> int:
    """Return how many characters of its article a quote takes, as a row of a table of quotes tells; else 0."""
    try:
        return int(float(row["end"])) - int(float(row["start"])) if row.keys() >= ROW else 0
    except (TypeError, ValueError, OverflowError):
        return 0
