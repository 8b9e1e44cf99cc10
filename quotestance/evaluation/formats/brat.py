"""Brat stand-off annotation, as :mod:`quotestance.annotation` exports it, and in PolNeAR's layout.

``NAME.txt`` beside ``NAME.ann`` or ``NAME_ANNOTATOR.ann``; or as in PolNeAR (Newell et al., LREC 2018) ``text/NAME.txt``
and ``attributions/NAME_ANNOTATOR.ann``. Read are text-bound lines ``T3<tab>Content 115 290<tab>surface`` (pieces of a
discontinuous span parted by ``;``), events ``E1<tab>Attribution:T4 Content:T3 Cue:T2 Source:T1`` that join them, their
attributes, and their notes; any other line is an error. Notes on spans are for people, and PolNeAR's spans ``Discard``
and ``Discuss`` mark what is no attribution: both are passed over.

Where ``NAME.json`` of an export stands beside the text, the text has to be the exported one, and every span has to be part
of a quote. Elsewhere spans outside events are passed over, unless a file has no event at all, and of a source or cue
in several pieces the first is taken.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from quotestance.annotation.brat import ATTRIBUTES, HASH, from_note, shown_text
from quotestance.annotation.scheme import (
    LABELS,
    Fields,
    Parts,
    article_of,
    check_field,
    check_text,
    quote_of,
    with_scores,
)
from quotestance.errors import FormatError, SpanError
from quotestance.evaluation.formats.records import located, read_text, to_extents
from quotestance.evaluation.metrics.words import kind_of, marked_characters
from quotestance.text import Extent
from quotestance.types import Article, Quote

_EVENTS = ("Attribution", "Attribution-no-source")
_PASSED_OVER = ("Discard", "Discuss")
_FIELDS = {attribute: field for field, attribute in ATTRIBUTES.items()}
_ROLES = {label.lower(): role for role, label in LABELS.items()}
_ROLE_NUMBER = re.compile(r"\d+$")  # brat numbers the second argument of a role: Content2
_LINE = re.compile(r"([TEAMRN#*])(\d*)\t")
_SURFACE_SHOWN = 60  # characters


def is_brat(path: Path) -> bool:
    """Whether a path is a folder with brat annotation, here or in a folder below."""
    return path.is_dir() and next(path.rglob("*.ann"), None) is not None


def read_brat(path: Path, annotator: str | None = None, *, keep_scores: bool = False) -> Iterator[Article]:
    """Every annotated article below a folder.

    Args:
        path: A folder; PolNeAR's own folder with ``data/<split>/`` below it serves as well.
        annotator: Whose annotation, or ``"first"``: the alphabetically first of each article. By default the only one.
        keep_scores: Give the quotes the probabilities that they had when they were exported, as predictions have.

    Raises:
        FormatError: A line is malformed, the text of an annotation is missing or was changed, an article has several
            annotators and none is chosen, or not the one that is.
        SpanError: A span does not fit its text.
    """
    for text_path, files in _files(path).items():
        yield _read_article(files[_choose(text_path, [*files], annotator)], keep_scores=keep_scores)


def read_annotators(path: Path) -> dict[str, list[Article]]:
    """Article id to the article as each of its annotators marked it, in the alphabetical order of the annotators.

    Args:
        path: As in :func:`read_brat`.

    Raises:
        FormatError, SpanError: As :func:`read_brat`.
    """
    found: defaultdict[str, list[Article]] = defaultdict(list)
    for files in _files(path).values():
        for annotation in files.values():
            article = _read_article(annotation)
            found[article.id].append(article)
    return dict(found)


def _files(path: Path) -> dict[Path, dict[str, Path]]:
    """Text to its annotators, each with the annotation."""
    found: defaultdict[Path, dict[str, Path]] = defaultdict(dict)
    for annotation in sorted(path.rglob("*.ann")):
        text_path, annotator = _text_of(annotation)
        if annotator in found[text_path]:
            raise FormatError(f"{annotation} and {found[text_path][annotator]} are of one text and one annotator.")
        found[text_path][annotator] = annotation
    return dict(found)


def _choose(text_path: Path, annotators: list[str], annotator: str | None) -> str:
    if annotator in annotators:
        return str(annotator)
    known = ", ".join(found or "somebody without a name" for found in annotators)
    if annotator is not None and annotator != "first":
        raise FormatError(f"{text_path}: {annotator!r} has not annotated it; {known} has. Leave it out of the folder.")
    if annotator is None and len(annotators) > 1:
        raise FormatError(
            f"{text_path}: {len(annotators)} annotators, {known}. Choose with annotator=NAME, or 'first' for the first "
            "of each article; to compare annotators, measure their agreement."
        )
    return annotators[0]


def _text_of(annotation: Path) -> tuple[Path, str]:
    """Return the text of an annotation, and who annotated it where the file's name tells."""
    folder = annotation.parent
    stem, _, annotator = annotation.stem.rpartition("_")
    candidates = [(folder / f"{annotation.stem}.txt", "")]
    if stem:
        candidates += [(place / f"{stem}.txt", annotator) for place in (folder.parent / "text", folder)]
    for candidate in candidates:
        if candidate[0].is_file():
            return candidate
    wanted = " or ".join(str(candidate) for candidate, _ in candidates)
    raise FormatError(f"{annotation}: the text that it annotates is missing. Expected {wanted}.")


def _read_article(annotation: Path, *, keep_scores: bool = False) -> Article:
    text_path, annotator = _text_of(annotation)
    shown, head = read_text(text_path), _read_head(text_path)
    meta = {"annotator": annotator} if annotator else {}
    if head is None:
        standoff = _Standoff(annotation, shown, is_export=False)
        return Article(shown, id=text_path.stem, meta=meta, quotes=tuple(standoff.quotes(shown, {})))
    text = head["text"]
    with located(str(text_path)):
        check_text(text, head.get(HASH))
        if shown_text(text) != shown:
            raise FormatError("The text is not the one that was exported. Put it back, or export and annotate it anew.")
    standoff = _Standoff(annotation, shown, is_export=True)
    quotes = tuple(standoff.quotes(text, head.get("scores", {}) if keep_scores else {}))
    with located(str(text_path.with_suffix(".json"))):
        article = article_of(text, head, quotes)
    return article.replace(meta={**article.meta, **meta})


def _read_head(text_path: Path) -> dict[str, Any] | None:
    """Read what an export says of an article; ``None`` for other annotation."""
    path = text_path.with_suffix(".json")
    if not path.is_file():
        return None
    try:
        head = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{path}: not JSON ({error}). Put the file back as it was exported.") from error
    if not isinstance(head, dict) or not isinstance(head.get("text"), str):
        raise FormatError(
            f"{path}: it has no 'text' that is a string. Put the file back as it was exported, or take it away if it is "
            "not of an export."
        )
    return head


class _Event:
    """An event: the places where its spans stand, and its fields.

    Args:
        place: File and line, for messages.
        spans: Part of a quote to the pieces of its spans, each with the label of the span.
    """

    def __init__(self, place: str, spans: Mapping[str, list[list[Extent]]]) -> None:
        self.place, self.spans = place, spans
        self.fields: Fields = {}


class _Standoff:
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
        surface = ""  # what has to come of the surface of a span that goes on in the next line
        for number, line in enumerate(read_text(self._path).split("\n"), start=1):
            with located(f"{self._path}, line {number}"):
                squeezed = _squeeze(line)
                if surface and surface.startswith(squeezed):
                    surface = surface[len(squeezed) :]
                elif surface:
                    raise SpanError(f"The words of the span before end with {surface[:_SURFACE_SHOWN]!r}. Mend its line.")
                elif line.startswith("T"):
                    surface = self._read_span(line, number)
                elif squeezed:
                    yield number, _checked_line(line)

    def _read_span(self, line: str, number: int) -> str:
        """Read a span; returns what its words still lack, without white space."""
        name, _, rest = line.partition("\t")
        described, _, surface = rest.partition("\t")
        label, _, offsets = described.partition(" ")
        if not re.fullmatch(r"T\d+", name):
            raise FormatError(f"{line[:_SURFACE_SHOWN]!r} is no span. Expected 'T1<tab>Label start end<tab>text'.")
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
        marked, said = _squeeze(" ".join(self._shown[start:end] for start, end in pieces)), _squeeze(surface)
        if not marked.startswith(said):
            raise SpanError(
                f"{name} says {surface[:_SURFACE_SHOWN]!r}, but the text there is {marked[:_SURFACE_SHOWN]!r}. Was the "
                "text edited?"
            )
        return marked[len(said) :] if said else ""

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
            joined = {role: to_extents([pair for span in found for pair in span]) for role, found in event.spans.items()}
            firsts = {role: extents[0] for role, extents in joined.items() if extents and role != "content"}
            return Parts(tuple(joined["content"]), **firsts) if joined["content"] else None
        whole = {role: [piece for span in found for piece in self._on_lines(span)] for role, found in event.spans.items()}
        if not whole["content"]:
            raise FormatError("The event has no Content. Add it, or delete the event.")
        for role in ("cue", "source", "via"):
            if len(whole[role]) > 1:
                raise FormatError(f"The event has {len(whole[role])} pieces of {LABELS[role]}, and one is possible.")
        firsts = {role: extents[0] for role, extents in whole.items() if extents and role != "content"}
        return Parts(tuple(sorted(whole["content"])), **firsts)

    def _on_lines(self, pieces: list[Extent]) -> list[Extent]:
        """Join the pieces that line breaks alone part: brat splits a span there."""
        joined: list[Extent] = []
        for start, end in sorted(pieces):
            if joined and start > joined[-1][1] and not self._shown[joined[-1][1] : start].strip("\n"):
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return joined


def _checked_line(line: str) -> str:
    """Return a line that is no span, if it is one that can be read."""
    found = _LINE.match(line)
    if found is None:
        raise FormatError(f"{line[:_SURFACE_SHOWN]!r} is no line of brat's. Expected 'E1<tab>...' or the like.")
    if found[1] in "RN*":
        raise FormatError(
            f"{line.split(chr(9))[0]}: relations, equivalences and normalizations are not read. Join spans in an Attribution."
        )
    return line


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)
