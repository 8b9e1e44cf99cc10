"""Which mentions are one person."""

from quotestance.speakers.people import gather_people
from quotestance.speakers.words import read_words


def names(text: str) -> dict[str, int]:
    return {person.name: len(person.mentions) for person in gather_people(read_words(text)).everyone}


def test_speakers_people_aliases_are_joined_under_the_fullest_name() -> None:
    assert names("Sen. Roe spoke. Jane Anne Roe left, and Ms. Roe slept. Roe woke. Jane Roe rose.") == {
        "Jane Anne Roe": 5
    }


def test_speakers_people_of_one_surname_stay_two() -> None:
    assert names("Bill Farrow met Helen Farrow. Mrs. Farrow smiled. Mr. Farrow wept.") == {
        "Bill Farrow": 2,
        "Helen Farrow": 2,
    }


def test_speakers_people_gender_from_title_and_name() -> None:
    text = "Mr. Brandt met Helen Farrow."
    genders = {person.name: person.gender for person in gather_people(read_words(text)).everyone}
    assert genders == {"Brandt": "m", "Helen Farrow": "f"}


def test_speakers_people_name_of_a_body_is_no_person() -> None:
    assert names("The Clinton Foundation gave. Hillary Clinton left.") == {"Hillary Clinton": 1}
