"""The state as the affiliation of those who hold an office of it, or are a body of it.

Who may be one of those is told by the words of a role or of a body's name: by how much likelier somebody of whom they
are said has a country at all (``data/state_words.tsv``, learned from the conflict corpus). What that is worth on
held-out articles: training/speakers/README.md, "no state as home of its own".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from quotestance.countries import state_code
from quotestance.speakers.entity import Entity
from quotestance.text.lexicon import table

HEAD_END = re.compile(r"[,;]| who | that | in | at | of | for | to | from | with ")
"""What parts the words that tell what somebody is from those that follow."""

_WORD = re.compile(r"[^\W\d_]+")


def own_state(one: Entity, role: str | None, country: str | None, names: Mapping[str, str]) -> str | None:
    """Return the state whose office holder or body somebody is, as the article calls it; ``None`` where it is none.

    Args:
        one: Somebody named.
        role: Their role.
        country: Their country, as an ISO 3166-1 alpha-3 code.
        names: Code to the name that the article uses for it.
    """
    words = role or (None if one.kind == "person" else one.name)
    if country is None or words is None or not is_of_state(words) or state_code(one.name):
        return None
    return names.get(country)


def is_of_state(words: str) -> bool:
    """Whether somebody of such a role, or a body of such a name, is likelier than others to have a country.

    >>> is_of_state("Defense Minister"), is_of_state("analyst")
    (True, False)
    """
    return sum(_odds().get(word.lower(), 0.0) for word in _WORD.findall(HEAD_END.split(words)[0])) > 0


@lru_cache(maxsize=1)
def _odds() -> dict[str, float]:
    return {word: float(row[0]) for word, row in table("state_words.tsv").items()}
