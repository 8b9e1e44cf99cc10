"""Invented quotes in threes, each in the manner of a real one: checked, counted, and a measure of stance models.

    python -m training.stance.triples [models/stance-en models/attribution-en ...]

triples.jsonl has a quote a line, some with the sentence before. The three of a ``triple`` took the form of one labelled
quote of the train split, share most of their words and differ in what decides the label. Those with the split held
were learned by no model. Stops with status 1 where a line is wrong, else prints the counts, how far a second, blind
reading agrees, and for every model folder given macro-F1 and the share of triples of which every quote is right, in %,
on those held. Data sheet: labels/README.md.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from quotestance.evaluation import krippendorff_alpha
from quotestance.stance.loading import load_classifier
from quotestance.threads import set_threads
from quotestance.types import STANCES
from training.cards import compared, head, line, percent
from training.fitting import make_parser
from training.stance.data import TRIPLES, Row, load_triples, read_jsonl
from training.stance.measures import classify, groups_right, probabilities
from training.stance.train import scores

REREAD = Path(__file__).with_name("triples_reread.jsonl")
"""Answers of a blind reader: the quote, the sentence before, label and condition."""


def problems(rows: Sequence[Row]) -> Iterator[str]:
    """What is wrong with the rows, a sentence each that begins with the number of the triple, or with the quote."""
    for row in rows:
        if row["label"] not in STANCES:
            yield f"{row['triple']}: {row['label']!r} is no label"
        if row["text"] != row["text"].strip() or not row["text"]:
            yield f"{row['triple']}: the quote is empty or has blanks around it"
        if row["conditional"] and row["label"] == "neutral":
            yield f"{row['triple']}: a neutral quote makes no move that hangs on a condition"
    for number, members in by_triple(rows).items():
        if len(members) != 3:
            yield f"{number}: {len(members)} quotes"
        if {row["split"] for row in members} not in ({"train"}, {"held"}):
            yield f"{number}: the quotes of a triple are all for training, or all held"
        if len({row["label"] for row in members}) == 1:
            yield f"{number}: one label alone"
    for read, count in Counter(map(_read, rows)).items():
        if count > 1:
            yield f"{read[1][:40]!r}: {count} rows label one quote"


def by_triple(rows: Sequence[Row]) -> dict[int, list[Row]]:
    """The rows of every triple."""
    found: defaultdict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["triple"]].append(row)
    return found


def _read(row: Row) -> tuple[str, str]:
    return row.get("context", ""), row["text"]


def counts(rows: Sequence[Row]) -> str:
    """A Markdown table of the quotes by split and label."""
    lines = [head("split", "quotes", *STANCES, "conditional", "with the sentence before")]
    for split in ("train", "held"):
        members = [row for row in rows if row["split"] == split]
        labels = Counter(row["label"] for row in members)
        flags, led = (sum(bool(row.get(key)) for row in members) for key in ("conditional", "context"))
        lines.append(line(split, len(members), *(labels[one] for one in STANCES), flags, led))
    return "\n".join(lines)


def reread(rows: Sequence[Row], path: Path = REREAD) -> str:
    """How far a second reader, who did not see the labels, gave the same ones."""
    first = {_read(row): row for row in rows}
    pairs = [(first[_read(row)], row) for row in read_jsonl(path)]
    same, flags = (percent(float(np.mean([a[key] == b[key] for a, b in pairs]))) for key in ("label", "conditional"))
    alpha = krippendorff_alpha([(a["label"], b["label"]) for a, b in pairs])
    return f"Read again, blind: {len(pairs)}; label the same {same}%, alpha {alpha:.3f}; conditional the same {flags}%."


def figures(name: str, rows: Sequence[Row]) -> dict[str, float]:
    """Macro-F1, and the share of the triples that are right as a whole."""
    told = probabilities(classify(load_classifier(name), rows))
    right = groups_right(told, rows, "triple")
    return {"macro-F1": scores(told, rows)[0], f"triples right ({right['groups']})": right["all_right"]}


def main() -> None:
    """Check, count, measure."""
    parser = make_parser(__doc__)
    parser.add_argument("models", nargs="*", help="model folders to measure")
    arguments = parser.parse_args()
    rows = load_triples(TRIPLES)
    if found := list(problems(rows)):
        sys.exit("\n".join(found))
    print(counts(rows))
    print(f"\n{reread(rows)}")
    if not arguments.models:
        return
    set_threads(arguments.threads)
    held = [row for row in rows if row["split"] == "held"]
    columns = [figures(name, held) for name in arguments.models]
    print(f"\n{compared(f'{len(held)} quotes', arguments.models, columns)}")


if __name__ == "__main__":
    main()
