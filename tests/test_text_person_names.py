"""Parts of names, and which forms can be one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotestance.text.person_names import can_be_one, given_names_agree, parse_name, surname_forms


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("Victor Cha", ("cha",)),
        ("Pieter van der Berg", ("van", "der", "berg")),
        ("Kim Jones", ("jones",)),
        ("Martin Doyle Jr.", ("doyle",)),
        ("J. R. Carver", ("carver",)),
        ("Trump", ("trump",)),
        ("De Santis", ("de", "santis")),
    ],
)
def test_person_names_surname(name: str, surname: tuple[str, ...]) -> None:
    assert parse_name(name.split()).surname == surname


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Hillary Clinton", "Hillary Rodham Clinton", True),
        ("Bill Clinton", "William J. Clinton", True),
        ("Bill Clinton", "Hillary Clinton", False),
        ("Donald Trump Jr.", "Donald Trump III", False),
        ("Donald Trump", "Donald J. Trump", True),
        ("J. Edgar Hoover", "Edgar Hoover", True),
        ("Jose Pena", "José Peña", True),
        ("Anna Reyes", "Anna Stone", False),
        ("Martin Doyle, Jr.", "Doyle", True),
        ("Martin Doyle, Jr.", "Martin Doyle", True),
        ("Łukasz Hale", "Lukasz Hale", True),
        ("Clinton", "Hillary Clinton", True),
        ("Assad", "Bashar al-Assad", True),
        ("Al Assad", "Bashar al-Assad", True),
        ("Ben Gvir", "Itamar Ben Gvir", True),
        ("van Beurden", "Ben van Beurden", True),
        ("Ben Hale", "Benjamin Hale", True),
        ("Ben Hale", "Kate Hale", False),
        ("Alex Hale", "Alexander Hale", True),
        ("Oleksandr Hale", "Alexander Hale", True),
        ("Vova Hale", "Volodymyr Hale", True),
        ("Al Hale", "Ben Hale", False),
        ("Li Wei", "Liu Wei", False),
        ("Xu Bin", "Xue Bin", False),
        ("Abu Salim al-Hale", "Abu Hamza al-Hale", False),
        ("Abu Mohammed al-Hale", "Abu Mohamad al-Hale", True),
        ("Abdul Rahman Hale", "Abdul Salam Hale", False),
        ("Abd al-Rahman Hale", "Abd al-Salam Hale", False),
        ("Abd al Rahman Hale", "Abd al-Rahman Hale", True),
        ("Mohammad Bagher Hale", "Mohammad Baqer Hale", True),
        ("Mohammed Shia' al-Hale", "Mohammed Shia al-Hale", True),
        ("Mohamed Abdel-Aziz Hale", "Mohamed Abdelaziz Hale", True),
        ("Mohammad Javad Hale", "Mohammed Jawad Hale", True),
        ('Robert "Bobby" Hale', "Robert F. Hale", True),
        ("Mohammad Reza Hale", "Mohammad Javad Hale", False),
        ("Mohammad Javad Hale", "Mohammad Hale", True),
        ("Mohammad Javad Hale", "Javad Hale", True),
        ("Abdul Rahman", "Abdul Salam", False),
        ("Abu Mazen", "Abu Ubaida", False),
        ("Abdul Rahman", "Abdul Rahman Hale", True),
        ("George W. Hale", "George H.W. Hale", False),
        ("George H.W. Hale", "George Herbert Walker Hale", True),
        ("Mohammed bin Rashid al Hale", "Mohammed bin Zayed al Hale", False),
        ("Ana Maria Hale", "Ana Maria Ruiz Hale", True),
        ("Abdullah II", "Hussein bin Abdullah", False),
        ("Abdullah II", "Abdullah bin Hussein", True),
        ("Abdullah II", "Abdullah Smith", False),
    ],
)
def test_person_names_can_be_one(a: str, b: str, same: bool) -> None:
    assert can_be_one(parse_name(a.split()), parse_name(b.split())) is same
    assert can_be_one(parse_name(b.split()), parse_name(a.split())) is same


def test_person_names_forms_of_a_double_surname() -> None:
    assert {"obregon", "lopez obregon"} <= surname_forms(parse_name(["Andres", "Lopez", "Obregon"]))


@given(st.lists(st.text(min_size=1, max_size=8).filter(lambda word: word.strip()), min_size=1, max_size=6))
def test_person_names_any_words_are_a_name_that_can_be_itself(words: list[str]) -> None:
    name = parse_name(words)
    assert len(name.parts) >= 1
    assert given_names_agree(name.parts[0], name.parts[0])
