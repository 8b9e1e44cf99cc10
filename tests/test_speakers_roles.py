"""Role, affiliation and country of a phrase."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotestance.speakers.roles import Role, read_role
from quotestance.speakers.words import read_words


@pytest.mark.parametrize(
    ("phrase", "role", "affiliation", "country"),
    [
        ("Ukrainian President", "President", "Ukrainian", "UKR"),
        ("Secretary of State", "Secretary of State", None, None),
        ("U.S. Deputy Secretary of State", "Deputy Secretary of State", "U.S.", "USA"),
        ("former Florida governor", "former governor", "Florida", "USA"),
        ("the foreign minister of France", "foreign minister", "France", "FRA"),
        ("a spokesman for the Interior Ministry", "spokesman", "Interior Ministry", None),
        ("head of the Korea Division at the Center for Peace", "head of the Korea Division", "Center for Peace", None),
        ("a fellow at the Asia Program at Hill University", "fellow", "Asia Program at Hill University", None),
        ("White House press secretary", "press secretary", "White House", "USA"),
        ("Trump campaign manager", "campaign manager", "Trump campaign", None),
        ("Justice Department official", "official", "Justice Department", None),
        ("Federal Reserve chairwoman", "chairwoman", "Federal Reserve", None),
        ("Republican presidential nominee", "Republican presidential nominee", None, None),
        ("an expert on Russia", "expert on Russia", None, None),
        ("U.S. ambassador to Japan", "ambassador to Japan", "U.S.", "USA"),
        ("chairman and chief executive of Acme Holdings", "chairman and chief executive", "Acme Holdings", None),
    ],
)
def test_speakers_roles_of_a_phrase(phrase: str, role: str, affiliation: str | None, country: str | None) -> None:
    words = read_words(phrase)
    assert read_role(words, 0, len(words.row) - 1) == Role(role, affiliation, country)


@pytest.mark.parametrize("phrase", ["the committee", "yesterday in Paris", "Mr.", "Roe joined candidate Doe"])
def test_speakers_roles_where_there_is_none(phrase: str) -> None:
    words = read_words(phrase)
    assert read_role(words, 0, len(words.row) - 1) is None


PIECES = [
    "the",
    "head",
    "of",
    "for",
    "at",
    "Ministry",
    "U.S.",
    "Roe",
    ",",
    ".",
    "'s",
    "spokesman",
    "and",
    "in",
    "China",
    "(R-Ohio)",
    "campaign",
    "Trump",
]


@given(st.lists(st.sampled_from(PIECES)))
def test_speakers_roles_any_phrase_is_read_without_an_error(pieces: list[str]) -> None:
    words = read_words(" ".join(pieces))
    if words.row:
        role = read_role(words, 0, len(words.row) - 1)
        assert role is None or role.role
