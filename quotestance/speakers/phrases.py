"""How far a noun phrase and the object of its preposition reach."""

from __future__ import annotations

from quotestance.speakers.lexicon import is_organization_noun, is_role_modifier, word_set
from quotestance.speakers.words import Words, is_abbreviation

_RELATIVES = frozenset(("who", "whom", "whose", "which", "that", "when", "where", "while"))
STOPS = _RELATIVES | {"and", "or", "but", "said", "says", "is", "was", "has", "had", "told"}
"""Words before which a noun phrase ends."""


def runs_on(words: Words, number: int) -> bool:
    """Nothing but space, a hyphen, an abbreviation's stop or a possessive stands between a word and the next."""
    gap = words.gap(number).strip()
    return gap in ("", "-", "–", "/", "'s", "’s", "'", "’") or (gap == "." and is_abbreviation(words.row[number].text))


def object_end(words: Words, first: int, last: int) -> int:
    """Return the number of the last word of a preposition's object."""
    number = first
    while number <= last and words.row[number].lower in word_set("determiners.txt"):
        number += 1
    end = number - 1
    while number <= last and (number == first or runs_on(words, number - 1)):
        word = words.row[number]
        if word.lower == "for" and words.row[number - 1].lower in word_set("portfolios.txt"):
            break  # "Secretary of State for African Affairs"
        if word.lower in ("of", "for", "and", "&", "on", "the"):
            if not _object_goes_on(words, number, last):
                break
        elif (
            word.lower in word_set("prepositions.txt")
            or word.lower in STOPS
            or (word.kind == "function" and not word.is_capital)
            or (end >= first and not _belongs(words, number, end))
        ):
            break
        end = number
        number += 1
    while end >= first and words.row[end].lower in ("of", "for", "and", "&", "on", "the"):
        end -= 1
    return end


def _object_goes_on(words: Words, number: int, last: int) -> bool:
    after = number + 1
    while after <= last and words.row[after].lower == "the":
        after += 1
    before = words.row[number - 1]
    return after <= last and words.row[after].is_capital and (before.is_capital or before.kind == "organization")


def _belongs(words: Words, number: int, end: int) -> bool:
    """Whether a word goes on with the object: capitals after capitals, lower-case nouns after lower-case ones."""
    word, before = words.row[number], words.row[end]
    if word.is_capital:
        return True
    if before.is_capital or before.lower in ("of", "and"):
        return is_organization_noun(word.text) or word.kind == "role"
    return (
        word.kind in ("role", "organization")
        or before.kind in ("role", "organization")
        or is_role_modifier(before.text)
    )
