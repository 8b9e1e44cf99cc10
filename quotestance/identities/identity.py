"""The table of identities: who or what each id stands for, and why each wording was taken for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from quotestance.io.table import Column, Row
from quotestance.text import scalar_values

IDENTITY_COLUMNS: tuple[Column, ...] = (
    Column("id", "string", "id of the identity: speaker_id in the table of quotes"),
    Column("name", "string", "the name that stands for all: the fullest in frequent use, or that of the known table"),
    Column("kind", "string", "person or organization"),
    Column("aliases", "string", "every name that articles gave it, parted by '; '"),
    Column("roles", "string", "its roles as worded, each with the dates when it was seen, parted by '; '"),
    Column("homes", "string", "the bodies, states and parties that its roles tie to, with dates, parted by '; '"),
    Column("countries", "string", "ISO 3166-1 alpha-3 codes, parted by '; '"),
    Column("quotes", "Int64", "quotes attributed to it"),
    Column("articles", "Int64", "articles that quote it; rows of one article are taken to stand together"),
    Column("first", "string", "date of the first article that quotes it, ISO 8601"),
    Column("last", "string", "date of the last"),
    Column("probability", "Float64", "of its least sure link"),
    Column("links", "string", "JSON: every wording that was taken for it, with quotes, dates, reasons, probability"),
)
"""The columns of the table of identities."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A role or a home as worded, and when it was seen.

    Args:
        words: As the articles word it.
        quotes: Quotes under it.
        first, last: ISO dates; ``None`` where no article tells.
    """

    words: str
    quotes: int
    first: str | None = None
    last: str | None = None

    def __str__(self) -> str:
        if self.first is None:
            return self.words
        return (
            f"{self.words} ({self.first})" if self.first == self.last else f"{self.words} ({self.first} to {self.last})"
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A wording that was taken for an identity, and why.

    Args:
        name, role, affiliation, country: As the articles give them.
        quotes: Quotes under this wording.
        first, last: ISO dates; ``None`` where no article tells.
        reasons: What speaks for it ("same name", "office: head of state", "country RUS") and against.
        probability: That it is right, in [0, 1].
    """

    name: str
    role: str | None
    affiliation: str | None
    country: str | None
    quotes: int
    first: str | None
    last: str | None
    reasons: tuple[str, ...]
    probability: float


@dataclass(frozen=True, slots=True)
class Identity:
    """One person or body across articles.

    Args:
        id: Readable and unique; the user's own where the table of known names has it.
        name: The name that stands for all.
        kind: ``person`` or ``organization``.
        aliases: Every name that articles gave it, the most frequent first.
        roles, homes: As worded, with dates, in the order in which they were first seen.
        countries: ISO 3166-1 alpha-3 codes.
        quotes, articles: Counts.
        links: Every wording that was taken for it, and why.
    """

    id: str
    name: str
    kind: str
    aliases: tuple[str, ...] = ()
    roles: tuple[Seen, ...] = ()
    homes: tuple[Seen, ...] = ()
    countries: tuple[str, ...] = ()
    quotes: int = 0
    articles: int = 0
    links: tuple[Link, ...] = ()

    @property
    def first(self) -> str | None:
        """Date of the first article that quotes it, ISO 8601."""
        return min((link.first for link in self.links if link.first), default=None)

    @property
    def last(self) -> str | None:
        """Date of the last article that quotes it, ISO 8601."""
        return max((link.last for link in self.links if link.last), default=None)

    @property
    def probability(self) -> float:
        """That of the least sure link, in [0, 1]."""
        return min((link.probability for link in self.links), default=1.0)

    def __str__(self) -> str:
        return self.name


def identity_rows(identities: Iterable[Identity]) -> Iterator[Row]:
    """Return a row for every identity, with the keys of :data:`IDENTITY_COLUMNS`."""
    for one in identities:
        yield {
            "id": one.id,
            "name": scalar_values(one.name),
            "kind": one.kind,
            "aliases": _listed(one.aliases),
            "roles": _listed(map(str, one.roles)),
            "homes": _listed(map(str, one.homes)),
            "countries": _listed(one.countries),
            "quotes": one.quotes,
            "articles": one.articles,
            "first": one.first,
            "last": one.last,
            "probability": one.probability,
            "links": scalar_values(json.dumps([asdict(link) for link in one.links], ensure_ascii=False)),
        }


def _listed(words: Iterable[str]) -> str | None:
    return scalar_values("; ".join(words)) or None
