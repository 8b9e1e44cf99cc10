"""Stance: classification figures, calibration, and agreement beyond chance.

``macro_f1``
    Mean F1 over the labels that the gold holds (see :mod:`classification`): the headline, since most quotes in news are
    neutral. A bootstrap draw without one of these labels has none and is left out of the interval.
``mcc``
    Matthews correlation coefficient for many classes (Gorodkin, Comput. Biol. Chem. 28, 2004).
``alpha``
    Krippendorff's alpha for nominal data, gold and prediction as two coders
    (Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011).
``ece``
    Expected calibration error of the chosen label, see :mod:`calibration`.
``brier``
    Mean squared distance between the probabilities and the truth, summed over the labels, in [0, 2]
    (Brier, Mon. Weather Rev. 78, 1950).

All are taken over the gold quotes with a stance that were found (softly matched). A found quote without a predicted
stance counts as wrong, in a column "none" of the confusion matrix.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from quotestance.evaluation.metrics.calibration import count_calibration
from quotestance.evaluation.metrics.classification import (
    confusion,
    f1_by_label,
    macro_f1,
    numbered,
    precisions,
    recalls,
)
from quotestance.types import STANCES, Stance

NONE = "none"
"""Stands in for the label of a found quote that was given no stance."""

Pair = tuple[Stance, Stance | None]
"""Gold and predicted stance of a matched quote."""


def count_stances(pairs: Sequence[Pair]) -> dict[str, float]:
    """Additive counts of one article: cells of the confusion matrix, reliability bins and squared distances."""
    cells = Counter((gold.label, predicted.label if predicted else NONE) for gold, predicted in pairs)
    given = [(gold.label, predicted) for gold, predicted in pairs if predicted is not None]
    return {
        **{f"stance.cell.{a}.{b}": float(cells[a, b]) for a in STANCES for b in (*STANCES, NONE)},
        **count_calibration("stance", [(answer.confidence, answer.label == label) for label, answer in given]),
        "stance.answered": float(len(given)),
        "stance.brier": math.fsum(squared_distance(answer, label) for label, answer in given),
    }


def squared_distance(stance: Stance, label: str) -> float:
    """Sum over the labels of the squared difference between probability and truth, in [0, 2].

    >>> squared_distance(Stance({"escalatory": 0.5, "de-escalatory": 0.5, "neutral": 0.0}), "neutral")
    1.5
    """
    return math.fsum((stance.probabilities.get(name, 0.0) - (name == label)) ** 2 for name in STANCES)


def classification_figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Compute the figures of a set of matched quotes; a figure without a meaning on this set is ``None``.

    Returns:
        ``macro_f1``, ``accuracy``, ``mcc``, ``labels`` (label to precision, recall, f1, support) and ``confusion``
        (gold label to predicted label to count). A label that the gold lacks has neither recall nor F1, and a
        correlation with a side that holds one label alone is undefined.
    """
    from sklearn.metrics import matthews_corrcoef

    if not pairs:
        return {"macro_f1": None, "accuracy": None, "mcc": None, "labels": {}, "confusion": {}, "count": 0}
    gold = [stance.label for stance, _ in pairs]
    given = [stance.label if stance else NONE for _, stance in pairs]
    columns = (*STANCES, NONE)
    cells = confusion(numbered(gold, columns), numbered(given, columns), len(STANCES), answers=len(columns))
    scores = (precisions(cells), recalls(cells), f1_by_label(cells), cells.sum(-1))
    return {
        "count": len(pairs),
        "macro_f1": float(macro_f1(cells)),
        "accuracy": sum(a == b for a, b in zip(gold, given, strict=True)) / len(pairs),
        "mcc": float(matthews_corrcoef(gold, given)) if len(set(gold)) > 1 and len(set(given)) > 1 else None,
        "labels": {
            label: _label_figures(*(float(score[k]) for score in scores), is_given=label in given)
            for k, label in enumerate(STANCES)
        },
        "confusion": {
            label: {other: int(cells[k][m]) for m, other in enumerate(columns) if other != NONE or NONE in given}
            for k, label in enumerate(STANCES)
        },
    }


def _label_figures(precision: float, recall: float, f1: float, support: float, *, is_given: bool) -> dict[str, Any]:
    in_gold = support > 0
    return {
        "precision": precision if in_gold or is_given else None,
        "recall": recall if in_gold else None,
        "f1": f1 if in_gold else None,
        "support": int(support),
    }


def krippendorff_alpha(units: Iterable[Sequence[Hashable | None]]) -> float | None:
    """Krippendorff's alpha for nominal data, with any number of coders and with missing values.

    Source: Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011).

    Args:
        units: For every unit what each coder said, ``None`` where a coder said nothing.

    Returns:
        1 for full agreement, 0 for agreement as by chance; ``None`` where the values do not vary, or nothing was
        coded twice.

    >>> round(krippendorff_alpha(zip("aabbdcccedda", "babbbccceddd")), 3)
    0.692
    """
    totals: Counter[Hashable] = Counter()
    observed = 0.0
    for unit in units:
        values = Counter(value for value in unit if value is not None)
        size = values.total()
        if size < 2:
            continue
        totals.update(values)
        observed += sum(count * (size - count) for count in values.values()) / (size - 1)
    pairable = totals.total()
    expected = sum(count * (pairable - count) for count in totals.values())
    return 1.0 - (pairable - 1) * observed / expected if expected else None
