"""What a cascade of the two shipped stance models is worth, by the confidence from which the fast one's answer stands.

    python -m training.stance.cascade CORPORA_DIR [--fast models/stance-en-fast] [--accurate models/stance-en]

Prints, on dev and on test of the labelled quotes and of conflict news (documents that no training label came from), the
share of the quotes left to the accurate model, the cost as a share of running that model alone (words read times
parameters of the encoder), and macro-F1 as the quotes are and with labels equally frequent. The confidence is that of
the fast model under the shares of news. ``quotestance/stance/cascade.py`` has the least one, chosen on dev.
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
from training.stance.lean import shares_at
from training.stance.measures import classify, probabilities, under
from training.stance.news import news_rows
from training.stance.release import of, read_items
from training.stance.train import scores

LEAST_TRIED = (0.0, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 1.0)
"""Confidences from which the fast model's answer stands."""


def encoder_size(classifier: StanceClassifier) -> int:
    """Parameters that every token passes: those of the layers."""
    return sum(weight.numel() for name, weight in classifier.model.named_parameters() if ".layer." in name)


def lines(fast: StanceClassifier, accurate: StanceClassifier, name: str, rows: Sequence[Row]) -> list[str]:
    """The lines of the table on some quotes."""
    told, other = (classify(model, rows) for model in (fast, accurate))
    quick, slow = probabilities(told), probabilities(other)
    sure = under(probabilities(told, BALANCED), shares_at(1)).max(1)
    words = np.array([len(row["text"].split()) + len(row["context"].split()) for row in rows])
    cost_of_fast = encoder_size(fast) / encoder_size(accurate)
    found = []
    for least in LEAST_TRIED:
        left = sure < least
        cost = cost_of_fast + words[left].sum() / words.sum()
        figures = scores(np.where(left[:, None], slow, quick), rows)
        found.append(line(name, f"{least:.2f}", percent(left.mean(), 0), f"{cost:.2f}", *map(percent, figures)))
    return found


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--fast", type=Path, default=Path("models/stance-en-fast"))
    parser.add_argument("--accurate", type=Path, default=Path("models/stance-en"))
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    fast, accurate = StanceClassifier.load(args.fast), StanceClassifier.load(args.accurate)
    print(head("quotes", "at least", "% left", "cost", "macro-F1", "labels equally frequent"))
    for name, rows in (("labelled", read_items(args.corpora)), ("news", news_rows(args.corpora))):
        for split in ("dev", "test"):
            print(*lines(fast, accurate, f"{name}, {split}", of(rows, split)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
