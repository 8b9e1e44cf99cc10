"""The words of a text and its quotation marks, read as the reference scorer reads them.

Spans are compared as sets of word tokens, so that punctuation, white space and quotation marks at their edges never
matter. The marks are read more plainly here than in :func:`quotestance.text.quotations`, on purpose: scores of
different systems can only be compared where everybody splits direct, mixed and indirect in the same way.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from quotestance.text import Extent, read_lexicon
from quotestance.types import QuoteKind

WordSet = frozenset[int]
"""Indices of word tokens in :class:`Words`."""

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
_LINE = re.compile(r"[^\n]+")
_MARK = re.compile(r"[\"\u201c\u201d]|'(?=')")  # of a doubled single quote, the first


@dataclass(frozen=True, slots=True)
class Words:
    """The word tokens of a text, lower-cased, with their offsets."""

    words: tuple[str, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def find_words(text: str) -> Words:
    """Find the runs of word characters, joined over an apostrophe inside them.

    >>> find_words("He won't go.").words
    ('he', "won't", 'go')
    """
    found = list(_WORD.finditer(text))
    return Words(
        tuple(match.group().lower() for match in found),
        tuple(match.start() for match in found),
        tuple(match.end() for match in found),
    )


def words_within(words: Words, extents: Iterable[Extent], *, drop_that: bool = False) -> WordSet:
    """Every word that shares a character with one of the extents.

    Args:
        words: The words of the text.
        extents: Half-open offsets into it.
        drop_that: Leave out a "that" which comes first, unless it is all there is.
    """
    found: set[int] = set()
    for start, end in extents:
        index = max(0, bisect_right(words.starts, start) - 1)
        while index < len(words.starts) and words.starts[index] < end:
            if words.ends[index] > start:
                found.add(index)
            index += 1
    if drop_that and len(found) > 1 and words.words[min(found)] == "that":
        found.discard(min(found))
    return frozenset(found)


@lru_cache(maxsize=1)
def stopwords() -> frozenset[str]:
    """Words that do not show who a source is (``data/source_stopwords.txt``)."""
    return frozenset(read_lexicon("source_stopwords.txt"))


def name_words(words: Words, found: WordSet) -> frozenset[str]:
    """Return the words of a set that are not stopwords, without possessive endings."""
    return frozenset(words.words[i].removesuffix("'s").removesuffix("\u2019s") for i in found) - stopwords()


def marked_passages(text: str) -> list[Extent]:
    """Extents of the passages in double quotation marks, marks included, line by line.

    A straight mark opens where nothing is open and closes otherwise; a passage left open ends with its line.

    >>> marked_passages('He said "no" and \\u201cnever')
    [(8, 12), (17, 23)]
    """
    return [passage for line in _LINE.finditer(text) for passage in _line_passages(text, *line.span())]


def _line_passages(text: str, start: int, end: int) -> Iterator[Extent]:
    opened: int | None = None
    for match in _MARK.finditer(text, start, end):
        mark = match.group()
        if opened is None:
            opened = None if mark == "\u201d" else match.start()
        elif mark != "\u201c":
            yield opened, match.end() + (mark == "'")
            opened = None
    if opened is not None and end - opened > 1:
        yield opened, end


def marked_characters(text: str) -> bytearray:
    """One byte per character of the text: 1 inside quotation marks, else 0."""
    inside = bytearray(len(text))
    for start, end in marked_passages(text):
        inside[start:end] = b"\1" * (end - start)
    return inside


def kind_of(text: str, extents: Iterable[Extent], inside: bytearray) -> QuoteKind:
    """``direct`` where all letters and digits stand inside quotation marks, ``mixed`` where some do, else ``indirect``.

    Args:
        text: The article's text.
        extents: The content spans.
        inside: :func:`marked_characters` of the text.
    """
    flags = [inside[i] for start, end in extents for i in range(start, end) if text[i].isalnum()]
    if not any(flags):
        return "indirect"
    return "direct" if all(flags) else "mixed"


def contiguous_pieces(text: str, extents: Iterable[Extent]) -> list[Extent]:
    """Sort extents and join those with no word between them.

    >>> contiguous_pieces('"No," he said. "Not" -- "now."', [(1, 4), (16, 19), (25, 29)])
    [(1, 4), (16, 29)]
    """
    pieces: list[Extent] = []
    for start, end in sorted(extents):
        if pieces and not _WORD.search(text[pieces[-1][1] : start]):
            pieces[-1] = (pieces[-1][0], max(end, pieces[-1][1]))
        else:
            pieces.append((start, end))
    return pieces
