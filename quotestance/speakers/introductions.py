"""Where an article says who somebody is: before the name, in apposition, in a relative clause, after "is" or "as"."""

# worth beside the reader, in points on conflict test and test2 together (training/speakers/README.md): appositions 1.1
# of affiliation and 0.8 of country, at 0.4 of speaker; clauses 1.3 of role

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from quotestance.speakers.countries import country_in
from quotestance.speakers.lexicon import is_role_noun, table, word_set
from quotestance.speakers.mentions import Mention
from quotestance.speakers.people import Person
from quotestance.speakers.roles import Role, read_role
from quotestance.speakers.words import Words

_DETERMINERS = frozenset(("the", "a", "an", "his", "her", "their", "its"))
_LONGEST_PHRASE = 28  # words read of one introduction


def profile(words: Words, person: Person) -> Role:
    """Role, affiliation and country of a person from every place where the article introduces them."""
    best: tuple[float, Role] | None = None
    found: list[Role] = []
    for mention in person.mentions[:60]:
        for weight, role in _introductions(words, mention):
            if _is_passing(role):
                continue
            if (role.role or "").lower().endswith("counterpart"):
                role = replace(role, role=None)  # of whom, only the sentence says; whose they are, stays
            found.append(role)
            score = weight + 1.0 * bool(role.affiliation) + 1.5 * mention.name.is_full + 0.5 * bool(role.role)
            if role.role and (best is None or score > best[0] + 0.01):
                best = (score, role)
    if best is None:
        affiliation = next((role.affiliation for role in found if role.affiliation), None)
        return Role(None, affiliation, next((role.country for role in found if role.country), None))
    chosen = best[1]
    if chosen.affiliation is None:
        chosen = replace(chosen, affiliation=next((role.affiliation for role in found if role.affiliation), None))
    if chosen.country is None:
        chosen = replace(chosen, country=next((role.country for role in found if role.country), None))
    return chosen


def _is_passing(role: Role) -> bool:
    front = (role.role or "").lower().partition(" of ")[0].partition(" to ")[0].split()
    return bool(front) and front[-1] in word_set("passing_nouns.txt")


def _introductions(words: Words, mention: Mention) -> Iterator[tuple[float, Role]]:
    if mention.title and (role := read_role(words, *mention.title)):
        yield 2.0, role
    for weight, first, last in _phrases(words, mention):
        if (role := read_role(words, first, last)) and role.role:
            yield weight, role
    yield from _clauses(words, mention)


def _phrases(words: Words, mention: Mention) -> Iterator[tuple[float, int, int]]:
    """Weights and word ranges of the appositions around a name."""
    after = _apposition_after(words, mention)
    if after:
        yield (2.0, *after)
    before = _apposition_before(words, mention)
    if before:
        yield (1.5, *before)


def _after_comma(words: Words, mention: Mention) -> int | None:
    """Return the number of the first word after the comma that follows a name, an age or a party tag passed over."""
    number = mention.last
    for _ in range(3):
        gap = words.gap(number)
        if number + 1 >= len(words.row):
            return None
        if "," in gap or gap.strip() in ("—", "–", "--", "("):
            after = words.row[number + 1]
            if after.text.isdigit() or gap.rstrip().endswith("("):
                number += 1
                while number + 1 < len(words.row) and ")" not in words.gap(number) and "(" in gap:
                    number += 1
                continue
            return number + 1 if after.sentence == words.row[mention.last].sentence else None
        if "(" in gap and number + 1 < len(words.row):
            number += 1
            while number + 1 < len(words.row) and ")" not in words.gap(number) and number < mention.last + 6:
                number += 1
            continue
        return None
    return None


def _apposition_after(words: Words, mention: Mention) -> tuple[int, int] | None:
    first = _after_comma(words, mention)
    if first is None or words.row[mention.last].is_possessive:
        return None
    return _role_phrase(words, first)


def _role_phrase(words: Words, first: int) -> tuple[int, int] | None:
    """Extent of a noun phrase that begins at ``first`` and reaches a role noun before a verb or preposition."""
    sentence = words.row[first].sentence
    for number in range(first, min(first + 10, len(words.row))):
        word = words.row[number]
        if word.sentence != sentence or (number > first and _is_broken(words, number - 1)):
            return None
        if is_role_noun(word.text) and not _is_premodifier(words, number):
            return None if _titles_somebody(words, number) else (first, _phrase_end(words, number))
        is_compound = number > first and words.gap(number - 1) == "-"
        if word.kind == "function" and word.lower not in _OPENERS and not word.is_capital and not is_compound:
            return None
        if word.kind == "plain" and not word.is_capital and word.lower.endswith(("ing", "ed")) and number == first:
            return None
    return None


_OPENERS = word_set("determiners.txt") | {"and", "of", "first", "second", "third", "then", "now", "once"}


def _titles_somebody(words: Words, number: int) -> bool:
    """Whether the role is a title of somebody else: "..., Secretary Marsh and ..."."""
    after = words.row[number + 1] if number + 1 < len(words.row) else None
    return after is not None and after.follows and after.is_capital and after.kind in ("given", "plain", "initial")


def _is_premodifier(words: Words, number: int) -> bool:
    """Whether a role noun only leads up to another ("Trump adviser" no, "student leader" yes)."""
    after = words.row[number + 1] if number + 1 < len(words.row) else None
    if after is None or not after.follows or words.row[number].is_possessive:
        return words.row[number].is_possessive
    return is_role_noun(after.text) or (after.kind in ("role", "organization") and not after.is_capital)


def _is_broken(words: Words, number: int) -> bool:
    gap = words.gap(number).strip()
    return bool(gap) and gap not in ("'s", "’s", "-", "–", "'", "’", ".", "/")


def _phrase_end(words: Words, head: int) -> int:
    number = head
    sentence = words.row[head].sentence
    while number + 1 < len(words.row) and number - head < _LONGEST_PHRASE:
        if words.row[number + 1].sentence != sentence or _is_broken(words, number):
            return number
        number += 1
    return number


def _apposition_before(words: Words, mention: Mention) -> tuple[int, int] | None:
    """Find a phrase with a role between a boundary and a comma: "A spokesperson for the embassy, Liu Pengyu,"."""
    number = mention.first - 1
    if mention.title:
        number = mention.title[0] - 1
    if number < 1 or words.gap(number).strip() not in (",", "—", "–"):
        return None
    sentence = words.row[mention.first].sentence
    first = number
    while (
        first > 0
        and words.row[first - 1].sentence == sentence
        and not _is_broken(words, first - 1)
        and number - first < _LONGEST_PHRASE
    ):
        first -= 1
    if words.row[number].sentence != sentence:
        return None
    starts = [
        n
        for n in range(first, number + 1)
        if n == first or words.row[n].lower in _DETERMINERS or words.row[n - 1].lower == "as"
    ]
    for start in starts:
        while start < number and words.row[start].kind == "function" and words.row[start].lower not in _OPENERS:
            start += 1
        found = _role_phrase(words, start)
        if found and found[1] >= number and read_role(words, start, number):
            return start, number
    return None


def _clauses(words: Words, mention: Mention) -> Iterator[tuple[float, Role]]:
    """Relative clauses, copulas and "as": "Cha, who heads the program", "Cha is the head of", "Cha, as head of"."""
    number = mention.last + 1
    if number + 2 >= len(words.row) or words.row[number].sentence != words.row[mention.last].sentence:
        return
    word = words.row[number]
    if word.lower == "who":
        number += 1
        word = words.row[number]
    elif word.lower == "as" or (word.lower in ("is", "was") and word.follows):
        pass
    else:
        return
    if words.row[mention.last].is_possessive:
        return
    if word.lower in ("is", "was", "as", "became"):
        phrase = _role_phrase(words, number + 1)
        if phrase and (role := read_role(words, *phrase)):
            yield 1.0, role
    elif word.lower in ("served", "serves", "works", "worked", "serving") and words.row[number + 1].lower == "as":
        phrase = _role_phrase(words, number + 2)
        if phrase and (role := read_role(words, *phrase)):
            yield 1.0, role
    elif word.lower in table("leading_verbs.tsv"):
        body = _home(words, number + 1)
        if body:
            yield 1.0, Role(table("leading_verbs.tsv")[word.lower][0], body, country_in(body))


def _home(words: Words, number: int) -> str | None:
    while number < len(words.row) and words.row[number].lower in ("the", "a", "an", "its", "his", "her"):
        number += 1
    if number >= len(words.row) or not words.row[number].is_capital:
        return None
    end = number
    connectors = ("of", "for", "and", "on", "the")
    while (
        end + 1 < len(words.row)
        and words.row[end + 1].follows
        and (
            words.row[end + 1].is_capital
            or (
                words.row[end + 1].lower in connectors
                and end + 2 < len(words.row)
                and words.row[end + 2].follows
                and (words.row[end + 2].is_capital or words.row[end + 2].lower in connectors)
            )
        )
    ):
        end += 1
    return words.between(number, end)
