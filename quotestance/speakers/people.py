"""Which mentions of an article are one person, under which name.

Full names are gathered first; titled and bare surnames, first names and nicknames then find their person. Two
people of one surname are told apart by given name, gender and the nearest introduction.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from quotestance.speakers.lexicon import fold, given_name_gender, word_set
from quotestance.speakers.mentions import Mention, find_mentions, lowered, mention_of
from quotestance.speakers.names import can_be_one, is_double_surname, surname_forms
from quotestance.speakers.words import Words, read_words

_NAMESAKES = 40  # people of one name looked at; keeps the work linear
_PARTY_TAG = re.compile(r"[RDI][-–][A-Z]")


@dataclass(slots=True, eq=False)
class Person:
    """Somebody an article names, with every place where it does.

    Args:
        mentions: In the order of the text.
        gender: ``m``, ``f`` or ``None`` where nothing tells.
        title_name: A fuller name that only the article's title gives.
        full_mentions: How many of the mentions, while they are gathered, are full names.
        prominence: How many mentions there are so far; one that depends on a preposition counts half.
    """

    mentions: list[Mention] = field(default_factory=list)
    gender: str | None = None
    title_name: str | None = None
    full_mentions: int = 0
    prominence: float = 0.0
    _fullest: Mention | None = None

    @property
    def fullest(self) -> Mention:
        """The mention with the most complete name; the first of those."""
        if self._fullest is None:
            self._fullest = max(self.mentions, key=_fullness)
        return self._fullest

    @property
    def name(self) -> str:
        """The fullest name that the article gives."""
        return self.title_name or _as_printed(self.fullest.text)


def _fullness(mention: Mention) -> tuple[bool, int, bool, int]:
    return mention.name.is_full, len(mention.name.parts), not mention.text.isupper(), -mention.start


def _as_printed(name: str) -> str:
    """``TRUMP`` of a transcript as ``Trump``; everything else as worded."""
    letters = name.replace(" ", "")
    return name.title() if letters.isupper() and len(letters) > 3 and "." not in name else name


@dataclass(slots=True)
class People:
    """Everybody an article names, and which mention is whose."""

    words: Words
    everyone: list[Person]
    owners: dict[int, Person]  # number of a mention's first word -> person
    mentions: list[Mention]  # all of them in the order of the text
    starts: list[int]  # first word of each mention, for bisection

    def between(self, first: int, last: int) -> list[tuple[Mention, Person]]:
        """Mentions of which a word lies in ``first..last``: a predicted source may cut a name in two."""
        lower, upper = bisect_right(self.starts, first - 1), bisect_right(self.starts, last)
        if lower and self.mentions[lower - 1].last >= first:
            lower -= 1
        return [(mention, self.owners[mention.first]) for mention in self.mentions[lower:upper]]


def gather_people(words: Words, title: str | None = None, names_in: Iterable[range] = ()) -> People:
    """Everybody an article names.

    Args:
        words: The article's words.
        title: Its title, where that is no part of the text: a name may be fuller there.
        names_in: Word ranges (sources of quotes) in which a bare capitalized word may be a person on its own.

    >>> from quotestance.speakers.words import read_words
    >>> people = gather_people(read_words("Victor Cha leads the program. Mr. Cha said so."))
    >>> [(person.name, len(person.mentions)) for person in people.everyone]
    [('Victor Cha', 2)]
    """
    everyone: list[Person] = []
    by_form: dict[str, list[Person]] = defaultdict(list)
    found = find_mentions(words)
    for mention in found:
        if mention.name.is_full:
            _add_full(mention, everyone, by_form).prominence += _weight(words, mention)
    _tell_own_genders(everyone)
    titled = [mention for mention in found if not mention.name.is_full]
    singles = _singles(words, found, by_form, names_in)
    for mention in sorted((*titled, *singles), key=lambda m: m.start):
        _add_short(words, mention, everyone, by_form)
    for person in everyone:
        person.mentions.sort(key=lambda m: m.start)
    _tell_genders(everyone)
    _name_from_title(everyone, title)
    mentions = sorted((mention for person in everyone for mention in person.mentions), key=lambda m: m.start)
    owners = {mention.first: person for person in everyone for mention in person.mentions}
    return People(words, everyone, owners, mentions, [mention.first for mention in mentions])


def _add_full(mention: Mention, everyone: list[Person], by_form: dict[str, list[Person]]) -> Person:
    forms = _forms(mention)
    for form in forms:
        for person in by_form[form][-_NAMESAKES:]:
            if all(can_be_one(mention.name, other.name) for other in person.mentions[:4]) and _genders_fit(
                mention, person
            ):
                person.mentions.append(mention)
                person.full_mentions += 1
                _index(person, forms, by_form)
                return person
    person = Person([mention], mention.gender, full_mentions=1)
    everyone.append(person)
    _index(person, forms, by_form)
    return person


def _weight(words: Words, mention: Mention) -> float:
    before = (mention.title[0] if mention.title else mention.first) - 1
    return 0.5 if before >= 0 and words.row[before].lower in word_set("prepositions.txt") else 1.0


def _index(person: Person, forms: Iterable[str], by_form: dict[str, list[Person]]) -> None:
    for form in forms:
        if person not in by_form[form][-8:]:
            by_form[form].append(person)


def _forms(mention: Mention) -> set[str]:
    name = mention.name
    forms = set(surname_forms(name))
    if name.is_full and len(name.parts) >= 3 and is_double_surname(name, name.parts[-2]):
        forms.add(name.parts[-2])
    if name.is_full and name.surname == name.parts[:1]:
        forms.add(name.parts[-1])  # "Thang" of Nguyen Duc Thang
    return forms | {form for form in (name.given, name.nickname) if form}


def _tell_own_genders(everyone: list[Person]) -> None:
    """Note the genders that honorifics and given names tell; needed before titled surnames are linked."""
    for person in everyone:
        titled = next((m.gender for m in person.mentions if m.gender), None)
        person.gender = titled or _gender_of_given(person)


def _genders_fit(mention: Mention, person: Person) -> bool:
    return not (mention.gender and person.gender and mention.gender != person.gender)


def _singles(
    words: Words, found: list[Mention], by_form: dict[str, list[Person]], names_in: Iterable[range]
) -> list[Mention]:
    """Bare words that may be somebody's surname, first name or nickname."""
    taken = {number for mention in found for number in range(mention.first, mention.last + 1)}
    in_sources = {number for numbers in names_in for number in numbers}
    also_lower = lowered(words)
    known = set(by_form) | {fold(m.name.parts[-1]) for m in found if m.name.parts and not m.name.is_full}
    wanted = known | {
        fold(words.row[number].text)
        for number in in_sources
        if number not in taken
        and _stands_alone(words, number, in_sources)
        and words.row[number].lower not in also_lower
    }
    singles: list[Mention] = []
    for number, word in enumerate(words.row):
        if number in taken or not word.is_capital or fold(word.text) not in wanted:
            continue
        if word.kind in ("honorific", "role", "organization", "function", "place") and fold(word.text) not in known:
            continue
        if word.kind in ("acronym", "body") and len(word.text) < 4:
            continue  # "the UN" is not Kim Jong Un
        if _is_part_of_name(words, number) or (word.opens and word.text.lower() in also_lower):
            continue
        singles.append(mention_of(words, number, number))
    return singles


def _stands_alone(words: Words, number: int, in_sources: set[int]) -> bool:
    """Whether a capitalized word of no known kind stands alone: a surname rather than part of a title."""
    word = words.row[number]
    if not word.is_capital or word.kind not in ("plain", "given") or (word.text.isupper() and len(word.text) < 5):
        return False
    if _PARTY_TAG.match(word.text):
        return False
    if (
        number + 1 in in_sources
        and words.gap(number).strip() == ""
        and words.row[number + 1].lower not in ("and", "who", "of")
    ):
        return False
    if (
        number - 1 in in_sources
        and words.gap(number - 1).strip() == ""
        and words.row[number - 1].lower not in ("and", "both", "by", "but")
    ):
        return False
    if word.follows and number and words.row[number - 1].lower == "the":
        return False
    return not _is_part_of_name(words, number)


def _is_part_of_name(words: Words, number: int) -> bool:
    """Inside a longer proper name that is no person's ("the Trump Organization", "New York Times v. Sullivan")."""
    word = words.row[number]
    if word.sentence in words.title_case:
        return False
    if not word.is_possessive and number + 1 < len(words.row):
        after = words.row[number + 1]
        if after.follows and after.is_capital and after.kind in ("organization", "body", "plain", "acronym"):
            return True
    if word.follows and number:
        before = words.row[number - 1]
        is_part = before.kind in ("plain", "given", "organization", "initial") and not before.opens
        return before.is_capital and is_part and not before.is_possessive
    return False


def _add_short(words: Words, mention: Mention, everyone: list[Person], by_form: dict[str, list[Person]]) -> None:
    form = " ".join(mention.name.parts)
    candidates = [person for person in by_form.get(form, [])[-_NAMESAKES:] if _genders_fit(mention, person)]
    by_surname = [
        p for p in candidates if any(form in surname_forms(m.name) for m in p.mentions[: max(1, p.full_mentions)][:8])
    ]
    by_given = [p for p in candidates if p not in by_surname]
    if mention.title and not by_surname:
        by_given = [p for p in by_given if given_name_gender(form) is None or len(by_given) == 1]
    person = _choose(mention, by_surname or by_given)
    if person is None:
        person = Person()
        everyone.append(person)
        _index(person, surname_forms(mention.name), by_form)
    person.mentions.append(mention)
    person.prominence += _weight(words, mention)
    person.gender = person.gender or mention.gender


def _latest_before(person: Person, mention: Mention) -> Mention | None:
    """Full names come first in the list, in the order of the text, then the short ones found so far, likewise."""
    count = person.full_mentions
    place = bisect_left(person.mentions, mention.start, hi=count, key=lambda m: m.start)
    found = person.mentions[place - 1 : place] + person.mentions[count:][-1:]
    return max((m for m in found if m.start < mention.start), key=lambda m: m.start, default=None)


def _choose(mention: Mention, candidates: list[Person]) -> Person | None:
    """Among people of one surname: the one that the article names most, then the one named last."""
    if len(candidates) < 2:
        return candidates[0] if candidates else None

    def nearness(person: Person) -> tuple[float, int]:
        last = _latest_before(person, mention)
        return person.prominence + 1.0 * (last is not None), last.start if last is not None else -1

    return max(candidates, key=nearness)


def _tell_genders(everyone: list[Person]) -> None:
    """Honorific, then given name."""
    for person in everyone:
        if person.gender is None:
            person.gender = next((m.gender for m in person.mentions if m.gender), None)
        if person.gender is None:
            person.gender = _gender_of_given(person)


def _gender_of_given(person: Person) -> str | None:
    for mention in person.mentions:
        if mention.name.given:
            names = [mention.name.given, *mention.name.parts[1:-1]]
            told = [g for name in names if (g := given_name_gender(name)) in ("m", "f")]
            if told:
                return told[0]
    return None


def _name_from_title(everyone: list[Person], title: str | None) -> None:
    """Take a fuller name that only the title gives."""
    if not title:
        return
    bare = {person.fullest.name.parts[-1]: person for person in everyone if not person.fullest.name.is_full}
    heading = read_words(title)
    for word, after in pairwise(heading.row):
        if word.kind == "given" and after.follows and after.is_capital and fold(after.text) in bare:
            bare[fold(after.text)].title_name = f"{word.text} {after.text}"
