"""The state whose office holder or body somebody is, as their affiliation."""

from __future__ import annotations

import pytest

from quotestance.countries import NamedCountries
from quotestance.speakers.entity import Entity
from quotestance.speakers.notes import Noted, Notes
from quotestance.speakers.own_states import own_state
from quotestance.speakers.pointings import Belongs, Pointing
from quotestance.speakers.resolve import resolve_speakers
from quotestance.text import Extent
from quotestance.text.lexicon import nearest
from quotestance.types import Article, Quote, Span

NAMES = {"UKR": "Ukraine"}


def named(kind: str, name: str) -> Entity:
    one = Entity(kind)
    one.add(Noted((0, len(name)), kind, 0.9, Pointing({}, 1.0)), name)
    return one


def test_own_state_an_office_holder_is_of_the_state_as_the_article_calls_it() -> None:
    minister = named("person", "Olena Hurt")
    assert own_state(minister, "Defense Minister", "UKR", NAMES) == "Ukraine"
    assert own_state(named("body", "Defense Ministry"), None, "UKR", NAMES) == "Ukraine"
    assert own_state(minister, "analyst", "UKR", NAMES) is None
    assert own_state(minister, None, "UKR", NAMES) is None
    assert own_state(minister, "Defense Minister", None, NAMES) is None
    assert own_state(minister, "Defense Minister", "NOR", NAMES) is None, "the article never calls it by its name"


def test_own_state_a_state_is_not_its_own() -> None:
    assert own_state(named("state", "Ukraine"), None, "UKR", NAMES) is None


def test_own_state_is_read_where_it_stands_nearest() -> None:
    text = "Ukraine waited. Defense Minister Olena Hurt spoke; Ukraine needs shells, and Ukraine's allies know."
    assert nearest(text, "Ukraine", text.index("Olena")) == (text.index("Ukraine needs"), text.index(" needs"))
    assert nearest(text, "Norway", 20) is None
    text = "Iran waited. The Iranian minister Ali Roe spoke."
    assert nearest(text, "Iran", text.index("Ali")) == (0, 4), "no part of a word"
    assert nearest("Saudi\r\nArabia waited.", "Saudi Arabia", 20) == (0, 13), "a line may end inside a name"


TEXT = "Ukraine waited. Defense Minister Olena Hurt of the Union said no, as Ukraine hoped."


def at(words: str) -> Extent:
    return TEXT.index(words), TEXT.index(words) + len(words)


@pytest.mark.parametrize(("has_home", "has_country"), [(True, True), (False, True), (True, False), (False, False)])
def test_own_state_is_given_where_no_other_home_is_told_and_the_country_is(has_home: bool, has_country: bool) -> None:
    name, hers = at("Olena Hurt"), Pointing({at("Olena Hurt"): 0.9}, 0.1)
    told = [Noted(at("Defense Minister"), "role", 0.9, hers)]
    told += [Noted(at("Union"), "body", 0.9, hers)] if has_home else []
    pointed = Pointing({at("Ukraine"): 0.9}, 0.1) if has_country else Pointing({}, 1.0)
    belonging = (Belongs(name[0], Pointing({}, 1.0), pointed),)
    notes = Notes((Noted(name, "person", 0.9, Pointing({}, 1.0)),), tuple(told), (), belonging, NamedCountries.of(TEXT))
    quote = Quote("indirect", (Span.of(TEXT, *at("no")),), source=Span.of(TEXT, *name))
    speaker = resolve_speakers(Article(TEXT, quotes=(quote,)), notes).quotes[0].speaker
    assert speaker is not None
    assert (speaker.name, speaker.role) == ("Olena Hurt", "Defense Minister")
    assert speaker.country == ("UKR" if has_country else None), "what the article is about tells no country"
    assert speaker.affiliation == ("Union" if has_home else "Ukraine" if has_country else None)
    if speaker.affiliation == "Ukraine":
        assert speaker.evidence["affiliation"].start == 0
