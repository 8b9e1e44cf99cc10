"""What a cascade of the two shipped stance models is worth, by the confidence from which the fast one's answer stands.

    python -m training.stance.cascade CORPORA_DIR [--fast models/stance-en-fast] [--accurate models/stance-en]

Prints, for the conflict corpus (quotes as they fall) and for the labelled documents (labels equally frequent), dev and
test, the share of the quotes left to the accurate model, its cost as a share of running that model alone (tokens read
times parameters of the layers), and macro-F1. ``quotestance/stance/cascade.py`` has the least confidence, which was
chosen on dev.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from quotestance.evaluation.metrics.classification import Numbers, macro_f1_of
from quotestance.stance.article_classifier import ArticleClassifier
from quotestance.stance.cascade import NEWS
from quotestance.types import STANCES
from training.cards import head, line, percent
from training.fitting import make_parser, start
from training.stance.data import gold_of
from training.stance.measures import probabilities, under
from training.stance.passages import Passage
from training.stance.read_in_article import Cutter
from training.stance.release import in_articles, passages_by_use, rows_of

LEAST_TRIED = (0.0, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Confidences from which the fast model's answer stands."""


def encoder_size(classifier: ArticleClassifier) -> int:
    """Parameters that every token passes: those of the layers."""
    return sum(weight.numel() for name, weight in classifier.model.named_parameters() if ".layer." in name)


def tokens_read(classifier: ArticleClassifier, passages: Sequence[Passage], asked: npt.NDArray[np.bool_]) -> int:
    """Tokens of the windows that are read for some of the labelled quotes of passages."""
    cutter, flags = Cutter(classifier.tokenizer, classifier.model.config), iter(asked.tolist())
    config, total = classifier.model.config, 0
    for passage in passages:
        targets = tuple(
            one if one.label is not None and next(flags) else replace(one, label=None) for one in passage.targets
        )
        cuts = cutter(replace(passage, targets=targets), before=config.before, after=config.after)
        total += sum(cut.length for cut in cuts)
    return total


@dataclass(frozen=True, slots=True)
class Set:
    """A set of passages as both models read it."""

    name: str
    passages: list[Passage]
    gold: Numbers
    quick: npt.NDArray[np.float64]
    slow: npt.NDArray[np.float64]
    is_balanced: bool


def lines(one: Set, fast: ArticleClassifier, accurate: ArticleClassifier) -> Iterator[str]:
    """The lines of the table on a set."""
    everything = tokens_read(accurate, one.passages, np.ones(len(one.gold), dtype=np.bool_))
    cost_of_fast = encoder_size(fast) / encoder_size(accurate)
    news = np.array([NEWS[name] for name in STANCES])
    for name, sure in (("as it is", one.quick.max(1)), ("under news", under(one.quick, news).max(1))):
        for least in LEAST_TRIED:
            left = sure < least
            cost = cost_of_fast + tokens_read(accurate, one.passages, left) / everything
            guess = np.where(left[:, None], one.slow, one.quick).argmax(1)
            figure = macro_f1_of(one.gold, guess, len(STANCES), as_balanced=one.is_balanced)
            yield line(one.name, name, f"{least:.2f}", percent(left.mean(), 0), f"{cost:.2f}", percent(figure))


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--fast", type=Path, default=Path("models/stance-en-fast"))
    parser.add_argument("--accurate", type=Path, default=Path("models/stance-en"))
    args = parser.parse_args()
    start(threads=args.threads)
    fast, accurate = ArticleClassifier.load(args.fast), ArticleClassifier.load(args.accurate)
    sets = passages_by_use(args.corpora)
    print(head("quotes", "confidence", "at least", "% left", "cost", "macro-F1"))
    for name in ("news_dev", "dev", "news_test", "test"):
        passages = sets[name]
        quick, slow = (probabilities(in_articles(model, passages)) for model in (fast, accurate))
        one = Set(name, passages, gold_of(rows_of(passages)), quick, slow, is_balanced=not name.startswith("news"))
        print(*lines(one, fast, accurate), sep="\n", flush=True)


if __name__ == "__main__":
    main()
