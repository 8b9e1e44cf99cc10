"""The name that stands for an identity, and its id: readable, unique, whatever the order of the articles."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from quotestance.identities.bodies import country_name, without_state
from quotestance.identities.names import parse_name
from quotestance.identities.organizations import body_of
from quotestance.identities.profiles import home_country, profile_of
from quotestance.identities.sightings import Sighting

_LETTERS = str.maketrans({"ł": "l", "đ": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "’": "", "'": ""})


@dataclass(frozen=True, slots=True)
class Title:
    """How an identity is called.

    Args:
        name: The name that stands for all.
        slug: What its id is made of.
        details: What tells it from others of the same slug: country, state of the U.S., office, first year.
        order: By which identities of one slug and the same details are numbered.
    """

    name: str
    slug: str
    details: tuple[str, ...]
    order: str


def slug(words: str) -> str:
    """Words as a part of an id.

    >>> slug("Wołodymyr Zełenski"), slug("No. 10")
    ('wolodymyr-zelenski', 'no-10')
    """
    lower = unicodedata.normalize("NFKD", words.lower().translate(_LETTERS))
    bare = "".join(char for char in lower if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "-", bare).strip("-")


def bare_name(name: str) -> str:
    """Return a person's name without the titles left in it.

    >>> bare_name("Gen. Mark Milley"), bare_name("Milley, Gen. Mark")
    ('Mark Milley', 'Milley, Mark')
    """
    words = name.split()
    for title in parse_name(name).titles.split():  # before the name, but for a surname with a comma
        place = next((number for number, word in enumerate(words) if word.strip(",;") == title), 0)
        del words[place]
    return " ".join(words) or name


def title_of(sightings: Sequence[Sighting]) -> Title:
    """How the identity that these sightings are of is called."""
    if sightings[0].key.kind == "person":
        return _person(sightings)
    return _body(sightings)


def _ranked(names: Counter[str]) -> list[str]:
    """Return the most frequent first; of those as frequent the one without initials, then the longest."""
    return sorted(names, key=lambda name: (-names[name], "." in name, -len(name), name))


def _person(sightings: Sequence[Sighting]) -> Title:
    names: Counter[str] = Counter()
    for sighting in sightings:
        names[bare_name(sighting.key.name)] += sighting.count
    full = [name for name in _ranked(names) if parse_name(name).is_full]
    name = (full or _ranked(names))[0]
    profiles = [profile_of(sighting.key) for sighting in sightings]
    offices = Counter(office for profile in profiles for office in profile.offices)
    duties = Counter(" ".join(sorted(duty)) for profile in profiles for duty in profile.duties)
    regions = sorted({region for profile in profiles for region in profile.regions})
    role = _ranked(offices)[:1] or _ranked(duties)[:1]
    return _title(name, slug(name), sightings, regions[:1], role)


def _body(sightings: Sequence[Sighting]) -> Title:
    names: Counter[str] = Counter()
    for sighting in sightings:
        names[sighting.key.name] += sighting.count
    bodies = [body for sighting in sightings if (body := body_of(sighting.key)) is not None]
    state = next((body.state for body in bodies if body.sort in ("state", "own") and body.state), None)
    listed = min((body.name for body in bodies if body.name), default=None)
    if any(body.sort == "state" for body in bodies) and state:
        return _title(country_name(state), slug(country_name(state)), sightings, [], [])
    name = listed or _ranked(names)[0]
    if state is None:
        return _title(name, slug(name.removeprefix("the ").removeprefix("The ")), sightings, [], [])
    return _title(name, f"{slug(without_state(name, state))}-{slug(country_name(state))}", sightings, [], [])


def _title(name: str, base: str, sightings: Sequence[Sighting], regions: list[str], role: list[str]) -> Title:
    countries = Counter(code for sighting in sightings if (code := home_country(sighting.key)))
    year = min((sighting.first[:4] for sighting in sightings if sighting.first), default="")
    details = (*_ranked(countries)[:1], *regions, *role, year)
    order = min(repr(sighting.key) + (sighting.first or "") for sighting in sightings)
    return Title(name, base or "unknown", tuple(filter(None, map(slug, details))), order)


def unique_ids(titles: Sequence[Title], taken: frozenset[str] = frozenset()) -> list[str]:
    """Return an id for every identity; those of one slug get details behind it until they differ.

    Args:
        titles: In any order.
        taken: Ids that the user's table of known names has.
    """
    ids = [title.slug for title in titles]
    for depth in range(max((len(title.details) for title in titles), default=0)):
        clashes = _clashes(ids, taken)
        if not clashes:
            return ids
        for number in clashes:
            if depth < len(titles[number].details):
                ids[number] = f"{ids[number]}-{titles[number].details[depth]}"
    return _numbered(ids, titles, taken)


def _clashes(ids: Sequence[str], taken: frozenset[str]) -> list[int]:
    counts = Counter(ids)
    return [number for number, one in enumerate(ids) if counts[one] > 1 or one in taken]


def _numbered(ids: list[str], titles: Sequence[Title], taken: frozenset[str]) -> list[str]:
    used, left = set(taken) | set(ids), Counter(ids)
    for number in sorted(_clashes(ids, taken), key=lambda number: (ids[number], titles[number].order)):
        base, count = ids[number], 2
        if base not in taken and left[base] == 1:
            continue
        while f"{base}-{count}" in used:
            count += 1
        ids[number] = f"{base}-{count}"
        left[base] -= 1
        used.add(ids[number])
    return ids
