"""Our own passages over rare forms of quotation, as gold articles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from quotestance.types import Article, Quote, Span


def read_forms(path: Path) -> list[Article]:
    """Our own passages over the forms of quotation, as Articles.

    Each line: ``{"id", "text", "quotes": [{"content": [words, ...], "source": words, "cue": words, "kind"}]}``, where
    words is the exact string, or ``{"words", "nth"}`` for its nth occurrence (from 1).
    """
    articles = []
    for line in path.read_text(encoding="utf-8").splitlines():
        data = json.loads(line)
        text, quotes = data["text"], []
        for quote in data["quotes"]:
            content = sorted((locate(text, words) for words in quote["content"]), key=lambda span: span.start)
            source, cue = (locate(text, quote[role]) if quote.get(role) else None for role in ("source", "cue"))
            quotes.append(Quote(quote["kind"], tuple(content), cue=cue, source=source))
        quotes.sort(key=lambda quote: -sum(span.end - span.start for span in quote.content))  # outer before nested
        articles.append(Article(text, id=data["id"], quotes=tuple(quotes)))
    return articles


def locate(text: str, words: str | dict[str, Any]) -> Span:
    """The span of a string, or of its nth occurrence."""
    wanted, nth = (words, 1) if isinstance(words, str) else (words["words"], words["nth"])
    start = -1
    for _ in range(nth):
        start = text.index(wanted, start + 1)
    return Span.of(text, start, start + len(wanted))
