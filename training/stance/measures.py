"""Figures on labelled quotes: scores with intervals over documents, calibration, and what abstaining leaves.

What a model answers is what it says by default, for the shares that its config names.
Two readings of one set stand side by side: the quotes as they fall, and as if the three labels were equally frequent,
each quote weighing the inverse frequency of its label. What the figures are stands in
:mod:`quotestance.evaluation.metrics`. Intervals resample documents, since quotes of one article err alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from quotestance.evaluation.metrics.bootstrap import interval, resample
from quotestance.evaluation.metrics.calibration import expected_calibration_error
from quotestance.evaluation.metrics.classification import (
    Numbers,
    balanced,
    balancing_weights,
    confusion,
    f1_by_label,
    grouped_confusion,
    macro_f1,
    precisions,
    recalls,
)
from quotestance.stance.classifier import Classifier
from quotestance.stance.shares import BALANCED, Shares
from quotestance.types import STANCES, Stance
from training.cards import bins_to_json
from training.stance.data import Row, gold_of

LEAST_CASE = 20
"""Quotes that a hard case, source or form needs to be listed."""

THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Confidences below which abstaining is tried."""

COLUMNS = {"hard_cases": "hard_case", "sources": "source", "kinds": "kind"}
"""The slices of the labelled quotes, and what they go by."""

Array = npt.NDArray[np.float64]


def classify(classifier: Classifier, rows: Sequence[Row]) -> list[Stance]:
    """Stance of every row."""
    return classifier.classify([row["text"] for row in rows], [row.get("context", "") for row in rows])


def probabilities(stances: Sequence[Stance], shares: Shares | None = None) -> Array:
    """``(rows, 3)`` in the order of STANCES; ``shares``: under which, by default those that they are told for."""
    asked = stances if shares is None else [stance.under(shares) for stance in stances]
    return np.array([[stance.probabilities[name] for name in STANCES] for stance in asked])


def shares_of(rows: Sequence[Row]) -> Array:
    """Share of each label, ``(3,)``."""
    shares: Array = np.bincount(gold_of(rows), minlength=len(STANCES)) / len(rows)
    return shares


def under(probability: Array, shares: Array) -> Array:
    """Judgements for labels equally frequent, where these shares hold; as :meth:`quotestance.types.Stance.under`."""
    odds = probability * shares
    found: Array = odds / odds.sum(1, keepdims=True)
    return found


def by_document(rows: Sequence[Row], guess: Numbers) -> Array:
    """A confusion matrix for every document, ``(documents, 3, 3)``."""
    return grouped_confusion(gold_of(rows), guess, [row["document"] for row in rows], len(STANCES))


def with_intervals(documents: Array, *, as_balanced: bool = False) -> Row:
    """Macro-F1 and F1 of every label over documents' confusion matrices, each with its 95% interval."""
    whole, draws = documents.sum(0), resample(documents)
    if as_balanced:
        whole, draws = balanced(whole), balanced(draws)
    f1, drawn = f1_by_label(whole), f1_by_label(draws)
    return {
        "macro_f1": float(macro_f1(whole)),
        "interval": interval(macro_f1(draws, whole.sum(-1) > 0)),
        "f1": dict(zip(STANCES, f1.tolist(), strict=True)),
        "f1_interval": {name: interval(drawn[:, place]) for place, name in enumerate(STANCES)},
    }


def risk_coverage(probability: Array, gold: Numbers, weights: Array) -> list[Row]:
    """What abstaining below a confidence leaves of weighted quotes: share answered, share right of those, macro-F1."""
    sure, guess = probability.max(1), probability.argmax(1)
    rows = []
    for least in THRESHOLDS:
        if (kept := sure >= least).any():
            cells = confusion(gold[kept], guess[kept], len(STANCES), weights=weights[kept])
            rows.append(
                {
                    "least": least,
                    "coverage": float(weights[kept].sum() / weights.sum()),
                    "accuracy": float(np.trace(cells) / cells.sum()),
                    "macro_f1": float(macro_f1(cells)),
                }
            )
    return rows


def slices(rows: Sequence[Row], guess: Numbers, column: str) -> dict[str, Row]:
    """Macro-F1 by the values of a column, with its interval and labels."""
    inside: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        inside[row[column]].append(place)
    return {
        value: slice_of([rows[place] for place in places], guess[places])
        for value, places in sorted(inside.items())
        if len(places) >= LEAST_CASE
    }


def slice_of(rows: Sequence[Row], guess: Numbers) -> Row:
    """Macro-F1 on some quotes, over the labels that occur among them."""
    documents = by_document(rows, guess)
    whole, counts = documents.sum(0), Counter(row["label"] for row in rows)
    return {
        "count": len(rows),
        "labels": [counts[name] for name in STANCES],
        "macro_f1": float(macro_f1(whole)),
        "interval": interval(macro_f1(resample(documents), whole.sum(-1) > 0)),
    }


def hard_ones(rows: Sequence[Row], guess: Numbers) -> Row:
    """Macro-F1 on the quotes that some reader coded as a hard case."""
    places = [place for place, row in enumerate(rows) if row["hard_case"] != "none"]
    return slice_of([rows[place] for place in places], guess[places])


def by_label(cells: Array) -> dict[str, Row]:
    """Precision, recall, F1 and count of every label of a confusion matrix."""
    columns = (precisions(cells), recalls(cells), f1_by_label(cells), cells.sum(-1))
    return {
        name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
        for name, p, r, f, n in zip(STANCES, *columns, strict=True)
    }


def describe(
    stances: Sequence[Stance], rows: Sequence[Row], shares: Array, columns: Mapping[str, str] = COLUMNS
) -> Row:
    """Every figure on one set of quotes.

    Args:
        stances: What a model says of them as it is loaded by default.
        rows: The quotes.
        shares: Of the labels on dev, ``(3,)``, for reading the quotes as they fall.
        columns: Name of a table of slices to the column of the rows that it goes by.
    """
    gold, ones = gold_of(rows), np.ones(len(rows))
    weights = balancing_weights(gold, len(STANCES))
    told, even = probabilities(stances), probabilities(stances, BALANCED)
    shifted, guess = under(even, shares), told.argmax(1)
    documents, error = by_document(rows, guess), calibration(even, gold, weights)
    natural = with_intervals(documents)
    return {
        "quotes": len(rows),
        **{key: natural[key] for key in ("macro_f1", "interval", "f1_interval")},
        "balanced": with_intervals(documents, as_balanced=True),
        "balanced_if_asked": with_intervals(by_document(rows, even.argmax(1)), as_balanced=True),
        "as_they_fall_if_balanced": with_intervals(by_document(rows, even.argmax(1))),
        "under_shares_of_dev": with_intervals(by_document(rows, shifted.argmax(1))),
        "labels": by_label(documents.sum(0)),
        "confusion": documents.sum(0).astype(int).tolist(),
        "ece": error["ece"],
        "ece_by_default": calibration(told, gold, weights)["ece"],
        "ece_as_they_fall": calibration(told, gold, ones)["ece"],
        "ece_as_they_fall_if_balanced": calibration(even, gold, ones)["ece"],
        "ece_under_shares_of_dev": calibration(shifted, gold, ones)["ece"],
        "reliability": error["bins"],
        "reliability_as_they_fall": calibration(told, gold, ones)["bins"],
        "risk_coverage": risk_coverage(even, gold, weights),
        "risk_coverage_as_they_fall": risk_coverage(told, gold, ones),
        "risk_coverage_under_shares_of_dev": risk_coverage(shifted, gold, ones),
        **{name: slices(rows, guess, column) for name, column in columns.items()},
        **({"all_hard_cases": hard_ones(rows, guess)} if "hard_cases" in columns else {}),
    }


def calibration(probability: Array, gold: Numbers, weights: Array) -> Row:
    """Expected calibration error of weighted quotes, and its bins."""
    error, bins = expected_calibration_error(probability.max(1), probability.argmax(1) == gold, weights)
    return {"ece": error, "bins": bins_to_json(bins)}


def conditionals(stances: Sequence[Stance], rows: Sequence[Row]) -> Row:
    """Precision, recall and F1 of ``conditional`` at a probability of 0.5."""
    given = np.array([(stance.conditional or 0.0) >= 0.5 for stance in stances], dtype=np.int64)
    gold = np.array([row["conditional"] for row in rows], dtype=np.int64)
    cells = confusion(gold, given, 2)
    scores = {"precision": precisions(cells), "recall": recalls(cells), "f1": f1_by_label(cells)}
    return {**{name: float(score[1]) for name, score in scores.items()}, "support": int(gold.sum())}


def groups_right(probability: Array, rows: Sequence[Row], column: str) -> Row:
    """Share of the groups of quotes that are nearly alike, which have one value in a column, that are wholly right."""
    right = probability.argmax(1) == gold_of(rows)
    groups: dict[int, list[bool]] = {}
    for row, one in zip(rows, right, strict=True):
        groups.setdefault(row[column], []).append(bool(one))
    return {
        "groups": len(groups),
        "all_right": float(np.mean([all(g) for g in groups.values()])),
        "quotes_right": float(right.mean()),
    }
