"""What the reader noted of people: names, roles and homes as extents of the text, and whom words point at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise

import numpy as np

from quotestance.logistic import log_odds
from quotestance.reader.inference import PeopleReading, Reading
from quotestance.reader.model import MENTIONS, PROFILES, TAGS
from quotestance.reader.runs import LabelledRun, labelled_runs, word_starts
from quotestance.reader.tokens import IntArray
from quotestance.speakers.extents import whole_name, whole_words, without_edges
from quotestance.speakers.named_countries import NamedCountries
from quotestance.speakers.pointings import HOME, ROLE, SAME, WHO, Belongs, Pointers, Pointing, belonging, inside
from quotestance.text import Extent

_NOWHERE = Pointing({}, 1.0)
PREFIX = "speaker_"
"""Before the names of these thresholds in a checkpoint's ``config.decoding``."""


@dataclass(frozen=True, slots=True)
class Decoding:
    """Thresholds for what the reader says of people; a checkpoint's ``config.decoding`` has those fitted for it.

    Args:
        name_bias, told_bias: Taken off the log-probability that a word is no name, and nothing told of anybody.
        role_least, home_least: Probability of its label from which a role or a home is taken, in [0, 1].
        unnamed_role_least: Probability of its label from which a word is a role inside the words for somebody unnamed,
            in (0, 1): they mostly are one.
        role_link, home_link: Share of its pointing at its holder from which it is, in [0, 1].
        affiliation_least, country_least: Share of the pointing, on average over the mentions of somebody, from which
            an affiliation is taken where no home is told, and a country, in [0, 1].
        intercept, slope: Of the logistic function that makes a confidence of the log-odds of an answer.
    """

    name_bias: float = 1.2
    told_bias: float = 0.0
    role_least: float = 0.5
    home_least: float = 0.5
    unnamed_role_least: float = 0.2
    role_link: float = 0.35
    home_link: float = 0.35
    affiliation_least: float = 0.5
    country_least: float = 0.5
    intercept: float = 0.0
    slope: float = 1.0

    @classmethod
    def of(cls, settings: Mapping[str, float]) -> Decoding:
        """Read the thresholds that a checkpoint has: ``speaker_`` and the name, in its ``config.decoding``."""
        names = (one.name for one in fields(cls))
        return cls(**{name: settings[key] for name in names if (key := f"{PREFIX}{name}") in settings})

    def to_settings(self) -> dict[str, float]:
        """Return them as they stand in a checkpoint's ``config.decoding``."""
        return {f"{PREFIX}{one.name}": getattr(self, one.name) for one in fields(self)}


DEFAULTS = Decoding()


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
class Notes:
    """What the reader noted in an article.

    Args:
        names: Names, in the order of the text.
        told: Roles and homes, in the order of the text.
        doubted: Roles that are only some inside the words for somebody unnamed, in the order of the text.
        asked: Tokens that point at somebody by :data:`WHO`, in the order of the text: start, and where it points.
        belonging: Tokens that point at where somebody belongs, in the order of the text.
        countries: The countries that the article names; ``None`` where they were not looked for.
    """

    names: tuple[Noted, ...] = ()
    told: tuple[Noted, ...] = ()
    asked: tuple[tuple[int, Pointing], ...] = ()
    belonging: tuple[Belongs, ...] = ()
    countries: NamedCountries | None = None
    doubted: tuple[Noted, ...] = ()


@dataclass(slots=True)
class Notebook:
    """Notes while the windows of an article are read, each of which answers for its home."""

    decoding: Decoding = field(default_factory=Decoding)
    names: list[Noted] = field(default_factory=list)
    told: list[Noted] = field(default_factory=list)
    asked: list[tuple[int, Pointing]] = field(default_factory=list)
    belonging: list[Belongs] = field(default_factory=list)
    countries: NamedCountries | None = None
    doubted: list[Noted] = field(default_factory=list)

    def add(self, reading: Reading) -> None:
        """Note what a reading says of people, if it does."""
        if reading.people is not None:
            if self.countries is None:
                self.countries = NamedCountries.of(reading.tokens.text)
            _note_window(reading, reading.people, self)

    def notes(self) -> Notes:
        """All that was noted."""
        told, doubted = tuple(self.told), tuple(self.doubted)
        return Notes(tuple(self.names), told, tuple(self.asked), tuple(self.belonging), self.countries, doubted)


def _note_window(reading: Reading, people: PeopleReading, book: Notebook) -> None:
    tokens, window = reading.tokens, reading.window
    words = word_starts(tokens, window)
    paragraphs = tokens.paragraph[window.start : window.end]
    named = _joined(labelled_runs(people.mentions, words, MENTIONS, bias=book.decoding.name_bias), paragraphs)
    sources = [run for run in labelled_runs(reading.tags, words, TAGS) if run.kind == "source"]
    starts, ends = tokens.starts[window.start : window.end], tokens.ends[window.start : window.end]
    home = range(window.home_start - window.start, window.home_end - window.start)
    pointers = Pointers(people, starts, ends, named, sources)

    def at(run: LabelledRun) -> Extent:
        return int(starts[run.start]), int(ends[run.end - 1])

    for run in named:
        if run.start in home:
            extent = whole_name(tokens.text, *at(run))
            book.names.append(Noted(extent, run.kind, run.probability, pointers.of(run.start, run.end, SAME)))
    profiles = _joined(labelled_runs(people.profiles, words, PROFILES, bias=book.decoding.told_bias), paragraphs)
    for run in profiles:
        is_role = run.kind == "role"
        if run.start in home and run.probability >= (book.decoding.role_least if is_role else book.decoding.home_least):
            book.told += _told(tokens.text, run, at(run), pointers.of(run.start, run.end, ROLE if is_role else HOME))
    bias = -log_odds(book.decoding.unnamed_role_least)  # by which a label wins from this probability on
    for run in labelled_runs(people.profiles, words, PROFILES, bias=bias):
        if run.kind == "role" and run.start in home:
            book.doubted += _told(tokens.text, run, at(run), _NOWHERE)
    book.asked += [(int(starts[row]), pointers.of(row, row + 1, WHO)) for row in map(int, people.rows) if row in home]
    homes = [run for run in named if run.kind != "person"] + [run for run in profiles if run.kind != "role"]
    extents = [*map(at, homes)]
    extents += inside(book.countries.places if book.countries else (), starts, ends)
    book.belonging += belonging(people, starts, ends, extents, home)


def _told(text: str, run: LabelledRun, extent: Extent, pointing: Pointing) -> Iterator[Noted]:
    """Note a role or home, of whole words."""
    whole = without_edges(text, *whole_words(text, *extent, joined=run.kind == "role"))
    if whole is not None:
        yield Noted(whole, run.kind, run.probability, pointing)


def _joined(runs: Sequence[LabelledRun], paragraphs: IntArray) -> list[LabelledRun]:
    """Return runs of one kind with no word between as one: two names are parted by a comma, a word or a paragraph."""
    joined: list[LabelledRun] = []
    for run in (part for one in runs for part in _parted(one, paragraphs)):
        before = joined[-1] if joined else None
        if before is not None and _goes_on(before, run, paragraphs):
            probability = min(before.probability, run.probability)
            joined[-1] = LabelledRun(run.kind, before.start, run.end, probability)
        else:
            joined.append(run)
    return joined


def _goes_on(before: LabelledRun, run: LabelledRun, paragraphs: IntArray) -> bool:
    is_next = before.kind == run.kind and before.end == run.start
    return is_next and bool(paragraphs[run.start - 1] == paragraphs[run.start])


def _parted(run: LabelledRun, paragraphs: IntArray) -> Iterator[LabelledRun]:
    """Cut a run where paragraphs begin: a caption from the name of the photographer below it."""
    if paragraphs[run.start] == paragraphs[run.end - 1]:
        yield run
        return
    begun = run.start + 1 + np.flatnonzero(np.diff(paragraphs[run.start : run.end]))
    for start, end in pairwise((run.start, *begun.tolist(), run.end)):
        yield replace(run, start=start, end=end)
