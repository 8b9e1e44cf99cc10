"""How far a model's probabilities lean from labels that are equally frequent toward the shares of news.

Models are fitted as if the three labels were equally frequent (temperature.py). The labels of news are not, and who
reads news should not have to know; but the full shares of news would have a model answer "neutral" wherever it doubts.
A lean L in [0, 1] is the prior in between, ``shares ** L``: 0 stands for equal shares, 1 for those of news. The lean of
a model is the one of least log-loss on dev, over two sets that count the same: conflict news as its labels fall, and
the labelled quotes of other documents as if labels were equally frequent. Log-loss is a proper score and changes
smoothly, where macro-F1 of some hundred quotes jumps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.classification import Numbers, balancing_weights, macro_f1_of
from quotestance.stance.classifier import StanceClassifier
from quotestance.stance.shares import BALANCED, NEWS
from quotestance.types import STANCES, Stance
from training.stance.data import Row, gold_of
from training.stance.measures import Array, probabilities, under
from training.stance.temperature import add_to_biases

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
    """The figures at every lean: conflict news as it falls, labelled quotes with labels equally frequent."""
    return [
        {
            "lean": lean,
            "news": figures(news, lean, as_balanced=False),
            "labels": figures(labels, lean, as_balanced=True),
        }
        for lean in LEANS
    ]


def best(rows: Sequence[Row]) -> float:
    """The lean of least log-loss over both sets; of equal ones the smallest."""
    return float(min(rows, key=lambda row: row["news"]["log_loss"] + row["labels"]["log_loss"])["lean"])


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
