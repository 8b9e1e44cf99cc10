"""How far a model's probabilities lean from labels that are equally frequent toward the shares of news.

    python -m training.stance.lean CORPORA MODEL [MODEL ...]

prints what every lean comes to, on dev and test: macro-F1 in % and expected calibration error of conflict news as it
falls, its macro-F1 with labels equally frequent, both of labelled quotes with labels equally frequent, and the log-loss
of the first and the third together.

Models are fitted as if the three labels were equally frequent (quotestance.training.calibration). The labels of news
are not, and who reads news should not have to know; but the full shares of news would have a model answer "neutral"
wherever it doubts.
A lean L in [0, 1] is the prior in between, ``shares ** L``: 0 stands for equal shares, 1 for those of news. The lean of
a model is the one of least log-loss on dev, over two sets that count the same: conflict news as its labels fall (of
tune, too, in a release), and the labelled quotes of other documents as if labels were equally frequent. Log-loss is a
proper score and changes smoothly, where macro-F1 of some hundred quotes jumps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.classification import Numbers, balancing_weights, macro_f1_of
from quotestance.stance.classifier import Classifier, StanceClassifier
from quotestance.stance.loading import load_classifier
from quotestance.stance.quotes import context_of
from quotestance.stance.shares import BALANCED, NEWS
from quotestance.threads import set_threads
from quotestance.training.calibration import add_to_biases
from quotestance.types import STANCES, Stance
from training.cards import head, line, percent
from training.fitting import make_parser
from training.stance.data import Row, gold_of, project_rows
from training.stance.measures import Array, classify, probabilities, under
from training.stance.news import news_rows

LEANS = tuple(round(0.1 * step, 1) for step in range(11))
_LEAST = 1e-9  # probability that a logarithm is taken of


@dataclass(frozen=True, slots=True)
class Judged:
    """What a model says of quotes where labels are equally frequent, ``(quotes, 3)``, and their labels."""

    chances: Array
    gold: Numbers

    @classmethod
    def of(cls, stances: Sequence[Stance], rows: Sequence[Row]) -> Judged:
        """From what a model said of rows, under whatever shares."""
        return cls(probabilities(stances, BALANCED), gold_of(rows))


def shares_at(lean: float) -> Array:
    """Shares of the labels at a lean, ``(3,)``."""
    shares = np.array([NEWS[label] for label in STANCES]) ** lean
    found: Array = shares / shares.sum()
    return found


def figures(judged: Judged, lean: float, *, as_balanced: bool) -> Row:
    """Macro-F1, expected calibration error and log-loss at a lean.

    Args:
        judged: The quotes.
        lean: In [0, 1].
        as_balanced: Whether every label weighs the same, however many quotes have it.
    """
    chances, gold = under(judged.chances, shares_at(lean)), judged.gold
    weights = balancing_weights(gold, len(STANCES)) if as_balanced else np.ones(len(gold))
    right = np.clip(chances[np.arange(len(gold)), gold], _LEAST, 1)
    return {
        "macro_f1": macro_f1_of(gold, chances.argmax(1), len(STANCES), as_balanced=as_balanced),
        "ece": expected_calibration_error(chances.max(1), chances.argmax(1) == gold, weights)[0],
        "log_loss": float(-(weights * np.log(right)).mean()),
    }


def table_of(news: Judged, labels: Judged) -> list[Row]:
    """The figures at every lean: conflict news as it falls and balanced, labelled quotes balanced."""
    return [
        {
            "lean": one,
            "news": figures(news, one, as_balanced=False),
            "news_balanced": figures(news, one, as_balanced=True),
            "labels": figures(labels, one, as_balanced=True),
        }
        for one in LEANS
    ]


def loss_of(row: Row) -> float:
    """The log-loss of both sets at a lean."""
    return float(row["news"]["log_loss"] + row["labels"]["log_loss"])


def best(rows: Sequence[Row]) -> float:
    """The lean of least log-loss over both sets; of equal ones the smallest."""
    return float(min(rows, key=loss_of)["lean"])


def lean_toward_news(classifier: StanceClassifier, lean: float) -> StanceClassifier:
    """The classifier with a lean in the biases of its last layer, and in its config the shares that it is for.

    Args:
        classifier: Fitted as if labels were equally frequent.
        lean: In [0, 1].
    """
    model = classifier.model
    if lean:
        shares = {label: round(float(one), 4) for label, one in zip(STANCES, shares_at(lean), strict=True)}
        shift = classifier.temperature * np.log(list(shares.values()))
        add_to_biases(model, shift - shift.mean())
        model.config.stance_prior = shares
    return replace(classifier, prior=model.config.stance_prior if lean else None)


def lines(name: str, classifier: Classifier, sets: dict[str, tuple[list[Row], list[Row]]]) -> Iterator[str]:
    """The lines of the table on a model; ``sets`` has conflict news and labelled quotes of every split."""
    for split, (news, labels) in sets.items():
        for row in table_of(*(Judged.of(classify(classifier, rows), rows) for rows in (news, labels))):
            cells = (
                cell
                for measured in (row["news"], row["news_balanced"], row["labels"])
                for cell in (percent(measured["macro_f1"]), f"{measured['ece']:.3f}")
            )
            yield line(name, split, f"{row['lean']:.1f}", *cells, f"{loss_of(row):.3f}")


def main() -> None:
    """Print the table."""
    parser = make_parser(__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("models", nargs="+", help="model folders that read single quotes")
    args = parser.parse_args()
    set_threads(args.threads)
    labels = project_rows(args.corpora)
    names = ("news", "error", "news, balanced", "error", "labels, balanced", "error")
    print(head("model", "split", "lean", *names, "log-loss"))
    for name in args.models:
        classifier = load_classifier(name)
        news = news_rows(args.corpora, context_of(classifier))
        sets = {
            split: ([row for row in news if row["split"] == split], [row for row in labels if row["split"] == split])
            for split in ("dev", "test")
        }
        print(*lines(Path(name).name, classifier, sets), sep="\n", flush=True)


if __name__ == "__main__":
    main()
