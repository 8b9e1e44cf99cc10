"""How long linking a table of quotes takes and how much memory: ``python benchmarks/linking.py [ROWS]``.

The table is generated: 40 rows to a person on average, few of whom speak often, each under several names and roles, of
40 countries; one row in ten is a body's, one in twenty nobody's.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from quotestance.identities.tables import link_table
from quotestance.text.lexicon import word_set

ROWS = 100_000
_ROWS_TO_A_PERSON = 40
_COUNTRIES = (
    "USA",
    "GBR",
    "RUS",
    "UKR",
    "CHN",
    "ISR",
    "IRN",
    "TUR",
    "DEU",
    "FRA",
    "IND",
    "EGY",
    "KOR",
    "JPN",
    "POL",
    "SYR",
)
_ROLES = (
    "foreign minister",
    "spokesman",
    "analyst",
    "senator",
    "professor",
    "President",
    "resident",
    "mayor",
    "general",
    None,
)
_BODIES = (
    "Foreign Ministry",
    "Defense Ministry",
    "police",
    "parliament",
    "government",
    "Red Cross",
    "Reuters",
    "central bank",
)
_SYLLABLES = (
    "ka",
    "ro",
    "mi",
    "shen",
    "dor",
    "val",
    "tu",
    "lek",
    "bar",
    "nov",
    "ski",
    "man",
    "el",
    "gra",
    "ton",
    "is",
    "ez",
)


def people(count: int, draw: random.Random) -> list[tuple[str, str, str, str | None]]:
    """Given name, surname, country and role of invented people."""
    given = sorted(name.capitalize() for name in word_set("given_names.txt"))
    surnames = ["".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4))).capitalize() for _ in range(count // 2 + 1)]
    drawn = (draw.choice(given), draw.choice(surnames), draw.choice(_COUNTRIES), draw.choice(_ROLES))
    return [
        drawn,
        *(
            (draw.choice(given), draw.choice(surnames), draw.choice(_COUNTRIES), draw.choice(_ROLES))
            for _ in range(count)
        ),
    ]


def row(number: int, known: list[tuple[str, str, str, str | None]], draw: random.Random) -> dict[str, Any]:
    """Return a row of the table of quotes."""
    day = f"{draw.randint(2010, 2024)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
    cells: dict[str, Any] = {
        "article_id": str(number // 8),
        "published": day,
        "quote": number % 8,
        "text": "We will talk.",
    }
    who = draw.random()
    if who < 0.05:
        return cells | dict.fromkeys(_COLUMNS) | {"speaker_kind": "unnamed"}
    if who < 0.15:
        body = (draw.choice(_BODIES), "organization", None, None, draw.choice((*_COUNTRIES, None)))
        return cells | dict(zip(_COLUMNS, body, strict=True))
    given, surname, country, role = known[min(int(draw.paretovariate(0.6)), len(known)) - 1]
    name = draw.choice(
        (f"{given} {surname}", f"{given} {surname}", f"{given[0]}. {surname}", surname, f"Mr. {surname}")
    )
    worded = draw.choice((role, role, None, f"former {role}" if role else None))
    person = (name, "person", worded, draw.choice((None, "government")), draw.choice((country, country, None)))
    return cells | dict(zip(_COLUMNS, person, strict=True))


_COLUMNS = ("speaker_name", "speaker_kind", "speaker_role", "speaker_affiliation", "speaker_country")


def main() -> None:
    """Generate, link, print."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    draw = random.Random(1)
    known = people(rows // _ROWS_TO_A_PERSON, draw)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "quotes.parquet"
        pq.write_table(pa.Table.from_pylist([row(number, known, draw) for number in range(rows)]), path)
        start, worked = time.perf_counter(), time.process_time()
        done = link_table(path, path.with_name("linked.parquet"), path.with_name("identities.parquet"))
        seconds, work = time.perf_counter() - start, time.process_time() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{done.rows} rows, {done.linked} linked, {done.identities} identities")
    print(f"{done.sightings} distinct speakers by year held in memory")
    print(f"{seconds:.1f} s ({work:.1f} s of processor time), peak memory of the process {peak:.0f} MB")


if __name__ == "__main__":
    main()
