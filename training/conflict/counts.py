"""Print the counts of the data sheet: articles, quotes, people and labels, by split, source and war.

usage: python -m training.conflict.counts [--labels FILE]
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from quotestance.types import STANCES
from training.conflict.corpus import DOCUMENTS, LABELS, SPLITS

Record = dict[str, Any]


def table(header: Sequence[object], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def stances(records: Iterable[Record], *, in_conflict: bool = False) -> list[str]:
    """The share of every stance in % of the quotes, or of those about a conflict."""
    found = Counter(q["stance"] for one in records for q in one["quotes"] if q["conflict"] or not in_conflict)
    return [f"{100 * found[label] / max(1, found.total()):.1f}" for label in STANCES]


def row_of(name: str, records: Sequence[Record], words: dict[str, int]) -> list[object]:
    """Articles, words, quotes and stances of some records."""
    quotes = sum(len(one["quotes"]) for one in records)
    return [name, len(records), f"{sum(words[one['id']] for one in records):,}", f"{quotes:,}", *stances(records)]


def layers(records: Sequence[Record]) -> Iterator[tuple[str, int]]:
    """How many labels of every kind there are."""
    quotes = [quote for one in records for quote in one["quotes"]]
    people = [entity for one in records for entity in one["entities"]]
    for kind, count in Counter(quote["kind"] for quote in quotes).most_common():
        yield f"{kind} quotes", count
    yield "nested quotes", sum(quote["nested_in"] is not None for quote in quotes)
    yield "quotes with a medium that relays them", sum(bool(quote["via"]) for quote in quotes)
    yield "quotes without a source", sum(not quote["source"] for quote in quotes)
    yield "quotes about a conflict", sum(quote["conflict"] for quote in quotes)
    yield "conditional", sum(quote["conditional"] for quote in quotes)
    yield "with a second label", sum(quote["second_stance"] is not None for quote in quotes)
    yield "of which the reader was not sure", sum(not quote["sure"] for quote in quotes)
    for kind, count in Counter(entity["kind"] for entity in people).most_common():
        yield {"organization": "bodies", "person": "persons", "state": "states"}.get(kind, "unnamed sources"), count
    yield "mentions by name", sum(len(entity["mentions"]) for entity in people)
    yield "roles", sum(len(entity["roles"]) for entity in people)
    yield "homes", sum(len(entity["homes"]) for entity in people)
    yield "with a country", sum(entity["country"] is not None for entity in people)
    yield "passages in marks without speech", sum(len(one["not_quotes"]) for one in records)
    yield "borderline passages", sum(len(one["borderline"]) for one in records)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path, default=LABELS)
    options = parser.parse_args()
    with options.labels.open(encoding="utf-8") as stream:
        records = [json.loads(line) for line in stream]
    with DOCUMENTS.open(encoding="utf-8") as stream:
        words = {row["id"]: row["words"] for row in map(json.loads, stream)}
    head = ("", "articles", "words", "quotes", *(f"{label}, %" for label in STANCES))
    groups = [("all", records)]
    groups += [(split, [one for one in records if one["split"] == split]) for split in SPLITS]
    for column in ("file", "war"):
        for value, _ in Counter(one[column] for one in records).most_common():
            groups.append((value, [one for one in records if one[column] == value]))
    print(table(head, (row_of(name, found, words) for name, found in groups)))
    print(f"\nStances of the quotes about a conflict, %: {' / '.join(stances(records, in_conflict=True))}\n")
    print(table(("what", "count"), ((name, f"{count:,}") for name, count in layers(records))))


if __name__ == "__main__":
    main()
