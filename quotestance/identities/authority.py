"""The user's own table of known people and bodies: a file, a DataFrame or a list of dicts -> :class:`Known` rows.

Columns: ``id`` and ``name``; and, where known, ``kind`` (person or organization), ``aliases`` and ``roles`` (lists, or
text parted by ``;`` or ``|``), ``country`` (its ISO 3166-1 code or its name), ``from`` and ``to`` (ISO dates or years).
One id may have several rows, one for each role. Case and blanks of a column's name make no difference. Rows that hold
nothing, and columns without a name that hold nothing or numbers, as pandas writes those of the rows, count for nothing.
A table of identities, as linking writes it, is one too: its column ``links`` has the wordings taken for each.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from iso3166 import countries_by_alpha3

from quotestance.countries import told_code
from quotestance.errors import FormatError
from quotestance.identities.dates import as_years, date_of, iso_date
from quotestance.identities.identity import IDENTITY_COLUMNS, Identity, identity_rows
from quotestance.identities.names import parse_name
from quotestance.identities.profiles import Profile, Years, profile_of, sighted
from quotestance.identities.sightings import Key, Sighting
from quotestance.io.records import (
    Doubled,
    Record,
    jsonl_records,
    own_csv_records,
    parquet_records,
    parse_json,
    with_known_names,
)

_COLUMNS = ("id", "name", "kind", "aliases", "country", "roles", "from", "to")
_WRITTEN = tuple(column.name for column in IDENTITY_COLUMNS)
_TAKEN = tuple(dict.fromkeys((*_COLUMNS, *_WRITTEN)))
_NAMELESS = re.compile(r"\s*|Unnamed: [\d.]+|__index_level_\d+__")  # the last two are pandas' names for no name
_WHEN_SEEN = re.compile(r" \(\d{4}[^()]*\)$")  # behind a role in a table of identities
_MOST_NAMED = 5  # malformed rows that the error names
_NO_END = 9999.0


@dataclass(frozen=True, slots=True)
class Known:
    """A row of the table of known names.

    Args:
        id, name: As given.
        kind: ``person`` or ``organization``.
        aliases, roles: As given.
        country: ISO 3166-1 alpha-3 code.
        years: When the roles were held.
        seen: What linking took for it before, in place of aliases, roles and years.
    """

    id: str
    name: str
    kind: str = "person"
    aliases: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    country: str | None = None
    years: Years | None = None
    seen: Sighting | None = None

    def as_keys(self) -> list[Key]:
        """Return a key for every name with every role, or what was seen."""
        if self.seen is not None:
            return [self.seen.key]
        roles: tuple[str | None, ...] = self.roles or (None,)
        names = dict.fromkeys((self.name, *self.aliases))
        return [Key(name, self.kind, role, None, self.country) for name in names for role in roles]

    def profiles(self) -> list[Profile]:
        """Return what the row tells, once for every name with every role."""
        known = frozenset((self.id,))
        if self.seen is not None:
            return [sighted(self.seen).joined(Profile(frozenset(), known=known))]
        extra = Profile(frozenset(), years=self.years, known=known)
        told = (profile_of(key).joined(extra) for key in self.as_keys())
        return [replace(profile, aliases=profile.names, terms=self._terms(profile)) for profile in told]

    def _terms(self, profile: Profile) -> frozenset[tuple[str, Years]]:
        return frozenset((office, self.years) for office in profile.offices if self.years is not None)


def read_known(known: Any) -> list[Known]:
    """Return the rows of a table of known names.

    Args:
        known: Path of a .csv, .tsv, .jsonl or .parquet file, a pandas DataFrame, or an iterable of mappings or of
            :class:`~quotestance.identities.Identity`.

    Raises:
        FormatError: A row lacks an id or a name, or holds what cannot be read; the message names the rows.
        OSError: The file cannot be read.

    >>> read_known([{"id": "Q1", "name": "Antony Blinken", "aliases": "Tony Blinken; A. J. Blinken"}])[0].aliases
    ('Tony Blinken', 'A. J. Blinken')
    """
    rows: list[Known] = []
    problems: list[str] = []
    for record in _records(known):
        try:
            if record.error is not None:
                raise FormatError(record.error)
            if isinstance(record.content, Doubled):
                raise FormatError(record.content.fault)
            rows += _rows(record.content)
        except FormatError as error:
            problems.append(f"{record.where}: {error}")
    if problems:
        more = f" (and {len(problems) - _MOST_NAMED} more)" if len(problems) > _MOST_NAMED else ""
        raise FormatError(f"The table of known names has malformed rows. {' '.join(problems[:_MOST_NAMED])}{more}")
    return rows


def _records(known: Any) -> Iterator[Record]:
    if isinstance(known, str | os.PathLike):
        yield from _file_records(Path(known))
    else:
        rows = known.to_dict("records") if hasattr(known, "to_dict") else known
        for number, row in enumerate(rows, 1):
            yield Record(f"row {number}", row)


def _file_records(path: Path) -> Iterator[Record]:
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist. Name a table of known names with the columns id and name.")
    suffix, advice = (
        path.suffix.lower(),
        f"Is {path} a table of known names, or of identities as linking writes it? It needs id and name.",
    )
    if suffix in (".csv", ".tsv"):
        return own_csv_records(path, "id", advice=advice)
    if suffix in (".jsonl", ".ndjson"):
        return jsonl_records(path, None)
    if suffix == ".parquet":
        return parquet_records(path, None, "id", advice=advice)
    raise FormatError(f"{path}: a table of known names is .csv, .tsv, .jsonl or .parquet, not {suffix!r}.")


def _rows(content: Any) -> list[Known]:
    row = next(identity_rows([content])) if isinstance(content, Identity) else content
    if not isinstance(row, Mapping):
        raise FormatError(f"expected fields and values, got {row!r:.60}.")
    named = {name: value for name, value in row.items() if not (_NAMELESS.fullmatch(str(name)) and _counts(row, name))}
    if row and all(_is_blank(named, name) for name in named):
        return []
    told = with_known_names(named, _TAKEN)
    return _linked_before(told) if "links" in told else [_known(told)]


def _linked_before(row: Mapping[str, Any]) -> list[Known]:
    """Return what a row of a table of identities tells: its links, and aliases that its user has put in."""
    _check_columns(row, _WRITTEN)
    links = [_link(one) for one in _links(row)]
    given = (_needed(row, "id"), _needed(row, "name"), _kind(row))
    names = {_bare(sighting.key.name) for sighting in links}
    added = tuple(alias for alias in _list(row, "aliases") if _bare(alias) not in names)
    seen = [Known(*given, seen=_in_full(sighting, *given[1:])) for sighting in links]
    if seen and not added:
        return seen
    roles = () if seen else tuple(_WHEN_SEEN.sub("", role) for role in _list(row, "roles"))
    countries = tuple(map(told_code, _list(row, "countries")))
    return [*seen, Known(*given, added, roles, countries[0] if len(countries) == 1 else None)]


def _bare(name: str) -> str:
    return " ".join(parse_name(name).parts)


def _in_full(sighting: Sighting, name: str, kind: str) -> Sighting:
    """Return a sighting of a surname alone under the full name: what was taken for it once is no alias of it."""
    key = sighting.key._replace(kind=kind)
    is_partial = kind == "person" and parse_name(name).is_full and not parse_name(key.name).is_full
    return replace(sighting, key=key._replace(name=name) if is_partial else key)


def _links(row: Mapping[str, Any]) -> list[Any]:
    value = _value(row, "links")
    links = parse_json(value) if isinstance(value, str) and value else value or []
    if not isinstance(links, list):
        raise FormatError(f"links is the JSON that linking writes, got {value!r:.60}.")
    return links


def _link(link: Any) -> Sighting:
    if not isinstance(link, Mapping):
        raise FormatError(f"links holds something that is no link: {link!r:.60}.")
    role, affiliation, country = (_text(link, name) for name in ("role", "affiliation", "country"))
    first, last = (date_of(_text(link, name)) for name in ("first", "last"))
    key = Key(_needed(link, "name"), "person", role, affiliation, country and told_code(country))
    return Sighting(key, 1, first or last, last or first)


def _check_columns(row: Mapping[str, Any], names: Sequence[str], more: str = "") -> None:
    if unknown := sorted(str(name) for name in row if name not in names):
        named = ", ".join(name if name.strip() else "without a name" for name in unknown)
        raise FormatError(f"unknown column(s) {named}. Available: {', '.join(names)}{more}.")


def _kind(row: Mapping[str, Any]) -> str:
    kind = _text(row, "kind") or "person"
    if kind not in ("person", "organization"):
        raise FormatError(f"kind is person or organization, got {kind!r}.")
    return kind


def _known(row: Mapping[str, Any]) -> Known:
    _check_columns(row, _COLUMNS, "; or give a table of identities as linking writes it, with its column links")
    kind = _kind(row)
    country = _text(row, "country")
    code = country and told_code(country)
    if code is not None and code not in countries_by_alpha3 and code != "XKX":
        raise FormatError(f"country is an ISO 3166-1 code or the English name of a country, got {country!r}.")
    return Known(
        _needed(row, "id"), _needed(row, "name"), kind, _list(row, "aliases"), _list(row, "roles"), code, _years(row)
    )


def _value(row: Mapping[str, Any], name: str) -> Any:
    value = row.get(name)
    is_missing = value is None or (isinstance(value, float) and math.isnan(value)) or repr(value) in ("<NA>", "NaT")
    return None if is_missing else value


def _is_blank(row: Mapping[str, Any], name: str) -> bool:
    value = _value(row, name)
    return value is None or (isinstance(value, str) and not value.strip())


def _counts(row: Mapping[str, Any], name: str) -> bool:
    """Whether a cell holds nothing, or the number of its row."""
    return _is_blank(row, name) or str(row[name]).removesuffix(".0").isdecimal()


def _text(row: Mapping[str, Any], name: str) -> str | None:
    value = _value(row, name)
    if value is None:
        return None
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise FormatError(f"{name} is text, got {value!r:.60}.")
    return str(value).strip() or None


def _needed(row: Mapping[str, Any], name: str) -> str:
    if (value := _text(row, name)) is None:
        raise FormatError(f"no {name}.")
    return value


def _list(row: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = _value(row, name)
    if value is None:
        return ()
    values = re.split(r"[;|]", value) if isinstance(value, str) else value
    try:
        words = list(values)
    except TypeError:
        raise FormatError(f"{name} is a list or text parted by ';', got {value!r:.60}.") from None
    if not all(isinstance(word, str) for word in words):
        raise FormatError(f"{name} holds something that is no text: {value!r:.60}.")
    return tuple(word.strip() for word in words if word.strip())


def _years(row: Mapping[str, Any]) -> Years | None:
    days = {}
    for name in ("from", "to"):
        words = _text(row, name)
        days[name] = iso_date(words)
        if words is not None and days[name] is None:
            raise FormatError(f"{name} is an ISO date or a year, got {words!r}.")
    first, last = days["from"], days["to"]
    if first is None and last is None:
        return None
    if first and last and first[: len(last)] > last[: len(first)]:  # as exactly as both tell
        raise FormatError(f"from ({first}) is after to ({last}).")
    start, end = as_years(first) if first else 0.0, as_years(last) if last else _NO_END
    return min(start, end), max(start, end)
