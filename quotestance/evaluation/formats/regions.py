"""The regions, relations and fields of one annotation in Label Studio, as quotes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from quotestance.annotation.scheme import CONTINUES, LABELS, Parts, check_field, quote_of, with_scores
from quotestance.errors import FormatError, SpanError
from quotestance.evaluation.formats.records import located
from quotestance.evaluation.metrics.words import kind_of, marked_characters
from quotestance.text import Extent
from quotestance.types import Quote

_ROLES = {label.lower(): role for role, label in LABELS.items()}
_RELATIONS = (*list(LABELS)[1:], CONTINUES)
_SHOWN = 60  # characters of a region's words in a message
_SPACE = re.compile(r"\s|\\n")  # the front end writes a line break as a backslash and an n


class _Region:
    """A region: where it stands, what it is and says, and what it is tied to.

    Args:
        name: Its id.
        role: ``content``, ``cue``, ``source`` or ``via``.
        value: As Label Studio has it.
    """

    def __init__(self, name: str, role: str, value: Mapping[str, Any]) -> None:
        self.name, self.role = name, role
        self.offsets = _offsets(name, value)
        words = value.get("text")
        if words is not None and not isinstance(words, str):
            raise FormatError(f"Region {name!r}: its text is a string, got {words!r:.60}.")
        self.words: str | None = words
        self.extent = self.offsets
        self.fields: dict[str, list[str]] = {}
        self.tied: list[_Region] = []

    def __str__(self) -> str:
        words = f" {self.words[:_SHOWN]!r}" if self.words else ""
        return f"{LABELS[self.role]} {self.name!r}{words} at {self.offsets[0]}:{self.offsets[1]}"


def read_results(text: str, results: Iterable[Any], scores: Mapping[str, Any]) -> Iterator[Quote]:
    """Yield the quotes of an annotation, in the order of their regions.

    Args:
        text: The text of the task.
        results: What Label Studio has under ``result``.
        scores: Id of a quote's first region to its scores.

    Raises:
        FormatError: Something is unknown, twice there, or belongs to nothing.
        SpanError: A region does not fit the text.
    """
    regions = _regions(results)
    _settle_offsets(text, regions.values())
    inside = marked_characters(text)
    for region in regions.values():
        if region.role != "content" and not region.tied:
            raise FormatError(f"{region} belongs to no {LABELS['content']}. Draw the relation, or delete the region.")
    for group in _groups(regions.values()):
        with located(str(group[0])):
            group.sort(key=lambda region: region.extent)
            parts = Parts(tuple(region.extent for region in group), **_tied(group))
            quote = quote_of(text, parts, _fields(group), kind_of(text, parts.content, inside))
            yield with_scores(quote, scores.get(group[0].name, {}), text) if scores else quote


def _regions(results: Iterable[Mapping[str, Any]]) -> dict[str, _Region]:
    """Every region by its id, with its fields, tied to others."""
    regions: dict[str, _Region] = {}
    later: list[partial[None]] = []  # fields and relations may come before their regions
    for number, result in enumerate(results, 1):
        if not isinstance(result, Mapping):
            raise FormatError(f"Result {number} is an object, got {type(result).__name__}.")
        kind = result["type"]
        if kind == "labels":
            region = _Region(str(result["id"]), _role(result), result["value"])
            if region.name in regions:
                raise FormatError(f"Two regions have the id {region.name!r}. Delete one of them.")
            regions[region.name] = region
        elif kind == "relation":
            later.append(partial(_tie, regions, result))
        elif kind in ("choices", "textarea"):
            later.append(partial(_fill, regions, result))
        else:
            raise FormatError(
                f"Result {number} is of the type {kind!r}, which is not read. Label with the configuration that "
                "quotestance export writes: labels, relations, choices and text areas."
            )
    for step in later:
        step()
    return regions


def _role(result: Mapping[str, Any]) -> str:
    given = result["value"].get("labels")
    if not isinstance(given, list) or len(given) != 1:
        raise FormatError(f"Region {result['id']!r} needs one label, got {given!r:.60}. Label it again.")
    role = _ROLES.get(str(given[0]).lower())
    if role is None:
        raise FormatError(
            f"Region {result['id']!r}: unknown label {given[0]!r}. Available: {', '.join(LABELS.values())}."
        )
    return role


def _offsets(name: str, value: Mapping[str, Any]) -> Extent:
    start, end = value["start"], value["end"]
    if type(start) is not int or type(end) is not int:
        raise FormatError(f"Region {name!r}: start and end are whole numbers, got {start!r:.60} and {end!r:.60}.")
    if not 0 <= start < end:
        raise SpanError(f"Region {name!r}: a span needs 0 <= start < end, got start={start}, end={end}.")
    return start, end


def _tie(regions: Mapping[str, _Region], result: Mapping[str, Any]) -> None:
    ends = [str(result[name]) for name in ("from_id", "to_id")]
    if missing := [end for end in ends if end not in regions]:
        raise FormatError(f"A relation leads to the region {missing[0]!r}, which is not there. Delete the relation.")
    one, other = (regions[end] for end in ends)
    pair = {one.role, other.role} - {"content"} or {CONTINUES}
    if one is other or "content" not in (one.role, other.role):
        raise FormatError(f"A relation ties {one} to {other}. One end has to be a {LABELS['content']}; delete it.")
    for label in result.get("labels") or []:
        if label not in _RELATIONS:
            raise FormatError(f"Unknown relation {label!r} of {one}. Available: {', '.join(_RELATIONS)}.")
        if label not in pair:
            raise FormatError(f"The relation {label!r} ties {one} to {other}. Call it {min(pair)!r}, or relabel.")
    one.tied.append(other)
    other.tied.append(one)


def _fill(regions: Mapping[str, _Region], result: Mapping[str, Any]) -> None:
    name, value = str(result["from_name"]), result["value"]
    region = regions.get(str(result.get("id")))
    if region is None or region.role != "content":
        where = f"to {region}" if region else f"to no region (id {result.get('id')!r})"
        raise FormatError(f"The field {name!r} belongs {where}. Fields belong to regions {LABELS['content']}.")
    given = value["choices" if result["type"] == "choices" else "text"]
    values = [one for one in ([given] if isinstance(given, str) else given) if one != ""]
    if not all(isinstance(one, str) for one in values):
        raise FormatError(f"The field {name!r} of {region} holds strings, got {given!r:.60}.")
    if values:
        with located(str(region)):
            if name in region.fields:
                raise FormatError(f"The field {name!r} is there twice. Keep one.")
            check_field(name, values)
            region.fields[name] = values


def _settle_offsets(text: str, regions: Iterable[_Region]) -> None:
    """Find out how the offsets are counted, and set the extent of each region in code points."""
    found = [*regions]
    readings = [_Reading(text), _Utf16(text)] if any(c > "\uffff" for c in text) else [_Reading(text)]
    for reading in readings:
        extents = [reading.extent(region) for region in found]
        if all(_says(text, extent, region.words) for extent, region in zip(extents, found, strict=True)):
            for extent, region in zip(extents, found, strict=True):
                region.extent = extent
            return
    for region in found:
        if not any(_says(text, reading.extent(region), region.words) for reading in readings):
            raise _misfit(text, region)
    raise SpanError(
        "Some regions count characters beyond U+FFFF (emoji) once and some twice. Annotate the task anew in one "
        "version of Label Studio, 1.4 or newer."
    )


def _misfit(text: str, region: _Region) -> SpanError:
    if region.offsets[1] > len(text):
        return SpanError(f"{region} reaches over the end of a text of {len(text)} characters. Was the text cut?")
    there = text[slice(*region.offsets)][:_SHOWN]
    return SpanError(f"{region}: the text there is {there!r}. Was the text changed after it was annotated?")


class _Reading:
    """Offsets that are code points.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    def extent(self, region: _Region) -> Extent:
        """Return where a region stands in code points."""
        return region.offsets


class _Utf16(_Reading):
    """Offsets that count a character beyond U+FFFF twice."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        wide = [position for position, character in enumerate(text) if character > "\uffff"]
        self._wide = [position + number for number, position in enumerate(wide)]  # where each begins, in UTF-16

    def extent(self, region: _Region) -> Extent:
        """Return where a region stands in code points."""
        start, end = (offset - bisect_left(self._wide, offset) for offset in region.offsets)
        return start, end


def _says(text: str, extent: Extent, words: str | None) -> bool:
    """Whether the text has the words there; the front end may write white space in another way."""
    if extent[1] > len(text):
        return False
    there = text[slice(*extent)]
    return words is None or there == words or (there != "" and _SPACE.sub("", there) == _SPACE.sub("", words))


def _groups(regions: Iterable[_Region]) -> list[list[_Region]]:
    """Group the contents that are tied to one another."""
    groups: list[list[_Region]] = []
    seen: set[str] = set()
    for content in regions:
        group, waiting = [], [content] if content.role == "content" else []
        while waiting:
            region = waiting.pop()
            if region.name not in seen:
                seen.add(region.name)
                group.append(region)
                waiting += [other for other in region.tied if other.role == "content"]
        if group:
            groups.append(group)
    return groups


def _tied(group: Iterable[_Region]) -> dict[str, Extent]:
    """Return cue, source and medium of a quote."""
    found: defaultdict[str, set[Extent]] = defaultdict(set)
    for region in group:
        for other in region.tied:
            if other.role != "content":
                found[other.role].add(other.extent)
    for role, extents in found.items():
        if len(extents) > 1:
            places = ", ".join(f"{start}:{end}" for start, end in sorted(extents))
            raise FormatError(f"The quote has {len(extents)} regions {LABELS[role]} ({places}), and one is possible.")
    return {role: extents.pop() for role, extents in found.items()}


def _fields(group: Iterable[_Region]) -> dict[str, list[str]]:
    """Return the fields of a quote, whose pieces may not contradict one another."""
    fields: dict[str, list[str]] = {}
    for region in group:
        for name, values in region.fields.items():
            if fields.setdefault(name, values) != values:
                raise FormatError(f"The pieces of the quote have two values of {name!r}: {fields[name]} and {values}.")
    return fields
