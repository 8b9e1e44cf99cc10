"""Writing articles for annotators: a folder for Label Studio or brat, a file of Article JSONL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args
from uuid import uuid4

from quotestance.annotation import brat, label_studio
from quotestance.annotation.scheme import fields_of, text_hash
from quotestance.errors import FormatError
from quotestance.io.article_lines import write_articles
from quotestance.io.saving import replacing, saving
from quotestance.text import scalar_values
from quotestance.types import Article, given_articles

Target = Literal["label-studio", "brat", "jsonl"]
"""What articles are exported to."""

HASH = "text_sha256"
"""Key of ``meta`` that holds the hash of the text in exported Article JSONL; the reader of gold takes it out again."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was exported.

    Args:
        path: The folder, or the file of Article JSONL.
        articles: How many articles are in it.
        quotes: How many quotes they have.
        failed: The articles left out since they could not be read or scored, with their ``error``.
        empty: The other articles left out, since they have no text.
    """

    path: Path
    articles: int
    quotes: int
    failed: tuple[Article, ...]
    empty: tuple[Article, ...]


def export_articles(articles: Iterable[Article], path: str | Path, to: Target) -> Exported:
    """Write articles with the quotes found in them so that people can correct them; nothing is ever overwritten.

    Args:
        articles: The articles. Those that failed (``error``) or have no text are left out.
        path: What is written: a folder with ``tasks.json`` and ``config.xml`` for Label Studio, a collection with
            ``annotation.conf`` for brat, a file of Article JSONL. It appears at once, when all is written.
        to: ``label-studio``, ``brat`` or ``jsonl``.

    Raises:
        FormatError: There is no such target, no article to export, two have the same id, or a stance is unknown.
        FileExistsError: Something is at the path already: it may hold corrections.
        RunError: It cannot be written.
        TypeError: It is one article, or no iterable of articles.

    Lone surrogates, which UTF-8 cannot hold, become U+FFFD; offsets stay. Values in ``meta`` that JSON does not know
    become strings.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     done = export_articles([Article("Liu said no.", id="a")], Path(folder, "out"), "label-studio")
    ...     sorted(file.name for file in done.path.iterdir())
    ['config.xml', 'tasks.json']
    """
    if to not in get_args(Target):
        raise FormatError(f"Unknown target {to!r}. Available: {', '.join(get_args(Target))}.")
    path, found, failed, empty = Path(path), list[Article](), list[Article](), list[Article]()
    for article in given_articles(articles):
        (failed if article.error is not None else found if article.text.strip() else empty).append(article)
    if path.exists():
        raise FileExistsError(f"{path} is there already, maybe with corrections in it. Name another output.")
    kept = [_of_scalar_values(article) for article in found]
    _check(kept)
    if to != "jsonl":
        _check_stances(kept)
    with saving(path):
        if to == "jsonl":
            write_articles((_hashed(article) for article in kept), path)
        else:
            with _new_folder(path) as folder:
                (_write_tasks if to == "label-studio" else _write_collection)(kept, folder)
    quotes = sum(len(article.quotes) for article in kept)
    return Exported(path, len(kept), quotes, tuple(failed), tuple(empty))


def _check(articles: list[Article]) -> None:
    if not articles:
        raise FormatError("There is no article with a text to export.")
    seen: set[str] = set()
    for article in articles:
        if article.id in seen:
            raise FormatError(f"Two articles have the id {article.id!r}. Give every article its own.")
        seen.add(article.id)


def _check_stances(articles: list[Article]) -> None:
    """Check that annotators can choose every stance; raises :class:`FormatError` that says which they cannot."""
    for article in articles:
        for number, quote in enumerate(article.quotes):
            try:
                fields_of(quote)
            except FormatError as error:
                raise FormatError(f"Article {article.id!r}, quote {number}: {error}") from None


def _of_scalar_values(article: Article) -> Article:
    data = scalar_values(json.dumps(article.to_dict(), ensure_ascii=False, default=str))
    return Article.from_dict(json.loads(data, parse_constant=str))  # NaN is no JSON, though Python writes it


def _hashed(article: Article) -> Article:
    return article.replace(meta={**article.meta, HASH: text_hash(article.text)})


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    """Make a folder that is at ``path`` once the block has ended well, and gone otherwise."""
    partial = path.with_name(f".{uuid4().hex}.partial")
    partial.mkdir()
    try:
        yield partial
        partial.rename(path)
    except BaseException:
        for file in partial.iterdir():
            file.unlink()
        partial.rmdir()
        raise


def _write_tasks(articles: list[Article], folder: Path) -> None:
    with replacing(folder / "tasks.json") as stream:
        for number, article in enumerate(articles):
            stream.write(b",\n" if number else b"[\n")
            stream.write(_json(label_studio.to_task(article)))
        stream.write(b"\n]\n")
    _write(folder / "config.xml", label_studio.labelling_config())


def _write_collection(articles: list[Article], folder: Path) -> None:
    _write(folder / "annotation.conf", brat.annotation_conf())
    _write(folder / "visual.conf", brat.visual_conf())
    names = brat.document_names(article.id for article in articles)
    for name, article in zip(names, articles, strict=True):
        _write(folder / f"{name}.txt", brat.shown_text(article.text))
        _write(folder / f"{name}.ann", brat.to_standoff(article))
        (folder / f"{name}.json").write_bytes(_json(brat.to_head(article)) + b"\n")


def _write(file: Path, text: str) -> None:
    file.write_bytes(text.encode())


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False).encode()
