"""Words, their kinds and places."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from quotestance.speakers.words import read_words


def kinds(text: str) -> dict[str, str]:
    return {word.text: word.kind for word in read_words(text).row}


def test_speakers_words_kinds() -> None:
    found = kinds("Gen. Jane Roe of the Defense Committee met Hamas in Ukraine, the spokesman said.")
    assert found["Gen"] == "honorific"
    assert found["Jane"] == "given"
    assert found["Roe"] == "plain"
    assert found["Committee"] == "organization"
    assert found["Hamas"] == "body"
    assert found["Ukraine"] == "place"
    assert found["spokesman"] == "role"


def test_speakers_words_names_of_several_words_are_marked_together() -> None:
    found = kinds("The White House and North Korea talk.")
    assert (found["White"], found["House"], found["North"], found["Korea"]) == ("body", "body", "place", "place")


def test_speakers_words_possessive_is_left_out_of_the_offsets() -> None:
    word = read_words("Liu’s view").row[0]
    assert (word.text, word.is_possessive) == ("Liu", True)


def test_speakers_words_an_abbreviations_stop_does_not_part_a_name() -> None:
    assert [word.follows for word in read_words("Sen. J. Roe").row] == [False, True, True]


def test_speakers_words_headlines_are_told_from_sentences() -> None:
    assert read_words("Clinton Hid Past Health Problems From Public, Doctor Says").title_case
    assert not read_words("French Foreign Minister Luc Delorme spoke in Paris.").title_case


@given(st.text(max_size=300))
def test_speakers_words_slice_to_their_text_in_order(text: str) -> None:
    row = read_words(text).row
    assert all(text[word.start : word.end] == word.text for word in row)
    assert all(a.end <= b.start for a, b in pairwise(row))
