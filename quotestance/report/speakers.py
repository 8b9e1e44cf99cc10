"""Who is quoted: rows of quotes -> people and bodies, each with their quotes, roles and the name of their page."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quotestance.report.tables import ArticleRow, QuoteRow
from quotestance.text.person_names import parse_name, without_titles

_LONGEST = 60  # characters of the name of a page
_NO_NAMES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))))
"""Names of devices, which no file of Windows may have."""


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody was called, and when.

    Args:
        role, affiliation, country: As the articles word them; at least one is given.
        first, last: Dates of the first and last article that say so; ``None`` where no date is known.
        quotes: In how many quotes.
    """

    role: str | None
    affiliation: str | None
    country: str | None
    first: str | None
    last: str | None
    quotes: int


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person or body with a name.

    Args:
        page: Name of the page, unique, without its suffix.
        name: The name that most quotes have; of a person's names the full ones come first.
        aliases: Other names, in the same order.
        kind: person, organization or group.
        country: The country that most quotes have, ISO 3166-1 alpha-3.
        quotes: Indices of the quotes.
    """

    page: str
    name: str
    aliases: tuple[str, ...]
    kind: str
    country: str | None
    quotes: tuple[int, ...]


def find_speakers(quotes: Sequence[QuoteRow], *, is_linked: bool = False) -> list[Speaker]:
    """Everyone with a name, most quoted first.

    Quotes are of one speaker where they have one ``speaker_id``, or name and country are the same. Where speakers were
    linked, those without an id have to be of one article, too: nothing told that they are one across articles. The
    unnamed are nobody in particular, and left out.
    """
    groups: dict[tuple[str, ...], list[int]] = {}
    for index, row in enumerate(quotes):
        key = identity(row, is_linked=is_linked)
        if key is not None:
            groups.setdefault(key, []).append(index)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    taken: Counter[str] = Counter()
    return [_speaker([quotes[i] for i in own], own, key, taken) for key, own in ordered]


def identity(row: QuoteRow, *, is_linked: bool = False) -> tuple[str, ...] | None:
    """Return what tells the speaker of a quote from all others; ``None`` for the unnamed."""
    if not row.name or row.speaker_kind == "unnamed":
        return None
    if row.speaker_id:
        return (row.speaker_id,)
    told = row.name.casefold(), row.country or ""
    return (*told, row.article) if is_linked else told


def _speaker(rows: Sequence[QuoteRow], own: Sequence[int], key: tuple[str, ...], taken: Counter[str]) -> Speaker:
    names = [name for name, _ in Counter(row.name for row in rows if row.name).most_common()]
    countries = Counter(row.country for row in rows if row.country).most_common(1)
    kinds = Counter(row.speaker_kind or "person" for row in rows).most_common(1)
    if kinds[0][0] == "person":
        names.sort(key=_fullness, reverse=True)  # stable: of names as full the most frequent is first
    return Speaker(
        page=_page_name(key[0] if len(key) == 1 else names[0], taken),
        name=names[0],
        aliases=tuple(names[1:]),
        kind=kinds[0][0],
        country=countries[0][0] if countries else None,
        quotes=tuple(own),
    )


def _fullness(name: str) -> int:
    """Return 2 for a name with a given name, 1 for one with an initial, 0 for a surname alone; titles are no names.

    >>> _fullness("Gen. Ana Ruiz"), _fullness("A. Ruiz"), _fullness("Gen. Ruiz")
    (2, 1, 0)
    """
    return min(2, len(parse_name(without_titles(name.split())).given or ""))


def _page_name(words: str, taken: Counter[str]) -> str:
    """Return a name for a file that every system and address can hold, unlike all that were given before.

    >>> _page_name("Recep Tayyip Erdoğan", Counter()), _page_name("../../etc", Counter()), _page_name("王毅", Counter())
    ('recep-tayyip-erdogan', 'etc', 'speaker')
    """
    plain = unicodedata.normalize("NFKD", words[: 4 * _LONGEST]).encode("ascii", "ignore").decode().lower()
    base = re.sub("[^a-z0-9]+", "-", plain)[:_LONGEST].strip("-") or "speaker"
    base = f"{base}-speaker" if base in _NO_NAMES else base
    name = base
    while name in taken:
        taken[base] += 1  # goes on where the last of that name stopped
        name = f"{base}-{taken[base]}"
    taken[name] = 1
    return name


def roles_of(speaker: Speaker, quotes: Sequence[QuoteRow], articles: Mapping[str, ArticleRow]) -> list[Role]:
    """Return what a speaker was called over time: roles in the order of their first date, the undated last."""
    dates: dict[tuple[str | None, str | None, str | None], list[str]] = {}
    counts: Counter[tuple[str | None, str | None, str | None]] = Counter()
    for row in (quotes[index] for index in speaker.quotes):
        key = row.role, row.affiliation, row.country
        if any(key):
            counts[key] += 1
            found = dates.setdefault(key, [])
            if day := articles[row.article].date:
                found.append(day)
    roles = [Role(*key, min(d, default=None), max(d, default=None), counts[key]) for key, d in dates.items()]
    return sorted(roles, key=lambda role: (role.first is None, role.first or "", -role.quotes))
