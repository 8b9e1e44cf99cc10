"""What the reader noted of people: names, roles and homes as extents of the text, and whom words point at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import chain

from quotestance.countries import NamedCountries
from quotestance.logistic import log_odds
from quotestance.reader.inference import PeopleReading, Reading
from quotestance.reader.model import MENTIONS, PROFILES, TAGS
from quotestance.reader.runs import LabelledRun, joined_runs, labelled_runs, word_starts
from quotestance.speakers.extents import whole_name, whole_words, without_edges
from quotestance.speakers.pointings import HOME, ROLE, SAME, WHO, Belongs, Pointers, Pointing, belonging, inside
from quotestance.text import Extent

_NOWHERE = Pointing({}, 1.0)
_NOTED = ("names", "told", "asked", "belonging", "doubted")  # of every window
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


class Notebook:
    """Notes while the windows of an article are read, each of which answers for its home.

    Args:
        decoding: Thresholds.
    """

    def __init__(self, decoding: Decoding = DEFAULTS) -> None:
        self.decoding = decoding
        self._windows: list[Notes] = []
        self._countries: NamedCountries | None = None

    def add(self, reading: Reading) -> None:
        """Note what a reading says of people, if it does."""
        if reading.people is not None:
            if self._countries is None:
                self._countries = NamedCountries.of(reading.tokens.text)
            self._windows.append(_Window(reading, reading.people, self.decoding).notes(self._countries))

    def notes(self) -> Notes:
        """All that was noted."""
        noted = {name: tuple(chain.from_iterable(getattr(one, name) for one in self._windows)) for name in _NOTED}
        return Notes(**noted, countries=self._countries)


class _Window:
    """A window that was read, and what is noted of the part of it that it answers for."""

    def __init__(self, reading: Reading, people: PeopleReading, decoding: Decoding) -> None:
        tokens, window = reading.tokens, reading.window
        own = slice(window.start, window.end)
        self.people, self.decoding, self.text = people, decoding, tokens.text
        self.starts, self.ends = tokens.starts[own], tokens.ends[own]
        self.home = range(window.home_start - window.start, window.home_end - window.start)
        self.words = words = word_starts(tokens, window)
        paragraphs = tokens.paragraph[own]
        named = labelled_runs(people.mentions, words, MENTIONS, bias=decoding.name_bias)
        profiles = labelled_runs(people.profiles, words, PROFILES, bias=decoding.told_bias)
        self.named, self.profiles = (joined_runs(runs, paragraphs) for runs in (named, profiles))
        sources = [run for run in labelled_runs(reading.tags, words, TAGS) if run.kind == "source"]
        self.pointers = Pointers(people, self.starts, self.ends, self.named, sources)

    def notes(self, countries: NamedCountries) -> Notes:
        """Return what is noted."""
        asked = (row for row in self.people.rows.tolist() if row in self.home)
        return Notes(
            names=tuple(self._names()),
            told=tuple(self._told()),
            asked=tuple((int(self.starts[row]), self.pointers.of(row, row + 1, WHO)) for row in asked),
            belonging=tuple(belonging(self.people, self.starts, self.ends, self._homes(countries), self.home)),
            doubted=tuple(self._doubted()),
        )

    def _names(self) -> Iterator[Noted]:
        for run in self._in_home(self.named):
            extent = whole_name(self.text, *self._extent(run))
            yield Noted(extent, run.kind, run.probability, self.pointers.of(run.start, run.end, SAME))

    def _told(self) -> Iterator[Noted]:
        for run in self._in_home(self.profiles):
            is_role = run.kind == "role"
            if run.probability >= (self.decoding.role_least if is_role else self.decoding.home_least):
                yield from self._of_whole_words(run, ROLE if is_role else HOME)

    def _doubted(self) -> Iterator[Noted]:
        bias = -log_odds(self.decoding.unnamed_role_least)  # by which a label wins from this probability on
        for run in self._in_home(labelled_runs(self.people.profiles, self.words, PROFILES, bias=bias)):
            if run.kind == "role":
                yield from self._of_whole_words(run)

    def _homes(self, countries: NamedCountries) -> list[Extent]:
        """Return what somebody may belong to: bodies, states and parties, and the countries in the window."""
        bodies = [run for run in self.named if run.kind != "person"]
        homes = [self._extent(run) for run in bodies + [run for run in self.profiles if run.kind != "role"]]
        return [*homes, *inside(countries.places, self.starts, self.ends)]

    def _in_home(self, runs: Iterable[LabelledRun]) -> Iterator[LabelledRun]:
        return (run for run in runs if run.start in self.home)

    def _extent(self, run: LabelledRun) -> Extent:
        return int(self.starts[run.start]), int(self.ends[run.end - 1])

    def _of_whole_words(self, run: LabelledRun, relation: int | None = None) -> Iterator[Noted]:
        """Note a role or home, and whom it points at by a relation."""
        extent = whole_words(self.text, *self._extent(run), joined=run.kind == "role")
        if (whole := without_edges(self.text, *extent)) is not None:
            pointing = _NOWHERE if relation is None else self.pointers.of(run.start, run.end, relation)
            yield Noted(whole, run.kind, run.probability, pointing)
