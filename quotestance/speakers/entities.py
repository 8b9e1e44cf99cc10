"""Who is named in an article: names that belong to one person, body or state, and the fullest of them.

Persons are joined by their names (surname, given name, initial, short form), bodies by their words, acronyms and by
what the reader takes for the same; where two full names compete for a surname the reader's link decides.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from quotestance.speakers.countries import country_code, country_in, seat_code
from quotestance.speakers.lexicon import fold, table
from quotestance.speakers.names import PersonName, can_be_one, parse_name, surname_forms
from quotestance.speakers.notes import Noted, Pointing
from quotestance.text import Extent

_POSSESSIVE = re.compile(r"['’]s?$")
_OF = re.compile(r" (?:for|of|Corp|Inc|Ltd|Co|plc|AG|PLC|LLC)\b")
_SHORT = 0.2  # share of its pointing from which a name of one word is the end of a longer one
_SAME = 0.5  # share of its pointing from which a body's name is one with another that shares a word with it
_SMALL = frozenset(("of", "the", "for", "and", "in", "on", "to", "&", "de", "al"))


@dataclass(eq=False, slots=True)
class Entity:
    """A person, body or state with all mentions of it by name.

    Args:
        kind: ``person`` | ``body`` | ``state``.
        mentions: In the order of the text.
        forms: The same as words.
    """

    kind: str
    mentions: list[Noted] = field(default_factory=list)
    forms: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The fullest form; of equally full ones the most frequent, then the first."""
        counts = Counter(self.forms)
        if self.kind == "person":
            return max(self.forms, key=lambda form: (_fullness(form), counts[form]))
        return max(self.forms, key=lambda form: (not _is_acronym(form), len(form.split()), counts[form]))


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
        first = bisect_right(self.extents, extent[0], key=lambda own: own[1])
        last = bisect_left(self.extents, extent[1], key=lambda own: own[0])
        return self.bearers[first:last]

    def pointed_at(self, pointing: Pointing) -> dict[Entity, float]:
        """Shares of a pointing by entity."""
        shares: dict[Entity, float] = {}
        for extent, share in pointing.shares.items():
            if (one := self.at(extent)) is not None:
                shares[one] = shares.get(one, 0.0) + share
        return shares


def gather(text: str, names: Sequence[Noted]) -> Entities:
    """Gather names into entities."""
    persons = [name for name in names if name.kind == "person"]
    found = [*_persons(text, persons), *_bodies(text, [name for name in names if name.kind != "person"])]
    found.sort(key=lambda one: one.mentions[0].extent)
    placed = sorted(((mention.extent, one) for one in found for mention in one.mentions), key=lambda pair: pair[0])
    return Entities(tuple(found), tuple(extent for extent, _ in placed), tuple(one for _, one in placed))


def words_at(text: str, extent: Extent) -> str:
    """Return the words of an extent on one line, without a possessive ending."""
    return _POSSESSIVE.sub("", " ".join(text[slice(*extent)].split()))


def _name_at(text: str, extent: Extent) -> str:
    """Return the words of a person's name without a title before them ("Mr. Fogel")."""
    words = words_at(text, extent).split()
    while len(words) > 1 and words[0].rstrip(".").lower() in table("honorifics.tsv"):
        words = words[1:]
    return " ".join(words)


def _fullness(form: str) -> tuple[int, int]:
    words = form.split()
    return len([word for word in words if len(word.rstrip(".")) > 1]), len(form)


def _is_acronym(form: str) -> bool:
    return len(form.split()) == 1 and form.replace(".", "").isupper()


# --- persons


def _persons(text: str, names: Sequence[Noted]) -> list[Entity]:
    parsed = [(name, _name_at(text, name.extent)) for name in names]
    full = [(name, words) for name, words in parsed if len(words.split()) > 1]
    entities: list[tuple[Entity, PersonName]] = []
    for name, words in full:
        own = parse_name(words.split())
        known = next((one for one, other in entities if can_be_one(own, other)), None)
        if known is None:
            known = Entity("person")
            entities.append((known, own))
        known.mentions.append(name)
        known.forms.append(words)
    for name, words in parsed:
        if len(words.split()) == 1:
            _add_short(name, words, entities)
    found = [one for one, _ in entities]
    for one in found:
        order = sorted(range(len(one.mentions)), key=lambda n: one.mentions[n].extent)
        one.mentions, one.forms = [one.mentions[n] for n in order], [one.forms[n] for n in order]
    return found


def _add_short(name: Noted, word: str, entities: list[tuple[Entity, PersonName]]) -> None:
    """Add a name of one word to whom it may belong: the one that the reader links it to, else the last named before."""
    folded = fold(word)
    may = [one for one, own in entities if folded in surname_forms(own)]
    may = may or [one for one, own in entities if folded in own.parts or word in one.forms]
    if not may:
        made = Entity("person", [name], [word])
        entities.append((made, parse_name([word])))
        return
    chosen = max(may, key=lambda one: (_linked(name, one), _nearness(name, one)))
    chosen.mentions.append(name)
    chosen.forms.append(word)


def _linked(name: Noted, one: Entity) -> float:
    extents = {mention.extent for mention in one.mentions}
    return round(sum(share for extent, share in name.pointing.shares.items() if extent in extents), 1)


def _nearness(name: Noted, one: Entity) -> int:
    before = [mention.extent[0] for mention in one.mentions if mention.extent[0] < name.extent[0]]
    return max(before) if before else -min(mention.extent[0] for mention in one.mentions)


# --- bodies and states


def _bodies(text: str, names: Sequence[Noted]) -> list[Entity]:
    found: list[Entity] = []
    for name in names:
        words = words_at(text, name.extent)
        words = re.sub(r"^(?:the|The|an?|An?) ", "", words) or words
        known = _same_body(name, words, found)
        if known is None:
            known = Entity(name.kind)
            found.append(known)
        known.mentions.append(name)
        known.forms.append(words)
    return found


def _same_body(name: Noted, words: str, found: Iterable[Entity]) -> Entity | None:
    key = _key(words)
    best: tuple[float, Entity] | None = None
    for one in found:
        if any(_key(form) == key or _stands_for(words, form) for form in one.forms):
            return one
        share = _linked(name, one)
        if _is_short_of(words, one, share):
            return one
        if share >= _SAME and any(_content(words) & _content(form) for form in one.forms):
            best = max(best or (0.0, one), (share, one), key=lambda item: item[0])
    return best[1] if best else None


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


def _key(words: str) -> str:
    code = country_code(words) or seat_code(words)
    if (code and not words.isupper()) or words.replace(".", "") in ("US", "UK", "UAE"):
        return code or words
    return " ".join(fold(word).replace(".", "") for word in words.split())


def _content(words: str) -> set[str]:
    return {fold(word) for word in words.split()} - _SMALL


def _stands_for(one: str, other: str) -> bool:
    """Whether one name is the acronym of the other ("SOHR" of "Syrian Observatory for Human Rights")."""
    short, long = (one, other) if len(one.split()) < len(other.split()) else (other, one)
    letters = short.replace(".", "")
    if not (_is_acronym(short) and 2 <= len(letters) <= 6):
        return False
    words = re.findall(r"\w+", long)
    initials = "".join(word[0].upper() for word in words if word.lower() not in _SMALL)
    with_small = "".join(word[0].upper() for word in words)
    return letters in (initials, with_small)
