"""Sightings of a corpus -> identities, and the id of every sighting: what the library and the command share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from quotestance.countries import told_code
from quotestance.identities.authority import Known
from quotestance.identities.evidence import Evidence
from quotestance.identities.identity import Identity, Link, Seen
from quotestance.identities.names import parse_name
from quotestance.identities.naming import Title, bare_name, title_of, unique_ids
from quotestance.identities.organizations import link_bodies
from quotestance.identities.people import link_people
from quotestance.identities.profiles import home_country, sighted
from quotestance.identities.sightings import Key, Sighting, Slot, Tally, slot_of
from quotestance.types import Speaker


@dataclass(frozen=True, slots=True)
class Linkage:
    """Who is who in a corpus.

    Args:
        identities: The most quoted first.
        ids: Id of every key in every year in which it was seen; those that are nobody known are left out.
    """

    identities: tuple[Identity, ...]
    ids: Mapping[Slot, str]

    def id_of(self, key: Key | None, published: str | None) -> str | None:
        """Return the id of a speaker of an article; ``None`` where it is not told who that is."""
        return None if key is None else self.ids.get(slot_of(key, published))

    def with_articles(self, counts: Mapping[str, int]) -> tuple[Identity, ...]:
        """Return the identities with the number of articles that quote each."""
        return tuple(replace(identity, articles=counts.get(identity.id, 0)) for identity in self.identities)


@dataclass(frozen=True, slots=True)
class _Group:
    """The sightings of one identity, why each is of it, and its id and name where the user has given them."""

    sightings: tuple[Sighting, ...]
    why: tuple[Evidence | None, ...]
    known: Known | None = None


@lru_cache(maxsize=65536)
def key_of(
    name: str | None,
    kind: str | None,
    role: str | None = None,
    affiliation: str | None = None,
    country: str | None = None,
) -> Key | None:
    """Return the key of a speaker; ``None`` for the unnamed and for groups, who are never linked."""
    if kind not in ("person", "organization") or not name or not name.strip():
        return None
    cells = (" ".join(cell.split()) or None if cell else None for cell in (role, affiliation, country))
    who = Key(" ".join(name.split()), kind, *cells)
    return who._replace(country=told_code(who.country)) if who.country else who


def key_of_speaker(speaker: Speaker) -> Key | None:
    """Return the key of a :class:`Speaker`."""
    return key_of(speaker.name, speaker.kind, speaker.role, speaker.affiliation, speaker.country)


def link(tally: Tally, known: Sequence[Known] = ()) -> Linkage:
    """Find out who is who.

    Args:
        tally: The speakers of a corpus, counted.
        known: The user's own table.
    """
    held = {part for row in known if row.years for name in (row.name, *row.aliases) for part in parse_name(name).parts}
    sightings, places = tally.sightings(lambda key: _is_surname_of(key, held))
    groups = _people(sightings, known) + _bodies(sightings, known)
    titles = [title_of(group.sightings) for group in groups]
    ids = _ids(groups, titles, frozenset(row.id for row in known))
    numbers = {sighting: number for number, sighting in enumerate(sightings)}
    by_number = {numbers[one]: name for group, name in zip(groups, ids, strict=True) for one in group.sightings}
    identities = [_identity(*parts) for parts in zip(groups, titles, ids, strict=True)]
    identities.sort(key=lambda identity: (-identity.quotes, identity.id))
    return Linkage(tuple(identities), {slot: by_number[n] for slot, n in places.items() if n in by_number})


def _is_surname_of(key: Key, held: Set[str]) -> bool:
    """Whether it is a surname alone of those who held an office from and to some date: another's in another year."""
    if not held or key.kind != "person":
        return False
    name = parse_name(key.name)
    return not name.is_full and name.surname in held


def _people(sightings: Sequence[Sighting], known: Sequence[Known]) -> list[_Group]:
    people = [sighting for sighting in sightings if sighting.key.kind == "person"]
    rows = {row.id: row for row in reversed(known) if row.kind == "person"}
    seeds = [(row.id, profile) for row in known if row.kind == "person" for profile in row.profiles()]
    found = link_people([sighted(sighting) for sighting in people] + [profile for _, profile in seeds])
    groups = []
    for members in found.groups:
        owner = next((rows[seeds[n - len(people)][0]] for n in members if n >= len(people)), None)
        own = sorted(number for number in members if number < len(people))
        if own:
            groups.append(_Group(tuple(people[n] for n in own), tuple(found.why.get(n) for n in own), owner))
    return _once(groups)


def _bodies(sightings: Sequence[Sighting], known: Sequence[Known]) -> list[_Group]:
    bodies = [sighting for sighting in sightings if sighting.key.kind == "organization"]
    seeds = [(row, key) for row in known if row.kind == "organization" for key in row.as_keys()]
    found = link_bodies([sighting.key for sighting in bodies] + [key for _, key in seeds])
    groups: list[_Group] = []
    for members in found.groups:
        owner = next((seeds[n - len(bodies)][0] for n in members if n >= len(bodies)), None)
        own = [number for number in members if number < len(bodies)]
        if own:
            groups.append(_Group(tuple(bodies[n] for n in own), tuple(found.why.get(n) for n in own), owner))
    return _once(groups)


def _once(groups: Sequence[_Group]) -> list[_Group]:
    """Join groups of one id of the user's table, whose names may have nothing in common."""
    kept: list[_Group] = []
    places: dict[str, int] = {}
    for group in groups:
        if group.known is None or group.known.id not in places:
            if group.known is not None:
                places[group.known.id] = len(kept)
            kept.append(group)
            continue
        place = places[group.known.id]
        before = kept[place]
        kept[place] = _Group(before.sightings + group.sightings, before.why + group.why, before.known)
    return kept


def _ids(groups: Sequence[_Group], titles: Sequence[Title], taken: frozenset[str]) -> list[str]:
    unknown = [title for group, title in zip(groups, titles, strict=True) if group.known is None]
    made = iter(unique_ids(unknown, taken))
    return [next(made) if group.known is None else group.known.id for group in groups]


def _identity(group: _Group, title: Title, name: str) -> Identity:
    sightings = group.sightings
    is_person = sightings[0].key.kind == "person"
    aliases: Counter[str] = Counter()
    for sighting in sightings:
        aliases[bare_name(sighting.key.name) if is_person else sighting.key.name] += sighting.count
    return Identity(
        id=name,
        name=_name(group.known, title),
        kind=sightings[0].key.kind,
        aliases=tuple(sorted(aliases, key=lambda alias: (-aliases[alias], alias))),
        roles=_seen((sighting.key.role, sighting) for sighting in sightings),
        homes=_seen((sighting.key.affiliation, sighting) for sighting in sightings),
        countries=tuple(sorted({code for sighting in sightings if (code := home_country(sighting.key))})),
        quotes=sum(sighting.count for sighting in sightings),
        links=tuple(_link(*parts) for parts in zip(sightings, group.why, strict=True)),
    )


def _name(known: Known | None, title: Title) -> str:
    """Return the name that stands for all: that of the user's table, but for a surname alone that linking wrote."""
    if known is None or (known.seen and known.kind == "person" and not parse_name(known.name).is_full):
        return title.name
    return known.name


def _seen(worded: Iterable[tuple[str | None, Sighting]]) -> tuple[Seen, ...]:
    by_words: dict[str, list[Sighting]] = {}
    for words, sighting in worded:
        if words:
            by_words.setdefault(words, []).append(sighting)
    found = [
        Seen(
            words,
            sum(one.count for one in sightings),
            min((one.first for one in sightings if one.first), default=None),
            max((one.last for one in sightings if one.last), default=None),
        )
        for words, sightings in by_words.items()
    ]
    return tuple(sorted(found, key=lambda seen: (seen.first or "9999", seen.words)))


def _link(sighting: Sighting, evidence: Evidence | None) -> Link:
    key = sighting.key
    reasons, probability = (evidence.reasons, evidence.probability) if evidence else ((), 1.0)
    seen = (sighting.count, sighting.first, sighting.last)
    return Link(key.name, key.role, key.affiliation, key.country, *seen, reasons, probability)
