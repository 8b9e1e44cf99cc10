"""A record of a file, or of a table in memory -> an :class:`Article`.

The record is what :meth:`Article.to_dict` gives, with further fields or without, or any object with a text column.
Title, date and address are taken from the usual field names; what else it holds becomes ``meta``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from quotestance.errors import FormatError
from quotestance.io.dates import iso_date
from quotestance.io.encodings import check_nuls
from quotestance.io.records import Doubled, parse_json, with_known_names
from quotestance.types import Article

_TITLE = ("title", "headline")
_PUBLISHED = (
    "published",
    "publishedat",
    "datepublished",
    "publicationdate",
    "publishdate",
    "pubdate",
    "date",
    "datetime",
)
_URL = ("url", "link", "sourceurl", "canonicalurl", "articleurl")
_QUOTE_FIELDS = frozenset(("article_id", "report_link"))  # of a row of a table of quotes, and of no article
ARTICLE_FIELDS = frozenset(("text", "id", "title", "published", "url", "meta", "quotes", "error"))
"""Those of an article in JSON that holds nothing else."""


def record_article(record: Any, name: str, *, text_column: str = "text", id_column: str | None = None) -> Article:
    """Make an article of a record; one that cannot be has ``error`` set.

    Args:
        record: What a file in JSON could hold: a mapping of field names to values.
        name: The id of the article where the record holds none.
        text_column, id_column: As in :func:`~quotestance.read_articles`.
    """
    try:
        return read_record(record, name, text_column=text_column, id_column=id_column)[0]
    except ValueError as error:
        return failed_article(name, name or "a record", error)


def read_record(
    record: Any, name: str, *, text_column: str = "text", id_column: str | None = None
) -> tuple[Article, bool]:
    """Make an article of a record, and tell whether it came with its quotes, if only to say that it has none.

    Args:
        record, name, text_column, id_column: As in :func:`record_article`.

    Raises:
        FormatError, SpanError: It cannot be made; both are ValueErrors.
    """
    if not isinstance(record, Mapping):
        raise FormatError(f"a {type(record).__name__} where an object with a field {text_column!r} belongs.")
    if isinstance(record, Doubled):
        raise FormatError(f"the field {record.fault}")
    record = with_known_names(record, (text_column, id_column or "id"))
    if ARTICLE_FIELDS.issuperset(record) and isinstance(record.get("quotes"), list):
        return _annotated(record, name), True
    has_more = text_column == "text" and _holds_own_quotes(record)
    if text_column == "text" and _QUOTE_FIELDS.issubset(record):  # whose text is that of a quote
        raise FormatError("a row of a table of quotes, which has no texts. Name the articles that were scored.")
    own: tuple[str, ...] = ("quotes", "meta", "error") if has_more else ()
    own += ("id",) if has_more and id_column not in (None, "id") else ()
    rest = {field: value for field, value in record.items() if field not in own}
    text = rest.pop(text_column, None)
    if not isinstance(text, str):
        held = f"It holds {text!r:.40}. Other f" if text_column in record else "F"
        others = [field for field in record if field != text_column]
        raise FormatError(
            f"no text in field {text_column!r}. {held}ields: {', '.join(others)[:500] or 'none'}. "
            "Name the one with the text (text_column)."
        )
    check_nuls(text)
    name = _take_id(rest, id_column) or name
    title, published, url = _take(rest, _TITLE), _take(rest, _PUBLISHED, iso_date), _take(rest, _URL)
    article = Article(text, id=name, title=title, published=published, url=url, meta=rest)
    return (_with_own(article, record) if has_more else article), has_more


def failed_article(name: str, where: str, error: Exception) -> Article:
    """Return the empty article that stands for one that cannot be read, with what went wrong and what to do.

    Args:
        name: Its id.
        where: Its file or record, for people.
        error: What went wrong.
    """
    reason = str(error)
    if isinstance(error, OSError):
        reason = f"{error.strerror or error}. Check that it exists and may be read."
    elif isinstance(error, UnicodeError):
        reason = f"{error}. Save it as UTF-8."
    elif isinstance(error, MemoryError):
        reason = "too large for the memory of this machine. Split it."
    return Article("", id=name, error=f"{where}: {reason}")


def _with_own(article: Article, record: Mapping[str, Any]) -> Article:
    """Give an article the quotes, the error and the meta that its record has in the form of Article.to_dict."""
    meta = record.get("meta")
    meta = parse_json(meta) if isinstance(meta, str) else meta
    fields = {"text": article.text, "quotes": _without_nulls(record["quotes"]), "error": record.get("error")}
    told = Article.from_dict(fields)
    return article.replace(quotes=told.quotes, error=told.error, meta={**article.meta, **(meta or {})})


def _holds_own_quotes(record: Mapping[str, Any]) -> bool:
    """Whether the quotes of a record that may have further fields are in the form of :meth:`Article.to_dict`."""
    quotes, meta = record.get("quotes"), record.get("meta")
    is_own = isinstance(meta, Mapping | None) or (isinstance(meta, str) and meta.startswith("{"))
    if not (is_own and isinstance(quotes, list) and isinstance(record.get("error"), str | None)):
        return False
    if not quotes:
        return "meta" in record or "error" in record
    return all(isinstance(one, Mapping) and "kind" in one and _are_spans(one.get("content")) for one in quotes)


def _are_spans(content: Any) -> bool:
    return isinstance(content, list) and all(isinstance(one, Mapping | list) for one in content)


def _annotated(record: Mapping[str, Any], name: str) -> Article:
    """Read an article in the form of :meth:`Article.to_dict`, or a row of :func:`~quotestance.articles_to_dataset`."""
    given, meta = record.get("id"), record.get("meta")
    fields = {"id": name if given in (None, "") else given, "quotes": _without_nulls(record["quotes"])}
    return Article.from_dict({**record, **fields, "meta": parse_json(meta) if isinstance(meta, str) else meta})


def _without_nulls(value: Any) -> Any:
    """Leave out the fields that hold nothing: tables give every row every field."""
    if isinstance(value, Mapping):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def id_of(value: str | float) -> str:
    """Write an id, or a date: pandas holds whole numbers as floats where one is missing."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _take_id(fields: dict[str, Any], column: str | None) -> str:
    if _is_told(fields.get(column or "id")):
        return id_of(fields.pop(column or "id"))
    if column is not None:
        raise FormatError(f"no id in field {column!r}. Name the field with the id (id_column).")
    return ""


def _take(fields: dict[str, Any], names: Iterable[str], fits: Callable[[str], object] = bool) -> str | None:
    """Take out the first field of one of the names whose words fit, else the first that holds something.

    Case and punctuation of names make no difference.
    """
    found = {re.sub(r"[\W_]", "", field).lower(): field for field in reversed(fields)}
    usual = [found[name] for name in names if name in found and _is_told(fields[found[name]])]
    field = next((one for one in usual if fits(id_of(fields[one]))), usual[0] if usual else None)
    return None if field is None else id_of(fields.pop(field))


def _is_told(value: Any) -> bool:
    """Whether a value is words or a number; whether something is published is neither."""
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
