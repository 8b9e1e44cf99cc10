"""Names of bodies: the acronyms they may have, and those that a body of every state may bear."""

from __future__ import annotations

import re
from functools import lru_cache

from quotestance.text.lexicon import fold, table, word_set


def folded(words: str) -> str:
    """Return words as names are compared: each folded, without dots.

    >>> folded("U.N. Council")
    'un council'
    """
    return " ".join(fold(word).replace(".", "") for word in words.split())


def acronyms(words: str) -> tuple[str, ...]:
    """Keys of the acronyms that a name of several words may have, without and with its small words.

    >>> acronyms("Syrian Observatory for Human Rights")
    ('sohr', 'sofhr')
    """
    found = re.findall(r"\w+", re.sub(r"['’]s\b", "", words))
    if len(found) < 2:
        return ()
    small = word_set("small_words.txt")
    initials = "".join(word[0] for word in found if word.lower() not in small)
    return folded(initials), folded("".join(word[0] for word in found))  # no states: "US" is not United Steelworkers


def cut_to(name: str, alias: str) -> str:
    """Return of a name the words that its acronym is made of, all of them where it is none.

    Schwartz and Hearst, "A simple algorithm for identifying abbreviation definitions in biomedical text", 2003.

    >>> cut_to("Iran's Atomic Energy Organization", "AEO")
    'Atomic Energy Organization'
    """
    parts = name.split()
    tails = (" ".join(parts[first:]) for first in range(len(parts) - 1, -1, -1))
    return next((tail for tail in tails if folded(alias) in acronyms(tail)), name)


def is_generic(name: str) -> bool:
    """Whether a name has nothing but words of bodies that every state has.

    >>> is_generic("Defense Ministry"), is_generic("Ministry of Foreign Affairs"), is_generic("Kremlin")
    (True, True, False)
    """
    words = [word for word in folded(name).split() if word not in word_set("small_words.txt")]
    return bool(words) and all(word in _body_words() or word.removesuffix("s") in _body_words() for word in words)


@lru_cache(maxsize=1)
def _body_words() -> frozenset[str]:
    return frozenset(map(folded, table("body_words.tsv")))
