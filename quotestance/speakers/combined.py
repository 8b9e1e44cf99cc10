"""Who speaks, as the reader sees it, with the rules where it is silent.

The reader says who is meant. On gold quotes (accuracy in %, conflict test and ``fresh`` of training/conflict, 57 and 37
articles, and ``test2`` of training/speakers, mostly PolNeAR), the rules alone, the reader alone, and both as they are
combined here:

==============  =====================  =====================  ======================
figure          conflict test          conflict ``fresh``     PolNeAR (``test2``)
==============  =====================  =====================  ======================
speaker         74.3 / 85.5 / 86.9     67.1 / 82.1 / 82.7     81.3 / 82.0 / 84.0
role            49.6 / 77.3 / 78.5     50.7 / 71.7 / 75.5     83.8 / 76.0 / 87.0
affiliation     37.2 / 58.8 / 69.3     32.7 / 50.0 / 59.5     36.7 / 78.3 / 82.5
country         47.1 / 74.5 / 77.7     40.6 / 66.0 / 66.6     25.0 / 96.2 / 95.0
==============  =====================  =====================  ======================

``python -m training.reader.compare`` prints all three.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from quotestance.speakers.countries import state_code
from quotestance.speakers.learned import resolve
from quotestance.speakers.lexicon import fold
from quotestance.speakers.notes import DEFAULTS, Decoding, Notes
from quotestance.speakers.resolve import resolve_speakers
from quotestance.speakers.surroundings import Surroundings, is_of_state
from quotestance.text import Segments
from quotestance.types import Article, Span, Speaker

_NEAR = 5_000
"""Characters on either side of where somebody is spoken of in which the words of a field are looked for."""

FIELDS = ("role", "affiliation", "country")
"""What the rules fill in where the reader gives nothing."""


def resolve_both(
    article: Article, notes: Notes, segments: Segments | None = None, decoding: Decoding = DEFAULTS
) -> Article:
    """Return the article with a Speaker on every quote.

    Args:
        article: An article with quotes.
        notes: What the reader noted in its text.
        segments: Those of the text, where they are known.
        decoding: Thresholds, and the logistic function of the confidence.
    """
    read = resolve(article, notes, decoding)
    ruled = resolve_speakers(article, segments)
    return complete(combine_all(read, ruled, decoding), decoding, notes.surroundings)


def combine_all(read: Article, ruled: Article, decoding: Decoding = DEFAULTS) -> Article:
    """Combine the speakers of the same quotes, as the reader and as the rules have them."""
    pairs = zip(read.quotes, ruled.quotes, strict=True)
    combined = (replace(a, speaker=combine(a.speaker, b.speaker, decoding.unsure)) for a, b in pairs)
    return read.replace(quotes=tuple(combined))


def complete(article: Article, decoding: Decoding = DEFAULTS, surroundings: Surroundings | None = None) -> Article:
    """Give speakers the country that the article makes probable and the state that is theirs, each with evidence.

    Args:
        article: An article whose quotes have speakers.
        decoding: Weights of what makes a country probable.
        surroundings: The countries that the article names, where they are known.
    """
    surroundings = surroundings or Surroundings.of(article.text)
    anchors: dict[str, int] = {}
    known: dict[tuple[Speaker, int], Speaker] = {}
    quotes = []
    for quote in article.quotes:
        speaker = quote.speaker
        if speaker is not None and quote.source is not None:
            if speaker.name and speaker.name not in anchors:
                anchors[speaker.name] = article.text.find(speaker.name)
            first = anchors.get(speaker.name or "", -1)
            key = speaker, first if first >= 0 else quote.source.start
            if key not in known:
                known[key] = _completed(article.text, *key, surroundings, decoding)
            speaker = known[key]
        quotes.append(replace(quote, speaker=speaker))
    return article.replace(quotes=tuple(quotes))


def anchor_of(text: str, speaker: Speaker, source: Span) -> int:
    """Where an article speaks of somebody: where their full name stands first, else the source."""
    return max(text.find(speaker.name), 0) if speaker.name and speaker.name in text else source.start


def words_of(speaker: Speaker) -> str:
    """Return the words that tell what somebody is: the role, the name of a body, else the description."""
    name = speaker.name if speaker.kind == "organization" else None
    return speaker.role or name or (speaker.description if speaker.kind == "unnamed" else "") or ""


def _completed(text: str, speaker: Speaker, anchor: int, surroundings: Surroundings, decoding: Decoding) -> Speaker:
    evidence = dict(speaker.evidence)
    if speaker.country is None and speaker.kind != "group" and surroundings.places:
        intercept, *weights = decoding.country
        if found := surroundings.country(words_of(speaker), anchor, intercept, weights):
            speaker = replace(speaker, country=found[0])
            evidence["country"] = Span.of(text, *found[1])
    if speaker.affiliation is None and (state := _own_state(speaker, surroundings)) is not None:
        speaker = replace(speaker, affiliation=state)
    for name in ("role", "affiliation"):
        words = getattr(speaker, name)
        if words is not None and name not in evidence and (place := _nearest(text, words, anchor)) is not None:
            evidence[name] = Span.of(text, place, place + len(words))
    return replace(speaker, evidence=evidence)


def _own_state(speaker: Speaker, surroundings: Surroundings) -> str | None:
    """Return the state whose office holder or body somebody is, as the article calls it."""
    is_other = speaker.kind not in ("person", "organization") or not is_of_state(words_of(speaker))
    if is_other or speaker.country is None or state_code(speaker.name or ""):
        return None
    return surroundings.names.get(speaker.country)


def _nearest(text: str, words: str, anchor: int) -> int | None:
    """Where words stand nearest to an offset, before or after it."""
    places = text.rfind(words, max(0, anchor - _NEAR), anchor), text.find(words, anchor, anchor + _NEAR)
    return min((place for place in places if place >= 0), key=lambda place: abs(place - anchor), default=None)


def combine(read: Speaker | None, ruled: Speaker | None, unsure: float = DEFAULTS.unsure) -> Speaker | None:
    """Return what the reader says of a speaker, with what the rules add.

    Args:
        read, ruled: The speaker of one quote.
        unsure: Confidence of the reader below which another answer of the rules is taken, where either is a person.

    >>> reader = Speaker("Kuleba", "person", role="minister")
    >>> combine(reader, Speaker("Dmytro Kuleba", "person", country="UKR")).name
    'Dmytro Kuleba'
    """
    if read is None or ruled is None:
        return read or ruled
    if ruled.kind == "group":
        return ruled
    changes: dict[str, Any] = {}
    same = read.kind == ruled.kind == "person" and bool(_words(read) & _words(ruled))
    if not same and "person" in (read.kind, ruled.kind) and (read.confidence or 0.0) < unsure:
        return ruled
    if same and _words(read) < _words(ruled):
        changes["name"] = ruled.name
    filled = FIELDS if same else FIELDS[1:] if read.kind == ruled.kind == "unnamed" else ()
    changes |= {name: getattr(ruled, name) for name in filled if getattr(read, name) is None}
    return replace(read, **changes)


def _words(speaker: Speaker) -> set[str]:
    return {fold(word).rstrip(".") for word in (speaker.name or "").split()}
