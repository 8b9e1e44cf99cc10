"""Gold annotation, read from the formats in which people have it.

==============================  =====================================================================================
what                            how it is told
==============================  =====================================================================================
Article JSONL                   ``*.jsonl`` with ``text`` and ``quotes``: :meth:`quotestance.Article.to_dict`
attribution JSONL               ``*.jsonl`` with ``text`` and ``attributions``: the reference scorer's form of PolNeAR
brat stand-off                  a folder with ``text/`` and ``attributions/``, or ``*.txt`` beside ``*.ann``
Label Studio                    its JSON export: a list of tasks
labelled quotes, for stance     ``*.csv``, ``*.tsv`` or ``*.jsonl`` with ``text`` and ``stance``
a folder of any of the JSON     every ``*.jsonl`` and ``*.json`` in it
==============================  =====================================================================================

The quotes of an article stay in the order in which the file gives them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from quotestance.errors import FormatError
from quotestance.evaluation.formats.brat import is_brat, read_brat
from quotestance.evaluation.formats.label_studio import task_to_article
from quotestance.evaluation.formats.quotes_csv import is_labelled_quote, is_table, labelled_quote, read_labelled_quotes
from quotestance.evaluation.formats.records import Record, attributions_to_article, located, read_json_records
from quotestance.types import STANCES, Article, Stance


def read_gold(path: str | Path) -> list[Article]:
    """Read annotated articles; see the module's docstring for the formats.

    Args:
        path: File or folder.

    Raises:
        FormatError: There is nothing there, it is in none of the formats, or it holds an unknown label or an id twice.
        SpanError: A span does not fit its text.
    """
    path = Path(path)
    if not path.exists():
        raise FormatError(f"{path}: no such file or folder.")
    if is_brat(path):
        articles = list(read_brat(path))
    elif is_table(path):
        articles = read_labelled_quotes(path)
    else:
        articles = list(_read_json(path))
    return checked(articles, origin=str(path))


def _read_json(path: Path) -> Iterator[Article]:
    seen: dict[str, str] = {}
    for record in read_json_records(path):
        with located(record.place):
            article = _to_article(record)
            check_article(article)
            check_new(article.id, record.place, seen)
        yield article


def _to_article(record: Record) -> Article:
    data = record.data
    if is_labelled_quote(data):
        return labelled_quote(data, f"row-{record.place.rpartition(' ')[2]}")
    if "attributions" in data:
        return attributions_to_article(data)
    if "annotations" in data and "data" in data:
        return task_to_article(data)
    if "quotes" in data and "text" not in data:
        raise FormatError("These are predictions without the article's text; gold needs 'text' in every record.")
    return Article.from_dict({**data, "id": str(data.get("id", ""))})


def check_new(article_id: str, place: str, seen: dict[str, str]) -> None:
    """Note where an article id stands; raises :class:`FormatError` where it stood before."""
    if article_id in seen:
        raise FormatError(
            f"Article id {article_id!r} was there before, in {seen[article_id]}. Give every article its own."
        )
    seen[article_id] = place


def checked(articles: Iterable[Article], *, origin: str) -> list[Article]:
    """Return the articles, after checking for what would make every score meaningless.

    Args:
        articles: Gold or predicted articles.
        origin: Where they come from, for the message.

    Raises:
        FormatError: There are none, two have the same id, or a label or a probability is not one.
    """
    found = list(articles)
    seen: dict[str, str] = {}
    for number, article in enumerate(found, start=1):
        with located(origin):
            check_new(article.id, f"article number {number}", seen)
            check_article(article)
    if not found:
        raise FormatError(f"{origin}: no articles in it, so there is nothing to score.")
    return found


def check_article(article: Article) -> None:
    """Raise :class:`FormatError` for a stance label that there is not, or probabilities that do not add up to 1."""
    for number, quote in enumerate(article.quotes):
        if quote.stance is not None:
            with located(f"article {article.id!r}, quote {number}"):
                _check_stance(quote.stance)


def _check_stance(stance: Stance) -> None:
    unknown = sorted(set(stance.probabilities) - set(STANCES))
    if unknown:
        raise FormatError(f"Unknown stance {', '.join(map(repr, unknown))}. Available: {', '.join(STANCES)}.")
    total = sum(stance.probabilities.values())
    if not math.isclose(total, 1.0, abs_tol=0.02):
        raise FormatError(f"The stance probabilities add up to {total:.3f}, not to 1.")
