"""Figures on labelled quotes: scores with intervals over documents, calibration, and what abstaining leaves.

Two readings of one set stand side by side: the quotes as they fall, and as if the three labels were equally frequent,
each quote weighing the inverse frequency of its label. Macro-F1 comes from a confusion matrix, for the second reading
from one whose rows sum to 1. Intervals resample documents, since quotes of one article err alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import precision_recall_fscore_support
from train import gold_of, label_weights

from quotestance.types import STANCES, Stance

BINS = 15
DRAWS = 1000
LEAST_CASE = 20  # quotes that a hard case, source or form needs to be listed
THRESHOLDS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9)

Row = dict[str, Any]
Array = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


def probabilities(stances: Sequence[Stance]) -> Array:
    """``(rows, 3)`` in the order of STANCES."""
    return np.array([[stance.probabilities[name] for name in STANCES] for stance in stances])


def shares_of(rows: Sequence[Row]) -> Array:
    """Share of each label, ``(3,)``."""
    shares: Array = np.bincount(gold_of(rows), minlength=len(STANCES)) / len(rows)
    return shares


def under(probability: Array, shares: Array) -> Array:
    """The same judgements where the labels have these shares, as :meth:`quotestance.types.Stance.under` has it."""
    odds = probability * shares
    found: Array = odds / odds.sum(1, keepdims=True)
    return found


def confusions(gold: Labels, guess: Labels, groups: Sequence[object]) -> Array:
    """A confusion matrix for every group (a document), ``(groups, 3, 3)``, gold in the rows."""
    numbers: dict[object, int] = {}
    places = np.array([numbers.setdefault(group, len(numbers)) for group in groups])
    found = np.zeros((len(numbers), len(STANCES), len(STANCES)))
    np.add.at(found, (places, gold, guess), 1)
    return found


def f1_of(confusion: Array, *, balanced: bool = False) -> Array:
    """F1 of every label, ``(..., 3)``, of confusion matrices ``(..., 3, 3)``; ``balanced``: rows weigh the same."""
    if balanced:
        confusion = confusion / np.maximum(confusion.sum(-1, keepdims=True), 1e-9)
    right = np.diagonal(confusion, axis1=-2, axis2=-1)
    both = confusion.sum(-1) + confusion.sum(-2)
    found: Array = 2 * right / np.maximum(both, 1e-9)
    return found


def drawn(confusion: Array) -> Array:
    """Confusion matrices of DRAWS sets of as many documents, drawn with replacement, ``(draws, 3, 3)``."""
    times = np.random.default_rng(0).multinomial(len(confusion), np.full(len(confusion), 1 / len(confusion)), DRAWS)
    found: Array = np.einsum("dg,gij->dij", times.astype(float), confusion)
    return found


def middle(draws: Array) -> list[float]:
    """The middle 95% of draws."""
    low, high = np.percentile(draws, (2.5, 97.5))
    return [float(low), float(high)]


def macro_f1_of(confusion: Array, *, balanced: bool = False) -> Row:
    """Macro-F1 and F1 of every label over documents' confusion matrices, each with its 95% interval."""
    f1, draws = (f1_of(one, balanced=balanced) for one in (confusion.sum(0), drawn(confusion)))
    return {
        "macro_f1": float(f1.mean()),
        "interval": middle(draws.mean(-1)),
        "f1": dict(zip(STANCES, map(float, f1), strict=True)),
        "f1_interval": {name: middle(draws[:, place]) for place, name in enumerate(STANCES)},
    }


def reliability(probability: Array, gold: Labels, weights: Array) -> tuple[float, list[Row]]:
    """Expected calibration error of the top label (Naeini et al., AAAI 2015) and its bins, over weighted quotes."""
    sure, right = probability.max(1), probability.argmax(1) == gold
    places = np.minimum((sure * BINS).astype(int), BINS - 1)
    bins = [
        {
            "from": round(place / BINS, 3),
            "count": int(inside.sum()),
            "weight": float(weights[inside].sum() / weights.sum()),
            "confidence": float(np.average(sure[inside], weights=weights[inside])),
            "right": float(np.average(right[inside], weights=weights[inside])),
        }
        for place in range(BINS)
        if (inside := places == place).any()
    ]
    return sum(b["weight"] * abs(b["confidence"] - b["right"]) for b in bins), bins


def risk_coverage(probability: Array, gold: Labels, weights: Array) -> list[Row]:
    """What abstaining below a confidence leaves of weighted quotes: share answered, share right of those, macro-F1."""
    sure, guess = probability.max(1), probability.argmax(1)
    rows = []
    for least in THRESHOLDS:
        if (kept := sure >= least).any():
            confusion = np.zeros((len(STANCES), len(STANCES)))
            np.add.at(confusion, (gold[kept], guess[kept]), weights[kept])
            rows.append(
                {
                    "least": least,
                    "coverage": float(weights[kept].sum() / weights.sum()),
                    "accuracy": float(np.trace(confusion) / confusion.sum()),
                    "macro_f1": float(f1_of(confusion).mean()),
                }
            )
    return rows


def slices(rows: Sequence[Row], guess: Labels, column: str) -> dict[str, Row]:
    """Macro-F1 by the values of a column, over the labels that occur in the slice, with its interval and its labels."""
    inside: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        inside[row[column]].append(place)
    return {
        value: slice_of([rows[place] for place in places], guess[places])
        for value, places in sorted(inside.items())
        if len(places) >= LEAST_CASE
    }


def slice_of(rows: Sequence[Row], guess: Labels) -> Row:
    """Macro-F1 on some quotes, over the labels that occur among them."""
    gold = gold_of(rows)
    confusion, present = confusions(gold, guess, [row["document"] for row in rows]), np.unique(gold)
    score, draws = (f1_of(one)[..., present].mean(-1) for one in (confusion.sum(0), drawn(confusion)))
    counts = Counter(row["label"] for row in rows)
    return {
        "count": len(rows),
        "labels": [counts[name] for name in STANCES],
        "macro_f1": float(score),
        "interval": middle(draws),
    }


def describe(probability: Array, rows: Sequence[Row], shares: Array) -> Row:
    """Every figure on one set of quotes; ``shares``: of the labels on dev, for reading the quotes as they fall."""
    gold, guess = gold_of(rows), probability.argmax(1)
    confusion = confusions(gold, guess, [row["document"] for row in rows])
    shifted, ones, weights = under(probability, shares), np.ones(len(gold)), label_weights(gold)
    error, bins = reliability(probability, gold, weights)
    precision, recall, f1, support = precision_recall_fscore_support(gold, guess, labels=[0, 1, 2], zero_division=0)
    hard = [row["hard_case"] != "none" for row in rows]
    as_shifted = confusions(gold, shifted.argmax(1), [row["document"] for row in rows])
    return {
        "quotes": len(rows),
        **{key: value for key, value in macro_f1_of(confusion).items() if key != "f1"},
        "balanced": macro_f1_of(confusion, balanced=True),
        "under_shares_of_dev": macro_f1_of(as_shifted),
        "labels": {
            name: {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(n)}
            for name, p, r, f, n in zip(STANCES, precision, recall, f1, support, strict=True)
        },
        "confusion": confusion.sum(0).astype(int).tolist(),
        "ece": error,
        "ece_as_they_fall": reliability(probability, gold, ones)[0],
        "ece_under_shares_of_dev": reliability(shifted, gold, ones)[0],
        "reliability": bins,
        "risk_coverage": risk_coverage(probability, gold, weights),
        "risk_coverage_under_shares_of_dev": risk_coverage(shifted, gold, ones),
        "all_hard_cases": slice_of([row for row, is_hard in zip(rows, hard, strict=True) if is_hard], guess[hard]),
        "hard_cases": slices(rows, guess, "hard_case"),
        "sources": slices(rows, guess, "source"),
        "kinds": slices(rows, guess, "kind"),
    }


def conditionals(stances: Sequence[Stance], rows: Sequence[Row]) -> Row:
    """Precision, recall and F1 of ``conditional`` at a probability of 0.5."""
    given = [(stance.conditional or 0.0) >= 0.5 for stance in stances]
    gold = [row["conditional"] for row in rows]
    p, r, f, _ = precision_recall_fscore_support(gold, given, average="binary", zero_division=0)
    return {"precision": float(p), "recall": float(r), "f1": float(f), "support": sum(gold)}


def pairs_right(probability: Array, rows: Sequence[Row]) -> Row:
    """Share of the held-out minimal pairs (and triples) of which every member is right."""
    right = probability.argmax(1) == gold_of(rows)
    groups: dict[int, list[bool]] = {}
    for row, one in zip(rows, right, strict=True):
        groups.setdefault(row["pair"], []).append(bool(one))
    return {
        "groups": len(groups),
        "all_right": float(np.mean([all(g) for g in groups.values()])),
        "quotes_right": float(right.mean()),
    }
