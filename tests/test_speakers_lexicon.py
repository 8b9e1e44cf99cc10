"""The word lists and how words are looked up in them."""

import pytest

from quotestance.speakers.lexicon import (
    fold,
    given_name_gender,
    is_organization_noun,
    is_plural_role,
    is_role_noun,
    role_gender,
    singular,
    table,
)


@pytest.mark.parametrize(
    ("plural", "one"),
    [
        ("spokesmen", "spokesman"),
        ("congresswomen", "congresswoman"),
        ("agencies", "agency"),
        ("critics", "critic"),
        ("rabbis", "rabbi"),
        ("witnesses", "witness"),
        ("boss", None),
        ("crisis", None),
        ("Congress", None),
    ],
)
def test_speakers_lexicon_singular(plural: str, one: str | None) -> None:
    assert singular(plural) == one


def test_speakers_lexicon_role_nouns_in_any_case_and_in_compounds() -> None:
    assert is_role_noun("Ambassador")
    assert is_role_noun("ex-ambassador")
    assert is_role_noun("Then-Senator")
    assert not is_role_noun("Cobb-Hunter")  # a double surname, not a hunter
    assert is_plural_role("officials")
    assert not is_role_noun("committee")
    assert is_organization_noun("committees")


def test_speakers_lexicon_genders() -> None:
    assert (role_gender("spokeswoman"), role_gender("Mrs."), role_gender("spokesperson")) == ("f", "f", None)
    assert (given_name_gender("Volodymyr"), given_name_gender("Hillary"), given_name_gender("Xyzzy")) == (
        "m",
        "f",
        None,
    )


def test_speakers_lexicon_fold_leaves_diacritics_and_apostrophes_aside() -> None:
    assert fold("Erdoğan") == fold("Erdogan")
    assert fold("O’Neill") == fold("O'neill")


def test_speakers_lexicon_given_names_have_a_known_gender() -> None:
    assert {row[0] for row in table("given_names.tsv").values()} == {"m", "f", "u"}
