r"""brat: an article as ``NAME.txt``, its quotes as ``NAME.ann``, and the configuration of the collection.

A quote is an event ``Attribution`` with the arguments ``Content`` (``Content2`` and so on for further pieces), ``Cue``,
``Source`` and ``Via``; fields with a choice of values are attributes of the event, the others stand in its note as
``name: Liu Pengyu; role: spokesman``. ``NAME.json`` holds what annotators do not touch, the text among it.

brat's server wants every line of the text to end in a line feed, and its front end counts a character beyond U+FFFF
twice. So ``NAME.txt`` has another character in the place of such, one for one: offsets are those of the article.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from typing import Any

from quotestance.annotation.scheme import CHOICES, LABELS, TEXTS, Fields, fields_of, head_of, scores_of, text_hash
from quotestance.errors import FormatError
from quotestance.text import Extent
from quotestance.types import Article, Quote, Span

EVENT = "Attribution"
"""Type of the events, and of the spans that trigger them."""

ATTRIBUTES: dict[str, str] = {
    "stance": "Stance",
    "conditional": "Conditional",
    "quote_kind": "Kind",
    "kind": "SpeakerKind",
}
"""Field with a choice of values to the attribute that holds it."""

HASH = "text_sha256"
"""Key of ``NAME.json`` that holds the hash of the article's text."""

_UNSEEN = "\ufffd"  # in the place of a character that the front end or a reader of the file would not count once
_RETURN = re.compile("\r(?=\n)")
_BREAKS = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")  # lines end there for str.splitlines, which brat uses
_BEYOND = re.compile("[\x00-\x08\x0e-\x1b\ufeff\U00010000-\U0010ffff]")  # controls would make it no text, too
_ESCAPED = re.compile(r"[;\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|\A\s|\s\Z")
_ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.)", re.DOTALL)
_PART = re.compile(r"((?:[^;\\]|\\.)*)(?:; ?|$)", re.DOTALL)
_COLORS = {"Content": "#a9cdf0", "Cue": "#d8d8d8", "Source": "#ffd08a", "Via": "#d9c2f0", EVENT: "#ffffff"}
_GLYPHS = {"escalatory": "▲", "de-escalatory": "▼", "neutral": "●"}
_LONGEST_NAME = 80  # characters of a document's name


def shown_text(text: str) -> str:
    r"""Return the text as brat shows it, of the same length.

    >>> shown_text("No.\r\n\U0001f525\tYes.")
    'No. \n\ufffd Yes.'
    """
    return _BEYOND.sub(_UNSEEN, _BREAKS.sub("\n", _RETURN.sub(" ", text)).replace("\t", " "))


def document_names(ids: Iterable[str]) -> Iterator[str]:
    """Yield a name for each article, unlike all before in any case of its letters: letters, digits and hyphens.

    >>> list(document_names(["news/a.txt", "news-a", "News/A.txt", ""]))
    ['news-a-txt', 'news-a', 'News-A-txt-2', 'article']
    """
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for article_id in ids:
        base = name = re.sub(r"[^A-Za-z0-9]+", "-", article_id).strip("-")[:_LONGEST_NAME] or "article"
        while name.lower() in taken:
            counts[base.lower()] = counts.get(base.lower(), 1) + 1
            name = f"{base}-{counts[base.lower()]}"
        taken.add(name.lower())
        yield name


def to_head(article: Article) -> dict[str, Any]:
    """Return what ``NAME.json`` holds, ready for JSON as far as the article's ``meta`` is."""
    scores = {f"E{number}": found for number, quote in enumerate(article.quotes, 1) if (found := scores_of(quote))}
    return {**head_of(article), "text": article.text, HASH: text_hash(article.text), "scores": scores}


def to_standoff(article: Article) -> str:
    """Return the lines of ``NAME.ann``.

    Raises:
        FormatError: A stance is none of :data:`quotestance.types.STANCES`.
    """
    lines = _Lines(shown_text(article.text))
    for number, quote in enumerate(article.quotes, 1):
        lines.add_quote(f"E{number}", quote)
    return "".join(line + "\n" for line in lines.lines)


class _Lines:
    """The lines of an annotation; quotes share a cue, source or medium that is one.

    Args:
        shown: The text as brat shows it.
    """

    def __init__(self, shown: str) -> None:
        self.lines: list[str] = []
        self._shown = shown
        self._spans: dict[tuple[str, int, int], str] = {}
        self._numbers = {"T": 0, "A": 0, "#": 0}

    def add_quote(self, event: str, quote: Quote) -> None:
        """Add the lines of a quote: its spans, the event that joins them, attributes and note."""
        arguments = [f"{EVENT}:{self._span(EVENT, quote.cue or quote.content[0], is_shared=False)}"]
        for number, piece in enumerate(quote.content, 1):
            role = f"Content{number if number > 1 else ''}"
            arguments.append(f"{role}:{self._span('Content', piece, is_shared=False)}")
        for name, span in (("cue", quote.cue), ("source", quote.source), ("via", quote.via)):
            if span is not None:
                arguments.append(f"{LABELS[name]}:{self._span(LABELS[name], span)}")
        self.lines.append(f"{event}\t{' '.join(arguments)}")
        fields = fields_of(quote)
        for name, attribute in ATTRIBUTES.items():
            if name in fields:
                self.lines.append(f"{self._next('A')}\t{attribute} {event} {fields[name][0]}")
        if note := to_note(fields):
            self.lines.append(f"{self._next('#')}\tAnnotatorNotes {event}\t{note}")

    def _span(self, label: str, span: Span, *, is_shared: bool = True) -> str:
        key = (label, span.start, span.end)
        if is_shared and key in self._spans:
            return self._spans[key]
        pieces = _on_lines(self._shown, span.start, span.end)
        offsets = ";".join(f"{start} {end}" for start, end in pieces)
        words = " ".join(self._shown[start:end].replace("\n", " ") for start, end in pieces)
        self._spans[key] = self._next("T")
        self.lines.append(f"{self._spans[key]}\t{label} {offsets}\t{words}")
        return self._spans[key]

    def _next(self, letter: str) -> str:
        self._numbers[letter] += 1
        return f"{letter}{self._numbers[letter]}"


def _on_lines(shown: str, start: int, end: int) -> list[Extent]:
    """Split a span at line breaks, as brat does; one that begins or ends with a break cannot be, and stays whole."""
    words = shown[start:end]
    if words[0] == "\n" or words[-1] == "\n":
        return [(start, end)]
    return [(start + line.start(), start + line.end()) for line in re.finditer("[^\n]+", words)]


def to_note(fields: Fields) -> str:
    r"""Return the fields with free text as the note of an event; :func:`from_note` reads it.

    >>> to_note({"kind": ["group"], "role": ["officials"], "members": ["Ann Lee", "Bo; Co"]})
    'role: officials; members: Ann Lee; members: Bo\\; Co'
    """
    parts = (f"{name}: {_escaped(value)}" for name in TEXTS for value in fields.get(name, ()))
    return "; ".join(parts)


def _escaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: f"\\{c}" if (c := found[0]) in ";\\" else f"\\u{ord(c):04x}", value)


def from_note(note: str) -> Fields:
    r"""Return the fields that the note of an event gives.

    Raises:
        FormatError: A part of it is not ``field: value``, with a known field.

    >>> from_note("role: officials; members: Ann Lee; members: Bo\\; Co")
    {'role': ['officials'], 'members': ['Ann Lee', 'Bo; Co']}
    """
    fields: Fields = {}
    for part in _parts(note):
        name, colon, value = part.partition(":")
        if not colon or name.strip() not in TEXTS:
            raise FormatError(
                f"The note of an {EVENT} is 'field: value; field: value' with the fields {', '.join(TEXTS)}, got "
                f"{part.strip()[:60]!r}. A semicolon inside a value is written '\\;'."
            )
        if value := value.strip(string.whitespace):
            fields.setdefault(name.strip(), []).append(_ESCAPE.sub(_unescaped, value))
    return fields


def _parts(note: str) -> Iterator[str]:
    """Split a note at its semicolons, in linear time; empty parts are left out."""
    start = 0
    while start < len(note):
        found = _PART.match(note, start)
        stop = len(note) if found is None else max(found.end(), start + 1)
        part = note[start:] if found is None else found[1]
        if part.strip():
            yield part
        start = stop


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else code


def annotation_conf() -> str:
    """Return ``annotation.conf``: what can be marked in the collection."""
    attributes = [f"{ATTRIBUTES[name]}\tArg:{EVENT}, Value:{'|'.join(values)}" for name, values in CHOICES.items()]
    lines = [
        "[entities]",
        *LABELS.values(),
        "[relations]",
        "<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>",
        "[events]",
        f"{EVENT}\tContent+:Content, Cue?:Cue, Source?:Source, Via?:Via",
        "[attributes]",
        *attributes,
    ]
    return "\n".join(lines) + "\n"


def visual_conf() -> str:
    """Return ``visual.conf``: colours."""
    colors = [f"{label}\tbgColor:{color}" for label, color in _COLORS.items()]
    glyphs = "|".join(_GLYPHS[value] for value in CHOICES["stance"])
    return "\n".join(["[labels]", "[drawing]", *colors, f"{ATTRIBUTES['stance']}\tglyph:{glyphs}"]) + "\n"
