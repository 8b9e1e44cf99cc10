"""Where the words of a window point by the reader's links on people: shares of names, sources and homes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, TypeVar

import numpy as np

from quotestance.batching import FloatArray
from quotestance.reader.inference import PeopleReading
from quotestance.reader.model import PEOPLE_RELATIONS
from quotestance.reader.runs import LabelledRun
from quotestance.reader.tokens import IntArray
from quotestance.text import Extent

Bearer = TypeVar("Bearer")

WHO, SAME, ROLE, HOME, AFFILIATION, COUNTRY = range(len(PEOPLE_RELATIONS))
_LEAST_SHARE = 0.01  # of the pointing, from which somebody is pointed at
_REST_SHARE = 0.3  # of the share of a state, what the rest of a body's name has where the body is meant


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where some words point: shares of their pointing, which sum to 1.

    Args:
        shares: Extent of a name or a source to its share.
        nobody: The share of "none".
    """

    shares: dict[Extent, float]
    nobody: float

    def by(self, bearer: Callable[[Extent], Bearer | None]) -> dict[Bearer, float]:
        """Sum the shares by whose each extent is; what is nobody's is left out."""
        shares: dict[Bearer, float] = {}
        for extent, share in self.shares.items():
            if (one := bearer(extent)) is not None:
                shares[one] = shares.get(one, 0.0) + share
        return shares


class Belongs(NamedTuple):
    """Where the mention that a token is part of belongs: its start, and where it points for either."""

    start: int
    affiliation: Pointing
    country: Pointing


class Pointers:
    """Sums the links of a window over the names and sources in it."""

    def __init__(
        self,
        people: PeopleReading,
        starts: IntArray,
        ends: IntArray,
        named: Sequence[LabelledRun],
        sources: Sequence[LabelledRun],
    ) -> None:
        self.links: FloatArray = people.links
        self.rows: list[int] = people.rows.tolist()
        self.runs = {WHO: named, SAME: named, ROLE: [*named, *sources], HOME: [*named, *sources]}
        self.extents = {
            relation: [(int(starts[run.start]), int(ends[run.end - 1])) for run in runs]
            for relation, runs in self.runs.items()
        }
        self.edges = {
            relation: np.asarray([edge for run in runs for edge in (run.start, run.end)], dtype=np.intp)
            for relation, runs in self.runs.items()
        }

    def of(self, start: int, end: int, relation: int) -> Pointing:
        """Where the tokens ``start:end`` point on average."""
        first, last = bisect_left(self.rows, start), bisect_left(self.rows, end)
        if first == last:
            return Pointing({}, 1.0)
        pointed = self.links[relation, first:last]
        mean: FloatArray = pointed[0] if last - first == 1 else np.add.reduce(pointed) / np.float32(last - first)
        shares: dict[Extent, float] = {}
        runs, extents = self.runs[relation], self.extents[relation]
        sums = np.add.reduceat(mean, self.edges[relation]) if runs else mean[:0]
        for edge in (sums > _LEAST_SHARE).nonzero()[0].tolist():
            number, is_gap = divmod(edge, 2)
            if not is_gap and (relation == WHO or not start <= runs[number].start < end):
                shares[extents[number]] = max(float(sums[edge]), shares.get(extents[number], 0.0))
        return Pointing(shares, float(mean[-1]))


def inside(places: Sequence[Extent], starts: IntArray, ends: IntArray) -> Sequence[Extent]:
    """Return those of some extents, in order, that lie in the window of these tokens."""
    if not len(starts):
        return ()
    first = bisect_left(places, int(starts[0]), key=itemgetter(0))
    return places[first : bisect_right(places, int(ends[-1]), lo=first, key=itemgetter(1))]


def belonging(
    people: PeopleReading, starts: IntArray, ends: IntArray, extents: Sequence[Extent], home: range
) -> Iterator[Belongs]:
    """Sum the links of the tokens in ``home`` over the words that they may belong to.

    Args:
        people: What the model says of a window.
        starts, ends: Of its tokens in the text.
        extents: Bodies, states and parties; of those that share a token the last has it.
        home: Numbers of the tokens that the window answers for.
    """
    whose = np.zeros((len(starts), len(extents)), dtype=np.float32)
    for number, (start, end) in enumerate(extents):
        run = slice(int(np.searchsorted(ends, start, side="right")), int(np.searchsorted(starts, end)))
        whose[run] = 0
        whose[run, number] = 1
    asked = np.array([number for number, row in enumerate(people.rows.tolist()) if row in home], dtype=np.intp)
    pointed = people.links[AFFILIATION : COUNTRY + 1, asked]
    sums, nobody = pointed[:, :, :-1] @ whose, pointed[:, :, -1]
    _give_to_bodies(sums, extents)
    shares: list[list[dict[Extent, float]]] = [[{} for _ in asked] for _ in sums]
    ways, places, numbers = (sums > _LEAST_SHARE).nonzero()
    found = zip(ways.tolist(), places.tolist(), numbers.tolist(), sums[ways, places, numbers].tolist(), strict=True)
    for way, place, number, share in found:
        own = shares[way][place]
        own[extents[number]] = own.get(extents[number], 0.0) + share
    affiliations, countries = (list(map(Pointing, *both)) for both in zip(shares, nobody.tolist(), strict=True))
    yield from map(Belongs, starts[people.rows[asked]].tolist(), affiliations, countries)


def _give_to_bodies(sums: FloatArray, extents: Sequence[Extent]) -> None:
    """Give a body the share of the state in its name where the rest of the name is pointed at too, in place."""
    for inner, (start, end) in enumerate(extents):
        for outer, (first, last) in enumerate(extents[:inner]):
            if first <= start and end <= last and (first, last) != (start, end):
                is_body = sums[:, :, outer] > _REST_SHARE * sums[:, :, inner]
                sums[:, :, outer] += np.where(is_body, sums[:, :, inner], 0)
                sums[:, :, inner] = np.where(is_body, 0, sums[:, :, inner])
