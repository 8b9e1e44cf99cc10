"""An article as the tokens that an encoder reads: ids, offsets, layout features, and windows of whole paragraphs.

The encoder is uncased and reads no layout, so what a reader sees beside the words is given to it as features:
the shape of each word, whether it stands inside quotation marks, and where sentences and paragraphs begin.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from quotestance.text import Extent, Quotation, Segments, scalar_values

IntArray = npt.NDArray[np.int32]

SHAPES = ("lower", "capitalized", "upper", "initial", "mixed", "digits", "punctuation")
QUOTING = ("outside", "opening", "closing", "inside", "inside_single", "inside_nested", "inside_unclosed", "continued")
LAYOUT = ("within", "sentence", "paragraph", "article")

SPECIAL_TOKENS = 2
"""Of a window, one at either end."""

MULTIPLE = 16
"""Windows are padded up to a multiple of this many tokens, special tokens counted."""

_LONGEST_PIECE = 2_000  # characters given to the tokenizer at once; a longer sentence is cut at white space


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one article; every array has one entry per token, ``(n,)``.

    Args:
        text: The untouched article text.
        quotations: Its passages in quotation marks.
        ids: Vocabulary ids.
        starts, ends: Code-point offsets into ``text``.
        words: Running number of the word (as the tokenizer's pre-tokenizer splits them) that the token belongs to.
        sentence, paragraph: Running numbers.
        shape, quoting, layout: Indices into :data:`SHAPES`, :data:`QUOTING`, :data:`LAYOUT`.
        asked: 1 for tokens that are asked whom they stand for, whatever the model takes them for; ``None`` for none.
        outermost: Those of the passages in quotation marks that stand in no other.
    """

    text: str
    quotations: tuple[Quotation, ...]
    ids: IntArray
    starts: IntArray
    ends: IntArray
    words: IntArray
    sentence: IntArray
    paragraph: IntArray
    shape: IntArray
    quoting: IntArray
    layout: IntArray
    asked: IntArray | None = None
    outermost: tuple[Quotation, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "outermost", tuple(one for one in self.quotations if not one.depth))

    def __len__(self) -> int:
        return len(self.ids)

    def asking(self, extents: Iterable[Extent]) -> Tokens:
        """Return the same tokens, those of some extents asked whom they stand for."""
        asked = np.zeros(len(self), dtype=np.int32)
        places = np.asarray(list(extents), dtype=np.int32).reshape(-1, 2)  # another type would copy what is searched
        firsts = np.searchsorted(self.ends, places[:, 0], side="right").tolist()
        for first, last in zip(firsts, np.searchsorted(self.starts, places[:, 1]).tolist(), strict=True):
            asked[first:last] = 1
        return replace(self, asked=asked)


@dataclass(frozen=True, slots=True)
class Window:
    """A run of tokens that the encoder reads at once, and the part of it that this window answers for.

    Args:
        start, end: Token indices of the run.
        home_start, home_end: Token indices of the part answered for; the rest is context. The homes of an article's
            windows follow on each other without gap or overlap.
    """

    start: int
    end: int
    home_start: int
    home_end: int


def _pieces(text: str, segments: Segments) -> Iterator[tuple[int, int, Extent]]:
    """Sentence by sentence: number of the paragraph, number of the sentence, extent of a piece of it."""
    number = 0
    for paragraph, extents in enumerate(segments.sentences):
        for start, end in extents:
            while end - start > _LONGEST_PIECE:
                cut = text.rfind(" ", start + _LONGEST_PIECE // 2, start + _LONGEST_PIECE)
                cut = cut if cut > 0 else start + _LONGEST_PIECE
                yield paragraph, number, (start, cut)
                start = cut
            yield paragraph, number, (start, end)
            number += 1


def untouched(tokenizer: Any) -> Any:
    """Return a tokenizer's backend, set to neither pad nor cut, and to read "[SEP]" in a text as the text it is.

    What is so already is left alone: in version 0.22.1 of tokenizers, to set one with which another thread reads raises
    "Already borrowed".
    """
    backend = tokenizer.backend_tokenizer
    if backend.padding is not None:  # the tokenizers of some checkpoints pad and truncate by default
        backend.no_padding()
    if backend.truncation is not None:
        backend.no_truncation()
    if not backend.encode_special_tokens:
        backend.encode_special_tokens = True
    return backend


def tokenize(text: str, tokenizer: Any, segments: Segments | None = None) -> Tokens:
    """Tokens of a text, without special tokens.

    Args:
        text: Any string; lone surrogates are read as U+FFFD.
        tokenizer: A fast tokenizer of transformers.
        segments: Those of the text, where they are known.
    """
    segments = segments or Segments.of(text)
    readable = scalar_values(text)
    pieces = list(_pieces(readable, segments))
    encodings = untouched(tokenizer).encode_batch(
        [readable[start:end] for _, _, (start, end) in pieces], add_special_tokens=False
    )
    columns: list[list[int]] = [[] for _ in range(6)]
    ids, starts, ends, words, sentence, paragraph = columns
    word = -1
    for (paragraph_number, sentence_number, (offset, _)), encoding in zip(pieces, encodings, strict=True):
        previous = -1
        for token, (start, end), local in zip(encoding.ids, encoding.offsets, encoding.word_ids, strict=True):
            word += local != previous
            previous = local
            ids.append(token)
            starts.append(offset + start)
            ends.append(offset + end)
            words.append(word)
        sentence += [sentence_number] * len(encoding.ids)
        paragraph += [paragraph_number] * len(encoding.ids)
    names = ("ids", "starts", "ends", "words", "sentence", "paragraph")
    shapes = [_shape(readable[s:e]) for s, e in zip(starts, ends, strict=True)]
    columns[2] = [_with_marks(readable, *gap) for gap in zip(ends, (*starts[1:], len(readable)), strict=False)]
    arrays = {name: np.asarray(column, dtype=np.int32) for name, column in zip(names, columns, strict=True)}
    return Tokens(
        text,
        segments.quotations,
        **arrays,
        shape=np.asarray(shapes, dtype=np.int32),
        quoting=_quoting(arrays["starts"], segments.quotations, text),
        layout=_layout(arrays["sentence"], arrays["paragraph"]),
    )


def _with_marks(text: str, end: int, following: int) -> int:
    """Return where a token ends with the combining marks behind it, which an uncased tokenizer leaves out."""
    while end < following and text[end] >= "\u0300" and unicodedata.category(text[end]) == "Mn":
        end += 1
    return end


@lru_cache(maxsize=16384)
def _shape(surface: str) -> int:
    if surface.islower():
        return 0
    if surface[:1].isupper():
        if len(surface) == 1:
            return 3
        return 2 if surface.isupper() else 1 if surface[1:].islower() else 4
    if surface.isdigit():
        return 5
    return 4 if any(map(str.isalpha, surface)) else 6


def _quoting(starts: IntArray, found: tuple[Quotation, ...], text: str) -> IntArray:
    states = np.zeros(len(starts), dtype=np.int32)
    for quotation in found:  # outer quotations come before those inside them
        first, last = _indices(starts, quotation.inner_start, quotation.inner_end)
        states[first:last] = _inside(quotation, text)
        opening, opened = _indices(starts, quotation.start, quotation.inner_start)
        states[opening:opened] = QUOTING.index("opening")
        if quotation.is_closed:
            closing, closed = _indices(starts, quotation.inner_end, quotation.end)
            states[closing:closed] = QUOTING.index("closing")
    return states


def _indices(starts: IntArray, *offsets: int) -> IntArray:
    """Where offsets would stand among the starts; searched as int32, since another type would copy the starts."""
    return np.searchsorted(starts, np.asarray(offsets, dtype=np.int32)).astype(np.int32)


def _inside(quotation: Quotation, text: str) -> int:
    if quotation.depth:
        return QUOTING.index("inside_nested")
    if not quotation.is_closed:
        return QUOTING.index("inside_unclosed")
    if quotation.continues:
        return QUOTING.index("continued")
    is_single = text[quotation.start] in "'‘‚`‹" and not text.startswith(("``", "''"), quotation.start)
    return QUOTING.index("inside_single" if is_single else "inside")


def _layout(sentence: IntArray, paragraph: IntArray) -> IntArray:
    marks = np.zeros(len(sentence), dtype=np.int32)
    if len(marks):
        marks[1:][np.diff(sentence) > 0] = LAYOUT.index("sentence")
        marks[1:][np.diff(paragraph) > 0] = LAYOUT.index("paragraph")
        marks[0] = LAYOUT.index("article")
    return marks


def plan_windows(tokens: Tokens, *, length: int = 382, before: int = 64, after: int = 64) -> list[Window]:
    """Cover an article with windows of whole paragraphs where they fit.

    A window ends where its context does, but for a few tokens that stand where padding would.

    Args:
        tokens: The article.
        length: Most tokens in a window, special tokens not counted, ``>= 1``.
        before, after: Tokens of context that a window should have on either side of its home; at most half and a
            quarter of the length are given, so that something is left for the home.
    """
    before, after = min(before, length // 2), min(after, length // 4)
    total = len(tokens)
    windows: list[Window] = []
    home = 0
    while home < total:
        start = _context_start(tokens, home, before)
        end = min(total, start + length)
        stop = total if end == total else _home_end(tokens, home, end - after)
        if stop < total:
            read = stop + after - start + SPECIAL_TOKENS
            end = min(end, start + read + -read % MULTIPLE - SPECIAL_TOKENS)
        windows.append(Window(start, end, home, stop))
        home = stop
    return windows


def _context_start(tokens: Tokens, home: int, before: int) -> int:
    """Return the start of a sentence within ``before`` tokens, so that no window opens in the middle of one."""
    earliest = max(0, home - before)
    begins = np.flatnonzero(tokens.layout[earliest : home + 1] > 0)
    return earliest + int(begins[0]) if len(begins) else earliest


def _home_end(tokens: Tokens, home: int, latest: int) -> int:
    """Return the last start of a paragraph, else of a sentence, up to ``latest``; ``latest`` if there is none."""
    for level, floor in ((2, home + (latest - home) // 2), (1, home + 1)):
        begins = np.flatnonzero(tokens.layout[floor : latest + 1] >= level)
        if len(begins) and floor + int(begins[-1]) > home:
            return floor + int(begins[-1])
    return max(latest, home + 1)
