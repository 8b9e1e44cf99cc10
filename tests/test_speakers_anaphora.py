"""Who a pronoun means."""

from quotestance.speakers.anaphora import Discourse, find_antecedent
from quotestance.speakers.people import gather_people
from quotestance.speakers.words import read_words


def discourse_of(text: str) -> Discourse:
    return Discourse(gather_people(read_words(text)))


def last_word(discourse: Discourse) -> int:
    return len(discourse.people.words.row) - 1


def test_speakers_anaphora_gender_decides_before_nearness() -> None:
    discourse = discourse_of("Paul Grau met Helen Farrow. He")
    found = find_antecedent(discourse, last_word(discourse), "m")
    assert found is not None
    assert found[0].name == "Paul Grau"


def test_speakers_anaphora_nobody_of_that_gender() -> None:
    discourse = discourse_of("Helen Farrow left. He")
    assert find_antecedent(discourse, last_word(discourse), "m") is None
