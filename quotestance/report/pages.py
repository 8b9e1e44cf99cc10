"""The pages of a report as HTML: templates filled with counts, charts and cards."""

from __future__ import annotations

import html
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from quotestance.io.table import outlet_of
from quotestance.render.html import article_view, is_web_address, look_of
from quotestance.render.templates import Markup, fill
from quotestance.render.wording import clipped, country_name, percent, plural
from quotestance.report import charts
from quotestance.report.cards import Card, outlet_name, title_of
from quotestance.report.figures import LEAST_ARTICLES, NONE, Breakdown, breakdown, by_period, grouped
from quotestance.report.speakers import Speaker, roles_of
from quotestance.report.tables import ArticleRow, QuoteRow
from quotestance.report.texts import Highlighted
from quotestance.types import STANCES
from quotestance.version import __version__

_TOP_SPEAKERS, _TOP_COUNTRIES, _TOP_OUTLETS = 20, 15, 20
_FIRST_CARDS = 25  # as report.js shows together
_SPEAKER_CARDS = 100
_MOST_ROLES = 50
_MOST_FAILURES = 100
_NO_DATE = "without a date"
_LISTED_TOGETHER = 500
_INTERVALS = (
    "Share of the quotes with a stance, in %, with its 95% interval (in brackets; a line in a chart): as far as chance "
    "in which articles were read may move it. It is Wilson's, for fewer quotes than there are, since quotes of "
    f"one article resemble each other. Where fewer than {LEAST_ARTICLES} articles stand behind a share there is none."
)
_COUNTED_ALL = ": those of the sample, with all their quotes counted"
_BY_ID = "Speakers were linked across articles (speaker_id)."
_BY_NAME = "Speakers are told apart by name and country: somebody quoted under two names is two here."


@dataclass(frozen=True, slots=True)
class Content:
    """All that a report tells.

    Args:
        title: Its heading.
        about: What was read, when and with which models: heading to words.
        made: When the report was made, in words.
        quotes, articles, speakers: What was read.
        cards: Index of a quote to its card, the newest first; of a sample where the report is limited.
        pages: Id of an article to the address of its page.
        is_complete: Whether articles without quotes are known.
        is_linked: Whether speakers were linked across articles.
    """

    title: str
    about: Mapping[str, str]
    made: str
    quotes: Sequence[QuoteRow]
    articles: Mapping[str, ArticleRow]
    speakers: Sequence[Speaker]
    cards: Mapping[int, Card]
    pages: Mapping[str, str]
    is_complete: bool
    is_linked: bool


def _filled(template: str, made: str, root: str = "", /, **values: Any) -> str:
    tools = {"share": charts.share_in_words, "legend": _legend, "number": "{:,}".format}
    return fill(template, root=root, made=made, version=__version__, **tools, **values)


def _legend(counts: Mapping[str, int] | None = None) -> Markup:
    """Return what the hues stand for; of counts the number of each, and its share of the quotes with a stance."""
    total = sum(count for label, count in counts.items() if label != NONE) if counts else 0
    parts = []
    for label in counts or STANCES:
        box = f'<rect class="{look_of(None if label == NONE else label).css}" width="10" height="10"/>'
        box = f'<svg viewBox="0 0 10 10" aria-hidden="true">{box}</svg>'
        words, count = html.escape(clipped(label)), counts.get(label, 0) if counts else 0
        share = f" <b>{percent(count / total)}</b>" if total and label != NONE else ""
        number = f" ({count:,})" if counts else ""
        parts.append(f'<span class="key"><span>{box} {words}{share}{number}</span></span>')
    return Markup("".join(parts))


def _drawn(svg: str) -> Markup:
    return Markup(svg)  # render.svg escapes what it is given


# --- the first page


def index_page(content: Content) -> str:
    """Return the first page."""
    rows = content.quotes
    whole = breakdown("", rows).counts
    first_cards = list(content.cards.values())[:_FIRST_CARDS]
    return _filled(
        "report_index.html",
        content.made,
        title=clipped(content.title),
        lead=_lead(content),
        about={clipped(name): clipped(words) for name, words in content.about.items()},
        figures=_headline(content),
        whole=whole,
        whole_bar=_drawn(charts.stance_bar(whole, "Stance of all quotes", width=400, height=24)),
        kinds=[_counted(one, one.key) for one in (*grouped(rows, lambda row: row.kind), breakdown("all", rows))],
        top_speakers=[_speaker_line(one, content) for one in content.speakers[:_TOP_SPEAKERS]],
        speaker_count=f"{len(content.speakers):,}",
        identity_note=_identity_note(content),
        interval_note=_INTERVALS,
        cards=first_cards,
        has_dates=any(card["date"] for card in content.cards.values()),
        sampled=_sampled(content),
        **_failures(content),
        **_countries(rows),
        **_periods(content),
        **_outlets(content),
    )


def _lead(content: Content) -> str:
    with_quotes = len({row.article for row in content.quotes})
    days = sorted(day for article in content.articles.values() if article.state == "read" and (day := article.date))
    period = "" if not days else f", from {days[0]} to {days[-1]}" if days[0] != days[-1] else f", of {days[0]}"
    words = f"{_many(len(content.quotes), 'quote')} in {_many(with_quotes, 'article')}{period}"
    if content.is_complete:
        read = sum(article.state == "read" for article in content.articles.values())
        words += f"; {_many(read, 'article')} {'was' if read == 1 else 'were'} read"
    return f"{words}."


def _many(number: int, noun: str) -> str:
    return plural(number, noun).replace(str(number), f"{number:,}", 1)


def _headline(content: Content) -> list[dict[str, str]]:
    rows, articles = content.quotes, content.articles
    size = len(rows)

    def unknown(count: int, words: str) -> dict[str, str]:
        return _figure(count, "quote", words, f"{count / size:.0%} of the quotes" if size else "")

    states = [article.state for article in articles.values()]
    undated = _without_a_date(rows, articles)
    found = [
        _figure(size, "quote"),
        _figure(states.count("read"), "article", " read" if content.is_complete else " with quotes"),
        {"value": f"{len(content.speakers):,}", "words": _with_a_name(len(content.speakers)), "more": ""},
        unknown(sum(not row.name for row in rows), " of somebody unnamed or nobody"),
        unknown(sum(not row.country for row in rows), " without a country"),
        unknown(sum(row.stance is None for row in rows), " without a stance"),
        *(unknown(count, f" {how}") for how, count in undated.items()),
    ]
    if content.is_complete or "failed" in states:  # a table of quotes alone does not tell
        found.append(_figure(states.count("failed"), "article", " failed"))
    if skipped := states.count("skipped"):
        found.append(_figure(skipped, "input", " skipped"))
    return found


def _figure(count: int, noun: str, rest: str = "", more: str = "") -> dict[str, str]:
    """Return a count with its noun in the right number, the words behind that, and what is told below."""
    return {"value": f"{count:,}", "words": plural(count, noun).partition(" ")[2] + rest, "more": more}


def _with_a_name(count: int) -> str:
    return "person or body with a name" if count == 1 else "people and bodies with a name"


def _failures(content: Content) -> dict[str, Any]:
    found = [article for article in content.articles.values() if article.state != "read"]
    shown = f", the first {_MOST_FAILURES}" if len(found) > _MOST_FAILURES else ""
    return {"failures": found[:_MOST_FAILURES], "failures_title": f"What failed or was skipped ({len(found):,}{shown})"}


def _identity_note(content: Content) -> str:
    """Return how speakers are told apart."""
    return " ".join(filter(None, (_BY_ID, _without_id(content)))) if content.is_linked else _BY_NAME


def _without_id(content: Content) -> str:
    """Return how many quotes of a linked table have a name and no id, and what becomes of them; nothing without any."""
    named = [content.quotes[index] for speaker in content.speakers for index in speaker.quotes]
    count = sum(not row.speaker_id for row in named) if content.is_linked else 0
    if not count:
        return ""
    return (
        f"{count:,} of {_many(len(named), 'quote')} with a name {'has' if count == 1 else 'have'} no id: who says them "
        "is told apart by article, and somebody quoted in two of them is two here."
    )


def _only_article(speaker: Speaker, content: Content) -> str:
    """Return the title of the article by which somebody without an id is told apart; nothing for all others."""
    row = content.quotes[speaker.quotes[0]]
    return title_of(content.articles[row.article]) if content.is_linked and not row.speaker_id else ""


def _sampled(content: Content) -> str:
    if len(content.cards) == len(content.quotes):
        return ""
    return (
        f"This report shows a sample of {len(content.cards):,} of the {len(content.quotes):,} quotes, drawn evenly; "
        "counts and charts are of all."
    )


def _counted(one: Breakdown, name: str, *, link: str = "", details: str = "") -> dict[str, Any]:
    """Return a line of a table of counts."""
    bar = _drawn(charts.stance_bar(one.counts, clipped(name)))
    rest = one.quotes - sum(one.counts[label] for label in STANCES)
    return {"name": clipped(name), "details": details, "link": link, "figures": one, "bar": bar, "rest": rest}


def _speaker_line(speaker: Speaker, content: Content) -> dict[str, Any]:
    one = breakdown(speaker.page, [content.quotes[index] for index in speaker.quotes])
    is_shown = any(index in content.cards for index in speaker.quotes)
    country = country_name(speaker.country) if speaker.country else ""
    details = " · ".join(filter(None, (speaker.kind, country, _only_article(speaker, content))))
    link = f"speakers/{speaker.page}.html" if is_shown else ""
    return _counted(one, speaker.name, link=link, details=clipped(details))


def _countries(rows: Sequence[QuoteRow]) -> dict[str, Any]:
    found = grouped(rows, lambda row: row.country)
    top = found[:_TOP_COUNTRIES]
    names = {one.key: country_name(one.key) for one in found}
    title = "Stance by country" + (
        f", the {_TOP_COUNTRIES} most quoted of {len(found)}" if len(found) > len(top) else ""
    )
    return {
        "countries": top,
        "country_title": title,
        "country_names": names,
        "country_links": {one.key: f"#quotes?{_query('country', one.key)}" for one in top},
        "country_chart": _drawn(charts.country_chart(top, names, title)) if top else "",
    }


def _query(name: str, value: str) -> str:
    return urlencode({name: clipped(value)})


def _periods(content: Content) -> dict[str, Any]:
    unit, periods = by_period(content.quotes, content.articles)
    undated = _without_a_date(content.quotes, content.articles)
    dated = [one for one in periods if one.quotes]
    links = {one.key: _month_link(one.key) for one in dated} if unit == "month" else None
    return {
        "unit": unit,
        "periods": periods,
        "dated": dated,
        "undated": _undated(len(content.quotes), periods, undated),
        "any_misdated": len(undated) > 1,
        "period_names": {one.key: one.key for one in dated},
        "period_links": links,
        "period_chart": _drawn(charts.period_chart(periods, f"Stance by {unit}")) if periods else "",
    }


def _undated(quotes: int, periods: Sequence[Breakdown], undated: Mapping[str, int]) -> str:
    """Return how many quotes have no place in these periods, and why."""
    by_year = quotes - sum(undated.values()) - sum(one.quotes for one in periods)
    counts = {**undated, "dated by a year alone": by_year}
    return " ".join(_left_out(count, which) for which, count in counts.items() if count)


def _without_a_date(rows: Sequence[QuoteRow], articles: Mapping[str, ArticleRow]) -> dict[str, int]:
    """Return how many quotes have no date, and how many only one that cannot be, by how they are dated."""
    found = (articles[row.article] for row in rows)
    counts = Counter(article.misdated or _NO_DATE for article in found if article.date is None)
    return {_NO_DATE: counts.pop(_NO_DATE, 0), **dict(sorted(counts.items(), reverse=True))}


def _left_out(count: int, which: str) -> str:
    """Return how many quotes a table does not count since they have no date, say; nothing where there are none."""
    return f"{_many(count, 'quote')} {which} {'is' if count == 1 else 'are'} left out." if count else ""


def _month_link(month: str) -> str:
    _, last = monthrange(int(month[:4]), int(month[5:]))
    return f"#quotes?from={month}-01&to={month}-{last}"


def _outlets(content: Content) -> dict[str, Any]:
    found = grouped(content.quotes, lambda row: outlet_name(content.articles[row.article]))
    top = [_counted(one, one.key, link=f"#quotes?{_query('outlet', one.key)}") for one in found[:_TOP_OUTLETS]]
    more = f"The {_TOP_OUTLETS} with most quotes of {len(found):,}." if len(found) > len(top) else ""
    missing = _left_out(len(content.quotes) - sum(one.quotes for one in found), "without an outlet")
    return {"outlets": top, "more_outlets": " ".join(filter(None, (more, missing)))}


# --- speakers


def speaker_page(speaker: Speaker, content: Content) -> str:
    """Return the page of a speaker."""
    rows = [content.quotes[index] for index in speaker.quotes]
    whole = breakdown(speaker.page, rows)
    cards = _newest(speaker, content)
    roles = roles_of(speaker, content.quotes, content.articles)
    unit, periods = by_period(rows, content.articles)
    return _filled(
        "report_speaker.html",
        content.made,
        "../",
        page=speaker.page,
        name=clipped(speaker.name),
        kind=clipped(speaker.kind),
        aliases=[clipped(name) for name in speaker.aliases[:_MOST_ROLES]],
        country=country_name(speaker.country) if speaker.country else "",
        country_name=country_name,
        size=f"{_many(whole.quotes, 'quote')} in {_many(whole.articles, 'article')}",
        figures=whole,
        whole_bar=_drawn(charts.stance_bar(whole.counts, "Stance", width=400, height=24)),
        interval_note=_INTERVALS,
        roles=roles[:_MOST_ROLES],
        more_roles=f"The first {_MOST_ROLES} of {len(roles)}." if len(roles) > _MOST_ROLES else "",
        unit=unit,
        periods=[_counted(one, one.key) for one in periods if one.quotes],
        undated=_undated(len(rows), periods, _without_a_date(rows, content.articles)),
        timeline=_drawn(charts.timeline(periods, f"Quotes by {unit}")) if periods else "",
        cards=cards[:_SPEAKER_CARDS],
        more=_more(cards, whole.quotes, is_sample=bool(_sampled(content))),
        more_link="Filter those of the sample" if _sampled(content) else "Filter all quotes of this speaker",
    )


def _newest(speaker: Speaker, content: Content) -> list[Card]:
    """Return the cards of a speaker, the newest first."""
    cards = [content.cards[index] for index in speaker.quotes if index in content.cards]
    return sorted(cards, key=lambda card: card["date"] or "", reverse=True)


def _more(cards: Sequence[Card], quotes: int, *, is_sample: bool) -> str:
    shown = min(len(cards), _SPEAKER_CARDS)
    if shown == quotes:
        return ""
    if is_sample:
        return _of_sample(shown, quotes)
    return f"The {'newest' if any(card['date'] for card in cards) else 'first'} {shown} of {_many(quotes, 'quote')}."


def _of_sample(cards: int, quotes: int) -> str:
    return f"{cards:,} of {_many(quotes, 'quote')}: this report shows a sample."


def speaker_lists(content: Content) -> Iterator[tuple[str, str]]:
    """Return the list of all speakers with a page: names of files and their pages."""
    shown = [speaker for speaker in content.speakers if any(index in content.cards for index in speaker.quotes)]
    rows = [
        {
            "link": f"speakers/{one.page}.html",
            "cells": (_listed(one, content), clipped(one.kind), country_name(one.country), f"{len(one.quotes):,}"),
        }
        for one in shown
    ]
    of = f" of {len(content.speakers):,}" if len(shown) < len(content.speakers) else ""
    sample = _COUNTED_ALL if of else ""
    people = _with_a_name(len(content.speakers))
    lead = f"{len(shown):,}{of} {people}, most quoted first{sample}. {_without_id(content)}".rstrip()
    yield from _lists("speakers", "Speakers", lead, ("name", "kind", "country", "quotes"), rows, content.made)


def _listed(speaker: Speaker, content: Content) -> str:
    article = _only_article(speaker, content)
    return f"{clipped(speaker.name)} ({article})" if article else clipped(speaker.name)


# --- articles


def article_page(found: Highlighted, speakers: Mapping[Any, str], lost: Sequence[Card], made: str) -> str:
    """Return the page of an article with its text.

    Args:
        found: The article with its quotes.
        speakers: A speaker of it to the name of their page.
        lost: Cards of the quotes that are not in the text.
        made: When the report was made.
    """
    pages = {speaker: f"../speakers/{page}.html" for speaker, page in speakers.items()}
    numbers = [number + 1 for number, _ in sorted(found.anchors.items(), key=lambda pair: pair[1])]
    view = article_view(found.article, ids="", pages=pages, numbers=numbers)
    outlet = clipped(outlet_of(found.article.meta) or "")
    return _filled("report_article.html", made, "../", lost=lost, outlet=outlet, **view)


def bare_article_page(article: ArticleRow, cards: Sequence[Card], made: str, *, quotes: int) -> str:
    """Return the page of an article without its text: its quotes.

    Args:
        article: The article.
        cards: Cards of those of its quotes that are shown.
        made: When the report was made.
        quotes: How many quotes it has.
    """
    return _filled(
        "report_bare_article.html",
        made,
        "../",
        article=article,
        heading=title_of(article),
        is_link=is_web_address((article.url or "").strip()),
        size=_many(quotes, "quote"),
        more=_of_sample(len(cards), quotes) if len(cards) < quotes else "",
        cards=sorted(cards, key=lambda card: card["number"]),
    )


def article_lists(content: Content) -> Iterator[tuple[str, str]]:
    """Return the list of all articles with a page: names of files and their pages."""
    counts: dict[str, int] = {}
    for row in content.quotes:
        counts[row.article] = counts.get(row.article, 0) + 1
    shown = [content.articles[key] for key in content.pages]
    shown.sort(key=lambda one: (one.date or "", counts.get(one.id, 0)), reverse=True)
    rows = [
        {
            "link": content.pages[one.id],
            "cells": (title_of(one), one.date or "–", outlet_name(one) or "–", f"{counts.get(one.id, 0):,}"),
        }
        for one in shown
    ]
    size = _many(len(shown), "article")
    if is_sample := bool(_sampled(content)):
        read = sum(article.state == "read" for article in content.articles.values())
        size = f"{len(shown):,} of {_many(read, 'article')}"
    order = "newest" if any(one.date for one in shown) else "most quotes"
    lead = f"{size}, {order} first{_COUNTED_ALL if is_sample else ''}."
    yield from _lists("articles", "Articles", lead, ("article", "date", "outlet", "quotes"), rows, content.made)


def _lists(
    name: str, title: str, lead: str, header: tuple[str, ...], rows: Sequence[Mapping[str, Any]], made: str
) -> Iterator[tuple[str, str]]:
    starts = range(0, max(1, len(rows)), _LISTED_TOGETHER)
    pages = [f"{name}.html" if number == 1 else f"{name}-{number}.html" for number in range(1, len(starts) + 1)]
    for page, start in zip(pages, starts, strict=True):
        part = rows[start : start + _LISTED_TOGETHER]
        values = {"title": title, "lead": lead, "header": header, "rows": part, "pages": pages, "current": page}
        yield page, _filled("report_list.html", made, **values)
