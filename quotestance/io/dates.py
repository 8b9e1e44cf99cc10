"""Dates of articles as ISO 8601, as exactly as they tell: a day, a month or a year."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from time import time

_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2})(?!\d)|(?!-?\d))", re.ASCII)
_YEAR_FIRST = re.compile(r"(\d{4})([./-])(\d{1,2})\2(\d{1,2})(?!\d)", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{4}|\d{6})?(?!\d)", re.ASCII)  # 20220301, 20220301080000
_SINCE_1970 = re.compile(r"(1[0-8]\d{8})(?:\d{3})?", re.ASCII)  # seconds or milliseconds, from 2001 to March 2030
_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(?!\d)", re.ASCII)
_YEAR = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d| ?(?:GMT|UTC|EST|hrs|hours)\b)", re.ASCII | re.IGNORECASE)
_DAY = 86_400  # seconds
_FIRST = "1800"  # year before which nothing counts as published; a bare year before it is not read at all
_ZEROS = frozenset(("1969-12-31", "1970-01-01", "1899-12-30", "1899-12-31", "1900-01-01"))
"""The day 0 of Unix, here and west of Greenwich, of spreadsheets and of SQL Server: written for no date."""
AHEAD = "dated in the future"
PAST = "dated 1970-01-01, another placeholder, or before 1800"
_LONGEST = 100  # characters of a date that are looked at
_WORDED = ("%d %B %Y", "%d %b %Y", "%B %d %Y", "%b %d %Y", "%B %Y", "%b %Y")
_SEPTEMBER = re.compile(r"\bsept\b", re.IGNORECASE)
_NOISE = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]?\s+|(?<=\d)(?:st|nd|rd|th)\b|[,.]", re.IGNORECASE)


@lru_cache(maxsize=8192)
def iso_date(words: str | None) -> str | None:
    """Return a date as worded, in ISO 8601; what is not plain is left out, so that ``4/9/2017`` is a year.

    A time of day and its zone are not read: the day is the one that is written there. Seconds and milliseconds since
    1970, as pandas writes dates into JSON, are the day in UTC.

    >>> iso_date("2022-03-01T08:00:00Z"), iso_date("March 1, 2022"), iso_date("4/9/2017"), iso_date("soon")
    ('2022-03-01', '2022-03-01', '2017', None)
    >>> iso_date("2022-10-5"), iso_date("2022-10")
    ('2022-10-05', '2022-10')
    >>> iso_date("1646121600000"), iso_date("20220301080000")
    ('2022-03-01', '2022-03-01')
    >>> iso_date("0001-01-01T00:00:00Z"), iso_date("9999-12-31")  # written for no date
    (None, None)
    """
    if not words:
        return None
    text = words[: 2 * _LONGEST].strip()
    if match := _ISO.match(text) or _COMPACT.match(text):
        return _checked(*match.groups())
    if match := _SINCE_1970.fullmatch(text):
        return datetime.fromtimestamp(int(match[1]), UTC).date().isoformat()
    if match := _YEAR_FIRST.match(text):
        return _checked(match[1], match[3], match[4])
    if match := _NUMERIC.match(text):
        first, second, year = match.groups()
        return _numeric(int(first), int(second), year)
    if worded := _worded(text):
        return worded
    years = set(_YEAR.findall(text))
    return years.pop() if len(years) == 1 else None


def date_of(*cells: object) -> str | None:
    """Return the date that the first of these cells tells which tells one, as exactly as any of them tells it.

    Days on which no article was published are none: more than a day ahead, before 1800, or what programs write for no
    date, the day 0 of their count.

    >>> date_of("2024-11-01T08:00:00Z", None), date_of("2024-13-01"), date_of("soon")
    ('2024-11-01', '2024', None)
    >>> date_of("4/9/2017", "2017-09-04"), date_of("4/9/2017", "2018-09-04")  # no day, since it is not told which
    ('2017-09-04', '2017')
    >>> date_of("2999-01-01"), date_of("2999-01-01", "2024-11-01"), date_of("1970-01-01"), date_of("0024-11-01")
    (None, '2024-11-01', None, None)
    """
    last = _tomorrow()
    return exactest(day for day in _told(cells) if _is_plausible(day, last))


def misdated(*cells: object) -> str | None:
    """Return how these cells are dated, where they tell dates but none of them can be that of an article.

    >>> misdated("2999-01-01"), misdated("2999-01-01", "2024-11-01"), misdated("soon")
    ('dated in the future', None, None)
    """
    last, told = _tomorrow(), _told(cells)
    if not told or any(_is_plausible(day, last) for day in told):
        return None
    return AHEAD if min(told) > last else PAST


def _is_plausible(day: str, last: str) -> bool:
    return _FIRST <= day <= last and day not in _ZEROS


def _told(cells: Iterable[object]) -> list[str]:
    return [day for cell in cells if cell and (day := iso_date(str(cell)))]


def _tomorrow() -> str:
    return _day_since_1970(int(time() // _DAY) + 1)


@lru_cache(maxsize=4)
def _day_since_1970(number: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=number)).isoformat()


def exactest(told: Iterable[str | None]) -> str | None:
    """Return the first date, or another that tells the same more exactly; of "2017" and "2017-09-04" the latter."""
    known = [day for day in told if day]
    return max((day for day in known if day.startswith(known[0])), key=len, default=None)


def _checked(year: str, month: str, day: str | None) -> str | None:
    try:
        found = date(int(year), int(month), int(day or 1))
    except ValueError:
        return year if _YEAR.fullmatch(year) else None
    if found in (date.min, date.max):  # what .NET, Go and databases write for no date
        return None
    return found.isoformat() if day else found.isoformat()[:7]


def _numeric(first: int, second: int, year: str) -> str | None:
    if first > 12 >= second:
        return _checked(year, str(second), str(first))
    if second > 12 >= first or first == second:
        return _checked(year, str(first), str(second))
    return year


def _worded(text: str) -> str | None:
    words = " ".join(_SEPTEMBER.sub("Sep", _NOISE.sub("", text[:_LONGEST])).split()[:3])
    for pattern in _WORDED:
        for cut in (words, " ".join(words.split()[:2])):
            try:
                found = datetime.strptime(cut, pattern)  # a day, whatever the zone
            except ValueError:
                continue
            return found.date().isoformat() if "%d" in pattern else found.date().isoformat()[:7]
    return None
