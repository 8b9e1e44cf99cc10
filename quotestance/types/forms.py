"""Quotes as dicts that are ready for JSON, and back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from quotestance.errors import FormatError, QuotestanceError, SpanError
from quotestance.types.checks import check_fields, drop_empty
from quotestance.types.quote import Quote, Span, Speaker
from quotestance.types.stance import Stance


def quote_to_dict(quote: Quote) -> dict[str, Any]:
    """Return a quote as a JSON-ready dict, without the fields that hold nothing."""
    speaker, stance = quote.speaker, quote.stance
    return drop_empty(
        {
            "kind": quote.kind,
            "content": [_span_to_dict(span) for span in quote.content],
            "cue": _span_to_dict(quote.cue),
            "source": _span_to_dict(quote.source),
            "via": _span_to_dict(quote.via),
            "speaker": None if speaker is None else _speaker_to_dict(speaker),
            "stance": None if stance is None else stance.to_dict(),
            "confidence": quote.confidence,
        }
    )


def quote_from_dict(data: Mapping[str, Any], text: str) -> Quote:
    """Build a quote of a text from a dict.

    Raises:
        FormatError: A field is missing, unknown or of the wrong type.
        SpanError: A span does not fit the text.
    """
    try:
        content = tuple(_span_from_dict(span, text) for span in data["content"])
        spans = {
            name: _span_from_dict(data[name], text) for name in ("cue", "source", "via") if data.get(name) is not None
        }
        check_fields(data, Quote)
        speaker, stance = data.get("speaker"), data.get("stance")
        return Quote(
            kind=data["kind"],
            content=content,
            speaker=None if speaker is None else _speaker_from_dict(speaker, text),
            stance=None if stance is None else _stance_from_dict(stance),
            confidence=data.get("confidence"),
            **spans,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, QuotestanceError):
            raise
        raise FormatError(f"Not a quote in Article form: {error!r} in {str(data)[:200]}") from error


def _span_to_dict(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"start": span.start, "end": span.end, "text": span.text}


def _span_from_dict(data: Any, text: str) -> Span:
    if isinstance(data, Mapping):
        span = Span.of(text, _whole(data["start"]), _whole(data["end"]))
        check_fields(data, Span)
        if (said := data.get("text")) is not None and said != span.text:
            raise SpanError(
                f"Span {span.start}:{span.end} says {str(said)[:60]!r} but the text there is {span.text[:60]!r}."
            )
        return span
    if isinstance(data, (list, tuple)) and len(data) == 2 and all(hasattr(x, "__index__") for x in data):
        return Span.of(text, *data)
    raise FormatError(f"A span is [start, end] or {{'start', 'end', 'text'}}, got {data!r}.")


def _whole(offset: Any) -> Any:
    """Return an offset that pandas made a float, since others beside it are missing, as it was."""
    return int(offset) if isinstance(offset, float) and offset.is_integer() else offset


def _speaker_to_dict(speaker: Speaker) -> dict[str, Any]:
    fields = {one.name: getattr(speaker, one.name) for one in dataclasses.fields(speaker)}
    fields["members"] = list(speaker.members)
    fields["evidence"] = {name: _span_to_dict(span) for name, span in speaker.evidence.items()}
    return drop_empty(fields, keep=("kind",))


def _speaker_from_dict(data: Mapping[str, Any], text: str) -> Speaker:
    check_fields(data, Speaker)
    fields = {name: value for name, value in data.items() if value is not None}
    spans = fields.get("evidence", {}).items()
    evidence = {name: _span_from_dict(span, text) for name, span in spans if span is not None}
    return Speaker(**{**fields, "evidence": evidence})


def _stance_from_dict(data: Mapping[str, Any]) -> Stance:
    check_fields(data, Stance)
    return Stance(**data)
