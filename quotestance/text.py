"""From bytes to text, and where its paragraphs, sentences and quotation marks stand.

Everything is told in code-point offsets into the untouched text. Every function here takes time linear in the
length of the text and accepts any string.
"""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from charset_normalizer import from_bytes

from quotestance.errors import FormatError

Extent = tuple[int, int]
"""Half-open code-point offsets ``(start, end)``."""

_BOMS = (  # the four-byte marks first: UTF-32's little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 1 << 16  # bytes that the guess of an encoding reads; it stays linear, and short, on huge files
# Text that is ASCII but for these is English from an old word processor; too few bytes for a statistical guess.
_CP1252_PUNCTUATION = frozenset(b"\x82\x84\x85\x91\x92\x93\x94\x96\x97\xa0\xa3\xab\xbb\xe9")
_NEWLINES = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]+")
_BLANK_LINE = re.compile(r"(?>\r\n|[\n\r\u2028\u2029])[^\S\n\r]*(?>\r\n|[\n\r\u2028\u2029])\s*")
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[\"'“‘«„(\[]*[^\Wa-z_])")
_LAST_WORD = re.compile(r"([^\W_]+(?:\.[^\W_]+)*)$")
_SURROGATES = re.compile(r"[\ud800-\udfff]")


def decode(data: bytes) -> str:
    """Text of a file whose encoding nobody tells.

    A byte order mark decides; without one UTF-8 is tried, then UTF-16 where every other byte is zero, then the guess
    of charset-normalizer, which ends at the western single-byte encodings. The mark itself is not part of the text.

    Raises:
        FormatError: The bytes are no text in any encoding that was tried.

    >>> decode("“Non”, dit-il".encode("cp1252"))
    '“Non”, dit-il'
    """
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise FormatError(
            f"Not text: the bytes look like {encoding}, but {error.reason} at byte {error.start}. "
            "Save the file as UTF-8."
        ) from error


def encoding_of(data: bytes, *, is_partial: bool = False) -> str:
    """Name of the encoding that :func:`decode` takes for these bytes, a codec of Python's.

    Args:
        data: The bytes of a file, or the first of them that are not ASCII.
        is_partial: More bytes follow, so that the last character may be incomplete.

    Raises:
        FormatError: They are no text in any encoding that was tried.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    sample = data[:_SAMPLE]
    for offset, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = sample[offset::2].count(0)
        if len(sample) >= 4 and zeros > 0.7 * (len(sample) // 2) and sample[1 - offset :: 2].count(0) == 0:
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=not is_partial)
    except UnicodeDecodeError:
        return _guess_encoding(sample)
    return "utf-8"


def _guess_encoding(sample: bytes) -> str:
    if b"\0" in sample:
        raise FormatError("Not text: the bytes are neither UTF-8 nor UTF-16 and hold NULs. Is it a binary file?")
    if all(byte < 0x80 or byte in _CP1252_PUNCTUATION for byte in sample):
        return "cp1252"
    best = from_bytes(sample).best()
    if best is None:
        raise FormatError("Not text: no encoding fits the bytes. Save the file as UTF-8.")
    return best.encoding


def scalar_values(text: str) -> str:
    """The text with lone surrogates, which no UTF-8 consumer accepts, replaced by U+FFFD: same length, same offsets."""
    return _SURROGATES.sub("\ufffd", text)


def paragraphs(text: str) -> list[Extent]:
    """Extents of the paragraphs, surrounding white space left out.

    Every line is a paragraph, unless the text is hard-wrapped (most of its lines break off in mid-sentence): then
    blank lines part them.

    >>> paragraphs("One.\\n\\n  Two.\\nThree.")
    [(0, 4), (8, 12), (13, 19)]
    """
    breaks = _BLANK_LINE if _is_hard_wrapped(text) else _NEWLINES
    edges = [0, *(edge for match in breaks.finditer(text) for edge in match.span()), len(text)]
    pieces = ((edges[i], edges[i + 1]) for i in range(0, len(edges), 2))
    return [extent for piece in pieces if (extent := _trim(text, *piece))]


def _trim(text: str, start: int, end: int) -> Extent | None:
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(stripped)


def _is_hard_wrapped(text: str) -> bool:
    lines = text[:20_000].split("\n")
    inner = [(a.rstrip(), b.strip()) for a, b in pairwise(lines) if a.strip() and b.strip()]
    broken = sum(30 <= len(a) <= 100 and a[-1] not in ".!?:\"”’'»" and b[0].islower() for a, b in inner)
    return len(inner) >= 3 and broken > 0.4 * len(inner)


@lru_cache(maxsize=1)
def _abbreviations() -> frozenset[str]:
    return frozenset(read_lexicon("abbreviations.txt"))


@lru_cache(maxsize=1)
def _elisions() -> frozenset[str]:
    return frozenset(read_lexicon("elisions.txt"))


def read_lexicon(name: str) -> list[str]:
    """Entries of ``quotestance/data/<name>``: one a line, ``#`` starts a comment."""
    lines = resources.files("quotestance.data").joinpath(name).read_text(encoding="utf-8").splitlines()
    return [entry for line in lines if (entry := line.partition("#")[0].strip())]


def sentences(text: str, extent: Extent | None = None) -> list[Extent]:
    """Extents of the sentences of a text or of one paragraph of it; a paragraph always ends a sentence.

    >>> sentences("Gen. Milley left. He said so.")
    [(0, 17), (18, 29)]
    """
    found = []
    for start, end in [extent] if extent else paragraphs(text):
        for match in _SENTENCE_END.finditer(text, start, end):
            if not _is_abbreviated(text, start, match.start(), match.group()):
                if piece := _trim(text, start, match.end()):
                    found.append(piece)
                start = match.end()
        if piece := _trim(text, start, end):
            found.append(piece)
    return found


def _is_abbreviated(text: str, start: int, stop: int, ending: str) -> bool:
    if ending[0] != ".":
        return False
    word = _LAST_WORD.search(text, max(start, stop - 20), stop)
    if word is None:
        return False
    last = word.group()
    is_initial = len(last) == 1 and last.isupper() and last != "I"
    return is_initial or last.lower() in _abbreviations() or ("." in last and len(last) <= 5)


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage in quotation marks, inside one paragraph.

    Args:
        start, end: Extent with the marks.
        inner_start, inner_end: Extent without them.
        depth: 0 for the outermost, 1 for a quotation inside another, and so on.
        is_closed: False where the paragraph ends before a closing mark comes.
        continues: The passage goes on from the paragraph before, which was left open: newspapers open every
            paragraph of a long quotation and close only the last.
    """

    start: int
    end: int
    inner_start: int
    inner_end: int
    depth: int
    is_closed: bool
    continues: bool = False


_PAIRS = {  # opening mark -> the marks that may close it
    '"': '"',
    "＂": "＂",
    "“": "”",
    "‟": "”",
    "„": "“”",
    "”": "”",
    "«": "»",
    "»": "«",
    "‹": "›",
    "「": "」",
    "『": "』",
    "``": "''",
    "''": "''",
    "‘": "’",
    "‚": "‘’",
    "'": "'",
    "`": "'",
}
_ALWAYS_OPENS = frozenset(("“", "‟", "„", "«", "‹", "「", "『", "``", "‚"))
_SINGLES = frozenset(("'", "‘", "’", "‚", "`"))
_MARK = re.compile(r"``|''|[\"＂“”‟„«»‹›「」『』‘’‚'`]")
_DEEPEST = 4


@dataclass(slots=True)
class _Open:
    mark: str
    start: int
    inner_start: int
    continues: bool


@dataclass(slots=True)
class _Scan:
    """The state of reading one paragraph from mark to mark."""

    text: str
    start: int
    end: int
    carried: str | None  # the mark under which the paragraph before was left open
    stack: list[_Open] = field(default_factory=list)
    found: list[Quotation] = field(default_factory=list)

    def run(self) -> str | None:
        """Fill ``found``; returns the mark of a quotation that the paragraph leaves open."""
        marks = list(_MARK.finditer(self.text, self.start, self.end))
        closers = [m.start() for m in marks if m.group() in _SINGLES and self._can_close(m)]
        for match in marks:
            self._read(match, closers)
        left = self.stack[0].mark if self.stack else None
        starts = sorted((quotation.start, quotation.depth) for quotation in self.found)
        while self.stack:
            self._abandon(self.stack.pop(), starts)
        self.found.sort(key=lambda quotation: (quotation.start, -quotation.end))
        return left

    def _read(self, match: re.Match[str], closers: list[int]) -> None:
        mark = match.group()
        for level in range(len(self.stack) - 1, -1, -1):
            if mark in _closing(self.stack[level].mark) and self._closes(match, level):
                self._close(match, level)
                return
        if mark in _PAIRS and len(self.stack) < _DEEPEST and self._opens(match, closers):
            continues = not self.stack and match.start() == self.start and self.carried == mark
            self.stack.append(_Open(mark, match.start(), match.end(), continues))

    def _before(self, match: re.Match[str]) -> str:
        return self.text[match.start() - 1] if match.start() > self.start else " "

    def _after(self, match: re.Match[str]) -> str:
        return self.text[match.end()] if match.end() < self.end else " "

    def _can_close(self, match: re.Match[str]) -> bool:
        return not self._before(match).isspace() and not self._after(match).isalnum()

    def _can_open(self, match: re.Match[str]) -> bool:
        before = self._before(match)
        return not self._after(match).isspace() and not before.isalnum() and before not in ".,!?;%)]"

    def _closes(self, match: re.Match[str], level: int) -> bool:
        opened = self.stack[level]
        if opened.mark in _SINGLES:
            return self._can_close(match) and not self._is_possessive(match)
        if match.group() in _ALWAYS_OPENS or match.group() in ('"', "＂", "''", "»", "«"):
            # A mark that could do either closes, unless white space shows that it opens the next quotation.
            return self._can_close(match) or not self._can_open(match) or self._before(match) in "—–-(["
        return True

    def _is_possessive(self, match: re.Match[str]) -> bool:
        """``the dogs' owners``: an s before, a small letter after the space, and a better closing mark still ahead."""
        following = self.text[match.end() : match.end() + 2]
        if self._before(match) not in "sS" or not (following[:1] == " " and following[1:].islower()):
            return False
        rest = self.text[match.end() : min(self.end, match.end() + 400)]
        return re.search(r"[^\s\w]" + re.escape(match.group()) + r"(?!\w)", rest) is not None

    def _opens(self, match: re.Match[str], closers: list[int]) -> bool:
        mark = match.group()
        if mark in _SINGLES:
            return self._opens_single(match, closers)
        if mark in _ALWAYS_OPENS:
            return True
        return self._can_open(match) or (mark in ('"', "''") and not self._can_close(match))

    def _opens_single(self, match: re.Match[str], closers: list[int]) -> bool:
        if not self._can_open(match) or match.group() == "’":
            return False
        word = re.match(r"\w+", self.text[match.end() : match.end() + 12])
        if word and (word.group().lower() in _elisions() or re.fullmatch(r"\d0s", word.group())):
            return False
        return bisect_right(closers, match.end()) < len(closers)

    def _close(self, match: re.Match[str], level: int) -> None:
        starts = sorted((quotation.start, quotation.depth) for quotation in self.found[-8:])
        while len(self.stack) > level + 1:
            self._abandon(self.stack.pop(), starts, match.start())
        opened = self.stack.pop()
        if match.start() > opened.inner_start:
            extent = (opened.start, match.end(), opened.inner_start, match.start())
            self.found.append(Quotation(*extent, level, True, opened.continues))

    def _abandon(self, opened: _Open, starts: list[tuple[int, int]], limit: int | None = None) -> None:
        """End a quotation that nothing closes: where the next one opens, else with what encloses it."""
        if opened.mark in _SINGLES:
            return
        depth = len(self.stack)
        end = self.end if limit is None else limit
        following = bisect_right(starts, (opened.start, _DEEPEST))
        if following < len(starts) and self.text.startswith(opened.mark, starts[following][0]):
            end = min(end, starts[following][0])
        piece = _trim(self.text, opened.inner_start, end)
        if piece:
            self.found.append(Quotation(opened.start, piece[1], opened.inner_start, piece[1], depth, False, opened.continues))


def _closing(mark: str) -> tuple[str, ...]:
    return (_PAIRS[mark],) if len(mark) == 2 else tuple(_PAIRS[mark])


def quotations(text: str) -> list[Quotation]:
    """Every passage in quotation marks, in the order of the text.

    Straight, curly, low-high and angled marks, doubled single quotes and single quotes are read; apostrophes are not
    marks. A passage left open ends with its paragraph; where the next paragraph opens with the same mark, it is
    marked as ``continues``.

    >>> [text[q.inner_start:q.inner_end] for text in ['He said "no" and left.'] for q in quotations(text)]
    ['no']
    """
    return list(_scan_paragraphs(text))


def _scan_paragraphs(text: str) -> Iterator[Quotation]:
    carried: str | None = None
    for start, end in paragraphs(text):
        scan = _Scan(text, start, end, carried)
        carried = scan.run()
        yield from scan.found
