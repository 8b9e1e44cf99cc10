"""Whether two given names may be one person's: spellings, short forms, initials."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from quotestance.identities.romanization import best_likeness, plain, romanized, vowels
from quotestance.text import read_lexicon
from quotestance.text.lexicon import word_set

Agreement = Literal["same", "spelling", "short form", "rare short form", "initial", "alike"]

_LEAST_LETTERS = 5  # below it, two short names of like sound are two names more often than one
_LEAST_LIKENESS = 0.8
_KOREAN = (
    *(("yeo", "yu"), ("you", "yu"), ("yo", "yu"), ("woo", "u"), ("weo", "wu"), ("wo", "wu")),
    *(("eo", "u"), ("eu", "u"), ("ou", "u"), ("oo", "u"), ("o", "u")),
    *(("ae", "e"), ("ai", "e"), ("ui", "i"), ("ee", "i"), ("yi", "i")),
    *(("ch", "j"), ("sh", "s"), ("g", "k"), ("d", "t"), ("b", "p"), ("r", "l")),
)
_GENDERED = {frozenset(pair) for pair in (("e", "a"), ("", "e"), ("", "le"), ("", "ne"), ("ael", "elle"))}


@lru_cache(maxsize=1)
def _spellings() -> dict[str, frozenset[int]]:
    """Every given name of ``given_name_variants.tsv``, plain, with the numbers of its families."""
    found: dict[str, set[int]] = {}
    for number, entry in enumerate(read_lexicon("given_name_variants.tsv")):
        for name in entry.split("|"):
            found.setdefault(plain(name), set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@lru_cache(maxsize=1)
def _own_short_forms() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for entry in read_lexicon("nicknames.tsv"):
        name, _, forms = entry.partition("\t")
        for form in forms.split("|"):
            found.setdefault(plain(name), set()).add(plain(form))
            found.setdefault(plain(form), set()).add(plain(name))
    return found


@lru_cache(maxsize=1)
def _listed() -> dict[str, set[str]]:
    """Short forms of the ``nicknames`` package, both ways."""
    from nicknames import name_triplets

    found: dict[str, set[str]] = {}
    for pair in name_triplets():
        found.setdefault(pair.name1, set()).add(pair.name2)
        found.setdefault(pair.name2, set()).add(pair.name1)
    return found


@lru_cache(maxsize=8192)
def short_forms(name: str) -> frozenset[str]:
    """Plain names that may stand for a plain given name, either being short for the other.

    >>> "anthony" in short_forms("tony"), "bill" in short_forms("william")
    (True, True)
    """
    return frozenset(_own_short_forms().get(name, set()) | _listed().get(name, set()))


@lru_cache(maxsize=8192)
def _short_of_any(name: str) -> frozenset[str]:
    """Short forms of a name in any of its spellings: "Bibi" of "Binyamin", which is "Benjamin"."""
    return frozenset(form for spelling in (name, *spellings_of(name)) for form in short_forms(spelling))


def _is_doubtful(a: str, b: str) -> bool:
    """Whether a pair stands in the package alone, and the better known table has one of them as another name's form."""
    own = _own_short_forms()
    listed = own.get(a, set()), own.get(b, set())
    return any(listed) and not (b in _own_of_any(a) or a in _own_of_any(b))


def _own_of_any(name: str) -> set[str]:
    own = _own_short_forms()
    return {form for spelling in (name, *spellings_of(name)) for form in own.get(spelling, ())}


def _one_sound(name: str) -> str:
    """Return a name in one romanization, of Korean too: "Seok-youl" and "Suk Yeol"."""
    if len(name) < _LEAST_LETTERS:
        return romanized(name)
    for sounds in ("woo", "eo", "eu", "ou", "oo"):
        name = name.replace(sounds, "u")
    return romanized(name)


@lru_cache(maxsize=65536)
def is_one_in_korean(a: str, b: str) -> bool:
    """Whether two plain Korean given names may be one by the rules of North and South, old and new.

    >>> is_one_in_korean("songwon", "sunkwon"), is_one_in_korean("jongun", "jongil")
    (True, False)
    """
    return _in_korean(a) == _in_korean(b)


def _in_korean(name: str) -> str:
    for sounds, one in _KOREAN:
        name = name.replace(sounds, one)
    return name


def _is_gendered(a: str, b: str) -> bool:
    """ "Mario" and "Maria", "Victor" and "Victoria", "Daniel" and "Danielle": like, and never one person's."""
    if a.endswith("a") != b.endswith("a") and not a.endswith("h") and not b.endswith("h"):
        return True  # "Khadijeh" is "Khadija"
    stem = 0
    while stem < min(len(a), len(b)) and a[stem] == b[stem]:
        stem += 1
    return frozenset((a[stem:], b[stem:])) in _GENDERED


@lru_cache(maxsize=65536)
def agreement(a: str, b: str) -> Agreement | None:
    """How two plain given names agree; ``None`` where they are two people's.

    ``alike`` is a guess: like, with other vowels, as "Bashar" and "Besher" are, and "Jamil" and "Jamal".

    >>> agreement("volodymyr", "vladimir"), agreement("bill", "william"), agreement("w", "william")
    ('spelling', 'short form', 'initial')
    >>> agreement("hassan", "hussein") is None
    True
    """
    if a == b:
        return "same"
    if min(len(a), len(b)) == 1:
        return "initial" if a[:1] == b[:1] else None
    if {a, b} <= word_set("family_first_surnames.txt"):
        return None  # syllables of Chinese or Korean names, each of its own: "Zhou" and "Zhu"
    if _one_sound(a) == _one_sound(b) or _spellings().get(a, frozenset()) & _spellings().get(b, frozenset()):
        return "spelling"
    if b in _short_of_any(a) or a in _short_of_any(b):
        return "rare short form" if _is_doubtful(a, b) else "short form"
    if min(len(a), len(b)) < _LEAST_LETTERS or _is_gendered(a, b):
        return None
    if (best_likeness(a, b) or 0.0) < _LEAST_LIKENESS:
        return None
    return "spelling" if vowels(a) == vowels(b) else "alike"


def spellings_of(name: str) -> frozenset[str]:
    """Plain given names that ``given_name_variants.tsv`` has as spellings of one.

    >>> "wolodymyr" in spellings_of("vladimir")
    True
    """
    families = _families()
    return frozenset(other for number in _spellings().get(name, ()) for other in families[number])


@lru_cache(maxsize=1)
def _families() -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for name, numbers in _spellings().items():
        for number in numbers:
            found.setdefault(number, []).append(name)
    return found
