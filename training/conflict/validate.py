"""Check the conflict corpus: every span slices, every id, link and label is known.

usage: python -m training.conflict.validate CORPORA [--labels FILE]
"""

import argparse
import itertools
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from quotestance.types import STANCES
from training.conflict.corpus import LABELS, SPLITS, Joined, load

KINDS = frozenset(("direct", "mixed", "indirect"))
ENTITIES = frozenset(("person", "organization", "state", "unnamed"))
HOMES = frozenset(("body", "state", "party"))
QUOTE_SPANS = ("content", "cue", "source", "via")


def problems(joined: Joined) -> Iterator[str]:
    """What is wrong with the record of an article, one sentence each."""
    record = joined.record
    if record["split"] not in SPLITS:
        yield f"unknown split {record['split']!r}"
    for name, span in _spans(record):
        if not _slices(span, joined.text):
            yield f"{name} {span} does not slice to words of the text"
    known = [one["id"] for one in record["entities"]]
    if len(set(known)) < len(known):
        yield "two entities have one id"
    for one in record["entities"]:
        yield from (f"entity {one['id']}: {problem}" for problem in _entity_problems(one))
    for number, quote in enumerate(record["quotes"]):
        found = _quote_problems(quote, number, set(known), joined.text)
        yield from (f"quote {number}: {problem}" for problem in found)


def _spans(record: dict[str, Any]) -> Iterator[tuple[str, list[int]]]:
    for one in record["entities"]:
        yield from ((f"mention of {one['id']}", span) for span in one["mentions"])
        yield from ((f"role of {one['id']}", span) for span in one["roles"])
        yield from ((f"home of {one['id']}", home["span"]) for home in one["homes"])
        if one["country_evidence"] is not None:
            yield f"country evidence of {one['id']}", one["country_evidence"]
    for number, quote in enumerate(record["quotes"]):
        yield from ((f"{name} of quote {number}", span) for name in QUOTE_SPANS for span in quote[name])
    yield from ((name, span) for name in ("not_quotes", "borderline") for span in record[name])


def _slices(span: list[int], text: str) -> bool:
    start, end = span
    return 0 <= start < end <= len(text) and bool(text[start:end].strip())


def _entity_problems(one: dict[str, Any]) -> Iterator[str]:
    if one["kind"] not in ENTITIES:
        yield f"unknown kind {one['kind']!r}"
    if any(home["type"] not in HOMES for home in one["homes"]):
        yield "a home is none of body, state, party"
    if one["country"] and not re.fullmatch("[A-Z]{3}", one["country"]):
        yield f"country {one['country']!r} is no ISO alpha-3 code"
    if (one["name"] is None) != (one["kind"] == "unnamed"):
        yield "has a name and is unnamed, or the reverse"
    if one["kind"] == "unnamed" and not one["description"]:
        yield "is unnamed and has no description"


def _quote_problems(quote: dict[str, Any], number: int, known: set[str], text: str) -> Iterator[str]:
    if quote["kind"] not in KINDS:
        yield f"unknown kind {quote['kind']!r}"
    for label in (quote["stance"], quote["second_stance"]):
        if label not in (*STANCES, None) or quote["stance"] is None:
            yield f"unknown stance {label!r}"
    if quote["stance"] == quote["second_stance"]:
        yield "the second stance is the first"
    if not quote["conflict"] and quote["stance"] != "neutral":
        yield "has a stance toward no conflict"
    if dangling := set(quote["speakers"]) - known:
        yield f"no entity has the id {sorted(dangling)}"
    if bool(quote["source"]) != bool(quote["speakers"]):
        yield "has a source and no speaker, or the reverse"
    if quote["nested_in"] is not None and not 0 <= quote["nested_in"] < number:
        yield f"is nested in {quote['nested_in']}"
    pieces = quote["content"]
    if not pieces or any(a[1] > b[0] for a, b in itertools.pairwise(pieces)):
        yield "has no content, or pieces that overlap or are out of order"
    if not any(re.search(r"\w", text[slice(*piece)]) for piece in pieces):
        yield "has no word in its content"


def main() -> None:
    """Print what is wrong; exit with 1 where something is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--labels", type=Path, default=LABELS)
    options = parser.parse_args()
    articles = load(options.corpora, labels=options.labels)
    found = [f"{one.record['id']}: {problem}" for one in articles for problem in problems(one)]
    print(*found, f"{len(articles)} articles, {len(found)} problems", sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
