"""Where the passages in quotation marks of a text stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from quotestance.text.lexicon import lexicon
from quotestance.text.segments import Extent, paragraphs, trim


@dataclass(frozen=True, slots=True)
class Quotation:
    """A passage in quotation marks, inside one paragraph.

    Args:
        start, end: Extent with the marks.
        inner_start, inner_end: Extent without them and without the white space next to them (« French »).
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


_CLOSING = {  # opening mark -> the marks that may close it; the first is its own, the others are mistakes for it
    '"': ('"', "”"), "“": ("”", '"', "“"), "„": ("“", "”"), "‟": ("”",), "”": ("”",), "＂": ("＂",),
    "«": ("»",), "»": ("«",), "‹": ("›",), "›": ("‹",), "「": ("」",), "『": ("』",),
    "``": ("''", '"'), "''": ("''",),
    "'": ("'",), "‘": ("’",), "‚": ("‘", "’"), "`": ("'",),
}  # fmt: skip
_ALWAYS_OPENS = frozenset(("“", "‟", "„", "«", "‹", "「", "『", "``"))
_EITHER_WAY = frozenset(('"', "＂", "''", "“"))  # one and the same mark opens and closes
_SINGLES = frozenset(("'", "‘", "’", "‚", "`"))
_MARK = re.compile(r"``|''|[\"＂“”‟„«»‹›「」『』‘’‚'`]")
_DOUBLE = re.compile(r"``|''|[\"＂“”‟„«»]")
_NO_OPENING = re.compile(r"\s|[,;:!?)\]]|\.(?![.\w])|$")  # what follows an opening mark never begins so
_FIRST_WORD = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"\d\ds?|\d0s")
_BEFORE_APOSTROPHE = re.compile(r"(?<!\w)(?:(\w*[sS]|\w\w+[iI][nN]|\d{1,2})|(\w+))$")
_BEFORE_INCHES = re.compile(r"(?<![\w.,])\d{1,2}$")
_CONTROLS = re.compile("[\x84\x8b\x91-\x94\x9b]")
_MARKS_OF_CP1252 = str.maketrans("\x84\x8b\x91\x92\x93\x94\x9b", "„‹‘’“”›")  # read as Latin-1
_DEEPEST = 4
_SURE_WITHIN = 400  # characters in which a surer mark is looked for
_LONGEST_DOUBTFUL = 200  # characters of a passage that only a doubtful mark closes


@dataclass(slots=True)
class _Mark:
    """A mark and what its neighbours say of it."""

    glyph: str
    start: int
    end: int
    can_open: bool
    can_close: bool
    is_doubtful: bool  # an apostrophe, or feet and inches, as likely as the end of a quotation
    closes_later: bool = False  # a mark that may close it is ahead in the paragraph
    has_surer: bool = False  # a mark that closes without doubt is ahead, and none that opens before it


def _marks(text: str, start: int, end: int) -> list[_Mark]:
    """Find the marks of a paragraph, each judged by its neighbours, then by what lies ahead."""
    marks = [_mark(text, match, start, end) for match in _MARK.finditer(text, start, end)]
    ahead: set[str] = set()  # every mark that may close
    surer: dict[str, int] = {}  # those that close without doubt and before anything opens
    for mark in reversed(marks):
        closing = _CLOSING.get(mark.glyph, ("",))[0]
        mark.closes_later = closing in ahead
        surest = surer.get(closing if mark.can_open else mark.glyph, end + _SURE_WITHIN)
        mark.has_surer = surest - mark.start <= _SURE_WITHIN
        if mark.can_open and _is_elided(text, mark):
            mark.can_open = mark.has_surer and not text[mark.end].islower()
        if mark.can_close:
            ahead.add(mark.glyph)
        if mark.can_open:
            surer.pop(closing, None)
        elif mark.can_close and not mark.is_doubtful:
            surer[mark.glyph] = mark.start
    return marks


def _mark(text: str, match: re.Match[str], start: int, end: int) -> _Mark:
    before = text[match.start() - 1] if match.start() > start else " "
    after = text[match.end()] if match.end() < end else " "
    can_open = not before.isalnum() and before not in ".,!?;%)]" and not _NO_OPENING.match(text, match.end(), end)
    can_close = not before.isspace() and not after.isalnum()
    return _Mark(match.group(), *match.span(), can_open, can_close, can_close and _is_doubtful(text, match, start, end))


def _is_doubtful(text: str, match: re.Match[str], start: int, end: int) -> bool:
    """Before a word: ``dogs' owners``, ``goin' home``, ``rock 'n' roll``, ``6' tall``, ``a 12" screen``."""
    following = text[match.end() : min(end, match.end() + 2)]
    if not (following[:1] == " " and following[1:].isalnum()):
        return False
    before = text[max(start, match.start() - 20) : match.start()]
    if match.group() in ('"', "”"):
        return _BEFORE_INCHES.search(before) is not None
    word = _BEFORE_APOSTROPHE.search(before) if match.group() in ("'", "’") else None
    return word is not None and (word[1] is not None or word[2].lower() in lexicon("clipped_words.txt"))


def _is_elided(text: str, mark: _Mark) -> bool:
    """Whether a mark is an apostrophe that begins a word: ``'em``, ``'90s``, ``class of '89``."""
    word = _FIRST_WORD.match(text, mark.end, mark.end + 12) if mark.glyph in _SINGLES else None
    return word is not None and bool(_YEAR.fullmatch(word.group()) or word.group().lower() in lexicon("elisions.txt"))


@dataclass(slots=True)
class _Open:
    mark: _Mark
    continues: bool
    runs_on: bool
    limit: int | None = None  # where the same mark opened once more


@dataclass(slots=True)
class _Scan:
    """The state of reading one paragraph from mark to mark."""

    text: str
    start: int
    end: int
    following: int  # where the next paragraph begins
    carried: str | None  # the mark under which the paragraph before was left open
    stack: list[_Open] = field(default_factory=list)
    found: list[tuple[int, int, int, int, bool, bool]] = field(default_factory=list)

    def run(self) -> str | None:
        """Fill ``found``; returns the mark of a quotation that the paragraph leaves open."""
        for mark in _marks(self.text, self.start, self.end):
            self._read(mark)
        left = [opened.mark.glyph for opened in self.stack if opened.limit is None and self._may_stay_open(opened)]
        while self.stack:
            self._leave(self.stack.pop(), self.end)
        return left[0] if left else None

    def _read(self, mark: _Mark) -> None:
        for level in range(len(self.stack) - 1, -1, -1):
            if self._closes(mark, self.stack[level].mark):
                self._close(mark, level)
                return
        runs_on = mark.start == self.start and self.text.startswith(mark.glyph, self.following)
        if mark.glyph in _CLOSING and self._opens(mark, runs_on):
            if self.stack and self.stack[-1].mark.glyph == mark.glyph and self.stack[-1].limit is None:
                self.stack[-1].limit = mark.start
            continues = mark.start == self.start and self.carried == mark.glyph
            self.stack.append(_Open(mark, continues, runs_on))
            if len(self.stack) > _DEEPEST:
                self._leave(self.stack.pop(0), self.stack[0].mark.start)

    def _closes(self, mark: _Mark, opened: _Mark) -> bool:
        closing = _CLOSING[opened.glyph]
        if mark.glyph not in closing or (mark.is_doubtful and mark.has_surer):
            return False
        if mark.glyph in _SINGLES:
            return mark.can_close and (not mark.is_doubtful or self._is_short(opened.end, mark.start))
        if mark.glyph != closing[0]:
            return mark.can_close and not mark.can_open
        if mark.glyph in _EITHER_WAY:  # it closes, unless white space shows that it opens the next quotation
            return mark.can_close or not mark.can_open or self.text[mark.start - 1] in "—–-(["
        return True

    def _is_short(self, start: int, end: int) -> bool:
        return end - start <= _LONGEST_DOUBTFUL and not _DOUBLE.search(self.text, start, end)

    @staticmethod
    def _opens(mark: _Mark, runs_on: bool) -> bool:
        if mark.glyph in _SINGLES:
            return mark.can_open and (mark.closes_later or runs_on)
        is_plainly_closing = mark.can_close and not mark.can_open
        return mark.can_open or (mark.glyph in (*_ALWAYS_OPENS, '"', "''") and not is_plainly_closing)

    def _close(self, mark: _Mark, level: int) -> None:
        while len(self.stack) > level + 1:
            self._leave(self.stack.pop(), mark.start)
        opened = self.stack.pop()
        if inner := trim(self.text, opened.mark.end, mark.start):
            self.found.append((opened.mark.start, mark.end, *inner, True, opened.continues))

    def _leave(self, opened: _Open, end: int) -> None:
        """End a quotation that nothing closes: where its mark opens anew, else with what encloses it."""
        inner = trim(self.text, opened.mark.end, end if opened.limit is None else opened.limit)
        if inner and self._may_stay_open(opened):
            self.found.append((opened.mark.start, inner[1], *inner, False, opened.continues))

    @staticmethod
    def _may_stay_open(opened: _Open) -> bool:
        return opened.mark.glyph not in _SINGLES or opened.runs_on


def quotations(text: str, extents: Sequence[Extent] | None = None) -> list[Quotation]:
    """Every passage in quotation marks, in the order of the text, the outer before the inner.

    Args:
        text: Any string.
        extents: Its paragraphs, where they are known.

    Straight, curly, low-high and angled marks, doubled single quotes and single quotes are read. The rules:

    - An opening mark stands after white space or a bracket and before a word, a closing mark after a word; where a
      mark can be both, it closes what is open.
    - The innermost open passage that a mark can close is closed; what was opened inside it is left open and ends
      there. Passages nest four deep.
    - A passage that nothing closes ends where its mark opens anew, else with its paragraph; single marks open one only
      if a closing mark follows, or if the next paragraph opens with the same mark.
    - Where the next paragraph opens with the mark that was left open, its passage ``continues``.
    - Apostrophes are no marks: inside a word; before ``'em`` and ``'90s``; and after an s, ``-in'``, another clipped
      word or a number before a word (so are inches), where a surer closing mark follows before another passage opens.

    >>> [text[q.inner_start:q.inner_end] for text in ['He said "no" and left.'] for q in quotations(text)]
    ['no']
    """
    extents = paragraphs(text) if extents is None else extents
    return list(_scan_paragraphs(_with_usual_marks(text), extents))


def _with_usual_marks(text: str) -> str:
    """Return a text of the same length whose marks are those of the table: of cp1252, and doubled curly ones."""
    if _CONTROLS.search(text):
        text = text.translate(_MARKS_OF_CP1252)
    if "‘‘" in text and "’’" in text:
        text = re.sub("’’(?!’)", "''", text.replace("‘‘", "``"))
    return text


def _scan_paragraphs(text: str, extents: Sequence[Extent]) -> Iterator[Quotation]:
    carried: str | None = None
    for number, (start, end) in enumerate(extents):
        following = extents[number + 1][0] if number + 1 < len(extents) else len(text)
        scan = _Scan(text, start, end, following, carried)
        carried = scan.run()
        yield from _nested(scan.found)


def _nested(found: list[tuple[int, int, int, int, bool, bool]]) -> Iterator[Quotation]:
    """Passages in order, each with the number of those around it."""
    around: list[int] = []
    for start, end, inner_start, inner_end, is_closed, continues in sorted(found, key=lambda one: (one[0], -one[1])):
        while around and around[-1] <= start:
            around.pop()
        yield Quotation(start, end, inner_start, inner_end, len(around), is_closed, continues and not around)
        around.append(end)
