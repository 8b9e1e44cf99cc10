"""Which sightings of bodies are one body: by their keys, then by acronyms, then by spellings of one name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from quotestance.identities.bodies import Body, as_acronym, initials, is_joint, parse_body
from quotestance.identities.evidence import Evidence
from quotestance.identities.romanization import likeness, skeleton
from quotestance.identities.sightings import Key

_LISTED, _OWN, _STATE, _NAMED = 3.5, 3.0, 2.8, 3.0  # log-odds that two names with one key are one body's
_ACRONYM, _SPELLING = 1.8, 1.7
_LEAST_LETTERS = 6  # of a name, for two spellings of it to be told from two names
_LEAST_LIKENESS = 0.75
_Place = tuple[tuple[object, ...], str | None]
"""Key of a body and, for one with a name of its own, its state."""


@dataclass(slots=True)
class Bodies:
    """Sightings of bodies in groups.

    Args:
        groups: Numbers of the sightings of each body.
        why: For every sighting the evidence that ties it to its body.
    """

    groups: list[list[int]] = field(default_factory=list)
    why: dict[int, Evidence] = field(default_factory=dict)


def body_of(key: Key) -> Body | None:
    """Return the body that a sighting names; ``None`` where several states speak or no state is known to a ministry."""
    if is_joint(key.name):
        return None
    country = key.country
    body = parse_body(key.name, country)
    if not body.is_known and key.affiliation:
        home = parse_body(key.affiliation)
        body = parse_body(key.name, home.state) if home.sort == "state" else body
    return body if body.is_known else None


def link_bodies(keys: Sequence[Key]) -> Bodies:
    """Group bodies, given in an order that does not hang on that of the articles."""
    bodies = [body_of(key) for key in keys]
    groups: dict[_Place, list[int]] = {}
    for number, body in enumerate(bodies):
        if body is not None:
            groups.setdefault((body.key, body.state if body.sort == "named" else None), []).append(number)
    why = {number: _evidence(body) for number, body in enumerate(bodies) if body is not None}
    _settle_states(groups, bodies)
    _settle_acronyms(groups, keys, bodies, why)
    _settle_spellings(groups, why)
    return Bodies([sorted(numbers) for numbers in groups.values()], why)


def _evidence(body: Body) -> Evidence:
    points = {"listed": _LISTED, "own": _OWN, "state": _STATE}.get(body.sort, _NAMED)
    country = (f"country {body.state}",) if body.state else ()
    return Evidence(points, (body.why, *country))


def _settle_states(groups: dict[_Place, list[int]], bodies: Sequence[Body | None]) -> None:
    """Return a named body of no known state is that of the one state under which the same name stands without it."""
    states: dict[tuple[object, ...], list[str]] = {}
    for key, state in groups:
        if state is not None:
            states.setdefault(key, []).append(state)
    for key, found in states.items():
        home = (key, found[0])
        stands_alone = any((body := bodies[number]) and not body.has_state_word for number in groups[home])
        if len(found) == 1 and (key, None) in groups and stands_alone:
            groups[home] += groups.pop((key, None))


def _settle_acronyms(
    groups: dict[_Place, list[int]], keys: Sequence[Key], bodies: Sequence[Body | None], why: dict[int, Evidence]
) -> None:
    """Return an acronym is the one body whose words begin with its letters; where two do, it is neither's."""
    long_forms: dict[str, set[_Place]] = {}
    for place, numbers in groups.items():
        for cut in {cut for number in numbers for cut in initials(keys[number].name)}:
            long_forms.setdefault(cut, set()).add(place)
    for place in sorted(groups, key=repr):
        letters = {as_acronym(keys[number].name) for number in groups[place]}
        if place[0][0] != "named" or len(letters) != 1 or None in letters:
            continue
        meant = [
            p
            for p in long_forms.get(letters.pop() or "", ())
            if p != place and p in groups and _may_share(place[1], _state(groups[p], bodies))
        ]
        if len(meant) == 1:
            _move(groups, place, meant[0], why, Evidence(_ACRONYM, ("an acronym of its words",)))


def _settle_spellings(groups: dict[_Place, list[int]], why: dict[int, Evidence]) -> None:
    """Bodies of one word that are spelled in two ways ("Hizbullah"), where no third is like them."""
    alike: dict[str, list[_Place]] = {}
    for place in groups:
        words = place[0][1]
        if place[0][0] == "named" and isinstance(words, tuple) and len(words) == 1 and len(words[0]) >= _LEAST_LETTERS:
            alike.setdefault(skeleton(words[0]), []).append(place)
    for _, places in sorted(alike.items()):
        if len(places) != 2:
            continue
        first, second = sorted(places, key=lambda place: (-len(groups[place]), repr(place)))
        is_like = likeness(_word(first), _word(second)) >= _LEAST_LIKENESS
        if _word(first) != _word(second) and is_like and _may_share(first[1], second[1]):
            _move(groups, second, first, why, Evidence(_SPELLING, ("one name in two spellings",)))


def _word(place: _Place) -> str:
    words = place[0][1]
    return str(words[0]) if isinstance(words, tuple) else ""


def _state(numbers: list[int], bodies: Sequence[Body | None]) -> str | None:
    """State of a group, of a listed body too, whose key has none."""
    return next((body.state for number in numbers if (body := bodies[number]) and body.state), None)


def _may_share(a: str | None, b: str | None) -> bool:
    return a is None or b is None or a == b


def _move(
    groups: dict[_Place, list[int]], place: _Place, home: _Place, why: dict[int, Evidence], evidence: Evidence
) -> None:
    moved: Iterable[int] = groups.pop(place)
    for number in moved:
        why[number] = evidence
        groups[home].append(number)
