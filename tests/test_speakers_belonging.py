"""Where somebody belongs: what their mentions point at on average, by the name that the article uses."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from quotestance.reader.inference import PeopleReading
from quotestance.reader.model import MENTIONS, PEOPLE_RELATIONS, PROFILES
from quotestance.speakers.belonging import Belonging, Home
from quotestance.speakers.entities import gather
from quotestance.speakers.entity import Entity
from quotestance.speakers.notes import Decoding, Noted, Notes
from quotestance.speakers.pointings import AFFILIATION, COUNTRY, Belongs, Pointing, belonging
from quotestance.speakers.resolve import resolve_speakers
from quotestance.text import Extent
from quotestance.types import Article, Quote, Span

TEXT = "They met. Mara Tuck of the Ardian Port Union came from Norway. Norwegian rain fell, Tuck said. Tuck left."
NOWHERE = Pointing({}, 1.0)


def at(words: str, number: int = 0) -> Extent:
    place = -1
    for _ in range(number + 1):
        place = TEXT.index(words, place + 1)
    return place, place + len(words)


PERSONS = [at("Mara Tuck"), at("Tuck", 1), at("Tuck", 2)]
UNION = at("Ardian Port Union")
NAMES = (
    Noted(PERSONS[0], "person", 0.9, NOWHERE),
    Noted(UNION, "body", 0.9, NOWHERE),
    *(Noted(extent, "person", 0.9, Pointing({PERSONS[0]: 0.9}, 0.1)) for extent in PERSONS[1:]),
)


def pointed(*shares: tuple[dict[Extent, float], dict[Extent, float]]) -> tuple[Notes, Belonging, Entity]:
    """Make notes in which each mention of the person points so, and return who she is."""
    tokens = tuple(
        Belongs(extent[0], Pointing(union, 1 - sum(union.values())), Pointing(state, 1 - sum(state.values())))
        for extent, (union, state) in zip(PERSONS, shares, strict=True)
    )
    notes = Notes(NAMES, (), (), tokens)
    entities = gather(TEXT, NAMES)
    holder = entities.at(PERSONS[0])
    assert holder is not None
    return notes, Belonging(TEXT, notes, entities, {"NOR": "Norway"}), holder


def test_belonging_is_the_mean_over_mentions_and_goes_by_the_name_of_the_state() -> None:
    told = {at("Norwegian"): 0.5, at("Norway"): 0.3}
    _, found, holder = pointed(({UNION: 0.8}, told), ({UNION: 0.4}, {}), ({}, {at("Norway"): 0.1}))
    affiliation, country = found.affiliation(holder, PERSONS), found.country(PERSONS)
    assert isinstance(affiliation, Home)
    assert isinstance(country, Home)
    assert affiliation.words == "Ardian Port Union"
    assert affiliation.share == pytest.approx(0.4)
    assert (country.words, country.extent) == ("NOR", at("Norwegian"))
    assert country.share == pytest.approx(0.3)


def test_belonging_of_nobody_who_points_is_none() -> None:
    _, found, holder = pointed(({}, {}), ({}, {}), ({}, {}))
    assert found.affiliation(holder, PERSONS) is None
    assert found.country([at("rain")]) is None


@pytest.mark.parametrize(("share", "affiliation"), [(0.6, "Ardian Port Union"), (0.4, None)])
def test_belonging_is_taken_from_its_threshold_on(share: float, affiliation: str | None) -> None:
    notes, _, _ = pointed(*[({UNION: share}, {at("Norway"): share})] * 3)
    quote = Quote("indirect", (Span.of(TEXT, *at("Norwegian rain fell")),), source=Span.of(TEXT, *PERSONS[1]))
    read = resolve_speakers(Article(TEXT, quotes=(quote,)), notes, Decoding(affiliation_least=0.5, country_least=0.5))
    speaker = read.quotes[0].speaker
    assert speaker is not None
    assert (speaker.name, speaker.affiliation) == ("Mara Tuck", affiliation)
    assert speaker.country == ("NOR" if affiliation else None)
    if affiliation:
        assert speaker.evidence["country"].text == "Norway"


def reading(right: list[float]) -> PeopleReading:
    """One token that points at six others by these shares, for the affiliation and for the country."""
    links = np.zeros((len(PEOPLE_RELATIONS), 1, len(right) + 1), dtype=np.float32)
    for relation in (AFFILIATION, COUNTRY):
        links[relation, 0] = [*right, 1 - sum(right)]
    mentions, profiles = (np.zeros((len(right), len(names)), dtype=np.float32) for names in (MENTIONS, PROFILES))
    return PeopleReading(mentions, profiles, np.zeros(1, dtype=np.int32), links)


@pytest.mark.parametrize(("rest", "named"), [(0.05, {(10, 11): 0.5, (10, 13): 0.05}), (0.3, {(10, 13): 0.8})])
def test_belonging_a_state_in_the_name_of_a_body_is_the_body_where_both_are_meant(
    rest: float, named: dict[Extent, float]
) -> None:
    people = reading([0.0, 0.5, rest / 2, rest / 2])
    starts, ends = np.array([0, 10, 11, 12], dtype=np.int32), np.array([1, 11, 12, 13], dtype=np.int32)
    (found,) = belonging(people, starts, ends, [(10, 13), (10, 11)], range(4))
    assert found.start == 0
    for pointing in (found.affiliation, found.country):
        assert {extent: round(share, 3) for extent, share in pointing.shares.items()} == named


def test_decoding_comes_back_from_a_checkpoint() -> None:
    decoding = Decoding(**{one.name: number / 10 for number, one in enumerate(fields(Decoding))})
    assert Decoding.of({**decoding.to_settings(), "quoted": 0.5}) == decoding
    assert Decoding.of({}) == Decoding()
