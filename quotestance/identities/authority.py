"""The user's own table of known people and bodies: a file, a DataFrame or a list of dicts -> :class:`Known` rows.

Columns: ``id`` and ``name``; and, where known, ``kind`` (person or organization), ``aliases`` and ``roles`` (lists, or
text parted by ``;`` or ``|``), ``country`` (ISO 3166-1 alpha-3), ``from`` and ``to`` (ISO dates or years). One id may
have several rows, one for each role.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from iso3166 import countries_by_alpha3

from quotestance.errors import FormatError
from quotestance.identities.dates import as_years, iso_date
from quotestance.identities.profiles import Profile, Years, profile_of
from quotestance.identities.sightings import Key
from quotestance.io.records import Record, csv_records, jsonl_records, parquet_records

_COLUMNS = ("id", "name", "kind", "aliases", "country", "roles", "from", "to")
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
    """

    id: str
    name: str
    kind: str = "person"
    aliases: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    country: str | None = None
    years: Years | None = None

    def as_keys(self) -> list[Key]:
        """Return a key for every name with every role."""
        roles: tuple[str | None, ...] = self.roles or (None,)
        names = dict.fromkeys((self.name, *self.aliases))
        return [Key(name, self.kind, role, None, self.country) for name in names for role in roles]

    def profiles(self) -> list[Profile]:
        """Return what the row tells, once for every name with every role."""
        extra = Profile(frozenset(), years=self.years, known=frozenset((self.id,)))
        return [profile_of(key).joined(extra) for key in self.as_keys()]


def read_known(known: Any) -> list[Known]:
    """Return the rows of a table of known names.

    Args:
        known: Path of a .csv, .tsv, .jsonl or .parquet file, a pandas DataFrame, or an iterable of mappings.

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
            rows.append(_known(record.content))
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
    suffix, advice = path.suffix.lower(), f"Is {path} a table of known names? It needs id and name."
    if suffix in (".csv", ".tsv"):
        return csv_records(path, None, "id", advice=advice)
    if suffix in (".jsonl", ".ndjson"):
        return jsonl_records(path, None)
    if suffix == ".parquet":
        return parquet_records(path, None, "id", advice=advice)
    raise FormatError(f"{path}: a table of known names is .csv, .tsv, .jsonl or .parquet, not {suffix!r}.")


def _known(row: Any) -> Known:
    if not isinstance(row, Mapping):
        raise FormatError(f"expected fields and values, got {row!r:.60}.")
    if unknown := sorted(str(name) for name in row if name not in _COLUMNS):
        raise FormatError(f"unknown column(s) {', '.join(unknown)}. Available: {', '.join(_COLUMNS)}.")
    kind = _text(row, "kind") or "person"
    if kind not in ("person", "organization"):
        raise FormatError(f"kind is person or organization, got {kind!r}.")
    country = _text(row, "country")
    if country is not None and country not in countries_by_alpha3 and country != "XKX":
        raise FormatError(f"country is an ISO 3166-1 alpha-3 code, got {country!r}.")
    return Known(
        _needed(row, "id"), _needed(row, "name"), kind, _list(row, "aliases"), _list(row, "roles"), country, _years(row)
    )


def _value(row: Mapping[str, Any], name: str) -> Any:
    value = row.get(name)
    is_missing = value is None or (isinstance(value, float) and math.isnan(value)) or repr(value) in ("<NA>", "NaT")
    return None if is_missing else value


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
