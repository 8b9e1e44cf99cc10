"""Speakers of gold quotes: as they are shipped, without links to homes, and before the article completes them.

usage: python -m training.reader.compare MODEL GOLD.jsonl [GOLD.jsonl ...]

GOLD is Article JSONL, as ``training.conflict.corpus`` and ``training.speakers.corpus`` join it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from quotestance.evaluation import evaluate, read_gold
from quotestance.quotes.finder import QuoteFinder
from quotestance.speakers.notes import Decoding, Notes
from quotestance.speakers.resolve import read_speakers, resolve_speakers
from quotestance.types import Article
from training.cards import line, percent
from training.fitting import make_measuring_parser, start
from training.reader.release import notes_of

FIGURES = (
    *("speaker", "kind", "name", "role", "affiliation", "country"),
    *("person_name", "spurious_role", "spurious_affiliation", "spurious_country"),
)
NEVER = 2.0
"""A share of the pointing that is not reached."""

WAYS: dict[str, Callable[[Article, Notes, Decoding], Article]] = {
    "not completed": read_speakers,
    "no links to homes": lambda article, noted, decoding: resolve_speakers(
        article, noted, replace(decoding, affiliation_least=NEVER, country_least=NEVER)
    ),
    "all": resolve_speakers,
}


def row(name: str, gold: Sequence[Article], found: Sequence[Article]) -> str:
    """The figures of one way as a line of a table."""
    speakers = evaluate(gold, found, draws=0).metrics["speakers"]
    return line(name, *(percent(speakers[figure]) if speakers[figure] is not None else "-" for figure in FIGURES))


def main() -> None:
    """Print a table for every gold file."""
    args = make_measuring_parser(__doc__).parse_args()
    start(threads=args.threads)
    finder = QuoteFinder.load(args.model)
    decoding = Decoding.of(finder.settings)
    for path in args.gold:
        gold = read_gold(path)
        notes = notes_of(finder, gold)
        print(path, line("way", *FIGURES), sep="\n")
        for name, way in WAYS.items():
            print(row(name, gold, [way(article, noted, decoding) for article, noted in zip(gold, notes, strict=True)]))


if __name__ == "__main__":
    main()
