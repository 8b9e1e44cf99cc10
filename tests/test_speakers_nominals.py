"""Who "the ambassador" is."""

import pytest

from quotestance.speakers.anaphora import Discourse
from quotestance.speakers.introductions import profile
from quotestance.speakers.nominals import find_bearer
from quotestance.speakers.people import gather_people
from quotestance.speakers.words import read_words


def discourse_of(text: str) -> Discourse:
    words = read_words(text)
    people = gather_people(words)
    return Discourse(people, {person: profile(words, person) for person in people.everyone})


@pytest.mark.parametrize(
    ("text", "size", "name"),
    [
        ("Ambassador Lena Osk met Tom Selig. The ambassador", 2, "Lena Osk"),
        ("Florida Sen. Lena Osk met Ohio Sen. Tom Selig. The Ohio senator", 3, "Tom Selig"),
        ("It rained. The governor", 2, None),
    ],
)
def test_speakers_nominals_bearer(text: str, size: int, name: str | None) -> None:
    discourse = discourse_of(text)
    head = len(discourse.people.words.row) - 1
    found = find_bearer(discourse, head - size + 1, head)
    assert (found[0].name if found else None) == name
