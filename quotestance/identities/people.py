"""Which sightings of people are one person's: full names against each other, then partial names against people.

Linear in the number of names: only names that share a block (skeleton of a surname and a first letter) are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from quotestance.identities.clustering import Edge, Groups, cluster, neighbours
from quotestance.identities.evidence import MARGIN, THRESHOLD, Evidence, full_names, partial_name, traits
from quotestance.identities.given_names import short_forms, spellings_of
from quotestance.identities.names import Name, family_spellings, turned
from quotestance.identities.profiles import Profile, Years, together
from quotestance.identities.roles import reach
from quotestance.identities.romanization import readings, romanized, skeleton

_LARGE_BLOCK = 60  # names that a name of a large block is compared with; all, where the block is smaller
_MOST_CANDIDATES = 500  # people whom one partial name could mean; with more it is nobody
_ERA_YEARS = 8.0


@dataclass(slots=True)
class People:
    """Sightings of people in groups.

    Args:
        groups: Numbers of the sightings of each person.
        why: For every sighting the evidence that ties it to its person.
    """

    groups: list[list[int]] = field(default_factory=list)
    why: dict[int, Evidence] = field(default_factory=dict)


def link_people(profiles: Sequence[Profile]) -> People:
    """Group the profiles of sightings, each of one name, in an order that does not hang on that of the articles."""
    profiles = _in_one_order(profiles)
    is_full = [_name(profile).is_full or bool(profile.aliases) for profile in profiles]
    nodes = _nodes([number for number, full in enumerate(is_full) if full], profiles)
    merged = [_merged(members, profiles) for members in nodes]
    groups, ties = cluster(merged, list(_edges(merged)))
    found = People()
    places: dict[int, int] = {}
    for root, group in groups.members().items():
        places[root] = len(found.groups)
        found.groups.append([number for node in group for number in nodes[node]])
        for node in group:
            for number in nodes[node]:
                found.why[number] = ties[node].evidence if node in ties else _SAME
    _attach([number for number, full in enumerate(is_full) if not full], profiles, groups, places, found)
    return found


_SAME = Evidence(4.0, ("same name and particulars",))


def _name(profile: Profile) -> Name:
    return next(iter(profile.names))


def _in_one_order(profiles: Sequence[Profile]) -> list[Profile]:
    """Read "Suk Yeol Yoon" as "Yoon Suk Yeol" where somebody of the same country is called so."""
    called = {(name, profile.countries) for profile in profiles if (name := _name(profile)).is_family_first}
    return [
        replace(profile, names=frozenset((other,)))
        if profile.countries and (other := turned(_name(profile))) and (other, profile.countries) in called
        else profile
        for profile in profiles
    ]


def _merged(members: list[int], profiles: Sequence[Profile]) -> Profile:
    return together([profiles[member] for member in members])


def _nodes(numbers: Iterable[int], profiles: Sequence[Profile]) -> list[list[int]]:
    """Sightings that differ in nothing that is weighed; of those with common names nothing but dates near by."""
    found: dict[tuple[object, ...], list[int]] = {}
    for number in numbers:
        profile = profiles[number]
        found.setdefault(_signature(profile), []).append(number)
    return list(found.values())


def _signature(profile: Profile) -> tuple[object, ...]:
    name = _name(profile)
    era = None if profile.years is None else int(profile.years[0] // _ERA_YEARS)
    fine: tuple[object, ...] = (profile.duties, profile.bodies) if name.is_common or not profile.offices else ()
    return (name, profile.countries, profile.offices, profile.walks, profile.regions, profile.known, era, *fine)


def _blocks(profile: Profile) -> set[tuple[str, str]]:
    """Under what a full name is found: surname and first letters, of short and other spellings too."""
    name = _name(profile)
    keys: set[tuple[str, str]] = set()
    for given in (*name.given, *filter(None, (name.nickname,))):
        letters = {form[0] for form in (given, *short_forms(given), *spellings_of(given))}
        letters |= {reading[0] for reading in readings(given)}
        surnames = {one for surname in name.surnames for other in family_spellings(surname) for one in _sounds(other)}
        keys |= {(surname, letter) for surname in surnames for letter in letters}
    if len(name.given) > 1:
        last_two = skeleton(name.given[-1]), skeleton(name.given[-1] + name.surname)
        keys |= {(surname, given[0]) for surname in last_two for given in name.given[:-1]}
    if name.given == ("ben",) or len(name.given) in name.fathers:
        keys.add((skeleton(name.surname), "ben"))
    if len(name.given) == 1:
        keys.add(("both", "".join(sorted((romanized(name.given[0]), romanized(name.surname))))))
    return keys


def _sounds(word: str) -> set[str]:
    return {skeleton(reading) for reading in readings(word)}


def _edges(profiles: Sequence[Profile]) -> Iterable[Edge]:
    blocks: dict[tuple[str, str], list[int]] = {}
    for number, profile in enumerate(profiles):
        for key in _blocks(profile):
            blocks.setdefault(key, []).append(number)
    seen: set[tuple[int, int]] = set()
    for _, block in sorted(blocks.items()):
        for i, j in neighbours(len(block), lambda place, block=block: _order(profiles[block[place]]), _LARGE_BLOCK):  # type: ignore[misc]
            first, second = sorted((block[i], block[j]))
            if (first, second) in seen:
                continue
            seen.add((first, second))
            if evidence := full_names(profiles[first], profiles[second]):
                yield Edge(first, second, evidence)


def _order(profile: Profile) -> tuple[str, ...]:
    name = _name(profile)
    return (romanized(name.surname), *name.given, *sorted(profile.countries), *sorted(profile.offices))


def _attach(
    partial: list[int], profiles: Sequence[Profile], groups: Groups, places: dict[int, int], found: People
) -> None:
    """Give partial names to the one person whom they can mean; what is left is grouped where that is plain."""
    index = _index(groups, places)
    left: dict[tuple[object, ...], list[int]] = {}
    for number in partial:
        best, rivals = _best(profiles[number], groups, index)
        if best is not None:
            found.groups[places[best[0]]].append(number)
            found.why[number] = best[1]
        elif rivals < 2 and (key := _own_key(profiles[number])):
            left.setdefault(key, []).append(number)
    for _, members in sorted(left.items(), key=lambda item: item[1]):
        for same in _by_suffix(members, profiles):
            for era in _eras(same, profiles):
                found.groups.append(era)
                found.why |= dict.fromkeys(era, _SAME_SURNAME)


_SAME_SURNAME = Evidence(2.2, ("same surname, role and country",))


def _index(groups: Groups, places: dict[int, int]) -> dict[tuple[str, str | None, object], list[int]]:
    """Skeleton of every part of a person's names, with each country and without -> people."""
    found: dict[tuple[str, str | None, object], list[int]] = {}
    for root in places:
        profile = groups.profiles[root]
        parts = {part for name in profile.names for part in (*name.given, *name.surnames, name.called) if len(part) > 1}
        words = {sound for part in parts for sound in _sounds(part)}
        words |= {name.letters for name in profile.names if len(name.letters) > 2}
        for word in words:
            for country in (*(profile.countries or ("",)), None):
                for trait in (*traits(profile), *(("known",) if profile.known else ()), None):
                    found.setdefault((word, country, trait), []).append(root)
    return found


def _best(
    profile: Profile, groups: Groups, index: dict[tuple[str, str | None, object], list[int]]
) -> tuple[tuple[int, Evidence] | None, int]:
    """Return the person whom a partial name means, if one leads, and how many it could mean."""
    name = _name(profile)
    words = {sound for other in family_spellings(name.surname) for sound in _sounds(other)} | {name.surname}
    places = [*sorted(profile.countries), ""] if profile.countries else [None]
    told = [None] if name.given else [*traits(profile), "known"]  # a surname alone is nobody's where no role agrees
    asked = ((word, place, one) for word in words for place in places for one in told)
    candidates = {root for key in asked for root in index.get(key, ())}
    if len(candidates) > _MOST_CANDIDATES:
        return None, len(candidates)
    scored = [
        (evidence.log_odds, root, evidence)
        for root in sorted(candidates)
        if (evidence := partial_name(name, profile, groups.profiles[root])) and evidence.log_odds > 0
    ]
    scored.sort(key=lambda one: (-one[0], one[1]))
    if not scored or scored[0][0] < THRESHOLD:
        return None, len(scored)
    if len(scored) > 1 and scored[0][0] - scored[1][0] < MARGIN:
        return None, len(scored)
    return (scored[0][1], scored[0][2]), 1


def _own_key(profile: Profile) -> tuple[object, ...] | None:
    """Return what must be equal for two surnames alone to be one person; ``None`` where too little is told."""
    name = _name(profile)
    if (
        (not profile.countries and not profile.bodies)
        or "private" in profile.walks
        or not (profile.offices or profile.duties)
    ):
        return None
    who = (romanized(name.surname), name.given, tuple(sorted(profile.countries)))
    held = sorted(office for office in profile.offices if reach(office) == "state")
    if held and profile.countries:
        return (*who, held[0])
    if name.is_common and not profile.bodies and not profile.regions:
        return None
    return (*who, tuple(sorted(profile.offices)) or profile.duties, profile.bodies, profile.regions)


def _by_suffix(members: list[int], profiles: Sequence[Profile]) -> list[list[int]]:
    """Members of one suffix ("II") with those of none; where two suffixes compete, those of none are nobody's."""
    suffixes = sorted({suffix for number in members if (suffix := _name(profiles[number]).suffix)})
    if len(suffixes) < 2:
        return [members]
    return [[number for number in members if _name(profiles[number]).suffix == suffix] for suffix in suffixes]


def _eras(members: list[int], profiles: Sequence[Profile]) -> list[list[int]]:
    """Members parted where years pass without one; those without a date go with the only era, else nowhere."""
    dated = [(years, number) for number in members if (years := profiles[number].years) is not None]
    undated = [number for number in members if profiles[number].years is None]
    eras: list[tuple[Years, list[int]]] = []
    for years, number in sorted(dated):
        if eras and years[0] - eras[-1][0][1] <= _ERA_YEARS:
            (first, last), numbers = eras[-1]
            numbers.append(number)
            eras[-1] = (first, max(last, years[1])), numbers
        else:
            eras.append((years, [number]))
    if len(eras) > 1:
        return [numbers for _, numbers in eras]
    return [sorted([*(eras[0][1] if eras else []), *undated])]
