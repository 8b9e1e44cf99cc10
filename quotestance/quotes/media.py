"""Who speaks and who relays: "told Reuters", "the paper reported, citing an official", "quoted X as saying".

The inner speaker is a quote's source, the medium that passes the words on is its ``via``. What is a medium is told by
the words of its name (``data/media_words.txt``); bodies and people that bear such words are none
(``data/no_media.txt``).
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from quotestance.text import Segments, read_lexicon
from quotestance.text.lexicon import is_given_name, lexicon
from quotestance.types import Quote, Span

_NAME = r"(?:(?:the|a|an|state|local|national|public)\s++){0,3}[\w.'’&-]+(?:\s++(?:of\s++|for\s++)?[\w.'’&-]+){0,5}?"
_SHORTENED = r"(?:(?<=\b[A-Z])|(?<=\b(?:Mr|Ms|Dr|Lt|St))|(?<=\b(?:Gen|Sen|Rep|Gov|Col|Mrs)))\."  # no end of a sentence
_SPEAKER = rf"(?:[^,.;:\"“”«»()]|{_SHORTENED}){{3,120}}?"
_GOES_ON = (  # a word that no name of a medium goes on with
    r"(?:about|after|ahead|as|at|before|by|during|earlier|from|in|last|late|on|over|that|this|through|via|when|while|with"
    r"|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day(?!\s+[A-Z]))\b"
)
_END = r"(?=\s*+(?:[,;:\"“”)]|(?<!\b[A-Z])\.|$)|\s++on\s++(?:the\s++)?condition\b)"
_NAME_ENDS = rf"(?:{_END}|(?=\s++{_GOES_ON}))"
_TITLED = re.compile(  # somebody who speaks, whatever else is in the name
    r"\b(?:Mr|Mrs|Ms(?!\.?\s[Mm]agazine)|Secretary|secretary|Sen|Senator|Rep|Gov|Gen|Adm|Col|Minister|President|[Ss]pokes(?:man|woman|person)|host)\b"
)
_OFFICE = re.compile(  # "press" of an office, and agencies that gather no news
    r"\b[Pp]ress\s(?:[Oo]ffice|[Ss]ervice)\b"
    r"|\b(?!News\b|Press\b|Anadolu\b|Telegraph)[A-Z]\w+\sAgency\b"
    r"|\b(?!news\b|press\b|wire\b|state\b|run\b)\w+\sagency\b"
)
_STRETCH = 1_000  # characters on either side of a source in which another name is looked for
_BEFORE = 40  # characters in which an apposition before a name stands
_INNER = (  # the medium is the source so far; the group is who it relays
    re.compile(rf"\bciting\s++(?P<speaker>{_SPEAKER}){_END}"),
    re.compile(rf"\bwhich\s++(?:cited|cites|quoted|quotes)\s++(?P<speaker>{_SPEAKER}){_END}"),
    re.compile(rf"\bas\s++(?:reported|stated|told|confirmed|described)\s++by\s++(?P<speaker>{_SPEAKER}){_END}"),
    re.compile(rf"\b(?:quoted|cited)\s++(?P<speaker>{_SPEAKER})\s++as\s++(?:saying|telling|warning|claiming)\b"),
)
_MEDIUM = (  # the speaker is the source; the group is the medium
    re.compile(rf"\b(?:told|tells)\s++(?P<medium>{_NAME}){_NAME_ENDS}"),
    re.compile(rf"\bspeaking\s++(?:to|with)\s++(?P<medium>{_NAME})(?=\s++{_GOES_ON}|\s*+[,.;:\"“”)]|$)"),
    re.compile(rf"\b(?:interview|conversation)\s++with\s++(?P<medium>{_NAME}){_NAME_ENDS}"),
    re.compile(rf"\b(?:quoted|cited)\s++as\s++saying\s++(?:by|in)\s++(?P<medium>{_NAME}){_NAME_ENDS}"),
)


@lru_cache(maxsize=1)
def _no_media() -> re.Pattern[str]:
    names = (re.escape(entry) for entry in read_lexicon("no_media.txt") if " " in entry)
    return re.compile(rf"(?<!\w)(?:{'|'.join(names)})(?!\w)")


def is_medium(name: str) -> bool:
    """Whether a name is that of a news medium.

    >>> is_medium("the Gulf Gazette"), is_medium("Ann Lee"), is_medium("the Press Council")
    (True, False, False)
    """
    if _TITLED.search(name):
        return False
    is_found, before = False, ""
    for word in re.findall(r"\w+", _no_media().sub(" ", _OFFICE.sub(" ", " ".join(name.split())))):
        if word in lexicon("media_words.txt") and not _is_surname(word, before):
            is_found = True
        elif is_found and word.islower():
            break  # behind the name: "the newspaper of the ruling Party"
        elif word in lexicon("no_media.txt"):
            is_found = False
        before = word
    return is_found


def _is_surname(word: str, before: str) -> bool:
    is_named = is_given_name(before) or (len(before) == 1 and before.isupper())
    return is_named and word in lexicon("media_surnames.txt")


def tell_media_apart(text: str, quotes: Iterable[Quote], segments: Segments | None = None) -> list[Quote]:
    """Put the medium that relays a quote in its ``via``, and whom it relays in its source."""
    segments = segments or Segments.of(text)
    extents = [extent for paragraph in segments.sentences for extent in paragraph]
    if not extents:  # white space alone, where nobody is named
        return list(quotes)
    starts = [start for start, _ in extents]
    quotes = list(quotes)
    sources = sorted(quote.source.start for quote in quotes if quote.source is not None)
    return [_relayed(text, quote, _sentence(extents, starts, quote), sources) for quote in quotes]


def _sentence(extents: list[tuple[int, int]], starts: list[int], quote: Quote) -> tuple[int, int]:
    anchor = quote.source or quote.cue or quote.content[0]
    place = max(0, bisect_right(starts, anchor.start) - 1)
    return extents[place]


def _relayed(text: str, quote: Quote, sentence: tuple[int, int], sources: Sequence[int]) -> Quote:
    if quote.source is None:
        return quote
    if is_medium(_with_what_stands_before(text, quote.source, sentence[0])):
        speaker = _outside(quote, _search(_INNER, text, (quote.source.end, sentence[1]), quote.source, "speaker"))
        if speaker and bisect_left(sources, quote.source.end) < bisect_left(sources, speaker.start):
            return quote  # another source stands between, who may cite
        return replace(quote, via=quote.source, source=speaker) if speaker else quote
    medium = _outside(quote, _search(_MEDIUM, text, sentence, quote.source, "medium"))
    return replace(quote, via=medium) if medium and is_medium(medium.text) else quote


def _with_what_stands_before(text: str, source: Span, start: int) -> str:
    """Return a source and what it is called before its name: "the financial daily X" where X is the source."""
    before = text[max(start, source.start - _BEFORE) : source.start].rpartition(",")[2].split()
    return " ".join((*(word for word in before[-1:] if word.islower()), source.text))


def _stretch(anchor: Span, sentence: tuple[int, int]) -> tuple[int, int]:
    """Return the part of a sentence around a span: all of it, unless it runs on as no sentence of a newspaper does."""
    return max(sentence[0], anchor.start - _STRETCH), min(sentence[1], anchor.end + _STRETCH)


def _search(
    patterns: tuple[re.Pattern[str], ...], text: str, sentence: tuple[int, int], source: Span, group: str
) -> Span | None:
    first, last = _stretch(source, sentence)
    for pattern in patterns:
        match = pattern.search(text, first, last)
        if match is None or match.end(group) == last < sentence[1]:  # there the stretch ends, and not the name
            continue
        start, end = match.span(group)
        end -= text[end - 1] == "."
        if start < end:  # else "he told .", as where a page's link was lost: no name at all
            return Span.of(text, start, end)
    return None


def _outside(quote: Quote, span: Span | None) -> Span | None:
    """Return a span, unless it is part of what was said."""
    if span is None or any(span.start < piece.end and span.end > piece.start for piece in quote.content):
        return None
    return span
