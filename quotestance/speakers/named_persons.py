"""Persons named in an article: full names first, then names of one word, which the reader's links tell apart."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence, Set
from itertools import pairwise

from quotestance.speakers.entity import NAMESAKES, Entity
from quotestance.speakers.notes import Noted
from quotestance.text import Extent
from quotestance.text.lexicon import fold, word_set, words_at
from quotestance.text.person_names import (
    PersonName,
    can_be_one,
    is_fathers,
    may_reign,
    parse_name,
    stands_first,
    surname_forms,
    without_titles,
)

_LONGEST_TITLE = 12  # characters, blanks with them, that are looked at before a name


class _Persons:
    """Persons while they are gathered, found by the words of their names."""

    def __init__(self) -> None:
        self.everyone: list[Entity] = []
        self._by_word: dict[str, list[tuple[Entity, PersonName]]] = {}
        self._placed: dict[Extent, Entity] = {}
        self._last: dict[Entity, int] = {}
        self._full: dict[Entity, list[int]] = {}
        self.titled: set[Entity] = set()

    def at(self, name: Noted) -> Entity:
        """Who bears a name that was added."""
        return self._placed[name.extent]

    def candidates(self, own: PersonName) -> list[tuple[Entity, PersonName]]:
        """Who shares a word with a name, of many namesakes those met last."""
        words = dict.fromkeys((*own.parts, *sorted(surname_forms(own))))  # in an order that is the same in every run
        return [one for word in words for one in self._by_word.get(word, ())[-NAMESAKES:]]

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
        if known is None or " " in words:
            self._full.setdefault(one, []).append(name.extent[0])

    def chosen(self, name: Noted, may: Sequence[Entity]) -> Entity:
        """Whom a short name means of several: the one that the reader links it to, else the last named."""
        shares = name.pointing.by(self._placed.get)
        return max(may, key=lambda one: (round(shares.get(one, 0.0), 1), self._nearness(name, one)))

    def _nearness(self, name: Noted, one: Entity) -> int:
        """Where somebody was last named before a name; below 0 for somebody who is named only afterwards."""
        starts = self._full[one]  # all of them by now, in the order of the text
        before = bisect_left(starts, name.extent[0])
        full = starts[before - 1] if before else -starts[0]
        last = self._last[one]
        return max(full, last) if last < name.extent[0] else full


def gather_persons(text: str, names: Sequence[Noted]) -> list[Entity]:
    """Full names first, in the order of the text, then the names of one word."""
    parsed = [(name, _name_at(text, name.extent)) for name in names]
    persons = _Persons()
    for name, words in parsed:
        if " " in words:
            own = parse_name(words.split())
            known = next((one for one, other in persons.candidates(own) if can_be_one(own, other)), None)
            persons.add(name, words, own, known)
            if _is_regnal(text, name.extent, words):
                persons.titled.add(persons.at(name))
    for name, words in parsed:
        if " " not in words:
            own = parse_name([words])
            titled = persons.titled if _is_regnal(text, name.extent, words) else None
            may = _bearers(fold(words), persons.candidates(own), titled)
            known = persons.chosen(name, may) if may else None
            full = words_at(text, name.extent)
            is_full = full.count(" ") == 1 and full.split()[0].lower() in word_set("given_name_titles.txt")
            is_full = is_full and not (known and " " in known.name)
            persons.add(name, full if is_full else words, own, known)
    for one in persons.everyone:
        one.mentions.sort(key=lambda mention: mention.extent)
    return persons.everyone


def _bearers(word: str, found: Sequence[tuple[Entity, PersonName]], titled: Set[Entity] | None) -> list[Entity]:
    """Whom a name of one word can mean: a surname before other names.

    With a title that goes with a given name, it is a king by his own name and no son of his, or who else is ``titled``.
    """
    if titled is not None:
        own = [(one, other) for one, other in found if other.parts[0] == word]
        return [one for one, other in own if may_reign(other) or one in titled]
    by_surname = [(one, other) for one, other in found if word in surname_forms(other) or stands_first(word, other)]
    of_own = [(one, other) for one, other in by_surname if not is_fathers(word, other)]
    return [one for one, _ in of_own or by_surname or found]


def _is_regnal(text: str, extent: Extent, name: str) -> bool:
    """Whether a title that goes with a given name stands in or right before a name ("King Salman", "Prince Harry")."""
    words = text[max(0, extent[0] - _LONGEST_TITLE) : extent[1]].lower().split()
    given = name.partition(" ")[0].lower()
    return any(title in word_set("regnal_titles.txt") and word.startswith(given) for title, word in pairwise(words))


def _name_at(text: str, extent: Extent) -> str:
    """Return the words of a person's name without a title before them ("Mr. Fogel", "Brigadier General Rasool")."""
    return " ".join(without_titles(words_at(text, extent).split()))
