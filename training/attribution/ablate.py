"""What each part of the decoder is worth: dev figures with one part after the other switched off.

    python training/attribution/ablate.py CHECKPOINT POLNEAR_DIR/data/dev

CHECKPOINT may be models/attribution-en. Prints a Markdown table of F1 in %. Quotations inside quotations and telling
apart of media are left out of all rows but the last, which is the whole of ``find_quotes``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from release import decode_all, read_all

from quotestance.evaluation import Report, evaluate, read_gold
from quotestance.finder import QuoteFinder
from quotestance.types import Article

COLUMNS = (
    "quotes.all.end_to_end.f1",
    "quotes.direct_mixed.end_to_end.f1",
    "quotes.indirect.end_to_end.f1",
    "passages.three_words.end_to_end.f1",
)
PARTS = {
    "the decoder as it is shipped": {},
    "no bias on content": {"content_bias": 0.0},
    "a source only where it outweighs none": {"source": 0.5},
    "quotation marks have no vote": {"quoted": 2.0},
    "pieces are never joined": {"join": 2.0},
}
WINDOWS = (256, 128)  # tokens read at once, instead of the checkpoint's own


def row(name: str, report: Report) -> str:
    """One line of the table."""
    return f"| {name} | " + " | ".join(f"{100 * (report.figure(column) or 0):.1f}" for column in COLUMNS) + " |"


def found_by(finder: QuoteFinder, gold: Sequence[Article]) -> list[Article]:
    """What ``find_quotes`` gives."""
    return [found for article in gold for found in finder.find([article.replace(quotes=(), meta={})])]


def main() -> None:
    """Print the table."""
    torch.set_num_threads(2)
    finder, gold = QuoteFinder.load(sys.argv[1]), read_gold(Path(sys.argv[2]))
    read = read_all(finder, gold)
    print("| decoder | all | direct + mixed | indirect | passages |\n| --- | --- | --- | --- | --- |")
    for name, changes in PARTS.items():
        predicted = decode_all(gold, read, {**finder.settings, **changes})
        print(row(name, evaluate(gold, predicted, draws=0)), flush=True)
    own = finder.model.config.window
    for finder.model.config.window in WINDOWS:
        predicted = decode_all(gold, read_all(finder, gold), finder.settings)
        print(row(f"windows of {finder.model.config.window} tokens", evaluate(gold, predicted, draws=0)), flush=True)
    finder.model.config.window = own
    print(row("as shipped, with quotations inside quotations", evaluate(gold, found_by(finder, gold), draws=0)))


if __name__ == "__main__":
    main()
