"""How a quote, its speaker and its stance are put in words, the same in a page and in the terminal.

What comes from an article leaves here as one line that neither a terminal nor a page acts on: controls and lone
surrogates show as U+FFFD, and controls of the writing direction, which would reach beyond it, are dropped.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from iso3166 import countries_by_alpha3

from quotestance.types import STANCES, Quote, Speaker, Stance

FORBIDDEN = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""Controls that are not white space, and lone surrogates."""

NO_STANCE = "no stance"
_BIDI_CONTROLS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_FIELD_LIMIT = 200  # characters of a field that is repeated with every piece of a quote

_NEWSROOM_NAMES = {
    "BOL": "Bolivia",
    "COD": "DR Congo",
    "GBR": "United Kingdom",
    "IRN": "Iran",
    "KOR": "South Korea",
    "LAO": "Laos",
    "MDA": "Moldova",
    "PRK": "North Korea",
    "PSE": "Palestine",
    "RUS": "Russia",
    "SYR": "Syria",
    "TWN": "Taiwan",
    "TZA": "Tanzania",
    "USA": "United States",
    "VEN": "Venezuela",
    "VNM": "Vietnam",
    "XKX": "Kosovo",
}
"""Where the name of ISO 3166 is not what a reader looks for; Kosovo has none there."""


def one_line(text: str) -> str:
    r"""Put a text on one line, without control characters.

    >>> one_line("Two\nlines\x1b[31m")
    'Two lines�[31m'
    """
    return FORBIDDEN.sub("\ufffd", _BIDI_CONTROLS.sub("", " ".join(text.split())))


def clipped(text: str) -> str:
    """Put a text on one line, without control characters, and cut it after 200 characters.

    Takes no longer for a longer text.
    """
    line = one_line(text[: 4 * _FIELD_LIMIT])
    if len(line) <= _FIELD_LIMIT and len(text) <= 4 * _FIELD_LIMIT:
        return line
    return f"{line[: _FIELD_LIMIT - 1]}…"


def country_name(code: str | None) -> str:
    """Return the English name of a country, or the code where it has none.

    >>> country_name("RUS"), country_name("FRA"), country_name("ABC"), country_name(None)
    ('Russia', 'France', 'ABC', '–')
    """
    if code is None:
        return "–"
    known = countries_by_alpha3.get(code)
    return _NEWSROOM_NAMES.get(code) or (known.name if known else clipped(code))


def percent(probability: float) -> str:
    """Format a probability in [0, 1] as a whole percentage.

    >>> percent(0.816)
    '82%'
    """
    return f"{probability:.0%}"


def plural(number: int, noun: str) -> str:
    """Format a count with its noun.

    >>> plural(1, "quote"), plural(2, "quote")
    ('1 quote', '2 quotes')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def speaker_name(speaker: Speaker | None) -> str:
    """Name or description, clipped."""
    return "not attributed" if speaker is None else clipped(str(speaker))


def speaker_details(speaker: Speaker | None) -> list[str]:
    """Describe a speaker: the kind, where a name does not make it plain, role, affiliation, country; each clipped."""
    if speaker is None:
        return []
    kind = speaker.kind if speaker.name is None or speaker.kind in ("organization", "group") else ""
    of = f" of {', '.join(speaker.members[:_FIELD_LIMIT])}" if kind and speaker.members else ""
    words = (f"{kind}{of}", speaker.role, speaker.affiliation, speaker.country)
    return [clipped(word) for word in words if word and word != str(speaker)]


def stance_label(stance: Stance | None) -> str:
    """Label, clipped, or "no stance"."""
    return NO_STANCE if stance is None else clipped(stance.label)


def stance_percent(stance: Stance | None) -> str:
    """Probability of the label as a whole percentage, or nothing."""
    return "" if stance is None else percent(stance.confidence)


def stance_counts(quotes: Iterable[Quote]) -> str:
    """How many quotes have which stance, the codebook's labels first.

    >>> from quotestance.types import Span
    >>> stances = (Stance.certain("neutral"), None, Stance.certain("escalatory"))
    >>> stance_counts([Quote("direct", (Span(0, 1, "x"),), stance=stance) for stance in stances])
    '1 escalatory, 1 neutral, 1 no stance'
    """
    counts = Counter(stance_label(quote.stance) for quote in quotes)
    order = [*STANCES, *(label for label in counts if label not in (*STANCES, NO_STANCE)), NO_STANCE]
    return ", ".join(f"{counts[label]} {label}" for label in order if counts[label])


def columns(text: str) -> int:
    """Columns a terminal gives a text: two for wide East Asian characters and emoji, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def wrapped(text: str, width: int, *, indent: str = "") -> list[str]:
    """One line wrapped to a width in columns; words that are longer are cut.

    Standard textwrap takes time quadratic in the length of a word that has to be cut; this is linear.

    >>> wrapped("to be or not", 9, indent="  ")
    ['  to be', '  or not']
    """
    room = max(2, width - len(indent))
    lines: list[str] = []
    line: list[str] = []
    used = 0
    for word in text.split(" "):
        for piece in _pieces(word, room):
            taken = columns(piece)
            if line and used + 1 + taken > room:
                lines.append(indent + " ".join(line))
                line, used = [], 0
            used += taken + bool(line)
            line.append(piece)
    return [*lines, indent + " ".join(line)]


def _pieces(word: str, room: int) -> list[str]:
    step = room if word.isascii() else room // 2
    return [word] if columns(word) <= room else [word[start : start + step] for start in range(0, len(word), step)]
