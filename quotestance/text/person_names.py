"""Names of people: their parts, and whether a shorter form can stand for a fuller one.

Covers surnames with particles (van, de, al-, bin), suffixes (Jr., III), initials, short given names, Spanish double
surnames. Where the family name stands first, a shorter form has a word of the name. Case and diacritics do not count.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from quotestance.text.lexicon import fold, table, word_set

_NUMERALS = frozenset(("ii", "iii", "iv"))
_SUFFIXES = _NUMERALS | {"jr", "sr"}
_PATRONYMIC = frozenset(("bin", "ibn", "bint"))
_PARTICLES = word_set("name_particles.txt")
_ARTICLES = ("al-", "el-", "ash-", "as-", "an-", "ar-", "ad-", "az-")
_MOST_OF_TITLE = 2  # words
_MOST_MIDDLES = 5  # names between the first and the surname that are compared: keeps the time linear
_SOUNDS, _UNSAID = re.compile("gh|[gqkc]"), re.compile(r"[\W_]|(?<=[aeiou])h(?![aeiou])")  # as "Baqer", "Bagher"
_VOWELS, _DOUBLED = re.compile("[aeiouy]"), re.compile(r"(.)\1+")


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as parts, each folded for comparison.

    Args:
        parts: Given names and surname in the order of the text, without honorific and suffix.
        surname: Words of the surname, particles included.
        given: First given name, or ``None`` for a bare surname.
        suffix: ``jr``, ``iii`` ... or ``None``.
    """

    parts: tuple[str, ...]
    surname: tuple[str, ...]
    given: str | None = None
    suffix: str | None = None


def parse_name(words: Sequence[str]) -> PersonName:
    """Parts of a name from its words.

    >>> parse_name(["Bill", "de", "Blasio"]).surname, parse_name(["Jim", "Hall", "Jr."]).suffix
    (('de', 'blasio'), 'jr')
    """
    parts = [fold(word).rstrip(".,") for word in words]
    suffix = parts.pop() if len(parts) > 1 and parts[-1] in _SUFFIXES else None
    whole = tuple(parts)
    first = len(whole) - 1
    while first > 1 and whole[first - 1] in _PARTICLES:
        first -= 1
    if len(whole) < 2 or (first == 1 and whole[0] in _PARTICLES):
        return PersonName(whole, whole, None, suffix)
    return PersonName(whole, whole[first:], whole[0], suffix)


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
    >>> given_names_agree("j.r", "john"), given_names_agree("ed", "edwin"), given_names_agree("ed", "elizabeth")
    (True, True, False)
    >>> given_names_agree("li", "liu")  # two families, where the surname stands first
    False
    """
    if a == b or b in _short_forms().get(a, ()):
        return True
    shorter, longer = sorted((a, b), key=lambda name: len(name.replace(".", "")))
    letters = shorter.replace(".", "")
    if not 1 <= len(letters) <= 2 or {shorter, longer} <= word_set("family_first_surnames.txt"):
        return False
    are_initials = len(letters) == 1 or "." in shorter
    return longer.startswith(letters[:1] if are_initials else letters)


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
    if name.given is not None and len(parts) >= 3 and len(parts[-2]) > 2 and name.surname == parts[-1:]:
        forms.add(" ".join(parts[-2:]))
    forms |= {_without_article(form) for form in forms}
    return frozenset(forms)


def can_be_one(a: PersonName, b: PersonName) -> bool:
    """Whether two names can belong to one person; what begins with a particle may be a given name ("Ben Hale") or none.

    Where both have names between the first and the surname, one of these is the same ("Abdul Salam Roe" is not
    "Abdul Rahman Roe").

    >>> can_be_one(parse_name(["Hillary", "Clinton"]), parse_name(["Hillary", "Rodham", "Clinton"]))
    True
    >>> can_be_one(parse_name(["Bill", "Clinton"]), parse_name(["Hillary", "Clinton"]))
    False
    """
    if a.suffix and b.suffix and a.suffix != b.suffix:
        return False
    share_surname = bool(surname_forms(a) & surname_forms(b))
    if a.given is None or b.given is None:
        if _is_numbered(a, b) or _is_numbered(b, a):
            return a.parts[0] == b.parts[0] and max(len(a.parts), len(b.parts)) > 2
        short, long = sorted((" ".join(("", *name.parts)).replace("-", " ") for name in (a, b)), key=len)
        return share_surname and (long.endswith(short) or given_names_agree(a.parts[0], b.parts[0]))
    if not share_surname:
        return _is_contained(a, b) or _is_contained(b, a)
    if given_names_agree(a.given, b.given):
        return _middles_agree(a, b)
    return _is_middle(a.given, b) or _is_middle(b.given, a)


def _middles_agree(a: PersonName, b: PersonName) -> bool:
    """Whether two names share one of those between first given name and surname, or one of them has none."""
    ones, others = map(_middles, (a, b))
    near = (given_names_agree(one, other) or _bones(one) == _bones(other) for one in ones for other in others)
    return not ones or not others or any(near) or _bones("".join(ones)) == _bones("".join(others))


def _middles(name: PersonName) -> list[str]:
    """Return a few of the words between first given name and surname.

    Particles, articles ("al-Rahman") and nicknames in marks are left out.
    """
    inner = name.parts[1 : len(name.parts) - len(name.surname)][:_MOST_MIDDLES]
    return [_without_article(word) for word in inner if word not in _PARTICLES and word[0].isalpha()]


def _bones(word: str) -> str:
    """Return what is alike in the spellings of a name: its consonants, each once, by how they sound."""
    letters = _SOUNDS.sub("k", _UNSAID.sub("", word)).replace("w", "v")
    first = "" if _VOWELS.match(letters) else letters[:1]
    return _DOUBLED.sub(r"\1", first + _VOWELS.sub("", letters[1:])) or letters


def _is_numbered(short: PersonName, full: PersonName) -> bool:
    """Whether one is a given name with a number, as of a king ("Abdullah II"), and the other has a surname too."""
    return short.given is None and short.suffix in _NUMERALS and full.given is not None


def is_fathers(word: str, name: PersonName) -> bool:
    """Whether a folded word names the bearer's father: "salman" of "Mohammed bin Salman".

    >>> is_fathers("salman", parse_name(["Mohammed", "bin", "Salman"])), is_fathers("salman", parse_name(["Salman"]))
    (True, False)
    """
    return len(name.surname) > 1 and name.surname[0] in _PATRONYMIC and word == name.surname[-1]


def _is_middle(given: str, name: PersonName) -> bool:
    """Whether a given name is a middle name of a fuller form: "Edgar" of "J. Edgar Hoover"."""
    return len(given) > 2 and given in name.parts[1:-1]


def _is_contained(short: PersonName, full: PersonName) -> bool:
    """``short`` stands inside ``full`` word for word and begins like it: "Andrés Manuel López" of a longer name."""
    size = len(short.parts)
    return 2 <= size < len(full.parts) and full.parts[:size] == short.parts


def may_reign(name: PersonName) -> bool:
    """Whether nothing stands behind a name but a numeral or a father's, as in those of kings and popes.

    >>> may_reign(parse_name(["Salman", "bin", "Abdulaziz"])), may_reign(parse_name(["Charles", "Michel"]))
    (True, False)
    """
    return name.given is None or bool(_PATRONYMIC.intersection(name.parts))


def stands_first(word: str, name: PersonName) -> bool:
    """Whether a folded word is the family name of somebody whose family name stands first.

    >>> stands_first("kim", parse_name(["Kim", "Jong", "Un"])), stands_first("soo", parse_name(["Soo", "Kim"]))
    (True, False)
    """
    families = word_set("family_first_surnames.txt")
    return word == name.parts[0] and word in families and name.parts[-1] not in families


def without_titles(words: Sequence[str]) -> Sequence[str]:
    """Return the words of a name without the titles before it; one word at least stays.

    >>> without_titles(["Brigadier", "General", "Rasool"]), without_titles(["Mr.", "Fogel"])
    (['Rasool'], ['Fogel'])
    """
    start = 0
    while size := _title_at(words[start : start + _MOST_OF_TITLE + 1]):
        start += size
    return words[start:]


def _title_at(words: Sequence[str]) -> int:
    """How many words of a title a name begins with ("Crown Prince"); one word at least stays."""
    sizes = (size for size in range(_MOST_OF_TITLE, 0, -1) if size < len(words))
    return next((size for size in sizes if " ".join(words[:size]).rstrip(".").lower() in _titles()), 0)


@lru_cache(maxsize=1)
def _titles() -> frozenset[str]:
    """Titles, and the nouns for who bears one of them, in lower case."""
    rows = table("honorifics.tsv")
    return frozenset(rows).union(*(nouns.split("|") for row in rows.values() for nouns in row))
