"""Bodies and states named in an article, joined by their names, words, acronyms and what the reader links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, zip_longest

from quotestance.countries import country_code, country_in, listed_name, seat_code
from quotestance.speakers.entity import NAMESAKES, OF, Entity, is_acronym
from quotestance.speakers.extents import words_at
from quotestance.speakers.notes import Noted
from quotestance.text import Extent
from quotestance.text.lexicon import fold, word_set

_HEAD_END = re.compile(r" (?:for|of|on|in) ")
_SHORT_SHARE = 0.2  # of its pointing, from which a name of one word is the end of a longer one
_LEAST_LETTERS = 4  # of a short form, and of a noun that a longer name is about
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
_SAME_SHARE = 0.5  # of its pointing, from which a body's name is one with another that shares a word with it
_LEAST_INITIALS = 3  # letters of an acronym that is met before the name that it stands for
_SMALL = word_set("small_words.txt")
_OPENED = re.compile(r"['’]?s?\s{1,2}[(\[](?:the\s)?")


class _Bodies:
    """Bodies and states while they are gathered, found by their names, words and acronyms."""

    def __init__(self) -> None:
        self.everyone: list[Entity] = []
        self._by_key: dict[str, Entity] = {}
        self._by_word: dict[str, list[Entity]] = {}
        self._placed: dict[Extent, Entity] = {}

    def add(self, name: Noted, words: str, alias: str = "") -> None:
        """Add a mention to the body that it names, which also goes by what stands in brackets after it."""
        one = self._known(name, words, alias)
        if one is None:
            one = Entity(name.kind)
            self.everyone.append(one)
        if alias:
            self._by_key.setdefault(_key(alias, one.kind), one)
        if words not in one.forms:
            for key in filter(None, (_key(words, one.kind), listed_name(words), *_acronyms(words))):
                self._by_key.setdefault(key, one)
            for word in _content(words):
                self._by_word.setdefault(word, []).append(one)
        one.add(name, words)
        self._placed[name.extent] = one

    def _known(self, name: Noted, words: str, alias: str) -> Entity | None:
        if (one := self._by_key.get(_key(words, name.kind))) is not None:
            return one
        others = filter(None, (_key(alias, name.kind), listed_name(words)))
        known = (one for key in others if (one := self._by_key.get(key)) is not None and one.kind == name.kind)
        if (one := next(known, None) or self._spelt_out(words)) is not None:
            return one
        shares = name.pointing.by(self._placed.get)
        near = [one for word in _content(words) for one in self._by_word.get(word, ())[-NAMESAKES:]]
        short = [one for one in dict.fromkeys(near) if _is_short_of(words, one, shares.get(one, 0.0))]
        if short:
            return short[0]
        head = [one for one in dict.fromkeys(near) if _is_head_of(words, one, shares.get(one, 0.0))]
        if len(head) == 1:
            return head[0]
        best = max(near, key=lambda one: shares.get(one, 0.0), default=None)
        return best if best is not None and shares.get(best, 0.0) >= _SAME_SHARE else None

    def _spelt_out(self, words: str) -> Entity | None:
        """Who was named by the acronym of a name before the name itself."""
        known = (self._by_key.get(key) for key in _acronyms(words) if len(key) >= _LEAST_INITIALS)
        return next((one for one in known if one and all(map(is_acronym, islice(one.forms, NAMESAKES)))), None)


def gather_bodies(text: str, names: Sequence[Noted]) -> list[Entity]:
    """Gather the names of bodies and states, in the order of the text."""
    bodies = _Bodies()
    for name, following in zip_longest(names, names[1:]):
        words, alias = words_at(text, name.extent), ""
        words = _ARTICLE.sub("", words) or words
        if following is not None and _is_in_brackets(text, name, following):
            alias = words_at(text, following.extent)
            words = _cut_to(words, alias)
        bodies.add(name, words, alias)
    return bodies.everyone


def _is_in_brackets(text: str, name: Noted, following: Noted) -> bool:
    """Whether a body's name follows another in brackets: so the same body, 86 of 86 in conflict train and dev."""
    begin, end = following.extent
    return (
        name.kind == following.kind == "body"
        and _OPENED.fullmatch(text, name.extent[1], begin) is not None
        and text.startswith((")", "]", ";", ","), end)
    )


def _cut_to(name: str, alias: str) -> str:
    """Return of a name the words that its acronym is made of, all of them where it is none.

    Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003.
    """
    parts = name.split()
    tails = (" ".join(parts[first:]) for first in range(len(parts) - 1, -1, -1))
    return next((tail for tail in tails if _folded(alias) in _acronyms(tail)), name)


def _is_short_of(words: str, one: Entity, share: float) -> bool:
    """Whether a name is the end of a longer one ("State Department"), or what stands before "for", "of" or "Inc"."""
    for form in islice(one.forms, NAMESAKES):
        short, long = sorted((words, form), key=len)
        if len(short) < _LEAST_LETTERS or one.kind == "state" or country_in(short) or short == long:
            continue
        if long.endswith(f" {short}") and (" " in short or share >= _SHORT_SHARE):
            return True
        if long.startswith(f"{short} ") and OF.match(long[len(short) :]):
            return True
    return False


def _is_head_of(words: str, one: Entity, share: float) -> bool:
    """Whether a name is one word, and the noun that another is about ("Observatory", before "for Human Rights")."""
    for form in islice(one.forms, 0 if one.kind == "state" else NAMESAKES):
        short, long = sorted((words, form), key=len)
        is_meant = share >= _SHORT_SHARE or (short == words and short[0].isupper())  # small, it is any such body
        is_word = " " not in short and len(short) >= _LEAST_LETTERS and not country_in(short)
        if is_meant and is_word and _HEAD_END.split(fold(long))[0].endswith(f" {fold(short)}"):
            return True
    return False


def _key(words: str, kind: str = "") -> str:
    """Return what names of one body or state share; a seat of government is the state where the reader says so."""
    code = country_code(words) or (seat_code(words) if kind == "state" else None)
    if code and (kind == "state" or not words.isupper() or words.replace(".", "") in ("US", "UK", "UAE")):
        return code
    return _folded(words)


def _folded(words: str) -> str:
    return " ".join(fold(word).replace(".", "") for word in words.split())


def _content(words: str) -> list[str]:
    """Return the words of a name that tell it from others, each once, in the order in which they stand."""
    return [word for word in dict.fromkeys(map(fold, words.split())) if word not in _SMALL]


def _acronyms(words: str) -> tuple[str, ...]:
    """Keys of the acronyms that a name of several words may have ("SOHR": Syrian Observatory for Human Rights)."""
    found = re.findall(r"\w+", re.sub(r"['’]s\b", "", words))
    if len(found) < 2:
        return ()
    initials = "".join(word[0] for word in found if word.lower() not in _SMALL)
    return _folded(initials), _folded("".join(word[0] for word in found))  # no states: "US" is not United Steelworkers
