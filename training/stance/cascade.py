"""What a cascade of two stance models is worth, by the confidence from which the fast one's answer stands.

    python -m training.stance.cascade CORPORA_DIR [--fast models/attribution-en] [--accurate models/stance-en]

Prints, on dev and on test of the labelled quotes and of conflict news in its articles (documents that no training label
came from), the share of the quotes, weighed by their words, that the accurate model is asked about, and macro-F1 as the
quotes are and with labels equally frequent: for every weight of the fast model's answer beside the accurate one's where
both answer. The confidence is that of the fast model under the shares of news. ``quotestance/stance/cascade.py`` has
what was chosen on dev.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from quotestance.evaluation.metrics.classification import Numbers, macro_f1_of
from quotestance.stance.loading import load_classifier
from quotestance.stance.shares import NEWS, pooled
from quotestance.threads import set_threads
from quotestance.types import STANCES, Stance
from training.cards import head, line, percent
from training.fitting import make_parser
from training.reader.stance_fit import articles_of, labels_of, of_news
from training.stance.data import gold_of, project_rows
from training.stance.measures import classify

LEAST_TRIED = (0.0, 0.8, 0.9, 0.95, 0.98, 1.01)
"""Confidences from which the fast model's answer stands."""

SHARES_TRIED = (0.0, 0.3, 0.5, 0.7)
"""Weights of the fast model's answer where both answer."""


def lines(
    name: str, quick: Sequence[Stance], slow: Sequence[Stance], words: Sequence[int], gold: Numbers
) -> Iterator[str]:
    """The lines of the table on some quotes."""
    sure = np.array([stance.under(NEWS).confidence for stance in quick])
    for least in LEAST_TRIED:
        asked = sure < least
        for share in SHARES_TRIED if asked.any() else SHARES_TRIED[:1]:
            stances = [
                pooled(one, other, share) if is_asked else one
                for one, other, is_asked in zip(quick, slow, asked, strict=True)
            ]
            guess = np.array([STANCES.index(stance.label) for stance in stances])
            figures = [macro_f1_of(gold, guess, len(STANCES), as_balanced=flag) for flag in (False, True)]
            left = np.array(words)[asked].sum() / sum(words)
            yield line(name, f"{least:.2f}", f"{share:.1f}", percent(left, 0), *map(percent, figures))


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--fast", type=Path, default=Path("models/attribution-en"))
    parser.add_argument("--accurate", type=Path, default=Path("models/stance-en"))
    args = parser.parse_args()
    set_threads(args.threads)
    models = [load_classifier(one) for one in (args.fast, args.accurate)]
    print(head("quotes", "at least", "weight of fast", "% asked", "macro-F1", "labels equally frequent"))
    for split in ("dev", "test"):
        rows = [row for row in project_rows(args.corpora) if row["split"] == split]
        words = [len(row["text"].split()) for row in rows]
        told = [classify(model, rows) for model in models]
        print(*lines(f"labelled, {split}", told[0], told[1], words, gold_of(rows)), sep="\n", flush=True)
        articles = articles_of(args.corpora, split)
        words = [len(quote.text.split()) for article in articles for quote in article.quotes]
        told = [of_news(model, articles) for model in models]
        print(*lines(f"news, {split}", told[0], told[1], words, labels_of(articles)), sep="\n", flush=True)


if __name__ == "__main__":
    main()
