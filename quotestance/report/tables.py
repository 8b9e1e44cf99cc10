"""The files that a report is made from: a table of quotes, the table of articles beside it, and what they tell.

Columns that a table lacks count as empty, but for the two without which there is nothing to show: ``article_id`` and
``text``. ``speaker_id``, ``date``, ``outlet`` and ``context`` are taken where they are there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from quotestance.countries import told_code
from quotestance.errors import FormatError
from quotestance.io import dates, table
from quotestance.io.arrow_values import is_missing, reading_parquet
from quotestance.io.readers import read_articles
from quotestance.io.records import Doubled, advice_of_tables, jsonl_records, own_csv_records, without_na
from quotestance.types import STANCES, QuoteKind, SpeakerKind

_NEEDED = ("article_id", "text")
_HEADINGS = {"version": "Scored with quotestance", "models": "Models", "options": "Options", "date": "Scored"}
_ROWS_TOGETHER = 10_000
_LINKED = ".linked"  # what ``quotestance link`` puts behind the name of a table


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A row of the table of quotes.

    Args:
        article: Id of its article.
        number: Its number there, from 0.
        kind, text: As in the table.
        start, end: Offsets in the text of the article; ``None`` where the table does not tell.
        cue, source: The words that attribute it and those that name its source.
        speaker_id: Identity of the speaker across articles, where speakers were linked.
        name, speaker_kind, role, affiliation, country, description: The speaker.
        stance: Label, or ``None``.
        probabilities: Label to its probability; may be empty.
        conditional, confidence: Probabilities, or ``None``.
        context: The sentence around it, where the table holds it.
    """

    article: str
    number: int
    kind: str
    text: str
    start: int | None = None
    end: int | None = None
    cue: str | None = None
    source: str | None = None
    speaker_id: str | None = None
    name: str | None = None
    speaker_kind: str | None = None
    role: str | None = None
    affiliation: str | None = None
    country: str | None = None
    description: str | None = None
    stance: str | None = None
    probabilities: Mapping[str, float] = field(default_factory=dict)
    conditional: float | None = None
    confidence: float | None = None
    context: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article that was read, skipped or failed.

    Args:
        id: Its id, which the table of quotes names.
        title, url, outlet: As given, or ``None``.
        published: When it was published, as worded.
        date: The same as YYYY-MM-DD, YYYY-MM or YYYY, as far as it is told plainly; ``None`` where nothing is.
        misdated: How it is dated, where no date that is told can be that of an article; ``date`` is ``None`` then.
        state: ``read``, ``skipped`` or ``failed``.
        why: Why it was skipped or failed.
    """

    id: str
    title: str | None = None
    published: str | None = None
    date: str | None = None
    misdated: str | None = None
    url: str | None = None
    outlet: str | None = None
    state: str = "read"
    why: str | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """What was read.

    Args:
        quotes: In the order of the table.
        articles: By id: those with quotes, and all others that are known.
        about: What the report says of its sources, heading to words.
        is_complete: Whether ``articles`` holds those without quotes too, so that shares of articles mean something.
        texts: File of the articles with their texts, where the table itself is one.
        is_linked: Whether speakers were linked across articles: a row has an id, or the table is called ``*.linked.*``.
    """

    quotes: tuple[QuoteRow, ...]
    articles: Mapping[str, ArticleRow]
    about: Mapping[str, str]
    is_complete: bool
    texts: Path | None = None
    is_linked: bool = False


def read_tables(path: Path) -> Tables:
    """Read a table of quotes (.parquet, .csv, .jsonl) or annotated articles (.jsonl), and what lies beside it.

    Beside ``quotes.csv`` may lie ``quotes.articles.csv``, a row for every input, or ``quotes.errors.csv``; they are
    those of ``quotes.linked.csv``, too.

    Raises:
        FileNotFoundError: There is no such file.
        FormatError: It is no such table, or a row of it cannot be read.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist, or is no file. Name a table that 'quotestance score' wrote.")
    annotated = _holds_articles(path)
    quotes: list[QuoteRow] = []
    articles: dict[str, ArticleRow] = {}
    seen: dict[tuple[str, int], int] = {}
    for row in table.rows(read_articles(path)) if annotated else _rows(path):
        quotes.append(_quote(row, len(quotes)))
        first = seen.setdefault((quotes[-1].article, quotes[-1].number), len(quotes))
        if first < len(quotes):
            raise FormatError(
                f"{path}: rows {first} and {len(quotes)} are both quote {quotes[-1].number} of the article "
                f"{quotes[-1].article[:300]!r}. Where tables were joined, give every article an id of its own."
            )
        # What is quoted was read: columns "state" and "why" are the user's own here.
        article = replace(_article(row), state="read", why=None)
        articles[article.id] = _merged(articles.get(article.id), article)
    further = dict(_annotated_articles(path) if annotated else _articles_beside(path))
    is_complete = annotated or any(article.state == "read" for article in further.values())
    merged = {key: _merged(articles.get(key), further.get(key)) for key in articles | further}
    is_linked = path.stem.endswith(_LINKED) or any(row.speaker_id for row in quotes)
    return Tables(tuple(quotes), merged, _about(path), is_complete, path if annotated else None, is_linked)


# --- rows


def _holds_articles(path: Path) -> bool:
    """Whether a JSON Lines file holds articles with their quotes instead of a row for each quote."""
    if path.suffix.lower() not in (".jsonl", ".ndjson"):
        return False
    first = next(jsonl_records(path, None), None)
    return first is not None and isinstance(first.content, Mapping) and isinstance(first.content.get("quotes"), list)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    suffix = path.suffix.lower()
    if suffix == ".parquet":
        yield from _parquet_rows(path)
        return
    if suffix not in (".csv", ".tsv", ".jsonl", ".ndjson"):
        raise FormatError(
            f"{path}: unknown kind of table {suffix!r}. Available: .parquet, .csv, .tsv, .jsonl, .ndjson."
        )
    is_csv = suffix in (".csv", ".tsv")
    if is_csv:
        records = own_csv_records(path, "article_id", advice=advice_of_tables(path))
    else:
        records = jsonl_records(path, None)
    for record in records:
        if record.error is not None or not isinstance(record.content, Mapping):
            raise FormatError(f"{path}, {record.where}: {record.error or 'no object'}")
        if isinstance(record.content, Doubled):
            raise FormatError(f"{path}, {record.where}: {record.content.fault}")
        yield without_na(record.content) if is_csv else record.content


def _parquet_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow.parquet as pq

    with reading_parquet(f"{path}: "), pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS_TOGETHER):
            yield from batch.to_pylist()


def _quote(row: Mapping[str, Any], number: int) -> QuoteRow:
    for name in _NEEDED:
        if not _exact(row, name):
            raise FormatError(
                f"Row {number + 1} has {'nothing in' if name in row else 'no column'} {name!r}; its columns: "
                f"{', '.join(map(str, row))[:300]}. "
                "Is this a table that 'quotestance score' wrote?"
            )
    place = _whole(row, "quote")
    return QuoteRow(
        article=_exact(row, "article_id") or "",
        number=number if place is None else place,
        kind=_term(row, "kind", get_args(QuoteKind)) or "unknown",
        text=_exact(row, "text") or "",
        start=_whole(row, "start"),
        end=_whole(row, "end"),
        cue=_word(row, "cue"),
        source=_word(row, "source"),
        speaker_id=_word(row, "speaker_id"),
        name=_word(row, "speaker_name"),
        speaker_kind=_term(row, "speaker_kind", get_args(SpeakerKind)),
        role=_word(row, "speaker_role"),
        affiliation=_word(row, "speaker_affiliation"),
        country=told_code(country) if (country := _word(row, "speaker_country")) else None,
        description=_word(row, "speaker_description"),
        stance=_term(row, "stance", STANCES),
        probabilities=_probabilities(row),
        conditional=_probability(row, "conditional"),
        confidence=_probability(row, "confidence"),
        context=_exact(row, "context"),
    )


def _probabilities(row: Mapping[str, Any]) -> dict[str, float]:
    """Label to probability, that of the row's own label first: it stays the label where two are equally probable.

    None where another label is more probable: somebody has corrected the label, and the numbers are not of theirs.
    """
    found = {label: _probability(row, f"p_{label.replace('-', '_')}") for label in STANCES}
    stance = _term(row, "stance", STANCES)
    ordered = sorted(found, key=lambda label: label != stance)
    known = {label: value for label in ordered if (value := found[label]) is not None}
    return known if known.get(stance or "", 1.0) >= max(known.values(), default=0.0) else {}


def _article(row: Mapping[str, Any]) -> ArticleRow:
    published = _word(row, "published")
    return ArticleRow(
        id=_exact(row, "article_id") or _exact(row, "file") or "",
        title=_word(row, "title"),
        published=published,
        date=dates.date_of(_word(row, "date"), published),
        misdated=dates.misdated(_word(row, "date"), published),
        url=_word(row, "url"),
        outlet=_word(row, "outlet"),
        state=_word(row, "state") or "read",
        why=_word(row, "why"),
    )


def _word(row: Mapping[str, Any], name: str) -> str | None:
    """Return what a cell says, without the blanks around it that somebody leaves who corrects a table by hand."""
    return (_exact(row, name) or "").strip() or None


def _term(row: Mapping[str, Any], name: str, terms: Sequence[str]) -> str | None:
    """Return what a cell says, as one of these terms where it is that but for capitals, which spreadsheets put in."""
    words = _word(row, name)
    return words.lower() if words and words.lower() in terms else words


def _exact(row: Mapping[str, Any], name: str) -> str | None:
    """Return what a cell says, as it stands in the text or names an article; ``None`` for nothing but blanks."""
    value: Any = row.get(name)
    if is_missing(value):
        return None
    words = str(value.isoformat()) if hasattr(value, "isoformat") else str(value)
    return words if words.strip() else None


def _number(row: Mapping[str, Any], name: str) -> float | None:
    value = row.get(name)
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        place = f"article {row.get('article_id')!r:.60}, quote {row.get('quote')!r:.20}"
        raise FormatError(f"{place}: column {name!r} holds {value!r:.60}, which is no number.") from error


def _whole(row: Mapping[str, Any], name: str) -> int | None:
    value = _number(row, name)
    return int(value) if value is not None and 0 <= value < 2**53 else None


def _probability(row: Mapping[str, Any], name: str) -> float | None:
    value = _number(row, name)
    return value if value is not None and 0 <= value <= 1 else None


# --- what lies beside the table


def _articles_beside(path: Path) -> Iterator[tuple[str, ArticleRow]]:
    scored = path.with_stem(path.stem.removesuffix(_LINKED) or path.stem)
    listed, errors = scored.with_suffix(f".articles{path.suffix}"), scored.with_suffix(".errors.csv")
    if listed.is_file():
        for row in _rows(listed):
            article = _article(row)
            yield article.id, article
    elif errors.is_file():
        for row in _rows(errors):
            article = replace(_article(row), state="failed", why=_word(row, "error"))
            yield article.id, article


def _annotated_articles(path: Path) -> Iterator[tuple[str, ArticleRow]]:
    for article in read_articles(path):
        row = {"article_id": article.id, "title": article.title, "published": article.published, "url": article.url}
        row |= {"outlet": table.outlet_of(article.meta), "date": article.meta.get("date")}
        told = table.input_row(article, file=path.name)
        row |= {"state": told["state"], "why": told["why"]}
        yield article.id, _article(row)


def _merged(one: ArticleRow | None, other: ArticleRow | None) -> ArticleRow:
    """Return what two tables tell of an article; where both tell it, the first, but for a date told more exactly."""
    if one is None or other is None:
        return one or other or ArticleRow("")
    names = ("title", "published", "url", "outlet", "why")
    told = {name: getattr(one, name) or getattr(other, name) for name in names}
    date = dates.exactest((one.date, other.date))
    misdated = None if date else one.misdated or other.misdated
    return replace(one, state=other.state, date=date, misdated=misdated, **told)


def with_texts(articles: Mapping[str, ArticleRow], given: Iterable[ArticleRow]) -> dict[str, ArticleRow]:
    """Return the articles of the tables, completed by those whose texts were read."""
    found = dict(articles)
    for article in given:
        known = found.get(article.id)
        found[article.id] = _merged(known, replace(article, state=known.state if known else article.state))
    return found


def _about(path: Path) -> dict[str, str]:
    """Table, its time, and what it tells of the models that made it."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return {
        "Table": path.name,
        "Table written": written.strftime("%Y-%m-%d %H:%M UTC"),
        **{"Models": "not told by the table", **_models(path)},
    }


def _models(path: Path) -> dict[str, str]:
    if path.suffix.lower() != ".parquet":
        return {}
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        told = json.loads((pq.read_schema(path).metadata or {}).get(table.METADATA_KEY, b"{}"))
    except (ValueError, RecursionError, OSError, pa.ArrowException):
        return {}
    if not isinstance(told, dict):
        return {}
    return {_HEADINGS.get(str(name), str(name)): str(value) for name, value in told.items() if value}
