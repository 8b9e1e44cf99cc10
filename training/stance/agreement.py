"""Agreement between the first and the second, blind pass over the stance labels.

    python training/stance/agreement.py

Prints raw agreement and Krippendorff's alpha (nominal) on the items that both passes call usable, overall, by label
and by the hard case that the first pass coded; and which reading the adjudicators took where they differ.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from data import LABELS, read_jsonl

from quotestance.evaluation import krippendorff_alpha

LEAST = 20  # items from which an alpha is printed

Pair = tuple[dict[str, Any], dict[str, Any]]


def double_labelled() -> list[Pair]:
    """First pass and each second one of every item that has both."""
    first: dict[tuple[str, str, int, int], dict[str, Any]] = {}
    second: list[tuple[tuple[str, str, int, int], dict[str, Any]]] = []
    for file in sorted(LABELS.glob("*.jsonl")):
        for row in read_jsonl(file):
            if row["pass"] == 1:
                first.setdefault(place(row), row)
            elif row["pass"] == 2:
                second.append((place(row), row))
    return [(first[key], row) for key, row in second if key in first]


def report(name: str, pairs: list[Pair], field: str = "label") -> None:
    """One line, over the pairs in which both have the field; the starter labels have no hard case."""
    pairs = [(a, b) for a, b in pairs if field in a and field in b]
    same = sum(a[field] == b[field] for a, b in pairs) / len(pairs)
    alpha = krippendorff_alpha([[str(a[field]), str(b[field])] for a, b in pairs])
    shown = "undefined" if alpha is None else f"{alpha:.3f}"
    print(f"{name:32s} {len(pairs):5d} items   same {100 * same:5.1f}%   alpha {shown}")


def outcomes() -> Counter[str]:
    """How often the adjudicator took the first reading, the second, or neither."""
    decided = {place(row): row for row in read_jsonl(LABELS / "adjudicated.jsonl")}
    found: Counter[str] = Counter()
    for first, second in double_labelled():
        if (row := decided.get(place(first))) and (answer(first) != answer(second)):
            found[{answer(first): "first", answer(second): "second"}.get(answer(row), "neither")] += 1
    return found


def answer(row: dict[str, Any]) -> str:
    """The label, or that there is nothing to label."""
    return str(row["label"]) if row["usable"] else "unusable"


def place(row: dict[str, Any]) -> tuple[str, str, int, int]:
    """Where a labelled quote stands."""
    return row["source_repo"], row["source_path"], row["char_start"], row["char_end"]


def main() -> None:
    """Print the table."""
    pairs = double_labelled()
    report("usable or not", pairs, "usable")
    usable = [(a, b) for a, b in pairs if a["usable"] and b["usable"]]
    report("label", usable)
    report("hard case", usable, "hard_case")
    report("conditional", usable, "conditional")
    for label in ("escalatory", "de-escalatory", "neutral"):
        one = [({"is": a["label"] == label}, {"is": b["label"] == label}) for a, b in usable]
        report(f"  {label} against the rest", one, "is")
    cases: dict[str, list[Pair]] = defaultdict(list)
    for a, b in usable:
        cases[a.get("hard_case", "not coded")].append((a, b))
    for case, found in sorted(cases.items(), key=lambda item: -len(item[1])):
        if len(found) >= LEAST:
            report(f"  case {case}", found)
    print("adjudicated in favour of", dict(outcomes()))


if __name__ == "__main__":
    main()
