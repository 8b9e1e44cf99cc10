"""Names of people: their parts, and whether a shorter form can stand for a fuller one.

Covers surnames with particles (van, de, al-, bin), suffixes (Jr., III), initials, short forms of given names,
East Asian order (family name first) and Spanish double surnames. Comparisons leave case and diacritics aside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from quotestance.speakers.lexicon import fold, given_name_gender, table, word_set

SUFFIXES = frozenset(("jr", "sr", "ii", "iii", "iv"))
PARTICLES = word_set("name_particles.txt")
_KOREAN = re.compile(r"[A-Z]\w+-[a-z]\w+")  # "Yoo Il-ho"
_ARTICLES = ("al-", "el-", "ash-", "as-", "an-", "ar-", "ad-", "az-")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as parts, each folded for comparison.

    Args:
        parts: Given names and surname in the order of the text, without honorific, suffix and nickname.
        surname: Words of the surname, particles included.
        given: First given name, or ``None`` for a bare surname.
        suffix: ``jr``, ``iii`` ... or ``None``.
        nickname: A nickname that the text puts in quotation marks or parentheses inside the name.
    """

    parts: tuple[str, ...]
    surname: tuple[str, ...]
    given: str | None = None
    suffix: str | None = None
    nickname: str | None = None

    @property
    def is_full(self) -> bool:
        """Whether there is more than a surname."""
        return self.given is not None


def parse_name(words: Sequence[str], nickname: str | None = None) -> PersonName:
    """Parts of a name from its words.

    >>> parse_name(["Bill", "de", "Blasio"]).surname, parse_name(["Xi", "Jinping"]).surname
    (('de', 'blasio'), ('xi',))
    """
    parts = [fold(word).rstrip(".") for word in words]
    suffix = parts.pop() if len(parts) > 1 and parts[-1] in SUFFIXES else None
    if len(parts) < 2:
        return PersonName(tuple(parts), tuple(parts), None, suffix, nickname and fold(nickname))
    if _is_family_first(parts) or (len(parts) == 2 and _KOREAN.fullmatch(words[1])):
        return PersonName(tuple(parts), (parts[0],), parts[1], suffix, nickname and fold(nickname))
    first = len(parts) - 1
    while first > 1 and parts[first - 1] in PARTICLES:
        first -= 1
    if first == 1 and parts[0] in PARTICLES:
        return PersonName(tuple(parts), tuple(parts), None, suffix, nickname and fold(nickname))
    return PersonName(tuple(parts), tuple(parts[first:]), parts[0], suffix, nickname and fold(nickname))


def _is_family_first(parts: Sequence[str]) -> bool:
    if parts[0] not in word_set("family_first_surnames.txt") or len(parts) > 3:
        return False
    if len(parts) == 2 and "-" in parts[1]:
        return True
    if len(parts) == 3 and all(len(part) < 6 and given_name_gender(part) is None for part in parts[1:]):
        return True  # "Kim Jong Un"
    # "Kim Jones", "Lee Smith": a Western surname follows, or the first word is a given name of the West.
    is_western = given_name_gender(parts[0]) is not None or (len(parts[1]) > 8 and parts[0] not in ("kim", "lee"))
    return not is_western and parts[-1] not in word_set("family_first_surnames.txt")


@lru_cache(maxsize=1)
def _short_forms() -> dict[str, frozenset[str]]:
    forms: dict[str, set[str]] = {}
    for name, (row, *_) in table("nicknames.tsv").items():
        family = [fold(name), *(fold(form) for form in row.split("|"))]
        for form in family[1:]:
            forms.setdefault(family[0], set()).add(form)
            forms.setdefault(form, set()).add(family[0])
    return {name: frozenset(others) for name, others in forms.items()}


def given_names_agree(a: str, b: str) -> bool:
    """Whether two folded given names may be one person's: equal, an initial, or a short form.

    >>> given_names_agree("william", "bill"), given_names_agree("j", "john"), given_names_agree("bill", "hillary")
    (True, True, False)
    """
    if a == b or b in _short_forms().get(a, ()):
        return True
    shorter, longer = sorted((a.replace(".", ""), b.replace(".", "")), key=len)
    return len(shorter) <= 2 and shorter[:1] == longer[:1] and bool(shorter)


def _without_article(word: str) -> str:
    return next((word[len(article) :] for article in _ARTICLES if word.startswith(article)), word)


@lru_cache(maxsize=4096)
def surname_forms(name: PersonName) -> frozenset[str]:
    """Everything that may stand alone for the surname: with and without particles, the parts of a double one.

    >>> sorted(surname_forms(parse_name(["Bashar", "al-Assad"])))
    ['al-assad', 'assad']
    """
    forms = {" ".join(name.surname), name.surname[-1]} if name.surname else set()
    parts = name.parts
    if name.is_full and len(parts) >= 3 and len(parts[-2]) > 2 and name.surname == parts[-1:]:
        forms.add(" ".join(parts[-2:]))
    forms |= {_without_article(form) for form in forms}
    return frozenset(forms)


def is_double_surname(name: PersonName, word: str) -> bool:
    """Whether a word is the first of two surnames ("Peña" of Enrique Peña Nieto)."""
    return name.is_full and len(name.parts) >= 3 and word == name.parts[-2] and given_name_gender(word) is None


def can_be_one(a: PersonName, b: PersonName) -> bool:
    """Whether two names with given names can belong to one person.

    >>> can_be_one(parse_name(["Hillary", "Clinton"]), parse_name(["Hillary", "Rodham", "Clinton"]))
    True
    >>> can_be_one(parse_name(["Bill", "Clinton"]), parse_name(["Hillary", "Clinton"]))
    False
    """
    if a.suffix and b.suffix and a.suffix != b.suffix:
        return False
    if not a.is_full or not b.is_full:
        return bool(surname_forms(a) & surname_forms(b))
    if not surname_forms(a) & surname_forms(b):
        return _is_contained(a, b) or _is_contained(b, a)
    return _given_agree(a, b)


def _given_agree(a: PersonName, b: PersonName) -> bool:
    a_given = {a.given, a.nickname} - {None}
    b_given = {b.given, b.nickname} - {None}
    if any(given_names_agree(x, y) for x in a_given for y in b_given if x and y):
        return True
    # "J. Edgar Hoover" and "Edgar Hoover": a middle name in use.
    return any(len(x) > 2 and x in b.parts[1:-1] for x in a_given if x) or any(
        len(x) > 2 and x in a.parts[1:-1] for x in b_given if x
    )


def _is_contained(short: PersonName, full: PersonName) -> bool:
    """``short`` stands inside ``full`` word for word and begins like it: "Andrés Manuel López" of a longer name."""
    size = len(short.parts)
    return 2 <= size < len(full.parts) and full.parts[:size] == short.parts
