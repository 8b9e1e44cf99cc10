"""From an Article to something to look at: highlighted HTML for pages and notebooks.

No JavaScript: what shows on hover is CSS, as in displaCy's templates. Marks, labels and hover texts are attributes that
the style sheet prints, so that the text column holds the article's characters, each once, and nothing else: selecting
and copying gives the article back. Whatever comes from the article is escaped, and characters that no page
should be sent (controls, lone surrogates) show as U+FFFD. Takes time linear in the length of the text, and
n log n in the number of spans.
"""

from __future__ import annotations

import html
import re
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import pairwise
from typing import Any, NamedTuple, TypeVar

from quotestance.errors import FormatError, SpanError
from quotestance.render.templates import Markup, fill
from quotestance.render.wording import (
    FORBIDDEN,
    NO_STANCE,
    clipped,
    one_line,
    percent,
    plural,
    speaker_details,
    speaker_name,
    stance_counts,
    stance_label,
    stance_percent,
)
from quotestance.types import Article, Quote, Span, Speaker, Stance, given_article

Explanations = Mapping[int, Sequence[tuple[Span, float]]]
"""For a quote's index, the words that spoke for its label (weight up to 1) or against it (down to -1)."""

UNTITLED = "Untitled article"
"""Heading of an article with neither title nor id."""

_T = TypeVar("_T")


class Look(NamedTuple):
    """CSS class and letter of a stance label."""

    css: str
    letter: str


_LOOKS = {
    "escalatory": Look("qs-e", "E"),
    "de-escalatory": Look("qs-d", "D"),
    "neutral": Look("qs-n", "N"),
}
_NEWLINE = "\n\r\x0b\x0c\x85\u2028\u2029"
_LINE_BREAKS = re.compile(f"[{_NEWLINE}]+")
_BLANK_LINES = re.compile(rf"(?>\r\n|[{_NEWLINE}])[^\S{_NEWLINE}]*(?>\r\n|[{_NEWLINE}])\s*")
_SPACE_CONTROLS = re.compile(r"[\x0b\x0c\x1c-\x1f\x85]")
_CLOSING_MARKS = re.compile(r"[\"'’”“»«›‹]{0,3}")
_WEB_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+", re.IGNORECASE)
_HOVER_PIECES = 1000  # of one quote: a quote of a million lines must not make a page that no browser opens


def to_html(
    article: Article, *, standalone: bool = True, explanations: Explanations | None = None, ids: str | None = None
) -> str:
    """Render an article with its quotes marked by stance, and everyone quoted in a list beside the text.

    Args:
        article: An article at any stage; what is not known yet is left out.
        standalone: A whole HTML5 page that loads nothing and runs nothing, the same for the same article; else a
            fragment with its own scoped style, whose ids differ from those of every other fragment in a notebook.
        explanations: For a quote's index the words that carried its label, each with a weight in [-1, 1]: words
            that spoke for the label are shaded, those against it outlined.
        ids: What the ids in it begin with, for articles that stand together in one page; by default ``qs-`` for a
            page, and what no other fragment has.

    Raises:
        FormatError: ``explanations`` names a quote that does not exist or holds a weight outside [-1, 1].
        SpanError: A span in ``explanations`` does not slice to its text.
        TypeError: ``article`` is none.

    >>> page = to_html(Article("<b>Hi</b>", title="R&D"))
    >>> "<title>R&amp;D</title>" in page, "&lt;b&gt;Hi&lt;/b&gt;" in page
    (True, True)
    """
    ids = ids or ("qs-" if standalone else f"qs-{uuid.uuid4().hex[:12]}-")
    view = article_view(given_article(article), ids=ids, explanations=explanations)
    return fill("article_page.html" if standalone else "article.html", **view)


def to_page(articles: Sequence[Article], explanations: Sequence[Explanations | None]) -> str:
    """Render several articles below each other as one page; one alone as :func:`to_html` does.

    Args:
        articles: The articles.
        explanations: For each what :func:`to_html` takes.

    Raises:
        FormatError, SpanError: As :func:`to_html` does.
    """
    if len(articles) == 1:
        return to_html(articles[0], explanations=explanations[0])
    views = (
        article_view(article, ids=f"qs-{number}-", explanations=words)
        for number, (article, words) in enumerate(zip(articles, explanations, strict=True), 1)
    )
    bodies = [Markup(fill("article_body.html", **view)) for view in views]  # escaped there
    return fill("articles_page.html", title=plural(len(articles), "article"), bodies=bodies)


def article_view(
    article: Article,
    *,
    ids: str = "qs-",
    explanations: Explanations | None = None,
    pages: Mapping[Speaker, str] | None = None,
    numbers: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Return what the template of an article's page names.

    Args:
        article: The article.
        ids: What the ids in the page begin with: quote 3 is ``{ids}q3``.
        explanations: As in :func:`to_html`.
        pages: Address of the page of a speaker, where there is one.
        numbers: The number that each quote has, in text, list and ids; 1, 2, 3 ... by default.

    Raises:
        FormatError, SpanError: As :func:`to_html` does.
    """
    weights = _weight_extents(article, explanations or {})
    numbers = numbers or range(1, len(article.quotes) + 1)
    speakers = _by_speaker(article.quotes)
    url = (article.url or "").strip()
    return {
        "article": article,
        "heading": one_line(article.title or "") or one_line(article.id) or UNTITLED,
        "url": url,
        "is_web_address": is_web_address(url),
        "looks": _legend(article.quotes),
        "explained": bool(weights),
        "text_column": Markup(_text_column(article, ids, speakers, weights, numbers)),  # escaped piece by piece there
        "speakers": _speaker_entries(article.quotes, ids, speakers, pages or {}, numbers),
    }


def is_web_address(url: str) -> bool:
    """Whether an address may be a link: http or https, and nothing that a browser would read otherwise.

    >>> is_web_address("https://example.org"), is_web_address("javascript:alert(1)")
    (True, False)
    """
    return _WEB_ADDRESS.fullmatch(url) is not None


def _weight_extents(article: Article, explanations: Explanations) -> list[tuple[int, int, str]]:
    found = []
    for index, words in explanations.items():
        if not 0 <= index < len(article.quotes):
            raise FormatError(f"explanations has the key {index}, but the article has {len(article.quotes)} quote(s).")
        for span, weight in words:
            if article.text[span.start : span.end] != span.text:
                raise SpanError(f"explanations[{index}]: span {span.start}:{span.end} is not {span.text[:60]!r} there.")
            if not -1 <= weight <= 1:
                raise FormatError(f"explanations[{index}]: weight {weight} of {span.text[:60]!r} is not in [-1, 1].")
            if level := round(abs(weight) * 5):  # five shades are as many as the eye tells apart
                found.append((span.start, span.end, f"qs-{'for' if weight > 0 else 'against'}{level}"))
    return found


def _by_speaker(quotes: Sequence[Quote]) -> dict[Speaker | None, list[int]]:
    """Return indices of the quotes of everyone quoted, in the order of their first; ``None`` holds the unattributed."""
    found: dict[Speaker | None, list[int]] = {}
    for index, quote in enumerate(quotes):
        found.setdefault(quote.speaker, []).append(index)
    return found


# --- the words of an article, escaped


def _body_text(text: str) -> str:
    """Article text as HTML text: every character kept, but for those that HTML does not allow."""
    return html.escape(FORBIDDEN.sub("\ufffd", _SPACE_CONTROLS.sub("\n", text)))


def look_of(label: str | None) -> Look:
    """Return the look of a label; labels of a user's own checkpoint share one class, and ``None`` is no stance."""
    if label is None:
        return Look("qs-x", "–")
    return _LOOKS.get(label) or Look("qs-o", clipped(label)[:1].upper() or "?")


def _look(stance: Stance | None) -> Look:
    return look_of(None if stance is None else stance.label)


# --- the page


def _legend(quotes: Sequence[Quote]) -> dict[str, Look]:
    """Return the look of every label that the page shows, the codebook's first."""
    looks = dict(_LOOKS)
    looks |= {quote.stance.label: _look(quote.stance) for quote in quotes if quote.stance is not None}
    if any(quote.stance is None for quote in quotes):
        looks[NO_STANCE] = _look(None)
    return looks


def _hover_text(quote: Quote) -> str:
    """Who, what kind and what stance, as an attribute's value; no field's writing direction reaches the next."""
    speaker, stance = quote.speaker, quote.stance
    lines = [[speaker_name(speaker)], speaker_details(speaker), [f"{quote.kind} quote"]]
    if quote.confidence is not None:
        lines[2].append(f"confidence {percent(quote.confidence)}")
    if quote.via is not None:
        lines[2].append(f"via {clipped(quote.via.text)}")
    if stance is not None:
        ranked = sorted(stance.probabilities.items(), key=lambda item: -item[1])[:6]
        lines.append([f"{label} {percent(probability)}" for label, probability in ranked])
        if stance.conditional is not None:
            lines.append([f"conditional {percent(stance.conditional)}"])
    return html.escape("\n".join(" · ".join(f"\u2068{clipped(word)}\u2069" for word in line) for line in lines if line))


# --- the text column


def _innermost(extents: Iterable[tuple[int, int, _T]]) -> dict[int, _T | None]:
    """Offset to what holds from there on, where extents overlap: the one that starts last, of those the shortest."""
    ordered = sorted(extents, key=lambda extent: (extent[0], -extent[1]))
    changes: dict[int, _T | None] = {}
    running: list[tuple[int, int]] = []
    begun = 0
    for offset in sorted({edge for start, end, _ in ordered for edge in (start, end)}):
        while begun < len(ordered) and ordered[begun][0] == offset:
            heappush(running, (-begun, ordered[begun][1]))
            begun += 1
        while running and running[0][1] <= offset:
            heappop(running)
        changes[offset] = ordered[-running[0][0]][2] if running else None
    return changes


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Blank lines part paragraphs; in a text that has none, every line is one."""
    breaks = _BLANK_LINES if _BLANK_LINES.search(text) else _LINE_BREAKS
    edges = [0, *(edge for match in breaks.finditer(text) for edge in match.span()), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if start < end:
            yield start, end


def _tags(
    article: Article,
    ids: str,
    speakers: Mapping[Speaker | None, list[int]],
    paragraphs: Sequence[tuple[int, int]],
    numbers: Sequence[int],
) -> dict[int, str]:
    """Offset to the tags that stand there: labels of the quotes that end, paragraph, anchors of those that begin."""
    places = {speaker: number for number, speaker in enumerate(speakers, 1)}
    tags: defaultdict[int, list[str]] = defaultdict(list)
    anchors: defaultdict[int, list[str]] = defaultdict(list)
    for number, quote in zip(numbers, article.quotes, strict=True):
        tags[_label_offset(article.text, quote)].append(_label(quote, number, f"{ids}s{places[quote.speaker]}"))
        anchors[quote.start].append(f'<span class="qs-at" id="{ids}q{number}"></span>')
    for _, end in paragraphs:
        tags[end].append("</p>")
    for start, _ in paragraphs:
        tags[start].append('<p dir="auto">')
    for offset, found in anchors.items():
        tags[offset] += found
    return {offset: "".join(found) for offset, found in tags.items()}


def _label_offset(text: str, quote: Quote) -> int:
    # After trailing white space a label would stand alone between two paragraphs; after the closing mark it reads well.
    last = quote.content[-1]
    marks = _CLOSING_MARKS.match(text, last.start + len(last.text.rstrip()))
    return marks.end() if marks else last.end


def _label(quote: Quote, number: int, speaker_id: str) -> str:
    css, letter = _look(quote.stance)
    sure = stance_percent(quote.stance)
    name = f"Quote {number}, {speaker_name(quote.speaker)}, {stance_label(quote.stance)} {sure}"
    return (
        f'<a class="qs-m {css}" href="#{speaker_id}" data-number="{number}" data-mark="{html.escape(letter)}" '
        f'data-percent="{sure}" data-hover="{_hover_text(quote)}" aria-label="{html.escape(name.strip())}"></a>'
    )


def _text_column(
    article: Article,
    ids: str,
    speakers: Mapping[Speaker | None, list[int]],
    weights: Sequence[tuple[int, int, str]],
    numbers: Sequence[int],
) -> str:
    text, paragraphs = article.text, list(_paragraphs(article.text))
    tags = _tags(article, ids, speakers, paragraphs, numbers)
    in_paragraph = _innermost((start, end, True) for start, end in paragraphs)
    quoted = _innermost((span.start, span.end, quote) for quote in article.quotes for span in quote.content)
    named = _innermost(extent for quote in article.quotes for extent in _attribution_extents(quote))
    weighed = _innermost(weights)
    parts: list[str] = []
    pieces: Counter[int] = Counter()
    quote: Quote | None = None
    name: str | None = None
    weight: str | None = None
    inside: bool | None = None
    closing = ""
    for start, end in pairwise(sorted({0, len(text), *tags, *quoted, *named, *weighed})):
        name, weight = named.get(start, name), weighed.get(start, weight)
        if start in tags or start in quoted:
            quote, inside = quoted.get(start, quote), in_paragraph.get(start, inside)
            parts += closing, tags.get(start, "")
            closing = "</mark>" if quote and inside else ""
            if quote and inside:
                pieces[id(quote)] += 1
                hover = f' data-hover="{_hover_text(quote)}"' if pieces[id(quote)] <= _HOVER_PIECES else ""
                parts.append(f'<mark class="{_look(quote.stance)[0]}"{hover}>')
        css = " ".join(word for word in (name, weight) if word)
        piece = _body_text(text[start:end])
        parts.append(f'<span class="{css}">{piece}</span>' if css else piece)
    return "".join((*parts, closing, tags.get(len(text), "")))


def _attribution_extents(quote: Quote) -> Iterator[tuple[int, int, str]]:
    for span, css in ((quote.cue, "qs-cue"), (quote.source, "qs-source"), (quote.via, "qs-source")):
        if span is not None:
            yield span.start, span.end, css


# --- the list beside it


def _speaker_entries(
    quotes: Sequence[Quote],
    ids: str,
    speakers: Mapping[Speaker | None, list[int]],
    pages: Mapping[Speaker, str],
    numbers: Sequence[int],
) -> list[dict[str, Any]]:
    """Return what the list says of everyone quoted."""
    return [
        {
            "id": f"{ids}s{number}",
            "name": speaker_name(speaker),
            "page": pages.get(speaker) if speaker is not None else None,
            "details": speaker_details(speaker),
            "counts": f"{plural(len(own), 'quote')}: {stance_counts(quotes[index] for index in own)}",
            "links": [_link(quotes[index], numbers[index], ids) for index in own],
        }
        for number, (speaker, own) in enumerate(speakers.items(), 1)
    ]


def _link(quote: Quote, number: int, ids: str) -> dict[str, Any]:
    look = _look(quote.stance)
    words = clipped(quote.content[0].text)
    return {"css": look.css, "letter": look.letter, "target": f"{ids}q{number}", "words": words, "number": number}
