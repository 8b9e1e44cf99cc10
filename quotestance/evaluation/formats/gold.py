"""Gold annotation, read from the formats in which people have it.

==============================  =====================================================================================
what                            how it is told
==============================  =====================================================================================
Article JSONL                   ``*.jsonl`` with ``text`` and ``quotes``: :meth:`quotestance.Article.to_dict`
attribution JSONL               ``*.jsonl`` with ``text`` and ``attributions``: the reference scorer's form of PolNeAR
brat stand-off                  a folder with ``text/`` and ``attributions/``, or ``*.txt`` beside ``*.ann``
Label Studio                    its JSON export: a list of tasks, annotated by :mod:`quotestance.annotation`'s scheme
labelled quotes, for stance     ``*.csv``, ``*.tsv`` or ``*.jsonl`` with ``text`` and ``stance``
a folder of any of the JSON     every ``*.jsonl`` and ``*.json`` in it
==============================  =====================================================================================

The quotes of an article stay in the order in which the file gives them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from quotestance.annotation.export import HASH
from quotestance.annotation.scheme import check_text
from quotestance.errors import FormatError
from quotestance.evaluation.formats.brat import is_brat, read_annotators, read_brat
from quotestance.evaluation.formats.label_studio import (
    check_not_other_export,
    is_task,
    is_unnamed,
    task_annotators,
    task_to_article,
)
from quotestance.evaluation.formats.quotes_csv import (
    check_labels,
    is_labelled_quote,
    is_table,
    labelled_quote,
    lost_context,
    read_labelled_quotes,
    warn_of_contexts,
)
from quotestance.evaluation.formats.records import (
    Record,
    attributions_to_article,
    check_once,
    id_in,
    located,
    read_json_records,
)
from quotestance.types import STANCES, Article, Stance


def read_gold(path: str | Path, annotator: str | None = None) -> list[Article]:
    """Read annotated articles; see the module's docstring for the formats.

    Args:
        path: File or folder.
        annotator: Whose annotation, where brat or Label Studio have several of an article; ``"first"`` is the first of
            each, by name in brat, by time in Label Studio. By default several are an error in Label Studio; of brat the
            first is taken, with a GoldWarning that counts them. Other formats tell no annotators: there a name is an
            error.

    Raises:
        FormatError: There is nothing there, it is in none of the formats, it holds an unknown label or an id twice, a
            text was changed since it was exported, an article has several annotators or could not be read (``error``),
            or it is a table of quotes with the labels of a model.
        SpanError: A span does not fit its text.
    """
    path = Path(path)
    check_there(path)
    if is_brat(path):
        articles = list(read_brat(path, annotator))
    elif is_table(path):
        with located(str(path)):
            _check_unnamed(annotator)
        articles = read_labelled_quotes(path)
    else:
        articles = list(_read_json(path, annotator))
    return checked(articles, origin=str(path))


def check_there(path: Path) -> None:
    """Check that there is such a file or folder; raises :class:`FormatError` where there is none."""
    if not path.exists():
        raise FormatError(f"{path}: no such file or folder.")


def read_annotations(path: str | Path) -> dict[str, list[Article]]:
    """Article id to the article as each of its annotators marked it, from a brat folder or Label Studio's export.

    Args:
        path: File or folder. The annotator stands in each article's ``meta``, where the file tells.

    Raises:
        FormatError, SpanError: As :func:`read_gold`; it is something else, which has one annotation an article; or an
            annotator has marked an article twice.
    """
    path = Path(path)
    check_there(path)
    if is_brat(path):
        return read_annotators(path)
    found: dict[str, list[Article]] = {}
    seen: dict[tuple[str, str], str] = {}
    records = [] if is_table(path) else read_json_records(path)
    for record in records:
        if not is_task(record.data):
            break
        with located(_task_place(record)):
            for name, article in task_annotators(record.data).items():
                check_article(article)
                check_once(article.id, None if is_unnamed(name) else name, record.place, seen)
                found.setdefault(article.id, []).append(article)
    else:
        if found:
            return found
    raise FormatError(
        f"{path}: agreement needs two annotations, or one brat folder or Label Studio export with several annotators."
    )


def _read_json(path: Path, annotator: str | None) -> Iterator[Article]:
    seen: dict[str, str] = {}
    lost = 0
    records = list(read_json_records(path))
    check_labels(path, (record.data for record in records if is_labelled_quote(record.data)))
    for record in records:
        with located(_task_place(record) if is_task(record.data) else record.place):
            article = _to_article(record, annotator)
            check_article(article)
            check_new(article.id, record.place, seen)
        lost += is_labelled_quote(record.data) and lost_context(record.data, article)
        yield article
    warn_of_contexts(path, lost)


def _task_place(record: Record) -> str:
    return f"{record.place}, task {record.data['id']}" if "id" in record.data else record.place


_NO_QUOTES = "There are no 'quotes' and no 'stance', so it is no gold. An article without quotes has []."


def _to_article(record: Record, annotator: str | None) -> Article:
    data = record.data
    if is_task(data):
        return task_to_article(data, annotator)
    _check_unnamed(annotator)
    if is_labelled_quote(data):
        return labelled_quote(data, f"row-{record.place.rpartition(' ')[2]}")
    if data.get("attributions", data.get("quotes", ())) is None:
        raise FormatError(_NO_QUOTES)
    if "attributions" in data:
        return attributions_to_article(data)
    check_not_other_export(data)
    if "quotes" in data and "text" not in data:
        raise FormatError("These are predictions without the article's text; gold needs 'text' in every record.")
    article = without_hash(Article.from_dict({**data, "id": id_in(data)}))
    check_was_read(article)
    if "quotes" not in data:
        raise FormatError(_NO_QUOTES)
    return article


def _check_unnamed(annotator: str | None) -> None:
    """Check that nobody is asked for where it is not told who annotated."""
    if annotator not in (None, "first"):
        raise FormatError(
            f"It is not told who annotated it, so {annotator!r} cannot be chosen. Leave annotator=NAME out; brat and "
            "Label Studio tell annotators."
        )


def without_hash(article: Article) -> Article:
    """Return an article without the hash of its text, which an export puts into ``meta``.

    Raises:
        FormatError: The hash is that of another text.
    """
    if HASH not in article.meta:
        return article
    check_text(article.text, article.meta[HASH])
    return article.replace(meta={name: value for name, value in article.meta.items() if name != HASH})


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


def check_was_read(article: Article) -> None:
    """Raise :class:`FormatError` for an article that nobody can have annotated, since it could not be read."""
    if article.error is not None:
        raise FormatError(
            f"The article could not be read or processed ({article.error:.100}), so it is no gold. Leave it out; or "
            "annotate it, and take out 'error'."
        )


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
