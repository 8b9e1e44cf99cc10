"""Quotes marked in texts, and the tokens of their parts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tiny import tiny_tokenizer

from quotestance.reader.tokens import tokenize
from quotestance.stance.marked import Marked, bare_texts, places_of
from quotestance.text import Extent

TEXT = "One two three. Four five.\n\nSix seven " * 30
TOKENS = tokenize(TEXT, tiny_tokenizer())


def tokens_in(*extents: Extent) -> list[int]:
    """Return the tokens that share a character with any of some extents."""
    edges = enumerate(zip(TOKENS.starts.tolist(), TOKENS.ends.tolist(), strict=True))
    return [number for number, (first, last) in edges if any(first < end and start < last for start, end in extents)]


@st.composite
def extents(draw: st.DrawFn) -> Extent:
    start = draw(st.integers(0, len(TEXT) - 1))
    return start, min(len(TEXT), start + draw(st.integers(1, 200)))


@given(
    quotes=st.lists(st.lists(extents(), min_size=1, max_size=3), min_size=1, max_size=6),
    source=st.none() | extents(),
    longest=st.integers(1, 80),
)
def test_stance_marked_quotes_come_in_pieces_that_hold_each_token_once(
    quotes: list[list[Extent]], source: Extent | None, longest: int
) -> None:
    pieces = list(places_of(TOKENS, [Marked(tuple(own), source) for own in quotes], longest))
    for number, own in enumerate(quotes):
        inside = [piece for piece in pieces if piece.quote == number]
        assert [token for piece in inside for token in piece.content.tolist()] == tokens_in(*own)
        assert all(piece.content[-1] - piece.content[0] < longest for piece in inside)
        assert all(piece.source.tolist() == ([] if source is None else tokens_in(source)) for piece in inside)
        assert all(not len(piece.cue) for piece in inside)


def test_stance_marked_quotes_without_a_token_have_no_piece() -> None:
    assert not list(places_of(TOKENS, [Marked(((25, 27),))], 10))  # the break between paragraphs


def test_stance_marked_bare_texts_stand_after_what_is_before_them() -> None:
    after, alone, empty = bare_texts(["Stop.", "Stop.", ""], ["It began.", "", ""])
    assert after[:2] == ("It began. Stop.", [Marked(((10, 15),))])
    assert alone[:2] == ("Stop.", [Marked(((0, 5),))])
    assert empty[:2] == ("", [Marked(((0, 1),))])
