from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from clock import Clock
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from readings import reading, run_of

from quotestance.batching import FloatArray
from quotestance.quotes.decoding import DECODING, Piece, best_sequence, decode, whole_pieces
from quotestance.reader.inference import Reading
from quotestance.reader.model import TAGS
from quotestance.reader.tokens import Window

QUICK = settings(max_examples=150, deadline=None)
SAID = 'The man said "the war is over" and left.'


def told(read: Reading, piece: Piece) -> str:
    return read.tokens.text[read.tokens.starts[piece.run[0]] : read.tokens.ends[piece.run[1] - 1]]


@QUICK
@given(arrays(np.float32, st.tuples(st.integers(1, 12), st.just(7)), elements=st.floats(-50, 0, width=32)))
def test_decoding_viterbi_never_yields_an_illegal_sequence(scores: FloatArray) -> None:
    tags = [TAGS[tag] for tag in best_sequence(scores)]
    assert len(tags) == len(scores)
    for before, tag in zip(["O", *tags], tags, strict=False):
        assert not tag.startswith("I-") or before[2:] == tag[2:]


@QUICK
@given(arrays(np.float32, st.tuples(st.integers(1, 4), st.just(7)), elements=st.floats(-20, 0, width=32)))
def test_decoding_viterbi_finds_the_best_of_all_legal_sequences(scores: FloatArray) -> None:
    def best(place: int, before: str) -> float:
        if place == len(scores):
            return 0.0
        legal = [n for n, tag in enumerate(TAGS) if not tag.startswith("I-") or before[2:] == tag[2:]]
        return max(float(scores[place, n]) + best(place + 1, TAGS[n]) for n in legal)

    found = sum(float(scores[place, tag]) for place, tag in enumerate(best_sequence(scores)))
    assert found == pytest.approx(best(0, "O"), abs=1e-3)


def test_decoding_takes_a_passage_in_marks_whole_where_most_of_it_reads_as_content() -> None:
    read = reading(SAID, {"the war is": ("content", 0.9), "over": ("content", 0.1)})
    (piece,) = decode(read, DECODING)
    assert told(read, piece) == "the war is over"
    assert 0.5 < piece.probability < 0.9


def test_decoding_gives_a_mark_that_was_never_closed_no_vote() -> None:
    slip = reading('"We have the door, said Yeva.\n\nShe left.', {"We have the door": ("content", 0.9)})
    (piece,) = decode(slip, DECODING)
    assert told(slip, piece) == "We have the door"
    running = reading('"We have the door, still.\n\n"And the war."', {"We have the door": ("content", 0.9)})
    (piece,) = decode(running, DECODING)
    assert told(running, piece).startswith("We have the door, still.")


def test_decoding_takes_a_passage_in_marks_as_one_piece() -> None:
    read = reading(SAID, {"the war": ("content", 0.9), "is over": ("content", 0.9)})
    assert [told(read, piece) for piece in decode(read, DECODING)] == ["the war is over"]


def test_decoding_leaves_a_scare_quote_out() -> None:
    assert decode(reading(SAID, {"the war is over": ("content", 0.2)}), DECODING) == []


def test_decoding_obeys_its_thresholds() -> None:
    read = reading(SAID, {"the war is over": ("content", 0.4)})
    assert decode(read, DECODING) == []
    assert len(decode(read, {**DECODING, "quoted": 0.3})) == 1
    unquoted = reading(SAID.replace('"', ""), {"the war is over": ("content", 0.4)})
    assert decode(unquoted, DECODING) == []
    assert len(decode(unquoted, {**DECODING, "content_bias": 3.0})) == 1


def test_decoding_answers_only_for_the_home_of_a_window() -> None:
    text = "the war is over, said the man. the peace is here, said the man."
    tagged = {"the war is over": ("content", 0.9), "the peace is here": ("content", 0.9)}
    whole = reading(text, tagged)
    second = run_of(whole.tokens, "the peace")[0]
    left = reading(text, tagged, window=Window(0, len(whole.tokens), 0, second))
    right = reading(text, tagged, window=Window(3, len(whole.tokens), second, len(whole.tokens)))
    assert [told(left, piece) for piece in decode(left, DECODING)] == ["the war is over"]
    assert [told(right, piece) for piece in decode(right, DECODING)] == ["the peace is here"]


def test_decoding_a_piece_that_begins_in_a_home_ends_the_one_carried_over_its_border() -> None:
    text = "the man said the war is over and the peace is here, said the mayor."
    size, home = len(reading(text, {}).tokens), run_of(reading(text, {}).tokens, "the peace")[0]
    for end in (size - 2, run_of(reading(text, {}).tokens, "is here")[0]):
        whole = reading(
            text, {"the war is over and the peace is here": ("content", 0.9)}, window=Window(0, end, 0, home)
        )
        second = reading(text, {"peace is": ("content", 0.9)}, window=Window(2, size, home, size))
        found = whole_pieces([*decode(whole, DECODING), *decode(second, DECODING)])
        assert [told(whole, piece) for piece in found] == ["the war is over and the", "peace is"]


def test_decoding_takes_no_longer_for_what_stands_in_passages_that_a_window_is_in() -> None:
    read = reading('"' + "the ‘war’ is " * 20 + '"', {})
    outer, nested, *_ = read.tokens.quotations

    def seconds(passages: int) -> float:
        tokens = replace(read.tokens, quotations=(outer, *[nested] * passages))
        size = len(tokens)
        last = replace(read, tokens=tokens, window=Window(size - 4, size, size - 4, size), tags=read.tags[-4:])
        with Clock() as clock:
            for _ in range(20):
                decode(last, DECODING)
        return clock.seconds

    assert seconds(200_000) < 4 * seconds(20) + 0.1


def test_decoding_points_at_the_runs_that_were_tagged() -> None:
    read = reading(
        SAID,
        {"The man": ("source", 0.9), "said": ("cue", 0.9), "the war is over": ("content", 0.9)},
        {
            ("the war is over", "source"): {"The man": 0.75, None: 0.25},
            ("the war is over", "cue"): {"said": 1.0},
            ("the war is over", "quote"): {"the war": 1.0},
        },
    )
    (piece,) = decode(read, DECODING)
    assert piece.sources == pytest.approx({run_of(read.tokens, "The man"): 0.75, None: 0.25})
    assert piece.cues == pytest.approx({run_of(read.tokens, "said"): 1.0, None: 0.0})
    assert piece.head[0] == piece.run[0]


def test_decoding_makes_a_candidate_of_untagged_words_that_catch_the_pointing() -> None:
    read = reading(
        SAID, {"the war is over": ("content", 0.9)}, {("the war is over", "source"): {"The man": 0.9, None: 0.1}}
    )
    (piece,) = decode(read, DECODING)
    assert piece.sources[run_of(read.tokens, "The man")] == pytest.approx(0.9)


def test_decoding_makes_no_candidate_of_the_content_itself() -> None:
    read = reading(
        SAID, {"the war is over": ("content", 0.9)}, {("the war is over", "source"): {"the war": 0.9, None: 0.1}}
    )
    (piece,) = decode(read, DECODING)
    assert set(piece.sources) == {None}


def test_decoding_tells_which_piece_another_goes_on_from() -> None:
    text = '"the war," said the man, "is over."'
    read = reading(
        text,
        {"the war,": ("content", 0.9), "is over.": ("content", 0.9)},
        {("is over.", "quote"): {"the": 0.8, "is": 0.2}, ("the war,", "quote"): {"the": 1.0}},
    )
    first, second = decode(read, DECODING)
    assert second.head == (first.run[0], pytest.approx(0.8))


@QUICK
@given(
    st.text(st.sampled_from('ab, ."“”‘’\n'), min_size=1, max_size=60).filter(str.strip),
    st.integers(0, 2**32 - 1),
    st.floats(-3, 3),
    st.floats(0, 1),
)
def test_decoding_pieces_are_ordered_whole_words_whatever_the_model_says(
    text: str, seed: int, bias: float, quoted: float
) -> None:
    read = reading(text, {})
    random = np.random.default_rng(seed)
    read.tags[:] = np.log(random.dirichlet(np.full(7, 0.3), len(read.tokens)) + 1e-9)
    read.links[:] = random.dirichlet(np.full(len(read.tokens) + 1, 0.3), (3, len(read.tokens)))
    pieces = decode(read, {**DECODING, "content_bias": bias, "quoted": quoted})
    edges = [edge for piece in pieces for edge in piece.run]
    assert edges == sorted(edges)
    words = read.tokens.words
    for piece in pieces:
        start, end = piece.run
        assert start < end
        assert start == 0 or words[start - 1] != words[start]
        assert end == len(words) or words[end - 1] != words[end]
        assert 0 <= piece.probability <= 1 + 1e-6
        assert all(-1e-6 <= share <= 1 + 1e-5 for share in (*piece.sources.values(), *piece.cues.values()))


def test_decoding_keeps_runs_that_begin_with_a_word_of_many_tokens() -> None:
    read = reading(
        "Zelensky told them peace wins.",
        {"Zelensky": ("source", 0.7), "told": ("cue", 0.7), "them peace wins": ("content", 0.7)},
        {("them peace wins", "source"): {"Zelensky": 1.0}, ("them peace wins", "cue"): {"told": 1.0}},
    )
    (piece,) = decode(read, DECODING)
    assert told(read, piece) == "them peace wins"
    assert piece.probability == pytest.approx(0.7, abs=0.01)
    assert set(piece.sources) == {run_of(read.tokens, "Zelensky"), None}
    assert set(piece.cues) == {run_of(read.tokens, "told"), None}
