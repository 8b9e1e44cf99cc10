"""Where the paragraphs and sentences of a text stand.

Everything is told in code-point offsets into the untouched text. Every function here takes time linear in the
length of the text and accepts any string.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

from quotestance.text.lexicon import lexicon

Extent = tuple[int, int]
"""Half-open code-point offsets ``(start, end)``."""

LINE_ENDS = r"\n\r\x0b\x0c\x85\u2028\u2029"
"""Characters that end a line, for a class of a regular expression."""

LINE_END = re.compile(f"[{LINE_ENDS}]")

_NEWLINES = re.compile(f"[{LINE_ENDS}]+")
_WRAP = re.compile(r"\r\n|[\n\r\u2028\u2029]")
BLANK_LINE = re.compile(r"(?>\r\n|[\n\r\u2028\u2029])[^\S\n\r]*(?>\r\n|[\n\r\u2028\u2029])\s*")
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»“›)\]]*+(?=\s+[\"'“‘«„‹‚`(\[]*[$€£]?[^\Wa-z_])")
_LAST_WORD = re.compile(r"([^\W_]+(?:\.[^\W_]+)*)$")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_PAIR = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")


def scalar_values(text: str) -> str:
    """Replace lone surrogates, which no UTF-8 consumer accepts, by U+FFFD: same length, same offsets."""
    return _SURROGATES.sub("\ufffd", text)


def json_line(data: Any) -> str:
    """JSON that reads back with every offset in place; lone surrogates, which UTF-8 cannot hold, are escaped.

    Two that stand side by side and would be read as one character, which shifts all that comes after it, become two
    U+FFFD.

    Raises:
        ValueError: A number is NaN or infinite.

    >>> json_line(["\\ud800"]), json_line(["\\ud83d" + "\\ude00"])
    ('["\\\\ud800"]', '["\ufffd\ufffd"]')
    """
    raw = _PAIR.sub("\ufffd\ufffd", json.dumps(data, ensure_ascii=False, allow_nan=False))
    return _SURROGATES.sub(lambda found: f"\\u{ord(found.group()):04x}", raw)


def paragraphs(text: str) -> list[Extent]:
    """Extents of the paragraphs, surrounding white space left out.

    Every line is a paragraph, unless the text is hard-wrapped (most of its lines break off in mid-sentence): then
    blank lines part them.

    >>> paragraphs("One.\\n\\n  Two.\\nThree.")
    [(0, 4), (8, 12), (13, 19)]
    """
    breaks = BLANK_LINE if _is_hard_wrapped(text) else _NEWLINES
    edges = [0, *(edge for match in breaks.finditer(text) for edge in match.span()), len(text)]
    pieces = ((edges[i], edges[i + 1]) for i in range(0, len(edges), 2))
    return [extent for piece in pieces if (extent := trim(text, *piece))]


def trim(text: str, start: int, end: int) -> Extent | None:
    """Strip an extent of the white space around it; ``None`` where nothing else is there."""
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(stripped)


def _is_hard_wrapped(text: str) -> bool:
    lines = _WRAP.split(text[:20_000])
    inner = [(a.rstrip(), b.strip()) for a, b in pairwise(lines) if a.strip() and b.strip()]
    widest = max((len(a) for a, _ in inner), default=0)
    broken = sum(_is_broken_off(a, b, widest) for a, b in inner)
    return len(inner) >= 3 and broken > 0.4 * len(inner)


def _is_broken_off(line: str, following: str, widest: int) -> bool:
    """Whether a line of a text breaks off in mid-sentence; one of more than 100 characters, where no more words fit."""
    if len(line) < 30 or line[-1] in ".!?:\"”’'»" or not following[0].islower():
        return False
    return len(line) <= 100 or len(line) + 1 + len(following.split(maxsplit=1)[0]) > widest


def sentences(text: str, extent: Extent | None = None) -> list[Extent]:
    """Extents of the sentences of a text or of one paragraph of it; a paragraph always ends a sentence.

    >>> sentences("Gen. Milley left. He said so.")
    [(0, 17), (18, 29)]
    """
    found = []
    for start, end in [extent] if extent else paragraphs(text):
        for match in _SENTENCE_END.finditer(text, start, end):
            if not _is_abbreviated(text, start, match.start(), match.group()):
                if piece := trim(text, start, match.end()):
                    found.append(piece)
                start = match.end()
        if piece := trim(text, start, end):
            found.append(piece)
    return found


def _is_abbreviated(text: str, start: int, stop: int, ending: str) -> bool:
    if ending[0] != ".":
        return False
    word = _LAST_WORD.search(text, max(start, stop - 20), stop)
    if word is None:
        return False
    last = word.group()
    if last.lower() in lexicon("number_abbreviations.txt"):
        return text[stop : stop + 3].strip(". \u00a0\u202f").isdigit()
    is_initial = len(last) == 1 and last.isupper() and last != "I"
    return is_initial or last.lower() in lexicon("abbreviations.txt") or ("." in last and len(last) <= 5)
