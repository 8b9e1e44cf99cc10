"""What the reader noted of people: names, roles and homes as extents of the text, and whom words point at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from quotestance.batching import FloatArray
from quotestance.reader.inference import PeopleReading, Reading
from quotestance.reader.model import MENTIONS, PEOPLE_RELATIONS, PROFILES, TAGS
from quotestance.reader.runs import LabelledRun, labelled_runs, word_starts
from quotestance.reader.tokens import IntArray
from quotestance.text import Extent

WHO, SAME, ROLE, HOME = range(len(PEOPLE_RELATIONS))
NAME_BIAS, TOLD_BIAS = 1.2, 1.2
"""Taken off the log-probability that a word is no name, and nothing told of anybody; chosen on the dev split."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A name, a role or a home.

    Args:
        extent: Where it stands.
        kind: ``person`` | ``body`` | ``state`` of a name, ``role`` | ``body`` | ``state`` | ``party`` of what is told.
        probability: Of its label, in [0, 1].
        pointing: Whom it points at (names at other names, roles and homes at their holder).
    """

    extent: Extent
    kind: str
    probability: float
    pointing: Pointing


@dataclass(frozen=True, slots=True)
class Pointing:
    """Where some words point: shares of their pointing, which sum to 1.

    Args:
        shares: Extent of a name or a source to its share.
        nobody: The share of "none".
    """

    shares: dict[Extent, float]
    nobody: float


@dataclass(frozen=True, slots=True)
class Notes:
    """What the reader noted in an article.

    Args:
        names: Names, in the order of the text.
        told: Roles and homes, in the order of the text.
        asked: Tokens that point at somebody by :data:`WHO`: start of each, and where it points.
    """

    names: tuple[Noted, ...]
    told: tuple[Noted, ...]
    asked: tuple[tuple[int, Pointing], ...]


@dataclass(slots=True)
class Notebook:
    """Notes while the windows of an article are read, each of which answers for its home."""

    names: list[Noted] = field(default_factory=list)
    told: list[Noted] = field(default_factory=list)
    asked: list[tuple[int, Pointing]] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        """Note what a reading says of people, if it does."""
        if reading.people is not None:
            _note_window(reading, reading.people, self)

    def notes(self) -> Notes:
        """All that was noted."""
        return Notes(tuple(self.names), tuple(self.told), tuple(self.asked))


def _note_window(reading: Reading, people: PeopleReading, book: Notebook) -> None:
    tokens, window = reading.tokens, reading.window
    words = word_starts(tokens, window)
    named = _joined(labelled_runs(people.mentions, words, MENTIONS, bias=NAME_BIAS))
    sources = [run for run in labelled_runs(reading.tags, words, TAGS) if run.kind == "source"]
    starts, ends = tokens.starts[window.start : window.end], tokens.ends[window.start : window.end]
    home = range(window.home_start - window.start, window.home_end - window.start)
    pointers = _Pointers(people, starts, ends, named, sources)
    for run in named:
        if run.start in home:
            extent = int(starts[run.start]), int(ends[run.end - 1])
            book.names.append(Noted(extent, run.kind, run.probability, pointers.of(run.start, run.end, SAME)))
    for run in _joined(labelled_runs(people.profiles, words, PROFILES, bias=TOLD_BIAS)):
        if run.start in home:
            extent = int(starts[run.start]), int(ends[run.end - 1])
            relation = ROLE if run.kind == "role" else HOME
            book.told.append(Noted(extent, run.kind, run.probability, pointers.of(run.start, run.end, relation)))
    book.asked += [(int(starts[row]), pointers.of(row, row + 1, WHO)) for row in map(int, people.rows) if row in home]


def _joined(runs: Sequence[LabelledRun]) -> list[LabelledRun]:
    """Return runs of one kind with no word between as one: two names or roles are parted by a comma or a word."""
    joined: list[LabelledRun] = []
    for run in runs:
        before = joined[-1] if joined else None
        if before is not None and before.kind == run.kind and before.end == run.start:
            probability = min(before.probability, run.probability)
            joined[-1] = LabelledRun(run.kind, before.start, run.end, probability)
        else:
            joined.append(run)
    return joined


class _Pointers:
    """Sums the links of a window over the names and sources in it."""

    def __init__(
        self,
        people: PeopleReading,
        starts: IntArray,
        ends: IntArray,
        named: Sequence[LabelledRun],
        sources: Sequence[LabelledRun],
    ) -> None:
        self.links, self.rows = people.links, people.rows
        self.runs = {WHO: named, SAME: named, ROLE: [*named, *sources], HOME: [*named, *sources]}
        self.extents = {
            relation: [(int(starts[run.start]), int(ends[run.end - 1])) for run in runs]
            for relation, runs in self.runs.items()
        }

    def of(self, start: int, end: int, relation: int) -> Pointing:
        """Where the tokens ``start:end`` point on average."""
        first, last = np.searchsorted(self.rows, (start, end))
        if first == last:
            return Pointing({}, 1.0)
        mean: FloatArray = self.links[relation, first:last].mean(0)
        shares: dict[Extent, float] = {}
        for run, extent in zip(self.runs[relation], self.extents[relation], strict=True):
            share = float(mean[run.start : run.end].sum())
            if share > 0.01 and not (start <= run.start < end and relation != WHO):
                shares[extent] = max(share, shares.get(extent, 0.0))
        return Pointing(shares, float(mean[-1]))
