"""Where an article names people: full names, names under a title, and the words that could be a bare surname.

Only what stands in the text decides; who belongs to whom is left to :mod:`quotestance.speakers.people`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from quotestance.speakers.lexicon import (
    fold,
    given_name_gender,
    is_modifier_by_ending,
    is_role_noun,
    role_gender,
    singular,
    word_set,
)
from quotestance.speakers.names import PARTICLES, PersonName, parse_name
from quotestance.speakers.titles import title_before
from quotestance.speakers.words import Words

_NICKNAME_GAP = re.compile(r"\s[\"“‘'(]")
_NICKNAME_END = re.compile(r"[,.]?[\"”’')]\s")
_AFTER_NAME = re.compile(r"\s?(?:\((?:[RDI]|Rep|Dem)[-–—., )]|, \d{2}\b|,? \(\d{2}\))")
_SURNAMES_TOO = frozenset(("page", "camp", "guard", "bond", "law", "story", "post", "case", "house", "bill"))
_LONGEST_NAME = 6  # words


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of a person in the text.

    Args:
        first, last: Numbers of its words, title and honorific left out.
        start, end: Code-point offsets of those words.
        text: The name as worded, white space as single spaces.
        name: Its parts.
        title: Numbers ``(first, last)`` of the words of a title before it, or ``None``.
        gender: ``m`` or ``f`` where honorific or title tell it.
    """

    first: int
    last: int
    start: int
    end: int
    text: str
    name: PersonName
    title: tuple[int, int] | None = None
    gender: str | None = None


def find_mentions(words: Words) -> list[Mention]:
    """Names of people with more than one word or with a title, in the order of the text, headlines left out.

    >>> from quotestance.speakers.words import read_words
    >>> [m.text for m in find_mentions(read_words("Chinese President Xi Jinping met Gen. Milley."))]
    ['Xi Jinping', 'Milley']
    """
    bare = _bare_capitals(words)
    found: list[Mention] = []
    number = 0
    while number < len(words.row):
        mention = _mention_at(words, number, bare) if words.row[number].is_capital else None
        if mention is not None:
            found.append(mention)
        number = mention.last + 1 if mention else number + 1
    return found


def mention_of(words: Words, first: int, last: int, nickname: str | None = None) -> Mention:
    """Make a mention of some words, with its title."""
    numbers = [n for n in range(first, last + 1) if nickname is None or words.row[n].text != nickname]
    name = parse_name([words.row[number].text for number in numbers], nickname)
    title = title_before(words, first)
    gender = None
    if title:
        genders = (role_gender(words.row[number].text) for number in range(title[1], title[0] - 1, -1))
        gender = next((gender for gender in genders if gender), None)
    start, end = words.row[first].start, words.row[last].end
    if words.row[last].kind == "suffix" and words.text[end : end + 1] == ".":
        end += 1
    return Mention(first, last, start, end, " ".join(words.text[start:end].split()), name, title, gender)


def lowered(words: Words) -> frozenset[str]:
    """Words that the article also writes in lower case: with a capital at the start of a sentence they are no names."""
    return frozenset(word.text for word in words.row if word.text.islower())


def _bare_capitals(words: Words) -> Counter[str]:
    """How often a capitalized word stands alone in mid-sentence, or under Mr., Mrs. or Ms."""
    counts: Counter[str] = Counter()
    for number, word in enumerate(words.row):
        if not word.is_capital:
            continue
        if (
            number > 1
            and word.follows
            and words.row[number - 1].follows
            and all(
                words.row[n].is_capital and words.row[n].kind in ("plain", "given")
                for n in (number - 2, number - 1, number)
            )
        ):
            counts[f"{fold(words.row[number - 1].text)} {fold(word.text)}"] += 1  # two surnames after a given name
        after = words.row[number + 1] if number + 1 < len(words.row) else None
        ends_run = after is None or not (after.follows and after.is_capital)
        begins_run = not word.follows or not words.row[number - 1].is_capital
        if ends_run and begins_run and word.sentence not in words.title_case:
            counts[fold(word.text)] += 1
    return counts


def _mention_at(words: Words, first: int, bare: Counter[str]) -> Mention | None:
    word = words.row[first]
    if word.sentence in words.title_case or not _can_begin(words, first):
        return None
    last, nickname = _name_end(words, first)
    mention = mention_of(words, first, last, nickname)
    if _belongs_to_body(words, first, last, mention.title):
        return None
    if first == last:
        return mention if mention.title and _is_titled(words, mention) else None
    return mention if _is_person(words, mention, bare) else None


def _can_begin(words: Words, number: int) -> bool:
    word = words.row[number]
    if word.kind == "organization" and word.is_capital and word.lower in word_set("family_first_surnames.txt"):
        return _is_next_name(words, number)  # "Sun Lihua"
    if not word.is_capital or word.kind not in ("given", "plain", "initial", "place", "acronym", "role", "body"):
        return word.is_capital and word.kind in ("function", "honorific") and _after_bare_honorific(words, number)
    if _after_bare_honorific(words, number):
        return True
    if word.kind in ("acronym", "body", "role"):
        return word.kind == "acronym" and len(word.text.replace(".", "")) <= 2 and _is_next_name(words, number)
    if word.kind == "place":
        return given_name_gender(word.text) is not None and _is_next_name(words, number)
    return not (word.opens and word.kind == "plain" and word.text.lower().endswith(("ing", "ly")))


def _after_bare_honorific(words: Words, number: int) -> bool:
    """After "Mr.", "Sen." and the like any capitalized word is a name."""
    if not number or not words.row[number].follows:
        return False
    before = words.row[number - 1]
    if words.row[number].kind == "honorific" and _is_next_name(words, number):
        return False  # "Maj. Gen. Hnatiuk": the second word is a title too
    return before.kind == "honorific" and len(before.text) <= 4 and before.is_capital


def _is_next_name(words: Words, number: int) -> bool:
    if number + 1 >= len(words.row):
        return False
    after = words.row[number + 1]
    return after.follows and after.is_capital and after.kind in ("plain", "initial", "given")


def _name_end(words: Words, first: int) -> tuple[int, str | None]:
    """Return the number of the last word of the name that begins at ``first``, and a nickname inside it."""
    last, nickname = first, None
    while last + 1 < len(words.row) and last - first + 1 < _LONGEST_NAME and not words.row[last].is_possessive:
        after = words.row[last + 1]
        if _is_nickname(words, last):
            nickname, last = after.text, last + 2
        elif after.kind == "suffix" and words.gap(last).strip() in ("", ","):
            return last + 1, nickname
        elif not after.follows:
            break
        elif (after.lower in PARTICLES and after.text.islower() and _reaches_capital(words, last + 1)) or (
            after.is_capital and _is_name_word(words, first, last + 1)
        ):
            last += 1
        else:
            break
    return last, nickname


def _is_nickname(words: Words, last: int) -> bool:
    if last + 2 >= len(words.row) or not _NICKNAME_GAP.fullmatch(words.gap(last)):
        return False
    return (
        bool(_NICKNAME_END.fullmatch(words.gap(last + 1)))
        and words.row[last + 1].is_capital
        and words.row[last + 2].kind in ("plain", "given")
        and words.row[last + 2].is_capital
        and len(words.row[last + 1].text) > 1
    )


def _reaches_capital(words: Words, number: int) -> bool:
    for later in words.row[number + 1 : number + 3]:
        if not later.follows:
            return False
        if later.is_capital:
            return later.kind in ("plain", "given", "place", "role")
        if later.lower not in PARTICLES:
            return False
    return False


def _is_name_word(words: Words, first: int, number: int) -> bool:
    word = words.row[number]
    if word.kind in ("plain", "given", "initial"):
        return True
    if word.kind == "acronym":
        return words.row[first].text.isupper()
    if word.kind == "role" and is_modifier_by_ending(word.text) and words.row[first].kind in ("plain", "given"):
        return words.row[number - 1].kind in ("plain", "given")  # "Vucic" and "Villarreal" end like adjectives
    before = words.row[number - 1]
    is_last = number + 1 >= len(words.row) or not (words.row[number + 1].follows and words.row[number + 1].is_capital)
    if before.kind not in ("given", "initial") or words.row[first].kind == "place" or not is_last:
        return False
    if word.kind == "organization":
        return word.lower in _SURNAMES_TOO
    return word.kind in ("honorific", "role", "place", "function") and singular(word.text) is None


def _belongs_to_body(words: Words, first: int, last: int, title: tuple[int, int] | None) -> bool:
    """Whether the words are part of an organization's name: "Clinton Foundation", "Kennedy School"."""
    if not words.row[last].is_possessive and last + 1 < len(words.row):
        after = words.row[last + 1]
        if after.follows and after.is_capital and after.kind in ("organization", "body", "acronym"):
            return True
    if first and words.row[first].follows and words.row[first].kind != "given":
        before = words.row[first - 1]
        if title and first < last and before.lower in word_set("portfolios.txt"):
            return False  # "Chief of Staff Ran Harel"
        return before.is_capital and before.kind in ("organization", "body") and before.lower != "house"
    return False


def _is_titled(words: Words, mention: Mention) -> bool:
    """Whether a single word under a title is a name ("President Obama", not "campaign Director Trump")."""
    word = words.row[mention.first]
    if word.kind in ("plain", "given") or _after_bare_honorific(words, mention.first):
        before = words.row[mention.first - 1]
        return before.is_capital or (is_role_noun(before.text) and word.kind == "plain")
    return False


def _is_person(words: Words, mention: Mention, bare: Counter[str]) -> bool:
    first, last = words.row[mention.first], words.row[mention.last]
    kinds = [word.kind for word in words.row[mention.first : mention.last + 1]]
    has_tag = bool(_AFTER_NAME.match(words.text, mention.end))
    if mention.title or has_tag or "initial" in kinds[:2] or (kinds[0] == "acronym" and "." in first.text):
        return True
    if first.kind == "given":
        return True
    if _is_after_the(words, mention.first):
        return False
    if mention.name.surname[0] in word_set("family_first_surnames.txt") and len(kinds) <= 3:
        return True
    is_tail = len(kinds) == 2 and bare[f"{fold(first.text)} {fold(last.text)}"] >= 1
    can_be_surname = last.kind in ("plain", "given") or is_modifier_by_ending(last.text)
    is_name_alone = (bare[fold(last.text)] >= 1 or is_tail) and can_be_surname
    return is_name_alone and not any(word.text.isupper() and len(word.text) > 1 for word in (first, last))


def _is_after_the(words: Words, first: int) -> bool:
    """Whether "the" opens the row of capitals: "the Affordable Care Act" and its tail "Care Act" are no people."""
    number = first
    while number and words.row[number].follows and words.row[number - 1].kind in ("plain", "role", "organization"):
        if not words.row[number - 1].is_capital or first - number > _LONGEST_NAME:
            return False
        number -= 1
    return number > 0 and words.row[number].follows and words.row[number - 1].lower == "the"
