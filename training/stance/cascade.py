"""What a cascade of the two shipped stance models is worth, by the confidence from which the fast one's answer stands.

    python training/stance/cascade.py CORPORA_DIR [--fast models/stance-en-fast] [--accurate models/stance-en]

Prints, on dev and on test (documents that no training label came from), the share of the quotes left to the accurate
model, its cost as a share of running that model alone (words read times parameters of the encoder), and macro-F1 as the
quotes are and with labels equally frequent. ``quotestance/stance/cascade.py`` has the least confidence, chosen on dev.
The confidence is that of the fast model as it is, and then under the shares that the labels have on dev.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from measures import probabilities, shares_of, under
from release import classify, read_items
from train import gold_of, macro_f1

from quotestance.stance.classifier import StanceClassifier

LEAST = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)


def encoder_size(classifier: StanceClassifier) -> int:
    """Parameters that every token passes: those of the layers."""
    return sum(weight.numel() for name, weight in classifier.model.named_parameters() if ".layer." in name)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--fast", type=Path, default=Path("models/stance-en-fast"))
    parser.add_argument("--accurate", type=Path, default=Path("models/stance-en"))
    args = parser.parse_args()
    torch.set_num_threads(2)
    fast, accurate = StanceClassifier.load(args.fast), StanceClassifier.load(args.accurate)
    cost_of_fast = encoder_size(fast) / encoder_size(accurate)
    items = read_items(args.corpora)
    print("| split | confidence | at least | % left | cost | macro-F1 | labels equally frequent |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    shares = shares_of([row for row in items if row["split"] == "dev"])
    for split in ("dev", "test"):
        rows = [row for row in items if row["split"] == split]
        quick, slow = (probabilities(classify(model, rows)) for model in (fast, accurate))
        gold = gold_of(rows)
        words = np.array([len(row["text"].split()) + len(row["context"].split()) for row in rows])
        for name, sure in (("as it is", quick.max(1)), ("under shares", under(quick, shares).max(1))):
            for least in LEAST:
                left = sure < least
                cost = cost_of_fast + words[left].sum() / words.sum()
                guess = np.where(left, slow.argmax(1), quick.argmax(1))
                scores = (macro_f1(gold, guess), macro_f1(gold, guess, balanced=True))
                cells = (f"{100 * left.mean():.0f}", f"{cost:.2f}", *(f"{100 * s:.1f}" for s in scores))
                print(f"| {split} | {name} | {least:.2f} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
