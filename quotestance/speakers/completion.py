"""What an article tells of speakers beside their own words: the country that it makes probable, and the state as home.

Each comes with the words that it was read from, as evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from quotestance.speakers.countries import state_code
from quotestance.speakers.notes import DEFAULTS, Decoding
from quotestance.speakers.surroundings import Surroundings, is_of_state
from quotestance.types import Article, Span, Speaker

_NEAR = 5_000
"""Characters on either side of where somebody is spoken of in which the name of their state is looked for."""


def complete(article: Article, surroundings: Surroundings, decoding: Decoding = DEFAULTS) -> Article:
    """Give speakers the country that the article makes probable and the state that is theirs, each with evidence.

    Args:
        article: An article whose quotes have speakers.
        surroundings: The countries that it names.
        decoding: Weights of what makes a country probable.
    """

    text, find = article.text, cache(article.text.find)

    @cache  # the quotes of one person share a speaker
    def completed(speaker: Speaker, anchor: int) -> Speaker:
        return _completed(text, speaker, anchor, surroundings, decoding)

    quotes = (
        quote
        if quote.speaker is None or quote.source is None
        else replace(quote, speaker=completed(quote.speaker, anchor_of(quote.speaker, quote.source, find)))
        for quote in article.quotes
    )
    return article.replace(quotes=tuple(quotes))


def anchor_of(speaker: Speaker, source: Span, find: Callable[[str], int]) -> int:
    """Where an article speaks of somebody: where their full name stands first, else the source.

    Args:
        speaker: Who it is.
        source: The words that stand for them.
        find: Tells where words stand first in the text, below 0 where they do not.
    """
    first = find(speaker.name) if speaker.name else -1
    return first if first >= 0 else source.start


def words_of(speaker: Speaker) -> str:
    """Return the words that tell what somebody is: the role, the name of a body, else the description."""
    name = speaker.name if speaker.kind == "organization" else None
    return speaker.role or name or (speaker.description if speaker.kind == "unnamed" else "") or ""


def _completed(text: str, speaker: Speaker, anchor: int, surroundings: Surroundings, decoding: Decoding) -> Speaker:
    evidence = dict(speaker.evidence)
    if speaker.country is None and speaker.kind != "group":
        intercept, *weights = decoding.country
        if found := surroundings.country(words_of(speaker), anchor, intercept, weights):
            speaker = replace(speaker, country=found[0])
            evidence["country"] = Span.of(text, *found[1])
    if speaker.affiliation is None and (state := _own_state(speaker, surroundings)) is not None:
        speaker = replace(speaker, affiliation=state)
        if (place := _nearest(text, state, anchor)) is not None:
            evidence["affiliation"] = Span.of(text, place, place + len(state))
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
