"""What each rule on people is worth beside the reader: speakers of gold quotes, one rule switched off at a time.

usage: python -m training.reader.ablate MODEL GOLD.jsonl [GOLD.jsonl ...] [--pool N]

GOLD is Article JSONL, as ``training.conflict.corpus`` and ``training.speakers.corpus`` join it, or a table of
``tests/cases/``. Every article is read once, and decoded with the thresholds that ``Decoding`` has; only the
confidence is the checkpoint's. Countries that the article makes probable are left out, since they hide what a rule
gives. The first line of a table has the figures in %, the others what a figure becomes without a rule, as a difference.
The last table is over the last N files together.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from quotestance.evaluation import read_gold
from quotestance.evaluation.metrics.speakers import FIGURES, is_indirect_reference, judge
from quotestance.quotes.finder import QuoteFinder
from quotestance.speakers import combined
from quotestance.speakers.learned import resolve
from quotestance.speakers.notes import Decoding
from quotestance.speakers.resolve import resolve_speakers
from quotestance.types import Article, Quote, Span, Speaker
from training.cards import line
from training.fitting import make_measuring_parser, start
from training.reader.people import Read, read_people

NAMES = (*FIGURES, "body_name", "unnamed_that_get_a_name")
"""Figures of a table, as ``quotestance evaluate`` has them; the last two are the share of bodies that get their name,
and of unnamed sources that get somebody's."""

COLUMNS = (
    *("speaker", "kind", "person_name", "person_name_by_pronoun_or_description", "body_name"),
    *("role", "affiliation", "country", "spurious_role", "spurious_affiliation", "spurious_country"),
    "unnamed_that_get_a_name",
)

SAYS = ("group", "somebody else", "fuller name", "role", "affiliation", "country", "home of the unnamed")
"""What the rules may say beside the reader, in :func:`combine`."""


def _nothing(*_: object) -> None:
    return None


def _no(*_: object) -> bool:
    return False


def _empty(*_: object) -> Iterator[Any]:
    return iter(())


PARTS: Mapping[str, Mapping[str, Any]] = {
    "pronouns": {"resolve.find_antecedent": _nothing},
    "nominals": {
        "resolve.find_bearer": _nothing,
        "resolve.note_role": _nothing,
    },
    "roles of sources": {"resolve.note_role": _nothing},
    "whoever is spoken of": {"nominals._whoever_is_spoken_of": _nothing},
    "appositions": {"introductions._phrases": _empty},
    "appositions before": {"introductions._apposition_before": _nothing},
    "clauses": {"introductions._clauses": _empty},
    "roles of the unnamed": {"resolve.read_role": _nothing},
    "nicknames": {"mentions._is_nickname": _no},
    "names alone": {"people._stands_alone": _no},
    "others of a list": {"sources._has_others": _no},
    "words of sources": {
        "sources._is_in_relative": _no,
        "sources._is_in_name": _no,
        "sources._is_predicate": _no,
        "sources._is_of_people": _no,
        "sources._name_goes_on": _no,
    },
}
"""Parts of the rules that work inside them, each with the functions of ``quotestance.speakers`` that are replaced."""


def combine(read: Speaker | None, ruled: Speaker | None, unsure: float, off: frozenset[str]) -> Speaker | None:
    """As :func:`quotestance.speakers.combined.combine`, without some of :data:`SAYS`."""
    if read is None or ruled is None:
        return read or ruled
    if ruled.kind == "group":
        return read if "group" in off else ruled
    same = read.kind == ruled.kind == "person" and bool(_words(read) & _words(ruled))
    is_other = not same and "person" in (read.kind, ruled.kind)
    if is_other and (read.confidence or 0.0) < unsure and "somebody else" not in off:
        return ruled
    changes: dict[str, Any] = {}
    if same and _words(read) < _words(ruled) and "fuller name" not in off:
        changes["name"] = ruled.name
    for field in combined.FIELDS:
        if same:
            is_on = field not in off
        else:
            is_unnamed = read.kind == ruled.kind == "unnamed"
            is_on = is_unnamed and field != "role" and "home of the unnamed" not in off
        if is_on and getattr(read, field) is None:
            changes[field] = getattr(ruled, field)
    return replace(read, **changes)


def _words(speaker: Speaker) -> set[str]:
    return combined._words(speaker)


def read_articles(path: Path) -> list[Article]:
    """Gold articles, or the cases of a table as such."""
    if "cases" not in path.parts:
        return list(read_gold(path))
    with path.open(encoding="utf-8") as lines:
        return [to_article(json.loads(one), number) for number, one in enumerate(lines)]


def to_article(case: Mapping[str, Any], number: int) -> Article:
    """A case of ``tests/cases`` as a gold article."""
    text, words = case["text"], case["source"]
    found = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]
    place = found[case["nth"] - 1]
    source = Span.of(text, place, place + len(words))
    fields: dict[str, Any] = {name: case.get(name) for name in combined.FIELDS}
    members = tuple(case.get("members") or ())
    description = words if case.get("name") is None else None
    speaker = Speaker(case.get("name"), case["kind"], description=description, members=members, **fields)
    quote = Quote("indirect", (Span.of(text, 0, 1),), source=source, speaker=speaker)
    accepted = {name: [value for value in values if value] for name, values in case.get("accept", {}).items()}
    return Article(text, id=str(number), meta={"accepted": {str(speaker): accepted}}, quotes=(quote,))


def count(pairs: Iterable[tuple[Article, Article]]) -> Counter[str]:
    """How often each of :data:`NAMES` is right, and how often it is judged, as ``NAME.right`` and ``NAME.all``."""
    counts: Counter[str] = Counter()
    for gold, found in pairs:
        for quote, other in zip(gold.quotes, found.quotes, strict=True):
            if quote.speaker is not None:
                for name, right in _verdict(gold, quote, other.speaker).items():
                    if right is not None:
                        counts[f"{name}.right"] += right
                        counts[f"{name}.all"] += 1
    return counts


def _verdict(gold: Article, quote: Quote, given: Speaker | None) -> dict[str, bool | None]:
    assert quote.speaker is not None
    verdict = judge(gold, quote.speaker, given)
    kind = quote.speaker.kind
    verdict["person_name"] = verdict["name"] if kind == "person" else None
    is_indirect = kind == "person" and is_indirect_reference(quote)
    verdict["person_name_by_pronoun_or_description"] = verdict["name"] if is_indirect else None
    verdict["body_name"] = verdict["name"] if kind == "organization" else None
    has_name = given is not None and given.name is not None
    verdict["unnamed_that_get_a_name"] = has_name if kind == "unnamed" else None
    return verdict


@dataclass(frozen=True, slots=True)
class Way:
    """A name, what the rules may not say, and the parts of them that are switched off."""

    name: str
    off: frozenset[str] = frozenset()
    parts: tuple[tuple[str, Any], ...] = ()


WAYS = (
    Way("all"),
    *(Way(f"no {one}", frozenset((one,))) for one in SAYS),
    Way("reader alone", frozenset(SAYS)),
    *(Way(f"no {name}", parts=tuple(parts.items())) for name, parts in PARTS.items()),
)


def speakers(read: Sequence[Read], decoding: Decoding, way: Way) -> list[Article]:
    """The articles with the speakers of their quotes, one way."""
    with ExitStack() as stack:
        for path, function in way.parts:
            stack.enter_context(patch(f"quotestance.speakers.{path}", function))
        found = []
        for one in read:
            ruled = resolve_speakers(one.gold) if way.parts else one.ruled
            answer = resolve(one.gold, one.notes(decoding), decoding)
            pairs = zip(answer.quotes, ruled.quotes, strict=True)
            both = [combine(a.speaker, b.speaker, decoding.unsure, way.off) for a, b in pairs]
            quotes = (replace(quote, speaker=who) for quote, who in zip(answer.quotes, both, strict=True))
            found.append(answer.replace(quotes=tuple(quotes)))
        return found


def rows(ways: Mapping[str, Counter[str]]) -> Iterable[str]:
    """The lines of a table."""
    yield line("way", *COLUMNS)
    base: dict[str, float] = {}
    for way, counts in ways.items():
        shares = {name: 100 * counts[f"{name}.right"] / max(1, counts[f"{name}.all"]) for name in COLUMNS}
        yield line(way, *(f"{shares[name] - base[name]:+.1f}" if base else f"{shares[name]:.1f}" for name in COLUMNS))
        base = base or shares


def main() -> None:
    """Print a table for every gold file, and one for several of them together."""
    parser = make_measuring_parser(__doc__)
    parser.add_argument("--pool", type=int, default=0, help="how many of the last files are counted together too")
    args = parser.parse_args()
    start(threads=args.threads)
    finder = QuoteFinder.load(args.model)
    fitted = Decoding.of(finder.settings)
    decoding = replace(Decoding(), intercept=fitted.intercept, slope=fitted.slope)
    tables: list[dict[str, Counter[str]]] = []
    for path in args.gold:
        read = read_people(finder, read_articles(path))
        golds = [one.gold for one in read]
        tables.append({way.name: count(zip(golds, speakers(read, decoding, way), strict=True)) for way in WAYS})
        print(path, *rows(tables[-1]), sep="\n", flush=True)
    if args.pool:
        pooled = {way.name: sum((one[way.name] for one in tables[-args.pool :]), Counter()) for way in WAYS}
        print(f"the last {args.pool} together", *rows(pooled), sep="\n")


if __name__ == "__main__":
    main()
