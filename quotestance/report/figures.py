"""Counts and shares of the quotes of a report, with intervals that know that quotes of one article go together.

Intervals are Wilson's (JASA 1927) with the number of quotes replaced by their effective number: quotes of one article
resemble each other, so 50 from one article tell less than one each from 50. The effective number is p(1 - p) over the
variance of the share between articles (Korn and Graubard, "Analysis of Health Surveys", 1999, section 3.2). Where fewer
than 10 articles stand behind a share there is no interval.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from quotestance.report.tables import ArticleRow, QuoteRow
from quotestance.types import STANCES

LEAST_ARTICLES = 10
"""Articles below which no interval is given."""

NONE = "no stance"
"""Where quotes without a stance are counted."""

PUSHES = tuple(label for label in STANCES if label != "neutral")
"""The labels whose shares are shown: the two that push somewhere."""

_Z = 1.959964  # 97.5% point of the normal distribution
_MOST_PERIODS = 36  # points of a chart over time
_YEAR = len("2024")
_OF_YEARS = ("year", "decade")


@dataclass(frozen=True, slots=True)
class Share:
    """A share of quotes.

    Args:
        value: In [0, 1].
        low, high: 95% interval; ``None`` where too few articles stand behind it.
    """

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """The quotes of a country, a month, an outlet, a speaker.

    Args:
        key: Which.
        quotes: How many quotes.
        articles: In how many articles.
        counts: Stance to how many quotes have it, the codebook's labels first; no zeros but for these.
        shares: Of the quotes with a stance, label to share; empty where no quote has a stance.
    """

    key: str
    quotes: int
    articles: int
    counts: Mapping[str, int]
    shares: Mapping[str, Share]


def breakdown(key: str, rows: Sequence[QuoteRow]) -> Breakdown:
    """Count some quotes."""
    counted = Counter(row.stance or NONE for row in rows)
    labels = [*STANCES, *(label for label in counted if label not in (*STANCES, NONE)), NONE]
    counts = {label: counted[label] for label in labels if label in STANCES or counted[label]}
    articles = len({row.article for row in rows})
    return Breakdown(key, len(rows), articles, counts, _shares(rows))


def _shares(rows: Sequence[QuoteRow]) -> dict[str, Share]:
    totals = Counter(row.article for row in rows if row.stance is not None)
    if not totals:
        return {}
    found = {}
    for label in PUSHES:
        hits = Counter(row.article for row in rows if row.stance == label)
        extent = interval([hits[article] for article in totals], list(totals.values()))
        found[label] = Share(hits.total() / totals.total(), *(extent or (None, None)))
    return found


def interval(hits: Sequence[int], totals: Sequence[int]) -> tuple[float, float] | None:
    """95% interval of a share of quotes that stand together in articles; ``None`` for fewer than 10 articles.

    Args:
        hits: For every article how many of its quotes count.
        totals: How many quotes it has, each ``>= 1``.

    >>> [round(edge, 2) for edge in interval([1, 0] * 10, [1] * 20)]
    [0.29, 0.71]
    >>> interval([1], [1]) is None
    True
    """
    articles, size = len(totals), sum(totals)
    if articles < LEAST_ARTICLES:
        return None
    found = sum(hits)
    p = found / size
    spread = sum((hit * size - found * total) ** 2 for hit, total in zip(hits, totals, strict=True))  # whole: exact
    variance = articles / (articles - 1) * spread / size**4
    # Where all agree nothing tells how alike the quotes of one article are: each article counts once.
    effective = min(size, p * (1 - p) / variance) if variance else articles
    return _wilson(p, effective)


def _wilson(p: float, n: float) -> tuple[float, float]:
    middle = (p + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(p * (1 - p) / n + _Z**2 / (4 * n**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def grouped(rows: Iterable[QuoteRow], key: Callable[[QuoteRow], str | None]) -> list[Breakdown]:
    """Return the quotes by a key, most quotes first; those without one are left out."""
    groups: dict[str, list[QuoteRow]] = {}
    for row in rows:
        found = key(row)
        if found is not None:
            groups.setdefault(found, []).append(row)
    return sorted((breakdown(name, own) for name, own in groups.items()), key=lambda one: (-one.quotes, one.key))


def by_period(rows: Sequence[QuoteRow], articles: Mapping[str, ArticleRow]) -> tuple[str, list[Breakdown]]:
    """Return the quotes over time, in order: by month, or by quarter, year or decade where there would be too many.

    Quotes that are dated by a year alone have no month and no quarter: they are left out there, and where they are
    half of the dated ones, or more, it goes by year.

    Returns:
        The unit (``month`` ...), and a breakdown for each from the first to the last; those without a quote
        have no shares.
    """
    dated = [(day, row) for row in rows if (day := articles[row.article].date)]
    for unit, name in _UNITS.items():
        held = [(f"{day}-01"[:7], row) for day, row in dated if len(day) > _YEAR or unit in _OF_YEARS]
        if 2 * len(held) <= len(dated):
            continue
        months = [month for month, _ in held]
        groups: dict[str, list[QuoteRow]] = {name(month): [] for month in _months(min(months), max(months))}
        if len(groups) <= _MOST_PERIODS or unit == "decade":
            for month, row in held:
                groups[name(month)].append(row)
            return unit, [breakdown(period, own) for period, own in groups.items()]
    return "month", []


def _months(first: str, last: str) -> list[str]:
    low, high = (12 * int(month[:4]) + int(month[5:7]) - 1 for month in (first, last))
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(low, high + 1)]


def _quarter(month: str) -> str:
    return f"{month[:4]} Q{(int(month[5:7]) + 2) // 3}"


_UNITS: Mapping[str, Callable[[str], str]] = {
    "month": lambda month: month,
    "quarter": _quarter,
    "year": lambda month: month[:4],
    "decade": lambda month: f"{month[:3]}0s",
}
