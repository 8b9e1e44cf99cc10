"""The word lists that tell a person from a body and a role from a name: read once, looked up in constant time.

The lists are the commented files in ``quotestance/data/``; nothing of them stands in code.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from quotestance.text import read_lexicon


@lru_cache(maxsize=32)
def word_set(name: str) -> frozenset[str]:
    """Entries of a one-entry-a-line lexicon, in lower case.

    >>> "committee" in word_set("organization_nouns.txt")
    True
    """
    return frozenset(entry.lower() for entry in read_lexicon(name))


@lru_cache(maxsize=32)
def table(name: str) -> dict[str, tuple[str, ...]]:
    """Read a tab-separated lexicon: first column in lower case -> the other columns."""
    rows = (entry.split("\t") for entry in read_lexicon(name))
    return {first.strip().lower(): tuple(cell.strip() for cell in rest) for first, *rest in rows}


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """Return a word as it is compared: lower case, no diacritics, one kind of apostrophe and hyphen.

    >>> fold("López") == fold("Lopez"), fold("O’Neill")
    (True, "o'neill")
    """
    bare = unicodedata.normalize("NFKD", word.replace("’", "'").replace("‑", "-").replace("ı", "i").replace("ł", "l"))
    return "".join(char for char in bare if not unicodedata.combining(char)).casefold()


def singular(word: str) -> str | None:
    """Return the singular of a plural noun in lower case, by its ending; ``None`` where the word is no plural.

    >>> singular("spokesmen"), singular("agencies"), singular("critics"), singular("boss")
    ('spokesman', 'agency', 'critic', None)
    """
    word = word.lower()
    for ending, ending_of_one in (("men", "man"), ("women", "woman"), ("people", "person"), ("wives", "wife")):
        if word.endswith(ending):
            return word[: -len(ending)] + ending_of_one
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word == "children":
        return "child"
    if word.endswith("s") and not word.endswith(("ss", "us", "sis", "xis", "ris")) and len(word) > 3:
        return word[:-1]
    return None


_PREFIXES = frozenset(("Then", "Ex", "Vice", "Co", "Former", "Deputy"))


def _compounds(word: str) -> tuple[str, ...]:
    return (word, word.rpartition("-")[2]) if "-" in word else (word,)


@lru_cache(maxsize=8192)
def is_role_noun(word: str) -> bool:
    """Whether a word (any case, singular) names what somebody does or is; its last part decides in a compound."""
    is_double_name = (
        "-" in word
        and word.rpartition("-")[2][:1].isupper()
        and word.partition("-")[0] not in _PREFIXES
        and word[0].isupper()
    )
    parts = (word.lower(),) if is_double_name else _compounds(word.lower())
    return any(part in table("role_nouns.tsv") for part in parts)


@lru_cache(maxsize=8192)
def is_plural_role(word: str) -> bool:
    """Whether a word is the plural of a role noun ("officials", "spokesmen")."""
    one = singular(word)
    return one is not None and is_role_noun(one)


@lru_cache(maxsize=8192)
def is_organization_noun(word: str) -> bool:
    """Whether a word (any case, singular or plural) names a kind of body or document."""
    lower = word.lower()
    nouns = word_set("organization_nouns.txt")
    return any(part in nouns or singular(part) in nouns for part in _compounds(lower))


_MODIFIER_ENDINGS = (
    "al",
    "ic",
    "ive",
    "-based",
    "-elect",
    "-old",
    "-backed",
    "-led",
    "-born",
    "-trained",
    "-educated",
    "-appointed",
    "-wing",
)


@lru_cache(maxsize=8192)
def is_role_modifier(word: str) -> bool:
    """Whether a word may stand before a role noun as part of the role ("deputy", "foreign", "Moscow-based")."""
    return word.lower() in word_set("role_modifiers.txt") or (
        len(word) > 4 and word.lower().endswith(_MODIFIER_ENDINGS)
    )


@lru_cache(maxsize=8192)
def is_modifier_by_ending(word: str) -> bool:
    """Whether nothing but its ending makes a word a modifier of roles: with a capital it may be a surname."""
    lower = word.lower()
    is_listed = lower in word_set("role_modifiers.txt") or lower in word_set("portfolios.txt")
    return is_role_modifier(word) and not (is_listed or is_role_noun(word) or is_plural_role(word) or "-" in word)


@lru_cache(maxsize=8192)
def role_gender(word: str) -> str | None:
    """``m`` or ``f`` where a role noun or honorific tells the gender ("spokeswoman", "Mrs"), else ``None``."""
    lower = word.lower().rstrip(".")
    row = table("honorifics.tsv").get(lower) or table("role_nouns.tsv").get(lower) or ()
    return row[0] if row and row[0] else None


def given_name_gender(word: str) -> str | None:
    """``m``, ``f`` or ``u`` for a known given name, ``None`` for a word that is none."""
    row = _given_names().get(fold(word))
    return row[0] if row else None


@lru_cache(maxsize=1)
def _given_names() -> dict[str, tuple[str, ...]]:
    return {fold(name): row for name, row in table("given_names.tsv").items()}
