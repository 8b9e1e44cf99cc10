"""From the words that name a source to the one who speaks: fullest name, kind, role, affiliation, country.

Each stage is a module of its own: ``mentions`` finds names, ``people`` links them, ``introductions`` collects roles,
``sources`` reads the source and ``anaphora`` resolves pronouns and nominals. This one puts them together.

Kinds. A named person is a ``person``. A body, a state, a seat of government or a document that speaks ("the report",
"polls") is an ``organization``; its ``name`` is the fullest proper name without the article ("Kremlin", "Trump
campaign"), and ``None`` with the words in ``description`` where it has none ("the report"). Several people of whom at
least one is named are a ``group`` with those as ``members``. Everybody else ("a State Department official",
"critics", "Republicans") is ``unnamed``, with the words in ``description``.

Two states or bodies that speak together ("the United States and South Korea") are a ``group`` too.

Confidence. Per quote by what tells who speaks, see ``confidence``. A person's quotes share one Speaker, so theirs is
the mean over those quotes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from quotestance.speakers.anaphora import Discourse, find_antecedent, pronoun_gender
from quotestance.speakers.bodies import is_proper, read_body
from quotestance.speakers.confidence import CONFIDENCE, Evidence
from quotestance.speakers.countries import country_in
from quotestance.speakers.introductions import profile
from quotestance.speakers.nominals import find_bearer, note_role
from quotestance.speakers.people import Person, gather_people
from quotestance.speakers.roles import Role, read_role
from quotestance.speakers.sources import Source, read_source
from quotestance.speakers.words import Words, read_words
from quotestance.text import Segments
from quotestance.types import Article, Quote, Span, Speaker


@dataclass(frozen=True, slots=True)
class Found:
    """Who a source turned out to be, before the Speaker is made: a person, or somebody else; and what tells it."""

    evidence: Evidence
    person: Person | None = None
    speaker: Speaker | None = None


def resolve_speakers(article: Article, segments: Segments | None = None) -> Article:
    """Give every quote of an article its :class:`~quotestance.types.Speaker`.

    Works on gold and on predicted quotes; speakers that the quotes already have are replaced. Takes time linear in
    the length of the article plus its number of quotes.

    Args:
        article: An article with quotes.
        segments: Those of its text, where they are known.

    >>> text = "Victor Cha, head of the Korea program, came. He was worried, he said."
    >>> quote = Quote("indirect", (Span.of(text, 45, 59),), cue=Span.of(text, 64, 68), source=Span.of(text, 61, 63))
    >>> resolve_speakers(Article(text, quotes=(quote,))).quotes[0].speaker.name
    'Victor Cha'
    """
    if not article.quotes:
        return article
    speakers = speakers_of(*find_speakers(article, segments))
    quotes = (replace(quote, speaker=speaker) for quote, speaker in zip(article.quotes, speakers, strict=True))
    return article.replace(quotes=tuple(quotes))


def speakers_of(found: list[Found], profiles: dict[Person, Role]) -> list[Speaker]:
    """Find the Speaker of every quote; the quotes of one person share one."""
    made: dict[Person, Speaker] = {}
    confidences: dict[Person, list[float]] = defaultdict(list)
    for one in found:
        if one.person is not None:
            confidences[one.person].append(CONFIDENCE[one.evidence])
    for person, values in confidences.items():
        role = profiles[person]
        mean = round(sum(values) / len(values), 3)
        made[person] = Speaker(person.name, "person", role.role, role.affiliation, role.country, confidence=mean)
    return [made[one.person] if one.person is not None else _sure(one) for one in found]


def find_speakers(article: Article, segments: Segments | None = None) -> tuple[list[Found], dict[Person, Role]]:
    """For every quote of an article who its source is and what tells it, and what is said of every person named."""
    words = read_words(article.text, segments)
    sources = [quote.source for quote in article.quotes]
    ranges = [words.within(source.start, source.end) for source in sources if source]
    people = gather_people(words, article.title, ranges)
    profiles = {person: profile(words, person) for person in people.everyone}
    discourse = Discourse(people, roles=profiles)
    return _resolve_all(words, article.quotes, discourse), profiles


def _sure(found: Found) -> Speaker:
    return replace(found.speaker or Speaker(kind="unnamed"), confidence=CONFIDENCE[found.evidence])


def _resolve_all(words: Words, quotes: tuple[Quote, ...], discourse: Discourse) -> list[Found]:
    """In the order of the text, since a source may tell a role that later ones take up; answers as the quotes are."""
    found = [Found("no source", speaker=Speaker(kind="unnamed"))] * len(quotes)
    sources = [(quote.source, number) for number, quote in enumerate(quotes) if quote.source is not None]
    for source, number in sorted(sources, key=lambda pair: pair[0].start):
        found[number] = _resolve(words, source, discourse)
    return found


def _resolve(words: Words, span: Span, discourse: Discourse) -> Found:
    source = read_source(words, discourse.people, span.start, span.end)
    if source.form == "name":
        mention, person = source.people[0]
        is_full = mention.name.is_full and len(mention.name.parts) >= len(person.fullest.name.parts)
        return Found("full name" if is_full else "short name", person)
    if source.form == "names":
        members = tuple(dict.fromkeys(person.name for _, person in source.people))
        name = " and ".join(members) if not source.others else None
        return Found("list", speaker=Speaker(name, "group", description=_words_of(span), members=members))
    if source.form == "pronoun":
        return _resolve_pronoun(words, span, source, discourse)
    if source.form == "person noun":
        return _resolve_nominal(words, span, source, discourse)
    if source.form == "body":
        return _body(words, span, source)
    return _unnamed(words, span, source)


def _words_of(span: Span) -> str | None:
    return " ".join(span.text.split()).strip(" ,;:") or None


def _resolve_pronoun(words: Words, span: Span, source: Source, discourse: Discourse) -> Found:
    pronoun = words.row[source.head].lower
    if pronoun_gender(pronoun) or pronoun in ("i", "me", "my"):
        answer = find_antecedent(discourse, source.head, pronoun_gender(pronoun))
        if answer:
            return Found(answer[1], answer[0])
    if pronoun in ("it", "its", "which"):
        return Found("body pronoun", speaker=Speaker(None, "organization", description=words.row[source.head].text))
    return _unnamed(words, span, source)


def _resolve_nominal(words: Words, span: Span, source: Source, discourse: Discourse) -> Found:
    answer = find_bearer(discourse, source.first, source.head) if source.is_definite else None
    if answer:
        note_role(discourse, answer[0], source.first, source.head)
        return Found(answer[1], answer[0])
    return _unnamed(words, span, source)


def _unnamed(words: Words, span: Span, source: Source) -> Found:
    role = None
    if source.form != "nothing":
        role = read_role(words, source.first, words.within(span.start, span.end).stop - 1)
    affiliation = role.affiliation if role else None
    country = (role.country if role else None) or country_in(affiliation or "") or _country_of_people(words, source)
    return Found("unnamed", speaker=Speaker(None, "unnamed", None, affiliation, country, _words_of(span)))


def _country_of_people(words: Words, source: Source) -> str | None:
    """ "Many Mexicans", "South Koreans who fled"."""
    if source.form != "people noun" or words.row[source.head].kind != "place":
        return None
    first = source.head
    while first > source.first and words.row[first - 1].kind == "place":
        first -= 1
    return country_in(words.between(first, source.head))


def _body(words: Words, span: Span, source: Source) -> Found:
    evidence: Evidence = "body" if is_proper(words, source.first, source.head) else "body noun"
    return Found(evidence, speaker=read_body(words, source.first, source.head, _words_of(span)))
