"""Names of bodies that speak."""

from quotestance.speakers.bodies import read_body
from quotestance.speakers.words import read_words


def test_speakers_bodies_without_a_proper_name_keep_their_words() -> None:
    speaker = read_body(read_words("A new report"), 0, 2, "A new report")
    assert (speaker.name, speaker.description, speaker.kind) == (None, "A new report", "organization")


def test_speakers_bodies_two_states_are_a_group() -> None:
    speaker = read_body(read_words("the United States and South Korea"), 0, 5, None)
    assert (speaker.kind, speaker.members) == ("group", ("United States", "South Korea"))
