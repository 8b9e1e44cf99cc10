"""JSON records with the place where they stand, and quotes given as offsets."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from quotestance.errors import FormatError, QuotestanceError, SpanError
from quotestance.evaluation.metrics.words import kind_of, marked_characters
from quotestance.io.encodings import decode
from quotestance.io.files import read_file
from quotestance.io.records import Doubled, to_object
from quotestance.text import Extent
from quotestance.types import STANCES, Article, Quote, Span, Speaker, Stance

_UNREAD = {".parquet": "Parquet", ".xlsx": "Excel", ".xls": "Excel", ".ods": "OpenDocument"}
"""Suffixes of tables that are no text, and whose they are."""


@dataclass(frozen=True, slots=True)
class Record:
    """A JSON object of a file.

    Args:
        place: File and line (or number of the record), for messages.
        data: The object.
    """

    place: str
    data: dict[str, Any]


@contextmanager
def located(place: str) -> Iterator[None]:
    """Put the place before the message of every error about the data that is raised inside.

    Raises:
        FormatError, SpanError: As raised inside; wrong types and missing keys become a FormatError.
    """
    try:
        yield
    except (FormatError, SpanError) as error:
        raise type(error)(f"{place}: {error}") from error
    except QuotestanceError:
        raise
    except KeyError as error:
        raise FormatError(f"{place}: the field {error} is missing.") from error
    except (TypeError, AttributeError, ValueError, IndexError) as error:
        raise FormatError(f"{place}: a field has the wrong type ({error}).") from error


def check_once(article: str, annotator: str | None, place: str, seen: dict[tuple[str, str], str]) -> None:
    """Note where an annotation stands; raises :class:`FormatError` where the annotator marked the article before.

    Whoever has no name may have marked it any number of times.
    """
    if annotator is None:
        return
    first = seen.setdefault((article, annotator), place)
    if first != place:
        raise FormatError(
            f"{annotator} has annotated article {article!r} twice ({first}, {place}). Leave one out; to compare two "
            "exports give both."
        )


def read_text(path: Path) -> str:
    """Read the text of a file in whatever encoding; :class:`FormatError` names the file where that fails."""
    with located(str(path)):
        try:
            return decode(read_file(path))
        except OSError as error:
            raise FormatError(f"Cannot be read: {error.strerror}.") from error


def read_json_records(path: Path) -> Iterator[Record]:
    """Yield the objects of a JSONL file, a JSON file (a list or one object), or every such file of a folder.

    Raises:
        FormatError: Something is no JSON, or no object; it is a table; or a folder holds no such file.
    """
    if not path.is_dir():
        yield from _read_file(path)
        return
    files = sorted(file for file in path.iterdir() if file.suffix.lower() in (".jsonl", ".json"))
    if not files:
        raise FormatError(f"{path}: no *.jsonl, *.json or *.ann file in this folder.")
    for file in files:
        yield from _read_file(file)


def _read_file(path: Path) -> Iterator[Record]:
    if (suffix := path.suffix.lower()) in _UNREAD:
        raise FormatError(
            f"{path}: a table in the format of {_UNREAD[suffix]}, which is not read as gold or predictions. Save it as "
            ".csv or .jsonl."
        )
    text = read_text(path)
    if path.suffix.lower() == ".json" or text.lstrip()[:1] == "[":
        parsed = _parse(text, str(path))
        for number, data in enumerate(parsed if isinstance(parsed, list) else [parsed], start=1):
            yield _record(f"{path}, record {number}", data)
        return
    # Only "\n" ends a line of JSONL: str.splitlines would break strings at U+2028.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            place = f"{path}, line {number}"
            yield _record(place, _parse(line, place))


def _parse(text: str, place: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=to_object)
    except (ValueError, RecursionError) as error:
        raise FormatError(
            f"{place}: not JSON ({error}). Expected one JSON object a line, or a list of objects."
        ) from error


def _record(place: str, data: Any) -> Record:
    if not isinstance(data, dict):
        raise FormatError(f"{place}: expected a JSON object, got {type(data).__name__}.")
    if isinstance(data, Doubled):
        raise FormatError(f"{place}: the field {data.fault}")
    return Record(place, data)


def id_in(data: Mapping[str, Any]) -> str:
    """Return the id that a record tells; the empty string for none, or ``null``."""
    return "" if data.get("id") is None else str(data["id"])


def to_extents(value: Any) -> list[Extent]:
    """Offsets as people write them, in the order of the text, those that overlap or touch joined.

    Args:
        value: ``[start, end]``, ``[[start, end], ...]``, ``{"start", "end"}`` or a list of those, ``"12 40;45 60"`` as
            in brat, or nothing.

    >>> to_extents([[10, 20], [3, 5], [15, 30]]), to_extents("3 5;10 30"), to_extents([3, 5])
    ([(3, 5), (10, 30)], [(3, 5), (10, 30)], [(3, 5)])
    """
    extents: list[Extent] = []
    for start, end in sorted(_to_pairs(value)):
        if not 0 <= start < end:
            raise SpanError(f"A span needs 0 <= start < end, got start={start}, end={end}.")
        if extents and start <= extents[-1][1]:
            extents[-1] = (extents[-1][0], max(end, extents[-1][1]))
        else:
            extents.append((start, end))
    return extents


def _to_pairs(value: Any) -> list[Extent]:
    if value is None or value in ("", []):
        return []
    if isinstance(value, str):
        return [_to_pair(part.split()) for part in value.split(";")]
    if isinstance(value, Mapping) or (isinstance(value, list) and isinstance(value[0], int)):
        return [_to_pair(value)]
    return [_to_pair(pair) for pair in value]


def _to_pair(value: Any) -> Extent:
    parts = [value["start"], value["end"]] if isinstance(value, Mapping) else value
    is_text = all(isinstance(part, str) and part.isdecimal() for part in parts)
    if len(parts) != 2 or not (is_text or all(type(part) is int for part in parts)):
        raise FormatError(f"A span is [start, end] in whole numbers, got {value!r}.")
    return int(parts[0]), int(parts[1])


def quote_at(text: str, inside: bytearray, data: Mapping[str, Any]) -> Quote | None:
    """Build the quote of a record that gives offsets.

    The record has ``content`` and, where known, ``source``, ``cue``, ``speaker``, ``confidence`` and the stance, as
    :func:`stance_in` reads it.
    Of a source or cue in several pieces the first piece is taken: a :class:`Quote` has one span for each. A span
    ``{"start", "end", "text"}`` has to say the words that stand there.

    Args:
        text: The article's text.
        inside: Its :func:`~quotestance.evaluation.metrics.words.marked_characters`.
        data: The record.

    Returns:
        The quote; ``None`` where the content is empty.

    Raises:
        FormatError, SpanError: Offsets do not fit the text, or a label is unknown.
    """
    content = _spans(text, data.get("content"))
    if not content:
        return None
    source, cue = (_spans(text, data.get(name)) for name in ("source", "cue"))
    return Quote(
        kind=kind_of(text, [(span.start, span.end) for span in content], inside),
        content=content,
        source=source[0] if source else None,
        cue=cue[0] if cue else None,
        speaker=None if data.get("speaker") is None else to_speaker(data["speaker"], text),
        stance=stance_in(data),
        confidence=None if data.get("confidence") is None else float(data["confidence"]),
    )


def _spans(text: str, value: Any) -> tuple[Span, ...]:
    """Return the spans at offsets, after checking the words that come with them."""
    for one in [value] if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        if isinstance(one, Mapping) and one.get("text") is not None:
            (start, end), said = _to_pair(one), str(one["text"])
            there = text[start:end]
            if there.split() != said.split():  # line breaks may have become spaces
                raise SpanError(
                    f"Span {start}:{end} says {said[:60]!r} but the text there is {there[:60]!r}. Count offsets in "
                    "code points of the gold's text."
                )
    return tuple(Span.of(text, *extent) for extent in to_extents(value))


def to_speaker(value: Any, text: str = "") -> Speaker:
    """Build a speaker from a person's name, or from a dict of :class:`quotestance.Speaker`'s fields and its text."""
    if isinstance(value, str):
        return Speaker(value, kind="person")
    evidence = {name: _spans(text, span) for name, span in (value.get("evidence") or {}).items()}
    return Speaker(**{**value, "evidence": {name: found[0] for name, found in evidence.items() if found}})


def stance_in(data: Mapping[str, Any]) -> Stance | None:
    """Read the stance of a record: the probability of every label, in a field of its name, else ``stance``.

    Returns:
        The stance; ``None`` where the record tells none.

    Raises:
        FormatError: Some labels have a probability and others have none, a label is unknown, or ``stance`` is another
            label than the most probable one.
    """
    lacking = [name for name in STANCES if data.get(name) is None]
    if not lacking:
        found = Stance({name: float(data[name]) for name in STANCES})
        if found.probabilities.get(told := str(data.get("stance")).strip().lower(), 1.0) < found.confidence:
            raise FormatError(
                f"The stance is {told}, but {found.label} is more probable. Take out 'stance' if the probabilities are "
                "the answer, else the probabilities."
            )
        return found
    if len(lacking) < len(STANCES):
        told = ", ".join(name for name in STANCES if name not in lacking)
        raise FormatError(
            f"There is a probability of {told}, but none of {', '.join(lacking)}. Give one to every label, or 'stance' "
            "alone."
        )
    return None if data.get("stance") is None else _to_stance(data["stance"])


def _to_stance(value: Any) -> Stance:
    """Build a stance from a label, from label to probability, or from a dict of a :class:`quotestance.Stance`."""
    if isinstance(value, str):
        return Stance.certain(value)
    return Stance(**value) if "probabilities" in value else Stance(value)


@lru_cache(maxsize=16)
def _marks(text: str) -> bytearray:
    """Mark the characters of a text; a table of quotes asks for those of one article row by row."""
    return marked_characters(text)


def quotes_at(text: str, records: Iterable[Mapping[str, Any]]) -> tuple[Quote, ...]:
    """Build the quotes of an article from offsets, in the order given; records without content are left out.

    Raises:
        FormatError, SpanError: As :func:`quote_at`, with the number of the quote.
    """
    inside = _marks(text)
    quotes = []
    for number, data in enumerate(records):
        with located(f"quote {number}"):
            if (quote := quote_at(text, inside, data)) is not None:
                quotes.append(quote)
    return tuple(quotes)


def attributions_to_article(data: Mapping[str, Any]) -> Article:
    """Build an article from a record of the reference scorer: ``id``, ``text``, ``attributions`` with offsets.

    What else the record holds (``publisher``, say) is kept in ``meta``.
    """
    if data.get("id") is None:
        raise FormatError("The field 'id' is missing.")
    if not isinstance(data["text"], str):
        raise FormatError(f"The field 'text' must be a string, got {type(data['text']).__name__}.")
    known = ("id", "text", "attributions", "title", "date")
    attributions: Sequence[Mapping[str, Any]] = data["attributions"]
    return Article(
        data["text"],
        id=str(data["id"]),
        title=data.get("title") or None,
        published=data.get("date") or None,
        meta={name: value for name, value in data.items() if name not in known},
        quotes=quotes_at(data["text"], attributions),
    )
