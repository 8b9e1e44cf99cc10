"""Bodies and states named in an article, joined by their names, words, acronyms and what the reader links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice, zip_longest

from quotestance.countries import country_code, country_in, country_of, is_between_states, listed_name, seat_code
from quotestance.speakers.entity import NAMESAKES, OF, Entity, is_acronym
from quotestance.speakers.notes import Noted
from quotestance.text import Extent
from quotestance.text.body_names import acronyms, cut_to, folded, is_generic
from quotestance.text.lexicon import fold, word_set, words_at

_HEAD_END = re.compile(r" (?:for|of|on|in) ")
_SHORT_SHARE = 0.2  # of its pointing, from which a name of one word is the end of a longer one
_LEAST_LETTERS = 4  # of a short form, and of a noun that a longer name is about
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
_SAME_SHARE = 0.5  # of its pointing, from which a body's name is one with another that shares a word with it
_LEAST_INITIALS = 3  # letters of an acronym that is met before the name that it stands for
_SEVERAL = "several"  # in the place of the state of a body of several states, which is that of none
_SMALL = word_set("small_words.txt")
_OPENED = re.compile(r"['’]?s?\s{1,2}[(\[](?:the\s)?")


class _Bodies:
    """Bodies and states while they are gathered, found by their names, words and acronyms."""

    def __init__(self) -> None:
        self.everyone: list[Entity] = []
        self._by_key: dict[str, Entity] = {}
        self._by_word: dict[str, list[Entity]] = {}
        self._placed: dict[Extent, Entity] = {}
        self._states: dict[Entity, str] = {}

    def add(self, name: Noted, words: str, alias: str, state: str | None) -> None:
        """Add a mention to the body that it names, which also goes by what stands in brackets after it.

        Bodies of two states are two: a body is of the first state that is told of it.
        """
        one = self._known(name, words, alias, state)
        if one is None:
            one = Entity(name.kind)
            self.everyone.append(one)
        if alias:
            self._by_key.setdefault(_key(alias, one.kind), one)
        if words not in one.forms:
            others = () if state and is_generic(words) else (listed_name(words), *acronyms(words))
            for key in filter(None, (_key(words, one.kind), *others)):
                self._by_key.setdefault(key, one)
            for word in _content(words):
                self._by_word.setdefault(word, []).append(one)
        one.add(name, words)
        self._placed[name.extent] = one
        if state:
            self._states.setdefault(one, state)

    def _known(self, name: Noted, words: str, alias: str, state: str | None) -> Entity | None:
        if name.kind == "body" and is_generic(words):
            same = [one for one in self._near(words) if self._may_be(one, state) and _ends_as(words, one)]
            if same or state:
                shares = name.pointing.by(self._placed.get)
                return max(
                    same, key=lambda one: (round(shares.get(one, 0.0), 1), one.mentions[-1].extent), default=None
                )
        one = self._named(name, words, alias)
        if one is None or self._may_be(one, state):
            return one
        own = (other for other in self._near(words) if self._states.get(other) == state)
        return next((other for other in own if _is_short_of(words, other, 0.0)), None)

    def _may_be(self, one: Entity, state: str | None) -> bool:
        """Whether somebody is of no other state."""
        return state is None or self._states.get(one, state) == state

    def _near(self, words: str) -> list[Entity]:
        """Who shares a word with a name, each once, of many those met last."""
        found = (one for word in _content(words) for one in self._by_word.get(word, ())[-NAMESAKES:])
        return list(dict.fromkeys(found))

    def _named(self, name: Noted, words: str, alias: str) -> Entity | None:
        """Who bears a name, whatever the state."""
        if (one := self._by_key.get(_key(words, name.kind))) is not None:
            return one
        others = filter(None, (_key(alias, name.kind), listed_name(words)))
        known = (one for key in others if (one := self._by_key.get(key)) is not None and one.kind == name.kind)
        if (one := next(known, None) or self._spelt_out(words)) is not None:
            return one
        near, shares = self._near(words), name.pointing.by(self._placed.get)
        short = [one for one in near if _is_short_of(words, one, shares.get(one, 0.0))]
        if short:
            return short[0]
        head = [one for one in near if _is_head_of(words, one, shares.get(one, 0.0))]
        if len(head) == 1:
            return head[0]
        best = max(near, key=lambda one: shares.get(one, 0.0), default=None)
        return best if best is not None and shares.get(best, 0.0) >= _SAME_SHARE else None

    def _spelt_out(self, words: str) -> Entity | None:
        """Who was named by the acronym of a name before the name itself."""
        known = (self._by_key.get(key) for key in acronyms(words) if len(key) >= _LEAST_INITIALS)
        return next((one for one in known if one and all(map(is_acronym, islice(one.forms, NAMESAKES)))), None)


def gather_bodies(text: str, names: Sequence[Noted], told: Iterable[Noted] = ()) -> list[Entity]:
    """Gather the names of bodies and states, in the order of the text; ``told`` are homes, which tell bodies apart."""
    bodies, homes = _Bodies(), _homes(text, told)
    for name, following in zip_longest(names, names[1:]):
        words, alias = words_at(text, name.extent), ""
        words = _ARTICLE.sub("", words) or words
        if following is not None and _is_in_brackets(text, name, following):
            alias = words_at(text, following.extent)
            words = cut_to(words, alias)
        state = None
        if name.kind == "body":
            state = country_in(words) or homes.get(name.extent) or (_SEVERAL if is_between_states(words) else None)
        bodies.add(name, words, alias, state)
    return bodies.everyone


def _homes(text: str, told: Iterable[Noted]) -> dict[Extent, str]:
    """Return the countries of the states that are told of names, by the extents of these."""
    found = ((one, country_of(words_at(text, one.extent))) for one in told if one.kind == "state")
    pointed = ((extent, share, code) for one, code in found if code for extent, share in one.pointing.shares.items())
    return {extent: code for extent, share, code in pointed if share >= _SAME_SHARE}


def _is_in_brackets(text: str, name: Noted, following: Noted) -> bool:
    """Whether a body's name follows another in brackets: so the same body, 86 of 86 in conflict train and dev."""
    begin, end = following.extent
    return (
        name.kind == following.kind == "body"
        and _OPENED.fullmatch(text, name.extent[1], begin) is not None
        and text.startswith((")", "]", ";", ","), end)
    )


def _ends_as(words: str, one: Entity) -> bool:
    """Whether one of the names of a body is, or ends in, a name, or goes on behind it with "of" and the like."""
    key = folded(words)
    forms = [folded(form) for form in islice(one.forms, NAMESAKES)]
    return any(
        f" {form}".endswith(f" {key}") or (form.startswith(key) and OF.match(form[len(key) :])) for form in forms
    )


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
    return folded(words)


def _content(words: str) -> list[str]:
    """Return the words of a name that tell it from others, each once, in the order in which they stand."""
    return [word for word in dict.fromkeys(map(fold, words.split())) if word not in _SMALL]
