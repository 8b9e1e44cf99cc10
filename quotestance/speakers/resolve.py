"""From the words that name a source to the one who speaks: fullest name, kind, role, affiliation, country.

The reader says who is named, what is told of them and whom a source means (:mod:`quotestance.speakers.notes`).

Kinds. A named person is a ``person``; a named body or state, or its seat of government, an ``organization``. Several of
them who speak together ("they", "Hahn and Roe") are a ``group`` with those as ``members``, and so is somebody with
others who are not named ("Hahn and two aides"). Everybody else ("a State Department official", "critics", "the
report") is ``unnamed``, with the words in ``description``.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import itemgetter

import numpy as np

from quotestance.countries import joins_countries
from quotestance.logistic import log_odds, logistic
from quotestance.speakers.belonging import Belonging
from quotestance.speakers.entities import Entities, gather
from quotestance.speakers.entity import Entity
from quotestance.speakers.notes import DEFAULTS, Decoding, Notes
from quotestance.speakers.own_states import HEAD_END, own_state
from quotestance.speakers.profiles import Countries, Holder, Told, collect, tell
from quotestance.text import Extent, read_lexicon
from quotestance.text.lexicon import nearest, seen, word_set, words_at
from quotestance.types import Article, Quote, Span, Speaker, SpeakerKind

_GOES_ON = " ..."  # of an entry of plural_sources.txt that may be followed by other words
_OUTSIDE = re.compile(r"^(?:the|an?)\s|['’]s$", re.I)
_WORDS = re.compile(r"\w")
_AND_MORE = re.compile(r",?\s+and\s+\w")
_COMPOUND = re.compile(r"[-‑–](?!based)[a-z]*(?:ed|run|held)\b")  # unnamed with a name: tune -1.0, test -0.5, others 0
_LIST_MARK = re.compile(r",|\band\b")
_MORE_AND = re.compile(r"\w,?\s+and\s+(?:the\s+)?$")
_BACK = re.compile(r"(?:the|this|that|these|those)\s|s?he$", re.I)  # who was told of before
_SECOND_SHARE = 0.2  # of the pointing, from which somebody else is meant beside the first
_LISTED_SHARE = 0.03  # the same where a source lists both: of 1,533 gold quotes of test and fresh 5 more are right
_KINDS: dict[str, SpeakerKind] = {"person": "person", "body": "organization", "state": "organization"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Who a source is: entities, the most probable first, or nobody named; and how sure that is, in [0, 1].

    Args:
        entities, probability: Who is meant.
        with_others: Whether nobody named is meant beside them ("Roe and two aides").
    """

    entities: tuple[Entity, ...]
    probability: float
    with_others: bool = False


def resolve_speakers(article: Article, notes: Notes, decoding: Decoding = DEFAULTS) -> Article:
    """Give every quote of an article its :class:`~quotestance.types.Speaker`.

    Works on gold and on predicted quotes; speakers that the quotes already have are replaced. Takes time linear in
    the length of the article plus its number of quotes.

    Args:
        article: An article with quotes.
        notes: What the reader noted in its text. Where that is nothing, every speaker is unnamed, with the words of the
            source.
        decoding: Thresholds, and the logistic function of the confidence.

    >>> text = "The mayor said no."
    >>> quote = Quote("indirect", (Span.of(text, 15, 17),), source=Span.of(text, 0, 9))
    >>> resolve_speakers(Article(text, quotes=(quote,)), Notes()).quotes[0].speaker.description
    'The mayor'
    """
    return describe(article, notes, identify(article, notes), decoding)


@dataclass(frozen=True, slots=True)
class Identified:
    """Who is named in an article, and whom the source of every quote means."""

    entities: Entities
    answers: tuple[Answer, ...]


def identify(article: Article, notes: Notes) -> Identified:
    """Find out whom the source of every quote means."""
    entities = gather(article.text, notes.names, notes.told)
    return Identified(entities, tuple(answer(quote.source, notes, entities) for quote in article.quotes))


def describe(article: Article, notes: Notes, found: Identified, decoding: Decoding = DEFAULTS) -> Article:
    """Give every quote the Speaker that was identified, with role, affiliation and country."""
    spans = [(quote.source, one) for quote, one in zip(article.quotes, found.answers, strict=True) if quote.source]
    answers = {(source.start, source.end): one for source, one in spans}
    sources = {extent: _holder(one, extent, found.entities) for extent, one in answers.items()}
    profiles = collect(notes, found.entities, sources, decoding)
    holders = dict.fromkeys(sources.values())  # each once, however many of its quotes there are
    countries: Countries = {}
    told = {holder: tell(article.text, holder, profiles, found.entities, countries) for holder in holders}
    names = notes.countries.names if notes.countries else {}
    belonging = Belonging(article.text, notes, found.entities, names)
    spoken: dict[Holder, list[Extent]] = {}
    for extent, holder in sources.items():
        spoken.setdefault(holder, []).append(extent)
    told = {one: _at_home(own, one, spoken[one], belonging, decoding) for one, own in told.items()}
    told = _told_before(article.text, told)
    odds = (decoding.intercept + decoding.slope * log_odds(one.probability) for one in found.answers)  # calibrated
    sure = [round(logistic(one), 3) for one in odds]
    quotes = (
        replace(quote, speaker=replace(_speaker(article.text, quote, one, told, sources), confidence=confidence))
        for quote, one, confidence in zip(article.quotes, found.answers, sure, strict=True)
    )
    return article.replace(quotes=tuple(quotes))


def _holder(one: Answer, extent: Extent, entities: Entities) -> Holder:
    """Of whom what points at a source is told: of several one who is named there, of nobody named the source."""
    if len(one.entities) == 1:
        return one.entities[0]
    return (entities.at(extent) if one.entities else None) or extent


def _at_home(told: Told, holder: Holder, sources: list[Extent], belonging: Belonging, decoding: Decoding) -> Told:
    """Give everybody the country that they point at, and somebody of whom no home is told an affiliation.

    That is what they point at, else the state of those who hold an office of it or are a body of it.
    """
    one = holder if isinstance(holder, Entity) else None
    mentions = sources + [mention.extent for mention in one.mentions] if one else sources
    affiliation, country, evidence = told.affiliation, told.country, dict(told.evidence)
    state = belonging.country(mentions)
    if state is not None and state.share >= decoding.country_least:
        country, evidence["country"] = state.words, state.extent
    if not isinstance(holder, Entity) and joins_countries(words_at(belonging.text, holder)):
        country = None
        evidence.pop("country", None)
    home = belonging.affiliation(one, mentions) if affiliation is None else None
    if home is not None and home.share >= decoding.affiliation_least:
        affiliation, evidence["affiliation"] = home.words, home.extent
    if affiliation is None and one and (own := own_state(one, told.role, country, belonging.names)):
        affiliation = own
        if place := nearest(belonging.text, own, one.forms[one.name].extent[0]):
            evidence["affiliation"] = place
    if affiliation and one and (one.kind == "state" or affiliation.casefold() == one.name.casefold()):
        affiliation = None  # nobody is a part of themselves, and a state of no other
        evidence.pop("affiliation", None)
    return Told(told.role, affiliation, country, evidence)


def _told_before(text: str, told: dict[Holder, Told]) -> dict[Holder, Told]:
    """Give the unnamed of whom no role is told ("the official", "she") what is told of the last with that role noun.

    Worth 1.0 / 2.7 / 0.8 / 1.1 points of role on conflict dev / tune / test / fresh; no more is told without need.
    """
    known: dict[str, Told] = {}
    for extent in sorted(one for one in told if not isinstance(one, Entity)):
        own, words = told[extent], words_at(text, extent)
        last = known.get(_noun(words)) if _BACK.match(words) else None
        if own.role:
            known |= dict.fromkeys((_noun(own.role), "he", "she"), own)
        elif last and own.country in (None, last.country):
            kept = last if own.affiliation in (None, last.affiliation) else replace(own, role=last.role)
            told[extent] = replace(kept, evidence={**last.evidence, **own.evidence})
    return told


def _noun(words: str) -> str:
    return HEAD_END.split(words)[0].rpartition(" ")[2].lower()


def answer(source: Span | None, notes: Notes, entities: Entities) -> Answer:
    """Whom a source means."""
    if source is None:
        return Answer((), 1.0)
    if (own := _named_in(source, entities)) is not None:
        return own
    shares, nobody = _pointed_at(source, notes, entities)
    nobody += sum(shares.pop(one, 0.0) for one in _in_compounds(source, entities))
    if not shares or nobody > max(shares.values()):
        return Answer((), nobody)
    ranked = sorted(shares, key=lambda one: -shares[one])
    whole = sum(shares.values())
    chosen = [ranked[0]]
    if _may_be_several(source, entities):
        listed = _listed(source, entities)
        least = {one: _LISTED_SHARE if {one, ranked[0]} <= listed else _SECOND_SHARE for one in ranked[1:]}
        chosen += [one for one in least if shares[one] >= least[one] * whole]
    probability = float(np.clip(sum(shares[one] for one in chosen), 0, 1))
    return Answer(tuple(chosen), probability, len(chosen) == 1 and _has_others(source, chosen[0], entities))


def _pointed_at(source: Span, notes: Notes, entities: Entities) -> tuple[dict[Entity, float], float]:
    """Return the shares of those whom a source points at, on average over its tokens, and the share of nobody."""
    first, last = (bisect_left(notes.asked, place, key=itemgetter(0)) for place in (source.start, source.end))
    pointings = [pointing for _, pointing in notes.asked[first:last]]
    if not pointings:
        return {}, 0.5
    shares: dict[Entity, float] = {}
    nobody = 0.0
    for pointing in pointings:
        nobody += pointing.nobody / len(pointings)
        for one, share in pointing.by(entities.at).items():
            shares[one] = shares.get(one, 0.0) + share / len(pointings)
    return shares, nobody


def _named_in(source: Span, entities: Entities) -> Answer | None:
    """Return the one whose name a source is, but for an article before it and a possessive ending."""
    placed = entities.placed((source.start, source.end))
    if len(placed) != 1:
        return None
    one, rest = placed[0][1], "".join(_around_names(source, entities))
    return None if _WORDS.search(_OUTSIDE.sub("", rest)) else Answer((one,), one.probability)


def _in_compounds(source: Span, entities: Entities) -> set[Entity]:
    """Who is named in a source only as the first part of a compound ("a U.N.-backed body"), and so does not speak."""
    pairs = zip(entities.placed((source.start, source.end)), _around_names(source, entities)[1:], strict=True)
    joined = [(one, _COMPOUND.match(after) is not None) for (_, one), after in pairs]
    return {one for one, _ in joined} - {one for one, is_joined in joined if not is_joined}


def _has_others(source: Span, one: Entity, entities: Entities) -> bool:
    """Whether a source is somebody's name with "and" right before or after it: 10 of 11 such gold quotes are groups."""
    placed = entities.placed((source.start, source.end))
    if len(placed) != 1 or placed[0][1] is not one:
        return False
    before, after = _around_names(source, entities)
    return bool(_AND_MORE.match(after) or _MORE_AND.search(before))


def _may_be_several(source: Span, entities: Entities) -> bool:
    """Whether words can mean several: two names with "and" beside or between them, or a word for several."""
    if _plural().fullmatch(" ".join(source.text.split())):
        return True
    placed = entities.placed((source.start, source.end))
    if len({one for _, one in placed}) < 2:
        return False
    return any("and" in words.split() for words in _around_names(source, entities))


def _around_names(source: Span, entities: Entities) -> list[str]:
    """Return what stands before, between and after the names in a source."""
    placed = entities.placed((source.start, source.end))
    edges = source.start, *(edge for number, _ in placed for edge in entities.extents[number]), source.end
    inner = [max(0, edge - source.start) for edge in edges]
    return [source.text[end:start] for end, start in zip(inner[::2], inner[1::2], strict=True)]


def _listed(source: Span, entities: Entities) -> set[Entity]:
    """Who is named in a source as one of several: after a comma or "and", with no preposition before the name."""
    placed = [one for _, one in entities.placed((source.start, source.end))]
    prepositions, before = word_set("prepositions.txt"), map(_LIST_MARK.split, _around_names(source, entities))
    listed = (len(parts) > 1 and prepositions.isdisjoint(parts[-1].lower().split()) for parts in before)
    return {one for one, is_listed in zip(placed, listed, strict=False) if is_listed} | set(placed[:1])


@lru_cache(maxsize=1)
def _plural() -> re.Pattern[str]:
    """Match the sources of ``plural_sources.txt``, in any case."""
    entries = ((one.removesuffix(_GOES_ON), one.endswith(_GOES_ON)) for one in read_lexicon("plural_sources.txt"))
    words = (re.escape(one) + r"\b.*" * goes_on for one, goes_on in entries)
    return re.compile("|".join(words), re.IGNORECASE | re.DOTALL)


def _speaker(text: str, quote: Quote, one: Answer, told: dict[Holder, Told], sources: dict[Extent, Holder]) -> Speaker:
    if quote.source is None:
        return Speaker(kind="unnamed")
    words = " ".join(seen(quote.source.text).split()).strip(" ,;:") or None
    if len(one.entities) > 1:
        return _group(one, words, Speaker())
    extent = quote.source.start, quote.source.end
    facts = told[sources[extent]]
    evidence = {field: Span.of(text, *place) for field, place in facts.evidence.items()}
    made = Speaker(role=facts.role, affiliation=facts.affiliation, country=facts.country, evidence=evidence)
    if not one.entities:
        return replace(made, description=words)
    if one.with_others:
        return _group(one, words, made)
    return replace(made, name=one.entities[0].name, kind=_KINDS[one.entities[0].kind])


def _group(one: Answer, words: str | None, told: Speaker) -> Speaker:
    """Return several who speak, with what is told of the only one who is named."""
    members = tuple(entity.name for entity in sorted(one.entities, key=lambda e: e.mentions[0].extent))
    return replace(told, name=" and ".join(members), kind="group", description=words, members=members)
