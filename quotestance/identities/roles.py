"""What a role says about who holds it: the office, how far it reaches, and the walk of life."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from quotestance.countries import country_code, demonym_code
from quotestance.text import read_lexicon

Reach = Literal["state", "body", "many"]
Walk = Literal["public", "private", "art", "sport"]

_WORD = re.compile(r"[^\W_]+(?:['’&-][^\W_]+)*")
_TIMES = frozenset(
    [
        "former",
        "ex",
        "then",
        "acting",
        "outgoing",
        "incoming",
        "interim",
        "late",
        "retired",
        "longtime",
        "current",
        "newly",
        "appointed",
        "elect",
        "designate",
        "then-",
        "ex-",
        "caretaker",
        "veteran",
        "senior",
        "top",
        "chief",
        "new",
    ]
)
_BELOW = {
    "deputy": "deputy",
    "vice": "deputy",
    "assistant": "deputy",
    "under": "deputy",
    "junior": "deputy",
    "shadow": "shadow",
    "undersecretary": "deputy",
    "associate": "deputy",
}
_KIN = frozenset(
    [
        "son",
        "daughter",
        "wife",
        "husband",
        "widow",
        "widower",
        "brother",
        "sister",
        "mother",
        "father",
        "uncle",
        "aunt",
        "nephew",
        "niece",
        "cousin",
        "grandson",
        "granddaughter",
        "spouse",
    ]
)
_SERVING_OFFICES = frozenset(["spokesperson", "adviser", "national security adviser", "chief of staff"])
_SERVING = frozenset(
    ["ally", "assistant", "attorney", "bodyguard", "confidant", "confidante", "counsel", "counselor", "counsellor"]
) | {"lawyer", "speechwriter", "strategist"}
_SERVED = frozenset(["of", "for", "to"])  # before whom they serve
_STOPS = frozenset(["the", "a", "an", "of", "for", "to", "at", "in", "on", "and", "s"])
_PAST = frozenset(["former", "formerly", "ex", "late", "onetime", "ousted", "deposed", "erstwhile"])
_PAST_WITHIN = 3  # words at the beginning of a role, among which the one stands that makes it a former one
_LONGEST = 8  # words in the longest wording of an office
_PARTED_OWNER = re.compile(r" 's\b")  # "the president 's", as tokenized text has it
_TO_WHOM = re.compile(r"\b(?:to|for|on)\b.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Role:
    """A role, read.

    Args:
        offices: Names of the offices in ``offices.tsv``, with "deputy" or "shadow" before where the role says so.
        words: Its words without countries, "former" and the like, in lower case.
        walk: What kind of life it belongs to; ``None`` where nothing is said.
    """

    offices: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    walk: Walk | None = None


@lru_cache(maxsize=1)
def _offices() -> dict[tuple[str, ...], str]:
    rows = (entry.split("\t") for entry in read_lexicon("offices.tsv"))
    return {_words(wording): name for name, _, wordings in rows for wording in wordings.split("|")}


@lru_cache(maxsize=1)
def _reaches() -> dict[str, Reach]:
    rows = (entry.split("\t") for entry in read_lexicon("offices.tsv"))
    return {name: "body" if reach == "body" else "state" if reach == "state" else "many" for name, reach, _ in rows}


@lru_cache(maxsize=1)
def _walks() -> dict[tuple[str, ...], Walk]:
    rows = (entry.split("\t") for entry in read_lexicon("walks_of_life.tsv"))
    return {_words(noun): "private" if w == "private" else "art" if w == "art" else "sport" for noun, w in rows}


@lru_cache(maxsize=1)
def office_words() -> frozenset[str]:
    """Every word of the wordings of offices."""
    return frozenset(word for wording in _offices() for word in wording)


def reach(office: str) -> Reach:
    """How many people hold an office at once: one for a state, one for a body, or many.

    >>> reach("foreign minister"), reach("deputy foreign minister"), reach("senator")
    ('state', 'many', 'many')
    """
    return _reaches().get(office, "many")


def _words(text: str) -> tuple[str, ...]:
    return tuple(map(_bare, _marked_words(text)))


def _marked_words(text: str) -> list[str]:
    """Return the words in lower case, those in the possessive with "'s"."""
    lower = text.lower().replace("’", "'").replace(".", "").replace("-", " ")
    return [word for word in _WORD.findall(_PARTED_OWNER.sub("'s", lower)) if _bare(word) != "the"]


def _bare(word: str) -> str:
    return word.removesuffix("'s")


def _without_countries(marked: list[str]) -> list[str]:
    kept: list[str] = []
    words, position = list(map(_bare, marked)), 0
    while position < len(words):
        size = next(
            (n for n in (4, 3, 2, 1) if _is_country(" ".join(words[position : position + n]), words, position, n)), 0
        )
        if not size:
            kept.append(marked[position])
        position += size or 1
    return kept


def _is_country(phrase: str, words: list[str], position: int, size: int) -> bool:
    return position + size <= len(words) and bool(country_code(phrase) or demonym_code(phrase))


@lru_cache(maxsize=65536)
def parse_role(text: str | None) -> Role:
    """Return the offices, words and walk of life of a role as worded.

    >>> sorted(parse_role("former U.S. Secretary of State").offices), parse_role("shop owner").walk
    (['foreign minister'], 'private')
    >>> sorted(parse_role("deputy foreign minister").offices)
    ['deputy foreign minister']
    """
    if not text:
        return Role()
    marked = _without_countries([word for word in _marked_words(text) if _bare(word) != "us"])
    words = list(map(_bare, marked))
    offices, walk, position, is_serving = set(), None, 0, False
    while position < len(words):
        sizes = range(min(_LONGEST, len(words) - position), 0, -1)
        phrases = [(size, tuple(words[position : position + size])) for size in sizes]
        held = next(((size, _offices()[phrase]) for size, phrase in phrases if phrase in _offices()), None)
        if words[position] in _BELOW and held and held[0] == 1 and position + 1 < len(words):
            held = None  # the deputy of an office, not a member of parliament
        lived = next(((size, _walks()[phrase]) for size, phrase in phrases if phrase in _walks()), None)
        if words[position] in _KIN or (is_serving and words[position] in _SERVED):
            break  # whose son or spokesman somebody is, is another's office
        size = held[0] if held else 1
        is_serving |= words[position] in _SERVING or bool(held and held[1] in _SERVING_OFFICES)
        if held and position + size < len(words) and marked[position + size - 1] != words[position + size - 1]:
            held = lived = None  # "the president's adviser" is not the president
        if held and (lived is None or held[0] >= lived[0]):
            below = next(
                (_BELOW[word] for word in reversed(words[max(0, position - 2) : position]) if word in _BELOW), ""
            )
            offices.add(f"{below} {held[1]}".strip())
        elif lived:
            walk = lived[1]
        position += max(size, lived[0] if lived else 1)
    rest = frozenset(word for word in words if word not in _TIMES and word not in _STOPS)
    return Role(
        _apart(offices), rest, "public" if offices and walk != "private" else walk or ("public" if rest else None)
    )


def _apart(offices: set[str]) -> frozenset[str]:
    """Return the offices without those that only word another more loosely ("leader" beside "president")."""
    loose = {"head", "leader", "soldier", "minister"}
    return frozenset(offices - loose or offices)


def is_past(role: str | None) -> bool:
    """Whether a role is one that its bearer had before.

    >>> is_past("ex-president"), is_past("late leader"), is_past("president"), is_past(None)
    (True, True, False, False)
    """
    return bool(role) and not _PAST.isdisjoint(_words(role or "")[:_PAST_WITHIN])


def addressed_away(role: str) -> str:
    """Return a role without whom it is sent to: the ambassador to Russia is not Russia's.

    >>> addressed_away("U.S. ambassador to Ukraine"), addressed_away("president of France")
    ('U.S. ambassador', 'president of France')
    """
    return _TO_WHOM.sub("", role).strip() or role
