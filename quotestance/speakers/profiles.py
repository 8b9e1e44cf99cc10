"""Role, affiliation and country of those named in an article, each with the words that it was read from.

The reader says which words are a role or a home (a body, a state, a party) and whose. Countries are facts: the ISO code
of the state that a home names, of the state of a body, or of a state in a body's own name.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from quotestance.speakers.countries import country_of
from quotestance.speakers.entities import Entities
from quotestance.speakers.entity import Entity
from quotestance.speakers.extents import words_at
from quotestance.speakers.notes import Decoding, Noted
from quotestance.text import Extent

_HOMES = ("body", "state", "party")


@dataclass(slots=True)
class Profile:
    """What is told of somebody.

    Args:
        roles, homes: In the order of the text, each with the share by which it points here.
    """

    roles: list[tuple[Noted, float]] = field(default_factory=list)
    homes: list[tuple[Noted, float]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Told:
    """Fields of a speaker and the extents that they were read from."""

    role: str | None = None
    affiliation: str | None = None
    country: str | None = None
    evidence: Mapping[str, Extent] = field(default_factory=dict)


Holder = Entity | Extent
"""Somebody named, or the source of somebody unnamed."""


def collect(
    told: Iterable[Noted], entities: Entities, sources: Mapping[Extent, Holder], decoding: Decoding
) -> dict[Holder, Profile]:
    """Whose the roles and homes are.

    Args:
        told: Roles and homes.
        entities: Everybody named.
        sources: Extent of a source to whom it was resolved to, itself where that is nobody named.
        decoding: Thresholds for links.
    """
    profiles: dict[Holder, Profile] = {}
    standing = {extent[0]: holder for extent, holder in sources.items()}
    unnamed = sorted(extent for extent, holder in sources.items() if holder == extent)
    for one in told:
        if one.kind == "role" and (around := _around(one.extent, unnamed)) is not None:
            profiles.setdefault(around, Profile()).roles.append((one, 1.0))
            continue
        shares: dict[Holder, float] = {}
        for extent, share in one.pointing.shares.items():
            held = sources.get(extent) or entities.holding(extent) or standing.get(extent[0]) or entities.at(extent)
            if held is not None:
                shares[held] = shares.get(held, 0.0) + share
        if not shares:
            continue
        holder = max(shares, key=lambda key: shares[key])
        if shares[holder] >= (decoding.role_link if one.kind == "role" else decoding.home_link):
            profile = profiles.setdefault(holder, Profile())
            (profile.roles if one.kind == "role" else profile.homes).append((one, shares[holder]))
    return profiles


def _around(extent: Extent, sources: Sequence[Extent]) -> Extent | None:
    """Return the source that holds an extent, if one does: what it calls somebody unnamed is their role."""
    before = bisect_right(sources, extent[0], key=itemgetter(0)) - 1
    return sources[before] if before >= 0 and extent[1] <= sources[before][1] else None


def tell(text: str, holder: Holder, profiles: Mapping[Holder, Profile], entities: Entities) -> Told:
    """Collect the fields of somebody: the role nearest to the fullest mention; bodies, then states, then parties."""
    profile = profiles.get(holder, Profile())
    anchor = _anchor(holder)
    role = min(profile.roles, key=lambda one: _distance(one[0].extent, anchor), default=None)
    homes = sorted(profile.homes, key=lambda one: (_HOMES.index(one[0].kind), _distance(one[0].extent, anchor)))
    evidence: dict[str, Extent] = {}
    if role:
        evidence["role"] = role[0].extent
    if homes:
        evidence["affiliation"] = homes[0][0].extent
    code, place = _country(text, holder, [one for one, _ in homes], profiles, entities)
    if code and place:
        evidence["country"] = place
    return Told(
        words_at(text, role[0].extent) if role else None,
        words_at(text, homes[0][0].extent) if homes else None,
        code,
        evidence,
    )


def _anchor(holder: Holder) -> int:
    if isinstance(holder, Entity):
        return holder.forms[holder.name].extent[0]
    return holder[0]


def _distance(extent: Extent, anchor: int) -> int:
    return abs(extent[0] - anchor)


def _country(
    text: str, holder: Holder, homes: list[Noted], profiles: Mapping[Holder, Profile], entities: Entities
) -> tuple[str | None, Extent | None]:
    """Return somebody's country and the words that name it: a state home, else a body's own, else the name."""
    for home in sorted(homes, key=lambda one: one.kind != "state"):
        if code := _named_by(text, home):
            return code, home.extent
        body = entities.at(home.extent)
        if home.kind == "body" and body is not None and body is not holder:
            code, place = _country(text, body, _states_of(profiles.get(body)), {}, entities)
            if code:
                return code, place
    if isinstance(holder, Entity) and holder.kind != "person":
        return _own_country(holder)
    return None, None


def _named_by(text: str, home: Noted) -> str | None:
    """Return the country that the words of a home name."""
    return country_of(text[slice(*home.extent)])


def _states_of(profile: Profile | None) -> list[Noted]:
    return [one for one, _ in profile.homes if one.kind == "state"] if profile else []


def _own_country(body: Entity) -> tuple[str | None, Extent | None]:
    for form, mention in body.forms.items():
        if code := country_of(form):
            return code, mention.extent
    return None, None
