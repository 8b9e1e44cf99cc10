"""What kind of words a source is: a name, a pronoun, a list, a body, or somebody without a name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from quotestance.speakers.countries import country_code, demonym_code, state_name
from quotestance.speakers.lexicon import is_organization_noun, is_plural_role, is_role_noun, singular, word_set
from quotestance.speakers.mentions import Mention
from quotestance.speakers.people import People, Person
from quotestance.speakers.words import Word, Words, is_abbreviation

SourceForm = Literal["name", "names", "pronoun", "body", "person noun", "people noun", "nothing"]
"""``person noun``: "the ambassador"; ``people noun``: "officials"."""

_ENDS_OF_HEAD = frozenset(
    ("who", "which", "that", "whose", "when", "where", "and", "or", "is", "was", "has", "had", "based")
)


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it was read.

    Args:
        form: What kind of words it is.
        people: The named people who speak, in order.
        head: Number of the word that decides: the pronoun, the noun, the last word of a body's name.
        first: Number of the first word of the phrase around ``head``.
        is_definite: A definite phrase ("the", "this", a possessive) or a bare title, which points back to somebody.
        others: The list also holds somebody who is not named ("Cha and two aides").
    """

    form: SourceForm
    people: tuple[tuple[Mention, Person], ...] = ()
    head: int = 0
    first: int = 0
    is_definite: bool = False
    others: bool = False


def read_source(words: Words, people: People, start: int, end: int) -> Source:
    """Read ``text[start:end]`` as the source of a quote."""
    numbers = words.within(start, end)
    first, last = numbers.start, numbers.stop - 1
    if first > last:
        return Source("nothing")
    named = _heads(words, people, first, last)
    if named:
        others = _has_others(words, named, first, last)
        form: SourceForm = "names" if len(named) > 1 or others else "name"
        return Source(form, tuple(named), others=others, first=first)
    pronoun = next((n for n in numbers if words.row[n].lower in word_set("source_pronouns.txt")), None)
    if pronoun is not None and (first == last or pronoun == first) and not _determines(words, pronoun, last):
        return Source("pronoun", head=pronoun, first=pronoun)
    return _read_nominal(words, first, last)


def _determines(words: Words, number: int, last: int) -> bool:
    """ "his" in "his spokesman", "some" in "some officials": a noun follows that is the head itself."""
    word = words.row[number]
    if number == last or word.lower in (
        "he",
        "she",
        "they",
        "i",
        "we",
        "you",
        "who",
        "him",
        "them",
        "me",
        "us",
        "which",
    ):
        return False
    after = words.row[number + 1]
    return (
        after.lower not in ("of", "who", "in", "with", "on", "from", "among", "at") and words.gap(number).strip() == ""
    )


def _heads(words: Words, people: People, first: int, last: int) -> list[tuple[Mention, Person]]:
    """Return the named people of a source who speak themselves: not those who own, employ or are spoken for."""
    found: list[tuple[Mention, Person]] = []
    depends = False
    named = people.between(first, last)
    titles = [mention.title for mention, _ in named if mention.title]
    for mention, person in named:
        if _is_modifier(words, mention, last) or any(a <= mention.first <= b for a, b in titles):
            continue
        if not found and _is_in_relative(words, first, mention):
            break
        if _is_object(words, mention, first) or (depends and not found and _joins_on(words, mention)):
            depends = True
            continue
        if found and (person is found[-1][1] or not _is_listed(words, found[-1][0], mention)):
            continue
        found.append((mention, person))
    return found


def _is_in_relative(words: Words, first: int, mention: Mention) -> bool:
    """Whether a relative pronoun stands between the noun and the name: "the plan that Hahn and his aides wrote"."""
    before = words.row[first + 1 : min(mention.first, first + 16)]
    return any(word.lower in ("that", "which", "whose") and word.follows for word in before)


def _joins_on(words: Words, mention: Mention) -> bool:
    """Whether a second name depends on the preposition too: "an analysis by Roe and Poe"."""
    before = (mention.title[0] if mention.title else mention.first) - 1
    return before >= 0 and words.row[before].lower in ("and", "or")


def _is_modifier(words: Words, mention: Mention, last: int) -> bool:
    """Whether a name only leads up to a noun: "Trump's campaign", "Clinton supporters", "Ryan aide"."""
    if mention.last >= last:
        return False
    after = words.row[mention.last + 1]
    if words.row[mention.last].is_possessive:
        return True
    if not after.follows or after.kind == "function" or after.lower in word_set("prepositions.txt"):
        return False
    return after.kind in ("role", "organization", "honorific") or (
        after.kind == "plain" and not after.is_capital and not after.lower.endswith("ed")
    )


def _is_object(words: Words, mention: Mention, first: int) -> bool:
    """Whether the name depends on a preposition: "a spokesman for Hillary Clinton"."""
    before = (mention.title[0] if mention.title else mention.first) - 1
    while before >= first and words.row[before].lower in (
        "the",
        "a",
        "an",
        "then",
        "former",
        "both",
        "its",
        "his",
        "her",
        "their",
    ):
        before -= 1
    if before < first:
        return False
    word = words.row[before]
    if not _adjoins(words, before):
        return False
    return word.lower in word_set("prepositions.txt") and before > first


def _adjoins(words: Words, number: int) -> bool:
    gap = words.gap(number).strip()
    return gap == "" or (gap == "." and is_abbreviation(words.row[number].text))


def _is_listed(words: Words, before: Mention, mention: Mention) -> bool:
    """ "X and Y", "X, Y and Z": nothing but joints and titles between two names."""
    title_first = mention.title[0] if mention.title else mention.first
    between = range(before.last + 1, title_first)
    joint = [words.row[number].lower for number in between]
    if any(word not in ("and", "or", "both", "as", "well", "along", "with", "the") for word in joint):
        return "and" in joint and joint.index("and") >= len(joint) - 2 and _ends_apposition(words, before, title_first)
    return "and" in joint or "or" in joint or (words.gap(before.last).strip(" .)") == "," and not joint)


def _ends_apposition(words: Words, before: Mention, title_first: int) -> bool:
    return "," in words.gap(before.last) and words.row[title_first - 1].lower in ("and", "the")


def _has_others(words: Words, named: list[tuple[Mention, Person]], first: int, last: int) -> bool:
    """ "Cha and two aides", "several aides and Cha"."""
    final = named[-1][0].last
    for number in range(final + 1, last):
        word = words.row[number]
        if word.lower == "and" and (words.gap(number - 1).strip() in (",", "") or number == final + 1):
            after = words.row[number + 1]
            is_joint = number == final + 1 or after.lower in ("other", "others", "his", "her", "several", "many", "the")
            if is_joint and after.lower not in ("a", "who", "is", "an"):
                return number == final + 1 or after.lower in ("other", "others", "several", "many")
    opening = named[0][0].title[0] if named[0][0].title else named[0][0].first
    return opening > first and words.row[opening - 1].lower == "and" and opening - 1 > first


def _read_nominal(words: Words, first: int, last: int) -> Source:
    begin = first
    while begin < last and words.row[begin].lower in (
        "but",
        "and",
        "as",
        "even",
        "also",
        "both",
        "while",
        "according",
        "to",
        "by",
        "from",
    ):
        begin += 1
    definite = words.row[begin].lower in ("the", "this", "that", "his", "her", "their", "its", "our", "my")
    head = _head_noun(words, begin, last)
    form = _form_of(words, head)
    indefinite = words.row[begin].lower in ("a", "an", "one", "another", "some", "several", "many")
    return Source(form, head=head, first=begin, is_definite=definite or (not indefinite and form == "person noun"))


def _head_noun(words: Words, first: int, last: int) -> int:
    """Return the number of the head: the last word before a preposition, comma, relative clause or participle."""
    number = first
    while number < last:
        after = words.row[number + 1]
        gap = words.gap(number).strip()
        if gap not in ("", "'s", "’s", "-", "–", "'", "’", "/", "“", '"', "”") and not (
            gap == "." and is_abbreviation(words.row[number].text)
        ):
            break
        is_name = after.is_capital or _name_goes_on(words, number + 1, last)
        is_opening = words.row[number].lower in word_set("determiners.txt")
        if after.lower in word_set("prepositions.txt") and not is_name and not is_opening:
            break
        if after.lower in _ENDS_OF_HEAD and not is_name:
            break
        if (
            after.lower.endswith(("ed", "ing"))
            and not after.is_capital
            and after.kind in ("plain", "role", "function")
            and not _is_noun(after)
            and _is_noun(words.row[number])
            and not _is_in_name(words, number, last)
        ):
            break
        if words.row[number].text[0].isdigit() and after.lower == "of":
            break
        number += 1
    return number - 1 if number > first and _is_predicate(words.row[number - 1], words.row[number]) else number


def _is_in_name(words: Words, number: int, last: int) -> bool:
    """ "Senate banking committee": the word in -ing leads up to the noun for a body that a name began."""
    if not words.row[number].is_capital or number + 2 > last or not words.row[number + 2].follows:
        return False
    noun = words.row[number + 2]
    return words.row[number + 1].lower.endswith("ing") and is_organization_noun(noun.text) and not singular(noun.text)


def _is_predicate(noun: Word, word: Word) -> bool:
    """Whether an adjective stands behind its noun: "people familiar with the talks"."""
    is_adjective = word.kind in ("plain", "role") and word.text.islower() and not _is_noun(word)
    return is_adjective and _is_noun(noun) and not noun.is_possessive


def _is_noun(word: Word) -> bool:
    return (
        word.lower in word_set("people_words.txt")
        or is_role_noun(word.text)
        or is_plural_role(word.text)
        or is_organization_noun(word.text)
    )


def _name_goes_on(words: Words, number: int, last: int) -> bool:
    """ "of" and "for" inside a proper name: "Committee for a Responsible Budget"."""
    if words.row[number].lower == "and" and words.row[number - 1].kind in ("place", "body", "acronym"):
        other = next((word for word in words.row[number + 1 : last + 1] if word.lower != "the"), None)
        return other is not None and other.kind in ("place", "body", "acronym")
    if (
        words.row[number].lower not in ("of", "for", "and", "on", "&", "the", "to", "a")
        or not words.row[number - 1].is_capital
    ):
        return False
    if not (
        is_organization_noun(words.row[number - 1].text)
        or words.row[number - 1].lower in ("of", "for", "on")
        or words.row[number].lower in ("and", "&")
    ):
        return False
    after = number + 1
    while after <= last and words.row[after].lower in ("the", "a"):
        after += 1
    return after <= last and words.row[after].is_capital


def _is_nationals(word: str) -> bool:
    """ "Ukrainians", "Japanese", "Texans": people, where the word is no country's or state's own name."""
    one = singular(word) or word
    is_state = state_name(word) is None and state_name(one) is not None
    return is_state or (demonym_code(word) is not None and country_code(word) is None)


def _is_of_people(words: Words, head: int) -> bool:
    """ "of" and a plural for people follow: "a group of rabbis"."""
    after = words.row[head + 1 : head + 6]
    return bool(after) and after[0].lower == "of" and any(is_plural_role(word.text) for word in after)


def _form_of(words: Words, head: int) -> SourceForm:
    word = words.row[head]
    lower = word.lower
    if lower[0].isdigit() and not lower.endswith("-year-old"):
        return "people noun" if words.text[word.end : word.end + 1] == "%" or lower.isdigit() else "body"
    if lower.endswith("-year-old"):
        return "person noun"
    if word.kind in ("body", "acronym"):
        return "body"
    if lower in word_set("people_words.txt"):
        return "people noun"
    if is_role_noun(lower) and not (is_organization_noun(lower) and word.is_capital):
        return "person noun"
    if is_plural_role(lower):
        return "people noun"
    if lower in word_set("gatherings.txt") and _is_of_people(words, head):
        return "people noun"
    if is_organization_noun(lower):
        return "body"
    if word.kind == "place":
        return "people noun" if _is_nationals(word.text) else "body"
    if word.is_capital and word.kind in ("plain", "given") and not word.opens:
        return "body"
    if lower.endswith(("er", "or", "ist", "ian", "man", "woman", "person", "ant", "eer")) and not word.is_capital:
        return "person noun"
    if lower.endswith(("ers", "ors", "ists", "ians", "men", "women", "people", "ants", "eers")) and not word.is_capital:
        return "people noun"
    return "body"
