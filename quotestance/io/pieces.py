"""Where the pieces of an interrupted quote lie: a table holds them as one string, a space between them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from quotestance.types import Span

_OPENING = "\"'“‘„«‹"  # marks before the words of a quote
_WORD = re.compile(r"\w")


def pieces_of(words: str, text: str, start: int, end: int, most: int | None = None) -> Iterator[Span]:
    """Where the pieces of a quote lie between two offsets; nothing where they do not.

    A space parts them in ``words``. The first begins at the start; each is as long as it can be.

    Args:
        words: The pieces as one string.
        text: The text in which they stand.
        start, end: Where the first begins and the last ends.
        most: How many there may be, which bounds the time that is taken.
    """
    found: list[Span] = []
    place = start
    while words and place < end and len(found) != most:
        length = _common(words, text[place:end])
        if length < len(words) and place + length < end:
            length = words.rfind(" ", 0, length + 1)
        if length <= 0:
            return
        found.append(Span.of(text, place, place + length))
        words = words[length:].removeprefix(" ")
        first, last = place + length, end - len(words)
        is_last = last >= first and text.startswith(words, last)
        place = last if is_last else _next_piece(words, text, first, end)
        if place < 0:
            return
    if not words:
        yield from found


def _common(one: str, other: str) -> int:
    """How many characters two strings begin with in common."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[:middle] == other[:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _next_piece(words: str, text: str, low: int, high: int) -> int:
    """Return the first place where words go on: with three of them in a row, else two, else one; -1 if nowhere.

    A single word, as of "no" in ``"Never," he said, "no," and left``, is looked for behind an opening mark first.
    """
    runs = [" ".join(words.split(" ", count)[:count]) for count in (3, 2, 1)]
    patterns = [whole_words(run) for run in runs if run]
    patterns.insert(-1, rf"(?<=[{_OPENING}]){patterns[-1]}")
    for pattern in patterns:
        if found := re.compile(pattern).search(text, low, high):
            return found.start()
    return text.find(runs[0], low, high)


def whole_words(words: str) -> str:
    """Return a pattern for words that are no part of others: "he" is not in "The"; ":" may touch a word."""
    before = r"(?<!\w)" if _WORD.match(words) else ""
    after = r"(?!\w)" if _WORD.match(words[-1:]) else ""
    return f"{before}{re.escape(words)}{after}"


def occurrences(words: str, text: str) -> Iterator[int]:
    """Yield the places where words stand in a text."""
    place = text.find(words)
    while place >= 0:
        yield place
        place = text.find(words, place + 1)
