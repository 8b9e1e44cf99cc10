"""Who speaks, as the reader sees it, with the rules where it is silent.

The reader says who is meant. On gold quotes (accuracy in %, conflict dev of training/conflict, 54 articles, and
``test2`` of training/speakers, mostly PolNeAR), the rules alone, the reader alone, and both as they are combined here:

==============  =====================  ======================
figure          conflict dev           PolNeAR (``test2``)
==============  =====================  ======================
speaker         69.8 / 79.2 / 79.5     86.7 / 81.0 / 82.0
role            49.2 / 67.4 / 69.2     89.6 / 77.3 / 87.7
affiliation     36.4 / 56.1 / 56.6     70.0 / 54.2 / 60.0
country         48.8 / 49.7 / 58.3     48.8 / 50.0 / 72.5
==============  =====================  ======================

``quotestance evaluate`` on the joined files prints the last; ``python -m training.reader.compare`` all three.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from quotestance.speakers.learned import resolve
from quotestance.speakers.lexicon import fold
from quotestance.speakers.notes import Notes
from quotestance.speakers.resolve import resolve_speakers
from quotestance.text import Segments
from quotestance.types import Article, Speaker

UNSURE = 0.8
"""Confidence of "nobody named" below which a person whom the rules find is taken."""

FIELDS = ("role", "affiliation", "country")
"""What the rules fill in where the reader gives nothing."""


def resolve_both(
    article: Article, notes: Notes, segments: Segments | None = None, *, intercept: float = 0.0, slope: float = 1.0
) -> Article:
    """Return the article with a Speaker on every quote.

    Args:
        article: An article with quotes.
        notes: What the reader noted in its text.
        segments: Those of the text, where they are known.
        intercept, slope: Of the confidence; see :func:`quotestance.speakers.learned.resolve`.
    """
    read = resolve(article, notes, intercept=intercept, slope=slope)
    ruled = resolve_speakers(article, segments)
    pairs = zip(read.quotes, ruled.quotes, strict=True)
    return article.replace(quotes=tuple(replace(a, speaker=combine(a.speaker, b.speaker)) for a, b in pairs))


def combine(read: Speaker | None, ruled: Speaker | None) -> Speaker | None:
    """Return what the reader says of a speaker, with what the rules add.

    >>> reader = Speaker("Kuleba", "person", role="minister")
    >>> combine(reader, Speaker("Dmytro Kuleba", "person", country="UKR")).name
    'Dmytro Kuleba'
    """
    if read is None or ruled is None:
        return read or ruled
    if read.kind == "unnamed" and ruled.kind == "person" and (read.confidence or 0.0) < UNSURE:
        return ruled
    changes: dict[str, Any] = {}
    same = read.kind == ruled.kind == "person" and bool(_words(read) & _words(ruled))
    if same and _words(read) < _words(ruled):
        changes["name"] = ruled.name
    filled = FIELDS if same else ("country",) if read.kind == ruled.kind else ()
    changes |= {name: getattr(ruled, name) for name in filled if getattr(read, name) is None}
    return replace(read, **changes)


def _words(speaker: Speaker) -> set[str]:
    return {fold(word).rstrip(".") for word in (speaker.name or "").split()}
