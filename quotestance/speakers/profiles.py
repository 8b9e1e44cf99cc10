"""Role, affiliation and country of those named in an article, each with the words that it was read from.

The reader says which words are a role or a home (a body, a state, a party) and whose. Countries are facts: the ISO code
of the state that a home names, of the state of a body, or of a state in a body's own name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from quotestance.countries import country_of
from quotestance.speakers.entities import Entities
from quotestance.speakers.entity import Entity
from quotestance.speakers.notes import Decoding, Noted, Notes
from quotestance.text import Extent
from quotestance.text.lexicon import words_at

_HOMES = ("body", "state", "party")


@dataclass(slots=True)
class Profile:
    """What is told of somebody, in the order of the text."""

    roles: list[Noted] = field(default_factory=list)
    homes: list[Noted] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """Fields of a speaker and the extents that they were read from."""

    role: str | None = None
    affiliation: str | None = None
    country: str | None = None
    evidence: Mapping[str, Extent] = field(default_factory=dict)


Holder = Entity | Extent
"""Somebody named, or the source of somebody unnamed."""

Countries = dict[Entity, tuple[str, Extent] | None]
"""Country of a body and the words that name it; None where nothing tells it."""


def collect(
    notes: Notes, entities: Entities, sources: Mapping[Extent, Holder], decoding: Decoding
) -> dict[Holder, Profile]:
    """Whose the roles and homes are.

    Args:
        notes: What the reader noted.
        entities: Everybody named.
        sources: Extent of a source to whom it was resolved to, itself where that is nobody named.
        decoding: Thresholds for links.
    """
    profiles: dict[Holder, Profile] = {}
    standing = {extent[0]: holder for extent, holder in sources.items()}
    unnamed = sorted(extent for extent, holder in sources.items() if holder == extent)

    def held_at(extent: Extent) -> Holder | None:
        return sources.get(extent) or entities.holding(extent) or standing.get(extent[0]) or entities.at(extent)

    for one in notes.told:
        is_role = one.kind == "role"
        holder: Holder | None = _around(one.extent, unnamed)
        if holder is None:
            shares: dict[Holder, float] = one.pointing.by(held_at)
            holder = max(shares, key=lambda key: shares[key], default=None)
            if holder is None or shares[holder] < (decoding.role_link if is_role else decoding.home_link):
                continue
        profile = profiles.setdefault(holder, Profile())
        (profile.roles if is_role else profile.homes).append(one)
    known = {holder for holder, profile in profiles.items() if profile.roles}
    for one in notes.doubted:
        if (source := _around(one.extent, unnamed)) is not None and source not in known:
            profiles.setdefault(source, Profile()).roles.append(one)
    return profiles


def _around(extent: Extent, sources: Sequence[Extent]) -> Extent | None:
    """Return the last source that begins before an extent, if it holds it: what stands in it is told of it."""
    before = bisect_right(sources, extent[0], key=itemgetter(0)) - 1
    return sources[before] if before >= 0 and extent[1] <= sources[before][1] else None


def tell(
    text: str, holder: Holder, profiles: Mapping[Holder, Profile], entities: Entities, countries: Countries
) -> Told:
    """Collect the fields of somebody: the role nearest to the fullest mention; bodies, then states, then parties.

    Args:
        text: The article.
        holder: Whose fields they are.
        profiles: As :func:`collect` made them.
        entities: Everybody named.
        countries: Of bodies that were asked about before; others are added.
    """
    profile = profiles.get(holder, Profile())
    anchor = holder.forms[holder.name].extent[0] if isinstance(holder, Entity) else holder[0]

    def distance(one: Noted) -> int:
        return abs(one.extent[0] - anchor)

    role = min(profile.roles, key=distance, default=None)
    homes = sorted(profile.homes, key=lambda one: (_HOMES.index(one.kind), distance(one)))
    evidence = {name: one.extent for name, one in (("role", role), ("affiliation", next(iter(homes), None))) if one}
    words = {name: words_at(text, extent) for name, extent in evidence.items()}
    code = None
    if country := _country(text, holder, homes, profiles, entities, countries):
        code, evidence["country"] = country
    return Told(words.get("role"), words.get("affiliation"), code, evidence)


def _country(
    text: str,
    holder: Holder,
    homes: Sequence[Noted],
    profiles: Mapping[Holder, Profile],
    entities: Entities,
    countries: Countries,
) -> tuple[str, Extent] | None:
    """Return somebody's country and the words that name it: a state home, else a body's own, else the name."""
    for home in sorted(homes, key=lambda one: one.kind != "state"):
        if code := country_of(text[slice(*home.extent)]):
            return code, home.extent
        body = entities.at(home.extent)
        if home.kind == "body" and body is not None and body is not holder:
            if body not in countries:
                states = [one for one in profiles.get(body, Profile()).homes if one.kind == "state"]
                countries[body] = _country(text, body, states, {}, entities, {})
            if found := countries[body]:
                return found
    if isinstance(holder, Entity) and holder.kind != "person":
        for form, mention in holder.forms.items():
            if code := country_of(form):
                return code, mention.extent
    return None
