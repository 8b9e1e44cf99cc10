"""Brat stand-off annotation in PolNeAR's layout (Newell et al., LREC 2018).

``text/NAME.txt`` holds the text, ``attributions/NAME_ANNOTATOR.ann`` what an annotator marked: text-bound lines
``T3<tab>Content 115 290<tab>surface`` (pieces of a discontinuous span parted by ``;``) and events
``E1<tab>Attribution:T4 Content:T3 Cue:T2 Source:T1`` that join them. ``*.txt`` beside ``*.ann`` is read too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from quotestance.errors import FormatError, SpanError
from quotestance.evaluation.formats.records import located, quotes_at, read_text, to_extents
from quotestance.text import Extent
from quotestance.types import Article

Offsets = dict[str, list[Extent]]

_ROLE_NUMBER = re.compile(r"\d+$")  # brat numbers the second argument of a role: Content2
_ROLES = ("content", "cue", "source")


def is_brat(path: Path) -> bool:
    """Whether a path is a folder with brat annotation, here or in a folder below."""
    return path.is_dir() and next(path.rglob("*.ann"), None) is not None


def read_brat(path: Path) -> Iterator[Article]:
    """Every annotated article below a folder; of several annotators the alphabetically first.

    Raises:
        FormatError: A line is malformed, or the text of an annotation is missing.
        SpanError: A span does not fit its text.
    """
    for articles in read_annotators(path).values():
        yield articles[0]


def read_annotators(path: Path) -> dict[str, list[Article]]:
    """Article id to the article as each of its annotators marked it, in the alphabetical order of the annotators.

    Args:
        path: A folder; PolNeAR's own folder with ``data/<split>/`` below it serves as well.

    Raises:
        FormatError, SpanError: As :func:`read_brat`.
    """
    found: defaultdict[str, list[Article]] = defaultdict(list)
    for annotation in sorted(path.rglob("*.ann")):
        text_path, annotator = _text_of(annotation)
        text = read_text(text_path)
        meta = {"annotator": annotator} if annotator else {}
        quotes = quotes_at(text, _read_events(annotation, text))
        found[text_path.stem].append(Article(text, id=text_path.stem, meta=meta, quotes=quotes))
    return dict(found)


def _text_of(annotation: Path) -> tuple[Path, str]:
    """Read the text of an annotation, and who annotated it where the file's name tells."""
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


def _read_events(annotation: Path, text: str) -> list[Offsets]:
    spans: Offsets = {}
    events: list[tuple[str, str]] = []
    for number, line in enumerate(read_text(annotation).split("\n"), start=1):
        place = f"{annotation}, line {number}"
        with located(place):
            if re.match(r"T\d+\t", line):
                name, extents = _read_span(line, text)
                spans[name] = extents
            elif re.match(r"E\d+\t", line):
                events.append((place, line.split("\t")[1]))
    return [_read_event(place, arguments, spans) for place, arguments in events]


def _read_span(line: str, text: str) -> tuple[str, list[Extent]]:
    name, _, rest = line.partition("\t")
    described, _, surface = rest.partition("\t")
    # One by one, since the surface follows the order in which the annotator marked the pieces.
    pieces = [extent for piece in described.partition(" ")[2].split(";") for extent in to_extents(piece)]
    if not pieces:
        raise FormatError(f"{name} has no offsets. Expected 'T1<tab>Label start end<tab>text'.")
    if (end := max(end for _, end in pieces)) > len(text):
        raise SpanError(f"{name} ends at {end}, but the text has {len(text)} characters.")
    marked = _squeeze(" ".join(text[start:end] for start, end in pieces))
    # A surface with a line break in it goes on in the next line of the file, so only its beginning is here.
    if not marked.startswith(_squeeze(surface)):
        raise SpanError(f"{name} says {surface[:60]!r}, but the text there is {marked[:60]!r}. Was the text edited?")
    return name, pieces


def _squeeze(text: str) -> str:
    return re.sub(r"\s", "", text)


def _read_event(place: str, arguments: str, spans: Offsets) -> Offsets:
    event: Offsets = {role: [] for role in _ROLES}
    for argument in arguments.split():
        label, _, name = argument.partition(":")
        role = _ROLE_NUMBER.sub("", label).lower()
        if role in event:
            if name not in spans:
                raise FormatError(f"{place}: the event names {name}, which the file does not define.")
            event[role] += spans[name]
    return event
