"""What was seen: the distinct speakers of a corpus with how often and when, counted in one pass.

What is held grows with the distinct (name, kind, role, affiliation, country) and the years, not with the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from quotestance.identities.dates import as_years, date_of

_ERA_YEARS = 8.0  # without a sighting, after which the same words may mean the next holder of an office


class Key(NamedTuple):
    """A speaker as an article gives it."""

    name: str
    kind: str
    role: str | None = None
    affiliation: str | None = None
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Sighting:
    """A speaker's key in a stretch of time.

    Args:
        key: As the articles give it.
        count: Quotes.
        first, last: ISO dates; ``None`` where no article tells.
    """

    key: Key
    count: int = 1
    first: str | None = None
    last: str | None = None

    @property
    def years(self) -> tuple[float, float] | None:
        """First and last date as numbers of years."""
        if self.first is None or self.last is None:
            return None
        ends = as_years(self.first), as_years(self.last)
        return min(ends), max(ends)  # "2017" is the middle of the year, and stands before "2017-03-01"


Slot = tuple[Key, str | None]
"""A key and the year in which it was seen: what every row is looked up by."""


@dataclass(slots=True)
class _Seen:
    count: int
    first: str | None
    last: str | None

    def add(self, count: int, day: str | None) -> None:
        self.count += count
        if day is not None:
            self.first = day if self.first is None else min(self.first, day)
            self.last = day if self.last is None else max(self.last, day)


class Tally:
    """Counts of keys by year."""

    def __init__(self) -> None:
        self._seen: dict[Slot, _Seen] = {}

    def __len__(self) -> int:
        return len(self._seen)

    def add(self, key: Key, published: str | None, count: int = 1) -> None:
        """Count a speaker of an article.

        Args:
            key: Who, as the article gives it.
            published: The date of the article, as worded; one that cannot be counts as none.
            count: Quotes.
        """
        day = date_of(published)
        slot = _slot(key, day)
        if slot in self._seen:
            self._seen[slot].add(count, day)
        else:
            self._seen[slot] = _Seen(count, day, day)

    def sightings(self, is_by_year: Callable[[Key], bool] = lambda _: False) -> tuple[list[Sighting], dict[Slot, int]]:
        """Return the sightings in a fixed order, whatever the order they came in, and where each slot went.

        Args:
            is_by_year: Whether every year of a key is a sighting of its own.
        """
        by_key: dict[Key, list[Slot]] = {}
        for slot in self._seen:
            by_key.setdefault(slot[0], []).append(slot)
        found: list[Sighting] = []
        places: dict[Slot, int] = {}
        for key in sorted(by_key, key=_order):
            for slots in _eras(by_key[key], 0.0 if is_by_year(key) else _ERA_YEARS):
                places |= dict.fromkeys(slots, len(found))
                found.append(self._joined(key, slots))
        return found, places

    def _joined(self, key: Key, slots: list[Slot]) -> Sighting:
        all_seen = [self._seen[slot] for slot in slots]
        firsts = [seen.first for seen in all_seen if seen.first]
        lasts = [seen.last for seen in all_seen if seen.last]
        count = sum(seen.count for seen in all_seen)
        return Sighting(key, count, min(firsts, default=None), max(lasts, default=None))


def slot_of(key: Key, published: str | None) -> Slot:
    """Return what a row is looked up by."""
    return _slot(key, date_of(published))


def _slot(key: Key, day: str | None) -> Slot:
    return key, None if day is None else day[:4]


def _order(key: Key) -> tuple[str, ...]:
    return tuple(field or "" for field in key)


def _eras(slots: list[Slot], years: float) -> list[list[Slot]]:
    """Slots of one key, parted where years pass without a sighting; those without a date go with the only era."""
    dated = sorted((slot for slot in slots if slot[1] is not None), key=lambda slot: slot[1] or "")
    undated = [slot for slot in slots if slot[1] is None]
    eras: list[list[Slot]] = []
    for slot in dated:
        if eras and int(slot[1] or 0) - int(eras[-1][-1][1] or 0) <= years:
            eras[-1].append(slot)
        else:
            eras.append([slot])
    if len(eras) == 1:
        return [eras[0] + undated]
    return eras + ([undated] if undated else [])
