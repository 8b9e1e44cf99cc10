"""Pairwise precision and recall of linking speakers across articles, beside a plain baseline.

    python -m training.identities.evaluate            # the parts of tests/cases/identities.jsonl
    python -m training.identities.evaluate --errors   # and the wrong and missing pairs of all parts but "test"

A line of the file is an article: ``split`` (dev, test, later or last), ``published``, and ``speakers``, each with its
``identity``; null for those that are nobody else (the unnamed, groups, names that are not told). Every part is linked
by itself. A pair is two records of one part; it is right where both identities are one.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from quotestance import Article, Quote, Span, Speaker, link_speakers

SPLITS = ("dev", "test", "later", "last")
CASES = Path(__file__).parents[2] / "tests" / "cases" / "identities.jsonl"
_FIELDS = ("name", "kind", "role", "affiliation", "country", "description")


@dataclass(frozen=True)
class Pairs:
    """Counts of pairs of records: found and right, found, and to be found."""

    right: int
    found: int
    gold: int

    @property
    def precision(self) -> float:
        """In percent."""
        return 100 * self.right / self.found if self.found else 100.0

    @property
    def recall(self) -> float:
        """In percent."""
        return 100 * self.right / self.gold if self.gold else 100.0

    def __str__(self) -> str:
        figures = f"precision {self.precision:5.1f}   recall {self.recall:5.1f}"
        return f"{figures}   ({self.found} pairs found, {self.gold} gold)"


def read_cases(split: str, path: Path = CASES) -> tuple[list[Article], list[str | None]]:
    """The articles of a part, a quote for each speaker, and the identity of every quote in their order."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]
    rows = [row for row in rows if row["split"] == split]
    return [_article(row) for row in rows], [speaker["identity"] for row in rows for speaker in row["speakers"]]


def _article(row: dict[str, Any]) -> Article:
    text = "Yes. " * len(row["speakers"])
    quotes = tuple(
        Quote("indirect", (Span.of(text, 5 * number, 5 * number + 4),), speaker=_speaker(speaker))
        for number, speaker in enumerate(row["speakers"])
    )
    return Article(text, id=row["article"], published=row["published"], quotes=quotes)


def _speaker(data: dict[str, Any]) -> Speaker:
    given: dict[str, Any] = {name: data.get(name) for name in _FIELDS}
    return Speaker(**given, members=data.get("members", ()))


def baseline(speaker: Speaker) -> Hashable:
    """What people do without this: the same last word, country and kind."""
    return (speaker.name.split()[-1].lower(), speaker.country, speaker.kind) if speaker.name else None


def pairs_of(ids: Sequence[Hashable]) -> set[tuple[int, int]]:
    """Pairs of records with one id, ``None`` being nobody's."""
    places: dict[Hashable, list[int]] = {}
    for number, one in enumerate(ids):
        if one is not None:
            places.setdefault(one, []).append(number)
    return {pair for numbers in places.values() for pair in combinations(numbers, 2)}


def score(ids: Sequence[Hashable], gold: Sequence[Hashable]) -> Pairs:
    """Pairwise counts of ids against gold ones."""
    found, wanted = pairs_of(ids), pairs_of(gold)
    return Pairs(len(found & wanted), len(found), len(wanted))


def linked_ids(articles: Sequence[Article]) -> list[str | None]:
    """The id of every quote's speaker, in order, after linking."""
    return [quote.speaker.id if quote.speaker else None for a in link_speakers(articles).articles for quote in a.quotes]


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--errors", action="store_true", help="print wrong and missing pairs, but for test")
    parser.add_argument("--split", choices=SPLITS, help="this part alone")
    arguments = parser.parse_args()
    for split in [arguments.split] if arguments.split else SPLITS:
        articles, gold = read_cases(split)
        speakers = [quote.speaker for article in articles for quote in article.quotes if quote.speaker]
        ids = linked_ids(articles)
        print(f"{split}: {len(articles)} articles, {len(speakers)} speaker records")
        print(f"  link_speakers   {score(ids, gold)}")
        print(f"  baseline        {score([baseline(speaker) for speaker in speakers], gold)}")
        if arguments.errors and split != "test":
            _print_errors(ids, gold, speakers, articles)


def _print_errors(
    ids: Sequence[Hashable], gold: Sequence[Hashable], speakers: Sequence[Speaker], articles: Sequence[Article]
) -> None:
    dates = [article.published for article in articles for _ in article.quotes]
    found, wanted = pairs_of(ids), pairs_of(gold)
    for title, pairs in (("WRONG", found - wanted), ("MISSING", wanted - found)):
        for a, b in sorted(pairs):
            shown = (
                f"{one.name}|{one.role}|{one.affiliation}|{one.country}|{dates[n]} -> {ids[n]}"
                for n, one in ((a, speakers[a]), (b, speakers[b]))
            )
            print(f"{title}  {'   ~   '.join(shown)}")


if __name__ == "__main__":
    main()
