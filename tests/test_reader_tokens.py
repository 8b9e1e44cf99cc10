from __future__ import annotations

import unicodedata
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny import tiny_tokenizer
from tokenizers import Regex, normalizers, pre_tokenizers

from quotestance.reader.tokens import LAYOUT, QUOTING, SHAPES, Tokens, plan_windows, tokenize

QUICK = settings(max_examples=100, deadline=None)
NEWSY = st.text(st.sampled_from("abc Said, \n.\"“”‘’'«»:—\r\t\0\ud800é中ش😀"), max_size=300)
TOKENIZER = tiny_tokenizer()
PROSE = "The war is over, he said. She said no. Nobody else said a word.\n" * 40


def words(tokens: Tokens) -> list[str]:
    return [tokens.text[start:end] for start, end in zip(tokens.starts, tokens.ends, strict=True)]


def features(text: str, name: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the first token of every word with what it is told of the word."""
    tokens = tokenize(text, TOKENIZER)
    firsts = np.flatnonzero(np.diff(tokens.words, prepend=-1))
    ends = np.append(firsts[1:], len(tokens)) - 1
    return [
        (text[tokens.starts[first] : tokens.ends[end]], names[getattr(tokens, name)[first]])
        for first, end in zip(firsts, ends, strict=True)
    ]


@QUICK
@given(NEWSY)
def test_windows_tokens_slice_to_the_untouched_text(text: str) -> None:
    tokens = tokenize(text, TOKENIZER)
    assert tokens.text == text
    assert all(word.strip() for word in words(tokens))
    assert (tokens.starts[1:] >= tokens.ends[:-1]).all()
    assert np.isin(np.diff(tokens.words), (0, 1)).all()
    assert (np.diff(tokens.sentence) >= 0).all()
    assert (np.diff(tokens.paragraph) >= 0).all()


def test_windows_tokens_leave_out_no_word() -> None:
    text = "“War,” said the man.\n\nIt cost 5 (five) — no more!"
    assert "".join(words(tokenize(text, TOKENIZER))) == "".join(text.split())


@pytest.mark.parametrize("marks_are_tokens", [False, True])
def test_windows_tokens_end_with_the_combining_marks_behind_them(marks_are_tokens: bool) -> None:
    own: Any = tiny_tokenizer()
    if marks_are_tokens:
        own.backend_tokenizer.normalizer = normalizers.Lowercase()
        letters = [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex("."), "isolated")]
        own.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(letters)
    text = unicodedata.normalize("NFD", "Vučić: “Oui, à René”, said José.")
    assert "".join(words(tokenize(text, own))) == text.replace(" ", "")


def test_windows_tokens_of_a_sentence_without_end_are_those_of_its_words() -> None:
    text = "war and peace " * 2_000
    tokens = tokenize(text, TOKENIZER)
    assert "".join(words(tokens)) == "".join(text.split())
    assert tokens.sentence.max() == 0


def test_windows_tokenize_ignores_padding_and_truncation_of_the_tokenizer() -> None:
    own: Any = tiny_tokenizer()
    own.backend_tokenizer.enable_truncation(4)
    own.backend_tokenizer.enable_padding(length=64)
    assert (tokenize(PROSE, own).ids == tokenize(PROSE, TOKENIZER).ids).all()


class Busy:
    """A backend of a tokenizer with which another thread reads: it lets nobody change it."""

    def __init__(self, backend: Any) -> None:
        object.__setattr__(self, "backend", backend)

    def __getattr__(self, name: str) -> Any:
        assert not name.startswith("no_")
        return getattr(self.backend, name)

    def __setattr__(self, name: str, value: object) -> None:
        pytest.fail(f"{name} is set to {value}.")


def test_windows_tokenize_sets_nothing_of_a_tokenizer_that_another_thread_may_read_with() -> None:
    expected = tokenize(PROSE, TOKENIZER).ids
    busy = SimpleNamespace(backend_tokenizer=Busy(TOKENIZER.backend_tokenizer))
    assert (tokenize(PROSE, busy).ids == expected).all()


def test_windows_shape_tells_capitals_and_digits() -> None:
    tokens = tokenize("war War WAR wAR A 4 ,", TOKENIZER)
    assert [SHAPES[shape] for shape in tokens.shape] == [*SHAPES[:3], "mixed", "initial", "digits", "punctuation"]


def test_windows_quoting_tells_where_in_the_marks_a_word_stands() -> None:
    told = features("He said “the war” and ‘peace’.", "quoting", QUOTING)
    assert told == [
        ("He", "outside"), ("said", "outside"), ("“", "opening"), ("the", "inside"), ("war", "inside"),
        ("”", "closing"), ("and", "outside"), ("‘", "opening"), ("peace", "inside_single"), ("’", "closing"),
        (".", "outside"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "word", "state"),
    [
        ("‹ peace ›", "peace", "inside_single"),
        ("``peace''", "peace", "inside"),
        ("« peace »", "peace", "inside"),
        ("“the ‘peace’ of”", "peace", "inside_nested"),
        ("“the ‘peace’ of”", "of", "inside"),
        ("“the peace", "peace", "inside_unclosed"),
        ("“war.\n\n“peace”", "peace", "continued"),
    ],
)
def test_windows_quoting_tells_the_kinds_of_passages(text: str, word: str, state: str) -> None:
    assert dict(features(text, "quoting", QUOTING))[word] == state


def test_windows_layout_marks_the_first_word_of_sentence_and_paragraph() -> None:
    told = features("War is. Peace was.\nThe end.", "layout", LAYOUT)
    assert [(word, state) for word, state in told if state != "within"] == [
        ("War", "article"),
        ("Peace", "sentence"),
        ("The", "paragraph"),
    ]


@QUICK
@given(NEWSY, st.integers(1, 40), st.integers(0, 50), st.integers(0, 50))
def test_windows_homes_cover_every_token_once(text: str, length: int, before: int, after: int) -> None:
    tokens = tokenize(text, TOKENIZER)
    windows = plan_windows(tokens, length=length, before=before, after=after)
    edges = [0, *(edge for window in windows for edge in (window.home_start, window.home_end)), len(tokens)]
    assert all(edges[place] == edges[place + 1] for place in range(0, len(edges), 2))
    for window in windows:
        assert 0 <= window.start <= window.home_start < window.home_end <= window.end <= len(tokens)
        assert window.end - window.start <= length


def test_windows_give_every_home_its_context() -> None:
    tokens = tokenize(PROSE, TOKENIZER)
    windows = plan_windows(tokens, length=200, before=60, after=40)
    assert len(windows) > 3
    for window in windows:
        assert window.start == 0 or 0 < window.home_start - window.start <= 60
        assert window.end == len(tokens) or window.end - window.home_end >= 40


def test_windows_begin_with_a_sentence_and_homes_with_a_paragraph_where_they_can() -> None:
    tokens = tokenize(PROSE, TOKENIZER)
    for window in plan_windows(tokens, length=200, before=60, after=40):
        assert LAYOUT[tokens.layout[window.start]] != "within"
        assert LAYOUT[tokens.layout[window.home_start]] in ("article", "paragraph")


def test_windows_of_a_short_article_are_one() -> None:
    tokens = tokenize("The war is over.", TOKENIZER)
    (window,) = plan_windows(tokens)
    assert (window.start, window.end, window.home_start, window.home_end) == (0, len(tokens), 0, len(tokens))


def test_windows_of_nothing_are_none() -> None:
    assert plan_windows(tokenize(" \n", TOKENIZER)) == []


def test_windows_tokens_read_the_name_of_a_special_token_as_the_text_that_it_is() -> None:
    tokens = tokenize("war [SEP] [MASK] [PAD] [CLS] peace", tiny_tokenizer())
    assert not {*tokens.ids.tolist()} & {TOKENIZER.convert_tokens_to_ids(name) for name in ("[SEP]", "[MASK]", "[PAD]")}
    assert "".join(words(tokens)) == "war[SEP][MASK][PAD][CLS]peace"
