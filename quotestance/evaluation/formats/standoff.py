"""A file of brat's lines: spans, the events that join them, their attributes and notes, as quotes.

What each line may be stands in :mod:`quotestance.evaluation.formats.brat`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from quotestance.annotation.brat import ATTRIBUTES, from_note
from quotestance.annotation.scheme import LABELS, Fields, Parts, check_field, quote_of, with_scores
from quotestance.errors import FormatError, SpanError
from quotestance.evaluation.formats.records import located, read_text, to_extents
from quotestance.evaluation.metrics.words import kind_of, marked_characters
from quotestance.text import Extent
from quotestance.types import Quote

_EVENTS = ("Attribution", "Attribution-no-source")
_PASSED_OVER = ("Discard", "Discuss")
_FIELDS = {attribute: field for field, attribute in ATTRIBUTES.items()}
_ROLES = {label.lower(): role for role, label in LABELS.items()}
_ROLE_NUMBER = re.compile(r"\d+$")  # brat numbers the second argument of a role: Content2
_LINE = re.compile(r"([TEAMRN#*])(\d*)\t")
_SINGLE = ("cue", "source", "via")
_SHOWN = 60  # characters of a surface in a message

Pieces = Mapping[str, list[list[Extent]]]
"""Part of a quote to its spans, each with its pieces."""


class _Event:
    """An event: where it and its spans stand, and its fields.

    Args:
        place: File and line, for messages.
        spans: Where its spans stand in the text.
    """

    def __init__(self, place: str, spans: Pieces) -> None:
        self.place, self.spans = place, spans
        self.fields: Fields = {}


class Standoff:
    """What an annotation file says.

    Args:
        path: The file.
        shown: The text that its offsets point into.
        is_export: Whether the article was exported, so that every span has to be part of a quote.

    Raises:
        FormatError, SpanError: A line cannot be read.
    """

    def __init__(self, path: Path, shown: str, *, is_export: bool) -> None:
        self._path, self._shown, self._is_export = path, shown, is_export
        self._spans: dict[str, tuple[str, list[Extent], int]] = {}  # with label and number of the line
        self._events: dict[str, _Event] = {}
        self._used: set[str] = set()
        later = [*self._read_spans()]
        for letter in "EAM#":  # events name spans, the others events
            for number, line in later:
                if line[0] == letter:
                    with located(f"{path}, line {number}"):
                        self._read_line(line, number)
        self._check_use()

    def _read_spans(self) -> Iterator[tuple[int, str]]:
        """Read the spans, and yield the other lines with their numbers."""
        surface, said = "", 0  # of a span that goes on in the next line: its words, and how many characters were there
        for number, line in enumerate(read_text(self._path).split("\n"), start=1):
            with located(f"{self._path}, line {number}"):
                squeezed = _squeeze(line)
                if said < len(surface) and surface.startswith(squeezed, said):
                    said += len(squeezed)
                elif said < len(surface):
                    raise SpanError(f"The span before goes on with {surface[said:][:_SHOWN]!r}. Mend its line.")
                elif line.startswith("T"):
                    surface, said = self._read_span(line, number)
                elif squeezed:
                    yield number, _checked_line(line)
        if said < len(surface):
            raise SpanError(f"{self._path}: the last span goes on with {surface[said:][:_SHOWN]!r}. Was the file cut?")

    def _read_span(self, line: str, number: int) -> tuple[str, int]:
        """Read a span; returns its words without white space, and how many characters of them the line has."""
        name, _, rest = line.partition("\t")
        described, _, surface = rest.partition("\t")
        label, _, offsets = described.partition(" ")
        if not re.fullmatch(r"T\d+", name):
            raise FormatError(f"{line[:_SHOWN]!r} is no span. Expected 'T1<tab>Label start end<tab>text'.")
        if name in self._spans:
            raise FormatError(f"{name} was there before, in line {self._spans[name][2]}. Give every span its own name.")
        if label.lower() not in _ROLES and label not in (*_EVENTS, *_PASSED_OVER):
            raise FormatError(f"{name}: unknown label {label!r}. Available: {', '.join((*LABELS.values(), *_EVENTS))}.")
        # One by one, since the surface follows the order in which the annotator marked the pieces.
        pieces = [extent for piece in offsets.split(";") for extent in to_extents(piece)]
        if not pieces:
            raise FormatError(f"{name} has no offsets. Expected 'T1<tab>Label start end<tab>text'.")
        if (end := max(end for _, end in pieces)) > len(self._shown):
            raise SpanError(f"{name} ends at {end}, but the text has {len(self._shown)} characters.")
        self._spans[name] = (label, pieces, number)
        if not (said := _squeeze(surface)):
            return "", 0
        marked = _squeeze(" ".join(self._shown[start:end] for start, end in pieces))
        if not marked.startswith(said):
            raise SpanError(
                f"{name} says {surface[:_SHOWN]!r}, but the text there is {marked[:_SHOWN]!r}. Was the text edited?"
            )
        return marked, len(said)

    def _read_line(self, line: str, number: int) -> None:
        name, _, rest = line.partition("\t")
        if name[0] == "E":
            if name in self._events:
                raise FormatError(f"{name} was there before. Give every event its own name.")
            self._events[name] = self._read_event(rest, number)
        elif name[0] == "#":
            self._read_note(*rest.partition("\t")[::2])
        else:
            self._read_attribute(name, rest.split())

    def _read_event(self, arguments: str, number: int) -> _Event:
        spans: dict[str, list[list[Extent]]] = {role: [] for role in LABELS}
        kind, _, _ = arguments.partition(":")
        if kind not in _EVENTS:
            raise FormatError(f"Unknown event {kind!r}. Available: {', '.join(_EVENTS)}.")
        for argument in arguments.split():
            label, _, name = argument.partition(":")
            role = _ROLES.get(_ROLE_NUMBER.sub("", label).lower())
            if name not in self._spans and (role or self._is_export):
                raise FormatError(f"The event names {name}, which the file does not define.")
            if role is None and label not in _EVENTS:
                raise FormatError(f"Unknown part {label!r} of an event. Available: {', '.join(LABELS.values())}.")
            self._used.add(name)
            if role is not None:
                self._check_label(label, role, name)
                spans[role].append(self._spans[name][1])
        return _Event(f"{self._path}, line {number}", spans)

    def _check_label(self, label: str, role: str, name: str) -> None:
        found = self._spans[name][0]
        if self._is_export and found != LABELS[role]:
            raise FormatError(f"The part {label} of the event is {name}, whose label is {found}. Relabel one of them.")

    def _read_attribute(self, name: str, words: list[str]) -> None:
        if name[0] not in "AM" or len(words) < 2:
            raise FormatError(f"{name} is no attribute. Expected 'A1<tab>Name E1 value'.")
        field, value = _FIELDS.get(words[0]), " ".join(words[2:])
        if field is None:
            raise FormatError(f"{name}: unknown attribute {words[0]!r}. Available: {', '.join(_FIELDS)}.")
        self._set_field(words[1], field, [value])

    def _read_note(self, described: str, note: str) -> None:
        kind, _, target = described.partition(" ")
        if kind != "AnnotatorNotes":
            raise FormatError(f"Unknown kind of note {kind!r}. Available: AnnotatorNotes.")
        if target in self._spans or not note.strip():
            return
        for field, values in from_note(note).items():
            self._set_field(target, field, values)

    def _set_field(self, event: str, field: str, values: list[str]) -> None:
        if event not in self._events:
            raise FormatError(f"It belongs to {event}, which is no event of the file. Attach it to an Attribution.")
        if field in self._events[event].fields:
            raise FormatError(f"{event} has {field!r} twice. Keep one.")
        check_field(field, values)
        self._events[event].fields[field] = values

    def _check_use(self) -> None:
        loose = [(number, name, label) for name, (label, _, number) in self._spans.items() if name not in self._used]
        loose = [one for one in loose if one[2] not in _PASSED_OVER]
        if loose and (self._is_export or not self._events):
            number, name, label = loose[0]
            raise FormatError(
                f"{self._path}, line {number}: {name} ({label}) is part of no event, so {len(loose)} span(s) would be "
                "lost. Join them in an Attribution, or delete them."
            )

    def quotes(self, text: str, scores: Mapping[str, Any]) -> Iterator[Quote]:
        """Yield the quotes; events without content are an error in an export, and left out elsewhere.

        Args:
            text: The article's text.
            scores: Name of an event to its scores.
        """
        inside = marked_characters(text)
        for name, event in self._events.items():
            with located(event.place):
                if (parts := self._parts(event)) is not None:
                    quote = quote_of(text, parts, event.fields, kind_of(text, parts.content, inside))
                    yield with_scores(quote, scores.get(name, {}), text) if scores else quote

    def _parts(self, event: _Event) -> Parts | None:
        if not self._is_export:
            return _first_parts(event.spans)
        whole = {
            role: [piece for pieces in found for piece in _joined(pieces, self._shown)]
            for role, found in event.spans.items()
        }
        if not whole["content"]:
            raise FormatError("The event has no Content. Add it, or delete the event.")
        for role in _SINGLE:
            if len(whole[role]) > 1:
                raise FormatError(f"The event has {len(whole[role])} pieces of {LABELS[role]}, and one is possible.")
        firsts = {role: whole[role][0] for role in _SINGLE if whole[role]}
        return Parts(tuple(sorted(whole["content"])), **firsts)


def _first_parts(spans: Pieces) -> Parts | None:
    """Where a quote stands, by the first pieces of its source, cue and medium; ``None`` without content."""
    joined = {role: to_extents([piece for pieces in found for piece in pieces]) for role, found in spans.items()}
    firsts = {role: joined[role][0] for role in _SINGLE if joined[role]}
    return Parts(tuple(joined["content"]), **firsts) if joined["content"] else None


def _joined(pieces: list[Extent], shown: str) -> list[Extent]:
    """Join the pieces of a span that line breaks alone part: brat splits it there."""
    joined: list[Extent] = []
    for start, end in sorted(pieces):
        if joined and start > joined[-1][1] and not shown[joined[-1][1] : start].strip("\n"):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _checked_line(line: str) -> str:
    """Return a line that is no span, if it is one that can be read."""
    found = _LINE.match(line)
    if found is None:
        raise FormatError(f"{line[:_SHOWN]!r} is no line of brat's. Expected 'E1<tab>...' or the like.")
    if found[1] in "RN*":
        raise FormatError(
            f"{line[:_SHOWN]!r}: relations, equivalences and normalizations are not read. Join spans in an Attribution."
        )
    return line


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)
