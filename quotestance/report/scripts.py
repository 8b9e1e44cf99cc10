"""The data files of the table of quotes: JSON in scripts, since a page opened from disk may load nothing else.

A small index holds what quotes are filtered by, as numbers; what they say stands in files of 500 quotes, which the page
loads as it shows or searches them. ``report.js`` reads both.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from quotestance.render.html import look_of

QUOTES_TOGETHER = 500
"""Quotes in one data file."""


class Words:
    """Words that many quotes share -> a number for each, from 0 in the order of their first use."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, words: Any) -> int:
        """Return the number of words, -1 for ``None``."""
        return -1 if words is None else self._numbers.setdefault(words, len(self._numbers))

    def __iter__(self) -> Iterator[Any]:
        return iter(self._numbers)


def script(call: str, *values: Any) -> str:
    r"""Return a script that hands values to a function of ``report.js``; no value can end the script or its syntax.

    >>> script("quotes", 0, ["</script>\u2028"])
    'quotestance.quotes(0,["\\u003c/script\\u003e\\u2028"]);\n'
    """
    parts = (json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")) for value in values)
    words = ",".join(parts).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f"quotestance.{call}({words});\n"


def index_script(cards: Sequence[dict[str, Any]], countries: dict[str, str]) -> str:
    """Return the index of all quotes, column by column.

    Args:
        cards: The quotes in the order of their data files, as :mod:`quotestance.report.pages` makes them.
        countries: Code to name.
    """
    who, stances, kinds, dates, outlets, codes = (Words() for _ in range(6))
    columns = {
        "who": [who.number((card["who"], card["page"] or "")) for card in cards],
        "stance": [stances.number(card["stance"]) for card in cards],
        "kind": [kinds.number(card["kind"]) for card in cards],
        "date": [dates.number(card["date"]) for card in cards],
        "outlet": [outlets.number(card["outlet"]) for card in cards],
        "country": [codes.number(card["country"]) for card in cards],
    }
    words = {
        "who": list(who),
        "stance": [(label, *look_of(label)) for label in stances],
        "kind": list(kinds),
        "date": list(dates),
        "outlet": list(outlets),
        "country": [(code, countries.get(code, code)) for code in codes],
    }
    return script("index", {"together": QUOTES_TOGETHER, "words": words, "columns": columns})


def quote_scripts(cards: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Return what quotes say, a script for every 500 of them."""
    for number, start in enumerate(range(0, len(cards), QUOTES_TOGETHER)):
        yield script("quotes", number, [_said(card) for card in cards[start : start + QUOTES_TOGETHER]])


def _said(card: dict[str, Any]) -> list[Any]:
    names = ("text", "before", "after", "details", "sure", "article", "address", "number")
    return [card[name] for name in names]
