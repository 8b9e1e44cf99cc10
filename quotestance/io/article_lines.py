"""Articles -> JSON Lines, one article a line, with all that was found in them."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable
from typing import Any

from quotestance.errors import FormatError
from quotestance.io.saving import replacing
from quotestance.text import scalar_values
from quotestance.types import Article, given_articles


def plain_record(article: Article) -> dict[str, Any]:
    """Return :meth:`Article.to_dict` as any format can hold it, in JSON's types.

    Lone surrogates become U+FFFD; offsets stay. What JSON does not know in ``meta`` becomes a string, and a float that
    is no number, or infinite, null.

    Raises:
        FormatError: A field of ``meta`` holds itself, or is nested too deeply.

    >>> from pathlib import Path
    >>> plain_record(Article("No.", meta={"file": Path("a.txt")}))["meta"]
    {'file': 'a.txt'}
    """
    made: dict[str, Any] = json.loads(_record_line(article))
    return made


def _record_line(article: Article) -> str:
    record = article.to_dict()
    try:
        line = _json(record)
    except (ValueError, TypeError, RecursionError):  # NaN, keys that JSON does not know, a circle
        line = _json(
            {**record, "meta": {str(key): _plain_field(article, key, value) for key, value in article.meta.items()}}
        )
    return scalar_values(line)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)


def _plain_field(article: Article, name: str, value: Any) -> Any:
    try:
        plain = _plain(value)
        _json(plain)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"Article {article.id!r}: the field {name!r} of meta holds itself, or is nested too deeply. Leave it out."
        ) from error
    return plain


def _plain(value: Any) -> Any:
    """Give the value as JSON can hold it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key if isinstance(key, str | int | None) else str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def write_articles(articles: Iterable[Article], path: str | os.PathLike[str]) -> None:
    """Write articles as JSON Lines with all that was found in them; :func:`~quotestance.read_articles` reads it back.

    The file appears at once, when all is written. Lone surrogates, which UTF-8 cannot hold, become U+FFFD; offsets
    stay. Values and keys in ``meta`` that JSON does not know become strings, and a float that is no number, or
    infinite, null.

    Args:
        articles: The articles, taken one at a time.
        path: The file, .jsonl or .ndjson if it is to be read back; one that is there is replaced.

    Raises:
        OSError: The file cannot be written; one that was there stays as it is.
        FormatError: A field of ``meta`` holds itself, or is nested too deeply.
        TypeError: It is one article, or no iterable of articles.
    """
    with replacing(path) as stream:
        for article in given_articles(articles):
            stream.write(_record_line(article).encode() + b"\n")
