"""Who is named in an article: names that belong to one person, body or state, and the fullest of them.

Persons are joined by their names (surname, given name, initial, short form), bodies by their words, acronyms, what
stands beside them in brackets and by what the reader takes for the same; where two full names compete for a surname
the reader's link decides. A state is what its seat of government stands for (Moscow), and goes by its own name.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from quotestance.speakers.countries import country_code, country_in, seat_code, state_name
from quotestance.speakers.lexicon import fold, table
from quotestance.speakers.names import PersonName, can_be_one, parse_name, surname_forms
from quotestance.speakers.notes import Noted, Pointing
from quotestance.text import Extent

_POSSESSIVE = re.compile(r"['’]s?$")
_OF = re.compile(r" (?:for|of|Corp|Inc|Ltd|Co|plc|AG|PLC|LLC)\b")
_OWNER = re.compile(r"(.{2,40}?)['’]s (?=[A-Z])")
_HEAD_END = re.compile(r" (?:for|of|on|in) ")
_SHORT = 0.2  # share of its pointing from which a name of one word is the end of a longer one
_ARTICLE = re.compile(r"^(?:the|an?) ", re.IGNORECASE)
_NAMESAKES = 50  # bearers of one word of a name that are looked at: keeps the time linear
_SAME = 0.5  # share of its pointing from which a body's name is one with another that shares a word with it
_SMALL = frozenset(("of", "the", "for", "and", "in", "on", "to", "&", "de", "al"))
_BRACKET = re.compile(r"(\S.*?) \(([^()]+)\)?$")
_LEAST_INITIALS = 3  # letters of an acronym that is met before the name that it stands for


@dataclass(eq=False, slots=True)
class Entity:
    """A person, body or state with all mentions of it by name.

    Args:
        kind: ``person`` | ``body`` | ``state``.
        mentions: In the order of the text, once all are gathered.
        forms: Every form of the name, with its first mention, in the order in which they were met.
        counts: How often each form stands.
    """

    kind: str
    mentions: list[Noted] = field(default_factory=list)
    forms: dict[str, Noted] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, mention: Noted, form: str) -> None:
        """Add a mention."""
        self.mentions.append(mention)
        self.forms.setdefault(form, mention)
        self.counts[form] += 1

    @property
    def probability(self) -> float:
        """How sure it is that somebody is named, in [0, 1]: the surest mention."""
        return max(mention.probability for mention in self.mentions)

    @property
    def name(self) -> str:
        """The fullest form; of equally full ones the most frequent, then the first."""
        if self.kind == "person":
            return max(self.forms, key=lambda form: (_fullness(form), self.counts[form]))
        if self.kind == "state":
            return max(self.forms, key=lambda form: (not seat_code(form), not _is_acronym(form), self.counts[form]))
        return max(self.forms, key=lambda form: (not _is_acronym(form), len(form.split()), self.counts[form]))


@dataclass(frozen=True, slots=True)
class Entities:
    """Everybody named in an article.

    Args:
        everyone: In the order of their first mention.
        extents: Of all mentions, in the order of the text; they do not overlap.
        bearers: Whose mention stands at each.
    """

    everyone: tuple[Entity, ...]
    extents: tuple[Extent, ...]
    bearers: tuple[Entity, ...]

    def at(self, extent: Extent) -> Entity | None:
        """Whose mention stands at an extent, or shares a character with it."""
        found = self.within(extent)
        return found[0] if found else None

    def within(self, extent: Extent) -> Sequence[Entity]:
        """Whose mentions share a character with an extent, one for every mention."""
        return [one for _, one in self.placed(extent)]

    def placed(self, extent: Extent) -> Sequence[tuple[int, Entity]]:
        """Return number and bearer of every mention that shares a character with an extent."""
        first = bisect_right(self.extents, extent[0], key=lambda own: own[1])
        last = bisect_left(self.extents, extent[1], key=lambda own: own[0])
        return [(number, self.bearers[number]) for number in range(first, last)]

    def pointed_at(self, pointing: Pointing) -> dict[Entity, float]:
        """Shares of a pointing by entity."""
        shares: dict[Entity, float] = {}
        for extent, share in pointing.shares.items():
            if (one := self.at(extent)) is not None:
                shares[one] = shares.get(one, 0.0) + share
        return shares


def gather(text: str, names: Sequence[Noted]) -> Entities:
    """Gather names into entities."""
    names = _of_one_kind(text, names)
    persons = [name for name in names if name.kind == "person"]
    found = [*_persons(text, persons), *_bodies(text, [name for name in names if name.kind != "person"])]
    found.sort(key=lambda one: one.mentions[0].extent)
    placed = sorted(((mention.extent, one) for one in found for mention in one.mentions), key=lambda pair: pair[0])
    return Entities(tuple(found), tuple(extent for extent, _ in placed), tuple(one for _, one in placed))


def _of_one_kind(text: str, names: Sequence[Noted]) -> list[Noted]:
    """Give mentions in the same words the kind that is most probable of all of them together."""
    worded = [words_at(text, name.extent) for name in names]
    votes: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for name, words in zip(names, worded, strict=True):
        votes[words][name.kind] += name.probability
        if name.kind == "person" and " " in words:
            votes[words.rsplit(" ", 1)[1]]["person"] += name.probability
        elif name.kind == "body" and (suffix := _OF.search(words)):
            votes[words[: suffix.start()]]["body"] += name.probability
    kinds = {words: max(counts, key=counts.__getitem__) for words, counts in votes.items()}
    return [
        name if name.kind == kinds[words] else replace(name, kind=kinds[words])
        for name, words in zip(names, worded, strict=True)
    ]


def words_at(text: str, extent: Extent) -> str:
    """Return the words of an extent on one line, without a possessive ending."""
    return _POSSESSIVE.sub("", " ".join(text[slice(*extent)].split()))


def _name_at(text: str, extent: Extent) -> str:
    """Return the words of a person's name without a title before them ("Mr. Fogel", "Brigadier General Rasool")."""
    words = words_at(text, extent).split()
    while len(words) > 1 and words[0].rstrip(".").lower() in _titles():
        words = words[1:]
    return " ".join(words)


@lru_cache(maxsize=1)
def _titles() -> frozenset[str]:
    """Titles, and the nouns for who bears one of them, in lower case."""
    rows = table("honorifics.tsv")
    nouns = frozenset(
        noun for _, *cells in (("", *row) for row in rows.values()) for noun in "|".join(cells[1:]).split("|")
    )
    return frozenset(rows) | nouns


def _fullness(form: str) -> tuple[int, int]:
    words = form.split()
    return len([word for word in words if len(word.rstrip(".")) > 1]), len(form)


def _is_acronym(form: str) -> bool:
    return len(form.split()) == 1 and form.replace(".", "").isupper()


# --- persons


class _Persons:
    """Persons while they are gathered, found by the words of their names."""

    def __init__(self) -> None:
        self.everyone: list[Entity] = []
        self._by_word: dict[str, list[tuple[Entity, PersonName]]] = {}
        self._placed: dict[Extent, Entity] = {}
        self._last: dict[Entity, int] = {}

    def candidates(self, own: PersonName) -> list[tuple[Entity, PersonName]]:
        """Who shares a word with a name, of many namesakes those met last."""
        words = {*own.parts, *surname_forms(own)}
        return [one for word in words for one in self._by_word.get(word, ())[-_NAMESAKES:]]

    def add(self, name: Noted, words: str, own: PersonName, known: Entity | None) -> None:
        """Add a mention to somebody known, or somebody new."""
        one = known or Entity("person")
        if known is None:
            self.everyone.append(one)
            for word in {*own.parts, *surname_forms(own)}:
                self._by_word.setdefault(word, []).append((one, own))
        one.add(name, words)
        self._placed[name.extent] = one
        self._last[one] = name.extent[0]

    def chosen(self, name: Noted, may: Sequence[Entity]) -> Entity:
        """Whom a short name means of several: the one that the reader links it to, else the last named."""
        shares: dict[Entity, float] = {}
        for extent, share in name.pointing.shares.items():
            if (one := self._placed.get(extent)) is not None:
                shares[one] = shares.get(one, 0.0) + share
        return max(may, key=lambda one: (round(shares.get(one, 0.0), 1), self._nearness(name, one)))

    def _nearness(self, name: Noted, one: Entity) -> int:
        """Where somebody was last named before a name; below 0 for somebody who is named only afterwards."""
        before = bisect_left(one.mentions, name.extent, key=lambda mention: mention.extent)
        full = one.mentions[before - 1].extent[0] if before else -one.mentions[0].extent[0]
        last = self._last[one]
        return max(full, last) if last < name.extent[0] else full


def _persons(text: str, names: Sequence[Noted]) -> list[Entity]:
    """Full names first, in the order of the text, then the names of one word."""
    parsed = [(name, _name_at(text, name.extent)) for name in names]
    persons = _Persons()
    for name, words in parsed:
        if " " in words:
            own = parse_name(words.split())
            known = next((one for one, other in persons.candidates(own) if can_be_one(own, other)), None)
            persons.add(name, words, own, known)
    for name, words in parsed:
        if " " not in words:
            own = parse_name([words])
            found = persons.candidates(own)
            may = [one for one, other in found if fold(words) in surname_forms(other)] or [one for one, _ in found]
            persons.add(name, words, own, persons.chosen(name, may) if may else None)
    for one in persons.everyone:
        one.mentions.sort(key=lambda mention: mention.extent)
    return persons.everyone


# --- bodies and states


class _Bodies:
    """Bodies and states while they are gathered, found by their names, words and acronyms."""

    def __init__(self) -> None:
        self.everyone: list[Entity] = []
        self._by_key: dict[str, Entity] = {}
        self._by_word: dict[str, list[Entity]] = {}
        self._placed: dict[Extent, Entity] = {}

    def add(self, name: Noted, words: str, alias: str = "") -> None:
        """Add a mention to the body that it names, which also goes by what stands in brackets after it."""
        one = self._known(name, words)
        if one is None:
            one = Entity(name.kind)
            self.everyone.append(one)
        if words not in one.forms:
            for key in filter(None, (_key(words, one.kind), *_acronyms(words), _key(alias, one.kind))):
                self._by_key.setdefault(key, one)
            for word in _content(words):
                self._by_word.setdefault(word, []).append(one)
        one.add(name, words)
        self._placed[name.extent] = one

    def _known(self, name: Noted, words: str) -> Entity | None:
        if (one := self._by_key.get(_key(words, name.kind))) is not None:
            return one
        if (one := self._spelt_out(words)) is not None:
            return one
        shares: dict[Entity, float] = {}
        for extent, share in name.pointing.shares.items():
            if (one := self._placed.get(extent)) is not None:
                shares[one] = shares.get(one, 0.0) + share
        near = [one for word in _content(words) for one in self._by_word.get(word, ())[-_NAMESAKES:]]
        short = [one for one in dict.fromkeys(near) if _is_short_of(words, one, shares.get(one, 0.0))]
        if short:
            return short[0]
        if len(head := [one for one in dict.fromkeys(near) if _is_head_of(words, one)]) == 1:
            return head[0]
        if _is_acronym(words):
            near += [one for one in shares if one.kind == name.kind and _may_abbreviate(words, one)]
        best = max(near, key=lambda one: shares.get(one, 0.0), default=None)
        return best if best is not None and shares.get(best, 0.0) >= _SAME else None

    def _spelt_out(self, words: str) -> Entity | None:
        """Who was named by the acronym of a name before the name itself."""
        known = (self._by_key.get(key) for key in _acronyms(words) if len(key) >= _LEAST_INITIALS)
        return next((one for one in known if one is not None and all(map(_is_acronym, one.forms))), None)


def _bodies(text: str, names: Sequence[Noted]) -> list[Entity]:
    bodies = _Bodies()
    for name in names:
        words = words_at(text, name.extent)
        words, alias = _with_alias(_ARTICLE.sub("", words) or words)
        bodies.add(name, _without_owner(words), alias)
    return bodies.everyone


def _without_owner(words: str) -> str:
    """Return a body's name without the state whose own it is: so 55 of 58 in conflict train ("Russia's Army")."""
    owner = _OWNER.match(words)
    is_state = owner is not None and (country_code(owner[1]) or seat_code(owner[1]) or state_name(owner[1]))
    return words[owner.end() :] if owner is not None and is_state else words


def _with_alias(words: str) -> tuple[str, str]:
    """Return a name and what stands in brackets after it; of its acronym, only the words that it is made of.

    Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003.
    """
    if (bracket := _BRACKET.fullmatch(words)) is None:
        return words, ""
    name, alias = bracket.groups()
    parts = name.split()
    tails = (" ".join(parts[first:]) for first in range(len(parts) - 1, -1, -1))
    return next((tail for tail in tails if _key(alias) in _acronyms(tail)), name), alias


def _is_short_of(words: str, one: Entity, share: float) -> bool:
    """Whether a name is the end of a longer one ("State Department"), or what stands before "for", "of" or "Inc"."""
    for form in one.forms:
        short, long = sorted((words, form), key=len)
        if len(short) < 4 or one.kind == "state" or country_in(short) or short == long:
            continue
        if long.endswith(f" {short}") and (" " in short or share >= _SHORT):
            return True
        if long.startswith(f"{short} ") and _OF.match(long[len(short) :]):
            return True
    return False


def _is_head_of(words: str, one: Entity) -> bool:
    """Whether a name of one word is the noun that a longer one is about ("Observatory", before "for Human Rights")."""
    if " " in words or len(words) < 4 or one.kind == "state" or country_in(words) or not words[0].isupper():
        return False
    return any(_HEAD_END.split(form)[0].endswith(f" {words}") for form in one.forms)


def _may_abbreviate(words: str, one: Entity) -> bool:
    """Whether the letters of an acronym stand in a name in their order, from its first ("ISIS", "Islamic State")."""
    letters = words.replace(".", "").lower()
    return any(_holds_in_order(letters, form.lower()) for form in one.forms)


def _holds_in_order(letters: str, form: str) -> bool:
    rest = iter(form)
    return form.startswith(letters[0]) and all(letter in rest for letter in letters)


def _key(words: str, kind: str = "") -> str:
    """Return what names of one body or state share; a seat of government is the state where the reader says so."""
    code = country_code(words) or (seat_code(words) if kind == "state" else None)
    if (code and not words.isupper()) or words.replace(".", "") in ("US", "UK", "UAE"):
        return code or words
    return " ".join(fold(word).replace(".", "") for word in words.split())


def _content(words: str) -> set[str]:
    return {fold(word) for word in words.split()} - _SMALL


def _acronyms(words: str) -> tuple[str, ...]:
    """Keys of the acronyms that a name of several words may have ("SOHR": Syrian Observatory for Human Rights)."""
    found = re.findall(r"\w+", re.sub(r"['’]s\b", "", words))
    if len(found) < 2:
        return ()
    initials = "".join(word[0] for word in found if word.lower() not in _SMALL)
    return _key(initials.upper()), _key("".join(word[0] for word in found).upper())
