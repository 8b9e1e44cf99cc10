"""Classification: F1 of every label and its mean, from a confusion matrix or from one for every bootstrap draw.

Confusion matrices are ``(..., labels, answers)``, gold in the rows; answers are the labels in the same order and, where
there may be none, one more column for that. ``macro_f1`` is the mean F1 over the labels that the gold holds.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
Numbers = NDArray[np.int64]
"""Labels as indices into a list of labels."""


def numbered(values: Sequence[str], names: Sequence[str]) -> Numbers:
    """Labels as indices into their names."""
    places = {name: place for place, name in enumerate(names)}
    return np.array([places[value] for value in values], dtype=np.int64)


def confusion(gold: Numbers, given: Numbers, labels: int, *, weights: ArrayLike = 1.0, answers: int = 0) -> Values:
    """Count the confusion matrix ``(labels, answers)``.

    Args:
        gold, given: Indices of the labels.
        labels: How many labels there are.
        weights: How much each case counts.
        answers: How many answers there are; as many as labels where it is left out.
    """
    cells = np.zeros((labels, answers or labels))
    np.add.at(cells, (gold, given), weights)
    return cells


def grouped_confusion(gold: Numbers, given: Numbers, groups: Sequence[object], labels: int) -> Values:
    """Count a confusion matrix for every group (a document), ``(groups, labels, labels)``, by their first case.

    What :func:`quotestance.evaluation.metrics.bootstrap.resample` draws from.
    """
    numbers: dict[object, int] = {}
    places = np.array([numbers.setdefault(group, len(numbers)) for group in groups], dtype=np.int64)
    cells = np.zeros((len(numbers), labels, labels))
    np.add.at(cells, (places, gold, given), 1)
    return cells


def balanced(cells: Values) -> Values:
    """Weigh the confusion matrix as if the labels were equally frequent: the rows that the gold holds sum to 1."""
    rows = cells.sum(-1, keepdims=True)
    return cells / np.where(rows > 0, rows, 1.0)


def precisions(cells: Values) -> Values:
    """Share of the answers of each label that is right, ``(..., labels)``; 0 where it was never answered."""
    return _share(_right(cells), cells.sum(-2)[..., : cells.shape[-2]])


def recalls(cells: Values) -> Values:
    """Share of the gold of each label that was answered so, ``(..., labels)``; 0 where the gold has none."""
    return _share(_right(cells), cells.sum(-1))


def f1_by_label(cells: Values) -> Values:
    """F1 of every label, ``(..., labels)``; 0 where neither gold nor answers hold it."""
    return _share(2 * _right(cells), cells.sum(-1) + cells.sum(-2)[..., : cells.shape[-2]])


def macro_f1(cells: Values, counted: NDArray[np.bool_] | None = None) -> Values:
    """Mean F1 over the labels that the gold holds, ``(...)``; NaN where it holds none.

    Args:
        cells: Confusion matrices.
        counted: The labels to take the mean over instead, ``(labels,)``: those of the whole set, for draws from it.

    >>> float(macro_f1(confusion(np.array([0, 0, 1]), np.array([0, 1, 1]), labels=3)).round(3))
    0.667
    """
    present = cells.sum(-1) > 0 if counted is None else np.broadcast_to(counted, cells.shape[:-1])
    with np.errstate(invalid="ignore"):
        mean: Values = np.where(present, f1_by_label(cells), 0.0).sum(-1) / present.sum(-1)
    return mean


def macro_f1_of(gold: Numbers, given: Numbers, labels: int, *, as_balanced: bool = False) -> float:
    """Macro-F1 of labels against gold; ``as_balanced``: as if the labels were equally frequent."""
    cells = confusion(gold, given, labels)
    return float(macro_f1(balanced(cells) if as_balanced else cells))


def balancing_weights(gold: Numbers, labels: int) -> Values:
    """Weights ``(n,)`` with mean 1 under which the labels that occur are equally frequent.

    >>> balancing_weights(np.array([0, 0, 0, 1]), labels=3).round(2).tolist()
    [0.67, 0.67, 0.67, 2.0]
    """
    counts = np.bincount(gold, minlength=labels)
    weights: Values = len(gold) / ((counts > 0).sum() * counts[gold])
    return weights


def _right(cells: Values) -> Values:
    return np.diagonal(cells, axis1=-2, axis2=-1)


def _share(part: Values, whole: Values) -> Values:
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)
