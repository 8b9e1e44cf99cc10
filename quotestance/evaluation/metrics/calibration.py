"""Calibration: how far a confidence is from how often the answer is right.

Expected calibration error over 15 bins of equal width (Naeini et al., AAAI 2015; Guo et al., ICML 2017): the mean
distance between the confidence of an answer and the share that is right, in [0, 1]. A bin holds its upper edge and not
its lower one; the first holds both. Everything comes from counts that add up over articles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 15
"""Bins of equal width over [0, 1]."""

_PARTS = ("all", "confidence", "right")


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin that holds answers.

    Args:
        low: Its lower edge, in [0, 1).
        count: Answers in it.
        weight: Their share of the weight of all answers.
        confidence, right: Their mean confidence and the share that is right, both weighted.
    """

    low: float
    count: int
    weight: float
    confidence: float
    right: float


def bin_of(confidence: float, bins: int = BINS) -> int:
    """Return the bin of a confidence in [0, 1]; each bin holds its upper edge.

    >>> bin_of(0.0), bin_of(1 / 15), bin_of(0.5), bin_of(1.0)
    (0, 0, 7, 14)
    """
    return min(bins - 1, max(0, math.ceil(confidence * bins) - 1))


def count_calibration(
    prefix: str, answers: Iterable[tuple[float, bool]], weights: Iterable[float] | None = None
) -> dict[str, float]:
    """Additive counts of a reliability diagram: per bin how many answers, their confidence, and how many are right.

    Args:
        prefix: What the names begin with, as in ``stance.bin.3.all``.
        answers: Confidence in [0, 1] and whether the answer is right.
        weights: How much each answer counts; 1 where they are left out.
    """
    given = list(answers)
    counts = {f"{prefix}.bin.{b}.{part}": 0.0 for b in range(BINS) for part in _PARTS}
    for (confidence, right), weight in zip(given, [1.0] * len(given) if weights is None else weights, strict=True):
        for part, value in zip(_PARTS, (1, confidence, right), strict=True):
            counts[f"{prefix}.bin.{bin_of(confidence)}.{part}"] += weight * value
    return counts


def calibration_error(counts: Mapping[str, Any], prefix: str) -> Any:
    """Compute the expected calibration error from the counts of :func:`count_calibration`, or arrays of draws."""
    parts = ([counts[f"{prefix}.bin.{b}.{part}"] for b in range(BINS)] for part in _PARTS)
    answers, confidence, right = (np.stack(list(part)) for part in parts)
    return np.abs(confidence - right).sum(axis=0) / answers.sum(axis=0)


def reliability(counts: Mapping[str, float], prefix: str) -> list[dict[str, float | int | None]]:
    """Build the table behind a reliability diagram from the counts of :func:`count_calibration`.

    Returns:
        For every bin its edges ``low`` and ``high``, the ``count`` of answers, and their mean ``confidence`` and
        ``accuracy``, both ``None`` for an empty bin.
    """
    table = []
    for b in range(BINS):
        count, confidence, right = (counts[f"{prefix}.bin.{b}.{part}"] for part in _PARTS)
        means = (confidence / count, right / count) if count else (None, None)
        edges = {"low": b / BINS, "high": (b + 1) / BINS}
        table.append({**edges, "count": int(count), "confidence": means[0], "accuracy": means[1]})
    return table


def expected_calibration_error(
    confidence: ArrayLike, right: ArrayLike, weights: ArrayLike | None = None
) -> tuple[float, list[Bin]]:
    """Compute the expected calibration error of weighted answers, and the bins that are not empty.

    Args:
        confidence: In [0, 1], ``(answers,)``.
        right: Whether each answer is right, ``(answers,)``.
        weights: How much each answer counts, ``(answers,)``; 1 where they are left out.

    >>> error, bins = expected_calibration_error([0.9, 0.9, 0.6], [True, False, True])
    >>> round(error, 3), [(one.count, one.right) for one in bins]
    (0.4, [(1, 1.0), (2, 0.5)])
    """
    sure, fine = np.asarray(confidence, dtype=float).tolist(), np.asarray(right, dtype=bool).tolist()
    given: NDArray[np.float64] = np.ones(len(sure)) if weights is None else np.asarray(weights, dtype=float)
    counts = count_calibration("x", zip(sure, fine, strict=True), given.tolist())
    held = np.bincount([bin_of(one) for one in sure], minlength=BINS)
    bins = []
    for b in np.flatnonzero(held).tolist():
        weight, mean, share = (counts[f"x.bin.{b}.{part}"] for part in _PARTS)
        bins.append(Bin(b / BINS, int(held[b]), weight / float(given.sum()), mean / weight, share / weight))
    return float(calibration_error(counts, "x")), bins
