"""Where those of an article belong: the reader points from their names and sources at affiliation and country.

Every mention of somebody points, on average over its tokens; what counts is the mean over the mentions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from quotestance.countries import country_of, state_code
from quotestance.speakers.entities import Entities
from quotestance.speakers.entity import Entity
from quotestance.speakers.notes import Notes
from quotestance.speakers.pointings import Pointing
from quotestance.text import Extent
from quotestance.text.lexicon import words_at

_MENTIONS = 40  # of one holder that are asked, from the first: keeps the time linear

Named = tuple[Hashable, str]
"""What tells a home from others, and what it is called."""


@dataclass(frozen=True, slots=True)
class Home:
    """An affiliation or a country.

    Args:
        words: What it is called; of a country the ISO 3166-1 alpha-3 code.
        extent: Where the words stand that are pointed at most.
        share: Of the pointing, in [0, 1].
        most: Of the pointing, what the words at the extent have.
    """

    words: str
    extent: Extent
    share: float
    most: float


@dataclass(frozen=True, slots=True)
class Belonging:
    """Who belongs where in an article.

    Args:
        text: The article.
        notes: What the reader noted in it.
        entities: Everybody named.
        names: The name that the article uses for each country that it names by name.
    """

    text: str
    notes: Notes
    entities: Entities
    names: Mapping[str, str]

    def affiliation(self, holder: Entity | None, mentions: Iterable[Extent]) -> Home | None:
        """Return the affiliation that somebody's mentions, names and sources, point at most."""
        return self._most(mentions, "affiliation", lambda extent: self._affiliation_at(extent, holder))

    def country(self, mentions: Iterable[Extent]) -> Home | None:
        """Return the country that somebody's mentions point at most."""
        return self._most(mentions, "country", self._country_at)

    def _most(self, mentions: Iterable[Extent], way: str, named: Callable[[Extent], Named | None]) -> Home | None:
        found = [_homes(pointings, named) for pointings in self._pointings(mentions, way)]
        homes: dict[Hashable, Home] = {}
        for key, home in (pair for own in found for pair in own.items()):
            homes[key] = _together(homes.get(key), replace(home, share=home.share / len(found)))
        return max(homes.values(), key=lambda one: one.share, default=None)

    def _pointings(self, mentions: Iterable[Extent], way: str) -> Iterator[list[Pointing]]:
        """Give where the tokens of each mention point, of those that do."""
        noted = self.notes.belonging
        for start, end in list(dict.fromkeys(mentions))[:_MENTIONS]:
            first, last = (bisect_left(noted, place, key=attrgetter("start")) for place in (start, end))
            if first < last:
                yield [getattr(one, way) for one in noted[first:last]]

    def _affiliation_at(self, extent: Extent, holder: Entity | None) -> Named:
        words = words_at(self.text, extent)
        if code := state_code(words):
            return code, self.names.get(code, words)
        one = self.entities.at(extent)
        if one is None or one is holder or one.kind == "person":
            return words.casefold(), words
        return one, one.name

    def _country_at(self, extent: Extent) -> Named | None:
        words = words_at(self.text, extent)
        code = state_code(words) or country_of(words)
        return (code, code) if code else None


def _homes(pointings: Sequence[Pointing], named: Callable[[Extent], Named | None]) -> dict[Hashable, Home]:
    """Return the homes that the tokens of a mention point at, on average."""
    shares: dict[Extent, float] = {}
    for pointing in pointings:
        for extent, share in pointing.shares.items():
            shares[extent] = shares.get(extent, 0.0) + share / len(pointings)
    homes: dict[Hashable, Home] = {}
    for extent, share in shares.items():
        if (one := named(extent)) is not None:
            homes[one[0]] = _together(homes.get(one[0]), Home(one[1], extent, share, share))
    return homes


def _together(one: Home | None, other: Home) -> Home:
    """Return one home that was found twice, by the words that are pointed at most."""
    if one is None:
        return other
    return replace(max(one, other, key=lambda home: home.most), share=one.share + other.share)
