"""A quote as a report shows it, in pages and data files alike: words on one line, and addresses that are ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quotestance.countries import country_code
from quotestance.render.html import look_of
from quotestance.render.wording import clipped, country_name, one_line, percent
from quotestance.report.speakers import Speaker
from quotestance.report.tables import ArticleRow, QuoteRow

Card = dict[str, Any]
"""What is shown of a quote, by name."""

NOBODY = "not attributed"
"""Who says what nobody is said to say."""

_LONGEST = 2_000  # characters of a quote; the whole stands on the page of its article


def title_of(article: ArticleRow) -> str:
    """Return the title of an article, or its id."""
    return clipped(article.title or "") or clipped(article.id) or "untitled"


def outlet_name(article: ArticleRow) -> str | None:
    """Return the outlet of an article as it is shown and filtered by; ``None`` where there is none."""
    return clipped(article.outlet or "") or None


def to_cards(
    quotes: Sequence[QuoteRow],
    shown: Sequence[int],
    *,
    articles: Mapping[str, ArticleRow],
    speakers: Mapping[int, Speaker],
    addresses: Mapping[tuple[str, int], str],
    contexts: Mapping[int, tuple[str, str]],
) -> dict[int, Card]:
    """Return the cards of some quotes, the newest first.

    Args:
        quotes: All of them.
        shown: Indices of those that get a card.
        articles: By id.
        speakers: Index of a quote to its speaker, where that has a page.
        addresses: Id of an article and number of a quote in it to where the quote stands.
        contexts: Index of a quote to the words before and after it.
    """
    ordered = sorted(shown, key=lambda i: (quotes[i].article, quotes[i].number))
    ordered.sort(key=lambda i: articles[quotes[i].article].date or "", reverse=True)  # stable; the undated are last
    return {
        index: _card(
            quotes[index],
            articles[quotes[index].article],
            speakers.get(index),
            addresses[quotes[index].article, quotes[index].number],
            contexts.get(index, ("", "")),
        )
        for index in ordered
    }


def _card(row: QuoteRow, article: ArticleRow, speaker: Speaker | None, address: str, around: tuple[str, str]) -> Card:
    look, sure = look_of(row.stance), row.probabilities.get(row.stance or "")
    return {
        "who": clipped(row.name or row.description or NOBODY),
        "page": speaker.page if speaker is not None else None,
        "details": _details(row),
        "country": clipped(row.country) if row.country else None,
        "stance": clipped(row.stance) if row.stance else None,
        "css": look.css,
        "letter": look.letter,
        "sure": "" if sure is None else percent(sure),
        "kind": clipped(row.kind),
        "date": article.date,
        "outlet": outlet_name(article),
        "text": _cut(row.text),
        "before": _spaced(around[0]),
        "after": _spaced(around[1]),
        "article": title_of(article),
        "address": address,
        "number": row.number + 1,
    }


def _details(row: QuoteRow) -> str:
    """Role, affiliation and country; the country once, where somebody's affiliation is just that, in any spelling."""
    country, home = country_name(row.country) if row.country else "", row.affiliation or ""
    told = country.casefold() == home.casefold() or (bool(home) and country_code(home) == row.country)
    return ", ".join(clipped(word) for word in (row.role, row.affiliation, "" if told else country) if word)


def _cut(text: str) -> str:
    line = one_line(text[: 2 * _LONGEST])
    return line if len(line) <= _LONGEST and len(text) <= 2 * _LONGEST else f"{line[:_LONGEST]} …"


def _spaced(words: str) -> str:
    """Words on one line, with a space left where they touch the quote with one."""
    if not words.strip():
        return ""
    return f"{' ' if words[0].isspace() else ''}{one_line(words)}{' ' if words[-1].isspace() else ''}"
