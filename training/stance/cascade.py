"""What a cascade of the two shipped stance models is worth, by the confidence from which the fast one's answer stands.

    python -m training.stance.cascade CORPORA_DIR [--fast models/stance-en-fast] [--accurate models/stance-en]

Prints, on dev and on test (documents that no training label came from), the share of the quotes left to the accurate
model, its cost as a share of running that model alone (words read times parameters of the encoder), and macro-F1 as the
quotes are and with labels equally frequent. ``quotestance/stance/cascade.py`` has the least confidence, chosen on dev.
The confidence is that of the fast model as it is, and then under the shares that the labels have on dev.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.shares import BALANCED
from training.cards import head, line, percent
from training.fitting import make_parser
from training.stance.data import Row
from training.stance.measures import classify, probabilities, shares_of, under
from training.stance.release import read_items
from training.stance.train import scores

LEAST_TRIED = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Confidences from which the fast model's answer stands."""


def encoder_size(classifier: StanceClassifier) -> int:
    """Parameters that every token passes: those of the layers."""
    return sum(weight.numel() for name, weight in classifier.model.named_parameters() if ".layer." in name)


class Cascade:
    """The two models and the quotes of both splits, read once."""

    def __init__(self, fast: StanceClassifier, accurate: StanceClassifier, items: Sequence[Row]) -> None:
        self.fast, self.accurate, self.items = fast, accurate, items
        self.cost_of_fast = encoder_size(fast) / encoder_size(accurate)
        self.shares = shares_of(self.of("dev"))

    def of(self, split: str) -> list[Row]:
        """The quotes of a split."""
        return [row for row in self.items if row["split"] == split]

    def lines(self, split: str) -> list[str]:
        """The lines of the table on a split."""
        rows = self.of(split)
        told, other = (classify(model, rows) for model in (self.fast, self.accurate))
        quick, slow, even = probabilities(told), probabilities(other), probabilities(told, BALANCED)
        words = np.array([len(row["text"].split()) + len(row["context"].split()) for row in rows])
        found = []
        for name, sure in (("as it is", quick.max(1)), ("under shares", under(even, self.shares).max(1))):
            for least in LEAST_TRIED:
                left = sure < least
                cost = self.cost_of_fast + words[left].sum() / words.sum()
                figures = scores(np.where(left[:, None], slow, quick), rows)
                cells = (percent(left.mean(), 0), f"{cost:.2f}", *map(percent, figures))
                found.append(line(split, name, f"{least:.2f}", *cells))
        return found


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--fast", type=Path, default=Path("models/stance-en-fast"))
    parser.add_argument("--accurate", type=Path, default=Path("models/stance-en"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    cascade = Cascade(StanceClassifier.load(args.fast), StanceClassifier.load(args.accurate), read_items(args.corpora))
    print(head("split", "confidence", "at least", "% left", "cost", "macro-F1", "labels equally frequent"))
    for split in ("dev", "test"):
        print(*cascade.lines(split), sep="\n", flush=True)


if __name__ == "__main__":
    main()
