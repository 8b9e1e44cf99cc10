"""Extents of whole words, without prepositions at their ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quotestance.speakers.extents import whole_words, without_edges
from quotestance.text.lexicon import words_at


@pytest.mark.parametrize(
    ("text", "part", "joined", "whole"),
    [
        ("the Council on American-Islamic Relations", "Council on American-", False, "Council on American-Islamic"),
        ("of the U.N. refugee agency", "U", False, "U.N."),
        ("an ambassador-at-large came", "ambassador", True, "ambassador-at-large"),
        ("a Britain-based group", "Britain", False, "Britain"),
        ("the U.S.-led coalition", "U.S", False, "U.S."),
        ("Iran's judiciary said", "Iran", False, "Iran"),
        ("Ukraine’s infrastructure", "Ukrain", False, "Ukraine"),
        ("Florida Rep. Hugh Dole", "Rep", True, "Rep."),
        ("He was their king. Then", "king", True, "king"),
        ("They met the Emir. He", "Emir", True, "Emir"),
        ("Zelenskyy spoke", "Zelen", False, "Zelenskyy"),
        ("He left Arden.Irish troops came", "Irish", False, "Irish"),
        ("He left Arden.Irish troops came", "Arden", False, "Arden"),
        ("the St.Petersburg police", "Petersburg", False, "St.Petersburg"),
        ("reporters of Arden.com came", "Arden", False, "Arden.com"),
    ],
)
def test_extents_end_where_words_do(text: str, part: str, joined: bool, whole: str) -> None:
    start = text.index(part)
    found = whole_words(text, start, start + len(part), joined=joined)
    assert text[slice(*found)] == whole


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Korea Division at", "Korea Division"),
        ("the deputy director of the", "deputy director"),
        ("for East Asia", "East Asia"),
        ("top diplomat,", "top diplomat,"),
        ("first lady", "first lady"),
        ("under secretary of state", "under secretary of state"),
        ("under the secretary", "secretary"),
        ("US", "US"),
        ("of the", None),
    ],
)
def test_extents_have_no_preposition_at_their_ends(text: str, bare: str | None) -> None:
    found = without_edges(text, 0, len(text))
    assert (text[slice(*found)] if found else None) == bare


@given(text=st.text(alphabet="Aa1.'’-‑/ \n,é東\ud800", min_size=1, max_size=40), data=st.data())
def test_extents_of_any_text_hold_what_they_were_given(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first, last = whole_words(text, start, end, joined=data.draw(st.booleans()))
    assert 0 <= first <= start
    assert end <= last <= len(text)
    inner = without_edges(text, first, last)
    assert inner is None or (first <= inner[0] < inner[1] <= last)


@pytest.mark.parametrize(("text", "words"), [("Ann\n Roe's", "Ann Roe"), ("the Pentagon 's", "the Pentagon")])
def test_extents_words_have_no_possessive_ending(text: str, words: str) -> None:
    assert words_at(text, (0, len(text))) == words
