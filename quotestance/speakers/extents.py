"""Extents that begin and end where words do: whole words, and no preposition, article or mark at either end."""

from __future__ import annotations

import re

from quotestance.text import Extent
from quotestance.text.lexicon import table, without_possessive, word_set

_LONGEST_CLIPPED = 4  # characters of a title that is written with a full stop
_LONGEST = 60  # characters of a word that are looked at on either side: keeps the time linear
_STOP = r"\.(?=[a-z\d])|(?<!\w\w\w)\."  # inside a word: "Amazon.com", "St.Petersburg"; not in "left.Roe came"
_WORD = re.compile(rf"(?:[^\W\d_]\.){{2,}}|[^\W_]+(?:(?:[&'’‑/-]|{_STOP})[^\W_]+)*")
_NAME_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_JOINT = re.compile(r"[-‑/]")
_INNER = re.compile(r"[^\W_]")
_UNDER = re.compile(r"under\s+secretar", re.IGNORECASE)


def whole_words(text: str, start: int, end: int, *, joined: bool) -> Extent:
    """Extend an extent that begins or ends inside a word to all of it; a possessive ending stays outside.

    Args:
        text: The article.
        start, end: The extent.
        joined: Whether parts joined by a hyphen are one word whatever their case ("ambassador-at-large"); else only
            those with a capital ("American-Islamic"), so that "U.S.-led" gives "U.S.".

    >>> text = "Ann Roe, ambassador-at-large for the U.S.-led forces"
    >>> text[slice(*whole_words(text, 9, 19, joined=True))], text[slice(*whole_words(text, 37, 39, joined=False))]
    ('ambassador-at-large', 'U.S.')
    """
    near = _WORD.finditer(text, max(0, _blank_before(text, start)), min(len(text), end + _LONGEST))
    words = [word for word in near if word.start() < end and start < word.end()]
    return (_begin(words[0], start, joined), _end(words[-1], end, joined)) if words else (start, end)


def whole_name(text: str, start: int, end: int) -> Extent:
    """Extend a name that begins or ends inside a word to all of it, and strip it of small words and marks at its ends.

    >>> text = "said Zeid Ra'ad of the"
    >>> text[slice(*whole_name(text, 5, 12))], text[slice(*whole_name(text, 5, 22))]
    ("Zeid Ra'ad", "Zeid Ra'ad")
    """
    for word in _NAME_WORD.finditer(text, max(0, start - _LONGEST), min(len(text), end + _LONGEST)):
        if word.start() < start < word.end():
            start = word.start()
        if word.start() < end < word.end():
            end = word.start() + len(without_possessive(word.group()))
    end -= bool(_JOINT.fullmatch(text, max(start + 1, end - 1), end))  # the reader takes "U.N.-" of "U.N.-backed"
    return without_edges(text, start, end) or (start, end)


def _blank_before(text: str, start: int) -> int:
    return max(text.rfind(" ", start - min(start, _LONGEST), start) + 1, start - _LONGEST)


def _begin(word: re.Match[str], start: int, joined: bool) -> int:
    if word.start() >= start:
        return start
    parts = [word.start(), *(word.start() + joint.end() for joint in _JOINT.finditer(word.group()))]
    own = max(part for part in parts if part <= start)
    return word.start() if joined or word.string[own].isupper() else own


def _end(word: re.Match[str], end: int, joined: bool) -> int:
    last = word.start() + len(without_possessive(word.group()))
    if last <= end:
        return end + (end == last and _is_clipped(word))
    for joint in _JOINT.finditer(word.string, end, last):
        if not joined and not word.string[joint.end()].isupper():
            return joint.start()
    return last


def _is_clipped(word: re.Match[str]) -> bool:
    """Whether a full stop after a word is its own ("Rep.", "Gov.")."""
    title = word.group().lower()
    nouns = table("honorifics.tsv").get(title)
    is_title = nouns is not None and title not in nouns and len(title) <= _LONGEST_CLIPPED
    return is_title and word.string.startswith(".", word.end())


def without_edges(text: str, start: int, end: int) -> Extent | None:
    """Strip an extent of the prepositions, articles and marks at its ends; ``None`` where nothing else is left.

    >>> text = "the head of the"
    >>> text[slice(*without_edges(text, 0, len(text)))]
    'head'
    """
    words = list(re.finditer(r"\S+", text[start:end]))
    while words and _is_edge(words[-1].group(), "prepositions.txt", "determiners.txt", "function_words.txt"):
        words.pop()
    while words and _is_edge(words[0].group(), "prepositions.txt", "determiners.txt"):
        if _UNDER.match(text, start + words[0].start(), end):
            break
        del words[0]
    return (start + words[0].start(), start + words[-1].end()) if words else None


def _is_edge(word: str, *lists: str) -> bool:
    return not _INNER.search(word) or (word.islower() and any(word in word_set(name) for name in lists))
