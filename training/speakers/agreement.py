"""How far two annotators agree on who the sources are: the gold files against gold/second.jsonl.

No texts are needed:

    python -m training.speakers.agreement
    python -m training.speakers.agreement --disagreements tune2  # and the sources of that file on which they differ

List the disagreements of ``tune`` and ``tune2`` only: the others are for scoring. Every article of ``second.jsonl`` is
looked up in the gold files by its id; its sources must be the same, in the same order. Words are compared as
``quotestance evaluate`` compares them.

What is printed, in %: kind over all sources; name over the sources that both call a person; role and affiliation over
those too, and over the sources that both call unnamed; country over all sources. Names, roles and affiliations are
"accepted" where the preferred one of either annotator is among those that the other accepts, "preferred" where both
prefer the same; they and "a shared code" count only where both annotators give something, "given or not" always.
Alpha is Krippendorff's for nominal data. One person has the same labels all through an article, so there are fewer
independent judgements than sources.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from quotestance.evaluation import krippendorff_alpha
from quotestance.evaluation.metrics.speakers import normalise
from training.fitting import make_parser
from training.speakers.corpus import FILES, SECOND, Labels, read_records

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


def pair_up() -> list[Pair]:
    """The doubly annotated sources, in the order of the second pass."""
    gold = {record.id: (name, record.labels) for name in FILES for record in read_records(name)}
    pairs: list[Pair] = []
    for record in read_records(SECOND):
        name, firsts = gold[record.id]
        for one, other in zip(firsts, record.labels, strict=True):
            assert one.source == other.source, (record.id, one.source, other.source)
            pairs.append(Pair(name, f"{record.id[:48]} {list(one.source)}", one, other))
    return pairs


def fits(given: Sequence[str], accepted: Sequence[str]) -> bool:
    """Whether the preferred answer, if there is one, is among others."""
    return bool(given) and normalise(given[0]) in set(map(normalise, accepted))


def are_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the preferred answer of either is accepted by the other."""
    return fits(one, other) or fits(other, one)


def prefer_the_same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the preferred answers are one."""
    return fits(one, other[:1])


def share_a_code(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two lists of countries have one in common."""
    return not set(one).isdisjoint(other)


def values(pair: Pair, field: str) -> tuple[list[str], list[str]]:
    """What the two say in a field; an absent one is empty."""
    return pair.first.values(field), pair.second.values(field)


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
        [pair for pair in pairs if pair.first.speaker.kind == pair.second.speaker.kind == kind]
        for kind in ("person", "unnamed")
    )
    return [
        nominal("kind", [(pair.first.speaker.kind, pair.second.speaker.kind) for pair in pairs]),
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
    if pair.first.speaker.kind != pair.second.speaker.kind:
        return ["kind"]
    fields = []
    for field in ("name", "role", "affiliation", "country"):
        one, other = values(pair, field)
        same = share_a_code if field == "country" else are_same
        if (one or other) and not same(one, other):
            fields.append(field)
    return fields


def shown(pair: Pair, field: str) -> tuple[object, object]:
    """What the two say in a field, to print."""
    return (pair.first.speaker.kind, pair.second.speaker.kind) if field == "kind" else values(pair, field)


def main() -> None:
    """Print the table, and the disagreements if asked."""
    parser = make_parser(__doc__)
    parser.add_argument("--disagreements", choices=FILES)
    options = parser.parse_args()
    pairs = pair_up()
    for pair in pairs:
        for field in differing(pair) if pair.file == options.disagreements else ():
            print(f"{pair.place} {field}: {' | '.join(map(str, shown(pair, field)))}")
    for measure, agree, alpha in table(pairs):
        chance = "" if alpha is None else f"  alpha {alpha:.2f}"
        print(f"{measure:38} {100 * sum(agree) / max(1, len(agree)):5.1f}  of {len(agree):3}{chance}")


if __name__ == "__main__":
    main()
