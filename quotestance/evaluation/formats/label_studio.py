"""Label Studio's JSON export.

The labelling that is read: regions labelled ``Content``, ``Cue`` and ``Source``; relations from or to a content tie its
cue and source to it, and a relation between two contents makes them one quote. On a content region, choices and
text areas add to the quote: ``stance`` (one of the labels), and of the speaker ``kind``, ``name``, ``role``,
``affiliation`` and ``country``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from quotestance.errors import FormatError, SpanError
from quotestance.evaluation.formats.records import quotes_at
from quotestance.text import Extent
from quotestance.types import Article

_SPEAKER = ("kind", "name", "role", "affiliation", "country")
_TEXT_FIELDS = ("text", "article", "content")


def task_to_article(task: Mapping[str, Any]) -> Article:
    """Read the article of a task, with the quotes of its first annotation that was not cancelled.

    Raises:
        FormatError: The task has no text, or no annotation.
        SpanError: A region does not fit the text.
    """
    data = task["data"]
    text = next((data[name] for name in _TEXT_FIELDS if isinstance(data.get(name), str)), None)
    if text is None:
        raise FormatError(f"The task's 'data' needs the article under one of: {', '.join(_TEXT_FIELDS)}.")
    done = [annotation for annotation in task["annotations"] if not annotation.get("was_cancelled")]
    if not done:
        raise FormatError("The task has no annotation. Export only tasks that are done.")
    meta = {name: value for name, value in data.items() if name not in (*_TEXT_FIELDS, "id")}
    identity = str(data.get("id", task.get("id", "")))
    return Article(text, id=identity, meta=meta, quotes=quotes_at(text, _quotes(text, done[0]["result"])))


def _quotes(text: str, results: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    labels: dict[str, str] = {}
    extents: dict[str, Extent] = {}
    fields: defaultdict[str, dict[str, str]] = defaultdict(dict)
    links: defaultdict[str, list[str]] = defaultdict(list)
    for result in results:
        value, kind = result.get("value", {}), result["type"]
        if kind == "labels":
            labels[result["id"]] = str(value["labels"][0]).lower()
            extents[result["id"]] = _extent(text, value)
        elif kind == "relation":
            links[result["from_id"]].append(result["to_id"])
            links[result["to_id"]].append(result["from_id"])
        elif kind in ("choices", "textarea"):
            given = value.get("choices") or value.get("text")
            fields[result["id"]][result["from_name"]] = given[0] if isinstance(given, list) else given
    groups = _groups([region for region, label in labels.items() if label == "content"], labels, links)
    return [_quote(group, labels, extents, fields, links) for group in groups]


def _extent(text: str, value: Mapping[str, Any]) -> Extent:
    """Offsets of a region in code points: browsers count characters beyond U+FFFF twice."""
    start, end = int(value["start"]), int(value["end"])
    marked = value.get("text")
    if marked is None or text[start:end] == marked:
        return start, end
    start, end = (_code_points(text, offset) for offset in (start, end))
    if text[start:end] != marked:
        raise SpanError(
            f"Region {value['start']}:{value['end']} says {marked[:60]!r}, the text there is {text[start:end][:60]!r}."
        )
    return start, end


def _code_points(text: str, utf16_offset: int) -> int:
    units = text.encode("utf-16-le", errors="surrogatepass")[: 2 * utf16_offset]
    return len(units.decode("utf-16-le", errors="replace"))


def _groups(contents: list[str], labels: Mapping[str, str], links: Mapping[str, list[str]]) -> list[list[str]]:
    """Group the contents that are tied to one another."""
    groups: list[list[str]] = []
    seen: set[str] = set()
    for content in contents:
        group, waiting = [], [content]
        while waiting:
            region = waiting.pop()
            if region not in seen:
                seen.add(region)
                group.append(region)
                waiting += [other for other in links.get(region, []) if labels.get(other) == "content"]
        if group:
            groups.append(group)
    return groups


def _quote(
    group: list[str],
    labels: Mapping[str, str],
    extents: Mapping[str, Extent],
    fields: Mapping[str, dict[str, str]],
    links: Mapping[str, list[str]],
) -> dict[str, Any]:
    tied = [other for region in group for other in links.get(region, [])]
    given = {name: value for region in group for name, value in fields.get(region, {}).items()}
    speaker = {name: given[name] for name in _SPEAKER if given.get(name)}
    if "name" in speaker:
        speaker.setdefault("kind", "person")
    return {
        "content": [list(extents[region]) for region in group],
        "cue": [list(extents[other]) for other in tied if labels.get(other) == "cue"],
        "source": [list(extents[other]) for other in tied if labels.get(other) == "source"],
        "speaker": speaker or None,
        "stance": given.get("stance"),
    }
