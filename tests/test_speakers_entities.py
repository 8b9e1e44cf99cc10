from __future__ import annotations

import re

from quotestance.speakers.entities import Entities, Entity, gather
from quotestance.speakers.notes import Noted, Pointing

NOWHERE = Pointing({}, 1.0)


def noted(text: str, *names: tuple[str, str]) -> list[Noted]:
    """Names in the order of the text: the words and the kind of each occurrence."""
    found = [
        Noted(match.span(), kind, 0.9, NOWHERE)
        for words, kind in dict.fromkeys(names)
        for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)
    ]
    longest = [one for one in found if not any(_inside(one, other) for other in found)]
    return sorted(longest, key=lambda one: one.extent)


def _inside(one: Noted, other: Noted) -> bool:
    return one is not other and other.extent[0] <= one.extent[0] and one.extent[1] <= other.extent[1]


def forms(entities: Entities) -> dict[str, set[str]]:
    return {one.name: set(one.forms) for one in entities.everyone}


def test_entities_join_a_surname_and_an_initial_with_the_full_name() -> None:
    text = "Victor Hahn spoke. Hahn left. V. Hahn wrote to Ann Roe, and Roe to Hahn."
    names = noted(text, *((name, "person") for name in ("Victor Hahn", "V. Hahn", "Hahn", "Ann Roe", "Roe")))
    assert forms(gather(text, names)) == {
        "Victor Hahn": {"Victor Hahn", "Hahn", "V. Hahn"},
        "Ann Roe": {"Ann Roe", "Roe"},
    }


def test_entities_two_people_of_one_surname_stay_two_and_the_last_named_has_it() -> None:
    text = "Ann Roe met Tom Roe. Roe smiled."
    entities = gather(text, noted(text, ("Ann Roe", "person"), ("Tom Roe", "person"), ("Roe", "person")))
    assert forms(entities) == {"Ann Roe": {"Ann Roe"}, "Tom Roe": {"Tom Roe", "Roe"}}


def test_entities_a_link_decides_between_two_of_one_surname() -> None:
    text = "Ann Roe met Tom Roe. Roe smiled."
    names = noted(text, ("Ann Roe", "person"), ("Tom Roe", "person"))
    start = text.index("Roe smiled")
    linked = Noted((start, start + 3), "person", 0.9, Pointing({names[0].extent: 0.8, names[1].extent: 0.1}, 0.1))
    assert forms(gather(text, [*names, linked]))["Ann Roe"] == {"Ann Roe", "Roe"}


def test_entities_a_title_is_no_part_of_a_name() -> None:
    text = "Bryan Fogel filmed it. Mr. Fogel said so."
    names = noted(text, ("Bryan Fogel", "person"), ("Mr. Fogel", "person"))
    assert forms(gather(text, names)) == {"Bryan Fogel": {"Bryan Fogel", "Fogel"}}


def test_entities_a_body_is_one_with_its_acronym_and_its_short_forms() -> None:
    text = (
        "The Syrian Observatory for Human Rights (SOHR) and the U.S. State Department. SOHR and the State Department."
    )
    names = ("Syrian Observatory for Human Rights", "SOHR", "U.S. State Department", "State Department")
    assert set(forms(gather(text, noted(text, *((name, "body") for name in names))))) == {names[0], names[2]}


def test_entities_a_capital_is_one_with_its_state_and_ministries_are_not_one() -> None:
    text = "Russia spoke, and Moscow again. The Defense Ministry and the Foreign Ministry did not."
    kinds = (("Russia", "state"), ("Moscow", "state"), ("Defense Ministry", "body"), ("Foreign Ministry", "body"))
    assert len(gather(text, noted(text, *kinds)).everyone) == 3


def test_entities_find_whose_mention_stands_at_an_extent() -> None:
    text = "Ann Roe met Tom Poe."
    entities = gather(text, noted(text, ("Ann Roe", "person"), ("Tom Poe", "person")))
    (ann, tom) = entities.everyone
    assert entities.at((4, 7)) is ann
    assert entities.at((8, 11)) is None
    assert list(entities.within((0, len(text)))) == [ann, tom]
    assert isinstance(ann, Entity)
