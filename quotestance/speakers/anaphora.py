"""Who a pronoun means.

Candidates are the people named so far; they are weighed by distance in sentences and paragraphs, by whether they are
the first to be named in their sentence, and by gender. A learned scorer can replace :func:`salience` without touching
the rest.
"""

# worth beside the reader, in points on conflict test and test2 together (training/speakers/README.md): 3.0 of speaker,
# 19.5 of persons named by a pronoun or description

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from itertools import accumulate

from quotestance.speakers.confidence import Evidence
from quotestance.speakers.lexicon import word_set
from quotestance.speakers.mentions import Mention
from quotestance.speakers.people import People, Person
from quotestance.speakers.roles import Role
from quotestance.speakers.words import Word, Words

_CLEAR = 0.6  # share of the best one's weight below which the runner-up is far behind
_REACH = 60  # mentions looked back at; keeps the work linear in the number of quotes
_GENDERS = {"he": "m", "him": "m", "his": "m", "himself": "m", "she": "f", "her": "f", "hers": "f", "herself": "f"}


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each circumstance counts; all but the sums are factors on a person's weight.

    Args:
        sentence, paragraph: For every sentence and paragraph since the name.
        first: The name is the first in its sentence.
        quoted, possessive, object: The name stands in a quotation, has ``'s``, depends on a preposition.
        untold: Somebody who may be of the pronoun's gender, but of whom nothing says so.
        repeated: Added for every time that somebody is named.
    """

    sentence: float = 0.82
    paragraph: float = 0.9
    first: float = 1.3
    quoted: float = 0.45
    possessive: float = 0.8
    object: float = 0.75
    untold: float = 0.7
    repeated: float = 0.02


WEIGHTS = Weights()


@dataclass(slots=True)
class Discourse:
    """What an article has said so far, in the order of the text.

    Args:
        people: Everybody it names.
        roles: What it says of them.
        bearers: A word of a role or affiliation -> who bears it.
        silences: What :meth:`silence` gave, by gender.
    """

    people: People
    roles: dict[Person, Role] = field(default_factory=dict)
    bearers: dict[str, list[Person]] = field(default_factory=dict)
    silences: dict[str | None, tuple[int, ...]] = field(default_factory=dict)

    def silence(self, gender: str | None) -> tuple[int, ...]:
        """How many of the sentences up to each have no pronoun of a gender; with ``None``, all of them."""
        if gender not in self.silences:
            row = self.people.words.row
            told = {word.sentence for word in row if gender and pronoun_gender(word.text) == gender}
            self.silences[gender] = tuple(
                accumulate(number not in told for number in range(row[-1].sentence + 1 if row else 0))
            )
        return self.silences[gender]


def pronoun_gender(pronoun: str) -> str | None:
    """``m``, ``f`` or ``None`` for a pronoun in any case."""
    return _GENDERS.get(pronoun.lower())


def find_antecedent(discourse: Discourse, number: int, gender: str | None) -> tuple[Person, Evidence] | None:
    """Return the person that a pronoun at word ``number`` means, and what tells it.

    Returns:
        ``None`` where no person of that gender has been named.
    """
    scores = salience(discourse, number, gender)
    if not scores:
        return None
    ranked = sorted(scores.items(), key=lambda item: -item[1])
    best, top = ranked[0]
    rest = ranked[1][1] if len(ranked) > 1 else 0.0
    return best, "clear pronoun" if rest < _CLEAR * top else "close pronoun"


def salience(discourse: Discourse, number: int, gender: str | None) -> dict[Person, float]:
    """How much everybody of a gender who was named before word ``number`` is spoken of there; higher is likelier."""
    words, people = discourse.people.words, discourse.people
    here = words.row[number]
    upper = bisect_left(people.starts, number)
    silent = discourse.silence(gender)
    scores: dict[Person, float] = {}
    firsts: set[int] = set()
    for mention in people.mentions[max(0, upper - _REACH) : upper]:
        sentence = words.row[mention.first].sentence
        is_first = sentence not in firsts
        firsts.add(sentence)
        person = people.owners[mention.first]
        if not agrees(person, gender):
            continue
        score = _weight(words, mention, here, silent, is_first)
        score *= WEIGHTS.untold if gender and person.gender is None else 1.0
        scores[person] = max(scores.get(person, 0.0), score) + WEIGHTS.repeated
    return scores


def _weight(words: Words, mention: Mention, here: Word, silent: tuple[int, ...], is_first: bool) -> float:
    word = words.row[mention.first]
    steps = _steps(silent, word.sentence, here.sentence)
    score = WEIGHTS.sentence**steps
    if steps > 1:
        score *= WEIGHTS.paragraph ** max(0, here.paragraph - word.paragraph)
    if is_first:
        score *= WEIGHTS.first
    if word.is_quoted:
        score *= WEIGHTS.quoted
    if words.row[mention.last].is_possessive:
        score *= WEIGHTS.possessive
    if mention.first and words.row[mention.first - 1].lower in word_set("prepositions.txt"):
        score *= WEIGHTS.object
    return score


def _steps(silent: tuple[int, ...], there: int, here: int) -> int:
    """Sentences from ``there`` to ``here``: those between that go on with "he" or "she" take nobody farther away."""
    return silent[here - 1] - silent[there] + 1 if here > there else 0


def agrees(person: Person, gender: str | None) -> bool:
    """Whether a person may be of a gender; where nothing tells theirs, they may."""
    return gender is None or person.gender is None or person.gender == gender
