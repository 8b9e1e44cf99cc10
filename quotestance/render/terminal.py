"""The quotes of an article as a table for the terminal.  Controls that come from the article are never passed on."""

from __future__ import annotations

from collections.abc import Iterator

from quotestance.render.wording import (
    one_line,
    plural,
    speaker_details,
    speaker_name,
    stance_counts,
    stance_label,
    stance_percent,
    wrapped,
)
from quotestance.types import Article, Quote, Stance, given_article

_COLORS = {"escalatory": "38;5;166", "de-escalatory": "38;5;32"}  # legible on black and on white
_MIN_WIDTH = 20


def to_text(article: Article, *, width: int = 100, color: bool = False) -> str:
    """Render the quotes as a table for the terminal, under what names the article, with a summary line.

    Args:
        article: An article at any stage; what is not known yet is left out.
        width: Columns to wrap at; fewer than 20 count as 20.
        color: Mark stances with ANSI colours. Controls that come from the article are never passed on.

    Raises:
        TypeError: ``article`` is none.

    >>> from quotestance import Span, Speaker
    >>> text = '"We will talk," Liu said.'
    >>> liu = Speaker("Liu Pengyu", "person", role="spokesperson")
    >>> quote = Quote("direct", (Span.of(text, 1, 14),), speaker=liu, stance=Stance.certain("de-escalatory"))
    >>> print(to_text(Article(text, quotes=(quote,))))
      1  de-escalatory 100%  direct    Liu Pengyu (spokesperson)
         “We will talk,”
    <BLANKLINE>
    1 quote by 1 speaker: 1 de-escalatory
    """
    width = max(width, _MIN_WIDTH)
    article = given_article(article)
    facts = [fact for fact in (article.title, article.id, article.published, article.url) if fact]
    blocks = [line for fact in facts for line in wrapped(one_line(fact), width)]
    blocks += [""] if facts else []
    for number, quote in enumerate(article.quotes, 1):
        blocks += [*_quote_lines(quote, number, width, color), ""]
    if article.error is not None:
        blocks += wrapped(f"Error: {one_line(article.error)}", width)
    if article.quotes or article.error is None:
        blocks += wrapped(_summary(article), width)
    return "\n".join(blocks)


def _summary(article: Article) -> str:
    if not article.quotes:
        return "No quotes in this article."
    speakers = {quote.speaker for quote in article.quotes if quote.speaker is not None}
    by = f" by {plural(len(speakers), 'speaker')}" if speakers else ""
    return f"{plural(len(article.quotes), 'quote')}{by}: {stance_counts(article.quotes)}"


def _quote_lines(quote: Quote, number: int, width: int, color: bool) -> Iterator[str]:
    details = ", ".join(speaker_details(quote.speaker))
    speaker = speaker_name(quote.speaker) + (f" ({details})" if details else "")
    head = f"{number:>3}  {stance_label(quote.stance):<13} {stance_percent(quote.stance):>4}  {quote.kind:<8}  "
    beside = len(head) <= width // 2
    lines = wrapped(speaker, width, indent=" " * (len(head) if beside else 5))
    first = lines.pop(0)[len(head) :] if beside else ""
    yield (_colored(head, quote.stance, color) + first).rstrip()
    yield from lines
    words = " … ".join(one_line(span.text) for span in quote.content)
    yield from wrapped(f"“{words}”" if quote.kind == "direct" else words, width, indent=" " * 5)


def _colored(text: str, stance: Stance | None, color: bool) -> str:
    code = _COLORS.get(stance.label, "2") if stance is not None else "2"
    return f"\x1b[{code}m{text}\x1b[0m" if color else text
