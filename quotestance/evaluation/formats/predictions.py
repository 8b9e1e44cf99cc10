"""Predictions of any system, read against the gold articles whose text they point into.

Read are: Article JSONL; JSONL, JSON or a folder of them with ``{"id", "quotes": [{"content", "source", ...}]}`` an
article or ``{"id", "content", "source", ...}`` a quote; brat stand-off; predictions in Label Studio's tasks; a table
with the columns ``id``, ``content`` and ``source`` (offsets as ``12 40;45 60``), or with ``id`` and ``stance`` for
labels of the gold quotes themselves. A record with ``id`` and ``error`` is an article on which the system failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from quotestance.errors import FormatError
from quotestance.evaluation.formats.brat import is_brat, read_brat
from quotestance.evaluation.formats.gold import check_article, check_new, checked, without_hash
from quotestance.evaluation.formats.label_studio import check_not_other_export, is_task, task_to_prediction
from quotestance.evaluation.formats.quotes_csv import is_table, read_rows
from quotestance.evaluation.formats.records import Record, id_in, located, quotes_at, read_json_records, stance_in
from quotestance.io.columns import ROW
from quotestance.types import STANCES, Article, Quote


def read_predictions(path: str | Path, gold: Iterable[Article]) -> list[Article]:
    """Read a system's predictions; see the module's docstring for the formats.

    Args:
        path: File or folder.
        gold: The gold articles, whose texts offsets without a text of their own point into.

    Returns:
        One article for each id in the file. Those that the gold lacks and that bring no text are empty.

    Raises:
        FormatError: There is nothing there, it is in none of the formats, or it holds an unknown label or an id twice.
        SpanError: A span does not fit its text.
    """
    path = Path(path)
    known = {article.id: article for article in gold}
    if not path.exists():
        raise FormatError(f"{path}: no such file or folder.")
    if is_brat(path):
        return checked(read_brat(path, keep_scores=True), origin=str(path))
    records = read_rows(path) if is_table(path) else read_json_records(path)
    found: dict[str, Article] = {}
    seen: dict[str, str] = {}
    single: dict[str, list[Quote]] = {}
    for record in records:
        with located(record.place):
            article = _to_article(record, known)
            check_article(article)
            is_single = _is_single_quote(record.data)
            if not is_single or article.id not in single:
                check_new(article.id, record.place, seen)
            if is_single:
                single.setdefault(article.id, []).extend(article.quotes)
            found.setdefault(article.id, article)
    return [article.replace(quotes=tuple(single.get(article.id, article.quotes))) for article in found.values()]


def _is_single_quote(data: Mapping[str, Any]) -> bool:
    return "content" in data


def _is_failed(data: Mapping[str, Any]) -> bool:
    """Whether a record tells of an article on which the system failed, and of no quote or stance."""
    return bool(data.get("error")) and all(data.get(name) is None for name in ("content", "stance", *STANCES))


def _to_article(record: Record, known: Mapping[str, Article]) -> Article:
    data = record.data
    if is_task(data):
        return task_to_prediction(data)
    check_not_other_export(data)
    if "text" in data and "quotes" in data:
        return without_hash(Article.from_dict({**data, "id": id_in(data)}))
    if "id" not in data and data.keys() >= ROW:
        raise FormatError(
            "This is a table of quotes, which does not tell where the pieces of a quote lie. Give articles with their "
            "quotes, as 'quotestance export ARTICLES --to jsonl' writes them."
        )
    if data.get("id") is None:
        raise FormatError(f"The field 'id' is missing: it says which article this is. Got the fields {sorted(data)}.")
    article = known.get(str(data["id"]))
    if article is None:
        return Article("", id=str(data["id"]))
    if _is_failed(data):
        return article.replace(quotes=(), error=str(data["error"]))
    return article.replace(quotes=_quotes(data, article))


def _quotes(data: dict[str, Any], article: Article) -> tuple[Quote, ...]:
    if "quotes" in data:
        return quotes_at(article.text, () if data["quotes"] is None else data["quotes"])
    if _is_single_quote(data):
        return quotes_at(article.text, [data])
    if (stance := stance_in(data)) is not None:
        if len(article.quotes) != 1:
            raise FormatError(
                f"A stance without 'content' fits only gold with one quote an article, not {len(article.quotes)}."
            )
        return (replace(article.quotes[0], stance=stance, speaker=None, confidence=None),)
    raise FormatError(
        "A prediction needs 'quotes' (a list with 'content' and 'source' offsets), 'content', or 'stance'. "
        f"Got the fields {sorted(data)}."
    )
