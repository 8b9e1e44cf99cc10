"""Agreement between the first and the second, blind pass over the stance labels.

    python -m training.stance.agreement

Prints Markdown tables: agreement and Krippendorff's alpha (nominal) on the items that both passes call usable, overall,
by label, by who read again and by the hard case that the first pass coded; and how often the first labels of each draw
of quotes are which. Then which reading the adjudicators took where the two differ.

An alpha compares agreement with what chance would bring. Where nearly every answer is the same, chance brings nearly
all of it, and a few differences push alpha toward 0: so the table also has the share of the most frequent answer.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from quotestance.evaluation import krippendorff_alpha
from quotestance.types import STANCES
from training.cards import percent, table
from training.stance.data import LABELS, Place, Row, answer, place, read_jsonl

LEAST_ITEMS = 20
"""Items from which an alpha is printed."""

AGAIN = {
    "random draws (lm-e)": ("lm-e",),
    "test (lm-m to lm-p)": ("lm-m", "lm-n", "lm-o", "lm-p"),
    "dev (lm-s, lm-t)": ("lm-s", "lm-t"),
    "train, most of them doubted (lm-q, lm-r)": ("lm-q", "lm-r"),
}
"""Second readings, by what was read."""
DRAWS = {
    "starter (lm-0 to lm-3)": ("lm-0", "lm-1", "lm-2", "lm-3"),
    "random (lm-a to lm-d)": ("lm-a", "lm-b", "lm-c", "lm-d"),
    "hard by a keyword model (lm-f to lm-h)": ("lm-f", "lm-g", "lm-h"),
    "hardest of the rest (lm-i to lm-l)": ("lm-i", "lm-j", "lm-k", "lm-l"),
}
"""First readings, by how the quotes were drawn."""

Pair = tuple[Row, Row]


def double_labelled() -> list[Pair]:
    """First pass and each second one of every item that has both."""
    first: dict[Place, Row] = {}
    second: list[tuple[Place, Row]] = []
    for file in sorted(LABELS.glob("*.jsonl")):
        for row in read_jsonl(file):
            if row["pass"] == 1:
                first.setdefault(place(row), row)
            elif row["pass"] == 2:
                second.append((place(row), row))
    return [(first[key], row) for key, row in second if key in first]


def line(name: str, pairs: Iterable[Pair], field: str = "label") -> tuple[object, ...]:
    """One row of the table, over the pairs in which both have the field; the starter labels have no hard case."""
    answers = [(str(a[field]), str(b[field])) for a, b in pairs if field in a and field in b]
    same = sum(first == second for first, second in answers) / len(answers)
    alpha = krippendorff_alpha([list(both) for both in answers])
    commonest = Counter(one for both in answers for one in both).most_common(1)[0][1] / (2 * len(answers))
    shown = "undefined" if alpha is None else f"{alpha:.3f}"
    return name, len(answers), percent(same), shown, percent(commonest)


def by_case(pairs: list[Pair]) -> list[tuple[object, ...]]:
    """Rows of the hard cases, the most frequent first."""
    cases: dict[str, list[Pair]] = defaultdict(list)
    for a, b in pairs:
        cases[a.get("hard_case", "not coded")].append((a, b))
    found = sorted(cases.items(), key=lambda item: -len(item[1]))
    return [line(f"case {name}", inside) for name, inside in found if len(inside) >= LEAST_ITEMS]


def agreement() -> str:
    """The table of agreement."""
    pairs = double_labelled()
    usable = [(a, b) for a, b in pairs if a["usable"] and b["usable"]]
    unsure = [(a, b) for a, b in usable if "low" in (a.get("confidence"), b.get("confidence"))]
    rows = [line("usable or not", pairs, "usable"), line("label", usable)]
    for label in STANCES:
        one = [({"is": a["label"] == label}, {"is": b["label"] == label}) for a, b in usable]
        rows.append(line(f"{label} against the rest", one, "is"))
    rows += [line("conditional", usable, "conditional"), line("hard case", usable, "hard_case")]
    for name, readers in AGAIN.items():
        rows.append(line(name, ((a, b) for a, b in usable if b["annotator"] in readers)))
    rows += [line("either reader unsure", unsure), *by_case(usable)]
    return table(("what", "pairs of readings", "same, %", "alpha", "most frequent answer, %"), *rows)


def draws() -> str:
    """The table of the first labels."""
    first = [row for file in LABELS.glob("*.jsonl") for row in read_jsonl(file) if row["pass"] == 1]
    rows = []
    for name, readers in DRAWS.items():
        answers = Counter(answer(row) for row in first if row["annotator"] in readers)
        usable = sum(answers[label] for label in STANCES)
        shares = [percent(answers[label] / usable) for label in STANCES]
        rows.append((name, answers.total(), usable, *shares))
    return table(("draw", "quotes", "usable", *(f"{label}, %" for label in STANCES)), *rows)


def outcomes() -> Counter[str]:
    """How often the adjudicator took the first reading, the second, or neither."""
    decided = {place(row): row for row in read_jsonl(LABELS / "adjudicated.jsonl")}
    found: Counter[str] = Counter()
    for first, second in double_labelled():
        if (row := decided.get(place(first))) and (answer(first) != answer(second)):
            found[{answer(first): "first", answer(second): "second"}.get(answer(row), "neither")] += 1
    return found


def main() -> None:
    """Print the tables."""
    print(agreement(), draws(), sep="\n\n", end="\n\n")
    print("adjudicated in favour of", dict(outcomes()))


if __name__ == "__main__":
    main()
