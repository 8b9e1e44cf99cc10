"""Bodies, states, metonyms and documents that speak: the name that a source gives them, and their country."""

from __future__ import annotations

from quotestance.speakers.countries import (
    country_code,
    country_in,
    demonym_code,
    is_listed_body,
    listed_country,
    seat_code,
    state_name,
)
from quotestance.speakers.lexicon import word_set
from quotestance.speakers.words import Word, Words
from quotestance.types import Speaker

_NAMED = ("place", "body", "acronym")
"""Kinds of words that name a state or body by themselves."""


def read_body(words: Words, first: int, head: int, description: str | None) -> Speaker:
    """Return the body that the words ``first..head`` name; two that "and" joins are a group.

    >>> from quotestance.speakers.words import read_words
    >>> read_body(read_words("the Chinese Foreign Ministry"), 0, 3, None).country
    'CHN'
    """
    while first < head and words.row[first].lower in word_set("determiners.txt"):
        first += 1
    if joint := _joint(words, first, head):
        second = joint + 1 + (words.row[joint + 1].lower == "the")
        members = words.between(first, joint - 1), words.between(second, head)
        return Speaker(" and ".join(members), "group", members=members)
    name = words.between(first, head)
    country = _country(name)
    if is_proper(words, first, head):
        return Speaker(name, "organization", country=country)
    return Speaker(None, "organization", country=country, description=description)


def is_proper(words: Words, first: int, head: int) -> bool:
    """Whether the words ``first..head`` hold a proper name: "the Interior Ministry", not "the ministry"."""
    return any(_is_proper(word) for word in words.row[first : head + 1])


def _is_proper(word: Word) -> bool:
    is_named = word.is_capital and (not word.opens or word.is_possessive)
    return is_named or word.kind in (*_NAMED, "given")


def _joint(words: Words, first: int, head: int) -> int | None:
    """Return the number of the "and" between two states or bodies: "the United States and South Korea"."""
    row = words.row
    for number in range(first + 1, head):
        after = number + 1 + (row[number + 1].lower == "the")
        if row[number].lower == "and" and after <= head and row[after].kind in _NAMED:
            return number if row[number - 1].kind in _NAMED else None
    return None


def _country(name: str) -> str | None:
    if is_listed_body(name):
        return listed_country(name)
    if state_name(name) and not country_code(name):
        return "USA" if name != "Georgia" else None
    return country_code(name) or demonym_code(name) or seat_code(name) or country_in(name)
