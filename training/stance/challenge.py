"""How the stance models do on invented quotes that were aimed at their weaknesses, by hard case.

    python -m training.stance.challenge [models/stance-en models/attribution-en ...]

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

from quotestance.stance.loading import load_classifier
from training.cards import compared
from training.stance.data import Row, bare, gold_of, read_jsonl
from training.stance.measures import classify, conditionals, probabilities
from training.stance.train import scores

CHALLENGE = Path(__file__).with_name("challenge.jsonl")
SHIPPED = ("models/stance-en", "models/attribution-en")

LEAST_CASE = 40
"""Quotes that a hard case needs to be listed."""


def figures(name: str, rows: list[Row]) -> dict[str, float]:
    """The cells of a model, by the names of their rows."""
    classifier, gold = load_classifier(name), gold_of(rows)
    stances = classify(classifier, rows)
    right = (probability := probabilities(stances)).argmax(1) == gold
    alone = probabilities(classify(classifier, bare(rows)))
    found = {
        "macro-F1": scores(probability, rows)[0],
        "macro-F1 without the sentence before": scores(alone, rows)[0],
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
    print(compared(f"{len(rows)} quotes", names, columns))


if __name__ == "__main__":
    main()
