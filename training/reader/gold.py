"""Gold people of an article in one form, whatever corpus they come from: names, what is told of their bearers, sources.

Names are swapped here too: a person is given another name throughout, so that the model reads the sentence and not
the name.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from quotestance.countries import countries_in, state_code
from quotestance.text import Extent
from quotestance.text.lexicon import table
from quotestance.types import Article
from training.conflict.corpus import Joined, Record, to_article, with_words
from training.reader.rewriting import Rewriting, moved
from training.speakers.gum import Document


@dataclass(frozen=True, slots=True)
class Name:
    """A mention by name: where it stands, ``person`` | ``body`` | ``state``, and whose it is."""

    extent: Extent
    kind: str
    entity: str


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of somebody: where it stands, ``role`` | ``body`` | ``state`` | ``party``, and of whom."""

    extent: Extent
    kind: str
    entity: str


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody belongs: the words that name the affiliation, and those that name the country; none of either.

    Of ``None`` nothing is known.
    """

    entity: str
    affiliation: tuple[Extent, ...]
    country: tuple[Extent, ...] | None


@dataclass(frozen=True, slots=True)
class Source:
    """Words that stand for somebody: where they stand, and for whom; nobody where nobody named is meant."""

    extents: tuple[Extent, ...]
    entities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class People:
    """The people of an article.

    Args:
        names: Every mention by name.
        told: Roles and homes.
        sources: Sources of quotes, or other words that stand for somebody.
        homes: Affiliation and country of all persons, of those who speak, and of bodies that have a home.
        has_profiles: Whether roles and homes were annotated.
        unknown: Extents of which the annotation does not tell whether they are names.
    """

    names: tuple[Name, ...]
    told: tuple[Told, ...]
    sources: tuple[Source, ...]
    has_profiles: bool = True
    unknown: tuple[Extent, ...] = ()
    homes: tuple[Home, ...] = ()


def people_of(joined: Joined) -> People:
    """The people of an article of the conflict corpus."""
    names, told = _entities(joined)
    sources = [
        Source(tuple((start, end) for start, end in quote["source"]), tuple(quote["speakers"]))
        for quote in joined.record["quotes"]
        if quote["source"]
    ]
    return People(tuple(names), tuple(told), tuple(dict.fromkeys(sources)), homes=tuple(homes_of(joined)))


def _entities(joined: Joined) -> tuple[list[Name], list[Told]]:
    names, told = [], []
    for one in joined.record["entities"]:
        kind = {"organization": "body"}.get(one["kind"], one["kind"])
        names += [Name((start, end), kind, one["id"]) for start, end in one["mentions"]]
        told += [Told((start, end), "role", one["id"]) for start, end in one["roles"]]
        told += [Told(tuple(home["span"]), home["type"], one["id"]) for home in one["homes"]]
    return names, told


def homes_of(joined: Joined) -> Iterator[Home]:
    """Where those of an article belong, by every mention of it."""
    everyone = [with_words(one, joined.text) for one in joined.record["entities"]]
    speaking = {who for quote in joined.record.get("quotes", ()) for who in quote["speakers"]}
    speaking |= {who for _, everybody in joined.record.get("sources", ()) for who in everybody}
    places = countries_in(joined.text)
    for one in everyone:
        if one["id"] in speaking or one["kind"] == "person" or one["homes"]:
            own = [place for place, code in places if code == one["country"]]
            if one["country"] and one["country_evidence"]:
                own.append(tuple(one["country_evidence"]))
            yield Home(one["id"], _affiliation(joined.text, one, everyone, places), tuple(own))


def _affiliation(
    text: str, one: Record, everyone: Sequence[Record], places: Sequence[tuple[Extent, str]]
) -> tuple[Extent, ...]:
    """Every place where an affiliation is named."""
    words, homes = one["affiliation"], one["homes"]
    if not words:
        return ()
    kind = homes[0]["type"] if homes else "body"
    spans = [tuple(home["span"]) for home in homes if home["type"] == kind and text[slice(*home["span"])] == words]
    spans = spans or [tuple(home["span"]) for home in homes[:1]]
    code = state_code(words)
    if code and kind != "body":
        return (*spans, *(place for place, own in places if own == code))
    found = [match.span() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]
    for other in everyone:
        if other is one or other["kind"] not in ("organization", "state"):
            continue
        mentions = [(start, end) for start, end in other["mentions"]]
        if other["name"] == words or any(a < d and c < b for a, b in mentions for c, d in spans):
            found += mentions
    return tuple(dict.fromkeys((*spans, *found)))


def people_of_polnear(article: Article, joined: Joined) -> People:
    """The people of an article of PolNeAR, whose quotes are annotated already.

    That somebody has no country is not learned there: readers of US politics differed in whether an office makes it
    plain (a country for 20 to 65% of the persons, by reader).
    """
    names, told = _entities(joined)
    ends = {quote.source.start: quote.source.end for quote in article.quotes if quote.source is not None}
    sources = [Source(((at, ends[at]),), tuple(who)) for at, who in joined.record["sources"] if at in ends]
    homes = tuple(replace(home, country=home.country or None) for home in homes_of(joined))
    return People(tuple(names), tuple(told), tuple(sources), homes=homes)


def from_gum(document: Document) -> tuple[Article, People]:
    """The people of a document of GUM: names of persons and organizations, and pronouns that stand for them."""
    names, sources, unknown = [], [], []
    for mention in document.mentions:
        if mention.name and (mention.kind == "place" or _has_title(document.text[slice(*mention.name)])):
            unknown.append(mention.name)
        elif mention.kind in ("person", "organization"):
            kind = "body" if mention.kind == "organization" else "person"
            if mention.name:
                names.append(Name(mention.name, kind, str(mention.chain)))
            elif mention.is_pronoun:
                sources.append(mention)
    named = {name.entity for name in names}
    words = tuple(Source((one.extent,), (str(one.chain),) if str(one.chain) in named else ()) for one in sources)
    return Article(document.text, id=document.name), People(tuple(names), (), words, False, tuple(unknown))


def _has_title(name: str) -> bool:
    """Whether a name begins with a title, which GUM counts in and we do not ("President Trump")."""
    first = name.split()[0].rstrip(".")
    return len(name.split()) > 1 and not _titles().isdisjoint((first.lower(), first.rpartition("-")[2]))


@lru_cache(maxsize=1)
def _titles() -> frozenset[str]:
    """Titles and the nouns of ``role_nouns.txt``, in lower case."""
    lines = Path(__file__).with_name("role_nouns.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(table("honorifics.tsv")).union(line.lower() for line in lines if not line.startswith("#"))


def swap_names(article: Article, people: People, pool: Sequence[str], dice: random.Random) -> tuple[Article, People]:
    """The article with other names for its persons, the same throughout, and everything else where it belongs."""
    forms: dict[str, list[str]] = {}
    for name in people.names:
        if name.kind == "person":
            forms.setdefault(name.entity, []).append(article.text[slice(*name.extent)])
    given = {entity: _renamed(found, dice.choice(pool)) for entity, found in forms.items()}
    changes: list[tuple[Extent, str]] = []
    for name in sorted(people.names, key=lambda one: (one.extent[0], -one.extent[1])):
        if name.kind == "person" and (not changes or changes[-1][0][1] <= name.extent[0]):
            changes.append((name.extent, given[name.entity][article.text[slice(*name.extent)]]))
    made = Rewriting.of(article.text, changes)
    quotes = tuple(
        moved(quote, made) for quote in article.quotes if any(made.span(span) is not None for span in quote.content)
    )
    names = tuple(replace(one, extent=made.extent(one.extent)) for one in people.names)
    told = tuple(replace(one, extent=made.extent(one.extent)) for one in people.told)
    sources = tuple(replace(one, extents=tuple(map(made.extent, one.extents))) for one in people.sources)
    unknown = tuple(map(made.extent, people.unknown))
    homes = tuple(
        replace(
            one,
            affiliation=tuple(map(made.extent, one.affiliation)),
            country=None if one.country is None else tuple(map(made.extent, one.country)),
        )
        for one in people.homes
    )
    renamed = Article(made.text, id=article.id, quotes=quotes)
    return renamed, People(names, told, sources, people.has_profiles, unknown, homes)


def _renamed(forms: Sequence[str], name: str) -> dict[str, str]:
    """For every form of somebody's name the like form of another name."""
    fullest = max(forms, key=lambda form: (len(form.split()), len(form)))
    parts, own = name.split(), fullest.split()
    found = {}
    for form in forms:
        words = form.split()
        is_first = len(words) == 1 and len(own) > 1 and words[0] == own[0]
        alone = parts[0] if is_first else " ".join(parts[1:]) or parts[0]
        changed = alone if len(words) == 1 and len(own) > 1 else name
        found[form] = changed.upper() if form.isupper() and len(form) > 3 else changed
    return found


def full_names(everyone: Sequence[tuple[Article, People]]) -> list[str]:
    """Names of two to four words, each once: what persons are renamed to."""
    found: dict[str, None] = {}
    for article, people in everyone:
        for name in people.names:
            words = article.text[slice(*name.extent)]
            if name.kind == "person" and 2 <= len(words.split()) <= 4 and re.fullmatch(r"[^\W\d_][\w.'’ -]+", words):
                found.setdefault(" ".join(words.split()))
    return list(found)


def conflict_gold(joined: Sequence[Joined]) -> Iterator[tuple[Article, People]]:
    """Articles of the conflict corpus with their quotes and people."""
    for one in joined:
        yield to_article(one), people_of(one)
