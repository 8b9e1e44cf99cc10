"""Stance: classification figures, calibration, and agreement beyond chance.

``macro_f1``
    Mean F1 over the labels that the gold holds: the headline, since most quotes in news are neutral.
``mcc``
    Matthews correlation coefficient for many classes (Gorodkin, Comput. Biol. Chem. 28, 2004).
``alpha``
    Krippendorff's alpha for nominal data, gold and prediction as two coders
    (Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011).
``ece``
    Expected calibration error over 15 bins of equal width (Guo et al., ICML 2017): the mean distance between the
    confidence of the chosen label and how often it is right, in [0, 1].
``brier``
    Mean squared distance between the probabilities and the truth, summed over the labels, in [0, 2]
    (Brier, Mon. Weather Rev. 78, 1950).

All are taken over the gold quotes with a stance that were found (softly matched). A found quote without a predicted
stance counts as wrong, in a column "none" of the confusion matrix.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from quotestance.types import STANCES, Stance

BINS = 15
"""Bins of equal width over [0, 1] for calibration."""

NONE = "none"
"""Stands in for the label of a found quote that was given no stance."""

Pair = tuple[Stance, Stance | None]
"""Gold and predicted stance of a matched quote."""


def bin_of(confidence: float, bins: int = BINS) -> int:
    """The bin of a confidence in [0, 1]; each bin holds its upper edge.

    >>> bin_of(0.0), bin_of(1 / 15), bin_of(0.5), bin_of(1.0)
    (0, 0, 7, 14)
    """
    return min(bins - 1, max(0, math.ceil(confidence * bins) - 1))


def count_calibration(prefix: str, answers: Iterable[tuple[float, bool]]) -> dict[str, float]:
    """Additive counts of a reliability diagram: per bin how many answers, their confidence, and how many are right.

    Args:
        prefix: What the names begin with, as in ``stance.bin.3.all``.
        answers: Confidence in [0, 1] and whether the answer is right.
    """
    counts = {f"{prefix}.bin.{b}.{part}": 0.0 for b in range(BINS) for part in _BIN_PARTS}
    for confidence, right in answers:
        for part, value in zip(_BIN_PARTS, (1, confidence, right), strict=True):
            counts[f"{prefix}.bin.{bin_of(confidence)}.{part}"] += value
    return counts


_BIN_PARTS = ("all", "confidence", "right")


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
    """What scikit-learn computes of a set of matched quotes; a figure without a meaning on this set is ``None``.

    Returns:
        ``macro_f1``, ``accuracy``, ``mcc``, ``labels`` (label to precision, recall, f1, support) and ``confusion``
        (gold label to predicted label to count). A label that the gold lacks has neither recall nor F1, and a
        correlation with a side that holds one label alone is undefined.
    """
    from sklearn.metrics import confusion_matrix, f1_score, matthews_corrcoef, precision_recall_fscore_support

    if not pairs:
        return {"macro_f1": None, "accuracy": None, "mcc": None, "labels": {}, "confusion": {}, "count": 0}
    gold = [stance.label for stance, _ in pairs]
    given = [stance.label if stance else NONE for _, stance in pairs]
    columns = (*STANCES, NONE)
    scores = precision_recall_fscore_support(gold, given, labels=STANCES, zero_division=0)
    present = [label for label in STANCES if label in gold]
    matrix = confusion_matrix(gold, given, labels=columns)
    return {
        "count": len(pairs),
        "macro_f1": float(f1_score(gold, given, labels=present, average="macro", zero_division=0)),
        "accuracy": sum(a == b for a, b in zip(gold, given, strict=True)) / len(pairs),
        "mcc": float(matthews_corrcoef(gold, given)) if len(set(gold)) > 1 and len(set(given)) > 1 else None,
        "labels": {
            label: _label_figures(*(float(score[k]) for score in scores), is_given=label in given)
            for k, label in enumerate(STANCES)
        },
        "confusion": {
            label: {other: int(matrix[k][m]) for m, other in enumerate(columns) if other != NONE or NONE in given}
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


def reliability(counts: Mapping[str, float], prefix: str) -> list[dict[str, float | int | None]]:
    """The table behind a reliability diagram, from the counts of :func:`count_calibration`.

    Returns:
        For every bin its edges ``low`` and ``high``, the ``count`` of answers, and their mean ``confidence`` and
        ``accuracy``, both ``None`` for an empty bin.
    """
    table = []
    for b in range(BINS):
        count, confidence, right = (counts[f"{prefix}.bin.{b}.{part}"] for part in _BIN_PARTS)
        means = (confidence / count, right / count) if count else (None, None)
        edges = {"low": b / BINS, "high": (b + 1) / BINS}
        table.append({**edges, "count": int(count), "confidence": means[0], "accuracy": means[1]})
    return table


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
