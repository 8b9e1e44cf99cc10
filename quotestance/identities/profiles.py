"""What the sightings of a person tell beside the name: countries, offices, bodies, homes in a state, dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

from quotestance.countries import country_in, listed_country, party_tag, seat_code, state_name
from quotestance.identities.bodies import parse_body
from quotestance.identities.names import Name, parse_name
from quotestance.identities.roles import Role, addressed_away, is_past, parse_role, reach
from quotestance.identities.romanization import plain
from quotestance.identities.sightings import Key, Sighting

Years = tuple[float, float]
"""First and last date, as numbers of years."""

BodyKey = tuple[object, ...]

_ARTICLE = re.compile(r"\b(?:Al|El) (?=\S+$)")
_ARAB = frozenset(
    ("ARE", "BHR", "DZA", "EGY", "IRQ", "JOR", "KWT", "LBN", "LBY", "MAR", "OMN", "PSE", "QAT", "SAU", "SDN", "SYR")
) | {"TUN", "YEM"}
_MINISTERS = {
    "foreign": "foreign minister",
    "state": "foreign minister",
    "defense": "defense minister",
    "interior": "interior minister",
    "home": "interior minister",
    "finance": "finance minister",
    "treasury": "finance minister",
    "energy": "energy minister",
    "health": "health minister",
    "justice": "justice minister",
}
"""Word of a ministry -> who is its minister."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person, from one sighting or from many.

    Args:
        names: Every name, parsed.
        countries: ISO 3166-1 alpha-3 codes.
        offices: See :class:`~quotestance.identities.roles.Role`.
        duties: The words of each role.
        walks: Walks of life.
        bodies: Keys of the bodies that roles tie to, states left out.
        regions: U.S. states.
        years: When, where any article tells.
        held, left: When they are said to hold their office, and when to have held it before ("former").
        known: Id in the user's authority table.
        terms: Offices with the years from and to which that table says that they were held.
        aliases: Names that are somebody's because that table says so.
    """

    names: frozenset[Name]
    countries: frozenset[str] = frozenset()
    offices: frozenset[str] = frozenset()
    duties: frozenset[frozenset[str]] = frozenset()
    walks: frozenset[str] = frozenset()
    bodies: frozenset[BodyKey] = frozenset()
    regions: frozenset[str] = frozenset()
    years: Years | None = None
    held: Years | None = None
    left: Years | None = None
    known: frozenset[str] = frozenset()
    terms: frozenset[tuple[str, Years]] = frozenset()
    aliases: frozenset[Name] = frozenset()

    def joined(self, other: Profile) -> Profile:
        """Return what is known of one person from both."""
        return together((self, other))


def together(profiles: Sequence[Profile]) -> Profile:
    """Return what is known of one person from all of these, in time linear in their number."""

    def all_of(name: str) -> frozenset[Any]:
        return frozenset().union(*(getattr(profile, name) for profile in profiles))

    return Profile(
        **{name: all_of(name) for name in _SETS},
        years=_span(profile.years for profile in profiles),
        held=_span(profile.held for profile in profiles),
        left=_span(profile.left for profile in profiles),
    )


_SETS = tuple(one.name for one in fields(Profile) if one.name not in ("years", "held", "left"))


def _span(spans: Iterable[Years | None]) -> Years | None:
    known = [span for span in spans if span is not None]
    return (min(first for first, _ in known), max(last for _, last in known)) if known else None


@lru_cache(maxsize=65536)
def home_country(key: Key) -> str | None:
    """Return the country of a speaker: as given, else as role, home or titles in the name tell it."""
    if key.country:
        return key.country
    home = key.affiliation or ""
    titles = parse_name(key.name).titles
    role = addressed_away(key.role or "")
    return country_in(home) or seat_code(home) or listed_country(home) or country_in(role) or country_in(titles)


@lru_cache(maxsize=65536)
def _region(key: Key) -> str | None:
    for words in (key.affiliation, key.role):
        if words is None:
            continue
        if tag := party_tag(words):
            return state_name(tag)
        if words not in ("Washington", "Georgia") and (found := state_name(words.strip("()"))):
            return found
    return None


def _is_of_body(key: Key) -> bool:
    """Whether what somebody presides is no state: "president" of the European Commission."""
    if not key.affiliation or party_tag(key.affiliation):
        return False
    return parse_body(key.affiliation, key.country).sort in ("listed", "named") and not home_is_state(key.affiliation)


def home_is_state(words: str) -> bool:
    """Whether a home names a state, by its name or a demonym ("French")."""
    return bool(country_in(words) or seat_code(words))


def _role(key: Key) -> Role:
    """Return the role and what titles in the name add to it."""
    role, title = parse_role(key.role), parse_role(parse_name(key.name).titles or None)
    offices = role.offices | title.offices
    if key.role and key.affiliation:
        whole = parse_role(f"{key.role} of {key.affiliation.removeprefix('the ')}").offices
        offices = frozenset(office for office in whole if reach(office) == "state") or offices
    if offices & {"minister", "head"} and key.affiliation:
        body = parse_body(key.affiliation, key.country)
        offices |= {_MINISTERS[word] for word in body.words if "ministry" in body.words and word in _MINISTERS}
    if "head of state" in offices and _is_of_body(key):
        offices = (offices - {"head of state"}) | {"chair"}
    if len(offices) > 1:
        offices -= {"minister", "head"}
    return Role(offices, role.words or title.words, role.walk or title.walk)


def _body(key: Key, country: str | None) -> frozenset[BodyKey]:
    if not key.affiliation or party_tag(key.affiliation) or state_name(key.affiliation):
        return frozenset()
    body = parse_body(key.affiliation, country)
    return frozenset((body.key,)) if body.sort != "state" and body.is_known else frozenset()


@lru_cache(maxsize=65536)
def profile_of(key: Key) -> Profile:
    """Return what a speaker's key tells."""
    country, region, role = home_country(key), _region(key), _role(key)
    if region and country is None:
        country = "USA"
    name = _ARTICLE.sub("al-", key.name) if country in _ARAB else key.name  # "Al Sisi" is not Al Gore
    parsed = parse_name(name)
    if country == "VNM" and parsed.is_family_first:
        parsed = replace(parsed, called=plain(name.split()[-1]))
    return Profile(
        names=frozenset((parsed,)),
        countries=frozenset((country,) if country else ()),
        offices=role.offices,
        duties=frozenset((role.words,) if role.words else ()),
        walks=frozenset((role.walk,) if role.walk else ()),
        bodies=_body(key, country),
        regions=frozenset((region,) if region else ()),
    )


def sighted(sighting: Sighting) -> Profile:
    """Return what a sighting tells, with its dates."""
    found, years = profile_of(sighting.key), sighting.years
    if years is None:
        return found
    is_past = _is_past(sighting.key)
    return replace(found, years=years, held=None if is_past else years, left=years if is_past else None)


def _is_past(key: Key) -> bool:
    """Whether the role is one that they had before."""
    return is_past(key.role) or is_past(parse_name(key.name).titles)
