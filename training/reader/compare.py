"""Speakers of gold quotes: as they are shipped, and with one of the rules left out that stand beside the reader.

usage: python -m training.reader.compare MODEL GOLD.jsonl [GOLD.jsonl ...]

GOLD is Article JSONL, as ``training.conflict.corpus`` and ``training.speakers.corpus`` join it.  Prints, for each file,
the figures of every way in %, all after ``all`` as differences in points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from quotestance.evaluation import evaluate, read_gold
from quotestance.quotes.finder import QuoteFinder
from quotestance.speakers import entities, named_bodies, profiles, resolve
from quotestance.speakers.notes import Decoding, Notes
from quotestance.text import person_names
from quotestance.types import Article
from training.cards import line, percent
from training.fitting import make_measuring_parser, start
from training.reader.release import notes_of

FIGURES = (
    *("speaker", "kind", "name", "person_name", "body_name", "role", "affiliation", "country"),
    *("spurious_role", "spurious_affiliation", "spurious_country"),
)
NEVER = 2.0
"""A share of the pointing that is not reached."""


def never(*_: Any) -> Any:
    """Say no to everything."""
    return None


def second(_: Any, one: Any) -> Any:
    """Give back the second thing that was given."""
    return one


RULES: dict[str, tuple[object, str, Any]] = {
    "no state as home of its own": (resolve, "own_state", never),
    "one name, many kinds": (entities, "_of_one_kind", second),
    "no names in brackets": (named_bodies, "_is_in_brackets", never),
    "no short forms of bodies": (named_bodies, "_is_short_of", never),
    "bodies of two states may be one": (named_bodies._Bodies, "_may_be", lambda *_: True),
    "no names that every state's bodies have": (named_bodies, "is_generic", never),
    "no head nouns of bodies": (named_bodies, "_is_head_of", never),
    "no listed names of bodies": (named_bodies, "listed_name", never),
    "no acronym before its name": (named_bodies._Bodies, "_spelt_out", never),
    "no acronyms": (named_bodies, "acronyms", lambda _: ()),
    "no short given names": (person_names, "_short_forms", dict),
    "a source that is a name is asked too": (resolve, "_named_in", never),
    "nobody is several": (resolve, "_may_be_several", never),
    "roles inside sources point": (profiles, "_around", never),
}
"""Rules by what is said where they are left out: what to replace, and by what."""


Figures = dict[str, float | None]


def figures(gold: Sequence[Article], notes: Sequence[Notes], decoding: Decoding) -> Figures:
    """The figures on speakers of one way to read notes."""
    found = [resolve.resolve_speakers(article, noted, decoding) for article, noted in zip(gold, notes, strict=True)]
    speakers: Figures = evaluate(gold, found, draws=0).metrics["speakers"]
    return speakers


def ways(gold: Sequence[Article], notes: Sequence[Notes], decoding: Decoding) -> Iterator[tuple[str, Figures]]:
    """Every way by name, the one that is shipped first."""
    yield "all", figures(gold, notes, decoding)
    yield "no links to homes", figures(gold, notes, replace(decoding, affiliation_least=NEVER, country_least=NEVER))
    for name, (holder, attribute, instead) in RULES.items():
        with patch.object(holder, attribute, instead):
            yield name, figures(gold, notes, decoding)


def cell(own: float | None, usual: float | None, *, is_usual: bool) -> str:
    """A figure, or how far it is from the usual one."""
    if own is None or usual is None:
        return "-"
    return percent(own) if is_usual else f"{100 * (own - usual):+.1f}"


def main() -> None:
    """Print a table for every gold file."""
    args = make_measuring_parser(__doc__).parse_args()
    start(threads=args.threads)
    finder = QuoteFinder.load(args.model)
    for path in args.gold:
        gold = read_gold(path)
        print(path, line("way", *FIGURES), sep="\n")
        usual: Figures = {}
        for name, own in ways(gold, notes_of(finder, gold), Decoding.of(finder.settings)):
            usual = usual or own
            print(line(name, *(cell(own[one], usual[one], is_usual=own is usual) for one in FIGURES)))


if __name__ == "__main__":
    main()
