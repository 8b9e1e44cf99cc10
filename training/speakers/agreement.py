"""How far two annotators agree on who the sources are: the gold files against gold/second.jsonl.

Usage (no texts are needed):

    python training/speakers/agreement.py
    python training/speakers/agreement.py --disagreements tune2  # and the sources of that file on which they differ

List the disagreements of ``tune`` and ``tune2`` only, as with the errors in ``evaluate.py``. Every article of
``second.jsonl`` is looked up in the gold files by corpus and id; its sources must be the same, in the same order. Words
are compared as in ``evaluate.py``.

What is printed, in %: kind over all sources; name over the sources that both call a person; role and affiliation over
those too, and over the sources that both call unnamed; country over all sources. Names, roles and affiliations are
"accepted" where the preferred one of either annotator is among those that the other accepts, "preferred" where both
prefer the same; they and "a shared code" count only where both annotators give something, "given or not" always.
Alpha is Krippendorff's for nominal data. One person has the same labels all through an article, so there are fewer
independent judgements than sources.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from evaluate import GOLD, fits, normal

from quotestance.evaluation import krippendorff_alpha

FILES = ("tune", "test", "tune2", "test2")
SECOND = GOLD / "second.jsonl"

Labels = dict[str, Any]
Same = Callable[[Sequence[str], Sequence[str]], bool]


class Pair(NamedTuple):
    """What two annotators say of one source."""

    file: str
    place: str
    first: Labels
    second: Labels


class Row(NamedTuple):
    """One line of the table: for each source whether the two agree, and their agreement beyond chance."""

    measure: str
    agree: list[bool]
    alpha: float | None = None


def read_articles(path: Path) -> dict[tuple[str, str], list[Labels]]:
    """Sources by (corpus, id)."""
    articles = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {(article["corpus"], article["id"]): article["sources"] for article in articles}


def pair_up(second: Path = SECOND) -> list[Pair]:
    """The doubly annotated sources, in the order of the second pass."""
    gold = {key: (name, sources) for name in FILES for key, sources in read_articles(GOLD / f"{name}.jsonl").items()}
    pairs: list[Pair] = []
    for key, sources in read_articles(second).items():
        name, firsts = gold[key]
        for one, other in zip(firsts, sources, strict=True):
            assert one["source"] == other["source"], (key, one["source"], other["source"])
            pairs.append(Pair(name, f"{key[0]} {key[1][:36]} {one['source']}", one, other))
    return pairs


def are_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the preferred answer of either is accepted by the other."""
    return fits(next(iter(one), None), list(other)) or fits(next(iter(other), None), list(one))


def prefer_the_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the preferred answers are one."""
    return fits(next(iter(one), None), list(other[:1]))


def share_a_code(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two lists of countries have one in common."""
    return bool({normal(code) for code in one} & {normal(code) for code in other})


def values(pair: Pair, field: str) -> tuple[list[str], list[str]]:
    """What the two say in a field; an absent one is empty."""
    return pair.first.get(field) or [], pair.second.get(field) or []


def nominal(measure: str, units: list[tuple[Any, Any]]) -> Row:
    """A row for values that are the same or not, with alpha."""
    return Row(measure, [one == other for one, other in units], krippendorff_alpha(units))


def where_both(pairs: Iterable[Pair], field: str, same: Same) -> list[bool]:
    """Whether the answers are the same, of those pairs where both give one."""
    return [same(one, other) for one, other in (values(pair, field) for pair in pairs) if one and other]


def given(measure: str, field: str, pairs: Iterable[Pair]) -> Row:
    """Whether a field is given at all."""
    answers = [values(pair, field) for pair in pairs]
    return nominal(f"{measure}, given or not", [(bool(one), bool(other)) for one, other in answers])


def given_and_same(measure: str, field: str, pairs: list[Pair]) -> list[Row]:
    """Whether a role or affiliation is given, and whether it is the same where both give one."""
    return [
        given(measure, field, pairs),
        Row(f"{measure}, accepted", where_both(pairs, field, are_same)),
        Row(f"{measure}, preferred", where_both(pairs, field, prefer_the_same)),
    ]


def table(pairs: list[Pair]) -> list[Row]:
    """All rows."""
    people, unnamed = (
        [pair for pair in pairs if pair.first["kind"] == pair.second["kind"] == kind] for kind in ("person", "unnamed")
    )
    return [
        nominal("kind", [(pair.first["kind"], pair.second["kind"]) for pair in pairs]),
        Row("name, accepted", [are_same(*values(pair, "name")) for pair in people]),
        Row("name, preferred", [prefer_the_same(*values(pair, "name")) for pair in people]),
        *given_and_same("role", "role", people),
        *given_and_same("affiliation", "affiliation", people),
        given("role of unnamed", "role", unnamed),
        *given_and_same("affiliation of unnamed", "affiliation", unnamed),
        given("country", "country", pairs),
        Row("country, a shared code", where_both(pairs, "country", share_a_code)),
    ]


def differing(pair: Pair) -> list[str]:
    """The fields on which the two differ."""
    if pair.first["kind"] != pair.second["kind"]:
        return ["kind"]
    fields = []
    for field in ("name", "role", "affiliation", "country"):
        one, other = values(pair, field)
        same = share_a_code if field == "country" else are_same
        if (one or other) and not same(one, other):
            fields.append(field)
    return fields


def main() -> None:
    """Print the table, and the disagreements if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--disagreements", choices=FILES)
    options = parser.parse_args()
    pairs = pair_up()
    for pair in pairs:
        for field in differing(pair) if pair.file == options.disagreements else ():
            print(f"{pair.place} {field}: {pair.first.get(field)} | {pair.second.get(field)}")
    for measure, agree, alpha in table(pairs):
        chance = "" if alpha is None else f"  alpha {alpha:.2f}"
        print(f"{measure:38} {100 * sum(agree) / max(1, len(agree)):5.1f}  of {len(agree):3}{chance}")


if __name__ == "__main__":
    main()
