"""What is labelled, the same in Label Studio and in brat: spans, what ties them, and the fields of a quote.

A quote is one or more spans ``Content``, at most one ``Cue``, ``Source`` and ``Via``, and fields: some with a fixed
choice of values, some with free text. What a model adds to that (probabilities, confidences, the words that a
speaker's fields were read from) are :func:`scores_of` the quote: annotators do not see it, and gold does not have it.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from quotestance.errors import FormatError
from quotestance.text import Extent
from quotestance.types import STANCES, Article, Quote, QuoteKind, Span, Speaker, SpeakerKind, Stance

LABELS: Mapping[str, str] = {"content": "Content", "cue": "Cue", "source": "Source", "via": "Via"}
"""Part of a quote to the label of its spans."""

CONTINUES = "continues"
"""What ties a further piece of content to the one before it; cue, source and via are tied by their own names."""

CHOICES: Mapping[str, tuple[str, ...]] = {
    "stance": STANCES,
    "conditional": ("yes", "no"),
    "quote_kind": get_args(QuoteKind),
    "kind": get_args(SpeakerKind),
}
"""Field to its values. ``quote_kind`` is that of the quote, ``kind`` that of the speaker."""

TEXTS = ("name", "role", "affiliation", "country", "description", "members", "speaker_id")
"""Fields with free text, all of the speaker. ``members`` may have several."""

_SPEAKER_TEXTS = ("name", "role", "affiliation", "country", "description")
_LIKELY = 0.5  # from this probability on a stance is said to be conditional

Fields = dict[str, list[str]]
"""Field of a quote to its values."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the spans of a quote stand.

    Args:
        content: Its pieces, in the order of the text.
        cue, source, via: ``None`` where there is none.
    """

    content: tuple[Extent, ...]
    cue: Extent | None = None
    source: Extent | None = None
    via: Extent | None = None


def text_hash(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8, in hexadecimal, by which a changed text is told.

    >>> text_hash("Liu said no.")[:8]
    '4d456ef6'
    """
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()


def check_text(text: str, digest: object) -> None:
    """Check that a text is the one that was exported.

    Raises:
        FormatError: Its hash is another one.
    """
    if digest is not None and digest != text_hash(text):
        raise FormatError(
            "The text is not the one that was exported: its SHA-256 differs, so offsets cannot be trusted. Put the "
            "text back as it was, or export and annotate it anew."
        )


def fields_of(quote: Quote) -> Fields:
    """Return the fields of a quote that annotators see, those without a value left out.

    Raises:
        FormatError: The stance is none of :data:`quotestance.types.STANCES`.

    >>> text = "Liu said no."
    >>> fields_of(Quote("indirect", (Span.of(text, 9, 11),), speaker=Speaker("Liu", "person")))
    {'quote_kind': ['indirect'], 'kind': ['person'], 'name': ['Liu']}
    """
    fields: Fields = {}
    if (stance := quote.stance) is not None:
        if stance.label not in STANCES:
            raise FormatError(f"Unknown stance {stance.label!r}. Available: {', '.join(STANCES)}.")
        fields["stance"] = [stance.label]
        if stance.conditional is not None:
            fields["conditional"] = ["yes" if stance.conditional >= _LIKELY else "no"]
    fields["quote_kind"] = [quote.kind]
    if (speaker := quote.speaker) is not None:
        fields["kind"] = [speaker.kind]
        fields |= {name: [value] for name in _SPEAKER_TEXTS if (value := getattr(speaker, name)) is not None}
        if speaker.members:
            fields["members"] = [*speaker.members]
        if speaker.id is not None:
            fields["speaker_id"] = [speaker.id]
    return fields


def check_field(name: str, values: Sequence[str]) -> None:
    """Check a field that an annotator filled in.

    Raises:
        FormatError: There is no such field, it has several values where one is possible, or one that is not allowed.
    """
    if name not in CHOICES and name not in TEXTS:
        raise FormatError(f"Unknown field {name!r}. Available: {', '.join((*CHOICES, *TEXTS))}.")
    if len(values) != 1 and name != "members":
        raise FormatError(f"The field {name!r} has {len(values)} values, and one is possible. Keep one of {values!r}.")
    if name in CHOICES and values[0] not in CHOICES[name]:
        raise FormatError(f"Unknown {name} {values[0]!r}. Available: {', '.join(CHOICES[name])}.")


def quote_of(text: str, parts: Parts, fields: Mapping[str, Sequence[str]], kind: QuoteKind) -> Quote:
    """Build the quote that an annotator marked: gold, so its stance is certain.

    Args:
        text: The article's text.
        parts: Where its spans stand.
        fields: Its fields, each checked by :func:`check_field`.
        kind: Its kind, where the fields do not tell.

    Raises:
        FormatError: ``conditional`` is there without a stance.
        SpanError: A span does not fit the text, or pieces overlap.
    """
    given: Any = fields.get("quote_kind", [kind])[0]
    cue, source, via = (
        None if extent is None else Span.of(text, *extent) for extent in (parts.cue, parts.source, parts.via)
    )
    content = tuple(Span.of(text, *extent) for extent in parts.content)
    return Quote(given, content, cue, source, _speaker(fields), _stance(fields), via=via)


def _stance(fields: Mapping[str, Sequence[str]]) -> Stance | None:
    conditional = {"yes": True, "no": False}[fields["conditional"][0]] if "conditional" in fields else None
    if "stance" in fields:
        return Stance.certain(fields["stance"][0], conditional)
    if conditional is not None:
        raise FormatError("'conditional' is given without a stance. Give both, or neither.")
    return None


def _speaker(fields: Mapping[str, Sequence[str]]) -> Speaker | None:
    found: dict[str, Any] = {name: fields[name][0] for name in ("kind", *_SPEAKER_TEXTS) if name in fields}
    if "name" in found:
        found.setdefault("kind", "person")
    if "members" in fields:
        found["members"] = tuple(fields["members"])
    if "speaker_id" in fields:
        found["id"] = fields["speaker_id"][0]
    return Speaker(**found) if found else None


def scores_of(quote: Quote) -> dict[str, Any]:
    """Return what a model adds to a quote, ready for JSON; empty for gold. :func:`with_scores` puts it back."""
    stance, speaker = quote.stance, quote.speaker
    scores: dict[str, Any] = {} if quote.confidence is None else {"confidence": quote.confidence}
    if stance is not None and stance != _stance(fields_of(quote)):
        scores["stance"] = stance.to_dict()
    if speaker is not None and speaker.confidence is not None:
        scores["speaker_confidence"] = speaker.confidence
    if speaker is not None and speaker.evidence:
        scores["evidence"] = {name: [span.start, span.end] for name, span in speaker.evidence.items()}
    return scores


def with_scores(quote: Quote, scores: Mapping[str, Any], text: str) -> Quote:
    """Return a predicted quote with what its model added; a stance that was changed since stays certain.

    Raises:
        FormatError, SpanError, TypeError, ValueError: The scores are none that :func:`scores_of` gave for this text.
    """
    stance, speaker = quote.stance, quote.speaker
    if "stance" in scores and stance is not None:
        given = Stance(**scores["stance"])
        stance = given if _stance(fields_of(dataclasses.replace(quote, stance=given))) == stance else stance
    if speaker is not None:
        evidence = {name: Span.of(text, *extent) for name, extent in scores.get("evidence", {}).items()}
        speaker = dataclasses.replace(speaker, confidence=scores.get("speaker_confidence"), evidence=evidence)
    return dataclasses.replace(quote, speaker=speaker, stance=stance, confidence=scores.get("confidence"))


def head_of(article: Article) -> dict[str, Any]:
    """Return what annotators do not touch: id, title, date, address and meta. :func:`article_of` reads it."""
    head = {name: getattr(article, name) for name in ("id", "title", "published", "url")}
    return head | {"meta": dict(article.meta)}


def article_of(text: str, head: Mapping[str, Any], quotes: tuple[Quote, ...]) -> Article:
    """Build an article from its head and what was annotated.

    Raises:
        FormatError: A field of the head is of the wrong type.
        KeyError, TypeError: It has no id, or is no mapping.
    """
    known = {"id": head["id"]} | {name: head.get(name) for name in ("title", "published", "url", "meta")}
    return Article.from_dict({**known, "text": text}).replace(quotes=quotes)
