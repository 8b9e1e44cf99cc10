"""What an article says of the people it names."""

import pytest

from quotestance.speakers.introductions import profile
from quotestance.speakers.people import gather_people
from quotestance.speakers.words import read_words


@pytest.mark.parametrize(
    ("text", "role", "affiliation"),
    [
        ("Joanna Weld, 45, a nurse, left.", "nurse", None),
        ("It is said that the head of the Export Council, Joanna Weld, left.", "head", "Export Council"),
        ("Joanna Weld, who heads the Export Council, left.", "head", "Export Council"),
        ("Joanna Weld is the director of the Export Council.", "director", "Export Council"),
        ("Joanna Weld, as head of the Export Council, signed.", "head", "Export Council"),
        ("Joanna Weld, a friend of hers, left.", None, None),
        ("Joanna Weld, Secretary Paul Marsh and others left.", None, None),
        ("Joanna Weld left. Weld, the director of the Export Council, slept.", "director", "Export Council"),
    ],
)
def test_speakers_introductions_profile(text: str, role: str | None, affiliation: str | None) -> None:
    words = read_words(text)
    person = next(person for person in gather_people(words).everyone if person.name == "Joanna Weld")
    found = profile(words, person)
    assert (found.role, found.affiliation) == (role, affiliation)
