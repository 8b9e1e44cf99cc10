"""Role, affiliation and country from the words that introduce somebody.

What is printed where: the **role** is the title as worded with what marks its time ("former", "acting") and what the
office is for ("Secretary of State", "director of communications"), without the body it ties to; the **affiliation**
is that body, government, campaign, place or person as worded ("Ukrainian" in "Ukrainian President", "Trump campaign"
in "Trump campaign spokesman"); where a role is "of" one thing "at" another, the role keeps the first ("head of the
Korea Division") and the affiliation is the second. Parties stay in the role ("Republican nominee"). The **country** is
a code only where a name, demonym or U.S. state in those words says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from quotestance.speakers.countries import country_in, is_listed_body, listed_country
from quotestance.speakers.lexicon import (
    is_organization_noun,
    is_plural_role,
    is_role_modifier,
    is_role_noun,
    singular,
    word_set,
)
from quotestance.speakers.phrases import STOPS, object_end, runs_on
from quotestance.speakers.words import Word, Words

_KEEPS_ITS_PLACE = frozenset(["embassy", "consulate", "mission", "office", "bureau"])
_ENVOYS = frozenset(["ambassador", "envoy", "emissary", "representative", "liaison", "delegate", "consul"])
_ONE_OF_MANY = re.compile(r"^(Sen|Rep|Gov|Gen|Col|Adm|Prof|Dr)s(\.?)$")  # "Sens. Roe and Poe": each is a "Sen."
_LONGEST_ROLE = 12  # words


@dataclass(frozen=True, slots=True)
class Role:
    """What an introduction says of somebody; fields as in :class:`quotestance.types.Speaker`."""

    role: str | None = None
    affiliation: str | None = None
    country: str | None = None


def read_role(words: Words, first: int, last: int) -> Role | None:
    """Role and affiliation from a noun phrase such as "a spokesman for the Interior Ministry".

    Args:
        first, last: Numbers of the words of the phrase; it may run on, the reading stops where the phrase does.

    Returns:
        ``None`` where the phrase names no role.

    >>> from quotestance.speakers.words import read_words
    >>> read_role(words := read_words("head of the Korea Division at the Center for Peace Studies"), 0, 10)
    Role(role='head of the Korea Division', affiliation='Center for Peace Studies', country=None)
    """
    while first <= last and words.row[first].lower in word_set("determiners.txt"):
        first += 1
    stop = _front_end(words, first, last)
    head = next((n for n in range(stop, first - 1, -1) if _is_head(words.row[n])), None)
    if head is None or head - first > _LONGEST_ROLE or any(_is_verb(words, n) for n in range(first, head)):
        return None
    # "Roth met her Australian counterpart": the phrase begins behind its determiner.
    determiners = word_set("determiners.txt")
    first = next((n + 1 for n in range(head - 1, first, -1) if words.row[n].lower in determiners), first)
    front_role, front_body = _split_front(words, first, head)
    if (one := singular(words.row[head].text)) and is_plural_role(words.row[head].text) and front_role.endswith("s"):
        front_role = front_role[: -len(words.row[head].text)] + one
    tail_role, tail_body = _split_tail(words, head, last)
    role = " ".join(part for part in (front_role, tail_role) if part)
    role = _ONE_OF_MANY.sub(r"\1\2", role)
    if role.lower().rstrip(".") in word_set("bare_honorifics.txt"):
        return None
    if front_body and head < last and words.row[head + 1].lower == "in":
        tail_role, tail_body = "", None  # "a senior Hamas official in Gaza" is Hamas's
    body = tail_body or front_body
    if tail_body and front_body and words.row[head].lower in _ENVOYS:
        body, tail_body = front_body, None  # where an envoy goes is not who sends them
    return Role(role, body, _country(front_body) or _country(tail_body))


def _is_verb(words: Words, number: int) -> bool:
    """Whether a past tense follows a capital: "Roe joined candidate Doe" is no role of anybody."""
    word = words.row[number]
    is_past = (
        word.text.islower() and word.lower.endswith("ed") and "-" not in word.text and not is_role_modifier(word.text)
    )
    return is_past and number > 0 and words.row[number - 1].is_capital and word.follows


def _country(body: str | None) -> str | None:
    if not body:
        return None
    return listed_country(body) if is_listed_body(body) else country_in(body)


def _is_head(word: Word) -> bool:
    return word.kind == "honorific" or is_role_noun(word.text) or is_plural_role(word.text)


def _front_end(words: Words, first: int, last: int) -> int:
    """Return the number of the last word before the first preposition, comma or relative pronoun."""
    for number in range(first, last + 1):
        word = words.row[number]
        if number > first and word.lower in word_set("prepositions.txt"):
            return number - 1
        if (
            number > first
            and word.lower in STOPS
            and not (word.lower == "and" and number < last and _coordinates(words, first, number))
        ):
            return number - 1
        if number < last and not runs_on(words, number):
            return number
    return last


def _coordinates(words: Words, first: int, number: int) -> bool:
    """ "chairman and chief executive", "Foreign and Defense Secretary": "and" inside the front of a role."""
    after = words.row[number + 1]
    return after.kind == "role" or after.is_capital or any(_is_head(words.row[n]) for n in range(first, number))


def _split_front(words: Words, first: int, head: int) -> tuple[str, str | None]:
    """Words up to the head as (role, body): "former Florida governor" -> ("former governor", "Florida")."""
    lead = first
    while lead < head and _is_time(words.row[lead]):
        lead += 1
    start, end = _proper_stretch(words, lead, head)
    if end < start:
        return words.between(first, head), None
    body = words.between(start, end)
    kept = [words.between(first, start - 1)] if start > first else []
    is_campaign = words.row[end + 1].lower == "campaign" and end + 1 < head
    if is_campaign:
        body += words.gap(end).rstrip() + " campaign"
    return " ".join([*kept, words.between(end + 1, head)]), body


def _is_time(word: Word) -> bool:
    """ "former", "acting"; but not the "New" of New York."""
    return (
        word.lower in word_set("role_times.txt")
        and not word.is_possessive
        and word.kind in ("role", "function", "plain")
    )


def _proper_stretch(words: Words, lead: int, head: int) -> tuple[int, int]:
    """Numbers of the words of a proper name in front of a role; an empty stretch where there is none."""
    start = lead
    while start < head and not _is_proper(words.row[start]):
        start += 1
    bodies = [n for n in range(start, head) if _is_capital_body(words, n, start)]
    if bodies:
        start = _widened(words, lead, start)
        end = bodies[-1]
        while end + 1 < head and not words.row[end].is_possessive:
            if not (_is_proper(words.row[end + 1]) or _is_of_place(words, end + 1, head)):
                break
            end += 1
        return start, end
    end = start - 1
    if start < head:
        start = _widened(words, lead, start)
    after = words.row[min(start + 1, head)]
    if after.is_capital and "-" in after.text and is_role_modifier(after.text):
        return start, start - 1  # "Ivy League-trained surgeon"
    while end + 1 < head and (_is_proper(words.row[end + 1]) or _joins(words, end + 1, head)):
        end += 1
        if words.row[end].is_possessive:
            break
    return start, end


def _is_of_place(words: Words, number: int, head: int) -> bool:
    """ "of" inside a name: "University of Virginia professor"."""
    before = words.row[number - 1]
    return words.row[number].lower == "of" and before.kind == "organization" and _joins(words, number, head)


def _widened(words: Words, lead: int, start: int) -> int:
    """Start of a proper name with the field or adjective before it: "Justice Department", "Federal Reserve"."""
    while lead < start and words.row[start - 1].is_capital and words.row[start].follows:
        lower = words.row[start - 1].lower
        is_national = words.row[start].lower in ("national", "congressional", "senatorial", "governors")
        is_adjective = lower.endswith(("al", "ic", "an")) and (is_national or lower not in word_set("party_words.txt"))
        if not (is_adjective or lower in word_set("portfolios.txt") or lower == "state"):
            break
        start -= 1
    return start


def _is_capital_body(words: Words, number: int, start: int) -> bool:
    word = words.row[number]
    if not word.is_capital or word.kind not in ("organization", "body", "acronym"):
        return False
    after = words.row[number + 1]
    if word.opens and not after.is_capital and after.lower != "of" and word.kind == "organization":
        return False  # "Campaign chair Roe" at the start of a sentence
    is_field = word.lower in word_set("portfolios.txt") or word.lower in ("state", "press", "campaign", "news", "staff")
    return not is_field or number > start or words.row[number + 1].kind == "organization"


def _joins(words: Words, number: int, head: int) -> bool:
    word = words.row[number]
    return word.lower in ("of", "and", "the", "for", "&") and number + 1 < head and _is_proper(words.row[number + 1])


def _is_proper(word: Word) -> bool:
    if not word.is_capital or _is_time(word):
        return False
    if word.kind in ("place", "body", "acronym", "given", "initial"):
        return word.text != "GOP"
    if word.kind == "honorific":
        return word.lower in ("mr", "mrs", "ms")  # "Mrs. Roe's press secretary"
    if word.kind == "organization":
        return word.lower not in ("state", "press", "intelligence", "staff") and not word.opens
    return word.kind == "plain" and not is_role_modifier(word.text)


def _split_tail(words: Words, head: int, last: int) -> tuple[str, str | None]:
    """Words after the head as (more role, body)."""
    kept: list[str] = []
    number = head + 1
    body: str | None = None
    while number <= last and runs_on(words, number - 1) and not words.row[number - 1].is_possessive:
        preposition = words.row[number].lower
        if preposition == "in" and number < last and words.row[number + 1].lower == "chief":
            kept.append(words.between(number, number + 1))
            number += 2
            continue
        if preposition not in word_set("prepositions.txt"):
            break
        end = object_end(words, number + 1, last)
        if end <= number:
            break
        start = number + 1
        while start < end and words.row[start].lower in word_set("determiners.txt"):
            start += 1
        if _is_body(words, start, end) and not _is_field(words, preposition, start, end, head):
            if body and preposition in ("at", "with") and len(kept) < 2:
                return _at(words, head, number, start, end, last)
            if body:
                break
            body = _body(words, start, end, last)
        elif body or preposition not in ("of", "for", "to", "on", "at"):
            break
        else:
            kept.append(words.between(number, end))
        number = end + 1
    return " ".join(kept), body


def _at(words: Words, head: int, number: int, start: int, end: int, last: int) -> tuple[str, str | None]:
    """ "head of X at Y": the role keeps X; "a fellow at X at Y" works at "X at Y"."""
    if words.row[head + 1].lower in ("at", "with"):
        opening = head + 2
        while words.row[opening].lower in word_set("determiners.txt"):
            opening += 1
        return "", words.between(opening, end)
    return words.between(head + 1, number - 1), _body(words, start, end, last)


def _body(words: Words, start: int, end: int, last: int) -> str:
    """Return the body's name; an embassy keeps the city it is in."""
    if words.row[end].lower in _KEEPS_ITS_PLACE and end + 2 <= last and words.row[end + 1].lower == "in":
        place = end + 2
        while place + 1 <= last and words.row[place + 1].follows and words.row[place + 1].is_capital:
            place += 1
        if words.row[place].is_capital and words.row[end + 1].follows:
            end = place
    while (
        start < end
        and not words.row[start].is_capital
        and is_organization_noun(words.row[start].text)
        and words.row[start + 1].is_capital
    ):
        start += 1
    return words.between(start, end)


def _is_body(words: Words, start: int, end: int) -> bool:
    stretch = words.row[start : end + 1]
    return any(word.is_capital for word in stretch)


def _is_field(words: Words, preposition: str, start: int, end: int, head: int) -> bool:
    """Return what an office is for: "Secretary of State", "ambassador to Japan", "expert on Russia"."""
    if preposition == "on" and words.row[end].is_capital and words.row[end].kind == "organization":
        return False  # "the top Democrat on the Budget Committee"
    if preposition == "on" or (preposition == "to" and words.row[head].lower in _ENVOYS):
        return True
    stretch = [word for word in words.row[start : end + 1] if word.lower not in ("of", "and", "for", "the")]
    fields = word_set("portfolios.txt")
    if preposition in ("of", "for") and all(word.lower in fields or word.kind == "role" for word in stretch):
        return True
    if any(word.is_capital and word.kind == "organization" and word.lower not in fields for word in stretch):
        return False
    return preposition == "for" and stretch[-1].lower in ("affairs", "policy", "operations", "security")
