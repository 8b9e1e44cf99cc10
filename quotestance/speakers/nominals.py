"""Who a phrase such as "the ambassador" means, and what such phrases say of people named elsewhere."""

# worth beside the reader, in points on conflict test and test2 together (training/speakers/README.md): 0.5 of speaker,
# 4.9 of persons named by a pronoun or description, 1.8 of role, affiliation and country each

from __future__ import annotations

from bisect import bisect_left
from math import log

from quotestance.speakers.anaphora import Discourse, agrees, salience
from quotestance.speakers.confidence import Evidence
from quotestance.speakers.countries import state_name
from quotestance.speakers.lexicon import is_role_noun, role_gender, table, word_set
from quotestance.speakers.people import Person
from quotestance.speakers.roles import Role, read_role

_GENERIC_WORDS = frozenset(["the", "this", "that", "of", "a", "an", "then", "former", "current", "and", "for"])
_NAMESAKES = 40  # bearers of one role word looked at; keeps the work linear


def find_bearer(discourse: Discourse, first: int, head: int) -> tuple[Person, Evidence] | None:
    """Find whom a phrase such as "the Florida senator" means: by role words, then by who is spoken of.

    Args:
        first, head: Numbers of the phrase's first word and of its head noun.
    """
    words = discourse.people.words
    noun = words.row[head].lower
    wanted = _expanded(" ".join(word.text for word in words.row[first : head + 1]))
    gender = role_gender(noun)
    ranked: list[tuple[float, Person]] = []
    for person, shared in _shared_words(discourse, wanted).items():
        if not agrees(person, gender) or person.mentions[0].first > head + 40:
            continue
        if noun not in shared and len(shared) < 2 and is_role_noun(noun) and noun not in word_set("fits_anybody.txt"):
            continue
        ranked.append((len(shared) + (1.0 if noun in shared else 0.0) + _recency(discourse, person, first), person))
    if ranked:
        return max(ranked, key=lambda item: item[0])[1], "role"
    return _whoever_is_spoken_of(discourse, first, head, gender)


def _shared_words(discourse: Discourse, wanted: frozenset[str]) -> dict[Person, set[str]]:
    """Everybody whose role or affiliation has a wanted word, with those words."""
    if not discourse.bearers:
        for person, role in discourse.roles.items():
            for word in _expanded(f"{role.role or ''} {role.affiliation or ''}"):
                discourse.bearers.setdefault(word, []).append(person)
    shared: dict[Person, set[str]] = {}
    for word in wanted:
        for person in discourse.bearers.get(word, [])[-_NAMESAKES:]:
            shared.setdefault(person, set()).add(word)
    return shared


def _whoever_is_spoken_of(
    discourse: Discourse, first: int, head: int, gender: str | None
) -> tuple[Person, Evidence] | None:
    """Nobody bears such a role: the one most spoken of, if nothing else is said of them or the noun fits anybody."""
    words = discourse.people.words
    if words.row[first].lower not in ("the", "this"):
        return None
    scores = salience(discourse, first, gender)
    if not scores:
        return None
    # The noun says nothing about who: whoever the article is about, rather than whoever was named last.
    # Somebody of whom nothing else is said is likelier to be described so.
    person, score = max(
        scores.items(),
        key=lambda item: item[1] + 0.2 * log(len(item[0].mentions)) + 0.3 * _is_open(discourse, item[0]),
    )
    is_only = gender is not None and len(scores) == 1 and person.gender == gender
    if score < 0.7 or not (
        _is_open(discourse, person) or is_only or words.row[head].lower in word_set("fits_anybody.txt")
    ):
        return None
    return person, "spoken of"


def _is_open(discourse: Discourse, person: Person) -> bool:
    return person not in discourse.roles or discourse.roles[person].role is None


def _expanded(phrase: str) -> frozenset[str]:
    """Words of a role with what they stand for: "Sen." is a senator, "Fla." Florida."""
    found: set[str] = set()
    for word in phrase.split():
        bare = word.strip(".,'’)").lower().removesuffix("'s").removesuffix("’s")
        found.add(bare)
        row = table("honorifics.tsv").get(bare, ())
        found |= set(row[1].split("|")) if len(row) > 1 else set()
        if state := state_name(word.strip(",)")):
            found |= set(state.lower().split())
    if "democratic" in found:
        found.add("democrat")
    if "gop" in found:
        found.add("republican")
    return frozenset(found - _GENERIC_WORDS - {""})


def _recency(discourse: Discourse, person: Person, number: int) -> float:
    words = discourse.people.words
    before = bisect_left(person.mentions, number, key=lambda mention: mention.first)
    if not before:
        return 0.0
    return 0.9 ** min(60, words.row[number].sentence - words.row[person.mentions[before - 1].first].sentence)


def note_role(discourse: Discourse, person: Person, first: int, head: int) -> None:
    """Keep what a source such as "The GOP nominee" says of a person where nothing else tells it."""
    words = discourse.people.words
    known, noun = discourse.roles[person], words.row[head].lower
    is_plain = noun in word_set("not_a_role.txt") or (head <= first + 1 and noun in word_set("fits_anybody.txt"))
    role = None if is_plain or not is_role_noun(noun) else read_role(words, first, head)
    if role and role.role:
        affiliation, country = known.affiliation or role.affiliation, known.country or role.country
        discourse.roles[person] = Role(known.role or role.role, affiliation, country)
