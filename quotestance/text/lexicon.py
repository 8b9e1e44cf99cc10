"""Word lists and tables, shipped as commented text in ``quotestance/data``: read once, looked up in constant time."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import resources

_ALIKE = str.maketrans({**dict.fromkeys("’‘ʼ", "'"), **dict.fromkeys("‐‑", "-"), "ı": "i", "ł": "l", "Ł": "l"})
_POSSESSIVE = re.compile(r"['’]s?$", re.IGNORECASE)
_NEAR = 5_000
"""Characters on either side of an offset in which words are looked for: keeps the time linear."""
_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF))


@lru_cache(maxsize=32)
def lexicon(name: str) -> frozenset[str]:
    """Entries of ``quotestance/data/<name>`` as a set."""
    return frozenset(read_lexicon(name))


def read_lexicon(name: str) -> list[str]:
    """Entries of ``quotestance/data/<name>``: one a line, ``#`` starts a comment."""
    lines = resources.files("quotestance.data").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [entry for line in lines if (entry := line.partition("#")[0].strip())]


@lru_cache(maxsize=32)
def word_set(name: str) -> frozenset[str]:
    """Entries of a one-entry-a-line lexicon, in lower case.

    >>> "bin" in word_set("name_particles.txt")
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
    bare = unicodedata.normalize("NFKD", word.translate(_ALIKE))
    return "".join(char for char in bare if not unicodedata.combining(char)).casefold()


def seen(words: str) -> str:
    """Return words without characters that take no room: soft hyphens, zero-width blanks, joiners, byte order marks.

    >>> seen("Zelen\\u00adskyy")
    'Zelenskyy'
    """
    return words.translate(_UNSEEN)


def without_possessive(words: str) -> str:
    """Return words without a possessive ending.

    >>> without_possessive("Kyiv's"), without_possessive("the Philippines’")
    ('Kyiv', 'the Philippines')
    """
    return _POSSESSIVE.sub("", words)


def words_at(text: str, extent: tuple[int, int]) -> str:
    """Return the words of an extent on one line, without a possessive ending and what no reader sees."""
    return without_possessive(" ".join(seen(text[slice(*extent)]).split())).rstrip()


def nearest(text: str, words: str, anchor: int) -> tuple[int, int] | None:
    """Where words stand nearest to an offset, before or after it; ``None`` where they do not near it."""
    spaced = r"\s+".join(map(re.escape, words.split()))  # a line may end inside a name
    whole = re.compile(rf"(?<!\w){spaced}(?!\w)")
    places = (found.span() for found in whole.finditer(text, max(0, anchor - _NEAR), anchor + _NEAR))
    return min(places, key=lambda place: abs(place[0] - anchor), default=None)


def is_given_name(word: str) -> bool:
    """Whether a word is a known given name.

    >>> is_given_name("Volodymyr"), is_given_name("Xyzzy")
    (True, False)
    """
    return fold(word) in _given_names()


@lru_cache(maxsize=1)
def _given_names() -> frozenset[str]:
    return frozenset(map(fold, read_lexicon("given_names.txt")))
