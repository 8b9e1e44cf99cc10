"""How the stance models do on invented quotes that were aimed at their weaknesses, by hard case.

    python training/stance/challenge.py [models/stance-en models/stance-en-fast ...]

challenge.jsonl holds life-like quotes with the sentence before them, which is often about something else: neutral
quotes full of the words of war and peace, and stances without such words. The labels are those of the writers, which
blind readers confirmed (their readings were not kept; labels/README.md). No shipped model was trained on them. Prints a
Markdown table of macro-F1 in %, with and without the sentence before, and of the share of right labels by hard case.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from data import read_jsonl
from measures import conditionals, probabilities
from release import classify
from train import gold_of, macro_f1

from quotestance.stance.classifier import StanceClassifier

CHALLENGE = Path(__file__).with_name("challenge.jsonl")
SHIPPED = ("models/stance-en", "models/stance-en-fast")
LEAST_CASE = 40  # quotes that a hard case needs to be listed


def figures(name: str, rows: list[dict[str, object]]) -> dict[str, float]:
    """The cells of a model, by the names of their rows."""
    classifier, gold = StanceClassifier.load(name), gold_of(rows)
    stances = classify(classifier, rows)
    right = (guess := probabilities(stances).argmax(1)) == gold
    alone = probabilities(classify(classifier, [{**row, "context": ""} for row in rows])).argmax(1)
    found = {
        "macro-F1": macro_f1(gold, guess),
        "macro-F1 without the sentence before": macro_f1(gold, alone),
        "F1 of conditional": conditionals(stances, rows)["f1"],
    }
    for case, count in Counter(str(row["hard_case"]) for row in rows).most_common():
        if count >= LEAST_CASE:
            inside = np.array([row["hard_case"] == case for row in rows])
            found[f"right in {case} ({count})"] = float(right[inside].mean())
    return found


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    names = sys.argv[1:] or SHIPPED
    rows = list(read_jsonl(CHALLENGE))
    columns = [figures(name, rows) for name in names]
    print(f"| {len(rows)} quotes | " + " | ".join(Path(name).name for name in names) + " |")
    print("| --- " * (len(names) + 1) + "|")
    for line in columns[0]:
        print(f"| {line} | " + " | ".join(f"{100 * column[line]:.1f}" for column in columns) + " |")


if __name__ == "__main__":
    main()
