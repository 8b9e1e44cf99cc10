"""An article as a row of words, each with its sentence, paragraph and kind: what names and roles are read from.

Words keep their offsets into the untouched text. The kind of a word is what the lexicons say of it; what it is in
its place (``King`` a title or a surname) is decided by the readers of the row.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import Literal, NamedTuple

from quotestance.speakers import countries
from quotestance.speakers.lexicon import (
    given_name_gender,
    is_organization_noun,
    is_plural_role,
    is_role_modifier,
    is_role_noun,
    table,
    word_set,
)
from quotestance.speakers.names import PARTICLES, SUFFIXES
from quotestance.text import Segments, read_lexicon

WordKind = Literal[
    "function", "honorific", "initial", "suffix", "given", "place", "organization", "body", "role", "acronym", "plain"
]
"""``organization`` is a noun such as "Committee", ``body`` a name known to be an organization's ("Kremlin")."""

_WORD = re.compile(
    r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:(?:[-‑'’&]|\.(?=(?:com|org|net|gov|ru|ua|eu)\b))[^\W_]+)*", re.UNICODE
)
_POSSESSIVE = re.compile(r"['’][sS]$")
_LOWERED_ARTICLE = re.compile(r"(?:al|el|as|ash|an|ar|ad|az|d|de)[-'’][^\W\d_]", re.IGNORECASE)
_NAME_WORDS = 5  # words in the longest known multi-word name
_LONG_QUOTATION = 12  # characters; anything shorter in quotation marks is a word in use, not speech


class Word(NamedTuple):
    """A word: offsets without a possessive ending, what kind it is, and where it stands.

    Args:
        start, end: Code-point offsets into the article's text; ``'s`` is left out.
        text: The word as written.
        kind: What the lexicons say.
        sentence, paragraph: Numbers in the article, counted from 0.
        opens: Whether it is the first word of its sentence or of a quotation.
        is_possessive: ``'s`` or ``s'`` follows.
        is_quoted: It stands inside a quotation.
        follows: It goes on from the word before, with nothing but space (or an abbreviation's stop) between.
        is_capital: It is written with a capital (``al-Assad`` counts).
    """

    start: int
    end: int
    text: str
    kind: WordKind
    sentence: int
    paragraph: int
    opens: bool
    is_possessive: bool
    is_quoted: bool
    follows: bool
    is_capital: bool

    @property
    def lower(self) -> str:
        """The word in lower case."""
        return self.text.lower()


@lru_cache(maxsize=16384)
def _is_capital(word: str) -> bool:
    if word[0].isupper():
        return True
    return bool(_LOWERED_ARTICLE.match(word)) and word[-1].islower() and any(char.isupper() for char in word)


@dataclass(frozen=True, slots=True)
class Words:
    """The row of an article's words."""

    text: str
    row: tuple[Word, ...]
    starts: tuple[int, ...]
    title_case: frozenset[int]  # numbers of the sentences that are written like a headline

    def within(self, start: int, end: int) -> range:
        """Numbers of the words that begin in ``text[start:end]``, a word that is cut by ``start`` included."""
        first = bisect_left(self.starts, start)
        if first and self.row[first - 1].end > start:
            first -= 1
        return range(first, bisect_left(self.starts, end))

    def gap(self, number: int) -> str:
        """Return the text between a word and the next one (to the end of the text after the last)."""
        end = self.starts[number + 1] if number + 1 < len(self.row) else min(len(self.text), self.row[number].end + 40)
        return self.text[self.row[number].end : end]

    def between(self, first: int, last: int) -> str:
        """Text from word ``first`` to word ``last``, white space as single spaces, the stop of an abbreviation kept."""
        end = self.row[last].end
        if self.text[end : end + 1] == "." and is_abbreviation(self.row[last].text):
            end += 1
        return " ".join(self.text[self.row[first].start : end].split())


@lru_cache(maxsize=4096)
def is_abbreviation(word: str) -> bool:
    """Whether a full stop after the word belongs to it ("Sen", "Jr", an initial)."""
    lower = word.lower()
    is_initial = len(word) == 1 and word.isupper()
    is_title = lower in table("honorifics.tsv") and len(word) <= 5
    return is_initial or lower in ("jr", "sr", "st") or is_title or bool(countries.state_name(word + "."))


def read_words(text: str, segments: Segments | None = None) -> Words:
    """Read the words of a text with their kinds and places; takes time linear in its length.

    Args:
        text: Any string.
        segments: Those of the text, where they are known.

    >>> [(word.text, word.kind) for word in read_words("Sen. Jane Roe left.").row][:3]
    [('Sen', 'honorific'), ('Jane', 'given'), ('Roe', 'plain')]
    """
    segments = segments or Segments.of(text)
    quoted = _Quoted.of(segments)
    row: list[Word] = []
    headlines: set[int] = set()
    sentence = 0
    for paragraph, extents in enumerate(segments.sentences):
        for start, end in extents:
            matches = list(_WORD.finditer(text, start, end))
            if _is_headline(matches):
                headlines.add(sentence)
            row += _words_of(text, matches, quoted, (sentence, paragraph))
            sentence += 1
    return Words(text, tuple(row), tuple(word.start for word in row), frozenset(headlines))


@dataclass(frozen=True, slots=True)
class _Quoted:
    """What stands in quotation marks and is long enough to be speech.

    Args:
        starts: Where each passage begins, in order.
        ends: The furthest that it or one before it reaches.
    """

    starts: list[int]
    ends: list[int]

    @classmethod
    def of(cls, segments: Segments) -> _Quoted:
        """Gather the long quotations of a text."""
        long = [q for q in segments.quotations if q.inner_end - q.inner_start > _LONG_QUOTATION]
        return cls([q.inner_start for q in long], list(accumulate((q.inner_end for q in long), max)))

    def holds(self, place: int) -> bool:
        """Whether a place is inside one."""
        before = bisect_right(self.starts, place)
        return before > 0 and self.ends[before - 1] > place

    def opens(self, place: int) -> bool:
        """Whether one begins at a place."""
        before = bisect_right(self.starts, place)
        return before > 0 and self.starts[before - 1] == place


def _words_of(text: str, matches: list[re.Match[str]], quoted: _Quoted, at: tuple[int, int]) -> Iterator[Word]:
    """Read the words of a sentence; ``at`` has its number and that of its paragraph."""
    sentence, paragraph = at
    bare = [_without_possessive(match.group()) for match in matches]
    before, ending = matches[0].start() if matches else 0, ""  # end of the word before, which may go on from it
    for number, (match, word, kind) in enumerate(zip(matches, bare, _kinds(text, matches, bare), strict=True)):
        start, end = match.span()
        possessive = len(word) < end - start or _is_plural_possessive(text, end)
        gap = text[before:start]
        opens = not number or quoted.opens(start) or gap.strip() in (":", "—", "–")
        follows = bool(ending) and _goes_on(gap, ending)
        inside = quoted.holds(start)
        capital = _is_capital(word)
        length = len(word)
        yield Word(start, start + length, word, kind, sentence, paragraph, opens, possessive, inside, follows, capital)
        before, ending = end, "" if possessive else word


@lru_cache(maxsize=16384)
def _without_possessive(word: str) -> str:
    return _POSSESSIVE.sub("", word)


def _is_plural_possessive(text: str, end: int) -> bool:
    return text[end - 1] == "s" and text[end : end + 2] in ("' ", "’ ")


def _goes_on(gap: str, before: str) -> bool:
    return gap.isspace() or (gap[:1] == "." and gap[1:].isspace() and is_abbreviation(before))


def _is_headline(matches: list[re.Match[str]]) -> bool:
    """Title Case: no word but prepositions and the like begins small, and there are enough words to tell."""
    if len(matches) < 5:
        return False
    words = [match.group() for match in matches]
    small = sum(word[0].islower() and word not in _small_words() for word in words)
    return small <= len(words) // 12 and sum(len(word) > 3 for word in words) >= 4


@lru_cache(maxsize=1)
def _small_words() -> frozenset[str]:
    joints = ("and", "or", "but", "nor", "vs", "v", "as")
    return word_set("prepositions.txt") | word_set("determiners.txt") | frozenset(joints)


def _kinds(text: str, matches: list[re.Match[str]], words: list[str]) -> list[WordKind]:
    kinds = [_kind(word, text.startswith(".", match.end())) for word, match in zip(words, matches, strict=True)]
    number = 0
    while number < len(words):
        number += _mark_known_name(words, matches, text, kinds, number)
    return kinds


def _mark_known_name(
    words: list[str], matches: list[re.Match[str]], text: str, kinds: list[WordKind], first: int
) -> int:
    """Mark the longest known name of a place or body that begins at ``first``; returns how many words were read."""
    if not _may_open_name(words[first]):
        return 1
    reach = first
    while reach + 1 < min(first + _NAME_WORDS, len(words)) and _spaced(text, matches, reach):
        reach += 1
    for last in range(reach, first - 1, -1):
        kind = _known_name(" ".join(words[first : last + 1]))
        if kind:
            size = last + 1 - first
            kinds[first : last + 1] = [kind] * size
            return size
    return 1


@lru_cache(maxsize=16384)
def _may_open_name(word: str) -> bool:
    return word.lower() not in ("the", "of") and (word[0].isupper() or bool(_LOWERED_ARTICLE.match(word)))


def _spaced(text: str, matches: list[re.Match[str]], number: int) -> bool:
    gap = text[matches[number].end() : matches[number + 1].start()]
    return gap.isspace() or gap in (". ", "-")


@lru_cache(maxsize=16384)
def _known_name(name: str) -> WordKind | None:
    if name.lower() in _bodies() and (name in _bodies_as_written() or name.isupper() or " " in name):
        return "body"
    is_country = countries.country_code(name) and (len(name) > 3 or name.isupper() or "." in name)
    is_state = countries.state_name(name) and (len(name) > 2 or name == "DC") and name not in ("Miss", "Wash", "Mass")
    if is_country or countries.demonym_code(name) or is_state or name.lower() in word_set("places.txt"):
        return "place"
    return "place" if countries.seat_code(name) else None


@lru_cache(maxsize=1)
def _bodies() -> frozenset[str]:
    return frozenset(table("organizations.tsv"))


@lru_cache(maxsize=1)
def _bodies_as_written() -> frozenset[str]:
    return frozenset(entry.split("\t")[0] for entry in read_lexicon("organizations.tsv"))


@lru_cache(maxsize=16384)
def _kind(word: str, stop_follows: bool) -> WordKind:
    lower = word.lower()
    if lower in SUFFIXES and word[0].isupper():
        return "suffix"
    if lower.endswith("-year-old"):
        return "role"
    if len(word) == 1 and word.isupper() and (stop_follows or word not in "IA"):
        return "initial"
    if lower in word_set("function_words.txt"):
        return "function"
    if (
        lower in table("honorifics.tsv")
        and word[0].isupper()
        and (len(word) > 4 or stop_follows or lower in word_set("unstopped_titles.txt"))
    ):
        return "honorific"
    if word[0].isupper() and given_name_gender(word) and not word.isupper():
        return "given"
    return _kind_of_noun(word, lower)


def _kind_of_noun(word: str, lower: str) -> WordKind:
    if is_role_noun(word) or is_plural_role(word):
        return "role"
    if is_organization_noun(word):
        return "organization"
    if is_role_modifier(word) or lower in word_set("portfolios.txt"):
        return "role"
    letters = word.replace(".", "")
    if word.isupper() and 2 <= len(letters) <= 6 and lower not in PARTICLES:
        return "acronym"
    return "plain"
