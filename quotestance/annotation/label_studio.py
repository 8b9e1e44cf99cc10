"""Label Studio: an article as a task with its quotes as a prediction, and the labelling configuration.

Offsets are code points into the untouched text. Label Studio's front end has counted code points since version 1.4, a
line feed and a carriage return as one each, so that a region stands where its offsets say, after emoji and in texts
with CRLF too. Each region also holds its words, by which the reader tells whether they do.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

from quotestance.annotation.scheme import (
    CHOICES,
    CONTINUES,
    LABELS,
    TEXTS,
    fields_of,
    head_of,
    scores_of,
    text_hash,
)
from quotestance.types import Article, Quote, Span
from quotestance.version import __version__

HEAD = "quotestance"
"""Key of a task's data that holds what annotators do not touch."""

HASH = "text_sha256"
"""Key of a task's data that holds the hash of the text."""

LABEL, TEXT = "label", "text"
"""Names of the control with the labels and of the text in the configuration."""

_HEADINGS = {
    "stance": "stance",
    "conditional": "hangs on a condition",
    "quote_kind": "kind of quote",
    "speaker_id": "speaker: id",
}
_COLORS = {"Content": "#2f6fb0", "Cue": "#8a8a8a", "Source": "#c77400", "Via": "#7a4fa3"}

Result = dict[str, Any]
"""A region, a relation or a field of a region, in Label Studio's form."""


def labelling_config() -> str:
    """Return the labelling configuration, to be pasted into the settings of a project (Labeling Interface, Code)."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Header", value="$heading")
    relations = ElementTree.SubElement(view, "Relations")
    for name in (*list(LABELS)[1:], CONTINUES):
        ElementTree.SubElement(relations, "Relation", value=name)
    labels = ElementTree.SubElement(view, "Labels", name=LABEL, toName=TEXT, choice="single")
    for label, color in _COLORS.items():
        ElementTree.SubElement(labels, "Label", value=label, background=color)
    ElementTree.SubElement(view, "Text", name=TEXT, value=f"${TEXT}", saveTextResult="yes")
    for name in (*CHOICES, *TEXTS):
        _add_field(view, name)
    ElementTree.indent(view)
    return ElementTree.tostring(view, encoding="unicode") + "\n"


def _add_field(view: ElementTree.Element, name: str) -> None:
    """Add a field that is shown while a region ``Content`` is selected."""
    shown = {"visibleWhen": "region-selected", "whenTagName": LABEL, "whenLabelValue": LABELS["content"]}
    part = ElementTree.SubElement(view, "View", shown)
    ElementTree.SubElement(part, "Header", value=_HEADINGS.get(name, f"speaker: {name}"), size="5")
    control = {"name": name, "toName": TEXT, "perRegion": "true", **shown}
    if name in CHOICES:
        choices = ElementTree.SubElement(part, "Choices", control, choice="single-radio", showInline="true")
        for value in CHOICES[name]:
            ElementTree.SubElement(choices, "Choice", value=value)
    else:
        most = {} if name == "members" else {"maxSubmissions": "1"}
        ElementTree.SubElement(part, "TextArea", control, editable="true", rows="1", **most)


def to_task(article: Article) -> dict[str, Any]:
    """Return an article as a task to import, ready for JSON as far as its ``meta`` is.

    Raises:
        FormatError: A stance is none of :data:`quotestance.types.STANCES`.
    """
    sure = [quote.confidence for quote in article.quotes if quote.confidence is not None]
    prediction = {
        "model_version": f"quotestance {__version__}",
        **({"score": round(statistics.fmean(sure), 4)} if sure else {}),
        "result": _results(article),
    }
    scores = {_region(number): found for number, quote in enumerate(article.quotes) if (found := scores_of(quote))}
    data = {
        TEXT: article.text,
        "heading": article.title or article.id or "untitled",
        HASH: text_hash(article.text),
        HEAD: {**head_of(article), "scores": scores},
    }
    return {"data": data, "predictions": [prediction]}


def _results(article: Article) -> list[Result]:
    """Regions, fields and relations of all quotes; quotes share the region of a cue, source or medium that is one."""
    shared: dict[tuple[str, Span], str] = {}
    results: list[Result] = []
    for number, quote in enumerate(article.quotes):
        results += _content(number, quote)
        for name, span in (("cue", quote.cue), ("source", quote.source), ("via", quote.via)):
            if span is None:
                continue
            if (name, span) not in shared:
                shared[name, span] = f"{name}{len(shared) + 1}"
                results.append(_span(shared[name, span], name, span))
            results.append(_relation(_region(number), shared[name, span], name))
    return results


def _content(number: int, quote: Quote) -> Iterator[Result]:
    for piece, span in enumerate(quote.content):
        yield _span(_region(number, piece), "content", span)
        if piece:
            yield _relation(_region(number, piece), _region(number, piece - 1), CONTINUES)
    first = quote.content[0]
    for name, values in fields_of(quote).items():
        kind, key = ("choices", "choices") if name in CHOICES else ("textarea", "text")
        yield {
            "id": _region(number),
            "from_name": name,
            "to_name": TEXT,
            "type": kind,
            "value": {"start": first.start, "end": first.end, key: values},
        }


def _region(number: int, piece: int = 0) -> str:
    return f"quote{number + 1}" + (f"-{piece + 1}" if piece else "")


def _span(region: str, name: str, span: Span) -> Result:
    value = {"start": span.start, "end": span.end, "text": span.text, "labels": [LABELS[name]]}
    return {"id": region, "from_name": LABEL, "to_name": TEXT, "type": "labels", "value": value}


def _relation(start: str, end: str, label: str) -> Result:
    return {"type": "relation", "from_id": start, "to_id": end, "direction": "right", "labels": [label]}
